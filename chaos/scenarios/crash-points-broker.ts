import { catalogue, type ServiceName } from '@waybill/contracts';
import type { QueueType } from '@waybill/messaging';
import { eventually } from '@waybill/testing';
import { directExchange, eventsExchange, workQueue } from '../../libs/messaging/src/broker/topology';
import type { Arena } from '../arena';
import { type Victim, whileAlive } from './crash-points-victim';

const exchanges = { events: eventsExchange, direct: directExchange };

/** Takes away what brings the service's events to their consumers, who bind their queues again now and then; gives it back at last. */
export async function loseBindings(victim: Victim, which: readonly (keyof typeof exchanges)[]): Promise<void> {
  const { system } = victim.arena;
  const lost = workQueuesOf(victim).flatMap(({ name, bindings }) =>
    bindings
      .filter(({ exchange }) => which.some((key) => exchanges[key] === exchange))
      .map(({ exchange, routingKey }) => [name, exchange, routingKey] as const),
  );
  const channel = await system.vhost.channel();
  try {
    await whileAlive(victim, async () => {
      for (const binding of lost) await channel.unbindQueue(...binding);
    });
  } finally {
    for (const binding of lost) await channel.bindQueue(...binding);
    await channel.close();
  }
}

/**
 * - `open`: it takes all.
 * - `full`: it refuses all, and so the broker does, though the consumers' queues have it.
 * - `silent`: it never says whether it has it, and so the broker does not.
 */
type Sink = 'open' | 'full' | 'silent';

/** One more queue that gets all of the service's events, while `meanwhile` goes on. */
export async function withSink(
  { arena, service }: Pick<Victim, 'arena' | 'service'>,
  kind: Sink,
  meanwhile: () => Promise<unknown>,
): Promise<void> {
  const { vhost } = arena.system;
  const name = `chaos.${service}`;
  const channel = await vhost.channel();
  const limits = kind === 'full' ? { 'x-max-length': 1, 'x-overflow': 'reject-publish' } : {};
  await channel.assertQueue(name, { arguments: { 'x-queue-type': 'classic', ...limits } });
  await channel.bindQueue(name, directExchange, name);
  if (kind === 'full') await vhost.publish(directExchange, name, 'the one that it takes');
  if (kind === 'silent') await tell(arena, name, 'suspend');
  for (const { event } of catalogue.producedBy(service)) await channel.bindQueue(name, eventsExchange, event.type);
  try {
    await meanwhile();
  } finally {
    if (kind === 'silent') await tell(arena, name, 'resume');
    await channel.deleteQueue(name);
    await channel.close();
  }
}

/** Once messages are on their way to the broker, which has not answered. */
export async function closeConnections({ arena, service, process }: Victim): Promise<void> {
  const claimed = `select from outbox_message where state = 'pending' and lease_until > clock_timestamp()`;
  await eventually(`${service} has claimed messages`, async () => {
    if ((await arena.system.sql(service, claimed)).length === 0) throw new Error('none is');
  });
  await arena.broker.control(
    'eval',
    `[rabbit_networking:close_connection(P, "by the fault suite") || P <- rabbit_networking:local_connections(),
      rabbit_networking:connection_info(P, [user]) =:= [{user, <<"${service}">>}]].`,
  );
  await process.ended();
}

export function workQueuesOf({ arena, service }: Pick<Victim, 'arena' | 'service'>) {
  return catalogue
    .producedBy(service)
    .flatMap(({ event }) => event.consumers.map((consumer) => workQueueOf(arena, consumer, event.type)));
}

export function workQueueOf({ system }: Arena, consumer: ServiceName, type: string) {
  return workQueue(consumer, type, system.queueType as QueueType);
}

/** A classic queue is a process of the broker's. */
async function tell({ broker, system }: Arena, queue: string, what: 'suspend' | 'resume'): Promise<void> {
  await broker.control(
    'eval',
    `{ok, Q} = rabbit_amqqueue:lookup(rabbit_misc:r(<<"${system.vhost.name}">>, queue, <<"${queue}">>)),
     sys:${what}(amqqueue:get_pid(Q)).`,
  );
}
