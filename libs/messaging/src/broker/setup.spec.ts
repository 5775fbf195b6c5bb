import { randomUUID } from 'node:crypto';
import { defineCatalogue, defineEvent, type ServiceName } from '@waybill/contracts';
import { createVhost, Recorder, type TestBroker } from '@waybill/testing';
import type { ConsumeMessage } from 'amqplib';
import { z } from 'zod';
import { BrokerConnection, type BrokerConnectionState } from './broker-connection';
import { ConfirmPublisher, type ConfirmPublisherOptions, type PublisherState } from './confirm-publisher';
import { declareQueue, declareTopology } from './declare-topology';
import type { OutgoingMessage } from './outgoing-message';
import { permissionsOf } from './permissions';
import { Subscription, type SubscriptionOptions, type SubscriptionState } from './subscription';
import { eventsExchange, type QueueType, topologyOf, workQueue } from './topology';

// What the specs of this slice share: a vhost with the topology and users of one event, order.placed, that payment consumes.

export const queueType = (process.env.WAYBILL_TEST_RABBITMQ_QUEUE_TYPE ?? 'quorum') as QueueType;

/** For what only a broker of 4.3 or later does: it is what quorum queues are tested on. */
export const itOn43 = queueType === 'quorum' ? it : it.skip;

export const testCatalogue = defineCatalogue({
  order: [
    defineEvent({
      type: 'order.placed',
      version: 1,
      consumers: ['payment'],
      schema: z.object({ orderId: z.string() }),
      aggregate: (data) => data.orderId,
    }),
  ],
});

export const topology = topologyOf(testCatalogue, queueType);
export const paymentQueue = workQueue('payment', 'order.placed', queueType);

export type Bench = Awaited<ReturnType<typeof setUp>>;

/** Everything made through the bench is closed by its `tearDown`. */
export async function setUp(broker?: TestBroker) {
  const vhost = await createVhost(broker);
  await declareTopology(vhost.url(), topology);
  const permitted = (service: ServiceName) =>
    vhost.createUser(service, permissionsOf(service, testCatalogue, queueType));
  const users = { order: await permitted('order'), payment: await permitted('payment') };
  const closers: (() => Promise<unknown>)[] = [];
  const bench = {
    vhost,
    /** Their broker users. */
    users,
    connect(service: keyof typeof users, purpose: 'publish' | 'consume') {
      const connection = new BrokerConnection({ url: vhost.url(users[service]), purpose, service, queueType });
      const states = new Recorder<BrokerConnectionState>();
      connection.on('state', states.record);
      connection.start();
      closers.unshift(() => connection.close());
      return { connection, states };
    },
    /** A publisher of the order service, once it is open (or in another state to wait for). */
    async publisher(options: Partial<ConfirmPublisherOptions> = {}, awaited: PublisherState['status'] = 'open') {
      const { connection, states: connectionStates } = bench.connect('order', 'publish');
      const publisher = new ConfirmPublisher({ connection, ...options });
      const states = new Recorder<PublisherState>();
      publisher.onState(states.record);
      publisher.start();
      closers.unshift(() => publisher.close(0));
      await states.until(({ status }) => status === awaited);
      /** Resolves when it is open; at once if it is. */
      const opened = () => states.until(() => publisher.state.status === 'open');
      return { publisher, states, opened, connection, connectionStates };
    },
    /** A subscription of the payment service to order.placed, once it is consuming (or in another state to wait for). */
    async subscription(options: Partial<SubscriptionOptions> = {}, awaited: SubscriptionState['status'] = 'consuming') {
      const { connection, states: connectionStates } = bench.connect('payment', 'consume');
      const states = new Recorder<SubscriptionState>();
      const deliveries = new Recorder<{ message: ConsumeMessage; id: string; redelivered: boolean; at: number }>();
      const { onDelivery = async () => 'ack' as const } = options;
      const subscription = new Subscription({
        connection,
        queue: paymentQueue.name,
        prefetch: 10,
        prepare: (channel) => declareQueue(channel, paymentQueue),
        onAnswered: () => {},
        onState: states.record,
        ...options,
        onDelivery: (message, redelivered) => {
          deliveries.record({ message, id: message.properties.messageId, redelivered, at: performance.now() });
          return onDelivery(message, redelivered);
        },
      });
      subscription.start();
      closers.unshift(() => subscription.stop());
      await states.until(({ status }) => status === awaited);
      return { subscription, states, deliveries, connection, connectionStates };
    },
    async tearDown() {
      for (const close of closers.splice(0)) await close();
      await vhost.drop();
    },
  };
  return bench;
}

/** An order.placed on its way to payment's queue. */
export function message(changes: Partial<OutgoingMessage> = {}): OutgoingMessage {
  return {
    exchange: eventsExchange,
    routingKey: 'order.placed',
    messageId: randomUUID(),
    type: 'order.placed',
    priority: 2,
    correlationId: randomUUID(),
    headers: {},
    body: Buffer.from('{}'),
    ...changes,
  };
}

export function messages(count: number, changes: Partial<OutgoingMessage> = {}): OutgoingMessage[] {
  return Array.from({ length: count }, () => message(changes));
}

/** A promise and the hand that resolves it: holds a handler until the spec lets it go on. */
export function gate<Value = void>() {
  let open: (value: Value) => void = () => {};
  const opened = new Promise<Value>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}
