/** Settings of DQN found good for tasks, by id; what is not named has its default. */
import type { GivenSettings } from '../settings.js';

/** Days of 24 hours whose actions show in the hour they are taken: one-step targets with a short horizon. */
const VOLTVAR: GivenSettings = {
  environments: 16,
  normaliseObservations: true,
  annealLearningRate: true,
  gamma: 0.8,
  rewardScale: 2,
  learningStarts: 2000,
};

/** By task. */
export const DQN_TUNED: Readonly<Record<string, GivenSettings>> = {
  // 500 in all five seeds with the defaults too, but their values overshoot to twice what is possible, and policies come and go until the last steps. Observations of
  // one size are learnt from within 100 000 steps instead of 300 000; 3-step returns overshoot by a tenth at most; a rate that falls and a buffer that still holds falls of the
  // pole, when episodes have none any more, keep what was learnt.
  cartpole: { environments: 8, bufferSize: 50_000, returnSteps: 3, normaliseObservations: true, annealLearningRate: true },
  'voltvar-ieee13': VOLTVAR,
  'voltvar-ieee34': VOLTVAR,
  'voltvar-ieee123': VOLTVAR,
};
