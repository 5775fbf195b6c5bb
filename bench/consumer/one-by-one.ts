import { Controller } from '@nestjs/common';
import { type EventData, OrderPlaced, StockReserved } from '@waybill/contracts';
import { Consume, type Delivery } from '@waybill/messaging';

/** One row, and one event. */
@Controller()
export class OneByOne {
  @Consume(OrderPlaced)
  async note({ orderId }: EventData<typeof OrderPlaced>, delivery: Delivery) {
    await delivery.transaction(async (tx) => {
      await tx.manager.query('insert into effect (order_id, note) values ($1, $2)', [orderId, 'noted']);
      tx.record(StockReserved, { orderId });
    });
  }
}
