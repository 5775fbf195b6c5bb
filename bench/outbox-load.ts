import type { System } from '@waybill/testing';

/** The services of the sample that have one event with one consumer between them: what payment sends, order signs for. */
export const sender = 'payment';
export const sentType = 'payment.authorized';
export const sentQueue = 'order.payment-authorized';

/** About what an event of the sample takes: 600 bytes of JSON. */
const payload = JSON.stringify({ orderId: '01a20490-69d3-7475-9c68-40d156bcc0d7', note: 'x'.repeat(550) });

/** Puts pending messages into payment's outbox, in one transaction. */
export async function fillOutbox(system: System, count: number): Promise<void> {
  await system.sql(
    sender,
    `insert into outbox_message (id, producer, type, version, aggregate_id, priority, payload, correlation_id, consumers)
     select gen_random_uuid(), $1, $2, 1, 'aggregate', 2, $3::json, 'correlation-' || n, '{order}' from generate_series(1, $4) n`,
    [sender, sentType, payload, count],
  );
}

/** Empties outbox and queue, and leaves the tables as fresh as they were. */
export async function emptyOutbox(system: System): Promise<void> {
  await system.sql(sender, 'truncate outbox_message, message_receipt');
  const channel = await system.vhost.channel();
  await channel.purgeQueue(system.queue(sentQueue));
  await channel.close();
}
