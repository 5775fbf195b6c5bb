import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { PaymentAuthorized, PaymentDeclined, StockRejected, StockReserved } from '@waybill/contracts';
import { Backlog, findStuckMessages, PollLoop, Transactions } from '@waybill/messaging';
import { Environment } from '@waybill/service';
import { DataSource } from 'typeorm';
import type { OrderEnvironment } from '../environment';
import { advanceOrder } from '../persistence/advance-order';
import { awaitedSince, setAwaitedFrom, unawaitedAfter } from './awaited-orders';
import { tick } from './deadline-clock';

const answers = [PaymentAuthorized, PaymentDeclined, StockReserved, StockRejected];
const batchSize = 100;
/** Milliseconds between two looks, at most: orders have minutes, and a look asks the database and the broker. */
const longestWait = 3_000;

/** Orders a look whose time may begin; those behind them are looked at next time. */
const lookSize = 1_000;
const beforeAll = '00000000-0000-0000-0000-000000000000';

/**
 * Cancels orders that payment and warehouse have not answered in time. The time of an order begins when the broker has confirmed
 * order.placed. The clock stands still while this service has no broker, while answers wait in its queues and while it does not run: none
 * of that is the other side's silence. An order that waits on a message that is stuck is left to the person who has to look at it, and has
 * its whole time again when that message gets on.
 */
@Injectable()
export class Deadline implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('Deadline');
  private readonly loop: PollLoop;
  private ranBefore = false;
  private lookedUpTo = beforeAll;

  constructor(
    private readonly dataSource: DataSource,
    private readonly transactions: Transactions,
    private readonly backlog: Backlog,
    @Inject(Environment) private readonly environment: OrderEnvironment,
  ) {
    const wait = Math.min(environment.DEADLINE / 10, longestWait);
    this.loop = new PollLoop({
      name: 'The deadline loop',
      runOnce: async () => {
        await this.runOnce();
        return false;
      },
      shortestWait: wait,
      longestWait: wait,
      logger: this.logger,
    });
  }

  onApplicationBootstrap(): void {
    this.loop.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.loop.stop();
  }

  /** Moves the clock on and cancels what is due. Resolves with the ids of the orders that it cancelled. */
  async runOnce(): Promise<string[]> {
    const runs = (await this.backlog.waiting(answers)) === 0;
    // Time counts when the clock ran at both its ends: what was between is unknown otherwise.
    const clock = await tick(this.dataSource, runs && this.ranBefore);
    this.ranBefore = runs;
    if (!runs) return [];
    await this.beginTimes(clock);
    const cancelled: string[] = [];
    let due: string[] = [];
    do {
      due = await awaitedSince(this.dataSource, clock - this.environment.DEADLINE, batchSize);
      const stuck = await this.stuckAmong(due);
      await setAwaitedFrom(this.dataSource, [...stuck], null);
      for (const id of without(due, stuck)) if (await this.cancel(id)) cancelled.push(id);
    } while (due.length === batchSize);
    return cancelled;
  }

  private async beginTimes(clock: number): Promise<void> {
    const orders = await unawaitedAfter(this.dataSource, this.lookedUpTo, lookSize);
    this.lookedUpTo = (orders.length === lookSize && orders.at(-1)?.id) || beforeAll;
    const confirmed = orders.filter(({ isConfirmed }) => isConfirmed).map(({ id }) => id);
    await setAwaitedFrom(this.dataSource, without(confirmed, await this.stuckAmong(confirmed)), clock);
  }

  private async stuckAmong(ids: readonly string[]): Promise<ReadonlySet<string>> {
    if (ids.length === 0) return new Set();
    const messages = await findStuckMessages(this.dataSource, ids);
    return new Set(messages.map(({ correlationId }) => correlationId));
  }

  private async cancel(id: string): Promise<boolean> {
    const { outcome } = await this.transactions.run((tx) => advanceOrder(tx, id, { kind: 'deadline-passed' }));
    if (outcome === 'changed') this.logger.warn(`Order ${id} is cancelled: it was not answered in time`);
    return outcome === 'changed';
  }
}

function without(ids: readonly string[], stuck: ReadonlySet<string>): string[] {
  return ids.filter((id) => !stuck.has(id));
}
