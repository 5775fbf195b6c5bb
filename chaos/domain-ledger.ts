import type { System } from '@waybill/testing';
import { openGatewayBooks } from './gateway-books';

/** What the suite keeps of the domain beside messages, for the domain's part of invariants.sql. */
export interface DomainLedger {
  /** Environment of the services that it needs. */
  readonly env: Readonly<Record<string, string>>;
  /** Before the first request. */
  open(system: System): Promise<void>;
  /** When nothing moves any more: brings what is kept elsewhere into the schema `chaos`. */
  copy(system: System): Promise<void>;
  /** Removes what is kept elsewhere. */
  end(): Promise<void>;
}

/**
 * For the sample shop: the stock as it was, and the payment gateway's own books.
 * @param foreignPostgresUrl of the superuser of a server that nobody attacks
 */
export async function openDomainLedger(foreignPostgresUrl: string): Promise<DomainLedger> {
  const books = await openGatewayBooks(foreignPostgresUrl);
  return {
    env: { PAYMENT_SANDBOX_GATEWAY_DATABASE_URL: books.url },
    open: async (system) => {
      await system.sql('warehouse', 'create table chaos.stock_before as select * from stock');
      await system.sql(
        'payment',
        `create table chaos.gateway_entry (
          key text primary key, operation text not null, order_id uuid not null, outcome text not null, amount bigint not null)`,
      );
    },
    copy: async (system) => {
      await system.sql(
        'payment',
        `insert into chaos.gateway_entry select key, operation, "orderId", outcome, amount
         from jsonb_to_recordset($1) as entry (key text, operation text, "orderId" uuid, outcome text, amount bigint)`,
        [JSON.stringify(await books.entries())],
      );
    },
    end: () => books.end(),
  };
}
