import type { BenchPath, Lab } from '../lab';
import { sentType } from '../outbox-load';
import { drainByWaybill, measureRelay, relaySettings } from '../relay-run';
import { type Row, toRow } from '../row';

const types = ['quorum', 'classic'] as const;

export const relay: BenchPath = {
  name: 'relay',
  does: 'outbox rows a second until they are confirmed and settled, 100,000 preloaded',
  run: async (lab) => {
    const rows: Row[] = [];
    for (const type of types) rows.push(...(await measure(lab, type)));
    return rows;
  },
};

async function measure(lab: Lab, type: (typeof types)[number]): Promise<Row[]> {
  const system = await lab.system({ RABBITMQ_QUEUE_TYPE: type });
  const count = lab.amount(100_000, 1_000);
  lab.say(`${type} queues`);
  const settings = relaySettings(system);
  const run = async (file: string, more: object = {}) => {
    const program = await lab.program(file, { ...settings, ...more });
    const told = await program.hear<{ rate?: number }>();
    await program.end();
    return told;
  };
  const { ours, loop, raw } = await lab.inTurns({
    ours: () => measureRelay(system, count, () => drainByWaybill(lab, system)),
    loop: () => measureRelay(system, count, () => run('limits/relay-loop.ts')),
    raw: async () => {
      const { rate } = await run('limits/confirm-channel.ts', { routingKey: sentType, bytes: 600, count });
      return rate ?? Number.NaN;
    },
  });
  const unit = 'messages/s';
  return [
    toRow({ name: `relay, ${type}`, against: 'a loop by hand', unit, ours, limit: loop, target: 0.9 }),
    toRow({ name: `relay, ${type}, raw`, against: 'publishing alone', unit, ours, limit: raw }),
  ];
}
