import type { FastifyInstance } from 'fastify';
import helmet from 'helmet';

/** The headers of helmet on every answer, but for those that insist on TLS: the services speak plain HTTP, and that is for whatever is before them. */
export function sendSecurityHeaders(fastify: FastifyInstance): void {
  const secure = helmet({
    contentSecurityPolicy: { directives: { upgradeInsecureRequests: null } },
    strictTransportSecurity: false,
  });
  fastify.addHook('onRequest', (request, reply, done) => secure(request.raw, reply.raw, () => done()));
}
