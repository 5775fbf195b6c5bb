import { HttpException, NotFoundException } from '@nestjs/common';
import { problemOf } from './problem';

test.each<[string, unknown, number, string]>([
  ['an exception with a code', new HttpException({ code: 'too-late', detail: 'Gone.' }, 409), 409, 'too-late'],
  ['an exception without one', new NotFoundException('Cannot GET /x'), 404, 'not-found'],
  ['a text for an exception', new HttpException('no', 403), 403, 'forbidden'],
  ['a client that hangs up', Object.assign(new Error('aborted'), { code: 'ECONNRESET' }), 400, 'request-aborted'],
  ['a lost database', Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }), 503, 'database-unavailable'],
  ['any other error', new TypeError('x is not a function'), 500, 'internal-error'],
  ['something thrown that is no error', 'hunter2', 500, 'internal-error'],
])('%s', (_case, error, status, code) => {
  const problem = problemOf(error);

  expect(problem).toMatchObject({ type: 'about:blank', status, code });
  if (status === 500) expect(JSON.stringify(problem)).not.toMatch(/hunter2|function/);
});
