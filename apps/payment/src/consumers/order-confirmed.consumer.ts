import { Controller } from '@nestjs/common';
import { type EventData, OrderConfirmed } from '@waybill/contracts';
import { Consume, type Delivery } from '@waybill/messaging';
import { DataSource } from 'typeorm';
import { Payment } from '../persistence/payment.entity';
import { isToBeCaptured, recordCapture } from '../persistence/record-capture';
import { GatewayOperations } from './gateway-operations';

@Controller()
export class OrderConfirmedConsumer {
  constructor(
    private readonly dataSource: DataSource,
    private readonly gateway: GatewayOperations,
  ) {}

  @Consume(OrderConfirmed)
  async capture({ orderId }: EventData<typeof OrderConfirmed>, delivery: Delivery) {
    if (!isToBeCaptured(await this.dataSource.manager.findOneBy(Payment, { orderId }))) return;
    const answer = await this.gateway.capture(orderId);
    await delivery.transaction((tx) => recordCapture(tx, orderId, answer));
  }
}
