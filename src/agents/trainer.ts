/** Training: rounds of an agent, evaluations apart from them, checkpoints, and what is told meanwhile. */

import {
  evaluateIn,
  type MakeVectorOptions,
  makeTask,
  type ResetOptions,
  type Spread,
  type Task,
  type VectorEnvironment,
} from '../environments/index.js';
import { describeValue, InputError } from '../grid/index.js';
import type { LearningBackendName } from '../learning/index.js';
import type { BackendName } from '../powerflow/index.js';
import type { Agent, PlainData } from './agent.js';
import { Gathered, type GatheredState, mean } from './gathered.js';
import { LearnedPolicy } from './learned-policy.js';
import { Pace } from './pace.js';
import type { PolicyData } from './policy-data.js';
import { agentKind } from './registry.js';
import type { GivenSettings, SettingValue } from './settings.js';

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

/** With what a training begins, or goes on. */
export interface TrainingStart {
  readonly task: Task;
  readonly agent: string;
  readonly seed: number;
  /** All settings, defaults written out. */
  readonly settings: Readonly<Record<string, SettingValue>>;
  readonly totalSteps: number;
  /** Done so far: 0, or where an earlier training ended. */
  readonly steps: number;
  readonly records: readonly TrainingRecord[];
}

/** How far training is. */
export interface TrainingProgress {
  readonly steps: number;
  readonly totalSteps: number;
  /** Of training, evaluations not counted. */
  readonly seconds: number;
  readonly simulationSeconds: number;
  readonly learningSeconds: number;
  /** Mean return of the last up to 100 training episodes; NaN before any ended. */
  readonly recentReturn: number;
  /** Of the last evaluation; undefined before any. */
  readonly evaluated: Spread | undefined;
  readonly metrics: Readonly<Record<string, number>>;
}

/** One line of the account of a training. */
export interface TrainingRecord {
  readonly steps: number;
  /** Since the beginning, of training alone. */
  readonly seconds: number;
  readonly simulationSeconds: number;
  readonly learningSeconds: number;
  /** Training episodes that ended since the last record, their mean return and length; NaN where none ended. */
  readonly episodes: number;
  readonly trainingReturn: number;
  readonly trainingLength: number;
  /** Of the present policy without chance, on episodes of their own. */
  readonly evaluation: Spread;
  /** Means over the rounds since the last record. */
  readonly metrics: Readonly<Record<string, number>>;
}

/** All from which training goes on: plain data. */
export interface TrainingState {
  readonly format: 'busbar-training';
  readonly version: 1;
  readonly task: string;
  readonly agent: string;
  readonly seed: number;
  readonly totalSteps: number;
  readonly settings: Readonly<Record<string, SettingValue>>;
  readonly records: readonly TrainingRecord[];
  readonly gathered: GatheredState;
  readonly seconds: number;
  readonly simulationSeconds: number;
  readonly learningSeconds: number;
  readonly recent: readonly number[];
  readonly agentState: PlainData;
}

/** What came of a training. */
export interface Training {
  readonly task: string;
  readonly agent: string;
  readonly seed: number;
  readonly settings: Readonly<Record<string, SettingValue>>;
  /** The policy at the end. */
  readonly policy: PolicyData;
  readonly records: readonly TrainingRecord[];
  readonly steps: number;
  /** Of training, evaluations not counted. */
  readonly seconds: number;
  readonly simulationSeconds: number;
  readonly learningSeconds: number;
  /** Whether it ended before all steps were done, by `shouldStop` or at `targetReturn`. */
  readonly endedEarly: boolean;
}

/** Makes vectors: that of browsers, or Node's, which has worker threads. */
export type TrainingVectorMaker = (idOrTask: string | Task, options?: MakeVectorOptions) => Promise<VectorEnvironment>;

/** Returns of training episodes that the progress looks back on. */
const RECENT = 100;

function count(what: string, value: number, least: number, most: number): number {
  if (!Number.isInteger(value) || value < least || value > most)
    throw new InputError(`${what} is ${describeValue(value)}; give a whole number from ${least} to ${most}`);
  return value;
}

/** {@link train} with a maker of vectors. */
export async function trainWith(
  makeVector: TrainingVectorMaker,
  idOrTask: string | Task,
  agentName: string,
  options: TrainOptions,
): Promise<Training> {
  const kind = agentKind(agentName);
  const {
    seed = 0,
    settings = {},
    taskOptions = {},
    workers = 1,
    backend,
    learningBackend,
    module,
    resume,
    evaluations = 10,
    evaluationEpisodes = 20,
  } = options;
  const steps = count('the number of steps', options.steps, 1, 2 ** 40);
  count('the seed', seed, 0, 2 ** 20);
  count('the number of evaluations', evaluations, 0, 1_000_000);
  count('the episodes of an evaluation', evaluationEpisodes, 1, 1_000_000);
  count('the seed of evaluations', options.evaluationSeed ?? 0, 0, 2 ** 32 - evaluationEpisodes);
  if (typeof (options.targetReturn ?? 0) !== 'number' || Number.isNaN(options.targetReturn))
    throw new InputError(`targetReturn is ${describeValue(options.targetReturn)}; give a number`);
  const task = typeof idOrTask === 'string' ? await makeTask(idOrTask, taskOptions) : idOrTask;
  const refusal = kind.refuses(task);
  if (refusal !== undefined) throw new InputError(`${agentName} cannot learn ${task.id}: ${refusal}`);
  const given = typeof idOrTask === 'string' ? taskOptions : {};
  const evaluationVector = await makeVector(idOrTask, {
    backend,
    ...given,
    ...options.evaluationTaskOptions,
    environments: Math.min(256, evaluationEpisodes),
    autoreset: 'disabled',
  });
  let agent: Agent | undefined;
  try {
    agent = await kind.create(
      {
        task,
        seed,
        totalSteps: steps,
        workers,
        backend,
        learningBackend,
        makeVector: (wanted) =>
          makeVector(idOrTask, {
            backend,
            ...given,
            environments: wanted.environments,
            workers: wanted.workers ?? 1,
            autoreset: 'same-step',
            module: (wanted.workers ?? 1) > 1 ? module : undefined,
          }),
        remote: typeof idOrTask === 'string' ? { id: idOrTask, options: taskOptions, module } : undefined,
      },
      settings,
    );
    if (resume) checkResume(resume, { task: task.id, agent: agentName, seed, totalSteps: steps, settings: agent.settings });
    // Options that the task does not know are told of now, and not when the first evaluation is due.
    const { evaluationResets } = options;
    evaluationVector.reset({ seed: 0, options: typeof evaluationResets === 'function' ? evaluationResets(0) : evaluationResets });
    return await run(agent, task, evaluationVector, { ...options, seed, steps, evaluations, evaluationEpisodes });
  } finally {
    await agent?.close();
    await evaluationVector.close();
  }
}

function checkResume(state: TrainingState, now: Pick<TrainingState, 'task' | 'agent' | 'seed' | 'totalSteps' | 'settings'>): void {
  if (state.format !== 'busbar-training' || state.version !== 1)
    throw new InputError('this is no saved training of busbar, or of a version that is not known here');
  for (const name of ['task', 'agent', 'seed', 'totalSteps'] as const) {
    if (state[name] !== now[name])
      throw new InputError(
        `the saved training has ${name} ${describeValue(state[name])}, and this one ${describeValue(now[name])}; resume it as it was begun`,
      );
  }
  for (const [name, value] of Object.entries(now.settings)) {
    if (JSON.stringify(state.settings[name]) !== JSON.stringify(value))
      throw new InputError(
        `the saved training has the setting ${name} ${describeValue(state.settings[name])}, and this one ${describeValue(value)}; resume it as it was begun`,
      );
  }
}

/** What a training works with, checked. */
type RunOptions = TrainOptions & Required<Pick<TrainOptions, 'seed' | 'steps' | 'evaluations' | 'evaluationEpisodes'>>;

async function run(agent: Agent, task: Task, evaluationVector: VectorEnvironment, options: RunOptions): Promise<Training> {
  const { steps, seed, evaluations, evaluationEpisodes, evaluationSeed = 0, resume, onRecord, onCheckpoint, targetReturn = Infinity } = options;
  const { checkpointSeconds = Infinity } = options;
  const records: TrainingRecord[] = [...(resume?.records ?? [])];
  let { seconds, simulationSeconds, learningSeconds } = resume ?? { seconds: 0, simulationSeconds: 0, learningSeconds: 0 };
  let recent: readonly number[] = [...(resume?.recent ?? [])];
  const gathered = resume ? Gathered.from(resume.gathered) : new Gathered();
  if (resume) agent.restore(resume.agentState);
  /** Records that are due when so many steps are done. */
  const due = (at: number): number => Math.floor((at * (evaluations + 1)) / steps);
  let done = due(records.at(-1)?.steps ?? 0);
  /** Steps at the last checkpoint, and when it was. */
  let [saved, savedAt] = [resume ? agent.steps : -1, performance.now()];
  const isAtTarget = (): boolean => records.length > 0 && records[records.length - 1].evaluation.mean >= targetReturn;
  const record = async (): Promise<void> => {
    const policy = agent.policy();
    let returns: Spread;
    try {
      ({ returns } = evaluateIn(evaluationVector, new LearnedPolicy(policy, { learningBackend: options.learningBackend }), {
        episodes: evaluationEpisodes,
        seed: evaluationSeed,
        resetOptions: options.evaluationResets,
      }));
    } catch (error) {
      // What was learnt is not lost with an evaluation that cannot be made.
      await checkpoint();
      throw error;
    }
    done = due(agent.steps);
    records.push({ steps: agent.steps, seconds, simulationSeconds, learningSeconds, ...gathered.take(), evaluation: returns });
    await onRecord?.(records[records.length - 1], policy, records);
  };
  const checkpoint = async (): Promise<void> => {
    await onCheckpoint?.(() => ({
      format: 'busbar-training',
      version: 1,
      task: task.id,
      agent: agent.name,
      seed,
      totalSteps: steps,
      settings: agent.settings,
      records: [...records],
      gathered: gathered.save(),
      seconds,
      simulationSeconds,
      learningSeconds,
      recent,
      agentState: agent.save(),
    }));
    [saved, savedAt] = [agent.steps, performance.now()];
  };
  const pace = new Pace();
  let isAsked = false;
  options.onStart?.({ task, agent: agent.name, seed, settings: agent.settings, totalSteps: steps, steps: agent.steps, records });
  for (;;) {
    // At the top, so that a record that was due when training was interrupted is made before it goes on.
    if (due(agent.steps) > done && !isAsked) {
      await record();
      await checkpoint();
    }
    if (isAsked || isAtTarget() || agent.steps >= steps) break;
    const from = performance.now();
    const round = await agent.iterate();
    seconds += (performance.now() - from) / 1000;
    simulationSeconds += round.simulationSeconds;
    learningSeconds += round.learningSeconds;
    gathered.add(round.returns, round.lengths, round.metrics);
    recent = [...recent, ...round.returns].slice(-RECENT);
    options.onProgress?.({
      steps: agent.steps,
      totalSteps: steps,
      seconds,
      simulationSeconds,
      learningSeconds,
      recentReturn: mean(recent),
      evaluated: records.at(-1)?.evaluation,
      metrics: round.metrics,
    });
    await pace.breathe();
    isAsked = options.shouldStop?.() ?? false;
    if (performance.now() - savedAt >= 1000 * checkpointSeconds && !isAsked && due(agent.steps) <= done) await checkpoint();
  }
  if (saved !== agent.steps) await checkpoint();
  return {
    task: task.id,
    agent: agent.name,
    seed,
    settings: agent.settings,
    policy: agent.policy(),
    records,
    steps: agent.steps,
    seconds,
    simulationSeconds,
    learningSeconds,
    endedEarly: agent.steps < steps || due(agent.steps) > done,
  };
}
