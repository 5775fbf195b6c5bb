import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';

const StockItem = z.object({
  sku: z.string(),
  /** Pieces in the warehouse, those set aside included. */
  onHand: z.int(),
  reserved: z.int(),
  available: z.int(),
});

export class StockDto extends createZodDto(z.object({ items: z.array(StockItem) })) {}
