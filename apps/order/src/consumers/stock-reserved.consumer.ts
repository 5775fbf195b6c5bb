import { Controller } from '@nestjs/common';
import { type EventData, StockReserved } from '@waybill/contracts';
import { Consume, type Delivery } from '@waybill/messaging';
import { rememberAnswer } from '../persistence/remember-answer';

@Controller()
export class StockReservedConsumer {
  @Consume(StockReserved)
  async remember({ orderId }: EventData<typeof StockReserved>, delivery: Delivery) {
    await delivery.transaction((tx) => rememberAnswer(tx, orderId, { kind: 'stock-reserved' }));
  }
}
