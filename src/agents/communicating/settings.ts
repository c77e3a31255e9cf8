/**
 * Settings of communicating agents. Defaults are those with which the PowerNet study trained all its variants (configuration files of PGSIM, 2021), but for what it did not
 * have: `lambda`, `passes`, `clip`, shared parameters, Adam. What its paper itself took for the spatial discount is not known; its files say 1.
 */
import { choice, flag, real, type SettingsOf, whole } from '../settings.js';

/** What may be set. */
export const COMMUNICATING_SETTINGS = {
  preset: choice(
    'tuned',
    ['tuned', 'published'],
    'what the settings that are not given are: those tuned for the task, or those of the study on every task',
  ),
  environments: whole(1, 1, 2 ** 16, 'environments stepped side by side'),
  rolloutSteps: whole(20, 1, 4096, 'steps of each environment between two updates; nothing is gone back through beyond them'),
  hidden: whole(64, 1, 1024, 'units of layers and of the memory'),
  parameters: choice('own', ['own', 'shared'], 'whether each agent has networks of its own, or all have the same and a bias of their own'),
  messages: flag(true, 'whether neighbours are heard; without, what they would say is zeros, to see what it adds'),
  neighbourActions: flag(true, "whether an agent's value knows what its neighbours do"),
  spatialDiscount: real(
    1,
    0,
    1,
    'weight of the reward of an agent one hop away in the own one, its square two hops away: 0 the own reward alone, 1 the sum of all',
  ),
  rewardScale: real(0.4, 0, 1e9, 'factor of rewards'),
  gamma: real(0.99, 0, 1, 'discount a step'),
  lambda: real(1, 0, 1, "of generalised advantages: 0 one step, 1 the whole rollout's rewards"),
  bootstrapTruncated: flag(
    false,
    'whether an episode that was cut goes on with the value of its last observation; as published it is worth nothing more',
  ),
  optimiser: choice('rmsprop', ['rmsprop', 'adam'], 'what moves the parameters: RMSProp of decay 0.99, or Adam; epsilon 1e-5'),
  learningRate: real(5e-4, 0, 1, 'of the optimiser, at the start'),
  annealLearningRate: flag(false, 'whether the learning rate falls to 0 over the training, evenly'),
  gradientNorm: real(40, 0, 1e9, 'gradients of each layer are scaled to at most this norm; 0 for no limit'),
  entropyWeight: real(0.01, 0, 100, "of the policies' entropy in the loss"),
  valueWeight: real(0.5, 0, 100, "of the values' squared error in the loss"),
  normaliseAdvantages: flag(
    false,
    'whether the advantages of each agent in a rollout (of all, where they share parameters) are brought to mean 0 and deviation 1',
  ),
  passes: whole(1, 1, 100, 'updates by each rollout; one is plain actor-critic, in further ones the ratio of probabilities counts within the clip'),
  clip: real(0.2, 1e-6, 100, 'how far that ratio counts, 1 - clip to 1 + clip'),
  forgetBias: real(0, -10, 10, "first bias of the memory's forget gates"),
} as const;

/** Complete settings of communicating agents. */
export type CommunicatingSettings = SettingsOf<typeof COMMUNICATING_SETTINGS>;
