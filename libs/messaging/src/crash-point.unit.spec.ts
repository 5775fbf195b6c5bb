import { setImmediate as turn } from 'node:timers/promises';
import { crashPoint } from './crash-point';
import { type MessageStep, MessageSteps, messageSteps } from './message-step';

let deaths: number;
beforeEach(() => {
  deaths = 0;
});

function armed(text: string) {
  const steps = new MessageSteps(crashPoint(text, () => deaths++));
  const took = (step: MessageStep) => steps.took({ step, messageId: 'm1', type: 'order.placed' });
  return { steps, took };
}

it('before a step the process dies there, and nowhere else', () => {
  const { steps, took } = armed('before:settled');
  steps.before('confirmed');
  took('confirmed');
  expect(deaths).toBe(0);

  steps.before('settled');
  expect(deaths).toBe(1);
});

it('after a step the process dies before anybody hears of it', () => {
  const { steps, took } = armed('after:processed');
  const heard: number[] = [];
  steps.on(() => heard.push(deaths));
  steps.before('processed');
  expect(deaths).toBe(0);

  took('processed');
  expect(heard).toEqual([1]);
});

it('with a number the process dies the Nth time, once', () => {
  const { took } = armed('after:settled:3');

  took('settled');
  took('settled');
  expect(deaths).toBe(0);
  took('settled');
  took('settled');
  expect(deaths).toBe(1);
});

it.each(['before:confirmed', 'after:acked'])(
  'at %s what was sent is on its way when the process dies',
  async (text) => {
    const { steps, took } = armed(text);

    steps.before('confirmed', 'returned');
    took('acked');
    expect(deaths).toBe(0);
    await turn();
    await turn();
    expect(deaths).toBe(1);
  },
);

it.each(['claimed', 'overdue'] as const)('a look for what is %s counts from the first step of a message on', (step) => {
  const { steps, took } = armed(`before:${step}`);

  steps.before(step);
  expect(deaths).toBe(0);
  took('recorded');
  steps.before(step);
  expect(deaths).toBe(1);
});

it.each(messageSteps)('before and after %s can be named', (step) => {
  expect(() => crashPoint(`before:${step}`)).not.toThrow();
  expect(() => crashPoint(`after:${step}:12`)).not.toThrow();
});

it.each([
  '',
  'settled',
  'during:settled',
  'before:arrived',
  'before:settled:0',
  'before:settled:x',
  'before:settled:1:2',
])('"%s" is refused, with the form and all steps', (text) => {
  expect(() => crashPoint(text)).toThrow(
    `"${text}" is no crash point. It must be before:STEP or after:STEP, with :N for the Nth time, and STEP one of ${messageSteps.join(', ')}`,
  );
});
