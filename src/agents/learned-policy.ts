/** A trained policy that acts: in evaluations, rollouts and control loops. */

import { type Policy, type Space, spaceFromJSON, type Task, type VectorEnvironment } from '../environments/index.js';
import { InputError } from '../grid/index.js';
import { type LearningBackendName, loadNetwork, type Network, ObservationNormaliser } from '../learning/index.js';
import { RandomStream } from '../numeric/index.js';
import { type ActionHead, actionHead } from './action-head.js';
import { ClustersPolicy } from './clusters/clusters-policy.js';
import { TeamPolicy } from './communicating/team-policy.js';
import { checkPolicyFits, type PolicyData } from './policy-data.js';
import { rowLogProbability } from './row-probability.js';

/** How a trained policy acts. */
export interface LearnedPolicyOptions {
  /** Whether actions are drawn from the policy's distribution; the likeliest are taken by default. Policies of values have none to draw from. */
  readonly stochastic?: boolean;
  /** What its random numbers count from; 0 by default. */
  readonly seed?: number;
  /** Whose kernels carry the network. */
  readonly learningBackend?: LearningBackendName;
  /** Name in reports; the agent's by default. */
  readonly name?: string;
}

/** Most rows that go through the network at once. */
const ROWS = 256;
/** Words of random numbers that lie between the draws of two steps, per number of an action. */
const STRIDE = 4;

/** The network of a policy, with what goes before and after it; for rows of observations. */
export class LearnedPolicy implements Policy {
  readonly name: string;
  readonly head: ActionHead;
  private readonly space: Space;
  /** Undefined of a team. */
  private readonly network: Network | undefined;
  /** Policies of several agents act by it. */
  private readonly team: TeamPolicy | undefined;
  private readonly normaliser: ObservationNormaliser | undefined;
  private readonly inputs: Float32Array;
  private readonly parameters: Float32Array;
  private readonly drawn: Float64Array;
  private readonly skip: number;
  private readonly stochastic: boolean;
  private readonly seed: number;
  /** Of policies of clusters: what acts in place of the one network. */
  private readonly clusters: ClustersPolicy | undefined;

  /** Throws InputError for data that are none, and for a stochastic policy of values. */
  constructor(
    readonly data: PolicyData,
    { stochastic = false, seed = 0, learningBackend, name }: LearnedPolicyOptions = {},
  ) {
    this.name = name ?? data.agent;
    this.stochastic = stochastic;
    this.seed = seed;
    this.skip = data.head === 'dueling-values' ? 1 : 0;
    if (stochastic && data.head.endsWith('values'))
      throw new InputError(`a policy of ${data.agent} has no probabilities to draw from; leave out stochastic`);
    this.space = spaceFromJSON(data.actionSpace);
    this.head = actionHead(this.space, {
      form: data.head === 'squashed-policy' ? 'squashed' : 'gaussian',
      orderedFrom: data.orderedFrom,
    });
    this.inputs = new Float32Array(ROWS * data.observation);
    this.parameters = new Float32Array(ROWS * this.head.parameters);
    this.drawn = new Float64Array(ROWS * this.head.actions);
    if (data.head === 'communicating') {
      this.team = new TeamPolicy(data, { name: this.name, stochastic, seed, learningBackend });
      return;
    }
    this.network = loadNetwork(data.network, { batch: ROWS, backend: learningBackend });
    if (data.head === 'clusters') {
      if (!data.clusters) throw new InputError('a saved policy of clusters lacks its clusters');
      this.clusters = new ClustersPolicy({ ...data, clusters: data.clusters }, { stochasticSeed: stochastic ? seed : undefined, learningBackend });
    } else if (this.network.outputs !== this.head.parameters + this.skip)
      throw new InputError(
        `a saved policy's network gives ${this.network.outputs} numbers, and its actions need ${this.head.parameters + this.skip}`,
      );
    if (data.normaliser) {
      this.normaliser = new ObservationNormaliser(data.observation, data.normaliser.limit);
      this.normaliser.moments.restore(data.normaliser.moments);
    }
  }

  /** Throws InputError where the policy is not for a task. */
  checkFits(task: Task): void {
    checkPolicyFits(this.data, task);
  }

  /** Parameters of the distribution (values, of policies of values) for up to 256 rows of observations. */
  private forward(observations: Float32Array, rows: number): Float32Array {
    const { inputs, head, skip, network } = this;
    const width = this.data.observation;
    const into = inputs.subarray(0, rows * width);
    into.set(observations);
    this.normaliser?.normalise(into, into);
    if (network === undefined)
      throw new InputError(`a policy of ${this.data.agent} remembers what it saw and cannot choose for single rows; let it act in an environment`);
    const outputs = network.forward(into);
    if (skip === 0) return outputs;
    const { parameters } = this;
    for (let r = 0; r < rows; r++) {
      for (let j = 0; j < head.parameters; j++) parameters[r * head.parameters + j] = outputs[r * (head.parameters + skip) + skip + j];
    }
    return parameters.subarray(0, rows * head.parameters);
  }

  /**
   * The likeliest actions for rows of observations. Throws InputError for policies of clusters, whose dispatcher goes by what was before: these act in a vector, by `act`.
   *
   * @param observations [row][observation]
   * @param masks [row][choice]; empty where nothing is masked
   * @param into receives rows of the action space, [row][entry]
   */
  choose(observations: Float32Array, masks: Uint8Array, into: Float64Array): void {
    if (this.clusters) throw new InputError(`a policy of ${this.data.agent} has a dispatcher, which goes by the steps before; use act() in a vector`);
    const width = this.data.observation;
    const { actions } = this.head;
    const choices = this.head.distribution.choices;
    const rows = observations.length / width;
    for (let from = 0; from < rows; from += ROWS) {
      const count = Math.min(ROWS, rows - from);
      const parameters = this.forward(observations.subarray(from * width, (from + count) * width), count);
      const drawn = this.drawn.subarray(0, count * actions);
      const allowed = masks.length > 0 ? masks.subarray(from * choices, (from + count) * choices) : undefined;
      this.head.distribution.mode(parameters, drawn, allowed);
      this.head.toRows(drawn, into.subarray(from * actions, (from + count) * actions));
    }
  }

  act(vector: VectorEnvironment, observations: Float32Array, masks: Uint8Array, into: Float64Array, logProbabilities?: Float64Array): void {
    if (this.team) {
      this.team.act(vector, observations, masks, into, logProbabilities);
      return;
    }
    if (this.clusters) {
      this.clusters.act(vector, observations, masks, into, logProbabilities);
      return;
    }
    if (!this.stochastic) {
      this.choose(observations, masks, into);
      logProbabilities?.fill(0);
      return;
    }
    const width = this.data.observation;
    const { actions, distribution, parameters: count } = this.head;
    const one = this.drawn.subarray(0, actions);
    const log = new Float64Array(1);
    for (let i = 0; i < vector.environments; i++) {
      const parameters = this.forward(observations.subarray(i * width, (i + 1) * width), 1).subarray(0, count);
      const allowed = masks.length > 0 ? masks.subarray(i * distribution.choices, (i + 1) * distribution.choices) : undefined;
      // A stream by seed, episode and step, so that what an environment does depends on that environment alone.
      const stream = new RandomStream(vector.seeds[i], vector.episodes[i], `policy ${this.seed}`, vector.steps[i] * actions * STRIDE);
      distribution.sample(parameters, stream, one, allowed);
      this.head.toRows(one, into.subarray(i * actions, (i + 1) * actions));
      if (!logProbabilities) continue;
      distribution.logProbabilities(parameters, one, log, allowed);
      // Of the row, which is what was done.
      logProbabilities[i] = rowLogProbability(this.space, this.head, this.data.head === 'squashed-policy', parameters, one, log[0]);
    }
  }
}
