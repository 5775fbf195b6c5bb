import type { DataSource } from 'typeorm';
import { storableText } from '../storable';
import type { DeliveryKey } from './claim-delivery';
import type { EventHandler } from './handlers';
import { retryCap, unknownVersionDelay } from './schedule';

/** Puts a claimed message back, far out and without counting the attempt: this build still does not know its version. */
export async function awaitVersion(
  dataSource: DataSource,
  key: DeliveryKey,
  attempt: number,
  reason: string,
): Promise<void> {
  await dataSource.query(
    `update inbox_message
     set attempts_started = attempts_started - 1, error = $4,
       due_at = clock_timestamp() + $5 * interval '1 millisecond'
     where message_id = $1 and consumer = $2 and state = 'retrying' and attempts_started = $3`,
    [key.messageId, key.consumer, attempt, storableText(reason), unknownVersionDelay],
  );
}

/** Makes due what waits for a version that this build knows: what is put out farther than any other retry. */
export async function wakeKnownVersions(dataSource: DataSource, handlers: readonly EventHandler[]): Promise<void> {
  await dataSource.query(
    `update inbox_message m set due_at = clock_timestamp()
     from unnest($1::text[], $2::int[]) as known (type, version)
     where m.state = 'retrying' and m.type = known.type and m.version <= known.version
       and m.due_at > clock_timestamp() + $3 * interval '1 millisecond'`,
    [handlers.map(({ entry }) => entry.event.type), handlers.map(({ entry }) => entry.event.version), retryCap],
  );
}
