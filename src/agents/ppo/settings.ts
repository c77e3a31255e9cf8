/**
 * Settings of PPO. Defaults are those of the authors' program as written down in "The 37 implementation details of proximal policy optimization" (Huang and others,
 * ICLR blog track 2022) for small control tasks, but for the number of environments, which costs little here.
 */
import { flag, layers, real, type SettingsOf, whole } from '../settings.js';

/** What may be set. */
export const PPO_SETTINGS = {
  environments: whole(4, 1, 2 ** 20, 'environments stepped side by side'),
  rolloutSteps: whole(128, 1, 65536, 'steps of each environment between two updates'),
  epochs: whole(4, 1, 1000, 'passes over a rollout'),
  minibatches: whole(4, 1, 65536, 'equal parts of a rollout, each of which is a gradient step'),
  learningRate: real(2.5e-4, 0, 1, 'of Adam, at the start'),
  annealLearningRate: flag(true, 'whether the learning rate falls to 0 over the training, evenly'),
  gamma: real(0.99, 0, 1, 'discount a step'),
  lambda: real(0.95, 0, 1, "of generalised advantages: 0 one step, 1 the whole episode's rewards"),
  clip: real(0.2, 1e-6, 100, 'how far the ratio of new to old probability counts, 1 - clip to 1 + clip'),
  valueClip: real(0.2, 0, 1e9, 'how far a value may move from the old one in an update; 0 for no limit'),
  normaliseAdvantages: flag(true, 'whether the advantages of each minibatch are brought to mean 0 and deviation 1'),
  entropyWeight: real(0.01, 0, 100, "of the policy's entropy in the loss"),
  valueWeight: real(0.5, 0, 100, "of the values' squared error (halved) in the loss"),
  gradientNorm: real(0.5, 0, 1e9, 'gradients are scaled to at most this norm, policy and values each; 0 for no limit'),
  divergenceLimit: real(
    0,
    0,
    100,
    'an update ends early where the policy has moved by more than this (mean Kullback-Leibler divergence of a minibatch); 0 for no limit',
  ),
  hidden: layers([64, 64], 'units of the hidden layers of both networks, tanh'),
  logDeviation: real(0, -20, 2, 'logarithm of the standard deviation with which numbers are drawn at first, 1 being half the width of their box'),
  orderedFrom: whole(16, 2, 2 ** 30, 'discrete entries of so many levels or more, none of them masked, are drawn as numbers and rounded to a level'),
  normaliseObservations: flag(false, 'whether observations are brought to mean 0 and deviation 1 by what was seen so far'),
  normaliserShare: real(
    0.3,
    0,
    1,
    'share of the training in which the moments of observations and rewards are gathered; then they stand, so that a network whose learning rate falls is not left behind',
  ),
  normaliseRewards: flag(false, 'whether rewards are divided by the deviation of their discounted sum'),
  rewardScale: real(1, 0, 1e9, 'factor of rewards before anything else'),
} as const;

/** Complete settings of PPO. */
export type PpoSettings = SettingsOf<typeof PPO_SETTINGS>;
