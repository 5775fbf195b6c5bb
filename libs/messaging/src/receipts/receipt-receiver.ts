import { Inject, Injectable, Logger } from '@nestjs/common';
import type { ServiceName } from '@waybill/contracts';
import { DataSource } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import type { ReceivedMessage } from '../codec';
import { keepDeadLetter } from '../dead-letters/keep';
import { MessageSteps } from '../message-step';
import { MESSAGING_OPTIONS, type MessagingOptions } from '../messaging-options';
import { applyReceipts } from './apply-receipts';
import { type Receipt, Receipts, receiptsType } from './receipt';

/** Takes receipts from this service's callback queue into its ledger. */
@Injectable()
export class ReceiptReceiver {
  private readonly logger = new Logger('ReceiptReceiver');

  constructor(
    private readonly dataSource: DataSource,
    private readonly steps: MessageSteps,
    @Inject(MESSAGING_OPTIONS) private readonly options: MessagingOptions,
  ) {}

  /**
   * Resolves when the message may be acked.
   * @throws when the database cannot take it; the message must go back to the broker then.
   */
  async receive(message: ReceivedMessage, queue: string): Promise<void> {
    const read = readReceipts(message, this.options);
    if (!read.ok) {
      const id = uuidv7();
      this.steps.before('unreadable');
      await keepDeadLetter(this.dataSource, { id, queue, reason: read.reason, message });
      this.steps.took({
        step: 'unreadable',
        messageId: id,
        type: receiptsType,
        consumer: this.options.service,
        detail: read.reason,
      });
      return;
    }
    this.steps.before('receipt-applied');
    const { applied, unknown } = await applyReceipts(this.dataSource, read.consumer, read.receipts);
    if (unknown > 0)
      this.logger.warn(
        `${unknown} receipts from ${read.consumer} are of messages that are not here any more: acked, and nothing else`,
      );
    for (const { messageId, type, state, milliseconds, error } of applied) {
      const detail = state === 'processed' ? undefined : `${state}, ${error}`;
      this.steps.took({ step: 'receipt-applied', messageId, type, consumer: read.consumer, milliseconds, detail });
    }
  }
}

type Read =
  | { readonly ok: true; readonly consumer: ServiceName; readonly receipts: readonly Receipt[] }
  | { readonly ok: false; readonly reason: string };

function readReceipts({ properties, body }: ReceivedMessage, { service, catalogue }: MessagingOptions): Read {
  const consumers = new Set(catalogue.producedBy(service).flatMap(({ event }) => event.consumers));
  const consumer = properties.userId as ServiceName;
  if (!consumers.has(consumer)) {
    return { ok: false, reason: `no event of ${service} names the sender of these receipts as a consumer` };
  }
  if (properties.type !== receiptsType) return { ok: false, reason: `the type is not ${receiptsType}` };
  try {
    const parsed = Receipts.safeParse(JSON.parse(body.toString('utf8')));
    if (parsed.success) return { ok: true, consumer, receipts: parsed.data.receipts };
    return { ok: false, reason: 'these are not receipts' };
  } catch (error) {
    if (error instanceof SyntaxError) return { ok: false, reason: 'the body is not JSON' };
    throw error;
  }
}
