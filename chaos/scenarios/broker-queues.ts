import { eventually, type ServiceProcess } from '@waybill/testing';
import type { Arena } from '../arena';
import type { Scenario } from '../scenario';
import { deliveryLimitPassed } from './broker-drops';
import { queueFull } from './broker-full';
import { cutOff, mustBite, waitForMessages } from './broker-sight';
import { mendEffects, refuseEffects } from './messages-handlers';

/** Messages that are to be lost with a queue, at least. */
const severalMessages = 5;

/** Milliseconds. While messages wait at a consumer, nobody looks for its receipts, and each time the next look is later. */
const patience = 60_000;

export const brokerQueueScenarios: readonly Scenario[] = [
  {
    name: 'queue-deleted',
    family: 'broker',
    does: 'a queue is deleted under its consumer, and again with confirmed messages in it',
    run: async (arena) => {
      const { system, more, say } = arena;
      const { order, payment } = system;
      const queue = system.queue('payment.order-placed');
      const [from, at] = [order.position, payment.position];
      await system.vhost.deleteQueue(queue);
      await payment.line(/The broker ended the consumer of payment\.order-placed/, at);
      await payment.line(/^payment\.order-placed.*consuming again/, at);
      say('deleted under its consumer, which has declared it again');
      await more(10);
      await cutOff(arena, payment);
      const lost = await waitForMessages(arena, queue, severalMessages);
      await system.vhost.deleteQueue(queue);
      payment.resume();
      say(`deleted with ${lost} messages in it that were confirmed`);
      await redelivered(order, 'payment', from);
      await more(10);
    },
  },
  {
    name: 'binding-removed',
    family: 'broker',
    does: 'one of the two bindings of order.placed is removed: confirmed, not returned, and not delivered to one of its consumers',
    run: async (arena) => {
      const { system, more, say } = arena;
      const { order, warehouse } = system;
      const queue = system.queue('warehouse.order-placed');
      const [from, at] = [order.position, warehouse.position];
      await system.vhost.deleteBinding('waybill.events', queue, 'order.placed');
      mustBite(!(await isBound(arena, queue)), 'the binding is still there');
      say('removed');
      await more(10);
      const found = await redelivered(order, 'warehouse', from);
      mustBite(order.steps({ step: 'returned' }, from).length === 0, 'messages were returned, which is another fault');
      mustBite(order.steps({ step: 'confirmed', messageId: found }, from).length > 0, `${found} was not confirmed`);
      await warehouse.line(/^warehouse\.order-placed.* its bindings are declared again/, at);
      await eventually('the binding is back', async () => {
        if (!(await isBound(arena, queue))) throw new Error('it is not');
      });
      await more(10);
      say(
        `${order.steps({ step: 'redelivered', consumer: 'warehouse' }, from).length} messages sent again, the binding is back`,
      );
    },
  },
  {
    name: 'receipts-queue-deleted',
    family: 'broker',
    does: 'the callback queue of a producer is deleted with receipts in it',
    run: async (arena) => {
      const { system, more, say } = arena;
      const { order, payment } = system;
      const receipts = system.queue('order.receipts');
      const work = system.queue('payment.order-placed');
      const [from, at] = [order.position, payment.position];
      // Work waits for payment, so that it has something to sign for when nobody takes its receipts.
      await cutOff(arena, payment);
      await waitForMessages(arena, work, severalMessages);
      await cutOff(arena, order);
      const resumedAt = payment.position;
      payment.resume();
      await payment.step({ step: 'receipt-sent' }, resumedAt);
      const lost = await waitForMessages(arena, receipts, 1);
      await system.vhost.deleteQueue(receipts);
      order.resume();
      say(`deleted with ${lost} messages full of receipts in it`);
      await eventually(
        'messages are sent again for want of their receipts',
        () => {
          if (order.steps({ step: 'redelivered', consumer: 'payment' }, from).length === 0) throw new Error('none was');
        },
        patience,
      );
      await payment.step({ step: 'duplicate' }, at);
      await more(10);
      say(`${order.steps({ step: 'redelivered' }, from).length} messages sent again for want of their receipts`);
    },
  },
  {
    name: 'last-receipt-lost',
    family: 'broker',
    does: 'messages fail, their producer is told, they succeed, and the callback queue is deleted with the receipts of that in it',
    env: { WAREHOUSE_MAX_ATTEMPTS: '50' },
    run: async (arena) => {
      const { system, more, say } = arena;
      const { order, warehouse } = system;
      await refuseEffects(system, 'order.placed');
      const told = await eventually(
        'the producer has been told that they fail',
        async () => {
          const rows = await system.sql<{ id: string }>(
            'order',
            `select message_id as id from message_receipt where consumer = 'warehouse' and state = 'retrying'`,
          );
          if (rows.length < severalMessages) throw new Error(`of ${rows.length}`);
          return rows.map(({ id }) => id);
        },
        patience,
      );
      const from = order.position;
      await cutOff(arena, order);
      await mendEffects(system);
      await eventually(
        'they have succeeded, and the receipts wait in the callback queue',
        async () => {
          const done = await system.sql(
            'warehouse',
            `select from inbox_message where message_id = any ($1) and state = 'processed' and receipt_sent_seq = receipt_seq`,
            [told],
          );
          if (done.length < told.length) throw new Error(`${done.length} of ${told.length}`);
        },
        patience,
      );
      await system.vhost.deleteQueue(system.queue('order.receipts'));
      order.resume();
      say(`${told.length} messages were processed, and nobody was told`);
      const messageId = await eventually(
        'one of them is sent again',
        () => {
          const sent = order.steps({ step: 'redelivered', consumer: 'warehouse' }, from);
          const found = told.find((id) => sent.some((line) => line.messageId === id));
          if (!found) throw new Error('none is');
          return found;
        },
        patience,
      );
      await warehouse.step({ step: 'duplicate', messageId });
      await more(10);
    },
  },
  deliveryLimitPassed,
  queueFull,
];

/** Resolves with the id of the first message that is sent again to a consumer alone. */
async function redelivered(producer: ServiceProcess, consumer: string, from: number): Promise<string> {
  return (await producer.step({ step: 'redelivered', consumer }, from)).messageId ?? '';
}

async function isBound({ system }: Arena, queue: string): Promise<boolean> {
  const { vhost } = system;
  const bindings = await vhost.manage('GET', `bindings/${vhost.name}/e/waybill.events/q/${queue}`);
  return (bindings as { routing_key: string }[]).some(({ routing_key }) => routing_key === 'order.placed');
}
