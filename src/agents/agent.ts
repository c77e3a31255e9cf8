/** What an agent is: it acts in environments, learns, and can be saved, resumed and turned into a policy. */

import type { Task, VectorEnvironment } from '../environments/index.js';
import type { LearningBackendName } from '../learning/index.js';
import type { BackendName } from '../powerflow/index.js';
import type { Pace } from './pace.js';
import type { PolicyData } from './policy-data.js';
import type { GivenSettings, SettingsSchema, SettingValue } from './settings.js';

/** Plain data, typed arrays among it, that structured cloning takes. */
export type PlainData =
  | undefined
  | null
  | boolean
  | number
  | string
  | Float32Array
  | Float64Array
  | Int32Array
  | Uint32Array
  | Uint8Array
  | readonly PlainData[]
  | { readonly [key: string]: PlainData };

/** What an agent is made with. */
export interface AgentContext {
  /** The task, for its spaces. */
  readonly task: Task;
  /** Makes a vector of the task, beginning anew in the step that ends an episode; more than one worker needs Node. */
  readonly makeVector: (settings: { environments: number; workers?: number }) => Promise<VectorEnvironment>;
  /** How another thread makes the task: id, options, module that registers it. Undefined for tasks at hand, which no thread can make. */
  readonly remote?: { readonly id: string; readonly options: Readonly<Record<string, unknown>>; readonly module?: string };
  /** What all randomness counts from, 0 to 2^20. */
  readonly seed: number;
  /** Steps of training in all, for schedules. */
  readonly totalSteps: number;
  /** Threads that may be used. */
  readonly workers: number;
  /** Whose kernels solve power flows, and whose carry the networks. */
  readonly backend?: BackendName;
  readonly learningBackend?: LearningBackendName;
}

/** What happened in one round of acting and learning. */
export interface Iteration {
  /** Steps of all environments in this round. */
  readonly steps: number;
  /** Returns (undiscounted, of unscaled rewards) and lengths of the episodes that ended. */
  readonly returns: readonly number[];
  readonly lengths: readonly number[];
  /** Losses and the like, by name; the same names in each round. */
  readonly metrics: Readonly<Record<string, number>>;
  /** Seconds spent stepping environments, and learning; acting (the policy's own forward passes) counts as learning. */
  readonly simulationSeconds: number;
  readonly learningSeconds: number;
  /** The part of `learningSeconds` that acting took, where it is known. */
  readonly actingSeconds?: number;
}

/** An agent at work. The same seed, settings and backend give the same numbers, where the agent is synchronous. */
export interface Agent {
  readonly name: string;
  /** All settings, defaults written out. */
  readonly settings: Readonly<Record<string, SettingValue>>;
  /** Steps of all environments so far. */
  readonly steps: number;
  /**
   * What becomes of a round that is left at one of its pauses. `kept`: `save` keeps how far it is, and the next `iterate` goes on with it. `repeated`: it is lost, and `restore` with
   * what was saved before it has to follow. Undefined: rounds must not be left.
   */
  readonly unfinished?: 'kept' | 'repeated';
  /** Whether a round is under way that `iterate` would go on with. */
  readonly isWithinRound?: boolean;
  /** One round: acts for a while and learns. @param pace lets the event loop go during the round; throws `Interruption` out of it where training is to end */
  iterate(pace?: Pace): Iteration | Promise<Iteration>;
  /** The present policy, copied. */
  policy(): PolicyData;
  /** Everything from which training goes on to the same numbers. */
  save(): PlainData;
  /** Goes on from what `save` gave. Throws InputError for what is none. */
  restore(state: PlainData): void;
  /** Ends its vectors and threads. */
  close(): Promise<void>;
}

/** A kind of agent. */
export interface AgentKind {
  readonly name: string;
  /** What it is, in one line, with its source. */
  readonly title: string;
  readonly schema: SettingsSchema;
  /** Settings found good for a task, by id; where `npm run results` trains it, these are what it takes. */
  readonly tuned: Readonly<Record<string, GivenSettings>>;
  /** Whether its policies are several networks, which are no single ONNX model. */
  readonly hasSeveralNetworks?: boolean;
  /** Why it cannot learn a task, undefined where it can. */
  refuses(task: Task): string | undefined;
  /** Makes one. @param settings as the user gives them, checked here. Throws InputError for those that are none. */
  create(context: AgentContext, settings: GivenSettings): Promise<Agent>;
}

/**
 * Seeds of the environments that train: far above those of evaluations, which count from small numbers, so that no episode of the one is ever one of the other.
 *
 * @param group tells apart several vectors of one training, 0 to 1023
 */
export function trainingSeed(seed: number, group = 0): number {
  return (1 + seed) * 2 ** 32 + group * 2 ** 22;
}
