import { ConflictException, UnprocessableEntityException } from '@nestjs/common';
import type { Answer, Outcome } from '../persistence/kept-answers';

/** As much of Fastify's reply as it takes. */
export interface Reply {
  status(code: number): unknown;
  header(name: string, value: string): unknown;
}

/** Seconds after which a client may ask again about a request that is in progress. */
const retryAfter = '1';

/**
 * Puts status and headers of an answer on the reply.
 * @returns the body, for the handler to return.
 * @throws HttpException when there is no answer.
 */
export function sendAnswer(outcome: Outcome, reply: Reply): string {
  switch (outcome.kind) {
    case 'in-progress':
      reply.header('retry-after', retryAfter);
      throw new ConflictException({
        code: 'order-in-progress',
        detail: 'An order with this Idempotency-Key is being placed. Ask again in a moment to get its answer.',
      });
    case 'key-reused':
      throw new UnprocessableEntityException({
        code: 'idempotency-key-reused',
        detail: 'This Idempotency-Key was used for another order. Give each order a key of its own.',
        errors: [{ field: 'idempotency-key', message: 'was used for another request' }],
      });
    case 'replayed':
      reply.header('idempotent-replayed', 'true');
      return send(outcome.answer, reply);
    case 'first':
      return send(outcome.answer, reply);
  }
}

function send({ status, location, body }: Answer, reply: Reply): string {
  reply.status(status);
  reply.header('location', location);
  reply.header('content-type', 'application/json; charset=utf-8');
  return body;
}
