import type { ServiceName } from '@waybill/contracts';
import { type System, startSystem } from '@waybill/testing';
import { startLoad } from './load';
import { expectAllOnce } from './orders';

let system: System;
beforeAll(async () => {
  system = await startSystem();
});
afterAll(() => system?.end());

/** Milliseconds. Far below the default SHUTDOWN_GRACE of 20 s: there is nothing to wait for. */
const soon = 6_000;

test.each(['payment', 'warehouse'] as const)(
  'SIGTERM to %s under load: it ends in time with 0; nothing is lost, nothing done twice',
  async (name) => {
    const load = startLoad(system);
    await load.more(20);
    const asked = performance.now();
    expect(await system[name].stop('SIGTERM')).toBe('exit code 0');
    expect(performance.now() - asked).toBeLessThan(soon);
    await expectNothingInHand(name);
    await load.more(20);
    await system[name].start();
    await expectAllOnce(system, await load.stop());
  },
);

test('SIGTERM to order under load: it ends in time with 0; what was answered is signed for, and nothing done twice', async () => {
  const load = startLoad(system, { untilRefused: true });
  await load.more(20);
  const asked = performance.now();
  expect(await system.order.stop('SIGTERM')).toBe('exit code 0');
  expect(performance.now() - asked).toBeLessThan(soon);
  await expectNothingInHand('order');
  const placed = await load.stop();
  await system.order.start();
  await expectAllOnce(system, placed);
});

test('SIGTERM to all at once under load: each ends in time with 0; after a start all is signed for, once', async () => {
  const load = startLoad(system, { untilRefused: true });
  await load.more(20);
  const asked = performance.now();
  const ends = await Promise.all(system.services.map((service) => service.stop('SIGTERM')));
  expect(ends).toEqual(['exit code 0', 'exit code 0', 'exit code 0']);
  expect(performance.now() - asked).toBeLessThan(soon);
  const placed = await load.stop();
  await Promise.all(system.services.map((service) => service.start()));
  await expectAllOnce(system, placed);
});

test.each(['payment', 'warehouse'] as const)(
  'kill -9 of %s under load: nothing is lost, and nothing done twice',
  async (name) => {
    const load = startLoad(system);
    await load.more(20);
    await system[name].kill();
    await endLeases(name);
    await load.more(20);
    await system[name].start();
    await expectAllOnce(system, await load.stop());
  },
);

test('kill -9 of order under load: what was answered is signed for, and nothing done twice', async () => {
  const load = startLoad(system, { untilRefused: true });
  await load.more(20);
  await system.order.kill();
  await endLeases('order');
  const placed = await load.stop();
  await system.order.start();
  await expectAllOnce(system, placed);
});

/** Neither a message whose outcome is not written down, nor a receipt that is not sent, nor an attempt without an end. */
async function expectNothingInHand(service: ServiceName): Promise<void> {
  expect(await system.sql(service, 'select id from outbox_message where lease_until is not null')).toEqual([]);
  expect(
    await system.sql(
      service,
      'select message_id from inbox_message where receipt_sent_seq < receipt_seq or attempts_started > attempts_finished',
    ),
  ).toEqual([]);
}

/** What a killed process had in hand is nobody else's until its lease of up to a minute ends. Here that is now. */
async function endLeases(service: ServiceName): Promise<void> {
  await system.sql(service, 'update outbox_message set lease_until = clock_timestamp() where lease_until is not null');
  await system.sql(
    service,
    'update inbox_message set receipt_due_at = clock_timestamp() where receipt_sent_seq < receipt_seq',
  );
  await system.sql(
    service,
    'update inbox_message set due_at = clock_timestamp() where attempts_started > attempts_finished',
  );
}
