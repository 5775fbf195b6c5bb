import type { IncomingMessage } from 'node:http';
import { BadRequestException, createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { ApiHeaderOptions } from '@nestjs/swagger';

const header = 'idempotency-key';
const longest = 255;
const printableAscii = /^[\x20-\x7e]+$/;

/** For `@ApiHeader` of a route that takes an `@IdempotencyKey`. */
export const idempotencyKeyHeader: ApiHeaderOptions = {
  name: 'Idempotency-Key',
  required: false,
  description:
    'Chosen by the client, one for each order that it means to place. The same request with the same key is answered as it was the first time, and places nothing.',
  schema: { type: 'string', minLength: 1, maxLength: longest, pattern: printableAscii.source },
};

/** The header `Idempotency-Key`, or undefined without one. One that cannot be a key is a 400. */
export const IdempotencyKey = createParamDecorator((_data: undefined, context: ExecutionContext) =>
  readKey(context.switchToHttp().getRequest<{ readonly raw: IncomingMessage }>().raw.rawHeaders),
);

/** @param rawHeaders name, value, name, value: in `headers`, one that came twice looks like one with a comma in it. */
function readKey(rawHeaders: readonly string[]): string | undefined {
  const [key, ...more] = rawHeaders.filter((_, index) => index % 2 === 1 && isHeader(rawHeaders[index - 1]));
  if (more.length > 0) throw badKey('must be sent once');
  if (key === undefined) return undefined;
  if (key.length > longest || !printableAscii.test(key))
    throw badKey(`must be 1 to ${longest} printable ASCII characters`);
  return key;
}

function isHeader(name: string | undefined): boolean {
  return name?.toLowerCase() === header;
}

function badKey(message: string): BadRequestException {
  return new BadRequestException({
    code: 'validation-failed',
    detail: 'The header Idempotency-Key does not fit.',
    errors: [{ field: header, message }],
  });
}
