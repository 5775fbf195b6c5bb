import type { Type } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { z } from 'zod';
import { createApp } from './create-app';
import { loadEnvironment, type ServiceEnvironment } from './environment';
import { createLogger } from './logging';
import { exitOnSignals, exitOnUnhandledErrors } from './shutdown';

export interface BootstrapOptions {
  readonly service: string;
  /** The schema of the service's environment, made with `serviceEnvironment`. */
  readonly environment: z.ZodObject & z.ZodType<ServiceEnvironment>;
  /** Attaches what the application listens to beside HTTP, such as `connectMessaging`. */
  readonly connect?: (app: NestFastifyApplication) => void;
}

/**
 * Runs a service until a signal ends it: reads the environment, starts what `connect` attached, listens, and says so in one line.
 * A start that fails says why and exits with 1.
 */
export async function bootstrap(module: Type, options: BootstrapOptions): Promise<void> {
  const environment = loadEnvironment(options.environment);
  const logger = createLogger({ service: options.service, ...environment });
  exitOnUnhandledErrors(logger);
  try {
    const app = await createApp(module, { service: options.service, environment, logger });
    options.connect?.(app);
    exitOnSignals(app, logger, environment.SHUTDOWN_GRACE);
    await app.init();
    await app.startAllMicroservices();
    await app.listen(environment.PORT, environment.HOST);
    logger.info(`${options.service} is ready at ${await app.getUrl()} (API at /docs)`);
  } catch (error) {
    logger.fatal({ err: error }, `${options.service} could not start${hintFor(error, environment)}`);
    process.exit(1);
  }
}

function hintFor(error: unknown, { HOST, PORT }: ServiceEnvironment): string {
  const taken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
  return taken ? `: another process listens at ${HOST}:${PORT}; stop it, or set PORT to another` : '';
}
