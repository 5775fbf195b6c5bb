import type { Scenario } from './scenario';
import { brokerScenarios } from './scenarios/broker';

/** All there are, in the order in which they run. */
export const scenarios: readonly Scenario[] = [...brokerScenarios];
