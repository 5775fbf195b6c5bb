import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';

/** A line per request at debug: method, path and status, and nothing else of what was sent. At any other level it costs nothing. */
export function logRequests(fastify: FastifyInstance, logger: Logger): void {
  if (!logger.isLevelEnabled('debug')) return;
  fastify.addHook('onRequest', async (request, reply) => {
    const began = performance.now();
    // Comes for an answer that was sent, and for a client that left before.
    reply.raw.once('close', () => logger.debug(lineOf(request, reply, performance.now() - began)));
  });
}

function lineOf({ id, method, url }: FastifyRequest, { raw }: FastifyReply, milliseconds: number) {
  const [path = ''] = url.split('?', 1);
  const status = raw.writableEnded ? raw.statusCode : 'aborted';
  return { reqId: id, milliseconds, msg: `${method} ${path} ${status} in ${milliseconds.toFixed(0)} ms` };
}
