import type { System } from '@waybill/testing';
import { DatabaseSetupExporter } from 'pg-transactional-outbox';
import { awaitRow } from '../await-row';
import type { BenchPath, Lab } from '../lab';
import { emptyOutbox, fillOutbox, sender } from '../outbox-load';
import { drainByWaybill, measureRelay, relaySettings } from '../relay-run';
import { toRow } from '../row';

/** What the package calls its own: a schema, a table, and the function that takes the next messages. */
const own = { schema: 'peer', table: 'outbox', nextMessages: 'next_outbox_messages' };

export const peers: BenchPath = {
  name: 'peers',
  does: 'outbox rows a second, against what people would pick instead: 100,000 preloaded for us, 3,000 and 10,000 for them',
  run: async (lab) => {
    const system = await lab.system();
    await createOutboxOfPackage(system);
    const count = lab.amount(100_000, 1_000);
    const few = lab.amount(3_000, 300);
    const some = lab.amount(10_000, 300);
    const { ours, tutorial, bought } = await lab.inTurns({
      ours: () => measureRelay(system, count, () => drainByWaybill(lab, system)),
      tutorial: () => measureTutorial(lab, system, few),
      bought: () => measurePackage(lab, system, some),
    });
    const common = { unit: 'messages/s', ours, target: 5 };
    return [
      toRow({ ...common, name: 'relay against the tutorial loop', against: 'awaits each publish', limit: tutorial }),
      toRow({
        ...common,
        name: 'relay against pg-transactional-outbox',
        against: 'its polling listener',
        limit: bought,
      }),
    ];
  },
};

/** On the same rows as ours. */
async function measureTutorial(lab: Lab, system: System, count: number): Promise<number> {
  await emptyOutbox(system);
  await fillOutbox(system, count);
  await system.sql(sender, 'vacuum analyze outbox_message');
  const program = await lab.program('limits/tutorial-relay.ts', relaySettings(system));
  const { rate } = await program.hear<{ rate: number }>();
  await program.end();
  return rate;
}

/** On the package's own table, with as many bytes in a row; by the database's clock, from the first publish to the last row that is done. */
async function measurePackage(lab: Lab, system: System, count: number): Promise<number> {
  await emptyOutbox(system);
  await fillOutbox(system, count);
  await system.sql(sender, 'truncate peer.outbox');
  await system.sql(
    sender,
    `insert into peer.outbox (id, aggregate_type, aggregate_id, message_type, concurrency, payload)
     select id, 'order', aggregate_id, type, 'parallel', payload from outbox_message`,
  );
  await system.sql(sender, 'vacuum analyze peer.outbox');
  const program = await lab.program('limits/pg-transactional-outbox.ts', { ...relaySettings(system), ...own });
  const { began } = await program.hear<{ began: string }>();
  const { seconds } = await awaitRow(() =>
    system.sql<{ seconds: number }>(
      sender,
      `select extract(epoch from max(processed_at) - $1::timestamptz)::float8 as seconds
       from peer.outbox having count(processed_at) = $2`,
      [began, count],
    ),
  );
  await program.end();
  return count / seconds;
}

/** By the package's own script, for the role that payment runs as. */
async function createOutboxOfPackage(system: System): Promise<void> {
  const script = DatabaseSetupExporter.createPollingScript({
    outboxOrInbox: 'outbox',
    database: system.database,
    schema: own.schema,
    table: own.table,
    nextMessagesSchema: own.schema,
    nextMessagesName: own.nextMessages,
    listenerRole: `${sender}_service`,
  });
  await system.sql(sender, script);
}
