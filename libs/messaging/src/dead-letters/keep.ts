import type { DataSource } from 'typeorm';
import type { ReceivedMessage } from '../codec';
import { storableJson, storableText } from '../storable';

/**
 * Keeps a message that has no id to be trusted, under a key of our own, byte for byte. A process that dies before the ack keeps it twice: nothing
 * tells a second delivery from a second message of the same bytes, and of two messages none may vanish.
 */
export async function keepDeadLetter(
  dataSource: DataSource,
  letter: { id: string; queue: string; reason: string; message: ReceivedMessage },
): Promise<void> {
  await dataSource.query('insert into dead_letter (id, queue, reason, properties, body) values ($1, $2, $3, $4, $5)', [
    letter.id,
    letter.queue,
    storableText(letter.reason),
    storableJson(letter.message.properties),
    letter.message.body,
  ]);
}
