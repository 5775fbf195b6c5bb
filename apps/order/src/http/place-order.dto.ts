import { priorities } from '@waybill/contracts';
import { text } from '@waybill/service';
import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';

const RequestedLine = z.strictObject({ sku: text(64), quantity: z.int().min(1).max(1000) });

/** What a client may say about an order. Prices, totals and states are not among it: unknown fields are refused. */
const PlaceOrderBody = z.strictObject({
  customerId: text(64).meta({ example: 'customer-7' }),
  priority: z.enum(priorities).default('normal'),
  lines: z
    .array(RequestedLine)
    .min(1)
    .max(50)
    .superRefine(refuseRepeatedSkus)
    .meta({ example: [{ sku: 'mug', quantity: 2 }] }),
  payment: z.strictObject({ token: text(128) }).meta({ example: { token: 'tok_approved' } }),
});

export class PlaceOrderDto extends createZodDto(PlaceOrderBody) {}

/** Refused rather than merged, so that the bound on a line's quantity holds and the answer has the lines that were sent. */
function refuseRepeatedSkus(lines: readonly { sku: string }[], context: z.RefinementCtx): void {
  const first = new Map<string, number>();
  for (const [index, { sku }] of lines.entries()) {
    const earlier = first.get(sku);
    if (earlier === undefined) first.set(sku, index);
    else {
      const message = `is also in lines.${earlier}; give each sku once`;
      context.addIssue({ code: 'custom', path: [index, 'sku'], message });
    }
  }
}
