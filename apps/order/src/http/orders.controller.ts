import {
  Body,
  Controller,
  Get,
  NotFoundException,
  Param,
  Post,
  Res,
  UnprocessableEntityException,
} from '@nestjs/common';
import { ApiCreatedResponse, ApiNotFoundResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { DataSource } from 'typeorm';
import { UnknownSkuError } from '../domain/pricing';
import { PlaceOrder } from '../persistence/place-order';
import { findOrder } from '../persistence/placed-order';
import { OrderDto, orderDto } from './order.dto';
import { OrderIdDto } from './order-id.dto';
import { PlaceOrderDto } from './place-order.dto';

@ApiTags('orders')
@Controller('orders')
export class OrdersController {
  constructor(
    private readonly dataSource: DataSource,
    private readonly placeOrder: PlaceOrder,
  ) {}

  @Post()
  @ApiOperation({ summary: 'Takes an order, priced from the price list. Works while the broker is away.' })
  @ApiCreatedResponse({ type: OrderDto })
  async place(
    @Body() body: PlaceOrderDto,
    @Res({ passthrough: true }) reply: { header(name: string, value: string): unknown },
  ): Promise<OrderDto> {
    const placed = await this.placeOrder.place(body).catch(refuseUnknownSkus);
    reply.header('location', `/orders/${placed.order.id}`);
    return orderDto(placed);
  }

  @Get(':id')
  @ApiOkResponse({ type: OrderDto })
  @ApiNotFoundResponse({ description: 'code order-not-found' })
  async find(@Param() { id }: OrderIdDto): Promise<OrderDto> {
    const placed = await findOrder(this.dataSource.manager, id);
    if (!placed) throw orderNotFound(id);
    return orderDto(placed);
  }
}

export function orderNotFound(id: string): NotFoundException {
  return new NotFoundException({ code: 'order-not-found', detail: `There is no order ${id}.` });
}

function refuseUnknownSkus(error: unknown): never {
  if (!(error instanceof UnknownSkuError)) throw error;
  throw new UnprocessableEntityException({
    code: 'unknown-sku',
    detail: `${error.message}.`,
    errors: error.lines.map(({ index }) => ({ field: `lines.${index}.sku`, message: 'is not in the price list' })),
  });
}
