import { eventually, type System, startSystem } from '@waybill/testing';
import { expectConserved } from './order-ending';
import { expectAllSigned, expectNothingTwice, postOrder } from './orders';

let system: System;
beforeAll(async () => {
  system = await startSystem();
});
afterAll(() => system?.end());

const buyers = 200;
const units = 10;

test('200 buyers at once of the last 10 units: 10 get one, nobody else pays, and none is left or owed', async () => {
  const put = await fetch(`${system.warehouse.url}/stock/teapot`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ onHand: units }),
  });
  expect(put.status).toBe(200);

  const lines = [{ sku: 'teapot', quantity: 1 }];
  const answers = await Promise.all(Array.from({ length: buyers }, () => postOrder(system, { lines })));
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 201));

  await eventually(
    'every order has ended',
    async () => {
      const orders = await system.sql(
        'order',
        'select status, cancel_reason, count(*)::int from "order" group by 1, 2 order by 1',
      );
      expect(orders).toEqual([
        { status: 'cancelled', cancel_reason: 'out-of-stock', count: buyers - units },
        { status: 'completed', cancel_reason: null, count: units },
      ]);
    },
    60_000,
  );
  await expectAllSigned(system);
  await expectNothingTwice(system);

  expect((await system.warehouse.get('/stock/teapot')).body).toMatchObject({ onHand: 0, reserved: 0 });
  expect(await system.sql('warehouse', 'select state, count(*)::int from reservation group by 1 order by 1')).toEqual([
    { state: 'dispatched', count: units },
    { state: 'rejected', count: buyers - units },
  ]);
  const price = answers[0]?.body.total;
  expect(await system.sql('payment', selectMoney)).toEqual([{ taken: units * price, held: 0 }]);
  await expectConserved(system);
});

/** By the gateway's own log. */
const selectMoney = `
  select sum(amount) filter (where operation = 'capture')::int as taken,
    sum(case operation when 'authorize' then amount else -amount end)::int as held
  from sandbox_gateway_entry where outcome = 'approved'`;
