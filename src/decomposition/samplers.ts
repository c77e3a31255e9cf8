/** The processes that can be decomposed by name. */
import { caseInfo, caseNames, loadCase } from '../cases/index.js';
import { InputError } from '../grid/index.js';
import { SYNTHETIC_SAMPLERS } from './synthetic-mdp.js';
import { topologySampler } from './topology-sampler.js';
import type { KnownBlocks, TransitionSampler } from './transition-sample.js';

/** The two clusters that were set by hand in the published experiment on l2rpn-case14: substations {0, 1, 2, 4} with lines 0 to 6, the others with lines 7 to 19. */
export const HAND_MADE_CASE14: KnownBlocks = {
  name: 'set by hand (published)',
  inputs: [0, 0, 1, 0, 1, 1, 1],
  outputs: Array.from({ length: 20 }, (_, line) => (line < 7 ? 0 : 1)),
};

/** Names of all samplers: synthetic processes, then topology actions on built-in balanced cases. */
export function samplerNames(): string[] {
  return [...SYNTHETIC_SAMPLERS.map(({ id }) => id), ...caseNames()];
}

/** The sampler of a name. Throws {@link InputError} that lists those there are. */
export function transitionSampler(id: string): TransitionSampler {
  const synthetic = SYNTHETIC_SAMPLERS.find((sampler) => sampler.id === id);
  if (synthetic) return synthetic;
  if (!caseNames().includes(id)) throw new InputError(`there is no process "${id}" to decompose; there are ${samplerNames().join(', ')}`);
  const sampler = topologySampler(loadCase(id), id, `topology actions on ${caseInfo(id).title}, one substation at a time`);
  return id === 'l2rpn-case14' ? { ...sampler, truth: HAND_MADE_CASE14 } : sampler;
}
