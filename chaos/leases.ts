import type { ServiceName } from '@waybill/contracts';
import type { System } from '@waybill/testing';

/**
 * Makes due what a killed process of this service had in hand, which is nobody else's for up to a minute. For scenarios that kill so often that
 * they cannot wait for it; in all others the leases run out by themselves.
 */
export async function endLeases(system: System, service: ServiceName): Promise<void> {
  await system.sql(service, `update outbox_message set lease_until = clock_timestamp() where lease_until is not null`);
  await system.sql(
    service,
    'update inbox_message set receipt_due_at = clock_timestamp() where receipt_sent_seq < receipt_seq',
  );
  await system.sql(
    service,
    'update inbox_message set due_at = clock_timestamp() where attempts_started > attempts_finished',
  );
}

/** Makes due, too, what waits for its next attempt after so many failures as such a scenario provokes. */
export async function endBackoffs(system: System, service: ServiceName): Promise<void> {
  await endLeases(system, service);
  await system.sql(service, `update outbox_message set due_at = clock_timestamp() where state = 'pending'`);
  await system.sql(
    service,
    'update outbox_message set overdue_at = clock_timestamp() where finished_at is null and overdue_rounds > 0',
  );
  await system.sql(service, `update inbox_message set due_at = clock_timestamp() where state = 'retrying'`);
}
