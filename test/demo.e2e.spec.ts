import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { type System, startSystem } from '@waybill/testing';
import { root } from './markdown';

let system: System;
beforeAll(async () => {
  system = await startSystem({ env: { PAYMENT_GATEWAY_TIMEOUT: '2s' } });
});
afterAll(() => system?.end());

/** The demo finds the services by their ports, as it does beside `npm run up`. */
function demo(...options: string[]) {
  const ports = system.services.map(({ name, port }) => [`${name.toUpperCase()}_PORT`, String(port)]);
  const env = { ...process.env, ...Object.fromEntries(ports) };
  return promisify(execFile)(process.execPath, ['tools/demo.mjs', ...options], { cwd: root, env });
}

test('a steady load: every order comes to its end, all is signed for, money and goods balance', async () => {
  const { stdout } = await demo('--rate', '10', '--minutes', '0.06');

  expect(stdout).toMatch(/^orders {4}36 placed: /m);
  expect(stdout).toMatch(/, (\d+) of \1 deliveries signed for$/m);
  expect(stdout).toContain('✓ money and goods balance');
});

test('goods that leave without an order are told, and it ends with 1', async () => {
  const running = demo();
  await system.warehouse.step({ step: 'processed', type: 'order.confirmed' }, system.warehouse.position);
  await system.sql('warehouse', `update stock set on_hand = on_hand - 7 where sku = 'umbrella'`);

  await expect(running).rejects.toMatchObject({
    code: 1,
    stdout: expect.stringContaining('✗ 32 pieces are gone from the stock, and the orders had 25'),
  });
});
