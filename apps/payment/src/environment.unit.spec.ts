import { parseEnvironment } from '@waybill/service';
import { paymentEnvironment } from './environment';

const parse = (variables: NodeJS.ProcessEnv) =>
  parseEnvironment(paymentEnvironment, {
    DATABASE_URL: 'postgres://payment_service:secret@127.0.0.1:5432/waybill',
    RABBITMQ_URL: 'amqp://payment:secret@127.0.0.1:5672/waybill',
    ...variables,
  });

test('the gateway has 5 s for an answer, unless it is set', () => {
  expect(parse({}).GATEWAY_TIMEOUT).toBe(5_000);
  expect(parse({ GATEWAY_TIMEOUT: '700ms' }).GATEWAY_TIMEOUT).toBe(700);
});

test.each([{ GATEWAY_TIMEOUT: '30s' }, { GATEWAY_TIMEOUT: '3s', HANDLER_DEADLINE: '2s' }, { HANDLER_DEADLINE: '5s' }])(
  'a gateway that has as long as the handler that waits for it is refused: %j',
  (variables) => {
    expect(() => parse(variables)).toThrow('GATEWAY_TIMEOUT must be below HANDLER_DEADLINE');
  },
);

test('the sandbox gateway has its log in payment’s database, unless another is named', () => {
  const url = 'postgres://gateway:secret@127.0.0.1:5433/gateway';

  expect(parse({}).SANDBOX_GATEWAY_DATABASE_URL).toBeUndefined();
  expect(parse({ SANDBOX_GATEWAY_DATABASE_URL: url }).SANDBOX_GATEWAY_DATABASE_URL).toBe(url);
  expect(() => parse({ SANDBOX_GATEWAY_DATABASE_URL: 'gateway' })).toThrow(
    'must be a URL that starts with postgres://',
  );
});
