import { Inject, Injectable } from '@nestjs/common';
import type { CatalogueEntry } from '@waybill/contracts';
import { DataSource, type EntityManager } from 'typeorm';
import { workQueue } from '../broker/topology';
import { decode, type ReceivedMessage } from '../codec';
import type { Envelope } from '../envelope';
import { MessageSteps } from '../message-step';
import { MESSAGING_OPTIONS, type MessagingOptions } from '../messaging-options';
import { insertUnfinished } from './record-attempt';

/**
 * - `replayed`: it is due now, with all its attempts before it.
 * - `not-found`: no dead letter has this id (any more).
 * - `not-replayable`: it still cannot be identified.
 */
export type ReplayResult =
  | { readonly result: 'replayed'; readonly messageId: string }
  | { readonly result: 'not-found' }
  | { readonly result: 'not-replayable'; readonly reason: string };

/** Gives a dead letter another chance, and keeps who did so and when. */
@Injectable()
export class Replay {
  constructor(
    private readonly dataSource: DataSource,
    private readonly steps: MessageSteps,
    @Inject(MESSAGING_OPTIONS) private readonly options: MessagingOptions,
  ) {}

  async replay(id: string, by: string): Promise<ReplayResult> {
    this.steps.before('replayed');
    const [rows]: [{ type: string }[], number] = await this.dataSource.query(
      `update inbox_message
       set state = 'retrying', due_at = clock_timestamp(), attempts_finished = attempts_started,
         attempts_allowed = attempts_started + $2, replayed_at = clock_timestamp(), replayed_by = $3,
         receipt_seq = receipt_seq + 1, receipt_due_at = clock_timestamp()
       where message_id = $1 and state = 'dead'
       returning type`,
      [id, this.options.maxAttempts, by],
    );
    const [row] = rows;
    if (!row) return this.replayUnidentified(id, by);
    this.replayed(id, row.type, by);
    return { result: 'replayed', messageId: id };
  }

  private async replayUnidentified(id: string, by: string): Promise<ReplayResult> {
    const outcome = await this.dataSource.transaction((manager) => this.identify(manager, id, by));
    if ('result' in outcome) return outcome;
    this.replayed(outcome.messageId, outcome.type, by);
    return { result: 'replayed', messageId: outcome.messageId };
  }

  /** Reads it again, with the contracts of today; if it can be identified now, it takes its place in the inbox. */
  private async identify(manager: EntityManager, id: string, by: string): Promise<Envelope | ReplayResult> {
    const [letter]: (ReceivedMessage & { queue: string })[] = await manager.query(
      'select queue, properties, body from dead_letter where id = $1 and replayed_at is null for update',
      [id],
    );
    if (!letter) return { result: 'not-found' };
    const entry = this.entryOf(letter.queue);
    if (!entry) return { result: 'not-replayable', reason: `no event arrives in ${letter.queue}` };
    const reading = decode(letter, entry);
    if (reading.kind === 'unidentified') return { result: 'not-replayable', reason: reading.reason };
    await insertUnfinished(manager, {
      envelope: reading.envelope,
      consumer: this.options.service,
      message: letter,
      state: 'retrying',
      attemptsStarted: 0,
      attemptsFinished: 0,
      attemptsAllowed: this.options.maxAttempts,
      delay: 0,
      error: null,
      elapsed: 0,
    });
    await manager.query('update dead_letter set replayed_at = clock_timestamp(), replayed_by = $2 where id = $1', [
      id,
      by,
    ]);
    return reading.envelope;
  }

  private entryOf(queue: string): CatalogueEntry | undefined {
    const { service, catalogue, queueType } = this.options;
    return catalogue.consumedBy(service).find(({ event }) => workQueue(service, event.type, queueType).name === queue);
  }

  private replayed(messageId: string, type: string, by: string): void {
    this.steps.took({ step: 'replayed', messageId, type, consumer: this.options.service, detail: `by ${by}` });
  }
}
