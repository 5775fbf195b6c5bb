import { Controller } from '@nestjs/common';
import { type EventData, PaymentCaptured } from '@waybill/contracts';
import { Consume, type Delivery } from '@waybill/messaging';
import { rememberAnswer } from '../persistence/remember-answer';

@Controller()
export class PaymentCapturedConsumer {
  @Consume(PaymentCaptured)
  async remember({ orderId, amount, currency }: EventData<typeof PaymentCaptured>, delivery: Delivery) {
    await delivery.transaction((tx) => rememberAnswer(tx, orderId, { kind: 'payment-captured', amount, currency }));
  }
}
