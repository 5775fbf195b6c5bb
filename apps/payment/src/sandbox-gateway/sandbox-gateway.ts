import { setTimeout as pause } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import {
  type Authorization,
  type AuthorizeRequest,
  type GatewayOperation,
  PaymentGateway,
  type Settlement,
  type SettleRequest,
} from '../domain/payment-gateway';
import { SandboxBooks } from './sandbox-books';
import { SandboxEntry } from './sandbox-entry.entity';
import { behaviourOf } from './sandbox-tokens';

/**
 * A payment gateway without a network and without money, which answers by the token. It stands for a foreign system: each statement commits
 * its log by itself, so that what it has done stays done whatever becomes of the caller.
 */
@Injectable()
export class SandboxGateway extends PaymentGateway {
  constructor(@Inject(SandboxBooks) private readonly books: DataSource) {
    super();
  }

  async authorize(request: AuthorizeRequest, signal: AbortSignal): Promise<Authorization> {
    const { key, orderId, amount, currency, token } = request;
    const { refusal, captureRefusal, answersAfter } = behaviourOf(token);
    await this.books.query(
      `insert into sandbox_gateway_entry (key, operation, order_id, amount, currency, outcome, reason, capture_refusal)
       values ($1, 'authorize', $2, $3, $4, $5, $6, $7)
       on conflict do nothing`,
      [key, orderId, amount, currency, refusal ? 'declined' : 'approved', refusal, captureRefusal],
    );
    const entry = await this.books.manager.findOneByOrFail(SandboxEntry, { key });
    if (entry.amount !== amount || entry.currency !== currency) {
      throw new Error(
        `the key ${key} was used for ${entry.amount} ${entry.currency}: an operation has one key of its own`,
      );
    }
    if (answersAfter) await pause(answersAfter, undefined, { signal });
    return authorizationOf(entry);
  }

  async find(key: string): Promise<Authorization | undefined> {
    const entry = await this.books.manager.findOneBy(SandboxEntry, { key, operation: 'authorize' });
    return entry ? authorizationOf(entry) : undefined;
  }

  capture(request: SettleRequest): Promise<Settlement> {
    return this.settle('capture', request);
  }

  void(request: SettleRequest): Promise<Settlement> {
    return this.settle('void', request);
  }

  /** Two things may be there already and keep the entry out: the key, or, by a unique index, another settlement of the authorisation. */
  private async settle(operation: GatewayOperation, { key, authorization }: SettleRequest): Promise<Settlement> {
    await this.books.query(
      `insert into sandbox_gateway_entry (key, operation, order_id, authorization_key, amount, currency, outcome, reason)
       select $1, $2, order_id, key, amount, currency, case when refusal is null then 'approved' else 'declined' end, refusal
       from (select *, case $2::text when 'capture' then capture_refusal end as refusal from sandbox_gateway_entry) as held
       where key = $3 and operation = 'authorize' and outcome = 'approved'
       on conflict do nothing`,
      [key, operation, authorization],
    );
    const entry = await this.books.manager.findOneBy(SandboxEntry, { key });
    if (entry) return settlementOf(entry);
    const settled = await this.books.manager.findOneBy(SandboxEntry, {
      authorizationKey: authorization,
      outcome: 'approved',
    });
    if (!settled) throw new Error(`nothing is authorised under ${authorization}`);
    return { outcome: 'declined', reason: `the ${settled.operation} came first` };
  }
}

function authorizationOf(entry: SandboxEntry): Authorization {
  const settlement = settlementOf(entry);
  return settlement.outcome === 'approved' ? { outcome: 'approved', reference: entry.key } : settlement;
}

function settlementOf({ outcome, reason }: SandboxEntry): Settlement {
  return outcome === 'approved' ? { outcome } : { outcome, reason: reason ?? '' };
}
