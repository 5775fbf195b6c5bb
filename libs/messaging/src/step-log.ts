import { Logger } from '@nestjs/common';
import type { MessageStep, MessageSteps, StepTaken } from './message-step';

const attention: ReadonlySet<MessageStep> = new Set([
  'returned',
  'nacked',
  'timed-out',
  'disconnected',
  'parked',
  'retrying',
  'dead',
  'unreadable',
  'given-back',
  'overdue',
  'redelivered',
  'replayed',
]);

const milestones: ReadonlySet<MessageStep> = new Set(['confirmed', 'processed', 'receipt-applied']);

/** Writes each step as a line: milestones at info, what needs a look at warn, the rest at debug. */
export function logSteps(steps: MessageSteps, logger: Logger): void {
  steps.on((taken) => {
    const isPlain = !attention.has(taken.step) && !milestones.has(taken.step);
    if (isPlain && !Logger.isLevelEnabled('debug')) return;
    const line = {
      ...taken,
      /** Put into words only where the line is written. */
      get msg() {
        return describeStep(taken);
      },
    };
    if (isPlain) logger.debug(line);
    else if (milestones.has(taken.step)) logger.log(line);
    else logger.warn(line);
  });
}

/** One line about a step, for a person: `order.placed 0198… confirmed by broker in 2.1 ms`. */
export function describeStep(taken: StepTaken): string {
  const what: Partial<Record<MessageStep, string>> = {
    confirmed: 'confirmed by broker',
    returned: 'returned by broker',
    nacked: 'nacked by broker',
    processed: `processed by ${taken.consumer}`,
    retrying: `failed at ${taken.consumer} and will be tried again`,
    dead: `is a dead letter at ${taken.consumer}`,
    duplicate: `came to ${taken.consumer} again and was absorbed`,
    unreadable: `could not be read by ${taken.consumer} and was kept as a dead letter`,
    'given-back': 'given back to the broker',
    'receipt-sent': 'receipt sent',
    'receipt-applied': `receipt from ${taken.consumer}`,
    overdue: `receipt from ${taken.consumer} is overdue`,
    redelivered: `sent again to ${taken.consumer} alone`,
  };
  const time = taken.milliseconds === undefined ? '' : ` ${timing(taken.step)} ${round(taken.milliseconds)} ms`;
  const attempt = taken.attempt !== undefined && taken.attempt > 1 ? ` (attempt ${taken.attempt})` : '';
  const detail = taken.detail ? `: ${taken.detail}` : '';
  return `${taken.type} ${taken.messageId} ${what[taken.step] ?? taken.step}${time}${attempt}${detail}`;
}

function timing(step: MessageStep): string {
  return step === 'receipt-applied' ? 'after' : 'in';
}

function round(milliseconds: number): string {
  return milliseconds < 10 ? milliseconds.toFixed(1) : milliseconds.toFixed(0);
}
