import { messageSteps } from '../../libs/messaging/src/message-step';
import { scenarios } from '../scenarios';
import { rounds } from './crash-points';
import { provocations } from './crash-points-provocations';

const named = (name: string) => scenarios.filter((scenario) => scenario.name === name);

describe.each(messageSteps)('the step %s', (step) => {
  it('has a scenario of its own, that knows how to bring it about', () => {
    expect(named(`crash-at-${step}`)).toHaveLength(1);
    // Missing? Say in crash-points-provocations.ts what makes a service take this step.
    expect(Object.keys(provocations)).toContain(step);
  });

  it('is in one round of the short form', () => {
    const holding = Object.entries(rounds).filter(([, steps]) => steps.includes(step));
    expect(holding).toHaveLength(1);
    expect(named(`crash-points-${holding[0]?.[0]}`)).toMatchObject([{ isShort: true }]);
  });
});
