/** The processes that can be decomposed by name. */
import { caseInfo, caseNames, loadCase } from '../cases/index.js';
import { InputError } from '../grid/index.js';
import { SYNTHETIC_SAMPLERS } from './synthetic-mdp.js';
import { topologySampler } from './topology-sampler.js';
import type { TransitionSampler } from './transition-sample.js';

/** Names of all samplers: synthetic processes, then topology actions on built-in balanced cases. */
export function samplerNames(): string[] {
  return [...SYNTHETIC_SAMPLERS.map(({ id }) => id), ...caseNames()];
}

/** The sampler of a name. Throws {@link InputError} that lists those there are. */
export function transitionSampler(id: string): TransitionSampler {
  const synthetic = SYNTHETIC_SAMPLERS.find((sampler) => sampler.id === id);
  if (synthetic) return synthetic;
  if (!caseNames().includes(id)) throw new InputError(`there is no process "${id}" to decompose; there are ${samplerNames().join(', ')}`);
  return topologySampler(loadCase(id), id, `topology actions on ${caseInfo(id).title}, one substation at a time`);
}
