/** What a policy makes of a task: returns over a fixed set of episodes. */
import { checkFunction, checkKeys, checkNumbers, checkObject, describeValue, InputError } from '../../grid/index.js';
import { wholeNumber } from '../checks.js';
import { type MakeVectorOptions, makeVector, type TaskOptions, taskOf } from '../registry.js';
import type { ResetOptions, Task } from '../task.js';
import { VectorEnvironment } from '../vector-environment.js';
import { checkRun, type EpisodeRun, finish, stepEpisodes } from './episodes.js';
import { checkPolicyName, makePolicy, policyTaskOptions } from './policies.js';
import { checkPolicy, type Policy } from './policy.js';

/** Settings of `evaluate`. */
export interface EvaluateOptions {
  /** How many episodes; 100 by default. */
  readonly episodes?: number;
  /** Episode k is the first one of the seed `seed + k`; 0 by default. */
  readonly seed?: number;
  /** What the policy's own random numbers count from; 0 by default. */
  readonly policySeed?: number;
  /** Environments stepped at once; as many as there are episodes by default, at most 256. Changes nothing but the time it takes. */
  readonly environments?: number;
  /** Threads; 1 by default. More than one need Node, and a task by its id. */
  readonly workers?: MakeVectorOptions['workers'];
  readonly backend?: MakeVectorOptions['backend'];
  /** Module that registers the task. Node only. */
  readonly module?: MakeVectorOptions['module'];
  /** Options of the task. */
  readonly taskOptions?: TaskOptions;
  /** Options of resets, or what gives them for each episode. */
  readonly resetOptions?: ResetOptions | ((episode: number) => ResetOptions | undefined);
  /** Steps after which an episode is cut. */
  readonly maxSteps?: number;
  readonly onProgress?: (done: number, total: number) => void;
}

/** Every key of {@link EvaluateOptions}; the type has the compiler say when one is missing here. */
const KNOWN: Record<keyof EvaluateOptions, true> = {
  episodes: true,
  seed: true,
  policySeed: true,
  environments: true,
  workers: true,
  backend: true,
  module: true,
  taskOptions: true,
  resetOptions: true,
  maxSteps: true,
  onProgress: true,
};

/** Throws InputError for what is no object of options, and for a key that is none of them. */
function checkEvaluateOptions(options: EvaluateOptions): void {
  checkKeys('evaluate', 'option', options, Object.keys(KNOWN), ' (options of the task go into taskOptions, of resets into resetOptions)');
}

/** Mean and spread of numbers, one an episode. */
export interface Spread {
  readonly mean: number;
  /** Standard deviation of the episodes (divided by their number less 1); NaN for one episode. */
  readonly sd: number;
  readonly min: number;
  readonly max: number;
}

/** What an evaluation gives. */
export interface Evaluation {
  readonly task: string;
  readonly policy: string;
  readonly episodes: number;
  readonly seed: number;
  /** Sums of rewards. */
  readonly returns: Spread;
  /** Steps. */
  readonly lengths: Spread;
  /** By name: sums of costs. */
  readonly costs: Readonly<Record<string, Spread>>;
  /** Share of the episodes that ended by their own rules; the others were cut. */
  readonly terminatedShare: number;
  /** [episode] */
  readonly episodeReturns: Float64Array;
  /** [episode] */
  readonly episodeLengths: Float64Array;
  readonly environments: number;
  readonly threads: number;
  /** Steps of all environments. */
  readonly steps: number;
  readonly seconds: number;
  /** The policy's own work included. */
  readonly stepsPerSecond: number;
}

/** Mean, standard deviation and range of numbers. */
export function spreadOf(values: Float64Array): Spread {
  checkNumbers('values', values);
  if (values.length === 0) throw new InputError('there are no values, which have no mean; give one or more');
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const sd = Math.sqrt(squares / (values.length - 1));
  return { mean, sd, min: values.reduce((a, b) => Math.min(a, b)), max: values.reduce((a, b) => Math.max(a, b)) };
}

/** Which episodes of a vector at hand are evaluated. */
export type EpisodesOfEvaluation = Pick<EvaluateOptions, 'episodes' | 'seed' | 'maxSteps' | 'resetOptions' | 'onProgress'>;

/** Evaluates a policy in a vector (autoreset `disabled`). Throws what `runEpisodes` throws. */
export function evaluateIn(vector: VectorEnvironment, policy: Policy, options: EpisodesOfEvaluation = {}): Evaluation {
  return finish(evaluateSteps(vector, policy, options));
}

/** {@link evaluateIn} with a pause behind each step of the vector. */
export function evaluateSteps(
  vector: VectorEnvironment,
  policy: Policy,
  options: EpisodesOfEvaluation = {},
): Generator<undefined, Evaluation, undefined> {
  checkEvaluateOptions(options);
  const { episodes = 100, seed = 0, maxSteps, resetOptions, onProgress } = options;
  checkRun(vector, policy, { episodes, seed, maxSteps, resetOptions, onProgress });
  wholeNumber('the number of episodes', episodes, 1, 2 ** 24);
  return stepsOf(vector, policy, { episodes, seed, maxSteps, resetOptions, onProgress });
}

function* stepsOf(vector: VectorEnvironment, policy: Policy, run: EpisodeRun): Generator<undefined, Evaluation, undefined> {
  const { episodes, seed } = run;
  const { costNames, id } = vector.task;
  const returns = new Float64Array(episodes);
  const lengths = new Float64Array(episodes);
  const costs = costNames.map(() => new Float64Array(episodes));
  let terminated = 0;
  const from = performance.now();
  const steps = yield* stepEpisodes(vector, policy, run, {
    after: (i, episode, step) => {
      returns[episode] += step.rewards[i];
      lengths[episode] += 1;
      for (let c = 0; c < costs.length; c++) costs[c][episode] += step.costs[i * costs.length + c];
      terminated += step.terminations[i] !== 0 ? 1 : 0;
    },
  });
  const seconds = (performance.now() - from) / 1000;
  return {
    task: id,
    policy: policy.name,
    episodes,
    seed,
    returns: spreadOf(returns),
    lengths: spreadOf(lengths),
    costs: Object.fromEntries(costNames.map((name, c) => [name, spreadOf(costs[c])])),
    terminatedShare: terminated / episodes,
    episodeReturns: returns,
    episodeLengths: lengths,
    environments: vector.environments,
    threads: vector.threads,
    steps,
    seconds,
    stepsPerSecond: steps / seconds,
  };
}

/** Makes vectors: that of browsers, or Node's, which has worker threads. */
export type VectorMaker = (idOrTask: string | Task, options?: MakeVectorOptions) => Promise<VectorEnvironment>;

/** A vector of a task and a policy to act in it. */
export interface ActingSetup {
  /** The task asked for; that of the vector is another one for the policy `native`. */
  readonly task: Task;
  readonly vector: VectorEnvironment;
  readonly policy: Policy;
  /** Ends both. */
  close(): Promise<void>;
}

/**
 * Makes a vector and a policy for it.
 *
 * @param policy a name, or a policy that is at hand
 * @throws InputError for an unknown task or policy, and for settings that are none
 */
export async function setUp(
  make: VectorMaker,
  idOrTask: string | Task,
  policy: string | Policy,
  options: Pick<EvaluateOptions, 'policySeed' | 'workers' | 'backend' | 'module' | 'taskOptions'> & { readonly environments: number },
): Promise<ActingSetup> {
  checkFunction('what makes vectors', make, 'makeVector');
  checkObject('what a vector and a policy are made with', options, '{ environments, policySeed?, workers?, backend?, module?, taskOptions? }');
  if (typeof policy !== 'string') checkPolicy(policy);
  const { environments, policySeed, workers, backend, module, taskOptions = {} } = options;
  const plain = await taskOf(idOrTask, taskOptions);
  if (typeof policy === 'string') checkPolicyName(policy, plain);
  const extra = typeof policy === 'string' ? policyTaskOptions(policy, plain) : {};
  // A task at hand comes with its options in it.
  const given: TaskOptions = typeof idOrTask === 'string' ? { ...taskOptions, ...extra } : extra;
  const settings = { workers, backend, module, ...given };
  const vector = await make(idOrTask, { ...settings, environments, autoreset: 'disabled' });
  if (!(vector instanceof VectorEnvironment)) throw new InputError(`what makes vectors gave ${describeValue(vector)}; give makeVector`);
  try {
    if (typeof policy !== 'string') return { task: plain, vector, policy, close: () => vector.close() };
    const made = await makePolicy(policy, {
      task: vector.task,
      seed: policySeed,
      environments,
      makeTrials: (lanes) => make(idOrTask, { ...settings, environments: lanes, autoreset: 'same-step' }),
    });
    return {
      task: plain,
      vector,
      policy: made,
      close: async () => {
        await made.close?.();
        await vector.close();
      },
    };
  } catch (error) {
    await vector.close();
    throw error;
  }
}

/** {@link evaluate} with a maker of vectors. */
export async function evaluateWith(
  make: VectorMaker,
  idOrTask: string | Task,
  policy: string | Policy,
  options: EvaluateOptions = {},
): Promise<Evaluation> {
  checkEvaluateOptions(options);
  const { episodes = 100, environments: wanted = 256 } = options;
  wholeNumber('the number of episodes', episodes, 1, 2 ** 24);
  wholeNumber('environments', wanted, 1, 2 ** 20);
  const environments = Math.min(wanted, episodes);
  const { task, vector, policy: made, close } = await setUp(make, idOrTask, policy, { ...options, environments });
  try {
    return { ...evaluateIn(vector, made, options), task: task.id };
  } finally {
    await close();
  }
}

/**
 * Evaluates a policy on a task. Episode k is the first one of the seed `seed + k`; all of them are run to their ends. Returns are the same for any number of
 * environments and workers.
 *
 * @param idOrTask a registered task's id, or a task
 * @param policy one of `policyNames(task)`, or an object with a function `act`
 * @throws InputError for an unknown task or policy, a policy that the task does not allow, and for settings that are none
 */
export function evaluate(idOrTask: string | Task, policy: string | Policy, options: EvaluateOptions = {}): Promise<Evaluation> {
  return evaluateWith(makeVector, idOrTask, policy, options);
}
