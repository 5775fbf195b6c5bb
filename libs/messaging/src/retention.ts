import { Inject, Injectable, Logger } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { MESSAGING_OPTIONS, type MessagingOptions } from './messaging-options';
import { PollLoop } from './poll-loop';

const batchSize = 1_000;
const pause = 60_000;

/**
 * Deletes what was finished longer ago than the retention: sent messages with their receipts once everybody has processed them, and
 * received ones once their receipt is with the producer. What is unfinished or dead is never deleted. An inbox row is what absorbs a duplicate, so the
 * retention must be longer than any message may stay on its way.
 */
@Injectable()
export class Retention {
  private readonly loop: PollLoop;

  constructor(
    private readonly dataSource: DataSource,
    @Inject(MESSAGING_OPTIONS) private readonly options: MessagingOptions,
  ) {
    this.loop = new PollLoop({
      name: 'The retention loop',
      runOnce: async () => (await this.runOnce()) >= batchSize,
      shortestWait: pause,
      longestWait: pause,
      logger: new Logger('Retention'),
    });
  }

  /**
   * Deletes one batch of each kind. Resolves with the number of messages deleted. Compares with now(): clock_timestamp() may change
   * between two rows, so that no index could end the search.
   */
  async runOnce(): Promise<number> {
    const [, sent]: [unknown, number] = await this.dataSource.query(
      `with old as (
         select id from outbox_message m
         where finished_at < now() - $1 * interval '1 millisecond'
           and not exists (select from message_receipt r where r.message_id = m.id and r.state = 'dead')
         order by finished_at limit $2 for update skip locked
       ), receipts as (
         delete from message_receipt r using old where r.message_id = old.id
       )
       delete from outbox_message m using old where m.id = old.id`,
      [this.options.retention, batchSize],
    );
    const [, received]: [unknown, number] = await this.dataSource.query(
      `delete from inbox_message m using (
         select message_id, consumer from inbox_message
         where processed_at < now() - $1 * interval '1 millisecond' and receipt_sent_seq = receipt_seq
         order by processed_at limit $2 for update skip locked
       ) as old
       where m.message_id = old.message_id and m.consumer = old.consumer`,
      [this.options.retention, batchSize],
    );
    return sent + received;
  }

  start(): void {
    this.loop.start();
  }

  /** Resolves when the pass under way has ended. */
  async stop(): Promise<void> {
    await this.loop.stop();
  }
}
