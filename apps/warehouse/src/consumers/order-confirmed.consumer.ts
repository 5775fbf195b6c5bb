import { Controller } from '@nestjs/common';
import { type EventData, OrderConfirmed, ShipmentDispatched } from '@waybill/contracts';
import { Consume, type Delivery } from '@waybill/messaging';
import { dispatchReservation } from '../persistence/dispatch-reservation';

@Controller()
export class OrderConfirmedConsumer {
  @Consume(OrderConfirmed)
  async dispatch({ orderId }: EventData<typeof OrderConfirmed>, delivery: Delivery) {
    await delivery.transaction(async (tx) => {
      if (await dispatchReservation(tx.manager, orderId)) tx.record(ShipmentDispatched, { orderId });
    });
  }
}
