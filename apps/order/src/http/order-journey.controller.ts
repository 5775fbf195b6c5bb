import { Controller, Get, Param } from '@nestjs/common';
import { ApiNotFoundResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Journey, type JourneyMessage } from '@waybill/messaging';
import { DataSource } from 'typeorm';
import type { OrderStatus } from '../domain/order-status';
import { Order } from '../persistence/order.entity';
import { OrderIdDto } from './order-id.dto';
import { OrderJourneyDto } from './order-journey.dto';
import { orderNotFound } from './orders.controller';
import { type PeerMessage, PeerMessages } from './peer-messages';

/** Written as {@link OrderJourneyDto}. */
interface OrderJourney {
  readonly orderId: string;
  readonly status: OrderStatus;
  readonly messages: readonly (JourneyMessage | PeerMessage)[];
  readonly unavailable: readonly string[];
}

@ApiTags('orders')
@Controller('orders')
export class OrderJourneyController {
  constructor(
    private readonly dataSource: DataSource,
    private readonly journey: Journey,
    private readonly peers: PeerMessages,
  ) {}

  @Get(':id/journey')
  @ApiOperation({
    summary: 'Every message about an order, from all services, and who has signed for it.',
    description:
      'Asks the other services over HTTP, so it works while the broker is away. Who does not answer in time is named.',
  })
  @ApiOkResponse({ type: OrderJourneyDto })
  @ApiNotFoundResponse({ description: 'code order-not-found' })
  async find(@Param() { id }: OrderIdDto): Promise<OrderJourney> {
    const order = await this.dataSource.manager.findOneBy(Order, { id });
    if (!order) throw orderNotFound(id);
    const [own, peers] = await Promise.all([this.journey.find({ correlationId: id }), this.peers.find(id)]);
    return {
      orderId: id,
      status: order.status,
      messages: [...own, ...peers.messages].sort(byTimeRecorded),
      unavailable: peers.unavailable,
    };
  }
}

function byTimeRecorded(a: JourneyMessage | PeerMessage, b: JourneyMessage | PeerMessage): number {
  return new Date(a.recordedAt).getTime() - new Date(b.recordedAt).getTime();
}
