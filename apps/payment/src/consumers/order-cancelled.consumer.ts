import { Controller } from '@nestjs/common';
import { type EventData, OrderCancelled } from '@waybill/contracts';
import { Consume } from '@waybill/messaging';
import { DataSource } from 'typeorm';
import { voidPayment } from '../persistence/void-payment';
import { GatewayOperations } from './gateway-operations';

@Controller()
export class OrderCancelledConsumer {
  constructor(
    private readonly dataSource: DataSource,
    private readonly gateway: GatewayOperations,
  ) {}

  /**
   * Committed before the gateway is asked, as the intent of order.placed is: an authorisation that is in flight now, and that the gateway does
   * not know of yet, sees it when its answer comes, and gives it back.
   */
  @Consume(OrderCancelled)
  async void({ orderId }: EventData<typeof OrderCancelled>) {
    const mayBeHeld = await this.dataSource.transaction((manager) => voidPayment(manager, orderId));
    if (mayBeHeld) await this.gateway.release(orderId);
  }
}
