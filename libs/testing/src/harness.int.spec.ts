import { Controller } from '@nestjs/common';
import { defineCatalogue, defineEvent, type EventData } from '@waybill/contracts';
import { Consume, type Delivery, messagingEntities, messagingMigrations } from '@waybill/messaging';
import { z } from 'zod';
import { createHarness } from './harness';

const schema = z.object({ orderId: z.string() });
const aggregate = ({ orderId }: z.infer<typeof schema>) => orderId;
const Placed = defineEvent({ type: 'order.placed', version: 1, consumers: ['payment'], schema, aggregate });
const Cancelled = defineEvent({ type: 'order.cancelled', version: 1, consumers: ['payment'], schema, aggregate });
const Authorized = defineEvent({ type: 'payment.authorized', version: 1, consumers: ['order'], schema, aggregate });
const Declined = defineEvent({ type: 'payment.declined', version: 1, consumers: ['order'], schema, aggregate });

@Controller()
class PlacedConsumer {
  @Consume(Placed)
  async placed(data: EventData<typeof Placed>, delivery: Delivery) {
    await delivery.transaction(async (tx) => {
      tx.record(Authorized, data, { priority: 'high' });
    });
  }
}

@Controller()
class StrayConsumer {
  @Consume(Authorized)
  async authorized(_data: EventData<typeof Authorized>, _delivery: Delivery) {}
}

const options = {
  service: 'payment' as const,
  database: { schema: 'harness_service', entities: messagingEntities, migrations: messagingMigrations },
  catalogue: defineCatalogue({ order: [Placed, Cancelled], payment: [Authorized, Declined] }),
};

it("a harness needs one of the service's consumers, and tells what that recorded", async () => {
  const harness = await createHarness({ ...options, controllers: [PlacedConsumer] });
  const order = { orderId: 'order-1' };

  const { state, recorded, recordedOf, error, messageId } = await harness.deliver(Placed, order);
  expect([state, error]).toEqual(['processed', undefined]);
  expect(recorded).toMatchObject([{ event: Authorized, data: order, priority: 'high', causationId: messageId }]);
  expect([recordedOf(Authorized), recordedOf(Declined)]).toEqual([[order], []]);

  const again = await harness.deliver(Placed, order, { messageId });
  expect([again.state, again.recorded]).toEqual(['duplicate', []]);
  await expect(harness.retry(messageId)).rejects.toThrow(`No attempt was made at ${messageId}`);
  await expect(harness.deliver(Cancelled, order)).rejects.toThrow(
    'No controller of this harness consumes order.cancelled',
  );
  await harness.close();
});

it('a harness refuses a consumer that the service may not have, as the service would', async () => {
  await expect(createHarness({ ...options, controllers: [StrayConsumer] })).rejects.toThrow(
    'payment.authorized has a handler here but does not name "payment" in its consumers',
  );
});
