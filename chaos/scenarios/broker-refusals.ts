import { randomUUID } from 'node:crypto';
import type { UserPermissions } from '@waybill/testing';
import type { Arena } from '../arena';
import type { Scenario } from '../scenario';

export const brokerRefusalScenarios: readonly Scenario[] = [
  {
    name: 'permission-withdrawn',
    family: 'broker',
    does: 'a service may no longer write to the broker, and then may again',
    run: async ({ system, more, say }) => {
      const { order, vhost } = system;
      const path = `permissions/${vhost.name}/order`;
      const { configure, write, read } = (await vhost.manage('GET', path)) as UserPermissions;
      const from = order.position;
      try {
        await vhost.manage('PUT', path, { configure, write: '^$', read });
        // The broker remembers for a while what a channel was allowed.
        await vhost.dropConnections('order');
        await order.line(/^Publishing is paused: .*ACCESS_REFUSED.*gives order its permissions/, from);
        say('withdrawn, and refused');
        await more(20);
      } finally {
        await vhost.manage('PUT', path, { configure, write, read });
      }
      await order.step({ step: 'confirmed' }, order.position);
      say(`given back; ${order.steps({ step: 'disconnected' }, from).length} publishes were refused`);
      await more(10);
    },
  },
  {
    name: 'channel-closed-404',
    family: 'broker',
    does: 'the exchange of all events is deleted, and with it every binding; the provision job declares them again',
    run: async ({ system, more, say }) => {
      const { order, vhost } = system;
      const from = order.position;
      await vhost.deleteExchange('waybill.events');
      await order.line(/^Publishing is paused: .*NOT_FOUND.*run the provision job/, from);
      say('deleted, and missed');
      await more(20);
      await system.provision();
      await order.step({ step: 'confirmed' }, order.position);
      say(`declared again; ${order.steps({ step: 'disconnected' }, from).length} publishes were refused`);
      await more(10);
    },
  },
  {
    name: 'channel-closed-406',
    family: 'broker',
    does: 'one message among good ones is larger than the broker takes: it closes the channel on all of them, and it alone is parked',
    run: async (arena) => {
      const { system, broker, expected, more, say } = arena;
      const { order, vhost } = system;
      const before = /\d+/.exec(await broker.control('eval', 'application:get_env(rabbit, max_message_size).'))?.[0];
      if (before === undefined) throw new Error('The broker does not say how large a message may be');
      const from = order.position;
      try {
        await limitMessages(arena, mostBytes);
        await vhost.dropConnections('order');
        await more(5);
        const id = await recordLarge(arena);
        expected.parked++;
        await order.step(({ step, detail = '' }) => step === 'disconnected' && detail.includes('larger than'), from);
        await order.step({ step: 'parked', messageId: id }, from);
      } finally {
        await limitMessages(arena, Number(before));
      }
      const others = order.steps({ step: 'disconnected' }, from);
      say(`parked after ${others.length} publishes that it has closed the channel on, its own among them`);
      await more(10);
    },
  },
];

/** Far more than whatever else is sent, receipts by the hundred included. */
const mostBytes = 500_000;

/** Where the server keeps it at run time: RabbitMQ 4 and 3 differ. */
async function limitMessages({ broker }: Arena, bytes: number): Promise<void> {
  await broker.control('eval', `persistent_term:put(max_message_size, ${bytes}).`);
  await broker.control('eval', `application:set_env(rabbit, max_message_size, ${bytes}).`);
}

/** As nobody can by HTTP. It comes to no consumer, so it may tell of an order that there is not. @returns its id */
async function recordLarge({ system }: Arena): Promise<string> {
  const id = randomUUID();
  const orderId = randomUUID();
  await system.sql(
    'order',
    `insert into outbox_message (id, producer, type, version, aggregate_id, priority, payload, correlation_id, consumers)
     values ($1, 'order', 'order.cancelled', 1, $2, 4, $3, $2, '{payment,warehouse}')`,
    [id, orderId, JSON.stringify({ orderId, reason: 'customer', note: 'x'.repeat(2 * mostBytes) })],
  );
  return id;
}
