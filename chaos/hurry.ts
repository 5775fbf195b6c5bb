import type { ServiceName } from '@waybill/contracts';
import type { System } from '@waybill/testing';

/**
 * Makes due what a killed process of this service had in hand, which is nobody else's for up to a minute, and what waits for its next attempt after
 * so many failures. For scenarios that kill so often that they cannot wait for it; in all others it becomes due by itself.
 */
export async function hurry(system: System, service: ServiceName): Promise<void> {
  for (const statement of statements) await system.sql(service, statement);
}

const statements = [
  `update outbox_message set lease_until = null, due_at = clock_timestamp() where state = 'pending'`,
  'update outbox_message set overdue_at = clock_timestamp() where finished_at is null and overdue_rounds > 0',
  'update inbox_message set receipt_due_at = clock_timestamp() where receipt_sent_seq < receipt_seq',
  `update inbox_message set due_at = clock_timestamp() where state = 'retrying'`,
];
