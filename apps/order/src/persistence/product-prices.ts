import type { EntityManager } from 'typeorm';
import { minorUnits } from './minor-units';

/** The prices of those of the skus that the price list has, in minor units. */
export async function productPrices(manager: EntityManager, skus: readonly string[]): Promise<Map<string, number>> {
  const products: { sku: string; price: string }[] = await manager.query(
    'select sku, unit_price as price from product where sku = any ($1)',
    [skus],
  );
  return new Map(products.map(({ sku, price }) => [sku, minorUnits.from(price)]));
}
