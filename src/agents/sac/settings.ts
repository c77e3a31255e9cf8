/**
 * Settings of SAC. Defaults are those of the authors' second paper (Haarnoja and others: Soft actor-critic algorithms and applications, 2018, appendix D), but for the random
 * steps at the start, of which small tasks need fewer, and what it has no word for.
 */
import { flag, layers, real, type SettingsOf, whole } from '../settings.js';

/** What may be set. */
export const SAC_SETTINGS = {
  environments: whole(1, 1, 2 ** 20, 'environments stepped side by side'),
  updatesPerStep: real(1, 0, 1000, 'gradient steps for each step of each environment, after the random ones; a fraction is one every few steps'),
  randomSteps: whole(1000, 0, 2 ** 40, 'steps, of all environments together, with random actions and without learning at the start'),
  capacity: whole(1_000_000, 1, 2 ** 28, 'transitions kept; no more than the training has steps are ever made room for'),
  batch: whole(256, 1, 65536, 'transitions of a gradient step, drawn evenly'),
  gamma: real(0.99, 0, 1, 'discount a step'),
  targetShare: real(0.005, 0, 1, 'how far the target networks follow the critics with each gradient step; 1 copies them'),
  policyLearningRate: real(3e-4, 0, 1, 'of Adam for the policy'),
  criticLearningRate: real(3e-4, 0, 1, 'of Adam for both critics'),
  temperatureLearningRate: real(3e-4, 0, 1, "of Adam for the temperature's logarithm"),
  annealLearningRates: flag(false, 'whether the three learning rates fall to 0 over the training, evenly'),
  temperature: real(1, 1e-12, 1e6, 'what a unit of entropy is worth, in scaled rewards; the first value where it is learned'),
  learnTemperature: flag(true, 'whether the temperature follows the target entropy'),
  targetEntropy: real(-1, -20, 0.6931471805599453, "of boxes: the policy's target entropy for each number of an action, which lies from -1 to 1"),
  targetEntropyShare: real(
    0.5,
    0,
    1,
    "of choices: the policy's target entropy as a share of the largest, that of even chances among what is allowed",
  ),
  gradientNorm: real(0, 0, 1e9, 'gradients are scaled to at most this norm, each network by itself; 0 for no limit'),
  hidden: layers([256, 256], 'units of the hidden layers of all networks, relu'),
  logDeviation: real(
    0,
    -20,
    2,
    'of boxes: logarithm of the standard deviation with which numbers are drawn at first, before the tanh that squashes them',
  ),
  orderedFrom: whole(
    2 ** 30,
    2,
    2 ** 30,
    'discrete entries of so many levels or more, none of them masked, are numbers, rounded to a level; with 2 all entries are, and no choices are left',
  ),
  normaliseObservations: flag(false, 'whether observations are brought to mean 0 and deviation 1 by what was seen so far, when they are used'),
  rewardScale: real(1, 0, 1e9, 'factor of rewards'),
} as const;

/** Complete settings of SAC. */
export type SacSettings = SettingsOf<typeof SAC_SETTINGS>;
