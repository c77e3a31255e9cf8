/** Settings of IMPALA found good for tasks, by id; what is not named has its default. How good: docs/agents/impala.md. */
import type { GivenSettings } from '../settings.js';

/** Days of 24 hours whose actions show in the hour they are taken. */
const VOLTVAR: GivenSettings = {
  environments: 64,
  unroll: 12,
  passes: 2,
  learningRate: 5e-4,
  gamma: 0.8,
  rewardScale: 2,
  entropyWeight: 0,
  logDeviation: -1.5,
  normaliseAdvantages: true,
  normaliseObservations: true,
  normaliserShare: 0.1,
};

/** By task. */
export const IMPALA_TUNED: Readonly<Record<string, GivenSettings>> = {
  cartpole: { rewardScale: 0.1 },
  pendulum: { environments: 16, unroll: 4, learningRate: 5e-4, gamma: 0.9, rewardScale: 0.1, entropyWeight: 0.003 },
  'voltvar-ieee13': VOLTVAR,
  'voltvar-ieee34': VOLTVAR,
  'voltvar-ieee123': VOLTVAR,
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
