import { catalogue } from '@waybill/contracts';
import { type QueueType, topologyOf } from '@waybill/messaging';
import { eventually, type OwnBrokerNode, type System } from '@waybill/testing';
import type { Breach } from './ledger';

interface QueueState {
  readonly name: string;
  readonly messages?: number;
}

interface QueueConsumer {
  readonly queue_name: string;
  readonly channel_pid: string;
}

/** A quorum queue counts itself every five seconds. */
const countedWithin = 20_000;

/**
 * I9: every queue of the system is there, is empty, and has a consumer of each process. The queues themselves are asked: the HTTP API goes on
 * telling what a node counted that led a queue, was frozen or cut off, and found another leader when it was back (measured, 4.3.6). A consumer
 * counts while its channel is there: a quorum queue may still name that of a node that was killed (seen once; rabbitmq-server#2421).
 * @param broker that all nodes of its cluster, if it has one, have joined
 * @param instances of each service
 */
export async function checkBroker(broker: OwnBrokerNode, system: System, instances: number): Promise<Breach[]> {
  let breaches: Breach[] = [];
  await eventually(
    'the queues are empty and consumed',
    async () => {
      breaches = await look(broker, system, instances);
      if (breaches.length > 0) throw new Error(breaches[0]?.detail);
    },
    countedWithin,
  ).catch((error: Error) => {
    // What was seen says it, unless nothing was.
    if (breaches.length === 0) throw error;
  });
  return breaches;
}

async function look(broker: OwnBrokerNode, system: System, instances: number): Promise<Breach[]> {
  const list = async <T>(what: string, ...columns: string[]) =>
    JSON.parse(await broker.control(what, '--formatter', 'json', ...columns)) as T[];
  const inVhost = ['-p', system.vhost.name];
  const [queues, consumers, channels] = await Promise.all([
    list<QueueState>('list_queues', ...inVhost, 'name', 'messages'),
    list<QueueConsumer>('list_consumers', ...inVhost, 'queue_name', 'channel_pid'),
    list<{ readonly pid: string }>('list_channels', 'pid'),
  ]);
  const living = new Set(channels.map(({ pid }) => pid));
  const consumersOf = (name: string) =>
    consumers.filter(({ queue_name, channel_pid }) => queue_name === name && living.has(channel_pid)).length;
  const missing = topologyOf(catalogue, system.queueType as QueueType)
    .queues.map(({ name }) => name)
    .filter((needed) => !queues.some(({ name }) => name === needed));
  return [
    ...missing.map((name) => breach('lost', `the queue ${name} is not there`)),
    ...queues.flatMap(({ name, messages }) => [
      ...(messages === 0 ? [] : [breach('stuck', `${messages ?? 'unknown many'} messages are left in ${name}`)]),
      ...(consumersOf(name) === instances
        ? []
        : [breach('stuck', `${name} has ${consumersOf(name)} consumers instead of ${instances}`)]),
    ]),
  ];
}

function breach(harm: Breach['harm'], detail: string): Breach {
  return { invariant: 'I9', harm, detail };
}
