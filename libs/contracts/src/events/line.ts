import { z } from 'zod';

export const Line = z.object({
  sku: z.string().min(1).max(64),
  quantity: z.int().positive(),
  /** Minor units of the order's currency, as the order service priced it. */
  unitPrice: z.int().nonnegative(),
});
