/** Yardsticks: policies that any task can be held against, evaluation, and rollouts as data. */
export { EpisodeMemory } from './episode-memory.js';
export { type EpisodeObserver, type EpisodeRun, runEpisodes } from './episodes.js';
export {
  type ActingSetup,
  type EpisodesOfEvaluation,
  type EvaluateOptions,
  type Evaluation,
  evaluate,
  evaluateIn,
  evaluateSteps,
  evaluateWith,
  type Spread,
  setUp,
  spreadOf,
  type VectorMaker,
} from './evaluate.js';
export { checkPolicyName, makePolicy, POLICIES, policyLimits, policyNames, policyTaskOptions, policyTitle } from './policies.js';
export type { Policy, PolicyContext } from './policy.js';
export { fixedPolicy, randomPolicy, sampleLogProbability } from './simple-policies.js';
export { collectEpisodes, cutRecord, type EpisodeRecord } from './transitions.js';
