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
