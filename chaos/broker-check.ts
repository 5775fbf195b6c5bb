import { services } from '@waybill/contracts';
import { eventually, type System } from '@waybill/testing';
import type { Breach } from './ledger';

interface QueueState {
  readonly name: string;
  readonly messages?: number;
  readonly consumers?: number;
}

/** The management plugin counts every five seconds. */
const countedWithin = 20_000;

/** I9: every queue of the system is there, is empty, and has a consumer of each process. @param instances of each service */
export async function checkBroker(system: System, instances: number): Promise<Breach[]> {
  let breaches: Breach[] = [];
  await eventually(
    'the queues are empty and consumed',
    async () => {
      breaches = await look(system, instances);
      if (breaches.length > 0) throw new Error(breaches[0]?.detail);
    },
    countedWithin,
  ).catch(() => {
    // The breaches say it.
  });
  return breaches;
}

async function look(system: System, instances: number): Promise<Breach[]> {
  const queues = (await system.vhost.manage('GET', `queues/${system.vhost.name}`)) as QueueState[];
  const missing = services
    .map((service) => system.queue(`${service}.receipts`))
    .filter((receipts) => !queues.some(({ name }) => name === receipts));
  return [
    ...missing.map((name) => breach('lost', `the queue ${name} is not there`)),
    ...queues.flatMap(({ name, messages, consumers }) => [
      ...(messages === 0 ? [] : [breach('stuck', `${messages ?? 'unknown many'} messages are left in ${name}`)]),
      ...(consumers === instances
        ? []
        : [breach('stuck', `${name} has ${consumers} consumers instead of ${instances}`)]),
    ]),
  ];
}

function breach(harm: Breach['harm'], detail: string): Breach {
  return { invariant: 'I9', harm, detail };
}
