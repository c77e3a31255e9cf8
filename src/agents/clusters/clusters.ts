/**
 * One PPO a cluster of substations, under a dispatcher that says which of them acts: the scheme of a thesis on distributed agents for power grids (docs/agents/clusters.md), with the time
 * between two decisions of an agent counted as the semi-Markov process that it is.
 */
import type { VectorEnvironment, VectorSnapshot } from '../../environments/index.js';
import { InputError } from '../../grid/index.js';
import { type MomentsData, ObservationNormaliser, RewardNormaliser, type RewardNormaliserData } from '../../learning/index.js';
import { type Agent, type AgentContext, type Iteration, type PlainData, trainingSeed } from '../agent.js';
import { EpisodeTracker } from '../episode-tracker.js';
import type { PolicyData } from '../policy-data.js';
import { ASK, canAct, DIRECT, Dispatcher } from './dispatcher.js';
import { Learner, type LearningSums, pickEntries } from './learner.js';
import { type ClusterPartition, settingsPartition } from './partition.js';
import type { ClustersSettings } from './settings.js';

/** Limit of normalised observations. */
const LIMIT = 10;

/** What `save` gives. */
interface ClustersState {
  readonly steps: number;
  readonly learners: readonly PlainData[];
  readonly dispatcher: PlainData;
  readonly vector: VectorSnapshot;
  readonly observationMoments: MomentsData;
  readonly rewards: RewardNormaliserData;
  readonly episodes: PlainData;
  readonly seen: Float32Array;
}

/** What happened while acting, in environments times steps. */
interface Acted {
  /** [learner]: its decisions. */
  readonly decisions: Float64Array;
  reconnections: number;
}

/** Agents of clusters at work. */
export class ClustersAgent implements Agent {
  readonly name = 'clusters';
  steps = 0;
  private readonly partition: ClusterPartition;
  private readonly dispatcher: Dispatcher;
  /** One a cluster, and that of a learned dispatcher last. */
  private readonly learners: readonly Learner[];
  private readonly normaliser: ObservationNormaliser;
  private readonly rewardNormaliser: RewardNormaliser;
  private readonly episodes: EpisodeTracker;
  /** [environment][observation], normalised where that is wanted. */
  private readonly seen: Float32Array;
  private readonly rows: Float64Array;
  private readonly rewards: Float64Array;
  private readonly which: Int32Array;
  private readonly ended: Uint8Array;

  /** See clusters/index.ts. */
  constructor(
    private readonly context: AgentContext,
    readonly settings: ClustersSettings,
    private readonly vector: VectorEnvironment,
  ) {
    const { task, seed, learningBackend } = context;
    const { environments, gamma, dispatcher, safeLoading } = settings;
    this.partition = settingsPartition(task, settings);
    const { clusters, observation } = this.partition;
    this.dispatcher = new Dispatcher(this.partition, dispatcher, safeLoading, environments);
    const parts = clusters.map(({ entries, choices }) => ({ entries, choices: choices.length }));
    // Of a learned dispatcher: a choice for each cluster, and doing nothing.
    if (dispatcher === 'learned') parts.push({ entries: Int32Array.from({ length: observation }, (_, k) => k), choices: clusters.length + 1 });
    this.learners = parts.map((part, number) => new Learner({ ...part, number, seed, learningBackend }, settings));
    this.normaliser = new ObservationNormaliser(observation, LIMIT);
    this.rewardNormaliser = new RewardNormaliser(environments, gamma);
    this.episodes = new EpisodeTracker(environments);
    this.seen = new Float32Array(environments * observation);
    this.rows = new Float64Array(environments * task.actionSpace.length);
    this.rewards = new Float64Array(environments);
    this.which = new Int32Array(environments);
    this.ended = new Uint8Array(environments);
    vector.reset({ seed: trainingSeed(seed) });
    this.look();
  }

  /** Weights of all networks. */
  get parameterCount(): number {
    return this.learners.reduce((sum, learner) => sum + learner.parameterCount, 0);
  }

  /** Whether moments are still gathered. */
  private gathers(): boolean {
    return this.steps <= this.settings.normaliserShare * this.context.totalSteps;
  }

  /** Takes the vector's observations as they are now. Moments are those of all steps, whoever acts in them. */
  private look(): void {
    const { seen, vector, normaliser, settings } = this;
    seen.set(vector.observations);
    if (!settings.normaliseObservations) return;
    if (this.gathers()) normaliser.moments.add(seen);
    normaliser.normalise(seen, seen);
  }

  /** Actions of all environments, into `rows`. */
  private choose(acted: Acted): void {
    const { vector, dispatcher, learners, partition, rows, settings } = this;
    const { who, actions } = dispatcher.dispatch(vector.observations, vector.masks);
    for (let e = 0; e < rows.length; e++) {
      rows[e] = actions[e];
      if (who[e] === DIRECT && actions[e] !== partition.nothing) acted.reconnections += 1;
    }
    if (settings.dispatcher === 'learned') this.ask(who, acted);
    partition.clusters.forEach(({ choices }, k) => {
      const count = this.list(who, k);
      if (count === 0) return;
      const learner = learners[k];
      this.fill(learner, k, count);
      learner.decide(this.which, count);
      for (let j = 0; j < count; j++) rows[this.which[j]] = choices[learner.decided.actions[j]];
      acted.decisions[k] += count;
    });
  }

  /** Has the dispatcher's network pick clusters, in `who`. */
  private ask(who: Int32Array, acted: Acted): void {
    const { learners, partition, which, vector } = this;
    const { clusters } = partition;
    const count = this.list(who, ASK);
    if (count === 0) return;
    const learner = learners[clusters.length];
    const width = clusters.length + 1;
    for (let j = 0; j < count; j++) {
      for (let k = 0; k < clusters.length; k++) learner.decided.masks[j * width + k] = canAct(partition, k, vector.masks, which[j]) ? 1 : 0;
      learner.decided.masks[j * width + clusters.length] = 1;
    }
    this.fill(learner, -1, count);
    learner.decide(which, count);
    for (let j = 0; j < count; j++) {
      const picked = learner.decided.actions[j];
      who[which[j]] = picked === clusters.length ? DIRECT : picked;
    }
    acted.decisions[clusters.length] += count;
  }

  /** Lists the environments in which one acts; gives how many there are. */
  private list(who: Int32Array, wanted: number): number {
    let count = 0;
    for (let e = 0; e < who.length; e++) if (who[e] === wanted) this.which[count++] = e;
    return count;
  }

  /** What a learner decides upon in the environments listed: observations, and of a cluster's the masks. @param cluster -1 for the dispatcher */
  private fill(learner: Learner, cluster: number, count: number): void {
    const { partition, seen, which, vector } = this;
    const { observation, choices: all, clusters } = partition;
    if (cluster < 0) {
      for (let j = 0; j < count; j++)
        learner.decided.observations.set(seen.subarray(which[j] * observation, (which[j] + 1) * observation), j * observation);
      return;
    }
    const { entries, choices } = clusters[cluster];
    pickEntries(seen, observation, entries, which, count, learner.decided.observations);
    for (let j = 0; j < count; j++)
      for (let k = 0; k < choices.length; k++) learner.decided.masks[j * choices.length + k] = vector.masks[which[j] * all + choices[k]];
  }

  /** Ends the decisions of an environment whose episode ended. */
  private endDecisions(e: number): void {
    const { vector, learners, partition, settings, normaliser, dispatcher } = this;
    const { observation, clusters } = partition;
    dispatcher.forget(e);
    if (vector.terminations[e] !== 0) {
      for (const learner of learners) learner.buffer.end(e);
      return;
    }
    const last = vector.finalObservations.slice(e * observation, (e + 1) * observation);
    if (settings.normaliseObservations) normaliser.normalise(last, last);
    learners.forEach((learner, k) => {
      if (!learner.buffer.isOpen(e)) return;
      learner.buffer.end(e, learner.valueOf(k < clusters.length ? Float32Array.from(clusters[k].entries, (entry) => last[entry]) : last));
    });
  }

  /** Acts for `rolloutSteps`; gives the seconds that the environments took. */
  private act(acted: Acted): number {
    const { vector, settings, rewards, rows, ended, learners, rewardNormaliser } = this;
    let simulation = 0;
    for (let t = 0; t < settings.rolloutSteps; t++) {
      this.choose(acted);
      const from = performance.now();
      const step = vector.step(rows);
      simulation += performance.now() - from;
      this.episodes.add(step);
      for (let e = 0; e < rewards.length; e++) {
        rewards[e] = settings.rewardScale * step.rewards[e];
        ended[e] = step.terminations[e] | step.truncations[e];
      }
      if (settings.normaliseRewards) {
        if (this.gathers()) rewardNormaliser.add(rewards, ended);
        rewardNormaliser.normalise(rewards, rewards);
      }
      for (const learner of learners) learner.buffer.reward(rewards, settings.gamma);
      for (let e = 0; e < ended.length; e++) if (ended[e] !== 0) this.endDecisions(e);
      this.look();
    }
    this.steps += settings.rolloutSteps * settings.environments;
    return simulation / 1000;
  }

  /** Those learn that have decisions enough. */
  private learn(): Record<string, number> {
    const { settings, learners } = this;
    const round = settings.rolloutSteps * settings.environments;
    const rate = settings.annealLearningRate
      ? settings.learningRate * Math.max(0, 1 - (this.steps - round) / this.context.totalSteps)
      : settings.learningRate;
    const sums: LearningSums = {
      policyLoss: 0,
      valueLoss: 0,
      entropy: 0,
      divergence: 0,
      clippedShare: 0,
      policyGradientNorm: 0,
      valueGradientNorm: 0,
      updates: 0,
    };
    for (const learner of learners) if (learner.isReady) learner.learn(rate, sums);
    const { updates, ...losses } = sums;
    const means = Object.fromEntries(Object.entries(losses).map(([name, sum]) => [name, sum / Math.max(1, updates)]));
    return { ...means, learningRate: rate, updates };
  }

  iterate(): Iteration {
    const { learners, settings, partition } = this;
    const steps = settings.rolloutSteps * settings.environments;
    const acted: Acted = { decisions: new Float64Array(learners.length), reconnections: 0 };
    const from = performance.now();
    const simulationSeconds = this.act(acted);
    const actingSeconds = (performance.now() - from) / 1000 - simulationSeconds;
    const learnt = this.learn();
    const { returns, lengths } = this.episodes.take();
    const seconds = (performance.now() - from) / 1000;
    const shares = partition.clusters.map((_, k): [string, number] => [`share${k}`, acted.decisions[k] / steps]);
    const asked: [string, number][] =
      learners.length > partition.clusters.length ? [['shareAsked', acted.decisions[partition.clusters.length] / steps]] : [];
    return {
      steps,
      returns,
      lengths,
      metrics: {
        ...learnt,
        ...Object.fromEntries([...shares, ...asked]),
        reconnections: acted.reconnections / steps,
        parameters: this.parameterCount,
      },
      simulationSeconds,
      learningSeconds: seconds - simulationSeconds,
      actingSeconds,
    };
  }

  policy(): PolicyData {
    const { context, settings, partition, learners, normaliser } = this;
    const { task, seed, remote } = context;
    const [network, ...networks] = learners.map((learner) => learner.policyNetwork.save());
    return {
      format: 'busbar-policy',
      version: 1,
      agent: this.name,
      task: task.id,
      taskOptions: remote?.options ?? {},
      seed,
      steps: this.steps,
      observation: partition.observation,
      actionSpace: task.actionSpace.toJSON(),
      head: 'clusters',
      network,
      clusters: {
        clusters: settings.clusters,
        observation: settings.observation,
        dispatcher: settings.dispatcher,
        safeLoading: settings.safeLoading,
        nothing: settings.nothing,
        networks,
      },
      ...(settings.normaliseObservations ? { normaliser: { moments: normaliser.moments.save(), limit: LIMIT } } : {}),
    };
  }

  save(): PlainData {
    const state: ClustersState = {
      steps: this.steps,
      learners: this.learners.map((learner) => learner.save()),
      dispatcher: this.dispatcher.save(),
      vector: this.vector.snapshot(),
      observationMoments: this.normaliser.moments.save(),
      rewards: this.rewardNormaliser.save(),
      episodes: this.episodes.save(),
      seen: this.seen.slice(),
    };
    return state as unknown as PlainData;
  }

  restore(saved: PlainData): void {
    const state = saved as unknown as ClustersState;
    if (typeof state?.steps !== 'number' || state.learners?.length !== this.learners.length || state.seen?.length !== this.seen.length)
      throw new InputError('this is no saved state of clusters with these settings');
    this.learners.forEach((learner, k) => {
      learner.restore(state.learners[k]);
    });
    this.dispatcher.restore(state.dispatcher);
    this.vector.restore(state.vector);
    this.normaliser.moments.restore(state.observationMoments);
    this.rewardNormaliser.restore(state.rewards);
    this.episodes.restore(state.episodes);
    this.seen.set(state.seen);
    this.steps = state.steps;
  }

  close(): Promise<void> {
    return this.vector.close();
  }
}
