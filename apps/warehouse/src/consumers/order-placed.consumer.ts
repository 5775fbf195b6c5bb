import { Controller } from '@nestjs/common';
import { type EventData, OrderPlaced } from '@waybill/contracts';
import { Consume, type Delivery } from '@waybill/messaging';
import { reserveStock } from '../persistence/reserve-stock';

@Controller()
export class OrderPlacedConsumer {
  @Consume(OrderPlaced)
  async reserve(data: EventData<typeof OrderPlaced>, delivery: Delivery) {
    await delivery.transaction((tx) => reserveStock(tx.manager, data.orderId, data.lines));
  }
}
