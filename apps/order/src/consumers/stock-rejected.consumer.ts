import { Controller } from '@nestjs/common';
import { type EventData, StockRejected } from '@waybill/contracts';
import { Consume, type Delivery } from '@waybill/messaging';
import { rememberAnswer } from '../persistence/remember-answer';

@Controller()
export class StockRejectedConsumer {
  @Consume(StockRejected)
  async remember({ orderId }: EventData<typeof StockRejected>, delivery: Delivery) {
    await delivery.transaction((tx) => rememberAnswer(tx, orderId, { kind: 'stock-rejected' }));
  }
}
