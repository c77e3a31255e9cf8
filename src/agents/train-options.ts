/** What a training is asked for, checked. */
import type { ResetOptions } from '../environments/index.js';
import { checkFunction, checkKeys, checkText, checkWord, describeValue, InputError } from '../grid/index.js';
import { LEARNING_BACKEND_NAMES, type LearningBackendName } from '../learning/index.js';
import { BACKEND_NAMES, type BackendName } from '../powerflow/index.js';
import type { TrainingSignal } from './pace.js';
import type { PolicyData } from './policy-data.js';
import type { GivenSettings } from './settings.js';
import type { TrainingProgress, TrainingRecord, TrainingStart } from './training-record.js';
import type { TrainingState } from './training-state.js';

/** What is to be trained, and how. */
export interface TrainOptions {
  /** Steps of all environments together, 1 to 2^40. */
  readonly steps: number;
  /** What all randomness counts from, 0 to 2^20; 0 by default. */
  readonly seed?: number;
  /** Settings of the agent; those tuned for the task, else defaults, for what is left out. */
  readonly settings?: GivenSettings;
  /** Options of the task. */
  readonly taskOptions?: Readonly<Record<string, unknown>>;
  /** Options of the task that hold in evaluations alone, as other days. */
  readonly evaluationTaskOptions?: Readonly<Record<string, unknown>>;
  /** Threads that step environments, the main one among them; 1 by default. More than one need Node. */
  readonly workers?: number;
  readonly backend?: BackendName;
  readonly learningBackend?: LearningBackendName;
  /** Module that registers the task, loaded first (Node only). */
  readonly module?: string;
  /** Evaluations, evenly over the training, besides the last one; 10 by default, 0 for the last alone. */
  readonly evaluations?: number;
  /** Episodes of an evaluation; 20 by default. Episode k is the first of the seed `evaluationSeed + k`, which no environment in training has. */
  readonly evaluationEpisodes?: number;
  readonly evaluationSeed?: number;
  /** Options of the resets of evaluations, or what gives them for each episode. */
  readonly evaluationResets?: ResetOptions | ((episode: number) => ResetOptions | undefined);
  /** Goes on from what `onCheckpoint` was given. */
  readonly resume?: TrainingState;
  /** Training ends early where an evaluation's mean return reaches this. */
  readonly targetReturn?: number;
  /** Asked after each round: whether to end now. A record that is due then is made when training goes on from its state. */
  readonly shouldStop?: () => boolean;
  /**
   * Once it is aborted training ends as with `shouldStop`, and sooner: within a round and within an evaluation too, which are done again, or gone on with, when training goes on from
   * the state. Heard where the event loop is let go, some twenty times a second.
   */
  readonly signal?: TrainingSignal;
  /** Told once, when all was found to be in order, before the first round. */
  readonly onStart?: (start: TrainingStart) => void;
  /** Told after each round. */
  readonly onProgress?: (progress: TrainingProgress) => void;
  /** Told of each evaluation, when it is done; `records` are all up to it, those before a resume too. */
  readonly onRecord?: (record: TrainingRecord, policy: PolicyData, records: readonly TrainingRecord[]) => void | Promise<void>;
  /** Given the state after each evaluation and at the end, by a call. */
  readonly onCheckpoint?: (state: () => TrainingState) => void | Promise<void>;
  /** The state is given between evaluations too, after the first round that ends so long after the last time; never by default. */
  readonly checkpointSeconds?: number;
}

/** Every key of {@link TrainOptions}; the type has the compiler say when one is missing here. */
const KNOWN: Record<keyof TrainOptions, true> = {
  steps: true,
  seed: true,
  settings: true,
  taskOptions: true,
  evaluationTaskOptions: true,
  workers: true,
  backend: true,
  learningBackend: true,
  module: true,
  evaluations: true,
  evaluationEpisodes: true,
  evaluationSeed: true,
  evaluationResets: true,
  resume: true,
  targetReturn: true,
  shouldStop: true,
  signal: true,
  onStart: true,
  onProgress: true,
  onRecord: true,
  onCheckpoint: true,
  checkpointSeconds: true,
};

/** Settings of vectors, which no task has options of the name of: they would change how an evaluation is run, and not what. */
const OF_VECTORS: readonly string[] = ['environments', 'workers', 'backend', 'autoreset', 'background', 'module'];

function count(what: string, value: unknown, least: number, most: number): void {
  if (!Number.isInteger(value) || (value as number) < least || (value as number) > most)
    throw new InputError(`${what} is ${describeValue(value)}; give a whole number from ${least} to ${most}`);
}

function options(what: string, value: unknown): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new InputError(`${what} is ${describeValue(value)}; give an object, { name: value, ... }`);
}

/** Options with defaults written out, where there are any. */
export type CompleteTrainOptions = TrainOptions &
  Required<
    Pick<
      TrainOptions,
      'seed' | 'settings' | 'taskOptions' | 'evaluationTaskOptions' | 'workers' | 'evaluations' | 'evaluationEpisodes' | 'evaluationSeed'
    >
  >;

/** Options of a training, completed. Throws InputError for what is none, one line that names it. */
export function completeTrainOptions(given: TrainOptions): CompleteTrainOptions {
  checkKeys('train', 'option', given, Object.keys(KNOWN), ' (settings of the agent go into settings, options of the task into taskOptions)');
  const { seed = 0, settings = {}, taskOptions = {}, evaluationTaskOptions = {}, workers = 1 } = given;
  const { evaluations = 10, evaluationEpisodes = 20, evaluationSeed = 0 } = given;
  const complete: CompleteTrainOptions = {
    ...given,
    ...{ seed, settings, taskOptions, evaluationTaskOptions, workers, evaluations, evaluationEpisodes, evaluationSeed },
  };
  count('the number of steps', complete.steps, 1, 2 ** 40);
  count('the seed', complete.seed, 0, 2 ** 20);
  count('workers', complete.workers, 1, 1024);
  count('the number of evaluations', complete.evaluations, 0, 1_000_000);
  count('the episodes of an evaluation', complete.evaluationEpisodes, 1, 1_000_000);
  count('the seed of evaluations', complete.evaluationSeed, 0, 2 ** 32 - complete.evaluationEpisodes);
  for (const name of ['settings', 'taskOptions', 'evaluationTaskOptions'] as const) options(name, complete[name]);
  const odd = Object.keys(complete.evaluationTaskOptions).find((name) => OF_VECTORS.includes(name));
  if (odd !== undefined)
    throw new InputError(
      `evaluationTaskOptions has ${describeValue(odd)}, which is no option of a task but says how environments are run; evaluations run in one thread, beside each other`,
    );
  const { backend, learningBackend, module, evaluationResets, targetReturn, checkpointSeconds, resume, signal } = given;
  if (backend !== undefined) checkWord('backend', backend, BACKEND_NAMES);
  if (learningBackend !== undefined) checkWord('learningBackend', learningBackend, LEARNING_BACKEND_NAMES);
  if (module !== undefined) checkText('module', module, 'the URL of a module, as a text');
  if (evaluationResets !== undefined && typeof evaluationResets !== 'function') options('evaluationResets', evaluationResets);
  if (targetReturn !== undefined && (typeof targetReturn !== 'number' || Number.isNaN(targetReturn)))
    throw new InputError(`targetReturn is ${describeValue(targetReturn)}; give a number`);
  if (checkpointSeconds !== undefined && !(typeof checkpointSeconds === 'number' && checkpointSeconds >= 0))
    throw new InputError(`checkpointSeconds is ${describeValue(checkpointSeconds)}; give seconds, 0 or more`);
  if (resume !== undefined) options('resume', resume);
  if (signal !== undefined && typeof (signal as { aborted?: unknown } | null)?.aborted !== 'boolean')
    throw new InputError(`signal is ${describeValue(signal)}; give the signal of an AbortController`);
  for (const name of ['shouldStop', 'onStart', 'onProgress', 'onRecord', 'onCheckpoint'] as const)
    if (given[name] !== undefined) checkFunction(name, given[name], 'a function, or leave it out');
  return complete;
}
