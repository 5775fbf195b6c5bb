import { type ServiceProcess, type System, startSystem } from '@waybill/testing';
import { expectAllOnce, placeOrder } from './orders';

let system: System;
beforeAll(async () => {
  system = await startSystem({ env: { LOG_FORMAT: 'pretty', LOG_LEVEL: 'info' } });
});
afterAll(() => system?.end());

test('in a terminal a person reads one line for each confirm, each processing and each receipt, and no more', async () => {
  const services = [system.order, system.payment, system.warehouse];
  for (const { output } of services) {
    for (const purpose of ['publish', 'consume'])
      await output.until((line) => line.endsWith(` ${purpose}": connected`));
  }
  const positions = services.map(({ output }) => output.values.length);
  const id = await placeOrder(system);
  for (const consumer of ['payment', 'warehouse']) {
    await system.order.output.until((line) => line.includes(`receipt from ${consumer}`));
  }
  await expectAllOnce(system, [id]);
  const [message] = await system.sql<{ id: string }>('order', 'select id from outbox_message');
  const lines = (service: ServiceProcess, index: number) => service.output.values.slice(positions[index]).sort();
  const line = (service: string, what: string) =>
    expect.stringMatching(
      new RegExp(
        `^\\d\\d:\\d\\d:\\d\\d\\.\\d{3} ${service.padEnd(9)} order\\.placed ${message?.id} ${what} \\d+(\\.\\d)? ms$`,
      ),
    );
  expect(services.map(lines)).toEqual([
    expect.arrayContaining([
      line('order', 'confirmed by broker in'),
      line('order', 'receipt from payment after'),
      line('order', 'receipt from warehouse after'),
    ]),
    [line('payment', 'processed by payment in')],
    [line('warehouse', 'processed by warehouse in')],
  ]);
  expect(lines(system.order, 0)).toHaveLength(3);
});

test('what is no terminal gets JSON, a line each', async () => {
  await system.payment.stop();
  await system.payment.start({ LOG_FORMAT: 'auto' });
  await placeOrder(system);
  const { level, service, msg } = await system.payment.step({ step: 'processed' });
  expect({ level, service, msg }).toEqual({
    level: 'info',
    service: 'payment',
    msg: expect.stringMatching(/^order\.placed .* processed by payment in /),
  });
});
