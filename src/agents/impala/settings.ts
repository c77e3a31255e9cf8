/**
 * Settings of IMPALA. Names and meanings are those of Espeholt and others: IMPALA, ICML 2018, table D.1; defaults are for small control tasks: shorter unrolls, Adam, and a loss that is
 * a mean over steps where the authors' is a sum.
 */
import { choice, flag, layers, real, type SettingsOf, whole } from '../settings.js';

/** `actors` where nobody said how many: one fewer than threads that may be used. */
export const ACTORS_BY_WORKERS = -1;

/** What may be set. */
export const IMPALA_SETTINGS = {
  actors: whole(
    ACTORS_BY_WORKERS,
    ACTORS_BY_WORKERS,
    256,
    'threads that act; 0: acting and learning take turns in one thread; -1: the largest number below the workers that shares the environments out evenly',
  ),
  environments: whole(8, 1, 2 ** 20, 'environments stepped side by side, shared out evenly among the actors'),
  unroll: whole(16, 1, 65536, 'steps of each environment in a trajectory'),
  batch: whole(1, 1, 1024, 'trajectories of one update, each of unroll steps of the environments of one actor'),
  queue: whole(1, 1, 1024, 'trajectories that may wait for the learner beside one for each actor; an actor waits where there is no room'),
  passes: whole(1, 1, 100, 'updates by each batch; V-trace corrects for what the earlier ones changed'),
  optimiser: choice('adam', ['adam', 'rmsprop'], 'what moves the parameters: Adam, or RMSProp of decay 0.99 with epsilon under the root'),
  learningRate: real(1e-3, 0, 1, 'of the optimiser, at the start'),
  annealLearningRate: flag(true, 'whether the learning rate falls to 0 over the training, evenly'),
  epsilon: real(1e-5, 1e-30, 1, 'of the optimiser'),
  gamma: real(0.99, 0, 1, 'discount a step'),
  rhoLimit: real(1, 0, 1e9, 'most weight of a temporal difference in the targets of values'),
  policyRhoLimit: real(1, 0, 1e9, "most weight of a step in the policy's gradient"),
  lambda: real(1, 0, 1, 'factor of the weights of traces: 1 n-step returns where actor and learner agree, 0 one step'),
  normaliseAdvantages: flag(false, 'whether the advantages of each batch are brought to mean 0 and deviation 1'),
  entropyWeight: real(0.01, 0, 100, "of the policy's entropy in the loss"),
  valueWeight: real(0.5, 0, 100, "of the values' squared error (halved) in the loss"),
  gradientNorm: real(0.5, 0, 1e9, 'gradients are scaled to at most this norm, policy and values each; 0 for no limit'),
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

/** Complete settings of IMPALA. */
export type ImpalaSettings = SettingsOf<typeof IMPALA_SETTINGS>;
