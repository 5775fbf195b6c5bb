import type { EntityManager } from 'typeorm';
import type { RecordedMessage } from '../recorded-message';

/** Appends messages as `pending`, in one statement, in the transaction of `manager`. */
export async function appendToOutbox(manager: EntityManager, messages: readonly RecordedMessage[]): Promise<void> {
  if (messages.length === 0) return;
  await manager.query(
    `insert into outbox_message (id, producer, type, version, aggregate_id, aggregate_version, priority, payload,
       correlation_id, causation_id, consumers)
     select id, producer, type, version, aggregate_id, aggregate_version, priority, payload::json,
       correlation_id, causation_id, consumers::text[]
     from unnest($1::uuid[], $2::text[], $3::text[], $4::int[], $5::text[], $6::int[], $7::int[], $8::text[], $9::text[],
       $10::uuid[], $11::text[])
       as message (id, producer, type, version, aggregate_id, aggregate_version, priority, payload,
         correlation_id, causation_id, consumers)`,
    [
      messages.map((message) => message.messageId),
      messages.map((message) => message.producer),
      messages.map((message) => message.type),
      messages.map((message) => message.version),
      messages.map((message) => message.aggregateId),
      messages.map((message) => message.aggregateVersion ?? null),
      messages.map((message) => message.priority),
      messages.map((message) => message.payload),
      messages.map((message) => message.correlationId),
      messages.map((message) => message.causationId ?? null),
      messages.map((message) => `{${message.consumers.join(',')}}`),
    ],
  );
}
