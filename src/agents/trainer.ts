/** Training: rounds of an agent, evaluations apart from them, checkpoints, and what is told meanwhile. */

import {
  evaluateSteps,
  type MakeVectorOptions,
  makeTask,
  type ResetOptions,
  type Spread,
  type Task,
  type VectorEnvironment,
} from '../environments/index.js';
import { BusbarError, InputError } from '../grid/index.js';
import type { Agent, Iteration } from './agent.js';
import { Gathered, mean } from './gathered.js';
import { LearnedPolicy } from './learned-policy.js';
import { Interruption, Pace } from './pace.js';
import type { PolicyData } from './policy-data.js';
import { agentKind } from './registry.js';
import { type CompleteTrainOptions, completeTrainOptions, type TrainOptions } from './train-options.js';
import type { Training, TrainingRecord } from './training-record.js';
import { canonicalText, checkResume, checkTrainingState, type TrainingRequest, type TrainingState } from './training-state.js';

/** Makes vectors: that of browsers, or Node's, which has worker threads. */
export type TrainingVectorMaker = (idOrTask: string | Task, options?: MakeVectorOptions) => Promise<VectorEnvironment>;

/** Returns of training episodes that the progress looks back on. */
const RECENT = 100;

/** Rounds that take longer have their beginning kept, so that one that is given up can be done again, s. */
const LONG_ROUND = 1;

/** {@link train} with a maker of vectors. */
export async function trainWith(makeVector: TrainingVectorMaker, idOrTask: string | Task, agentName: string, given: TrainOptions): Promise<Training> {
  const kind = agentKind(agentName);
  const options = completeTrainOptions(given);
  const { steps, seed, settings, taskOptions, evaluationTaskOptions, workers, backend, learningBackend, module, evaluationEpisodes } = options;
  const task = typeof idOrTask === 'string' ? await makeTask(idOrTask, taskOptions) : idOrTask;
  const refusal = kind.refuses(task);
  if (refusal !== undefined) throw new InputError(`${agentName} cannot learn ${task.id}: ${refusal}`);
  const ofTask = typeof idOrTask === 'string' ? taskOptions : {};
  const evaluationVector = await makeVector(idOrTask, {
    ...ofTask,
    ...evaluationTaskOptions,
    backend,
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
            ...ofTask,
            backend,
            environments: wanted.environments,
            workers: wanted.workers ?? 1,
            autoreset: 'same-step',
            module: (wanted.workers ?? 1) > 1 ? module : undefined,
          }),
        remote: typeof idOrTask === 'string' ? { id: idOrTask, options: taskOptions, module } : undefined,
      },
      settings,
    );
    const pace = new Pace(options.signal);
    pace.hears = false;
    const request: TrainingRequest = {
      taskOptions: canonicalText(ofTask),
      evaluationTaskOptions: canonicalText(evaluationTaskOptions),
      evaluations: options.evaluations,
      evaluationEpisodes,
      evaluationSeed: options.evaluationSeed,
      // What evaluations cannot do is told of now, and not when one is due.
      evaluationResets: await checkedResets(evaluationVector, options, pace),
    };
    let resume: TrainingState | undefined;
    if (options.resume) {
      resume = checkTrainingState(options.resume);
      checkResume(resume, { task: task.id, agent: agentName, seed, totalSteps: steps, settings: agent.settings, request });
      restoreAgent(agent, resume);
    }
    return await new TrainingRun(agent, task, evaluationVector, { ...options, resume }, request, pace).run();
  } finally {
    await agent?.close();
    await evaluationVector.close();
  }
}

/** Tries the options of the resets of all episodes of an evaluation, each kind once; gives them as a text. Throws InputError that names the episode for what the task does not take. */
async function checkedResets(vector: VectorEnvironment, options: CompleteTrainOptions, pace: Pace): Promise<string> {
  const { evaluationResets, evaluationEpisodes } = options;
  const first = Float64Array.from({ length: vector.environments }, (_, e) => (e === 0 ? 1 : 0));
  const attempt = (resets: ResetOptions | undefined): void => {
    vector.reset({ seed: 0, mask: first, options: resets });
  };
  if (typeof evaluationResets !== 'function') {
    attempt(evaluationResets);
    return canonicalText(evaluationResets ?? {});
  }
  const all: unknown[] = [];
  const tried = new Set<string>();
  for (let episode = 0; episode < evaluationEpisodes; episode++) {
    const resets = evaluationResets(episode);
    const text = canonicalText(resets ?? {});
    all.push(resets ?? {});
    if (tried.has(text)) continue;
    tried.add(text);
    try {
      attempt(resets);
    } catch (error) {
      throw error instanceof InputError ? new InputError(`episode ${episode} of evaluations: ${error.message}`) : error;
    }
    await pace.breathe();
  }
  return canonicalText(all);
}

/** Has an agent go on from a state. Throws InputError of one line for a state that does not fit it, whatever is wrong with it. */
function restoreAgent(agent: Agent, state: TrainingState): void {
  try {
    agent.restore(state.agentState);
  } catch (error) {
    if (error instanceof BusbarError) throw error;
    throw new InputError(
      `the saved training is damaged: the state of ${agent.name} cannot be restored (${error instanceof Error ? error.message : String(error)})`,
    );
  }
  const last = state.records.at(-1)?.steps ?? 0;
  if (last > agent.steps)
    throw new InputError(`the saved training is damaged: it has a record of ${last} steps, and ${agent.name} has done ${agent.steps}`);
}

/** A training under way. */
class TrainingRun {
  private readonly records: TrainingRecord[];
  private readonly gathered: Gathered;
  private seconds: number;
  private simulationSeconds: number;
  private learningSeconds: number;
  private recent: readonly number[];
  /** Whether nothing was done since the last checkpoint, and when that was. */
  private isSaved: boolean;
  private savedAt = performance.now();
  /** Seconds of the last round; undefined before the first. */
  private roundSeconds: number | undefined;

  constructor(
    private readonly agent: Agent,
    private readonly task: Task,
    private readonly evaluationVector: VectorEnvironment,
    private readonly options: CompleteTrainOptions & { readonly resume: TrainingState | undefined },
    private readonly request: TrainingRequest,
    private readonly pace: Pace,
  ) {
    const { resume } = options;
    this.records = [...(resume?.records ?? [])];
    this.gathered = resume ? Gathered.from(resume.gathered) : new Gathered();
    this.seconds = resume?.seconds ?? 0;
    this.simulationSeconds = resume?.simulationSeconds ?? 0;
    this.learningSeconds = resume?.learningSeconds ?? 0;
    this.recent = [...(resume?.recent ?? [])];
    this.isSaved = resume !== undefined;
  }

  /** Records that are due when so many steps are done. */
  private due(steps: number): number {
    return Math.floor((steps * (this.options.evaluations + 1)) / this.options.steps);
  }

  /** Whether one is due now. What an agent has within a round does not count yet. */
  private isDue(): boolean {
    return this.agent.isWithinRound !== true && this.due(this.agent.steps) > this.due(this.records.at(-1)?.steps ?? 0);
  }

  private isAtTarget(): boolean {
    const { targetReturn = Infinity } = this.options;
    return this.records.length > 0 && this.records[this.records.length - 1].evaluation.mean >= targetReturn;
  }

  /** The present policy. */
  private policy(): PolicyData {
    return { ...this.agent.policy(), observationSpace: this.task.observationSpace.toJSON() };
  }

  private state(): TrainingState {
    const { agent, options, request, records, gathered, seconds, simulationSeconds, learningSeconds, recent } = this;
    return {
      format: 'busbar-training',
      version: 2,
      task: this.task.id,
      agent: agent.name,
      seed: options.seed,
      totalSteps: options.steps,
      settings: agent.settings,
      request,
      records: [...records],
      gathered: gathered.save(),
      seconds,
      simulationSeconds,
      learningSeconds,
      recent,
      agentState: agent.save(),
    };
  }

  private async checkpoint(): Promise<void> {
    await this.options.onCheckpoint?.(() => this.state());
    [this.isSaved, this.savedAt] = [true, performance.now()];
  }

  /** Evaluates the present policy and tells of it. Throws Interruption, and has changed nothing then. */
  private async record(): Promise<void> {
    const { options, agent, pace } = this;
    const policy = this.policy();
    let returns: Spread;
    try {
      const acting = new LearnedPolicy(policy, { learningBackend: options.learningBackend });
      pace.hears = true;
      ({ returns } = await pace.follow(
        evaluateSteps(this.evaluationVector, acting, {
          episodes: options.evaluationEpisodes,
          seed: options.evaluationSeed,
          resetOptions: options.evaluationResets,
        }),
      ));
    } catch (error) {
      // What was learnt is not lost with an evaluation that cannot be made.
      if (!(error instanceof Interruption)) await this.checkpoint();
      throw error;
    }
    const { seconds, simulationSeconds, learningSeconds } = this;
    this.isSaved = false;
    this.records.push({ steps: agent.steps, seconds, simulationSeconds, learningSeconds, ...this.gathered.take(), evaluation: returns });
    await options.onRecord?.(this.records[this.records.length - 1], policy, this.records);
  }

  /** One round. Throws Interruption; the agent then is where it was before, or keeps how far it is. */
  private async round(): Promise<Iteration> {
    const { agent, pace, roundSeconds = Infinity } = this;
    const { unfinished } = agent;
    const wasSaved = this.isSaved;
    const before = unfinished === 'repeated' && this.options.signal && roundSeconds > LONG_ROUND ? agent.save() : undefined;
    // A round that cannot be taken back is ended first: most are short.
    pace.hears = unfinished === 'kept' || before !== undefined;
    const from = performance.now();
    this.isSaved = false;
    try {
      return await agent.iterate(pace);
    } catch (error) {
      if (error instanceof Interruption && before !== undefined) {
        agent.restore(before);
        this.isSaved = wasSaved;
      }
      throw error;
    } finally {
      this.roundSeconds = (performance.now() - from) / 1000;
      this.seconds += this.roundSeconds;
    }
  }

  /** Rounds and records up to the end, or to where it was to end. */
  private async goOn(): Promise<void> {
    const { agent, options, pace } = this;
    const { checkpointSeconds = Infinity } = options;
    let isAsked = false;
    for (;;) {
      // At the top, so that a record that was due when training was interrupted is made before it goes on.
      if (this.isDue() && !isAsked) {
        await this.record();
        await this.checkpoint();
      }
      if (isAsked || this.isAtTarget() || (agent.steps >= options.steps && agent.isWithinRound !== true)) return;
      const round = await this.round();
      this.simulationSeconds += round.simulationSeconds;
      this.learningSeconds += round.learningSeconds;
      this.gathered.add(round.returns, round.lengths, round.metrics);
      this.recent = [...this.recent, ...round.returns].slice(-RECENT);
      options.onProgress?.({
        steps: agent.steps,
        totalSteps: options.steps,
        seconds: this.seconds,
        simulationSeconds: this.simulationSeconds,
        learningSeconds: this.learningSeconds,
        recentReturn: mean(this.recent),
        evaluated: this.records.at(-1)?.evaluation,
        metrics: round.metrics,
      });
      pace.hears = false;
      await pace.breathe();
      isAsked = (options.shouldStop?.() ?? false) || pace.isAborted;
      if (performance.now() - this.savedAt >= 1000 * checkpointSeconds && !isAsked && !this.isDue()) await this.checkpoint();
    }
  }

  async run(): Promise<Training> {
    const { agent, task, options, records } = this;
    options.onStart?.({
      task,
      agent: agent.name,
      seed: options.seed,
      settings: agent.settings,
      totalSteps: options.steps,
      steps: agent.steps,
      records,
    });
    try {
      await this.goOn();
    } catch (error) {
      if (!(error instanceof Interruption)) throw error;
    }
    if (!this.isSaved) await this.checkpoint();
    const { seconds, simulationSeconds, learningSeconds } = this;
    return {
      task: task.id,
      agent: agent.name,
      seed: options.seed,
      settings: agent.settings,
      policy: this.policy(),
      records,
      steps: agent.steps,
      seconds,
      simulationSeconds,
      learningSeconds,
      endedEarly: agent.steps < options.steps || this.isDue() || agent.isWithinRound === true,
    };
  }
}
