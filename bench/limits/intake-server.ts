import { createHash } from 'node:crypto';
import fastify from 'fastify';
import { Pool, type PoolClient } from 'pg';
import { tell } from '../program';

export interface IntakeSettings {
  readonly databaseUrl: string;
  readonly schema: string;
  readonly poolSize: number;
}

/** What the limits of intake know of a request: it is answered once by its key. */
export interface IntakeRequest {
  readonly key: string;
  readonly customerId: string;
  readonly lines: readonly { readonly sku: string; readonly quantity: number }[];
  readonly payment: { readonly token: string };
}

/** An answer, or why there is none: a status and nothing else. */
export interface IntakeAnswer {
  readonly status: number;
  readonly location?: string;
  readonly body?: string;
}

export const ttlMilliseconds = 86_400_000;

/** Level of `normal`. */
export const priority = 2;

const line = {
  type: 'object',
  required: ['sku', 'quantity'],
  properties: { sku: { type: 'string', minLength: 1 }, quantity: { type: 'integer', minimum: 1 } },
};
const schema = {
  headers: { type: 'object', required: ['idempotency-key'] },
  body: {
    type: 'object',
    required: ['customerId', 'lines', 'payment'],
    properties: {
      customerId: { type: 'string', minLength: 1 },
      lines: { type: 'array', minItems: 1, items: line },
      payment: { type: 'object', required: ['token'], properties: { token: { type: 'string' } } },
    },
  },
};

/** Takes orders over HTTP and hands each, with a connection of its own, to `place`. Tells its URL when it listens. */
export async function serveIntake(
  { databaseUrl, schema: tables, poolSize }: IntakeSettings,
  place: (client: PoolClient, request: IntakeRequest) => Promise<IntakeAnswer>,
): Promise<void> {
  const pool = new Pool({ connectionString: databaseUrl, options: `-c search_path=${tables}`, max: poolSize });
  const app = fastify();
  app.post<{ Body: Omit<IntakeRequest, 'key'> }>('/orders', { schema }, async (request, reply) => {
    const client = await pool.connect();
    try {
      const key = String(request.headers['idempotency-key']);
      const { status, location, body } = await place(client, { ...request.body, key });
      reply.code(status);
      if (location) reply.header('location', location);
      return reply.type('application/json; charset=utf-8').send(body);
    } finally {
      client.release();
    }
  });
  tell({ url: await app.listen({ host: '127.0.0.1', port: 0 }) });
}

/** What the same request was answered with before; a 422 where its key was for another one. */
export async function findAnswer(client: PoolClient, request: IntakeRequest): Promise<IntakeAnswer | undefined> {
  const { rows } = await client.query<Required<IntakeAnswer> & { readonly fingerprint: Buffer }>(
    'select fingerprint, status, location, body from kept_answer where customer_id = $1 and key = $2 and expires_at > now()',
    [request.customerId, request.key],
  );
  const [kept] = rows;
  return !kept || kept.fingerprint.equals(fingerprintOf(request)) ? kept : { status: 422 };
}

export function fingerprintOf({ customerId, lines, payment }: IntakeRequest): Buffer {
  return createHash('sha256').update(JSON.stringify({ customerId, lines, payment })).digest();
}
