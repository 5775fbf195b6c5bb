import type { Scenario } from './scenario';
import { brokerScenarios } from './scenarios/broker';
import { brokerAlarmScenarios } from './scenarios/broker-alarms';
import { brokerAwayScenarios } from './scenarios/broker-away';
import { brokerQueueScenarios } from './scenarios/broker-queues';
import { brokerRefusalScenarios } from './scenarios/broker-refusals';
import { clusterScenarios } from './scenarios/cluster';
import { partitionScenarios } from './scenarios/cluster-partition';
import { crashPointScenarios } from './scenarios/crash-points';
import { forgedScenarios } from './scenarios/messages-forged';
import { garbageScenarios } from './scenarios/messages-garbage';
import { handlerScenarios } from './scenarios/messages-handlers';
import { largeScenarios } from './scenarios/messages-large';
import { newerVersionScenarios } from './scenarios/messages-newer-version';
import { poisonScenarios } from './scenarios/messages-poison';
import { repeatedScenarios } from './scenarios/messages-repeated';
import { shuffledScenarios } from './scenarios/messages-shuffled';
import { slowScenarios } from './scenarios/messages-slow';
import { brokerNetworkScenarios } from './scenarios/network-broker';
import { cutScenarios } from './scenarios/network-cuts';
import { postgresNetworkScenarios } from './scenarios/network-postgres';
import { commitScenarios } from './scenarios/postgres-commits';
import { postgresServerScenarios } from './scenarios/postgres-server';
import { postgresSessionScenarios } from './scenarios/postgres-sessions';
import { safeguardScenarios } from './scenarios/safeguards';
import { relayScenarios } from './scenarios/safeguards-relays';
import { wedgedScenarios } from './scenarios/safeguards-wedged';
import { deadlineScenarios } from './scenarios/sample-deadline';
import { gatewayScenarios } from './scenarios/sample-gateway';
import { lastUnitScenarios } from './scenarios/sample-last-unit';
import { sampleSafeguardScenarios } from './scenarios/sample-safeguards';
import { shutdownScenarios } from './scenarios/shutdown';
import { blockedScenarios } from './scenarios/time-and-load-blocked';
import { clockScenarios } from './scenarios/time-and-load-clocks';
import { killScenarios } from './scenarios/time-and-load-kills';
import { upgradeScenarios } from './scenarios/time-and-load-upgrade';

/** All there are, in the order in which they run. */
export const scenarios: readonly Scenario[] = [
  ...crashPointScenarios,
  ...brokerScenarios,
  ...brokerAlarmScenarios,
  ...brokerQueueScenarios,
  ...brokerRefusalScenarios,
  ...brokerAwayScenarios,
  ...clusterScenarios,
  ...partitionScenarios,
  ...brokerNetworkScenarios,
  ...postgresNetworkScenarios,
  ...cutScenarios,
  ...commitScenarios,
  ...postgresServerScenarios,
  ...postgresSessionScenarios,
  ...handlerScenarios,
  ...slowScenarios,
  ...newerVersionScenarios,
  ...forgedScenarios,
  ...repeatedScenarios,
  ...garbageScenarios,
  ...poisonScenarios,
  ...gatewayScenarios,
  ...largeScenarios,
  ...shuffledScenarios,
  ...clockScenarios,
  ...blockedScenarios,
  ...upgradeScenarios,
  ...lastUnitScenarios,
  ...deadlineScenarios,
  ...killScenarios,
  ...shutdownScenarios,
  ...safeguardScenarios,
  ...relayScenarios,
  ...wedgedScenarios,
  ...sampleSafeguardScenarios,
];
