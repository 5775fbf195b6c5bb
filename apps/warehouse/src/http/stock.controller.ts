import { Body, ConflictException, Controller, Get, NotFoundException, Param, Put } from '@nestjs/common';
import { ApiConflictResponse, ApiNotFoundResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Transactions } from '@waybill/messaging';
import { DataSource } from 'typeorm';
import { setOnHand } from '../persistence/set-on-hand';
import { Stock } from '../persistence/stock.entity';
import { SetStockDto, SkuDto, StockDto, StockItemDto, stockItem } from './stock.dto';

@ApiTags('stock')
@Controller('stock')
export class StockController {
  constructor(
    private readonly dataSource: DataSource,
    private readonly transactions: Transactions,
  ) {}

  @Get()
  @ApiOperation({ summary: 'What the warehouse has, and how much of it is set aside for orders.' })
  @ApiOkResponse({ type: StockDto })
  async list(): Promise<StockDto> {
    const stock = await this.dataSource.manager.find(Stock, { order: { sku: 'asc' } });
    return { items: stock.map(stockItem) };
  }

  @Get(':sku')
  @ApiOkResponse({ type: StockItemDto })
  @ApiNotFoundResponse({ description: 'code sku-not-found' })
  async find(@Param() { sku }: SkuDto): Promise<StockItemDto> {
    const stock = await this.dataSource.manager.findOneBy(Stock, { sku });
    if (!stock) throw new NotFoundException({ code: 'sku-not-found', detail: `The warehouse does not keep ${sku}.` });
    return stockItem(stock);
  }

  @Put(':sku')
  @ApiOperation({ summary: 'Sets how many pieces are in the warehouse, and takes the sku up when it is new.' })
  @ApiOkResponse({ type: StockItemDto })
  @ApiConflictResponse({ description: 'code below-reserved: more pieces are set aside for orders' })
  async set(@Param() { sku }: SkuDto, @Body() { onHand }: SetStockDto): Promise<StockItemDto> {
    return await this.transactions.run(async ({ manager }) => {
      const changed = await setOnHand(manager, sku, onHand);
      const stock = await manager.findOneByOrFail(Stock, { sku });
      if (!changed) throw belowReserved(stock, onHand);
      return stockItem(stock);
    });
  }
}

function belowReserved({ sku, reserved }: Stock, onHand: number): ConflictException {
  const message = `must be at least ${reserved}, the pieces set aside for orders`;
  return new ConflictException({
    code: 'below-reserved',
    detail: `${reserved} pieces of ${sku} are set aside for orders, so there cannot be only ${onHand}.`,
    errors: [{ field: 'onHand', message }],
  });
}
