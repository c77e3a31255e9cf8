/**
 * Deep Q-learning: a network learns what each choice is worth, out of a buffer of what was seen, towards targets that a slower copy of it gives.
 * Mnih and others: Human-level control through deep reinforcement learning, Nature 518 (2015). See dqn-loss.ts and value-layout.ts for what was added since.
 */
import type { VectorEnvironment, VectorSnapshot } from '../../environments/index.js';
import { InputError } from '../../grid/index.js';
import {
  createNetwork,
  type MomentsData,
  type Network,
  type NetworkData,
  type NStepSnapshot,
  NStepTransitions,
  ObservationNormaliser,
  type ReplayBatch,
  ReplayBuffer,
  type ReplaySnapshot,
  RewardNormaliser,
  type RewardNormaliserData,
} from '../../learning/index.js';
import { RandomStream } from '../../numeric/index.js';
import { type ActionHead, actionHead } from '../action-head.js';
import { type Agent, type AgentContext, type Iteration, type PlainData, trainingSeed } from '../agent.js';
import { EpisodeTracker } from '../episode-tracker.js';
import { hiddenLayers } from '../networks.js';
import { type Pace, type Pausable, paced } from '../pace.js';
import type { PolicyData } from '../policy-data.js';
import { isCount } from '../saved-data.js';
import { DqnScratch, dqnLoss, dqnTargets } from './dqn-loss.js';
import { epsilonAt, explore } from './exploration.js';
import type { DqnSettings } from './settings.js';
import { bestChoice, type ValueLayout, valueLayout } from './value-layout.js';

/** Limit of normalised observations. */
const LIMIT = 10;
/** Steps of a round, about: as many as make rounds cheap to tell of. */
const ROUND = 512;

/** What `save` gives. */
interface DqnState {
  readonly steps: number;
  readonly network: NetworkData;
  readonly target: NetworkData;
  readonly replay: ReplaySnapshot;
  readonly held: NStepSnapshot;
  readonly exploration: number;
  readonly draws: number;
  readonly vector: VectorSnapshot;
  readonly observationMoments: MomentsData;
  readonly rewards: RewardNormaliserData;
  readonly episodes: PlainData;
  /** null between rounds. */
  readonly round: Round | null;
}

/** Sums over the gradient steps of a round. */
interface Sums {
  loss: number;
  value: number;
  target: number;
  gradientNorm: number;
  updates: number;
}

const SUMS: readonly (keyof Sums)[] = ['loss', 'value', 'target', 'gradientNorm', 'updates'];

/** A round under way. */
interface Round {
  /** Steps before it. */
  readonly steps: number;
  /** Steps of each environment that are still to be done. */
  left: number;
  /** Steps up to which all gradient steps are done. */
  learnt: number;
  readonly sums: Sums;
  /** Spent so far, in all and by environments. */
  seconds: number;
  simulationSeconds: number;
}

/** DQN at work. */
export class DqnAgent implements Agent {
  readonly name = 'dqn';
  readonly unfinished = 'kept';
  steps = 0;
  private under: Round | undefined;
  private readonly head: ActionHead;
  private readonly layout: ValueLayout;
  private readonly network: Network;
  private readonly target: Network;
  private readonly replay: ReplayBuffer;
  private readonly batch: ReplayBatch;
  private readonly held: NStepTransitions;
  private readonly scratch: DqnScratch;
  private readonly exploration: RandomStream;
  private readonly draws: RandomStream;
  private readonly normaliser: ObservationNormaliser;
  private readonly rewardNormaliser: RewardNormaliser;
  private readonly episodes: EpisodeTracker;
  /** [environment]: what is acted upon, as it is and as the network sees it. */
  private readonly observations: Float32Array;
  private readonly inputs: Float32Array;
  private readonly masks: Uint8Array;
  /** [environment]: what the step led to; of the ended episode where one ended. */
  private readonly next: Float32Array;
  private readonly nextMasks: Uint8Array;
  private readonly choices: Float64Array;
  private readonly rows: Float64Array;
  private readonly rewards: Float64Array;
  private readonly ended: Uint8Array;
  private readonly targets: Float64Array;
  private readonly errors: Float64Array;
  private readonly gradient: Float32Array;

  /** See dqn/index.ts. Throws InputError where nothing would be learnt. */
  constructor(
    private readonly context: AgentContext,
    readonly settings: DqnSettings,
    private readonly vector: VectorEnvironment,
  ) {
    const { task, seed, learningBackend, totalSteps } = context;
    const { environments, batchSize, learningRate, gradientNorm, dueling, learningStarts, gamma, returnSteps } = settings;
    if (learningStarts >= totalSteps)
      throw new InputError(
        `dqn begins to learn after ${learningStarts} steps, and the training has ${totalSteps}; give learningStarts below that, or more steps`,
      );
    if (settings.targetEvery < settings.trainEvery)
      throw new InputError(
        `dqn moves its target network after gradient steps alone, of which there is one every ${settings.trainEvery} steps (trainEvery), and targetEvery is ${settings.targetEvery}; give targetEvery of ${settings.trainEvery} or more`,
      );
    this.head = actionHead(task.actionSpace);
    this.layout = valueLayout(
      Array.from(this.head.order, (k) => task.actionSpace.counts[k]),
      dueling,
    );
    const observation = task.observationSpace.length;
    const { actions } = this.head;
    const choices = task.masksActions ? this.layout.choices : 0;
    const spec = {
      inputs: observation,
      layers: [
        ...hiddenLayers(settings.hidden, 'relu'),
        { kind: 'dense', units: this.layout.outputs, initialisation: 'orthogonal', gain: 1 } as const,
      ],
    };
    const made = { batch: Math.max(batchSize, environments), backend: learningBackend, seed: 2 * seed };
    this.network = createNetwork(spec, { ...made, optimiser: { kind: 'adam', learningRate, clipNorm: gradientNorm } });
    this.target = createNetwork(spec, made);
    const shape = { observation, action: actions, choices, bothMasks: choices > 0 };
    this.replay = new ReplayBuffer(
      { ...shape, capacity: settings.bufferSize },
      settings.prioritised ? { alpha: settings.priorityExponent } : undefined,
    );
    this.batch = this.replay.batch(batchSize);
    this.held = new NStepTransitions({ ...shape, steps: returnSteps, gamma, environments }, (_environment, ...transition) =>
      this.replay.add(...transition),
    );
    this.scratch = new DqnScratch(batchSize, actions);
    this.exploration = new RandomStream(seed, 0, 'dqn exploration');
    this.draws = new RandomStream(seed, 0, 'dqn batches');
    this.normaliser = new ObservationNormaliser(observation, LIMIT);
    this.rewardNormaliser = new RewardNormaliser(environments, gamma);
    this.episodes = new EpisodeTracker(environments);
    [this.observations, this.inputs, this.next] = Array.from({ length: 3 }, () => new Float32Array(environments * observation));
    [this.masks, this.nextMasks] = Array.from({ length: 2 }, () => new Uint8Array(environments * choices));
    [this.choices, this.rows] = Array.from({ length: 2 }, () => new Float64Array(environments * actions));
    this.rewards = new Float64Array(environments);
    this.ended = new Uint8Array(environments);
    this.targets = new Float64Array(batchSize);
    this.errors = new Float64Array(batchSize);
    this.gradient = new Float32Array(batchSize * this.layout.outputs);
    vector.reset({ seed: trainingSeed(seed) });
    if (settings.normaliseObservations) this.normaliser.moments.add(vector.observations);
  }

  /** One step of all environments, put into the buffer; gives the seconds that the environments took. */
  private act(): number {
    const { vector, settings, layout, head, observations, inputs, masks, choices, rows, rewards, ended, network } = this;
    const entries = layout.counts.length;
    observations.set(vector.observations);
    masks.set(vector.masks);
    if (settings.normaliseObservations) this.normaliser.normalise(observations, inputs);
    else inputs.set(observations);
    const outputs = network.forward(inputs);
    for (let k = 0; k < choices.length; k++) choices[k] = bestChoice(layout, outputs, masks, Math.floor(k / entries), k % entries);
    explore(layout, choices, masks, this.epsilon(), settings.exploration === 'each', this.exploration);
    head.toRows(choices, rows);
    const from = performance.now();
    const step = vector.step(rows);
    const seconds = (performance.now() - from) / 1000;
    this.episodes.add(step);
    for (let e = 0; e < rewards.length; e++) {
      rewards[e] = settings.rewardScale * step.rewards[e];
      ended[e] = step.terminations[e] | step.truncations[e];
    }
    if (settings.normaliseRewards) this.rewardNormaliser.add(rewards, ended);
    this.lookAhead();
    this.held.add(observations, choices, rewards, step.terminations, step.truncations, this.next, this.nextMasks, masks);
    if (settings.normaliseObservations) this.normaliser.moments.add(vector.observations);
    this.steps += settings.environments;
    return seconds;
  }

  /** What the step led to: where an episode ended its last observation and what was allowed with it, which the first of the next episode have replaced. */
  private lookAhead(): void {
    const { vector, next, nextMasks } = this;
    const width = next.length / vector.environments;
    const choices = nextMasks.length / vector.environments;
    next.set(vector.observations);
    nextMasks.set(vector.masks);
    for (let e = 0; e < vector.environments; e++) {
      if (!vector.hasFinal[e]) continue;
      for (let k = e * width; k < (e + 1) * width; k++) next[k] = vector.finalObservations[k];
      for (let k = e * choices; k < (e + 1) * choices; k++) nextMasks[k] = vector.finalMasks[k];
    }
  }

  private epsilon(): number {
    return epsilonAt(this.settings, this.steps, this.context.totalSteps);
  }

  /** One gradient step. */
  private learn(sums: Sums): void {
    const { settings, replay, batch, layout, network, target, targets, errors, gradient, scratch, context, normaliser, rewardNormaliser } = this;
    const done = Math.min(1, this.steps / context.totalSteps);
    replay.sample(this.draws, batch, settings.priorityCorrection + (1 - settings.priorityCorrection) * done);
    // The buffer keeps what was seen as it was, and what is normalised is so by what is known now.
    if (settings.normaliseObservations) {
      normaliser.normalise(batch.observations, batch.observations);
      normaliser.normalise(batch.nextObservations, batch.nextObservations);
    }
    if (settings.normaliseRewards) rewardNormaliser.normalise(batch.rewards, batch.rewards);
    const valuing = target.forward(batch.nextObservations);
    dqnTargets(layout, settings.double ? network.forward(batch.nextObservations) : valuing, valuing, batch, targets);
    const outputs = network.forward(batch.observations);
    const { actions, masks, weights } = batch;
    const loss = dqnLoss(layout, outputs, { actions, masks, weights, targets }, settings.huberLimit, scratch, gradient, errors);
    replay.setErrors(batch.places, errors);
    network.backward(gradient, { inputs: false });
    network.learningRate = this.learningRate();
    sums.gradientNorm += network.step().gradientNorm;
    sums.loss += loss.loss;
    sums.value += loss.value;
    sums.target += loss.target;
    sums.updates += 1;
  }

  private learningRate(): number {
    const { learningRate, annealLearningRate } = this.settings;
    return annealLearningRate ? learningRate * Math.max(0, 1 - this.steps / this.context.totalSteps) : learningRate;
  }

  /** The gradient steps that are due since those of the round so far, each at a multiple of `trainEvery`, and with them moves of the target network. */
  private *catchUp(round: Round): Pausable<void> {
    const { trainEvery, targetEvery, targetShare, learningStarts } = this.settings;
    const first = (Math.floor(round.learnt / trainEvery) + 1) * trainEvery;
    for (let at = first; at <= this.steps; at += trainEvery) {
      round.learnt = at;
      if (at <= learningStarts || this.replay.length === 0) continue;
      this.learn(round.sums);
      if (Math.floor(at / targetEvery) > Math.floor((at - trainEvery) / targetEvery)) this.target.blend(this.network, targetShare);
      yield;
    }
    round.learnt = this.steps;
  }

  get isWithinRound(): boolean {
    return this.under !== undefined;
  }

  iterate(pace?: Pace): Iteration | Promise<Iteration> {
    return paced(this.goOn(), pace);
  }

  /** A round, or the rest of one. */
  private *goOn(): Pausable<Iteration> {
    if (!this.under) {
      const wanted = Math.max(1, Math.min(ROUND, this.context.totalSteps - this.steps));
      const sums: Sums = { loss: 0, value: 0, target: 0, gradientNorm: 0, updates: 0 };
      const left = Math.ceil(wanted / this.settings.environments);
      this.under = { steps: this.steps, left, learnt: this.steps, sums, seconds: 0, simulationSeconds: 0 };
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
      for (const learning = this.catchUp(round); !learning.next().done; ) {
        count();
        yield;
      }
      count();
      if (round.left === 0) break;
      round.simulationSeconds += this.act();
      round.left -= 1;
      count();
      yield;
    }
    this.under = undefined;
    const { updates, ...others } = round.sums;
    const means = Object.fromEntries(Object.entries(others).map(([name, sum]) => [name, sum / Math.max(1, updates)]));
    return {
      steps: this.steps - round.steps,
      ...this.episodes.take(),
      metrics: { ...means, updates, epsilon: this.epsilon(), learningRate: this.learningRate(), stored: this.replay.length },
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
      head: this.settings.dueling ? 'dueling-values' : 'values',
      network: this.network.save(),
      ...(this.settings.normaliseObservations ? { normaliser: { moments: this.normaliser.moments.save(), limit: LIMIT } } : {}),
    };
  }

  save(): PlainData {
    const state: DqnState = {
      steps: this.steps,
      network: this.network.save(),
      target: this.target.save(),
      replay: this.replay.save(),
      held: this.held.save(),
      exploration: this.exploration.state(),
      draws: this.draws.state(),
      vector: this.vector.snapshot(),
      observationMoments: this.normaliser.moments.save(),
      rewards: this.rewardNormaliser.save(),
      episodes: this.episodes.save(),
      round: this.under ? { ...this.under, sums: { ...this.under.sums } } : null,
    };
    return state as unknown as PlainData;
  }

  restore(saved: PlainData): void {
    const state = saved as unknown as DqnState;
    const { round } = state ?? {};
    const isRound =
      round === null || ([round?.steps, round?.left, round?.learnt].every(isCount) && SUMS.every((name) => Number.isFinite(round?.sums?.[name])));
    if (!isCount(state?.steps) || !isRound || !state.replay || !state.held || !state.target)
      throw new InputError('this is no saved state of dqn with these settings');
    this.network.restore(state.network);
    this.target.restore(state.target);
    this.replay.restore(state.replay);
    this.held.restore(state.held);
    this.exploration.restore(state.exploration);
    this.draws.restore(state.draws);
    this.vector.restore(state.vector);
    this.normaliser.moments.restore(state.observationMoments);
    this.rewardNormaliser.restore(state.rewards);
    this.episodes.restore(state.episodes);
    this.steps = state.steps;
    this.under = round ? { ...round, sums: { ...round.sums } } : undefined;
  }

  close(): Promise<void> {
    return this.vector.close();
  }
}
