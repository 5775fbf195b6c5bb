import { Logger } from '@nestjs/common';
import { MessageSteps, messageSteps, type StepTaken } from './message-step';
import { describeStep, logSteps } from './step-log';

const taken: StepTaken = { step: 'processed', messageId: 'm1', type: 'order.placed' };

it.each<[Partial<StepTaken>, string]>([
  [{ step: 'confirmed', milliseconds: 2.123 }, 'order.placed m1 confirmed by broker in 2.1 ms'],
  [{ consumer: 'payment', milliseconds: 123.4 }, 'order.placed m1 processed by payment in 123 ms'],
  [
    { step: 'retrying', consumer: 'payment', attempt: 2, detail: 'Error: no' },
    'order.placed m1 failed at payment and will be tried again (attempt 2): Error: no',
  ],
  [
    { step: 'receipt-applied', consumer: 'payment', milliseconds: 31.5 },
    'order.placed m1 receipt from payment after 32 ms',
  ],
  [{ step: 'claimed', attempt: 1 }, 'order.placed m1 claimed'],
])('%j is told as one line', (changes, line) => {
  expect(describeStep({ ...taken, ...changes })).toBe(line);
});

it('where debugging is not logged, a step that is neither is not even put into words', () => {
  const debug = jest.fn();
  const steps = new MessageSteps();
  logSteps(steps, { debug } as unknown as Logger);

  Logger.overrideLogger(['log', 'warn', 'error', 'fatal']);
  steps.took({ ...taken, step: 'claimed' });
  expect(debug).not.toHaveBeenCalled();

  Logger.overrideLogger(['debug']);
  steps.took({ ...taken, step: 'claimed' });
  expect(debug).toHaveBeenCalledTimes(1);
});

it('every step is logged once: milestones at info, what needs a look at warn, the rest at debug', () => {
  const logged: Record<string, string[]> = { log: [], warn: [], debug: [] };
  const at = (level: string) => (line: StepTaken) => logged[level]?.push(line.step);
  const steps = new MessageSteps();
  logSteps(steps, { log: at('log'), warn: at('warn'), debug: at('debug') } as unknown as Logger);

  for (const step of messageSteps) steps.took({ ...taken, step });

  expect(logged.log).toEqual(['confirmed', 'processed', 'receipt-applied']);
  expect(logged.warn).toEqual(
    expect.arrayContaining(['returned', 'nacked', 'retrying', 'dead', 'unreadable', 'overdue']),
  );
  expect(Object.values(logged).flat().sort()).toEqual([...messageSteps].sort());
});

it('whoever stops listening hears no more', () => {
  const steps = new MessageSteps();
  const heard: StepTaken[] = [];
  const stop = steps.on((step) => heard.push(step));

  steps.took(taken);
  stop();
  steps.took(taken);

  expect(heard).toEqual([taken]);
});
