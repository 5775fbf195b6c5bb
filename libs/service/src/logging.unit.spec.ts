import { createLogger } from './logging';

const lines: string[] = [];
const destination = { write: (line: string) => void lines.push(line) };

beforeEach(() => {
  lines.length = 0;
});

function logger(LOG_FORMAT: 'pretty' | 'json') {
  return createLogger({ service: 'order', LOG_LEVEL: 'debug', LOG_FORMAT }, destination);
}

test('a line has its time, level, service and message', () => {
  logger('json').info({ messageId: 'm1', attempt: 2 }, 'it happened');

  expect(JSON.parse(lines[0] ?? '')).toMatchObject({
    level: 'info',
    service: 'order',
    msg: 'it happened',
    messageId: 'm1',
    attempt: 2,
  });
});

test.each(['json', 'pretty'] as const)('neither payload, token nor password gets into a %s line', (format) => {
  const canary = 'hunter2';
  const failure = Object.assign(new Error('insert failed'), { parameters: [canary], query: canary, detail: canary });

  logger(format).error(
    {
      err: failure,
      token: canary,
      dbPassword: canary,
      payload: canary,
      anything: { deep: canary },
      list: [{ canary }],
    },
    'connecting to amqp://order:hunter2@127.0.0.1/x and postgres://u:hunter2@h/d failed',
  );

  expect(lines).toHaveLength(1);
  expect(lines[0]).not.toContain(canary);
  expect(lines[0]).toContain('insert failed');
  expect(lines[0]).toContain('amqp://order:***@127.0.0.1/x');
});

test('a line for people is one line, whatever is in it', () => {
  logger('pretty').warn('first\n{"level":"fatal"}\u001b[2J');

  expect(lines[0]).toMatch(/^\d\d:\d\d:\d\d\.\d{3} order {5}WARN first\\n\{"level":"fatal"\}\\u001b\[2J\n$/);
});

test("of an error, a line for people has the message, JSON its type, code and stack, and its cause's", () => {
  const error = Object.assign(new TypeError('no', { cause: new RangeError('deeper') }), { code: 'E1' });

  logger('pretty').error({ err: error }, 'it failed');
  logger('json').error({ err: error }, 'it failed');

  expect(lines[0]).toContain('ERROR it failed: no\n');
  expect(JSON.parse(lines[1] ?? '').err).toEqual({
    type: 'TypeError',
    code: 'E1',
    message: 'no',
    stack: expect.stringContaining('TypeError: no'),
    cause: expect.objectContaining({ type: 'RangeError', message: 'deeper' }),
  });
});
