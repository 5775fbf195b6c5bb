import { Controller } from '@nestjs/common';
import { type EventData, OrderPlaced, StockReserved } from '@waybill/contracts';
import { Consume, type Delivery } from '@waybill/messaging';

/** One row, and one event, of up to fifty messages in a transaction. */
@Controller()
export class InBatches {
  @Consume(OrderPlaced, { batch: 50 })
  async note({ orderId }: EventData<typeof OrderPlaced>, delivery: Delivery) {
    await delivery.transaction(async (tx) => {
      await tx.manager.query('insert into effect (order_id, note) values ($1, $2)', [orderId, 'noted']);
      tx.record(StockReserved, { orderId });
    });
  }
}
