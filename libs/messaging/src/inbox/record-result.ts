import type { DataSource } from 'typeorm';
import { backoff } from '../backoff';
import type { MessageSteps } from '../message-step';
import type { AttemptResult } from './attempts';
import type { DeliveryKey } from './claim-delivery';
import { recordFailure } from './record-attempt';
import { resendReceipt } from './resend-receipt';
import { retryCap } from './schedule';

export interface FinishedAttempt {
  readonly dataSource: DataSource;
  readonly steps: MessageSteps;
  readonly key: DeliveryKey;
  readonly type: string;
  readonly attempt: number;
  readonly attemptsAllowed: number;
  readonly retryBase: number;
  readonly result: AttemptResult;
}

/** Writes down, and tells, what became of an attempt whose start was committed before it ran. */
export async function recordResult(finished: FinishedAttempt): Promise<void> {
  const { dataSource, steps, key, type, attempt, result } = finished;
  const taken = { ...key, type, attempt };
  if (result.kind === 'processed') {
    steps.took({ step: 'processed', ...taken, milliseconds: result.milliseconds });
    return;
  }
  if (result.kind === 'absorbed') {
    steps.before('duplicate');
    await resendReceipt(dataSource, key);
    steps.took({ step: 'duplicate', ...taken });
    return;
  }
  const state = result.permanent || (result.counts && attempt >= finished.attemptsAllowed) ? 'dead' : 'retrying';
  const delay = backoff(attempt, finished.retryBase, retryCap);
  steps.before(state);
  const written = await recordFailure(dataSource, {
    ...key,
    attempt,
    state,
    counts: result.counts,
    delay,
    error: result.error,
  });
  if (written) steps.took({ step: state, ...taken, detail: result.error });
}
