import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { OrderConfirmed, OrderPlaced } from '@waybill/contracts';
import { type System, startSystem } from '@waybill/testing';
import { expectAllOnce, orderBody, placeOrder } from './orders';

let system: System;
beforeAll(async () => {
  system = await startSystem();
});
afterAll(() => system?.end());

describe('bad input over a real connection is a 4xx that names the field, and never half an order', () => {
  const good = orderBody();

  test.each<[string, unknown, number, string]>([
    ['malformed JSON', '{"customerId": ', 400, 'body'],
    ['no body', '', 400, 'body'],
    ['an unknown sku', { ...good, lines: [{ sku: 'unicorn', quantity: 1 }] }, 422, 'lines.0.sku'],
    ['a quantity of 0', { ...good, lines: [{ sku: 'mug', quantity: 0 }] }, 400, 'lines.0.quantity'],
    ['a quantity of 1e9', { ...good, lines: [{ sku: 'mug', quantity: 1e9 }] }, 400, 'lines.0.quantity'],
    ['a NUL character', { ...good, customerId: 'customer\0' }, 400, 'customerId'],
    ['an unknown field', { ...good, total: 1 }, 400, 'total'],
    ['__proto__', `{"__proto__": {}, ${JSON.stringify(good).slice(1)}`, 400, '__proto__'],
  ])('%s', async (_what, body, expected, field) => {
    const answer = await system.order.post('/orders', body);
    expect(answer).toMatchObject({
      status: expected,
      body: { status: expected, code: expect.stringMatching(/^[a-z-]+$/) },
    });
    expect(answer.body.errors).toContainEqual({ field, message: expect.any(String) });
    expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  });

  test('10 MB, refused by what it says of its length', async () => {
    const socket = connect({ host: '127.0.0.1', port: system.order.port });
    const length = `content-length: ${10 * 1024 * 1024}`;
    socket.write(`POST /orders HTTP/1.1\r\nhost: order\r\ncontent-type: application/json\r\n${length}\r\n\r\n{`);
    const answer = await text(socket);
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(answer).toContain('"errors":[{"field":"body"');
  });

  test('a client who leaves in the middle of a body', async () => {
    const { port, position } = system.order;
    const socket = connect({ host: '127.0.0.1', port });
    const head = ['POST /orders HTTP/1.1', 'host: order', 'content-type: application/json', 'content-length: 500'];
    socket.end(`${head.join('\r\n')}\r\n\r\n{"customerId": "customer-7", `);
    await system.order.line(/^POST \/orders aborted in \d+ ms$/, position);
  });

  afterAll(async () => {
    expect(await system.sql('order', 'select id from "order" union all select id from outbox_message')).toEqual([]);
  });
});

test('the journey names a service that does not answer, within its deadline, and has the rest', async () => {
  const id = await placeOrder(system);
  await expectAllOnce(system, [id]);
  await system.payment.stop();
  system.warehouse.suspend();
  const asked = performance.now();
  const { status, body } = await system.order.get(`/orders/${id}/journey`);
  const taken = performance.now() - asked;
  system.warehouse.resume();
  expect(status).toBe(200);
  expect(body).toMatchObject({ orderId: id, status: 'completed', unavailable: ['payment', 'warehouse'] });
  const processed = (consumer: string) => ({ consumer, state: 'processed' });
  expect(body.messages).toMatchObject([
    { type: 'order.placed', state: 'confirmed', deliveries: [...OrderPlaced.consumers].sort().map(processed) },
    { type: 'order.confirmed', state: 'confirmed', deliveries: [...OrderConfirmed.consumers].sort().map(processed) },
  ]);
  expect(taken).toBeLessThan(1_500);
});
