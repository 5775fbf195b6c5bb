import type { Catalogue, ServiceName } from '@waybill/contracts';
import type { EntityManager } from 'typeorm';
import type { Envelope } from '../envelope';
import type { RecordedMessage } from '../recorded-message';
import { RecordingTransaction } from '../recording-transaction';
import type { Transaction } from '../transaction';
import { EnvelopeDelivery } from './envelope-delivery';

export interface BatchedDeliveryOptions {
  readonly envelope: Envelope;
  readonly service: ServiceName;
  readonly catalogue: Catalogue;
  /** Of the transaction that the whole batch is in; its message is claimed there. */
  readonly manager: EntityManager;
}

/** A message's first attempt, as one of several in one transaction. */
export class BatchedDelivery extends EnvelopeDelivery {
  private messages: readonly RecordedMessage[] = [];

  constructor(private readonly options: BatchedDeliveryOptions) {
    super(options.envelope, 1);
  }

  /** What was recorded. It is committed with the batch. */
  get recorded(): readonly RecordedMessage[] {
    return this.messages;
  }

  protected override async run<Result>(change: (tx: Transaction) => Promise<Result>): Promise<Result> {
    const { manager, service, catalogue, envelope } = this.options;
    const tx = new RecordingTransaction(manager, service, catalogue, envelope);
    const result = await change(tx);
    this.messages = tx.end();
    return result;
  }
}
