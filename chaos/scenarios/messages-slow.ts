import type { ServiceName } from '@waybill/contracts';
import { eventually } from '@waybill/testing';
import type { Scenario } from '../scenario';
import { queueOf } from './messages-recorded';

const consumer: ServiceName = 'warehouse';

/** Milliseconds after which the broker takes a delivery away from its consumer. */
const consumerTimeout = 5_000;
/** Seconds that an effect takes: more than that, and less than the 15 s in which a statement must end. */
const effect = 11;
/** Milliseconds in which the broker looks: it does so once a minute. */
const looksWithin = 150_000;

const slow: Scenario = {
  name: 'slow-past-the-consumer-timeout',
  family: 'messages',
  does: 'handlers take longer than the broker lets a consumer keep a delivery: it ends their consumer, and gives the deliveries out again',
  missing: (broker) => (broker === '3.10' ? 'RabbitMQ 3.10 has one consumer timeout for all queues' : undefined),
  run: async (arena) => {
    const { system, random, more, say } = arena;
    const service = system[consumer];
    const seen = await system.sql<{ type: string }>(consumer, 'select distinct type from inbox_message order by type');
    const { type } = random.pick(seen);
    const queue = queueOf(arena, consumer, type);
    const policy = `policies/${system.vhost.name}/chaos`;
    const pattern = `^${queue.replaceAll('.', '\\.')}$`;
    const from = service.position;
    await system.vhost.manage('PUT', policy, {
      pattern,
      definition: { 'consumer-timeout': consumerTimeout },
      'apply-to': 'queues',
    });
    try {
      await system.sql(
        consumer,
        `create function chaos.dawdle() returns trigger language plpgsql as $$ begin perform pg_sleep(${effect}); return new; end $$;
         create trigger chaos_dawdle before insert or update on inbox_message for each row
           when (new.state = 'processed' and new.type = '${type}') execute function chaos.dawdle()`,
      );
      say(`${type} takes ${effect} s, the broker allows ${consumerTimeout / 1_000} s`);
      const ended = await eventually(
        'the broker has ended the consumer',
        () => {
          const line = service.log.values.slice(from).find(({ msg = '' }) => msg.startsWith(`${queue}: opening: `));
          if (line === undefined) throw new Error('it has not');
          return line.msg;
        },
        looksWithin,
      );
      say(ended ?? '');
      await more(10);
    } finally {
      await system.sql(consumer, 'drop trigger if exists chaos_dawdle on inbox_message');
      await system.vhost.manage('DELETE', policy);
    }
    await service.step({ step: 'duplicate', type }, from);
  },
};

export const slowScenarios: readonly Scenario[] = [slow];
