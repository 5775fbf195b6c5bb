import { Inject, Injectable, Logger } from '@nestjs/common';
import { priorityLevel, type ServiceName } from '@waybill/contracts';
import { DataSource } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { ConfirmPublisher } from '../broker/confirm-publisher';
import { directExchange, receiptsQueue } from '../broker/topology';
import { FreshReceipts } from '../fresh-receipts';
import { type MessageStep, MessageSteps } from '../message-step';
import { MESSAGING_OPTIONS, type MessagingOptions } from '../messaging-options';
import { PollLoop } from '../poll-loop';
import { claimReceipts, type DueReceipt } from './claim-receipts';
import { markReceipts, postponeReceipts } from './mark-receipts';
import { receiptsType } from './receipt';

/** Receipts a pass; also the most that one message carries. */
const batchSize = 500;
/** Longer than the publisher's confirm timeout. */
const lease = 30_000;
const resendDelay = 2_000;

/** Milliseconds between two passes, in which receipts gather, and between two looks into the database while fresh ones come. */
const pause = 20;
const lookEvery = 1_000;

const changes: ReadonlySet<MessageStep> = new Set(['processed', 'retrying', 'dead', 'duplicate', 'replayed']);

/**
 * Tells each producer what became of its messages, through its own durable callback queue: only what a committed inbox row says, and until
 * the broker has confirmed it. A receipt may come twice.
 */
@Injectable()
export class ReceiptSender {
  private readonly logger = new Logger('ReceiptSender');
  private readonly loop: PollLoop;
  private isLookDue = true;
  private lookedAt = 0;

  constructor(
    private readonly dataSource: DataSource,
    private readonly publisher: ConfirmPublisher,
    private readonly fresh: FreshReceipts,
    private readonly steps: MessageSteps,
    @Inject(MESSAGING_OPTIONS) private readonly options: MessagingOptions,
  ) {
    this.loop = new PollLoop({
      name: 'The receipt sender',
      runOnce: async () => (await this.sendSome()) >= batchSize,
      shortestWait: 50,
      longestWait: lookEvery,
      pause,
      logger: this.logger,
    });
    steps.on(({ step }) => {
      if (!changes.has(step)) return;
      if (step !== 'processed' || this.fresh.isEmpty) this.isLookDue = true;
      this.loop.wake();
    });
    publisher.onReady(() => this.loop.wake());
  }

  /** Sends what is due, one message for each producer. Resolves with the number of receipts that were due. */
  async runOnce(): Promise<number> {
    this.isLookDue = true;
    return await this.sendSome();
  }

  start(): void {
    this.loop.start();
  }

  /** Resolves when the pass under way has ended. */
  async stop(): Promise<void> {
    await this.loop.stop();
  }

  private async sendSome(): Promise<number> {
    if (this.publisher.state.status !== 'open') {
      this.fresh.drop();
      return 0;
    }
    const fresh = this.fresh.take(batchSize);
    const due = this.mustLook() ? [...fresh, ...(await this.look(batchSize - fresh.length))] : fresh;
    const byProducer = groupByProducer(due);
    await Promise.all([...byProducer].map(([producer, receipts]) => this.send(producer, receipts)));
    return due.length;
  }

  /** While what is sent comes from this process, what the database has besides is looked for now and then. */
  private mustLook(): boolean {
    return this.isLookDue || performance.now() - this.lookedAt >= lookEvery;
  }

  private async look(limit: number): Promise<DueReceipt[]> {
    if (limit <= 0) return [];
    const found = await claimReceipts(this.dataSource, limit, lease);
    this.lookedAt = performance.now();
    this.isLookDue = found.length === limit;
    return found;
  }

  private async send(producer: string, due: readonly DueReceipt[]): Promise<void> {
    const messageId = uuidv7();
    const outcome = await this.publisher.publish({
      exchange: directExchange,
      routingKey: receiptsQueue(producer as ServiceName, this.options.queueType).name,
      messageId,
      type: receiptsType,
      priority: priorityLevel('normal'),
      correlationId: messageId,
      headers: {},
      body: Buffer.from(JSON.stringify({ receipts: due.map(({ receipt }) => receipt) }), 'utf8'),
    });
    if (outcome.outcome === 'confirmed') {
      this.steps.before('receipt-sent');
      await markReceipts(this.dataSource, due);
      for (const { receipt, type } of due)
        this.steps.took({ step: 'receipt-sent', messageId: receipt.messageId, type });
      return;
    }
    await postponeReceipts(this.dataSource, due, resendDelay);
    this.logger.warn(
      `${due.length} receipts to ${producer} were ${outcome.outcome} and will be sent again: ${outcome.reason}`,
    );
  }
}

function groupByProducer(due: readonly DueReceipt[]): Map<string, DueReceipt[]> {
  const groups = new Map<string, DueReceipt[]>();
  for (const receipt of due) {
    const group = groups.get(receipt.producer);
    if (group) group.push(receipt);
    else groups.set(receipt.producer, [receipt]);
  }
  return groups;
}
