import type { ServiceDatabase } from '@waybill/service';
import { createDatabase } from '@waybill/testing';
import { database as order } from '../apps/order/src/database';
import { database as warehouse } from '../apps/warehouse/src/database';

test("the order service's price list and the warehouse's stock have the same goods", async () => {
  expect(await skusOf(warehouse, 'stock')).toEqual(await skusOf(order, 'product'));
});

async function skusOf(service: ServiceDatabase, table: string): Promise<string[]> {
  const postgres = await createDatabase(service);
  try {
    const rows: { sku: string }[] = await (await postgres.connect()).query(`select sku from ${table} order by sku`);
    return rows.map(({ sku }) => sku);
  } finally {
    await postgres.drop();
  }
}
