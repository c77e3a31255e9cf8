/** Settings of PPO found good for tasks, by id; what is not named has its default. Why: docs/agents/ppo.md. */
import type { GivenSettings } from '../settings.js';

const NORMALISED = { normaliseObservations: true, normaliseRewards: true, valueClip: 0 } as const;

/** Days of 24 hours whose actions show in the hour they are taken. */
const VOLTVAR: GivenSettings = {
  ...NORMALISED,
  environments: 256,
  rolloutSteps: 24,
  minibatches: 8,
  learningRate: 1e-3,
  gamma: 0.8,
  entropyWeight: 0.01,
  logDeviation: -0.5,
  normaliserShare: 0.1,
};

/** By task. */
export const PPO_TUNED: Readonly<Record<string, GivenSettings>> = {
  pendulum: {
    ...NORMALISED,
    normaliseObservations: false,
    rolloutSteps: 1024,
    minibatches: 64,
    epochs: 10,
    learningRate: 1e-3,
    gamma: 0.9,
    entropyWeight: 0,
  },
  'inverters-ieee123': {
    environments: 32,
    rolloutSteps: 8,
    minibatches: 2,
    epochs: 2,
    learningRate: 5e-4,
    gamma: 0.9,
    rewardScale: 10,
    entropyWeight: 0,
    logDeviation: -1,
    valueClip: 0,
    normaliseObservations: true,
  },
  // Up to four toggles and a stop: little to look ahead to, and rewards of some thousand watts.
  'capacitors-ieee123-serious': {
    ...NORMALISED,
    environments: 1024,
    rolloutSteps: 4,
    minibatches: 8,
    epochs: 8,
    learningRate: 3e-3,
    gamma: 1,
    normaliserShare: 0.1,
  },
  'voltvar-ieee13': { ...VOLTVAR, entropyWeight: 0.02 },
  'voltvar-ieee34': VOLTVAR,
  'voltvar-ieee123': VOLTVAR,
  'voltvar-ieee8500': VOLTVAR,
};
