import type { MessageHandler } from '@nestjs/microservices';
import { defineCatalogue, defineEvent } from '@waybill/contracts';
import { z } from 'zod';
import type { MessagingOptions } from '../messaging-options';
import { Handlers } from './handlers';

const event = (type: string, ...consumers: ('order' | 'payment')[]) =>
  defineEvent({ type, version: 1, consumers, schema: z.object({}), aggregate: () => 'a' });

const catalogue = defineCatalogue({
  order: [event('order.placed', 'payment'), event('order.cancelled', 'payment')],
  payment: [event('payment.authorized', 'order')],
});

const handler = (extras: Partial<MessageHandler> = {}) =>
  Object.assign(async () => undefined, extras) as MessageHandler;

function register(found: Record<string, MessageHandler>): Handlers {
  const handlers = new Handlers({ service: 'payment', catalogue } as MessagingOptions);
  handlers.register(new Map(Object.entries(found)));
  return handlers;
}

const complete = { 'order.placed': handler(), 'order.cancelled': handler() };

it('handlers that fit the contracts are found by their event', () => {
  const handlers = register({ ...complete, 'order.placed': handler({ extras: { prefetch: 3 } }) });

  expect(handlers.find('order.placed')).toMatchObject({ prefetch: 3, batch: 1, entry: { producer: 'order' } });
  expect(handlers.find('order.cancelled')).toMatchObject({ prefetch: 10, batch: 1 });
  expect(handlers.all()).toHaveLength(2);
  expect(handlers.find('order.lost')).toBeUndefined();
});

it('a batch has another one waiting, unless the prefetch says otherwise', () => {
  const handlers = register({
    'order.placed': handler({ extras: { batch: 50 } }),
    'order.cancelled': handler({ extras: { batch: 50, prefetch: 50 } }),
  });

  expect(handlers.find('order.placed')).toMatchObject({ batch: 50, prefetch: 100 });
  expect(handlers.find('order.cancelled')).toMatchObject({ batch: 50, prefetch: 50 });
});

it.each<[string, Record<string, MessageHandler>, string]>([
  [
    'an event that is not in the catalogue',
    { ...complete, 'order.lost': handler() },
    'order.lost has a handler but is not in the catalogue: add the event to libs/contracts/src/catalogue.ts',
  ],
  [
    'an event that does not name the service',
    { ...complete, 'payment.authorized': handler() },
    'payment.authorized has a handler here but does not name "payment" in its consumers: add it in libs/contracts/src/events/payment-authorized.event.ts',
  ],
  [
    'two handlers of one event',
    { ...complete, 'order.placed': handler({ next: handler() }) },
    'order.placed has two handlers in payment',
  ],
  [
    'a batch of nothing',
    { ...complete, 'order.placed': handler({ extras: { batch: 0 } }) },
    'order.placed is consumed in batches of 0: it must be a whole number from 1 to 500',
  ],
  [
    'a batch that the prefetch never fills',
    { ...complete, 'order.placed': handler({ extras: { batch: 50, prefetch: 10 } }) },
    'order.placed is consumed in batches of 50 with a prefetch of 10, so none is ever full: raise prefetch, or leave it out',
  ],
  [
    'an event without a handler',
    { 'order.placed': handler() },
    'order.cancelled names "payment" as a consumer, which has no handler for it: add one under apps/payment/src/consumers',
  ],
])('%s is refused, with the file to mend', (_, found, mistake) => {
  expect(() => register(found)).toThrow(mistake);
});

it('every mistake is told at once', () => {
  const mistakes = () => register({ 'order.lost': handler() });

  expect(mistakes).toThrow(/^The handlers of payment do not fit the contracts:\n(- .+\n){2}- .+$/);
});
