import { EnvironmentError, messagingSettings, parseEnvironment, serviceEnvironment, url } from './environment';

const schema = serviceEnvironment('order', 3000).extend({
  PAYMENT_URL: url('http', 'https').meta({ example: 'http://127.0.0.1:3001' }),
});

const enough = {
  DATABASE_URL: 'postgres://order_service:secret@127.0.0.1:5432/waybill',
  RABBITMQ_URL: 'amqp://order:secret@127.0.0.1:5672/waybill',
  PAYMENT_URL: 'http://127.0.0.1:3001',
};

test('what is not set has its default, durations are milliseconds', () => {
  const environment = parseEnvironment(schema, enough);

  expect(environment).toMatchObject({ HOST: '127.0.0.1', PORT: 3000, RABBITMQ_QUEUE_TYPE: 'quorum', MAX_ATTEMPTS: 8 });
  expect(environment).toMatchObject({ SHUTDOWN_GRACE: 20_000, RETRY_BASE: 1_000, RETENTION: 30 * 86_400_000 });
});

test.each([
  ['500ms', 500],
  ['30s', 30_000],
  ['5m', 300_000],
  ['2h', 7_200_000],
])('a duration of %s is %i ms', (text, milliseconds) => {
  expect(parseEnvironment(schema, { ...enough, HANDLER_DEADLINE: text }).HANDLER_DEADLINE).toBe(milliseconds);
});

test('every problem is told at once, with an example', () => {
  const message = messageFor({ PORT: '80000', LOG_LEVEL: 'loud', RETRY_BASE: '3', DATABASE_URL: 'mysql://x/y' });

  for (const name of ['PORT', 'LOG_LEVEL', 'RETRY_BASE', 'DATABASE_URL', 'RABBITMQ_URL', 'PAYMENT_URL']) {
    expect(message).toMatch(new RegExp(`^  ${name} .*Example: ${name}=.+$`, 'm'));
  }
  expect(message).toContain('RABBITMQ_URL is missing');
});

test('a variable that is at odds with another is not called missing when it has its default', () => {
  const longer = schema.refine(({ SHUTDOWN_GRACE, RETRY_BASE }) => RETRY_BASE < SHUTDOWN_GRACE, {
    path: ['SHUTDOWN_GRACE'],
    error: 'must be above RETRY_BASE',
  });

  expect(messageFor({ ...enough, RETRY_BASE: '1m' }, longer)).toContain('SHUTDOWN_GRACE must be above RETRY_BASE');
});

test('a set but empty variable is missing', () => {
  expect(messageFor({ ...enough, DATABASE_URL: '' })).toContain('DATABASE_URL is missing');
});

test('the broker user must have the name of the service', () => {
  const message = messageFor({ ...enough, RABBITMQ_URL: 'amqp://payment:hunter2@127.0.0.1/waybill' });

  expect(message).toContain('RABBITMQ_URL must log in as the broker user "order"');
});

test('a crash point is refused in production, and only there', () => {
  const crash = { ...enough, CRASH_AT: 'before:settled' };

  expect(messageFor({ ...crash, NODE_ENV: 'production' })).toContain(
    'CRASH_AT must not be set where NODE_ENV is production',
  );
  expect(messagingSettings(parseEnvironment(schema, { ...crash, NODE_ENV: 'test' })).crashAt).toBe('before:settled');
  expect(messagingSettings(parseEnvironment(schema, { ...enough, NODE_ENV: 'production' })).crashAt).toBeUndefined();
});

test('no value is repeated, since it may be a secret', () => {
  const message = messageFor({
    DATABASE_URL: 'mysql://a:hunter2@b/c',
    RABBITMQ_URL: 'amqp://a:hunter2@b/c',
    PORT: 'hunter2',
  });

  expect(message).not.toContain('hunter2');
});

test.each(['0s', '-1s', '1.5s', '5', 's', '5 s', '1e3s'])('"%s" is no duration', (text) => {
  expect(messageFor({ ...enough, RETRY_BASE: text })).toContain('RETRY_BASE must be');
});

test.each(['0x10', '1e1', '-1', '2.5', '99999999999'])('"%s" is no pool size', (text) => {
  expect(messageFor({ ...enough, DATABASE_POOL_SIZE: text })).toContain('DATABASE_POOL_SIZE must be');
});

function messageFor(source: NodeJS.ProcessEnv, of = schema): string {
  try {
    parseEnvironment(of, source);
  } catch (error) {
    if (error instanceof EnvironmentError) return error.message;
    throw error;
  }
  throw new Error('The environment was taken');
}
