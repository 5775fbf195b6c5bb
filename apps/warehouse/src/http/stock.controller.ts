import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { DataSource } from 'typeorm';
import { Stock } from '../persistence/stock.entity';
import { StockDto } from './stock.dto';

@ApiTags('stock')
@Controller('stock')
export class StockController {
  constructor(private readonly dataSource: DataSource) {}

  @Get()
  @ApiOperation({ summary: 'What the warehouse has, and how much of it is set aside for orders.' })
  @ApiOkResponse({ type: StockDto })
  async list(): Promise<StockDto> {
    const stock = await this.dataSource.manager.find(Stock, { order: { sku: 'asc' } });
    const items = stock.map(({ sku, onHand, reserved }) => ({ sku, onHand, reserved, available: onHand - reserved }));
    return { items };
  }
}
