/**
 * IMPALA: actors act with copies of the policy that may be a little old; a learner learns from their trajectories as they come and corrects for the difference by V-trace.
 * Espeholt, Soyer, Munos, Simonyan, Mnih, Ward, Doron, Firoiu, Harley, Dunning, Legg, Kavukcuoglu: IMPALA: scalable distributed deep-RL with importance weighted actor-learner
 * architectures, ICML 2018. Two networks, one for the policy, one for values.
 */
import type { VectorEnvironment } from '../../environments/index.js';
import { InputError } from '../../grid/index.js';
import {
  createNetwork,
  type MomentsData,
  type Network,
  type NetworkData,
  ObservationNormaliser,
  type OptimiserSettings,
} from '../../learning/index.js';
import { type ActionHead, actionHead, orderedFromOf } from '../action-head.js';
import type { Agent, AgentContext, Iteration, PlainData } from '../agent.js';
import { beginDeviations, policyNetworkSpec, valueNetworkSpec } from '../networks.js';
import type { Pace } from '../pace.js';
import type { PolicyData } from '../policy-data.js';
import { isCount } from '../saved-data.js';
import { type ActorSetup, OBSERVATION_LIMIT } from './actor.js';
import { ActorAccounts } from './actor-accounts.js';
import { ImpalaScratch, impalaLoss } from './impala-loss.js';
import { LearnerBatch } from './learner-batch.js';
import type { ImpalaSettings } from './settings.js';
import type { Weights, WeightsShape } from './shared-weights.js';
import { ABOUT_SECONDS, ABOUT_VERSION, type TrajectoryShape, trajectoryBytes } from './trajectory.js';
import { LocalSource, type StartActorThreads, type TrajectorySource } from './trajectory-source.js';

/** Most bytes of all trajectories that there is room for. */
const MOST_BYTES = 2 ** 32;

/** What `save` gives. */
interface ImpalaState {
  readonly steps: number;
  readonly version: number;
  readonly policy: NetworkData;
  readonly values: NetworkData;
  /** null where observations are not normalised. */
  readonly observationMoments: MomentsData | null;
  readonly accounts: PlainData;
  readonly actors: PlainData;
}

/** Who acts: environments at hand, or threads. */
export type ImpalaActing = VectorEnvironment | { readonly start: StartActorThreads; readonly remote: NonNullable<AgentContext['remote']> };

/** IMPALA at work. */
export class ImpalaAgent implements Agent {
  readonly name = 'impala';
  steps = 0;
  private readonly head: ActionHead;
  private readonly policyNetwork: Network;
  private readonly valueNetwork: Network;
  private readonly batch: LearnerBatch;
  private readonly scratch: ImpalaScratch;
  private readonly normaliser: ObservationNormaliser | undefined;
  private readonly accounts: ActorAccounts;
  private readonly parameterGradient: Float32Array;
  private readonly valueGradient: Float32Array;
  private readonly source: TrajectorySource;
  /** Updates done. */
  private version = 0;

  /** See impala/index.ts, which checks that the environments can be shared out. */
  constructor(
    private readonly context: AgentContext,
    readonly settings: ImpalaSettings,
    acting: ImpalaActing,
  ) {
    const { task, seed, learningBackend } = context;
    const { unroll, batch, hidden, learningRate, epsilon, gradientNorm } = settings;
    const actors = Math.max(1, settings.actors);
    this.head = actionHead(task.actionSpace, { orderedFrom: orderedFromOf(task, settings.orderedFrom) });
    const observation = task.observationSpace.length;
    const trajectory: TrajectoryShape = {
      steps: unroll,
      environments: settings.environments / actors,
      observation,
      action: this.head.actions,
      choices: task.masksActions ? this.head.distribution.choices : 0,
    };
    const slots = settings.queue + actors;
    const bytes = trajectoryBytes(trajectory) * (slots + batch);
    if (bytes > MOST_BYTES)
      throw new InputError(
        `${slots + batch} trajectories of impala, of ${unroll} steps of ${trajectory.environments} environments each, are ${Math.ceil(bytes / 2 ** 20)} MiB; set unroll, environments, batch or queue lower`,
      );
    this.batch = new LearnerBatch(trajectory, batch);
    const { rows } = this.batch;
    const optimiser: OptimiserSettings =
      settings.optimiser === 'adam'
        ? { kind: 'adam', learningRate, epsilon, clipNorm: gradientNorm }
        : { kind: 'rmsprop', learningRate, epsilon, epsilonInside: true, clipNorm: gradientNorm };
    const networks = { batch: rows, optimiser, backend: learningBackend };
    this.policyNetwork = createNetwork(policyNetworkSpec(observation, this.head, hidden, 'tanh'), { ...networks, seed: 2 * seed });
    beginDeviations(this.policyNetwork, this.head, settings.logDeviation);
    this.valueNetwork = createNetwork(valueNetworkSpec(observation, hidden, 'tanh'), { ...networks, seed: 2 * seed + 1 });
    this.scratch = new ImpalaScratch(rows);
    this.parameterGradient = new Float32Array(rows * this.head.parameters);
    this.valueGradient = new Float32Array(rows);
    this.normaliser = settings.normaliseObservations ? new ObservationNormaliser(observation, OBSERVATION_LIMIT) : undefined;
    this.accounts = new ActorAccounts(actors, trajectory.environments, settings);
    const weights: WeightsShape = {
      parameters: this.policyNetwork.parameterCount,
      moments: this.normaliser ? 1 + 2 * observation : 0,
      readers: actors,
    };
    const { backend, spec } = this.policyNetwork;
    const actor: Omit<ActorSetup, 'actor' | 'life'> = {
      seed,
      network: spec,
      normaliseObservations: settings.normaliseObservations,
      orderedFrom: orderedFromOf(task, settings.orderedFrom),
      // The very kernels of the learner, whatever a thread would choose by itself.
      learningBackend: backend.startsWith('wasm') ? 'wasm' : (backend as ActorSetup['learningBackend']),
    };
    this.source =
      'remote' in acting
        ? acting.start({ actors, slots, trajectory, weights, remote: acting.remote, backend: context.backend, actor })
        : new LocalSource(acting, actor, trajectory, weights);
    this.publish();
  }

  /** Actors in threads cannot be set back. */
  get unfinished(): 'repeated' | undefined {
    return this.source.threads ? undefined : 'repeated';
  }

  /** Gives the present policy to the actors. */
  private publish(): void {
    this.source.publish(this.version, ({ parameters, moments }: Weights) => {
      this.policyNetwork.parameters(parameters);
      if (!this.normaliser) return;
      const { count, mean, squares } = this.normaliser.moments.save();
      moments[0] = count;
      moments.set(mean, 1);
      moments.set(squares, 1 + mean.length);
    });
  }

  private setLearningRate(): number {
    const { annealLearningRate, learningRate } = this.settings;
    const rate = annealLearningRate ? learningRate * Math.max(0, 1 - this.steps / this.context.totalSteps) : learningRate;
    this.policyNetwork.learningRate = rate;
    this.valueNetwork.learningRate = rate;
    return rate;
  }

  /** Updates by the batch, each published. */
  private async learn(pace: Pace | undefined): Promise<Record<string, number>> {
    const { settings, batch, scratch, policyNetwork, valueNetwork, parameterGradient, valueGradient } = this;
    const rate = this.setLearningRate();
    const sums: Record<string, number> = {};
    batch.prepare(this.normaliser);
    for (let pass = 1; pass <= settings.passes; pass++) {
      batch.value(valueNetwork);
      const parameters = policyNetwork.forward(batch.inputs);
      const values = valueNetwork.forward(batch.inputs);
      const loss = impalaLoss(this.head.distribution, parameters, values, batch, settings, scratch, parameterGradient, valueGradient);
      policyNetwork.backward(parameterGradient, { inputs: false });
      valueNetwork.backward(valueGradient, { inputs: false });
      const norms = { policyGradientNorm: policyNetwork.step().gradientNorm, valueGradientNorm: valueNetwork.step().gradientNorm };
      for (const [name, value] of Object.entries({ ...loss, ...norms })) sums[name] = (sums[name] ?? 0) + value / settings.passes;
      this.version += 1;
      // What was seen counts from the next trajectories on: those of this batch were acted upon without it.
      if (pass === settings.passes && this.gathers()) this.normaliser?.moments.add(batch.observations);
      this.publish();
      await pace?.breathe();
    }
    return { ...sums, learningRate: rate };
  }

  /** Whether moments are still gathered. */
  private gathers(): boolean {
    return this.steps <= this.settings.normaliserShare * this.context.totalSteps;
  }

  async iterate(pace?: Pace): Promise<Iteration> {
    const { batch, settings, accounts, source } = this;
    const from = performance.now();
    let waited = 0;
    let simulation = 0;
    let lagSum = 0;
    let lagMax = 0;
    let fill = 0;
    batch.clear();
    for (let place = 0; place < settings.batch; place++) {
      const before = performance.now();
      const trajectory = await source.next();
      waited += (performance.now() - before) / 1000;
      fill += source.waiting / source.room;
      const lag = this.version - trajectory.about[ABOUT_VERSION];
      lagSum += lag;
      lagMax = Math.max(lagMax, lag);
      simulation += trajectory.about[ABOUT_SECONDS];
      accounts.add(trajectory, this.gathers());
      batch.put(place, trajectory);
      source.release();
      await pace?.breathe();
    }
    accounts.scale(batch.rewards);
    const learned = await this.learn(pace);
    this.steps += batch.rows;
    const seconds = (performance.now() - from) / 1000;
    const metrics = {
      ...learned,
      lagMean: lagSum / settings.batch,
      lagMax,
      queueFill: fill / settings.batch,
      actorsReplaced: source.replaced,
      waitingShare: source.threads ? waited / seconds : 0,
    };
    return {
      steps: batch.rows,
      ...accounts.take(),
      metrics,
      simulationSeconds: simulation,
      learningSeconds: source.threads ? seconds - waited : seconds - simulation,
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
      head: 'policy',
      orderedFrom: orderedFromOf(task, this.settings.orderedFrom),
      network: this.policyNetwork.save(),
      ...(this.normaliser ? { normaliser: { moments: this.normaliser.moments.save(), limit: OBSERVATION_LIMIT } } : {}),
    };
  }

  /** Actors in threads go on with new episodes; what they were at, and what waited in the queue, is not saved. */
  save(): PlainData {
    const state: ImpalaState = {
      steps: this.steps,
      version: this.version,
      policy: this.policyNetwork.save(),
      values: this.valueNetwork.save(),
      observationMoments: this.normaliser?.moments.save() ?? null,
      accounts: this.accounts.save(),
      actors: this.source.save(),
    };
    return state as unknown as PlainData;
  }

  restore(saved: PlainData): void {
    const state = saved as unknown as ImpalaState;
    if (!isCount(state?.steps) || !isCount(state.version) || (state.observationMoments === null) !== (this.normaliser === undefined))
      throw new InputError('this is no saved state of impala with these settings');
    this.source.restore(state.actors);
    this.accounts.restore(state.accounts);
    this.policyNetwork.restore(state.policy);
    this.valueNetwork.restore(state.values);
    if (state.observationMoments) this.normaliser?.moments.restore(state.observationMoments);
    this.steps = state.steps;
    this.version = state.version;
    this.publish();
  }

  close(): Promise<void> {
    return this.source.close();
  }
}
