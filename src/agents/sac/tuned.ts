/** Settings of SAC found good for tasks, by id; what is not named has its default. Measured in docs/agents/sac.md. */
import type { GivenSettings } from '../settings.js';

const QUICK: GivenSettings = { policyLearningRate: 1e-3, criticLearningRate: 1e-3, temperatureLearningRate: 1e-3 };

const VOLTVAR: GivenSettings = {
  ...QUICK,
  hidden: [128, 128],
  environments: 8,
  updatesPerStep: 0.25,
  gamma: 0.95,
  temperature: 0.1,
  targetEntropyShare: 0.2,
  annealLearningRates: true,
  normaliseObservations: true,
};

/** By task. */
export const SAC_TUNED: Readonly<Record<string, GivenSettings>> = {
  pendulum: { ...QUICK, hidden: [64, 64] },
  'inverters-ieee123': {
    ...QUICK,
    hidden: [128, 128],
    environments: 16,
    updatesPerStep: 0.25,
    randomSteps: 2000,
    capacity: 200_000,
    gamma: 0.95,
    targetShare: 0.01,
    temperature: 0.002,
    rewardScale: 10,
    normaliseObservations: true,
  },
  'voltvar-ieee13': VOLTVAR,
  'voltvar-ieee34': VOLTVAR,
  'voltvar-ieee123': VOLTVAR,
};
