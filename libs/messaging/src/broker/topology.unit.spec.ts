import { defineCatalogue, defineEvent, type ServiceName, services } from '@waybill/contracts';
import { z } from 'zod';
import { permissionsOf } from './permissions';
import { topologyOf } from './topology';

const event = (type: string, ...consumers: ServiceName[]) =>
  defineEvent({ type, version: 1, consumers, schema: z.object({ id: z.string() }), aggregate: ({ id }) => id });

const catalogue = defineCatalogue({
  order: [event('order.placed', 'payment', 'warehouse')],
  payment: [event('payment.authorized', 'order')],
});

describe('topologyOf', () => {
  it('has a queue per consumer and event, and one for the receipts of each service', () => {
    const { exchanges, queues } = topologyOf(catalogue, 'quorum');

    expect(exchanges).toEqual([
      { name: 'waybill.events', type: 'topic' },
      { name: 'waybill.direct', type: 'direct' },
    ]);
    expect(queues.map(({ name }) => name)).toEqual([
      'payment.order-placed',
      'warehouse.order-placed',
      'order.payment-authorized',
      ...services.map((service) => `${service}.receipts`),
    ]);
    expect(queues[0]).toEqual({
      name: 'payment.order-placed',
      arguments: { 'x-queue-type': 'quorum', 'x-delivery-limit': -1 },
      bindings: [
        { exchange: 'waybill.events', routingKey: 'order.placed' },
        { exchange: 'waybill.direct', routingKey: 'payment.order-placed' },
      ],
    });
    expect(queues[3]?.bindings).toEqual([{ exchange: 'waybill.direct', routingKey: 'order.receipts' }]);
  });

  it('carries the type in the name of classic queues, which need their priorities declared', () => {
    const [queue] = topologyOf(catalogue, 'classic').queues;

    expect(queue).toEqual({
      name: 'payment.order-placed.classic',
      arguments: { 'x-queue-type': 'classic', 'x-max-priority': 4 },
      bindings: [
        { exchange: 'waybill.events', routingKey: 'order.placed' },
        { exchange: 'waybill.direct', routingKey: 'payment.order-placed.classic' },
      ],
    });
  });

  it('refuses two events whose queues would be the same', () => {
    const ambiguous = defineCatalogue({
      order: [event('order-line.added', 'payment'), event('order.line-added', 'payment')],
    });

    expect(() => topologyOf(ambiguous, 'quorum')).toThrow('share the queue payment.order-line-added');
  });
});

describe('permissionsOf', () => {
  it('is what the catalogue says and nothing more', () => {
    expect(permissionsOf('order', catalogue, 'quorum')).toEqual({
      configure: '^(order\\..*)$',
      write: '^(order\\..*|waybill\\.events|waybill\\.direct|payment\\.order-placed|warehouse\\.order-placed)$',
      read: '^(order\\..*|waybill\\.events|waybill\\.direct)$',
      topics: [{ exchange: 'waybill.events', write: '^(order\\.placed)$', read: '^(payment\\.authorized)$' }],
    });
  });

  it('matches nothing where there is nothing', () => {
    const [topic] = permissionsOf('warehouse', catalogue, 'quorum').topics;

    expect(topic).toEqual({ exchange: 'waybill.events', write: '^$', read: '^(order\\.placed)$' });
  });
});
