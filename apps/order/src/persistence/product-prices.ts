import { type EntityManager, In } from 'typeorm';
import { Product } from './product.entity';

/** The prices of those of the skus that the price list has, in minor units. */
export async function productPrices(manager: EntityManager, skus: readonly string[]): Promise<Map<string, number>> {
  const products = await manager.find(Product, { where: { sku: In(skus) } });
  return new Map(products.map(({ sku, unitPrice }) => [sku, unitPrice]));
}
