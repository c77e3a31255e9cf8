/**
 * Soft actor-critic: a policy that is random as far as that costs little, learned off-policy from all that was done before.
 * Haarnoja, Zhou, Abbeel, Levine: Soft actor-critic, ICML 2018; Haarnoja and others: Soft actor-critic algorithms and applications, 2018; for choices Christodoulou: Soft
 * actor-critic for discrete action settings, 2019.
 */
import type { VectorEnvironment, VectorSnapshot } from '../../environments/index.js';
import { InputError } from '../../grid/index.js';
import { type MomentsData, ObservationNormaliser, type ReplayBatch, ReplayBuffer, type ReplaySnapshot } from '../../learning/index.js';
import { RandomStream } from '../../numeric/index.js';
import { orderedFromOf } from '../action-head.js';
import { type Agent, type AgentContext, type Iteration, type PlainData, trainingSeed } from '../agent.js';
import { EpisodeTracker } from '../episode-tracker.js';
import { type Pace, type Pausable, paced } from '../pace.js';
import type { PolicyData } from '../policy-data.js';
import { isCount } from '../saved-data.js';
import { ChoiceLearner } from './choice-learner.js';
import type { LearnerData, SacLearner } from './learner.js';
import { NumberLearner } from './number-learner.js';
import { temperatureLoss } from './sac-loss.js';
import type { SacSettings } from './settings.js';
import { Temperature, type TemperatureData } from './temperature.js';

/** Limit of normalised observations. */
const LIMIT = 10;
/** Steps of all environments in a round, about: so many that what goes with a round takes no time. */
const ROUND = 256;

/** What `save` gives. */
interface SacState {
  readonly steps: number;
  readonly updates: number;
  readonly learner: LearnerData;
  readonly temperature: TemperatureData;
  readonly replay: ReplaySnapshot;
  readonly draws: number;
  readonly samples: number;
  readonly vector: VectorSnapshot;
  readonly moments: MomentsData;
  readonly episodes: PlainData;
  /** null between rounds. */
  readonly round: Round | null;
  /** Of the round under way, in the order of {@link METRICS}. */
  readonly sums: Float64Array;
}

/** A round under way. */
interface Round {
  /** Steps and gradient steps before it. */
  readonly steps: number;
  readonly updates: number;
  /** Steps of each environment that are still to be done. */
  left: number;
  /** Spent so far, in all and by environments. */
  seconds: number;
  simulationSeconds: number;
}

/** Names of what a round tells. */
const METRICS = ['criticLoss', 'policyLoss', 'entropy', 'value', 'criticGradientNorm', 'policyGradientNorm'] as const;

/** Rows of an array as views, made once. */
function rowsOf<T extends Float32Array | Float64Array | Uint8Array>(array: T, rows: number): T[] {
  const width = array.length / rows;
  return Array.from({ length: rows }, (_, e) => array.subarray(e * width, (e + 1) * width) as T);
}

/** SAC at work. */
export class SacAgent implements Agent {
  readonly name = 'sac';
  readonly unfinished = 'kept';
  steps = 0;
  /** Gradient steps done. */
  private updates = 0;
  private readonly learner: SacLearner;
  private readonly temperature: Temperature;
  private readonly replay: ReplayBuffer;
  private readonly batch: ReplayBatch;
  private readonly draws: RandomStream;
  private readonly samples: RandomStream;
  private readonly normaliser: ObservationNormaliser;
  private readonly episodes: EpisodeTracker;
  private readonly inputs: Float32Array;
  private readonly actions: Float64Array;
  private readonly rows: Float64Array;
  /** Of the moment before a step, [environment]: observations, and actions as they are kept. */
  private readonly before: Float32Array;
  private readonly kept: Float64Array;
  private readonly views: Readonly<Record<'before' | 'next' | 'last', Float32Array[]>> & {
    readonly kept: Float64Array[];
    readonly masks: Uint8Array[];
    readonly lastMasks: Uint8Array[];
  };
  private readonly sums = new Float64Array(METRICS.length);
  private under: Round | undefined;

  /** See sac/index.ts. */
  constructor(
    private readonly context: AgentContext,
    readonly settings: SacSettings,
    private readonly vector: VectorEnvironment,
  ) {
    const { task, seed, totalSteps } = context;
    const { environments, randomSteps } = settings;
    if (randomSteps >= totalSteps)
      throw new InputError(
        `sac acts at random for ${randomSteps} steps before it learns, and the training has ${totalSteps}; give randomSteps below that, or more steps`,
      );
    const orderedFrom = orderedFromOf(task, settings.orderedFrom);
    const choices = task.actionSpace.counts.some((count) => count > 0 && count < (orderedFrom ?? Infinity));
    this.learner = choices && orderedFrom === undefined ? new ChoiceLearner(context, settings) : new NumberLearner(context, settings);
    this.temperature = new Temperature(settings.temperature);
    const observation = task.observationSpace.length;
    const capacity = Math.min(settings.capacity, environments * Math.ceil(totalSteps / environments));
    const masks = task.masksActions ? task.actionSpace.choices : 0;
    this.replay = new ReplayBuffer({ capacity, observation, action: this.learner.kept, choices: masks });
    this.batch = this.replay.batch(settings.batch);
    this.draws = new RandomStream(seed, 0, 'sac actions');
    this.samples = new RandomStream(seed, 0, 'sac replay');
    this.normaliser = new ObservationNormaliser(observation, LIMIT);
    this.episodes = new EpisodeTracker(environments);
    this.inputs = new Float32Array(environments * observation);
    this.before = new Float32Array(environments * observation);
    this.actions = new Float64Array(environments * this.learner.head.actions);
    this.rows = new Float64Array(environments * this.learner.head.actions);
    this.kept = new Float64Array(environments * this.learner.kept);
    vector.reset({ seed: trainingSeed(seed) });
    this.views = {
      before: rowsOf(this.before, environments),
      next: rowsOf(vector.observations, environments),
      last: rowsOf(vector.finalObservations, environments),
      kept: rowsOf(this.kept, environments),
      masks: rowsOf(vector.masks, environments),
      lastMasks: rowsOf(vector.finalMasks, environments),
    };
    if (settings.normaliseObservations) this.normaliser.moments.add(vector.observations);
  }

  /** Rows of the action space to take now: random at the start, then drawn from the policy. Keeps the distribution's actions. */
  private choose(): Float64Array {
    const { vector, settings, actions, inputs, learner } = this;
    if (this.steps < settings.randomSteps) {
      const random = vector.sampleActions();
      learner.head.fromRows(random, actions);
      return random;
    }
    if (settings.normaliseObservations) this.normaliser.normalise(vector.observations, inputs);
    else inputs.set(vector.observations);
    const parameters = learner.policyNetwork.forward(inputs);
    learner.head.distribution.sample(parameters, this.draws, actions, vector.masks.length > 0 ? vector.masks : undefined);
    learner.head.toRows(actions, this.rows);
    return this.rows;
  }

  /** One step of all environments, into the replay buffer. Gives the milliseconds that they took. */
  private act(): number {
    const { vector, settings, before, actions, kept, learner, views, context } = this;
    const rows = this.choose();
    before.set(vector.observations);
    const count = learner.head.actions;
    for (let e = 0; e < settings.environments; e++) {
      for (let j = 0; j < count; j++) kept[e * learner.kept + j] = actions[e * count + j];
      if (context.task.masksActions) kept.set(views.masks[e], e * learner.kept + count);
    }
    const from = performance.now();
    const step = vector.step(rows);
    const milliseconds = performance.now() - from;
    this.episodes.add(step);
    for (let e = 0; e < settings.environments; e++) {
      const terminated = step.terminations[e] !== 0;
      // What came after, and what was allowed there: of an episode that ended its last observation, which the first of the next one has replaced. Where nothing comes after,
      // nothing need be allowed either: that mask would leave no choice to value.
      const next = step.hasFinal[e] ? views.last[e] : views.next[e];
      const nextMask = step.hasFinal[e] && !terminated ? views.lastMasks[e] : views.masks[e];
      const discount = terminated ? 0 : settings.gamma;
      this.replay.add(views.before[e], views.kept[e], settings.rewardScale * step.rewards[e], discount, next, nextMask);
    }
    if (settings.normaliseObservations) this.normaliser.moments.add(vector.observations);
    this.steps += settings.environments;
    return milliseconds;
  }

  /** The gradient steps that are due. */
  private *learn(): Pausable<void> {
    const { settings, replay, batch, learner, normaliser, temperature, sums, context } = this;
    const due = Math.floor(Math.max(0, this.steps - settings.randomSteps) * settings.updatesPerStep);
    if (this.updates >= due || replay.length === 0) return;
    const share = settings.annealLearningRates ? Math.max(0, 1 - this.steps / context.totalSteps) : 1;
    if (settings.annealLearningRates) {
      learner.policyNetwork.learningRate = share * settings.policyLearningRate;
      learner.critics.first.learningRate = share * settings.criticLearningRate;
      learner.critics.second.learningRate = share * settings.criticLearningRate;
    }
    while (this.updates < due) {
      replay.sample(this.samples, batch);
      if (settings.normaliseObservations) {
        normaliser.normalise(batch.observations, batch.observations);
        normaliser.normalise(batch.nextObservations, batch.nextObservations);
      }
      const report = learner.update(batch, temperature.value);
      if (settings.learnTemperature) {
        const { gradient } = temperatureLoss(temperature.log, report.entropy, report.targetEntropy);
        temperature.step(gradient, share * settings.temperatureLearningRate);
      }
      sums[0] += report.criticLoss;
      sums[1] += report.loss;
      sums[2] += report.entropy;
      sums[3] += report.value;
      sums[4] += report.criticGradientNorm;
      sums[5] += report.policyGradientNorm;
      this.updates += 1;
      yield;
    }
  }

  get isWithinRound(): boolean {
    return this.under !== undefined;
  }

  iterate(pace?: Pace): Iteration | Promise<Iteration> {
    return paced(this.goOn(), pace);
  }

  /** A round, or the rest of one. */
  private *goOn(): Pausable<Iteration> {
    const { environments } = this.settings;
    if (!this.under) {
      const left = Math.ceil((this.context.totalSteps - this.steps) / environments);
      const rounds = Math.max(1, Math.min(Math.ceil(ROUND / environments), left));
      this.under = { steps: this.steps, updates: this.updates, left: rounds, seconds: 0, simulationSeconds: 0 };
      this.sums.fill(0);
    }
    const round = this.under;
    let from = performance.now();
    const count = (): void => {
      const now = performance.now();
      round.seconds += (now - from) / 1000;
      from = now;
    };
    // First what is still to be learnt of a step before the pause; nothing where a round begins.
    for (;;) {
      for (const learning = this.learn(); !learning.next().done; ) {
        count();
        yield;
      }
      count();
      if (round.left === 0) break;
      round.simulationSeconds += this.act() / 1000;
      round.left -= 1;
      count();
      yield;
    }
    this.under = undefined;
    const updates = this.updates - round.updates;
    const means = Object.fromEntries(METRICS.map((name, k) => [name, this.sums[k] / Math.max(1, updates)]));
    return {
      steps: this.steps - round.steps,
      ...this.episodes.take(),
      metrics: { ...means, temperature: this.temperature.value, updates },
      simulationSeconds: round.simulationSeconds,
      learningSeconds: round.seconds - round.simulationSeconds,
    };
  }

  policy(): PolicyData {
    const { task, seed, remote } = this.context;
    return {
      format: 'busbar-policy',
      version: 1,
      agent: this.name,
      task: task.id,
      taskOptions: remote?.options ?? {},
      seed,
      steps: this.steps,
      observation: task.observationSpace.length,
      actionSpace: task.actionSpace.toJSON(),
      head: this.learner.head.discrete > 0 ? 'policy' : 'squashed-policy',
      orderedFrom: orderedFromOf(task, this.settings.orderedFrom),
      network: this.learner.policyNetwork.save(),
      ...(this.settings.normaliseObservations ? { normaliser: { moments: this.normaliser.moments.save(), limit: LIMIT } } : {}),
    };
  }

  save(): PlainData {
    const state: SacState = {
      steps: this.steps,
      updates: this.updates,
      learner: this.learner.save(),
      temperature: this.temperature.save(),
      replay: this.replay.save(),
      draws: this.draws.state(),
      samples: this.samples.state(),
      vector: this.vector.snapshot(),
      moments: this.normaliser.moments.save(),
      episodes: this.episodes.save(),
      round: this.under ? { ...this.under } : null,
      sums: this.sums.slice(),
    };
    return state as unknown as PlainData;
  }

  restore(saved: PlainData): void {
    const state = saved as unknown as SacState;
    const counts = [state?.steps, state?.updates, state?.draws, state?.samples, state?.learner?.noise];
    const { round } = state ?? {};
    const isRound = round === null || [round?.steps, round?.updates, round?.left].every(isCount);
    if (!counts.every(isCount) || !isRound || !Array.isArray(state.replay?.columns) || !isSums(state.sums))
      throw new InputError('this is no saved state of sac');
    this.learner.restore(state.learner);
    this.temperature.restore(state.temperature);
    this.replay.restore(state.replay);
    this.vector.restore(state.vector);
    this.normaliser.moments.restore(state.moments);
    this.episodes.restore(state.episodes);
    this.draws.restore(state.draws);
    this.samples.restore(state.samples);
    this.steps = state.steps;
    this.updates = state.updates;
    this.under = round ? { ...round } : undefined;
    this.sums.set(state.sums);
  }

  close(): Promise<void> {
    return this.vector.close();
  }
}

function isSums(value: unknown): boolean {
  return value instanceof Float64Array && value.length === METRICS.length && value.every((x) => Number.isFinite(x));
}
