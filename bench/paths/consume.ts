import { consumeSystem, measureConsume, startByHand, startOurs } from '../consume-run';
import type { BenchPath } from '../lab';
import { toRow } from '../row';

export const consume: BenchPath = {
  name: 'consume',
  does: 'messages a second through inbox, effect, next event, receipt and ack, with the prefetch as shipped',
  run: async (lab) => {
    const system = await consumeSystem(lab);
    const count = lab.amount(20_000, 500);
    const whole = { isSent: true, isSigned: true };
    const consumed = { isSent: false, isSigned: false };
    const { ours, hand, alone, silent } = await lab.inTurns({
      ours: () => measureConsume(system, count, () => startOurs(lab, system), whole),
      hand: () => measureConsume(system, count, () => startByHand(lab, system, 'limits/whole-consumer.ts'), whole),
      alone: () => measureConsume(system, count, () => startByHand(lab, system, 'limits/consumer.ts'), consumed),
      silent: () =>
        measureConsume(system, count, () => startOurs(lab, system, { receipts: false }), {
          isSent: true,
          isSigned: false,
        }),
    });
    const batches = await lab.inTurns({
      ours: () => measureConsume(system, count, () => startOurs(lab, system, { isBatched: true }), whole),
      hand: () => measureConsume(system, count, () => startByHand(lab, system, 'limits/batch-consumer.ts'), whole),
    });
    const unit = 'messages/s';
    return [
      toRow({ name: 'consume', against: 'the same by hand', unit, ours, limit: hand, target: 0.9 }),
      toRow({ name: 'consume, raw', against: 'without next event sent, and receipt', unit, ours, limit: alone }),
      toRow({
        name: 'consume, batch',
        against: 'batches by hand',
        unit,
        ours: batches.ours,
        limit: batches.hand,
        target: 0.6,
      }),
      toRow({ name: 'receipts', against: 'without receipts', unit, ours, limit: silent, target: 0.9 }),
    ];
  },
};
