import { type ServiceName, services } from '@waybill/contracts';
import { eventually } from '@waybill/testing';
import type { Options } from 'amqplib';
import type { Arena } from '../arena';

/** A message as its producer has recorded it. */
export interface RecordedMessage {
  readonly id: string;
  readonly producer: ServiceName;
  readonly type: string;
  readonly version: number;
  readonly priority: number;
  readonly payload: string;
  readonly correlationId: string;
  readonly causationId: string | null;
  readonly aggregateId: string;
  readonly aggregateVersion: number | null;
}

const columns = `m.id, m.producer, m.type, m.version, m.priority, m.payload::text as payload, m.correlation_id as "correlationId",
  m.causation_id as "causationId", m.aggregate_id as "aggregateId", m.aggregate_version as "aggregateVersion"`;

/** Messages that the broker has confirmed, in the order in which they were recorded. @param where SQL over chaos.outbox as `m` */
export function recorded({ system }: Arena, where: string, values: unknown[] = []): Promise<RecordedMessage[]> {
  return system.sql(
    'order',
    `select ${columns} from chaos.outbox m where state = 'confirmed' and ${where} order by id`,
    values,
  );
}

/** What the relay sends of a message. */
export function propertiesOf(message: RecordedMessage, changes: Options.Publish = {}): Options.Publish {
  return {
    messageId: message.id,
    type: message.type,
    priority: message.priority,
    correlationId: message.correlationId,
    persistent: true,
    contentType: 'application/json',
    userId: message.producer,
    headers: {
      version: message.version,
      'aggregate-id': message.aggregateId,
      ...(message.aggregateVersion === null ? {} : { 'aggregate-version': message.aggregateVersion }),
      ...(message.causationId === null ? {} : { 'causation-id': message.causationId }),
    },
    ...changes,
  };
}

/** Sends them again, as a relay does that has not seen their confirms. */
export async function sendAgain({ system }: Arena, messages: readonly RecordedMessage[]): Promise<void> {
  for (const producer of services) {
    const own = messages.filter((message) => message.producer === producer);
    await system.publishAll(
      producer,
      own.map((message) => ({
        exchange: 'waybill.events',
        routingKey: message.type,
        body: Buffer.from(message.payload),
        properties: propertiesOf(message),
      })),
    );
  }
}

/** The queue in which a consumer's messages of a type wait. */
export function queueOf({ system }: Arena, consumer: ServiceName, type: string): string {
  return system.queue(`${consumer}.${type.replace('.', '-')}`);
}

/** What waits for a consumer, once there is something: of each type the oldest that it has not taken. */
export async function waitingFor(arena: Arena, consumer: ServiceName): Promise<RecordedMessage[]> {
  return await eventually(
    `messages wait for ${consumer}`,
    async () => {
      const waiting = await recorded(
        arena,
        '$1 = any(consumers) and not exists (select from chaos.inbox i where i.message_id = m.id and i.service = $1)',
        [consumer],
      );
      if (waiting.length === 0) throw new Error('none do');
      return waiting.filter(({ type }, at) => waiting.findIndex((other) => other.type === type) === at);
    },
    60_000,
  );
}

/** Stops all processes of a service in their tracks until messages wait for it, does something with those, and lets them go on. */
export async function whileWaiting(
  arena: Arena,
  consumer: ServiceName,
  work: (waiting: readonly RecordedMessage[]) => Promise<void>,
): Promise<void> {
  const processes = arena.instances(consumer);
  for (const process of processes) process.suspend();
  try {
    await work(await waitingFor(arena, consumer));
  } finally {
    for (const process of processes) process.resume();
  }
}
