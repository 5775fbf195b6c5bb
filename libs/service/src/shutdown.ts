import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';

/**
 * Ends the process on SIGTERM or SIGINT without leaving anything half done: no new requests and the open ones answered, then the
 * messaging drains, then the database closes (the application's own shutdown hooks), exit 0.
 * Requests that are still open after half of `grace` (milliseconds) are cut, so that a slow client cannot keep the messaging from draining.
 * They, and what is not finished after all of it, are named, exit 1. A second signal exits at once.
 */
export function exitOnSignals(app: NestFastifyApplication, logger: Logger, grace: number): void {
  let stopping = false;
  const stop = (signal: NodeJS.Signals) => {
    if (stopping) {
      logger.warn(`${signal} again: exiting at once`);
      process.exit(1);
    }
    stopping = true;
    logger.info(`${signal}: stopping`);
    void shutDown(app, logger, grace).then((code) => process.exit(code));
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

/** An error that nobody handled is a bug: the process's state is unknown, and all it was doing is safe in Postgres and the broker. */
export function exitOnUnhandledErrors(logger: Logger): void {
  process.on('uncaughtException', (error, origin) => {
    logger.fatal({ err: error }, origin === 'unhandledRejection' ? 'Unhandled rejection' : 'Uncaught exception');
    process.exit(1);
  });
}

/**
 * Ends each connection with the answer that is still open on it when the server closes; else the server would wait for as long as the
 * client keeps the connection alive.
 */
export function endConnectionsOnClose(fastify: FastifyInstance): void {
  let closing = false;
  fastify.addHook('preClose', async () => {
    closing = true;
  });
  fastify.addHook('onSend', (_request, reply, _payload, done) => {
    if (closing) reply.header('connection', 'close');
    done();
  });
}

/** @returns the exit code. */
export async function shutDown(app: NestFastifyApplication, logger: Logger, grace: number): Promise<0 | 1> {
  const finish = async (): Promise<0 | 1> => {
    const answered = await closeHttp(app, logger, grace / 2);
    await app.close();
    logger.info('Stopped');
    return answered ? 0 : 1;
  };
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<1>((resolve) => {
    timer = setTimeout(() => {
      logger.error(`Not finished within ${grace} ms: ${draining}. It is taken up again at the next start`);
      resolve(1);
    }, grace);
  });
  try {
    return await Promise.race([finish(), late]);
  } catch (error) {
    logger.error({ err: error }, 'Stopping failed');
    return 1;
  } finally {
    clearTimeout(timer);
  }
}

const draining = 'handlers, confirms or receipts in hand, or the connections to the broker and the database';

/** @returns whether all open requests were answered within `patience` milliseconds. */
async function closeHttp(app: NestFastifyApplication, logger: Logger, patience: number): Promise<boolean> {
  let answered = true;
  const timer = setTimeout(() => {
    answered = false;
    logger.error(`Cut the requests that were still open after ${patience} ms`);
    app.getHttpServer().closeAllConnections();
  }, patience);
  await app.getHttpAdapter().close();
  clearTimeout(timer);
  return answered;
}
