import { Controller, Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { DataSource } from 'typeorm';
import { listOrders } from '../persistence/list-orders';
import { OrderListDto, OrderListQueryDto, orderListDto } from './order-list.dto';

@ApiTags('orders')
@Controller('orders')
export class OrderListController {
  constructor(private readonly dataSource: DataSource) {}

  @Get()
  @ApiOperation({ summary: 'Orders, newest first, a page at a time.' })
  @ApiOkResponse({ type: OrderListDto })
  async list(@Query() { status, limit, cursor }: OrderListQueryDto): Promise<OrderListDto> {
    return orderListDto(await listOrders(this.dataSource.manager, { status, limit, after: cursor }));
  }
}
