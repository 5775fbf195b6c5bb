import type { BenchPath } from './lab';
import { relay } from './paths/relay';

/** In the order in which they are measured. */
export const paths: readonly BenchPath[] = [relay];
