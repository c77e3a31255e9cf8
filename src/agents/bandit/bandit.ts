/** A contextual bandit: episodes of one step, a network of the values of actions, fitted to the rewards of those that were taken. */
import type { VectorEnvironment, VectorSnapshot } from '../../environments/index.js';
import { InputError } from '../../grid/index.js';
import { createNetwork, type Network, type NetworkData, RunningMoments } from '../../learning/index.js';
import { RandomStream } from '../../numeric/index.js';
import { type ActionHead, actionHead } from '../action-head.js';
import { type Agent, type AgentContext, type Iteration, type PlainData, trainingSeed } from '../agent.js';
import { EpisodeTracker } from '../episode-tracker.js';
import { hiddenLayers } from '../networks.js';
import { type Pace, type Pausable, paced } from '../pace.js';
import type { PolicyData } from '../policy-data.js';
import { isCount } from '../saved-data.js';
import { BanditScratch, banditLoss } from './bandit-loss.js';
import { InputMap, type InputMapData, LIMIT } from './input-map.js';
import { BanditMemory, type BanditMemoryData } from './memory.js';
import type { BanditSettings } from './settings.js';

/** What `save` gives. */
interface BanditState {
  readonly steps: number;
  readonly settled: boolean;
  readonly network: NetworkData;
  readonly mean: NetworkData;
  readonly draws: number;
  readonly picks: number;
  readonly vector: VectorSnapshot;
  readonly inputs: InputMapData;
  readonly rewardMean: number;
  readonly rewardDeviation: number;
  readonly memory: BanditMemoryData;
  readonly episodes: PlainData;
}

/** The bandit at work. */
export class BanditAgent implements Agent {
  readonly name = 'bandit';
  readonly unfinished = 'repeated';
  steps = 0;
  private readonly head: ActionHead;
  /** Choices of each entry of an action. */
  private readonly sizes: readonly number[];
  private readonly network: Network;
  /** The running mean of the network's weights. */
  private readonly mean: Network;
  private readonly memory: BanditMemory;
  private readonly inputs: InputMap;
  private readonly draws: RandomStream;
  private readonly picks: RandomStream;
  private readonly episodes: EpisodeTracker;
  /** Whether the scales of observations and rewards are fixed: the random episodes are over. */
  private settled = false;
  private rewardMean = 0;
  private rewardDeviation = 1;
  private readonly seen: Float32Array;
  private readonly actions: Float64Array;
  private readonly rows: Float64Array;
  private readonly rewards: Float64Array;
  private readonly batchInputs: Float32Array;
  private readonly batchActions: Float32Array;
  private readonly batchRewards: Float32Array;
  private readonly gradient: Float32Array;
  private readonly scratch: BanditScratch;

  /** See bandit/index.ts. */
  constructor(
    private readonly context: AgentContext,
    readonly settings: BanditSettings,
    private readonly vector: VectorEnvironment,
  ) {
    const { task, seed, learningBackend } = context;
    const { environments, memory, randomEpisodes, batch, learningRate, gradientNorm, hidden, decorrelate } = settings;
    if (memory < randomEpisodes + environments)
      throw new InputError(
        `the memory of bandit, ${memory} episodes, must hold the ${randomEpisodes} random ones and a round of ${environments}; give more memory`,
      );
    if (context.totalSteps <= randomEpisodes)
      throw new InputError(
        `bandit begins with ${randomEpisodes} random episodes, and the training is of ${context.totalSteps}; give more steps, or fewer randomEpisodes`,
      );
    this.head = actionHead(task.actionSpace);
    this.sizes = Array.from(task.actionSpace.counts);
    const observation = task.observationSpace.length;
    const spec = {
      inputs: observation,
      layers: [...hiddenLayers(hidden, 'relu'), { kind: 'dense', units: this.head.parameters, initialisation: 'orthogonal', gain: 0.1 } as const],
    };
    const optimiser = { kind: 'adam', learningRate, ...(gradientNorm > 0 ? { clipNorm: gradientNorm } : {}) } as const;
    const made = { batch: Math.max(batch, environments), backend: learningBackend, seed: 2 * seed, optimiser };
    this.network = createNetwork(spec, made);
    this.mean = createNetwork(spec, made);
    this.inputs = new InputMap(observation, decorrelate, learningBackend);
    this.memory = new BanditMemory(memory, observation, this.sizes.length);
    this.draws = new RandomStream(seed, 0, 'bandit actions');
    this.picks = new RandomStream(seed, 0, 'bandit minibatches');
    this.episodes = new EpisodeTracker(environments);
    this.seen = new Float32Array(environments * observation);
    this.actions = new Float64Array(environments * this.sizes.length);
    this.rows = new Float64Array(environments * this.sizes.length);
    this.rewards = new Float64Array(environments);
    this.batchInputs = new Float32Array(batch * observation);
    this.batchActions = new Float32Array(batch * this.sizes.length);
    this.batchRewards = new Float32Array(batch);
    this.gradient = new Float32Array(batch * this.head.parameters);
    this.scratch = new BanditScratch(batch);
    vector.reset({ seed: trainingSeed(seed) });
  }

  /** Share of random actions now. */
  private exploration(): number {
    const { explorationStart, explorationEnd, explorationShare } = this.settings;
    if (!this.settled) return 1;
    const share = explorationShare > 0 ? Math.min(1, this.steps / (explorationShare * this.context.totalSteps)) : 1;
    return explorationStart + share * (explorationEnd - explorationStart);
  }

  /** Actions: those of the highest values, and by the share given any that are allowed. */
  private choose(exploration: number): void {
    const { actions, head, sizes, vector, seen, draws } = this;
    const masks = this.context.task.masksActions ? vector.masks : undefined;
    if (exploration < 1) head.distribution.mode(this.network.forward(seen), actions, masks);
    for (let e = 0; e < vector.environments; e++) {
      // Drawn for each, so that the stream does not depend on what is drawn.
      const isRandom = draws.uniform() < exploration;
      let at = e * head.parameters;
      for (let k = 0; k < sizes.length; k++) {
        const drawn = draws.uniform();
        if (isRandom) actions[e * sizes.length + k] = allowedChoice(masks, at, sizes[k], drawn);
        at += sizes[k];
      }
    }
    head.toRows(actions, this.rows);
  }

  /** One round of episodes; gives the seconds that the environments took. */
  private act(exploration: number): number {
    const { vector, seen, inputs, memory, rewards, settled, context } = this;
    if (settled) inputs.apply(vector.observations, seen);
    else seen.set(vector.observations);
    this.choose(exploration);
    const from = performance.now();
    const step = vector.step(this.rows);
    const simulation = performance.now() - from;
    const goesOn = step.terminations.findIndex((flag, e) => flag === 0 && step.truncations[e] === 0);
    if (goesOn >= 0)
      throw new InputError(`bandit learns tasks whose episodes end with their first step, and one of ${context.task.id} goes on; take ppo instead`);
    this.episodes.add(step);
    for (let e = 0; e < rewards.length; e++) rewards[e] = (step.rewards[e] - this.rewardMean) / this.rewardDeviation;
    memory.add(seen, this.actions, rewards);
    this.steps += vector.environments;
    return simulation / 1000;
  }

  /** Fixes the scales by what was seen so far, and rewrites the memory by them. */
  private settle(): void {
    this.memory.rewrite((inputs, rewards) => {
      this.inputs.learn(inputs);
      this.inputs.apply(inputs, inputs);
      const moments = new RunningMoments(1);
      moments.add(rewards);
      this.rewardMean = moments.mean[0];
      this.rewardDeviation = Math.sqrt(moments.variance(0)) || 1;
      for (let k = 0; k < rewards.length; k++) rewards[k] = (rewards[k] - this.rewardMean) / this.rewardDeviation;
    });
    this.settled = true;
  }

  /** Gradient steps on the memory. */
  private *learn(): Pausable<Record<string, number>> {
    const { settings, network, mean, memory, batchInputs, batchActions, batchRewards, gradient, scratch, context } = this;
    const { updates, annealLearningRate, learningRate, averaging, errorLimit } = settings;
    const progress = Math.min(1, this.steps / context.totalSteps);
    const rate = annealLearningRate ? (learningRate / 2) * (1 + Math.cos(Math.PI * progress)) : learningRate;
    network.learningRate = rate;
    let loss = 0;
    let gradientNorm = 0;
    for (let k = 0; k < updates; k++) {
      memory.sample(this.picks, batchInputs, batchActions, batchRewards);
      const outputs = network.forward(batchInputs);
      loss += banditLoss(this.sizes, outputs, batchActions, batchRewards, errorLimit || Infinity, scratch, gradient) / updates;
      network.backward(gradient, { inputs: false });
      gradientNorm += network.step().gradientNorm / updates;
      mean.blend(network, network.steps === 1 ? 1 : 1 - averaging);
      yield;
    }
    // In the unit of the rewards: the root of the mean squared error, where errors are squared throughout.
    return { error: this.rewardDeviation * Math.sqrt(2 * loss), gradientNorm, learningRate: rate };
  }

  iterate(pace?: Pace): Iteration | Promise<Iteration> {
    return paced(this.round(), pace);
  }

  private *round(): Pausable<Iteration> {
    const from = performance.now();
    const exploration = this.exploration();
    const simulationSeconds = this.act(exploration);
    if (!this.settled && this.steps >= this.settings.randomEpisodes) this.settle();
    const learnt = this.settled ? yield* this.learn() : { error: 0, gradientNorm: 0, learningRate: this.settings.learningRate };
    const { returns, lengths } = this.episodes.take();
    const seconds = (performance.now() - from) / 1000;
    return {
      steps: this.vector.environments,
      returns,
      lengths,
      metrics: { ...learnt, exploration },
      simulationSeconds,
      learningSeconds: seconds - simulationSeconds,
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
      head: 'values',
      network: this.inputs.fold(this.mean.save()),
      ...(this.settled ? { normaliser: { moments: this.inputs.normaliser.moments.save(), limit: LIMIT } } : {}),
    };
  }

  save(): PlainData {
    const state: BanditState = {
      steps: this.steps,
      settled: this.settled,
      network: this.network.save(),
      mean: this.mean.save(),
      draws: this.draws.state(),
      picks: this.picks.state(),
      vector: this.vector.snapshot(),
      inputs: this.inputs.save(),
      rewardMean: this.rewardMean,
      rewardDeviation: this.rewardDeviation,
      memory: this.memory.save(),
      episodes: this.episodes.save(),
    };
    return state as unknown as PlainData;
  }

  restore(saved: PlainData): void {
    const state = saved as unknown as BanditState;
    if (!isCount(state?.steps) || typeof state.settled !== 'boolean' || !Number.isFinite(state.rewardMean) || !(state.rewardDeviation > 0))
      throw new InputError('this is no saved state of bandit with these settings');
    this.network.restore(state.network);
    this.mean.restore(state.mean);
    this.draws.restore(state.draws);
    this.picks.restore(state.picks);
    this.vector.restore(state.vector);
    this.inputs.restore(state.inputs);
    this.memory.restore(state.memory);
    this.episodes.restore(state.episodes);
    this.rewardMean = state.rewardMean;
    this.rewardDeviation = state.rewardDeviation;
    this.settled = state.settled;
    this.steps = state.steps;
  }

  close(): Promise<void> {
    return this.vector.close();
  }
}

/**
 * One of the choices that are allowed, equally likely.
 *
 * @param masks from `at` on so many as there are choices; undefined where all are allowed
 * @param drawn from 0 to less than 1
 */
function allowedChoice(masks: Uint8Array | undefined, at: number, size: number, drawn: number): number {
  if (!masks) return Math.floor(drawn * size);
  let allowed = 0;
  for (let c = 0; c < size; c++) if (masks[at + c] !== 0) allowed += 1;
  let left = Math.floor(drawn * allowed);
  for (let c = 0; c < size; c++) if (masks[at + c] !== 0 && left-- === 0) return c;
  return 0;
}
