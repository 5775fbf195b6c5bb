import { preload } from '@waybill/testing';
import type { Scenario } from '../scenario';
import { newerThanKnown, nextBuild } from './messages-next-build';

const newerVersion: Scenario = {
  name: 'newer-version',
  family: 'messages',
  does: 'the order service sends events of a version that nobody knows; the others wait with them, and are upgraded one after the other',
  run: async ({ system, random, more, say }) => {
    const consumers = random.shuffle(['payment', 'warehouse'] as const);
    const from = { payment: system.payment.position, warehouse: system.warehouse.position };
    await system.order.stop();
    await system.order.start(preload([nextBuild]));
    await more(10);
    for (const consumer of consumers) {
      await system[consumer].step(
        ({ step, detail = '' }) => step === 'retrying' && newerThanKnown.test(detail),
        from[consumer],
      );
      await system[consumer].stop();
      const [row] = await system.sql<{ waiting: number }>(
        consumer,
        `select count(*)::int as waiting from inbox_message where state = 'retrying' and attempts_started = 0`,
      );
      say(`${row?.waiting} messages wait for a build of ${consumer} that knows them`);
      await system[consumer].start(preload([nextBuild]));
      await more(10);
    }
  },
};

export const newerVersionScenarios: readonly Scenario[] = [newerVersion];
