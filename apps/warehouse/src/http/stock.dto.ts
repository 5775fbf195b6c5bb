import { text } from '@waybill/service';
import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';
import type { Stock } from '../persistence/stock.entity';

const StockItem = z.object({
  sku: z.string(),
  /** Pieces in the warehouse, those set aside included. */
  onHand: z.int(),
  reserved: z.int(),
  available: z.int(),
});

export class StockItemDto extends createZodDto(StockItem) {}

export class StockDto extends createZodDto(z.object({ items: z.array(StockItem) })) {}

export class SkuDto extends createZodDto(z.strictObject({ sku: text(64) })) {}

/** The most pieces that may be on hand: far below what the column can count. */
const mostOnHand = 1_000_000_000;

export class SetStockDto extends createZodDto(
  z.strictObject({ onHand: z.int().min(0).max(mostOnHand).meta({ example: 250 }) }),
) {}

export function stockItem({ sku, onHand, reserved }: Stock): StockItemDto {
  return { sku, onHand, reserved, available: onHand - reserved };
}
