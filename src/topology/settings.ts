/** What a simulation of a grid's topology is made of. */
import type { Choices } from './choices.js';
import type { Chronics } from './chronics.js';
import type { TopologyElements } from './elements.js';

/** Rewards. */
export const TOPOLOGY_REWARDS = ['close-to-overflow', 'losses', 'survival', 'margin'] as const;
export type TopologyReward = (typeof TOPOLOGY_REWARDS)[number];

/** What a step does by itself. */
export interface TopologyRules {
  /** A line over its limit for more than so many steps trips. */
  readonly softSteps: number;
  /** A line over so many times its limit trips at once. */
  readonly hardRatio: number;
  /** Steps before a line that tripped may be put back. */
  readonly reconnectionSteps: number;
  /** Steps before a line, or a substation, may be acted on again. */
  readonly lineCooldown: number;
  readonly substationCooldown: number;
}

/** An opponent: once in so many steps it takes a line out, so many steps long. */
export interface OpponentSettings {
  readonly everySteps: number;
  readonly duration: number;
}

/** Planned maintenance: each line with this probability on a working day, in working hours. */
export interface MaintenanceSettings {
  readonly dailyProbability: number;
}

/** Everything. */
export interface TopologySettings {
  readonly elements: TopologyElements;
  readonly choices: Choices;
  readonly chronics: Chronics;
  readonly rules: TopologyRules;
  readonly reward: TopologyReward;
  /** Steps after which an episode is cut. */
  readonly episodeSteps: number;
  /** Where in a scenario episodes begin. */
  readonly start: 'first' | 'random';
  readonly tolerance: number;
  /** Undefined: none. */
  readonly opponent: OpponentSettings | undefined;
  readonly maintenance: MaintenanceSettings | undefined;
  /** What maintenance is drawn from. */
  readonly seriesSeed: number;
  /** Whether production may differ from its schedule: redispatch, curtailment or storage. */
  readonly isDispatched: boolean;
}

/** Where a simulation meets whoever acts: the arrays of a slice of environments (src/environments/task.ts). */
export interface TopologyArrays {
  readonly actions: Float64Array;
  readonly observations: Float32Array;
  readonly rewards: Float64Array;
  readonly terminations: Uint8Array;
  readonly truncations: Uint8Array;
  readonly costs: Float64Array;
  readonly infos: Float64Array;
  readonly masks: Uint8Array;
  readonly seeds: Float64Array;
  readonly episodes: Uint32Array;
}

/** Why an episode ended, as numbers of the info `blackout`. */
export const BLACKOUT_NONE = 0;
export const BLACKOUT_ISLANDED = 1;
export const BLACKOUT_DIVERGED = 2;

/** In words. */
export const BLACKOUT_REASONS: readonly string[] = [
  '',
  'a load, generator or storage unit has no path to the slack',
  'the power flow has no solution',
];

/** Names of the infos. */
export const INFO_NAMES = [
  'maxLoading',
  'overloads',
  'linesOut',
  'trips',
  'lossMw',
  'loadMw',
  'slackMw',
  'blackout',
  'illegal',
  'scenario',
  'row',
  'attackedLine',
  'maintained',
] as const;
