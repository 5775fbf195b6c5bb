import { Controller } from '@nestjs/common';
import { type EventData, PaymentDeclined } from '@waybill/contracts';
import { Consume, type Delivery } from '@waybill/messaging';
import { rememberAnswer } from '../persistence/remember-answer';

@Controller()
export class PaymentDeclinedConsumer {
  @Consume(PaymentDeclined)
  async remember({ orderId }: EventData<typeof PaymentDeclined>, delivery: Delivery) {
    await delivery.transaction((tx) => rememberAnswer(tx, orderId, { kind: 'payment-declined' }));
  }
}
