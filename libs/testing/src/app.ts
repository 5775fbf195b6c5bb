import type { Type } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { services } from '@waybill/contracts';
import { createApp, createLogger, parseEnvironment, type ServiceEnvironment } from '@waybill/service';
import type { z } from 'zod';

export interface TestAppOptions {
  readonly service: string;
  readonly environment: z.ZodObject & z.ZodType<ServiceEnvironment>;
  readonly databaseUrl: string;
  /** What differs from the defaults. */
  readonly variables?: NodeJS.ProcessEnv;
}

export interface TestApp {
  readonly app: NestFastifyApplication;
  /** What it has logged, down to debug, in lines of JSON. */
  readonly log: readonly string[];
  /** A request without a network. A string is sent as it is, anything else as JSON. */
  send(method: 'GET' | 'POST', url: string, body?: unknown, contentType?: string): Promise<AppAnswer>;
}

export interface AppAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  // biome-ignore lint/suspicious/noExplicitAny: whatever the service answers
  readonly body: any;
}

/** Nothing listens there. */
const nowhere = '127.0.0.1:1';

/** A service's HTTP side as it runs in production, with its broker and the other services away. Close `app` at the end; one a spec file. */
export async function startApp(module: Type, options: TestAppOptions): Promise<TestApp> {
  const { service } = options;
  const environment = parseEnvironment(options.environment, {
    NODE_ENV: 'test',
    LOG_LEVEL: 'debug',
    LOG_FORMAT: 'json',
    DATABASE_URL: options.databaseUrl,
    RABBITMQ_URL: `amqp://${service}:${service}@${nowhere}/none`,
    ...Object.fromEntries(services.map((name) => [`${name.toUpperCase()}_URL`, `http://${nowhere}`])),
    ...options.variables,
  });
  const log: string[] = [];
  const logger = createLogger({ service, ...environment }, { write: (line) => void log.push(line) });
  const app = await createApp(module, { service, environment, logger });
  await app.init();
  await app.getHttpAdapter().getInstance().ready();
  return { app, log, send: (...request) => send(app, ...request) };
}

async function send(
  app: NestFastifyApplication,
  method: 'GET' | 'POST',
  url: string,
  body?: unknown,
  contentType = 'application/json',
): Promise<AppAnswer> {
  const payload = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
  const headers = payload === undefined ? {} : { 'content-type': contentType };
  const response = await app.inject({ method, url, payload, headers });
  return { status: response.statusCode, headers: response.headers, body: response.json() };
}
