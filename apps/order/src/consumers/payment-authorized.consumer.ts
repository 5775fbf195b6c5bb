import { Controller } from '@nestjs/common';
import { type EventData, PaymentAuthorized } from '@waybill/contracts';
import { Consume, type Delivery } from '@waybill/messaging';
import { rememberAnswer } from '../persistence/remember-answer';

@Controller()
export class PaymentAuthorizedConsumer {
  @Consume(PaymentAuthorized)
  async remember({ orderId, amount, currency }: EventData<typeof PaymentAuthorized>, delivery: Delivery) {
    await delivery.transaction((tx) => rememberAnswer(tx, orderId, { kind: 'payment-authorized', amount, currency }));
  }
}
