import type { ServiceName } from '@waybill/contracts';
import type { System } from '@waybill/testing';

/**
 * Makes due what a killed process of this service had in hand, which is nobody else's for up to a minute, and what waits for its next attempt after
 * so many failures. For scenarios that kill so often that they cannot wait for it.
 * Rows are locked in the order in which the service locks them, whose processes may be at work: else the two end in a deadlock.
 */
export async function hurry(system: System, service: ServiceName): Promise<void> {
  for (const statement of statements) await system.sql(service, statement);
}

const statements = [
  messages('lease_until = null, due_at = clock_timestamp()', `state = 'pending'`),
  messages('overdue_at = clock_timestamp()', 'finished_at is null and overdue_rounds > 0'),
  deliveries('receipt_due_at = clock_timestamp()', 'receipt_sent_seq < receipt_seq'),
  deliveries('due_at = clock_timestamp()', `state = 'retrying'`),
];

function messages(set: string, where: string): string {
  return `with locked as (select id from outbox_message where ${where} order by id for update)
    update outbox_message m set ${set} from locked where m.id = locked.id`;
}

function deliveries(set: string, where: string): string {
  return `with locked as (select message_id, consumer from inbox_message where ${where} order by message_id, consumer for update)
    update inbox_message m set ${set} from locked where m.message_id = locked.message_id and m.consumer = locked.consumer`;
}
