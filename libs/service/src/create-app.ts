import { Logger as NestLog, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { cleanupOpenApiDoc } from 'nestjs-zod';
import type { Logger } from 'pino';
import type { ServiceEnvironment } from './environment';
import { acceptJsonOnly, bodyLimit } from './json-body';
import { enabledLevels, NestLogger } from './nest-logger';
import { problemOf } from './problem';
import { sendProblem } from './problem.filter';
import { logRequests } from './request-log';
import { sendSecurityHeaders } from './security-headers';
import { ServiceModule } from './service.module';
import { endConnectionsOnClose } from './shutdown';

/** Milliseconds that a client may take to send a whole request. */
const requestTimeout = 30_000;

export interface AppOptions {
  readonly service: string;
  readonly environment: ServiceEnvironment;
  readonly logger: Logger;
}

/** A service's HTTP application as it runs in production, not yet listening. */
export async function createApp(module: Type, options: AppOptions): Promise<NestFastifyApplication> {
  const adapter = new FastifyAdapter({
    bodyLimit,
    requestTimeout,
    // What still comes over an open connection while we close is answered like everything else; the database is there until the end.
    return503OnClosing: false,
    frameworkErrors: (error: Error, _request: FastifyRequest, reply: FastifyReply) =>
      sendProblem(reply, problemOf(error)),
  });
  const root = ServiceModule.around(module, options.environment);
  NestLog.overrideLogger(enabledLevels(options.logger));
  const app = await NestFactory.create<NestFastifyApplication>(root, adapter, {
    logger: new NestLogger(options.logger),
    abortOnError: false,
    bodyParser: false,
  });
  acceptJsonOnly(adapter.getInstance());
  logRequests(adapter.getInstance(), options.logger);
  endConnectionsOnClose(adapter.getInstance());
  sendSecurityHeaders(adapter.getInstance());
  describeApi(app, options.service);
  return app;
}

/** OpenAPI: a page at /docs, the document at /docs-json. */
function describeApi(app: NestFastifyApplication, service: string): void {
  const description = new DocumentBuilder().setTitle(`Waybill: ${service}`).setVersion('1').build();
  SwaggerModule.setup('docs', app, () => cleanupOpenApiDoc(SwaggerModule.createDocument(app, description)));
}
