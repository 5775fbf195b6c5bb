import { Controller } from '@nestjs/common';
import { type EventData, ShipmentDispatched } from '@waybill/contracts';
import { Consume, type Delivery } from '@waybill/messaging';
import { rememberAnswer } from '../persistence/remember-answer';

@Controller()
export class ShipmentDispatchedConsumer {
  @Consume(ShipmentDispatched)
  async remember({ orderId }: EventData<typeof ShipmentDispatched>, delivery: Delivery) {
    await delivery.transaction((tx) => rememberAnswer(tx, orderId, { kind: 'shipment-dispatched' }));
  }
}
