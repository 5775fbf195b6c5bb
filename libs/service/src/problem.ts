import { types } from 'node:util';
import { HttpException, HttpStatus } from '@nestjs/common';
import { ZodValidationException } from 'nestjs-zod';
import { ZodError, type z } from 'zod';
import { isDatabaseAway } from './database-away';
import { bodyLimit } from './json-body';

/** What an error looks like to a client: RFC 9457 problem details. */
export interface Problem {
  readonly type: 'about:blank';
  readonly title: string;
  readonly status: number;
  /** Stable, for programs. `title` and `detail` are for people and may change. */
  readonly code: string;
  readonly detail: string;
  /** What is wrong with which input, where the input is at fault. A field is a path such as `lines.0.sku`. */
  readonly errors?: readonly FieldError[];
}

export interface FieldError {
  readonly field: string;
  readonly message: string;
}

/** More than a person reads, and a bound for what one bad request can make the service answer. */
const mostFieldErrors = 50;

/** What to tell about an error that names no field itself, by status. */
const fieldErrors: Record<number, FieldError> = {
  [HttpStatus.PAYLOAD_TOO_LARGE]: { field: 'body', message: `is larger than ${bodyLimit / 1024} kB` },
  [HttpStatus.UNSUPPORTED_MEDIA_TYPE]: { field: 'content-type', message: 'must be application/json' },
  [HttpStatus.URI_TOO_LONG]: { field: 'url', message: 'is too long' },
};

/**
 * The problem that stands for an error. An HttpException speaks for itself: its response may be `{ code, detail, errors? }`, else
 * its code is its status in words. Of any other error nothing is told.
 */
export function problemOf(error: unknown): Problem {
  if (error instanceof ZodValidationException) return validationProblem(error);
  if (error instanceof HttpException) return httpProblem(error);
  if (error instanceof URIError) {
    return problem(400, 'malformed-url', 'The URL is not valid.', [{ field: 'url', message: 'is not valid' }]);
  }
  if (isAbortedRequest(error)) return problem(400, 'request-aborted', 'The request ended before its body did.');
  if (isDatabaseAway(error)) {
    return problem(503, 'database-unavailable', 'The database does not answer, or takes no changes. Try again later.');
  }
  return problem(500, 'internal-error', 'Something went wrong on our side.');
}

function validationProblem(exception: ZodValidationException): Problem {
  const error = exception.getZodError();
  const errors = error instanceof ZodError ? error.issues.flatMap(fieldErrorsOf) : [];
  return problem(400, 'validation-failed', 'The request does not fit what this operation takes.', errors);
}

function fieldErrorsOf(issue: z.core.$ZodIssue): FieldError[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ field: [...issue.path, key].join('.'), message: 'is not a known field' }));
  }
  return [{ field: issue.path.join('.') || 'body', message: issue.message }];
}

function httpProblem(exception: HttpException): Problem {
  const status = exception.getStatus();
  const response = exception.getResponse();
  const told: Partial<Problem> = typeof response === 'object' ? response : {};
  const known = fieldErrors[status];
  return problem(
    status,
    told.code ?? codeOf(status),
    told.detail ?? exception.message,
    told.errors ?? (known ? [known] : undefined),
  );
}

function problem(status: number, code: string, detail: string, errors?: readonly FieldError[]): Problem {
  const title = codeOf(status).replaceAll('-', ' ');
  return {
    type: 'about:blank',
    title: title.charAt(0).toUpperCase() + title.slice(1),
    status,
    code,
    detail,
    ...(errors && { errors: errors.slice(0, mostFieldErrors) }),
  };
}

/** What Node says of a client that hangs up while it sends. Nobody reads the answer; it keeps the log free of what is no error of ours. */
function isAbortedRequest(error: unknown): boolean {
  return types.isNativeError(error) && error.message === 'aborted' && 'code' in error && error.code === 'ECONNRESET';
}

/** A status in words: 404 is `not-found`. */
function codeOf(status: number): string {
  return (HttpStatus[status] ?? 'error').toLowerCase().replaceAll('_', '-');
}
