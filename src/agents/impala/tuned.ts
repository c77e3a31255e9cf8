/** Settings of IMPALA found good for tasks, by id; what is not named has its default. How good: docs/agents/impala.md. */
import type { GivenSettings } from '../settings.js';

/** By task. */
export const IMPALA_TUNED: Readonly<Record<string, GivenSettings>> = {
  cartpole: { rewardScale: 0.1 },
  pendulum: { environments: 16, unroll: 4, learningRate: 5e-4, gamma: 0.9, rewardScale: 0.1, entropyWeight: 0.003 },
  'inverters-ieee123': {
    environments: 32,
    unroll: 4,
    learningRate: 5e-4,
    gamma: 0.9,
    rewardScale: 10,
    entropyWeight: 0,
    logDeviation: -1,
    normaliseObservations: true,
  },
};
