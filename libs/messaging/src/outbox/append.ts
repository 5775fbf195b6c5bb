import type { RecordedMessage } from '../recorded-message';

/** The statement that appends messages as `pending`; at least one. */
export function appending(messages: readonly RecordedMessage[]): { text: string; values: unknown[] } {
  return {
    text: `insert into outbox_message (id, producer, type, version, aggregate_id, aggregate_version, priority, payload,
       correlation_id, causation_id, consumers)
     select id, producer, type, version, aggregate_id, aggregate_version, priority, payload::json,
       correlation_id, causation_id, consumers::text[]
     from unnest($1::uuid[], $2::text[], $3::text[], $4::int[], $5::text[], $6::int[], $7::int[], $8::text[], $9::text[],
       $10::uuid[], $11::text[])
       as message (id, producer, type, version, aggregate_id, aggregate_version, priority, payload,
         correlation_id, causation_id, consumers)`,
    values: [
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
  };
}
