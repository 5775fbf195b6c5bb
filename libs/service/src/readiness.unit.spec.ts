import { type HealthCheck, readinessOf } from './readiness';

const up: HealthCheck = { check: async () => ({ works: { status: 'up' } }) };
const down: HealthCheck = { check: async () => ({ broken: { status: 'down', reason: 'it broke' } }) };

class BrokerHealth implements HealthCheck {
  constructor(readonly check: HealthCheck['check']) {}
}

test('all up is ok', async () => {
  expect(await readinessOf({ required: [up], degrading: [] })).toEqual({
    status: 'ok',
    checks: { works: { status: 'up' } },
  });
});

test('what only degrades leaves the service ready, and is named', async () => {
  expect(await readinessOf({ required: [up], degrading: [down] })).toEqual({
    status: 'degraded',
    checks: { works: { status: 'up' }, broken: { status: 'down', reason: 'it broke' } },
  });
});

test('what is required makes the service unavailable, also when something else degrades it', async () => {
  expect(await readinessOf({ required: [up, down], degrading: [down] })).toMatchObject({ status: 'unavailable' });
});

test('a check that throws is down with the reason', async () => {
  const failing = new BrokerHealth(() => Promise.reject(new Error('no route')));

  expect((await readinessOf({ required: [failing], degrading: [] })).checks).toEqual({
    broker: { status: 'down', reason: 'no route' },
  });
});

test('a check that does not answer is down after its deadline', async () => {
  jest.useFakeTimers();
  try {
    const answer = readinessOf({ required: [new BrokerHealth(() => new Promise(() => {}))], degrading: [up] });
    await jest.advanceTimersByTimeAsync(2_000);

    expect(await answer).toMatchObject({
      status: 'unavailable',
      checks: { broker: { status: 'down', reason: 'no answer within 2000 ms' }, works: { status: 'up' } },
    });
  } finally {
    jest.useRealTimers();
  }
});
