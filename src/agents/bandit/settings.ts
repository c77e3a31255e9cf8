/** Settings of the contextual bandit. */
import { flag, layers, real, type SettingsOf, whole } from '../settings.js';

/** What may be set. */
export const BANDIT_SETTINGS = {
  environments: whole(256, 1, 2 ** 20, 'episodes of a round, played side by side'),
  randomEpisodes: whole(2048, 2, 2 ** 24, 'episodes of random actions at first, from which observations and rewards take their scales; whole rounds'),
  memory: whole(65536, 1, 2 ** 24, 'episodes kept to learn from'),
  updates: whole(8, 0, 65536, 'gradient steps after each round'),
  batch: whole(256, 1, 65536, 'episodes of a gradient step, drawn evenly from the memory'),
  learningRate: real(3e-3, 0, 1, 'of Adam, at the start'),
  annealLearningRate: flag(true, 'whether the learning rate falls to 0 over the training, as half a wave of a cosine'),
  explorationStart: real(1, 0, 1, 'share of random actions after the random episodes'),
  explorationEnd: real(0.05, 0, 1, 'share of random actions in the end'),
  explorationShare: real(0.5, 0, 1, 'part of the training in which the share of random actions falls from the one to the other, evenly'),
  averaging: real(
    0.99,
    0,
    0.999999,
    'how much of the running mean of weights stays at each gradient step; the policy has the mean. 0 for the weights as they are',
  ),
  errorLimit: real(0, 0, 1e9, "errors beyond it count in proportion (Huber's loss), in deviations of the rewards; 0 for squared errors throughout"),
  gradientNorm: real(0, 0, 1e9, 'gradients are scaled to at most this norm; 0 for no limit'),
  hidden: layers([128], 'units of the hidden layers, relu'),
  decorrelate: flag(true, 'whether the numbers of an observation are made uncorrelated as well, by the covariances of the random episodes'),
} as const;

/** Complete settings of the bandit. */
export type BanditSettings = SettingsOf<typeof BANDIT_SETTINGS>;
