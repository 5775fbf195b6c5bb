import type { System } from '@waybill/testing';
import { freePorts } from '../../libs/testing/src/free-ports';
import { awaitRow } from '../await-row';
import type { BenchPath, Lab } from '../lab';
import { fillPlacedQueue } from '../placed-messages';
import { toRow } from '../row';

/** Of payment. */
const instances = [1, 2, 4] as const;

/**
 * What instances add. Where a handler waits, here for a gateway that takes a second, each adds its prefetch. Where it does not, they share what the machine
 * and its one database have, and the last of them finds it taken.
 */
export const scale: BenchPath = {
  name: 'scale',
  does: 'messages a second that one, two and four instances of payment authorize',
  run: async (lab) => {
    const system = await lab.system();
    const amounts = { slow: lab.amount(80, 10), fast: lab.amount(2_500, 20) };
    const slow = await inTurns(lab, (count) =>
      measure(lab, system, { count, messages: amounts.slow, token: 'tok_slow' }),
    );
    const fast = await inTurns(lab, (count) =>
      measure(lab, system, { count, messages: amounts.fast, token: 'tok_approved' }),
    );
    return [...rows('a gateway of 1 s', slow), ...rows('no wait', fast)];
  },
};

type Rates = Readonly<Record<`${(typeof instances)[number]}`, readonly number[]>>;

async function inTurns(lab: Lab, run: (count: number) => Promise<number>): Promise<Rates> {
  return await lab.inTurns({ '1': () => run(1), '2': () => run(2), '4': () => run(4) }, 2);
}

function rows(what: string, rates: Rates) {
  return ([2, 4] as const).map((count) =>
    toRow({
      name: `scale, ${what}, ${count}`,
      against: 'one instance',
      unit: 'messages/s',
      ours: rates[count],
      limit: rates[1],
    }),
  );
}

interface Load {
  readonly count: number;
  readonly messages: number;
  readonly token: string;
}

/** Starts so many instances, warms them up, and has them take the messages. @returns messages a second from the first that came to the last done */
async function measure(lab: Lab, system: System, { count, messages, token }: Load): Promise<number> {
  const ports = await freePorts(count);
  const running = await Promise.all(ports.map((port) => lab.service({ system, name: 'payment', port })));
  await authorize(system, lab.amount(300, 10), 'tok_approved');
  const rate = await authorize(system, messages, token);
  await Promise.all(running.map((service) => service.end()));
  return rate;
}

async function authorize(system: System, messages: number, token: string): Promise<number> {
  await system.sql(
    'payment',
    'truncate inbox_message, outbox_message, message_receipt, payment, sandbox_gateway_entry',
  );
  await fillPlacedQueue(system, messages, token);
  const { seconds } = await awaitRow(() =>
    system.sql<{ seconds: number }>(
      'payment',
      `select extract(epoch from max(processed_at) - min(received_at))::float8 as seconds from inbox_message
       having count(*) = $1 and not exists (select from outbox_message where state = 'pending')`,
      [messages],
    ),
  );
  return messages / seconds;
}
