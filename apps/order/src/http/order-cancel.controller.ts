import { ConflictException, Controller, HttpCode, Param, Post } from '@nestjs/common';
import { ApiConflictResponse, ApiNotFoundResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Transactions } from '@waybill/messaging';
import { advanceOrder } from '../persistence/advance-order';
import { findOrder } from '../persistence/placed-order';
import { OrderDto, orderDto } from './order.dto';
import { OrderIdDto } from './order-id.dto';
import { orderNotFound } from './orders.controller';

@ApiTags('orders')
@Controller('orders')
export class OrderCancelController {
  constructor(private readonly transactions: Transactions) {}

  @Post(':id/cancel')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Cancels an order that is not confirmed yet.',
    description: 'An order that is cancelled already stays as it is, with the reason that it has.',
  })
  @ApiOkResponse({ type: OrderDto })
  @ApiNotFoundResponse({ description: 'code order-not-found' })
  @ApiConflictResponse({ description: 'code order-confirmed' })
  async cancel(@Param() { id }: OrderIdDto): Promise<OrderDto> {
    return await this.transactions.run(async (tx) => {
      const { outcome } = await advanceOrder(tx, id, { kind: 'cancel-requested' });
      const placed = await findOrder(tx.manager, id);
      if (!placed) throw orderNotFound(id);
      if (outcome === 'refused') throw orderConfirmed(id);
      return orderDto(placed);
    });
  }
}

function orderConfirmed(id: string): ConflictException {
  const detail = `The order ${id} can no longer be cancelled: it was confirmed, and there is no way back from that.`;
  return new ConflictException({ code: 'order-confirmed', detail });
}
