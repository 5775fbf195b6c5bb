/** What a customer asks for. */
export interface RequestedLine {
  readonly sku: string;
  readonly quantity: number;
}

/** Minor units of the currency. */
export interface PricedLine extends RequestedLine {
  readonly unitPrice: number;
}

export interface PricedOrder {
  readonly lines: readonly PricedLine[];
  /** Minor units of the currency. */
  readonly total: number;
}

/** Every price in the list is in it. */
export const currency = 'EUR';

/** Lines whose sku the price list does not have, by their position. */
export class UnknownSkuError extends Error {
  override readonly name = 'UnknownSkuError';

  constructor(readonly lines: readonly { readonly index: number; readonly sku: string }[]) {
    super(`The price list does not have ${lines.map(({ sku }) => sku).join(', ')}`);
  }
}

/**
 * Prices an order from the price list: what a client says about prices is never asked for.
 * @param prices minor units, by sku.
 * @throws UnknownSkuError
 */
export function priceOrder(requested: readonly RequestedLine[], prices: ReadonlyMap<string, number>): PricedOrder {
  const lines: PricedLine[] = [];
  const unknown: { index: number; sku: string }[] = [];
  for (const [index, { sku, quantity }] of requested.entries()) {
    const unitPrice = prices.get(sku);
    if (unitPrice === undefined) unknown.push({ index, sku });
    else lines.push({ sku, quantity, unitPrice });
  }
  if (unknown.length > 0) throw new UnknownSkuError(unknown);
  return { lines, total: lines.reduce((sum, line) => sum + line.quantity * line.unitPrice, 0) };
}
