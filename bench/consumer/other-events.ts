import { Controller } from '@nestjs/common';
import { OrderCancelled, OrderConfirmed } from '@waybill/contracts';
import { Consume } from '@waybill/messaging';

/** What warehouse has to have a handler for, too, and what never comes here. */
@Controller()
export class OtherEvents {
  @Consume(OrderCancelled)
  async cancelled() {}

  @Consume(OrderConfirmed)
  async confirmed() {}
}
