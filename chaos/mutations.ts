import { consumingMutations } from './mutations/consuming';
import type { Mutation } from './mutations/mutation';
import { publishingMutations } from './mutations/publishing';
import { sampleMutations } from './mutations/sample';

/** Every safeguard that the suite must miss when it is gone. A safeguard that can be taken out without a red run has no test. */
export const mutations: readonly Mutation[] = [...publishingMutations, ...consumingMutations, ...sampleMutations];
