/**
 * What a task is: data, and a few functions over many environments at once.
 *
 * A *vector* of environments is cut into *slices*, one a thread; a slice steps all of its environments with one call. Its arrays are made once, by the vector, and
 * the task writes into them; rows are environments, counted from 0 within the slice. A task keeps everything that belongs to an environment's state under that
 * environment's number, and nothing that it computes depends on which others are stepped beside it.
 */
import type { BackendName } from '../powerflow/index.js';
import type { EnvironmentSnapshot } from './snapshot.js';
import type { Space } from './spaces.js';
import type { Policy, PolicyContext } from './yardsticks/policy.js';

/** Where the environments of a slice meet whoever acts. Lengths are those of the task; all are kept, none is made anew. */
export interface SliceArrays {
  /** [environment][action]: whole numbers of discrete parts, numbers of boxes; checked by the vector against the action space before a step. */
  readonly actions: Float64Array;
  /** [environment][observation]. */
  readonly observations: Float32Array;
  /** [environment]. */
  readonly rewards: Float64Array;
  /** [environment]: 1 where the episode ended by its own rules. */
  readonly terminations: Uint8Array;
  /** [environment]: 1 where it was cut at its time limit. */
  readonly truncations: Uint8Array;
  /** [environment][cost], numbers of 0 or more. */
  readonly costs: Float64Array;
  /** [environment][info]; NaN where a value does not exist. */
  readonly infos: Float64Array;
  /** [environment][choice]: 1 where a choice is allowed; for each discrete part of the action its choices one behind the other. Empty without masks. */
  readonly masks: Uint8Array;
  /** [environment]: what the random streams of an environment count from, a whole number; set by the vector. */
  readonly seeds: Float64Array;
  /** [environment]: number of the present episode since the environment was seeded, from 0; set by the vector before `reset`. */
  readonly episodes: Uint32Array;
}

/** What goes for a whole slice, from who makes it. */
export interface SliceOptions {
  /** Environments of the slice. */
  readonly environments: number;
  readonly arrays: SliceArrays;
  /** Whose kernels; for tasks that have some. */
  readonly backend: BackendName | 'auto';
}

/** Options of one reset, as the user gives them: what to start from, where a task offers a choice (`{ episode: 3 }`). */
export type ResetOptions = Readonly<Record<string, unknown>>;

/** A state of one environment of a task: plain data that structured cloning takes, equal data for equal states. */
export type EnvironmentState = Readonly<Record<string, number | string | readonly number[]>>;

/** Running environments. */
export interface TaskSlice {
  /**
   * Begins an episode in each environment listed: state, observation, masks and infos; costs are set to 0. Rewards and flags are left as they are.
   * All randomness is drawn from streams made of `seeds`, `episodes` and a purpose.
   *
   * @param which environments, each once, in rising order; the first `count` entries
   * @param options as given by the user; undefined at automatic resets. Throws InputError for what the task does not know.
   */
  reset(which: Int32Array, count: number, options?: ResetOptions): void;
  /** One step of each environment listed with its row of `actions`: observations, rewards, flags, costs, infos and masks. Same lists. */
  step(which: Int32Array, count: number): void;
  /** Everything that the future of an environment depends on, but for seed and episode, which the vector adds. */
  snapshot(environment: number): EnvironmentState;
  /** The reverse, observation, masks and infos included, so that the row of the environment is as when the snapshot was taken. */
  restore(environment: number, state: EnvironmentState): void;
  /** What an environment looks like: a few lines of text, or an SVG document. */
  render(environment: number, form: 'text' | 'svg'): string;
  /** Seconds spent in kernels since the slice was made; 0 where there are none. */
  readonly kernelSeconds: number;
}

/** Finds the best action of each state by a way of its own: what a trial of every candidate would find, only faster. Writes rows of the action space. */
export type ActionSearch = (states: readonly EnvironmentSnapshot[], into: Float64Array) => void;

/** What a task offers to yardsticks (see yardsticks/policies.ts) beyond what they find out by stepping it. All of it may be left out. */
export interface TaskYardsticks {
  /** Options of the task under which the feeder's own controls act and actions are passed over; for the policy `native`. */
  readonly nativeOptions?: Readonly<Record<string, unknown>>;
  /** Writes the action that leaves all devices as they are in a state. Without it that is the action named `none`, else the one before. */
  readonly heldAction?: (state: EnvironmentState, into: Float64Array, at: number) => void;
  /** Makes a faster search for the policy `greedy`: the best action for the reward of the coming step. */
  readonly greedySearch?: (backend: BackendName | 'auto') => ActionSearch;
  /** Makes a faster search for the policy `optimum`: the first action of a best course of the episode. */
  readonly optimumSearch?: (backend: BackendName | 'auto') => ActionSearch;
  /** Policies of the task's own, by name; names of the policies that all tasks share, and of its named actions, are taken already. */
  readonly policies?: Readonly<Record<string, TaskPolicy>>;
}

/** A policy that a task brings with it. */
export interface TaskPolicy {
  /** What it does, in a few words. */
  readonly title: string;
  /** Options that the task must be made with for it; they go before those given. */
  readonly taskOptions?: Readonly<Record<string, unknown>>;
  /** Makes it; the task in the context is one with `taskOptions`. */
  readonly make: (context: PolicyContext) => Policy | Promise<Policy>;
}

/** The agents among which the entries of a task's observation and action are shared out: rows [agent][feature] and [agent][action], in this order. */
export interface TaskAgents {
  readonly names: readonly string[];
  /** Of one agent. */
  readonly observationSpace: Space;
  readonly actionSpace: Space;
  /** [agent]: name of the info that is its own reward. */
  readonly rewardInfos: readonly string[];
  /** [agent]: indices of its neighbours on the graph on which agents may talk, rising. */
  readonly neighbours: readonly (readonly number[])[];
  /** [agent][agent]: hops between them. */
  readonly hopDistances: readonly (readonly number[])[];
}

/** Where a task's observation and its choices lie on a network of substations and lines; for agents that part it. The action is one choice. */
export interface TaskNetwork {
  readonly substations: number;
  /** [line]: the substations at its ends. */
  readonly lines: readonly (readonly [number, number])[];
  /** [line]: the entry of the observation that is the line's current over its limit, and the one that is 1 where the line is in service and 0 where it is out. */
  readonly loadingEntries: readonly number[];
  readonly serviceEntries: readonly number[];
  /** [observation]: substations of which an entry tells something, both ends of a line; empty where it goes for all, as the time of day. */
  readonly entrySubstations: readonly (readonly number[])[];
  /** [choice]: the substation at which it moves something, -1 where at none. */
  readonly choiceSubstation: readonly number[];
  /** [choice]: the line that it puts in or takes out, -1 where none. */
  readonly choiceLine: readonly number[];
}

/** A task. */
export interface Task {
  /** Its id, kebab-case. */
  readonly id: string;
  /** What it is, in one line. */
  readonly title: string;
  readonly observationSpace: Space;
  readonly actionSpace: Space;
  /** Whether `masks` are written. */
  readonly masksActions: boolean;
  /** Whether a choice that the mask does not allow may be taken all the same, the task deciding what becomes of it; without it such actions are refused. */
  readonly takesMaskedActions?: boolean;
  /** Steps after which an episode is cut; undefined where only its own rules end it. */
  readonly maxSteps?: number;
  /** Names of the costs. */
  readonly costNames: readonly string[];
  /** Names of the infos. */
  readonly infoNames: readonly string[];
  /** Names of the observation's entries, as many as it has numbers; where they are worth naming. */
  readonly observationNames?: readonly string[];
  readonly actionNames?: readonly string[];
  /** Options of a reset that number something (a day, an episode): how many there are, from 0. */
  readonly resetCounts?: Readonly<Record<string, number>>;
  /** Actions that mean something to a reader, by name (`neutral`, `none`), each a row of the action space. */
  readonly namedActions?: Readonly<Record<string, readonly number[]>>;
  /** For tasks of several agents. */
  readonly agents?: TaskAgents;
  /** For tasks on a network that agents may part among themselves. */
  readonly network?: TaskNetwork;
  /** For yardsticks. */
  readonly yardsticks?: TaskYardsticks;
  /** Makes a slice. Throws GridError or InputError where the options cannot be met. */
  create(options: SliceOptions): TaskSlice;
}
