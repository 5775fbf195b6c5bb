import { Inject, Injectable, Logger } from '@nestjs/common';
import { BrokerConnection } from './broker/broker-connection';
import { ConfirmPublisher } from './broker/confirm-publisher';
import { settledWithin } from './broker/settled-within';
import { receiptsQueue, workQueue } from './broker/topology';
import { CONSUMING_CONNECTION, PUBLISHING_CONNECTION } from './connections';
import { Consumption } from './consumption';
import { Handlers } from './inbox/handlers';
import { Receiver } from './inbox/receiver';
import { Retries } from './inbox/retries';
import { Overdue } from './journey/overdue';
import { MESSAGING_OPTIONS, type MessagingOptions } from './messaging-options';
import { Relay } from './outbox/relay';
import { ReceiptReceiver } from './receipts/receipt-receiver';
import { ReceiptSender } from './receipts/receipt-sender';
import { Retention } from './retention';

/** Few, for each takes a connection, and carries many receipts where many come. */
const receiptsPrefetch = 4;
/** Milliseconds that confirms may take while we stop; what is still out then is sent again at the next start. */
const confirmPatience = 5_000;

/** Starts everything that moves messages, and stops it in the order that loses nothing and leaves nothing half done. */
@Injectable()
export class MessagingRuntime {
  private readonly logger = new Logger('Messaging');

  constructor(
    @Inject(PUBLISHING_CONNECTION) private readonly publishing: BrokerConnection,
    @Inject(CONSUMING_CONNECTION) private readonly consuming: BrokerConnection,
    private readonly publisher: ConfirmPublisher,
    private readonly consumption: Consumption,
    private readonly handlers: Handlers,
    private readonly receiver: Receiver,
    private readonly receiptReceiver: ReceiptReceiver,
    private readonly relay: Relay,
    private readonly retries: Retries,
    private readonly receiptSender: ReceiptSender,
    private readonly overdue: Overdue,
    private readonly retention: Retention,
    @Inject(MESSAGING_OPTIONS) private readonly options: MessagingOptions,
  ) {}

  /** Returns at once; whatever needs the broker begins when there is one. */
  start(): void {
    for (const connection of [this.publishing, this.consuming]) {
      connection.on('state', ({ status, reason }) => {
        const line = `Broker connection "${connection.name}": ${status}${reason ? `: ${reason}` : ''}`;
        if (status === 'connected' || status === 'closed' || !reason) this.logger.log(line);
        else this.logger.warn(line);
      });
      connection.start();
    }
    this.publisher.onState(({ status, reason }) => {
      if (status === 'faulty') this.logger.error(`Publishing is paused: ${reason}`);
    });
    this.publisher.start();
    this.consume();
    for (const loop of [this.relay, this.retries, this.receiptSender, this.overdue, this.retention]) loop.start();
  }

  /**
   * Cancels the consumers and ends the handlers in hand, awaits the confirms that are out and settles them, sends the receipts that
   * are due, closes. Without a broker, or with one that does not answer, all of it stays in the database for the next start.
   */
  async stop(): Promise<void> {
    await Promise.all([this.overdue.stop(), this.retention.stop(), this.retries.stop(), this.consumption.stop()]);
    await settledWithin(this.relay.stop(), confirmPatience);
    await settledWithin(this.sendLastReceipts(), confirmPatience);
    await this.publisher.close(confirmPatience);
    await Promise.all([this.relay.stop(), this.receiptSender.stop()]);
    await Promise.all([this.publishing.close(), this.consuming.close()]);
  }

  private async sendLastReceipts(): Promise<void> {
    await this.receiptSender.stop();
    let sent: number;
    do sent = await this.receiptSender.runOnce();
    while (sent > 0);
  }

  private consume(): void {
    const { service, queueType } = this.options;
    for (const target of this.handlers.all()) {
      const queue = workQueue(service, target.entry.event.type, queueType);
      this.consumption.add({
        queue,
        prefetch: target.prefetch,
        handle: (message, redelivered) => this.receiver.receive(message, redelivered, target, queue.name),
      });
    }
    const callback = receiptsQueue(service, queueType);
    this.consumption.add({
      queue: callback,
      prefetch: receiptsPrefetch,
      handle: (message) => this.receiptReceiver.receive(message, callback.name),
    });
  }
}
