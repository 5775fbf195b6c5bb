import { connect } from 'amqplib';
import { Client } from 'pg';
import { tell } from '../program';

export interface RelaySettings {
  readonly databaseUrl: string;
  readonly schema: string;
  readonly brokerUrl: string;
  readonly exchange: string;
}

const batchSize = 500;

interface Row {
  id: string;
  type: string;
  payload: string;
  priority: number;
}

/** Drains the outbox, tells that, and is done. */
export async function main(settings: RelaySettings): Promise<void> {
  await relay(settings);
  tell({});
}

/**
 * What a relay costs at least: claim 500 with a lease, publish them pipelined, await the confirms, one update; until nothing is left.
 * @param pause milliseconds until it looks again when nothing is left; without it, it is done then
 */
export async function relay(
  { databaseUrl, schema, brokerUrl, exchange }: RelaySettings,
  pause?: number,
): Promise<void> {
  const client = new Client({ connectionString: databaseUrl, options: `-c search_path=${schema}` });
  await client.connect();
  const connection = await connect(brokerUrl, { noDelay: true });
  const channel = await connection.createConfirmChannel();
  for (;;) {
    const { rows } = await client.query<Row>(
      `with due as (
         select id from outbox_message
         where state = 'pending' and due_at <= clock_timestamp() and (lease_until is null or lease_until <= clock_timestamp())
         order by priority desc, id limit $1 for update skip locked
       )
       update outbox_message m
       set attempts = m.attempts + 1, sent_at = clock_timestamp(), lease_until = clock_timestamp() + interval '30 seconds'
       from due where m.id = due.id
       returning m.id, m.type, m.payload::text as payload, m.priority`,
      [batchSize],
    );
    if (rows.length === 0 && pause === undefined) return;
    if (rows.length === 0) await new Promise((wake) => setTimeout(wake, pause));
    for (const { id, type, payload, priority } of rows) {
      channel.publish(exchange, type, Buffer.from(payload), {
        persistent: true,
        mandatory: true,
        messageId: id,
        type,
        priority,
      });
    }
    await channel.waitForConfirms();
    await client.query(
      `update outbox_message
       set state = 'confirmed', last_outcome = 'confirmed', lease_until = null, confirmed_at = clock_timestamp()
       where id = any ($1::uuid[])`,
      [rows.map(({ id }) => id)],
    );
  }
}
