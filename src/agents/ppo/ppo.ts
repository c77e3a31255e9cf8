/**
 * Proximal policy optimisation: act for a while with the present policy, then move it by a few passes over what was seen, no further than a clipped ratio allows.
 * Schulman, Wolski, Dhariwal, Radford, Klimov: Proximal policy optimization algorithms, 2017. Two networks, one for the policy, one for values.
 */
import type { VectorEnvironment, VectorSnapshot } from '../../environments/index.js';
import { InputError } from '../../grid/index.js';
import {
  createNetwork,
  type MomentsData,
  type Network,
  type NetworkData,
  ObservationNormaliser,
  RewardNormaliser,
  type RewardNormaliserData,
  type RolloutBatch,
  RolloutBuffer,
  shuffle,
  standardise,
} from '../../learning/index.js';
import { RandomStream } from '../../numeric/index.js';
import { type ActionHead, actionHead, orderedFromOf } from '../action-head.js';
import { type Agent, type AgentContext, type Iteration, type PlainData, trainingSeed } from '../agent.js';
import { EpisodeTracker } from '../episode-tracker.js';
import { beginDeviations, policyNetworkSpec, valueNetworkSpec } from '../networks.js';
import { type Pace, type Pausable, paced } from '../pace.js';
import type { PolicyData } from '../policy-data.js';
import { areFinite, isCount, isPermutation } from '../saved-data.js';
import { PpoScratch, ppoLoss } from './ppo-loss.js';
import type { PpoSettings } from './settings.js';

/** Limit of normalised observations. */
const LIMIT = 10;

/** What `save` gives. */
interface PpoState {
  readonly steps: number;
  readonly policy: NetworkData;
  readonly values: NetworkData;
  readonly draws: number;
  readonly order: number;
  readonly vector: VectorSnapshot;
  readonly observationMoments: MomentsData;
  readonly rewards: RewardNormaliserData;
  readonly episodes: PlainData;
}

/** PPO at work. */
export class PpoAgent implements Agent {
  readonly name = 'ppo';
  readonly unfinished = 'repeated';
  steps = 0;
  private readonly head: ActionHead;
  private readonly policyNetwork: Network;
  private readonly valueNetwork: Network;
  private readonly rollout: RolloutBuffer;
  private readonly batch: RolloutBatch;
  private readonly scratch: PpoScratch;
  private readonly order: Int32Array;
  private readonly draws: RandomStream;
  private readonly shuffles: RandomStream;
  private readonly normaliser: ObservationNormaliser;
  private readonly rewardNormaliser: RewardNormaliser;
  private readonly episodes: EpisodeTracker;
  private readonly observations: Float32Array;
  private readonly actions: Float64Array;
  private readonly rows: Float64Array;
  private readonly logProbabilities: Float64Array;
  private readonly currentValues: Float64Array;
  private readonly finalValues: Float64Array;
  private readonly rewards: Float64Array;
  private readonly parameterGradient: Float32Array;
  private readonly valueGradient: Float32Array;

  /** See ppo/index.ts. */
  constructor(
    private readonly context: AgentContext,
    readonly settings: PpoSettings,
    private readonly vector: VectorEnvironment,
  ) {
    const { task, seed, learningBackend } = context;
    const { environments, rolloutSteps, minibatches, learningRate, gradientNorm } = settings;
    const rows = environments * rolloutSteps;
    if (rows % minibatches !== 0)
      throw new InputError(
        `a rollout of ppo has ${environments} x ${rolloutSteps} = ${rows} steps, which are not ${minibatches} equal minibatches; change minibatches`,
      );
    const part = rows / minibatches;
    this.head = actionHead(task.actionSpace, { orderedFrom: orderedFromOf(task, settings.orderedFrom) });
    const observation = task.observationSpace.length;
    const choices = task.masksActions ? this.head.distribution.choices : 0;
    const optimiser = { kind: 'adam', learningRate, epsilon: 1e-5, clipNorm: gradientNorm } as const;
    const networks = { batch: Math.max(part, environments), optimiser, backend: learningBackend };
    this.policyNetwork = createNetwork(policyNetworkSpec(observation, this.head, settings.hidden, 'tanh'), { ...networks, seed: 2 * seed });
    beginDeviations(this.policyNetwork, this.head, settings.logDeviation);
    this.valueNetwork = createNetwork(valueNetworkSpec(observation, settings.hidden, 'tanh'), { ...networks, seed: 2 * seed + 1 });
    this.rollout = new RolloutBuffer({ steps: rolloutSteps, environments, observation, action: this.head.actions, choices });
    this.batch = this.rollout.batch(part);
    this.scratch = new PpoScratch(part);
    this.order = Int32Array.from({ length: rows }, (_, k) => k);
    this.draws = new RandomStream(seed, 0, 'ppo actions');
    this.shuffles = new RandomStream(seed, 0, 'ppo minibatches');
    this.normaliser = new ObservationNormaliser(observation, LIMIT);
    this.rewardNormaliser = new RewardNormaliser(environments, settings.gamma);
    this.episodes = new EpisodeTracker(environments);
    this.observations = new Float32Array(environments * observation);
    this.actions = new Float64Array(environments * this.head.actions);
    this.rows = new Float64Array(environments * this.head.actions);
    [this.logProbabilities, this.currentValues, this.finalValues, this.rewards] = Array.from({ length: 4 }, () => new Float64Array(environments));
    this.parameterGradient = new Float32Array(part * this.head.parameters);
    this.valueGradient = new Float32Array(part);
    vector.reset({ seed: trainingSeed(seed) });
    this.look();
  }

  /** Whether moments are still gathered. */
  private gathers(): boolean {
    return this.steps <= this.settings.normaliserShare * this.context.totalSteps;
  }

  /** Takes the vector's observations as they are now, normalised where that is wanted. */
  private look(): void {
    const { observations, vector, normaliser, settings } = this;
    observations.set(vector.observations);
    if (!settings.normaliseObservations) return;
    if (this.gathers()) normaliser.moments.add(observations);
    normaliser.normalise(observations, observations);
  }

  /** Values of final observations, of environments whose episode was cut. */
  private valueFinals(): void {
    const { vector, valueNetwork, finalValues, settings, normaliser } = this;
    const width = vector.observationSpace.length;
    for (let e = 0; e < settings.environments; e++) {
      finalValues[e] = 0;
      if (!vector.hasFinal[e] || !vector.truncations[e] || vector.terminations[e]) continue;
      const last = vector.finalObservations.slice(e * width, (e + 1) * width);
      if (settings.normaliseObservations) normaliser.normalise(last, last);
      finalValues[e] = valueNetwork.forward(last)[0];
    }
  }

  /** Acts for `rolloutSteps`; gives the seconds that the environments took. */
  private *act(): Pausable<number> {
    const { head, vector, rollout, settings, context, observations, actions, rows, logProbabilities, currentValues, finalValues, rewards } = this;
    const masked = context.task.masksActions;
    let simulation = 0;
    rollout.clear();
    for (let t = 0; t < settings.rolloutSteps; t++) {
      const parameters = this.policyNetwork.forward(observations);
      const masks = masked ? vector.masks : undefined;
      head.distribution.sample(parameters, this.draws, actions, masks);
      head.distribution.logProbabilities(parameters, actions, logProbabilities, masks);
      currentValues.set(this.valueNetwork.forward(observations));
      head.toRows(actions, rows);
      const before = { observations: observations.slice(), masks: masked ? vector.masks.slice() : undefined };
      const from = performance.now();
      const step = vector.step(rows);
      simulation += performance.now() - from;
      this.episodes.add(step);
      this.valueFinals();
      for (let e = 0; e < rewards.length; e++) rewards[e] = settings.rewardScale * step.rewards[e];
      if (settings.normaliseRewards) {
        const ended = step.terminations.map((flag, e) => (flag || step.truncations[e] ? 1 : 0));
        if (this.gathers()) this.rewardNormaliser.add(rewards, ended);
        this.rewardNormaliser.normalise(rewards, rewards);
      }
      rollout.add({
        ...before,
        actions,
        logProbabilities,
        values: currentValues,
        rewards,
        terminations: step.terminations,
        truncations: step.truncations,
        finalValues,
      });
      this.look();
      yield;
    }
    rollout.finish(this.valueNetwork.forward(observations), settings.gamma, settings.lambda);
    this.steps += settings.rolloutSteps * settings.environments;
    return simulation / 1000;
  }

  /** A few passes over the rollout. */
  private *learn(): Pausable<Record<string, number>> {
    const { settings, rollout, batch, scratch, order, policyNetwork, valueNetwork, parameterGradient, valueGradient } = this;
    const rate = settings.annealLearningRate
      ? settings.learningRate * Math.max(0, 1 - (this.steps - order.length) / this.context.totalSteps)
      : settings.learningRate;
    policyNetwork.learningRate = rate;
    valueNetwork.learningRate = rate;
    const sums = { policyLoss: 0, valueLoss: 0, entropy: 0, divergence: 0, clippedShare: 0, policyGradientNorm: 0, valueGradientNorm: 0 };
    let updates = 0;
    passes: for (let epoch = 0; epoch < settings.epochs; epoch++) {
      shuffle(order, this.shuffles);
      for (let from = 0; from < order.length; from += scratch.rows) {
        rollout.gather(order, from, from + scratch.rows, batch);
        if (settings.normaliseAdvantages) standardise(batch.advantages);
        const parameters = policyNetwork.forward(batch.observations);
        const values = valueNetwork.forward(batch.observations);
        const loss = ppoLoss(
          this.head.distribution,
          parameters,
          values,
          { ...batch, oldLogProbabilities: batch.logProbabilities, oldValues: batch.values },
          settings,
          scratch,
          parameterGradient,
          valueGradient,
        );
        if (settings.divergenceLimit > 0 && loss.divergence > settings.divergenceLimit) break passes;
        policyNetwork.backward(parameterGradient, { inputs: false });
        valueNetwork.backward(valueGradient, { inputs: false });
        sums.policyGradientNorm += policyNetwork.step().gradientNorm;
        sums.valueGradientNorm += valueNetwork.step().gradientNorm;
        sums.policyLoss += loss.loss;
        sums.valueLoss += loss.valueLoss;
        sums.entropy += loss.entropy;
        sums.divergence += loss.divergence;
        sums.clippedShare += loss.clippedShare;
        updates += 1;
        yield;
      }
    }
    const means = Object.fromEntries(Object.entries(sums).map(([name, sum]) => [name, sum / Math.max(1, updates)]));
    return { ...means, learningRate: rate, updates };
  }

  iterate(pace?: Pace): Iteration | Promise<Iteration> {
    return paced(this.round(), pace);
  }

  private *round(): Pausable<Iteration> {
    const from = performance.now();
    const simulationSeconds = yield* this.act();
    const actingSeconds = (performance.now() - from) / 1000 - simulationSeconds;
    const metrics = yield* this.learn();
    const { returns, lengths } = this.episodes.take();
    const seconds = (performance.now() - from) / 1000;
    return { steps: this.order.length, returns, lengths, metrics, simulationSeconds, learningSeconds: seconds - simulationSeconds, actingSeconds };
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
      head: 'policy',
      orderedFrom: orderedFromOf(task, this.settings.orderedFrom),
      network: this.policyNetwork.save(),
      ...(this.settings.normaliseObservations ? { normaliser: { moments: this.normaliser.moments.save(), limit: LIMIT } } : {}),
    };
  }

  save(): PlainData {
    const state: PpoState = {
      steps: this.steps,
      policy: this.policyNetwork.save(),
      values: this.valueNetwork.save(),
      draws: this.draws.state(),
      order: this.shuffles.state(),
      vector: this.vector.snapshot(),
      observationMoments: this.normaliser.moments.save(),
      rewards: this.rewardNormaliser.save(),
      episodes: this.episodes.save(),
    };
    return { ...state, permutation: this.order.slice(), seen: this.observations.slice() } as unknown as PlainData;
  }

  restore(saved: PlainData): void {
    const state = saved as unknown as PpoState & { permutation: Int32Array; seen: Float32Array };
    if (!isCount(state?.steps) || !isPermutation(state.permutation, this.order.length) || !areFinite(state.seen, this.observations.length))
      throw new InputError('this is no saved state of ppo with these settings');
    this.policyNetwork.restore(state.policy);
    this.valueNetwork.restore(state.values);
    this.draws.restore(state.draws);
    this.shuffles.restore(state.order);
    this.vector.restore(state.vector);
    this.normaliser.moments.restore(state.observationMoments);
    this.rewardNormaliser.restore(state.rewards);
    this.episodes.restore(state.episodes);
    this.order.set(state.permutation);
    this.observations.set(state.seen);
    this.steps = state.steps;
  }

  close(): Promise<void> {
    return this.vector.close();
  }
}
