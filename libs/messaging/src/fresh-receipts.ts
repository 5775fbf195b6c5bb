import { Injectable } from '@nestjs/common';
import type { Envelope } from './envelope';
import type { DueReceipt } from './receipts/claim-receipts';

/** Receipts that wait here at most. What is above that is found in the database when its lease has ended. */
const limit = 5_000;

/**
 * Receipts of messages that this process has just committed, on their way to the sender without a look into the database. Each is in its
 * inbox row as well, leased to this process from the start: what is lost from here is due there when the lease has ended.
 */
@Injectable()
export class FreshReceipts {
  private waiting: DueReceipt[] = [];

  get isEmpty(): boolean {
    return this.waiting.length === 0;
  }

  /** That the consumer has processed the message, in its first attempt. */
  offer(
    { messageId, producer, type }: Envelope,
    consumer: string,
    { receivedAt, processedAt }: { readonly receivedAt: Date; readonly processedAt: Date },
  ): void {
    if (this.waiting.length >= limit) return;
    const times = { receivedAt: receivedAt.toISOString(), processedAt: processedAt.toISOString() };
    const receipt = { messageId, state: 'processed', attempt: 1, ...times, dueAt: null, error: null } as const;
    this.waiting.push({ producer, consumer, type, seq: 1, receipt });
  }

  /** The oldest of them, once. */
  take(most: number): DueReceipt[] {
    return this.waiting.splice(0, most);
  }

  /** Leaves them to the database. */
  drop(): void {
    this.waiting = [];
  }
}
