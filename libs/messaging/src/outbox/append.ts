import type { Statement } from '../commit-behind';
import type { RecordedMessage } from '../recorded-message';

const columns = `id, producer, type, version, aggregate_id, aggregate_version, priority, payload, correlation_id, causation_id, consumers`;

/** Where most record one message, a row of parameters: rows out of arrays cost half as much again. */
const one = '(values ($1::uuid, $2, $3, $4::int, $5, $6::int, $7::int, $8, $9, $10::uuid, $11))';
const many = `unnest($1::uuid[], $2::text[], $3::text[], $4::int[], $5::text[], $6::int[], $7::int[], $8::text[], $9::text[], $10::uuid[],
  $11::text[])`;

/**
 * The statement that appends messages as `pending`; at least one.
 * @param lease milliseconds for which they are this process's, whose first attempt to send them it is; without one, whoever claims them sends them.
 */
export function appending(messages: readonly RecordedMessage[], lease: number | null = null): Statement {
  const rows = messages.map((message) => [
    message.messageId,
    message.producer,
    message.type,
    message.version,
    message.aggregateId,
    message.aggregateVersion ?? null,
    message.priority,
    message.payload,
    message.correlationId,
    message.causationId ?? null,
    `{${message.consumers.join(',')}}`,
  ]);
  const [first = []] = rows;
  const isOne = rows.length === 1;
  return {
    text: `insert into outbox_message (${columns}, attempts, sent_at, lease_until)
     select id, producer, type, version, aggregate_id, aggregate_version, priority, payload::json,
       correlation_id, causation_id, consumers::text[],
       case when $12::int is null then 0 else 1 end, case when $12::int is not null then clock_timestamp() end,
       clock_timestamp() + $12 * interval '1 millisecond'
     from ${isOne ? one : many} as message (${columns})`,
    values: [...(isOne ? first : first.map((_, column) => rows.map((row) => row[column]))), lease],
  };
}
