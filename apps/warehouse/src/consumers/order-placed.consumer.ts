import { Controller } from '@nestjs/common';
import { type EventData, OrderPlaced, StockRejected, StockReserved } from '@waybill/contracts';
import { Consume, type Delivery } from '@waybill/messaging';
import { reserveStock } from '../persistence/reserve-stock';

@Controller()
export class OrderPlacedConsumer {
  @Consume(OrderPlaced)
  async reserve({ orderId, lines }: EventData<typeof OrderPlaced>, delivery: Delivery) {
    await delivery.transaction(async (tx) => {
      const decision = await reserveStock(tx.manager, orderId, lines);
      if (decision?.state === 'reserved') tx.record(StockReserved, { orderId });
      if (decision?.state === 'rejected') tx.record(StockRejected, { orderId, skus: [...decision.missing] });
    });
  }
}
