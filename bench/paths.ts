import type { BenchPath } from './lab';
import { backlog } from './paths/backlog';
import { consume } from './paths/consume';
import { endToEnd } from './paths/end-to-end';
import { growth } from './paths/growth';
import { idle } from './paths/idle';
import { intake } from './paths/intake';
import { latency } from './paths/latency';
import { peers } from './paths/peers';
import { priority } from './paths/priority';
import { relay } from './paths/relay';
import { scale } from './paths/scale';
import { start } from './paths/start';

/** In the order in which they are measured. */
export const paths: readonly BenchPath[] = [
  intake,
  relay,
  peers,
  consume,
  start,
  idle,
  latency,
  endToEnd,
  priority,
  scale,
  growth,
  backlog,
];
