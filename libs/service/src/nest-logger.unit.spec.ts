import { Logger } from '@nestjs/common';
import { pino } from 'pino';
import { createLogger } from './logging';
import { enabledLevels, NestLogger } from './nest-logger';

const lines: string[] = [];
const destination = { write: (line: string) => void lines.push(line) };
const logged = () => lines.map((line) => JSON.parse(line));

function use(LOG_LEVEL: string): Logger {
  Logger.overrideLogger(new NestLogger(createLogger({ service: 'order', LOG_LEVEL, LOG_FORMAT: 'json' }, destination)));
  return new Logger('journey');
}

beforeEach(() => {
  lines.length = 0;
});

test('a line has the level of its call, the context, and the fields and the message that it was given', () => {
  const logger = use('trace');

  logger.verbose('a');
  logger.debug({ messageId: 'm1', msg: 'b' });
  logger.log({ messageId: 'm1' }, 'c');
  logger.warn('50 %s of it');
  logger.fatal('e');

  expect(logged()).toMatchObject([
    { level: 'trace', context: 'journey', msg: 'a' },
    { level: 'debug', context: 'journey', msg: 'b', messageId: 'm1' },
    { level: 'info', context: 'journey', msg: 'c', messageId: 'm1' },
    { level: 'warn', context: 'journey', msg: '50 %s of it' },
    { level: 'fatal', context: 'journey', msg: 'e' },
  ]);
});

test('an error is told with its stack, in each of the ways in which it may come', () => {
  const logger = use('info');
  const error = new TypeError('no');

  logger.error(error);
  logger.error({ err: error }, 'it failed');
  logger.error('no', error.stack);
  logger.error('it failed');

  expect(logged()).toMatchObject([
    { level: 'error', msg: 'no', err: { type: 'TypeError', stack: error.stack } },
    { level: 'error', msg: 'it failed', err: { type: 'TypeError', stack: error.stack } },
    { level: 'error', msg: 'no', err: { type: 'Error', stack: error.stack } },
    { level: 'error', msg: 'it failed' },
  ]);
  expect(logged()[3]).not.toHaveProperty('err');
});

test("Nest's announcements of modules and routes are for debugging", () => {
  use('debug');

  new Logger('RouterExplorer').log('Mapped {/orders, POST} route');
  new Logger('ExceptionHandler').error('it did not start');

  expect(logged().map(({ level }) => level)).toEqual(['debug', 'debug']);
});

test.each([
  ['warn', ['warn', 'error', 'fatal']],
  ['trace', ['verbose', 'debug', 'log', 'warn', 'error', 'fatal']],
  ['silent', []],
])('at %s, whoever asks Nest hears that %j are written', (level, names) => {
  expect(enabledLevels(pino({ level }))).toEqual(names);
});

test('what is below the level is not written', () => {
  use('warn').log({ messageId: 'm1' }, 'told');

  expect(lines).toEqual([]);
});
