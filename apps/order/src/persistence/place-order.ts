import { OrderPlaced, type Priority } from '@waybill/contracts';
import type { Transaction } from '@waybill/messaging';
import { v7 as uuid } from 'uuid';
import { currency, priceOrder, type RequestedLine } from '../domain/pricing';
import { insertOrder } from './insert-order';
import type { PlacedOrder } from './placed-order';
import { productPrices } from './product-prices';

export interface OrderRequest {
  readonly customerId: string;
  readonly priority: Priority;
  readonly lines: readonly RequestedLine[];
  readonly payment: { readonly token: string };
}

/**
 * Takes an order: its rows and the event that tells the other services about it exist together, or not at all.
 * @throws UnknownSkuError
 */
export async function placeOrder(tx: Transaction, request: OrderRequest): Promise<PlacedOrder> {
  const { customerId, priority, lines: requested, payment } = request;
  const prices = await productPrices(
    tx.manager,
    requested.map(({ sku }) => sku),
  );
  const { lines: priced, total } = priceOrder(requested, prices);
  const id = uuid();
  const lines = priced.map((line, position) => ({ orderId: id, position, ...line }));
  const order = await insertOrder(tx.manager, { id, customerId, status: 'placed', priority, total, currency }, lines);
  tx.record(OrderPlaced, { orderId: id, customerId, lines: [...priced], total, currency, payment }, { priority });
  return { order, lines, attention: [] };
}
