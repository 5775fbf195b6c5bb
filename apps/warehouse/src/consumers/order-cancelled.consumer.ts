import { Controller } from '@nestjs/common';
import { type EventData, OrderCancelled } from '@waybill/contracts';
import { Consume, type Delivery } from '@waybill/messaging';
import { releaseReservation } from '../persistence/release-reservation';

@Controller()
export class OrderCancelledConsumer {
  @Consume(OrderCancelled)
  async release({ orderId }: EventData<typeof OrderCancelled>, delivery: Delivery) {
    await delivery.transaction((tx) => releaseReservation(tx.manager, orderId));
  }
}
