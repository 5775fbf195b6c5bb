import { Controller } from '@nestjs/common';
import { type EventData, OrderPlaced } from '@waybill/contracts';
import { Consume, type Delivery } from '@waybill/messaging';
import { requestPayment } from '../persistence/request-payment';

@Controller()
export class OrderPlacedConsumer {
  @Consume(OrderPlaced)
  async requestPayment(data: EventData<typeof OrderPlaced>, delivery: Delivery) {
    const { orderId, total, currency } = data;
    await delivery.transaction((tx) => requestPayment(tx.manager, { orderId, amount: total, currency }));
  }
}
