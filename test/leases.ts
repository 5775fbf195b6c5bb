import type { ServiceName } from '@waybill/contracts';
import type { System } from '@waybill/testing';

/** What a process had in hand when it died, or lost its database, is nobody else's until its lease of up to a minute ends. Here that is now. */
export async function endLeases(system: System, service: ServiceName): Promise<void> {
  await system.sql(service, 'update outbox_message set lease_until = clock_timestamp() where lease_until is not null');
  await system.sql(
    service,
    'update inbox_message set receipt_due_at = clock_timestamp() where receipt_sent_seq < receipt_seq',
  );
  await system.sql(
    service,
    'update inbox_message set due_at = clock_timestamp() where attempts_started > attempts_finished',
  );
}
