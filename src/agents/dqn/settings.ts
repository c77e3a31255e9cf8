/**
 * Settings of DQN. Defaults are those of CleanRL's DQN for small control tasks (Huang and others: CleanRL, Journal of Machine Learning Research 23, 2022), but for double
 * values.
 */
import { choice, flag, layers, real, type SettingsOf, whole } from '../settings.js';

/** What may be set. "Steps" are steps of all environments together. */
export const DQN_SETTINGS = {
  environments: whole(1, 1, 2 ** 20, 'environments stepped side by side'),
  learningRate: real(2.5e-4, 0, 1, 'of Adam, at the start'),
  annealLearningRate: flag(false, 'whether the learning rate falls to 0 over the training, evenly'),
  gamma: real(0.99, 0, 1, 'discount a step'),
  returnSteps: whole(1, 1, 1000, 'steps whose rewards are summed before the next value is looked up (Sutton, 1988)'),
  double: flag(true, 'whether the learning network chooses the next action and the target network values it (van Hasselt, 2016)'),
  dueling: flag(false, "whether values are made of the state's value and advantages of choices (Wang, 2016)"),
  prioritised: flag(false, 'whether transitions are drawn by the size of their errors (Schaul, 2016)'),
  priorityExponent: real(0.6, 0, 1, 'power of the errors by which they are drawn: 0 evenly, 1 in proportion'),
  priorityCorrection: real(0.4, 0, 1, 'how far weights undo the uneven draws at the start; rises to 1 over the training'),
  bufferSize: whole(10_000, 1, 2 ** 28, 'transitions kept'),
  batchSize: whole(128, 1, 65536, 'transitions of a gradient step'),
  learningStarts: whole(10_000, 0, 2 ** 40, 'steps before the first gradient step'),
  trainEvery: whole(
    10,
    1,
    2 ** 28,
    'steps from one gradient step to the next; where it is below the number of environments, several follow each other',
  ),
  targetEvery: whole(500, 1, 2 ** 40, 'steps from one move of the target network to the next, not below trainEvery'),
  targetShare: real(1, 0, 1, 'share of the way to the learning network that the target network moves: 1 copies it'),
  epsilonStart: real(1, 0, 1, 'share of random actions at the start'),
  epsilonEnd: real(0.05, 0, 1, 'share of random actions at the end'),
  explorationShare: real(0.5, 0, 1, 'share of the training over which the one goes over into the other, evenly'),
  exploration: choice('together', ['together', 'each'], 'whether entries of an action are drawn at random all together or each by itself'),
  huberLimit: real(0, 0, 1e9, 'size of errors from which the loss grows evenly and no more as the square; 0 for squares throughout'),
  gradientNorm: real(0, 0, 1e9, 'gradients are scaled to at most this norm; 0 for no limit'),
  hidden: layers([120, 84], 'units of the hidden layers, relu'),
  normaliseObservations: flag(false, 'whether observations are brought to mean 0 and deviation 1 by what was seen so far'),
  normaliseRewards: flag(false, 'whether rewards are divided by the deviation of their discounted sum'),
  rewardScale: real(1, 0, 1e9, 'factor of rewards before anything else'),
} as const;

/** Complete settings of DQN. */
export type DqnSettings = SettingsOf<typeof DQN_SETTINGS>;
