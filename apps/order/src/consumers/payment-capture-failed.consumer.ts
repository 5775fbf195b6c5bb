import { Controller } from '@nestjs/common';
import { type EventData, PaymentCaptureFailed } from '@waybill/contracts';
import { Consume, type Delivery } from '@waybill/messaging';
import { rememberAnswer } from '../persistence/remember-answer';

@Controller()
export class PaymentCaptureFailedConsumer {
  @Consume(PaymentCaptureFailed)
  async remember({ orderId, reason }: EventData<typeof PaymentCaptureFailed>, delivery: Delivery) {
    await delivery.transaction((tx) => rememberAnswer(tx, orderId, { kind: 'payment-capture-failed', reason }));
  }
}
