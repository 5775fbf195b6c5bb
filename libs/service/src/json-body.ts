import { BadRequestException } from '@nestjs/common';
import type { FastifyInstance } from 'fastify';

/** The largest request body that a service reads, in bytes. */
export const bodyLimit = 64 * 1024;

/**
 * Makes JSON the only kind of body. No body at all is left to the route's schema, which knows whether it needs one.
 * Keys that would change an object's prototype when it is copied are refused here, before anything can copy it.
 */
export function acceptJsonOnly(fastify: FastifyInstance): void {
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('application/json', { parseAs: 'string', bodyLimit }, (_request, body, done) => {
    try {
      done(null, body.length === 0 ? undefined : parseJson(body.toString()));
    } catch (error) {
      done(error as Error);
    }
  });
}

/** @throws BadRequestException with the code `malformed-json` or `forbidden-key`. */
export function parseJson(body: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    throw new BadRequestException({
      code: 'malformed-json',
      detail: 'The body is not valid JSON.',
      errors: [{ field: 'body', message: 'is not valid JSON' }],
    });
  }
  const field = mayHoldForbiddenKey.test(body) ? findForbiddenKey(value) : undefined;
  if (field === undefined) return value;
  throw new BadRequestException({
    code: 'forbidden-key',
    detail: `The body has the key ${field}, which is not allowed.`,
    errors: [{ field, message: 'is not allowed' }],
  });
}

/** A key is there as it is read, or with an escape in it. */
const mayHoldForbiddenKey = /__proto__|constructor|\\u/;

/** Walks without recursion: a body of this size can be nested deeper than the call stack is. */
function findForbiddenKey(body: unknown): string | undefined {
  const pending: { path: string; value: unknown }[] = [{ path: '', value: body }];
  for (let next = pending.pop(); next; next = pending.pop()) {
    if (typeof next.value !== 'object' || next.value === null) continue;
    for (const [key, value] of Object.entries(next.value)) {
      const path = next.path === '' ? key : `${next.path}.${key}`;
      if (key === '__proto__' || (key === 'constructor' && isObjectWithPrototype(value))) return path;
      if (typeof value === 'object') pending.push({ path, value });
    }
  }
  return undefined;
}

function isObjectWithPrototype(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, 'prototype');
}
