/** A trained policy of clusters that acts: a dispatcher, and a network for each cluster. */
import type { Task, VectorEnvironment } from '../../environments/index.js';
import { describeValue, InputError } from '../../grid/index.js';
import {
  Categorical,
  type LearningBackendName,
  loadNetwork,
  type Network,
  type NetworkData,
  type NetworkJSON,
  networkFromJSON,
  networkToJSON,
  ObservationNormaliser,
} from '../../learning/index.js';
import { RandomStream } from '../../numeric/index.js';
import { ASK, canAct, DIRECT, Dispatcher } from './dispatcher.js';
import { pickEntries } from './learner.js';
import { type ClusterPartition, settingsPartition } from './partition.js';
import { CLUSTERS_SETTINGS, type ClustersSettings } from './settings.js';

/** What a saved policy of clusters has beside its first network, that of the first cluster: the settings by which it acts, and the other networks. */
export interface ClustersPart extends Pick<ClustersSettings, 'clusters' | 'observation' | 'dispatcher' | 'safeLoading' | 'nothing'> {
  /** Of the second cluster and those after it; that of a learned dispatcher is the last. */
  readonly networks: readonly NetworkData[];
}

/** The same for JSON. */
export interface ClustersPartJSON extends Omit<ClustersPart, 'networks'> {
  readonly networks: readonly NetworkJSON[];
}

/** For JSON; the optimisers' moments are left out (zeros). */
export function clustersPartToJSON(part: ClustersPart): ClustersPartJSON {
  const plain = (network: NetworkData): NetworkJSON => {
    const none = new Float32Array(network.parameters.length);
    return networkToJSON({ ...network, first: none, second: none });
  };
  return { ...part, networks: part.networks.map(plain) };
}

/** Out of JSON, checked. Throws InputError for what is none. */
export function clustersPartFromJSON(json: unknown): ClustersPart {
  if (typeof json !== 'object' || json === null)
    throw new InputError(`the clusters of a saved policy are ${describeValue(json)}; they must be an object`);
  const part = json as ClustersPartJSON;
  if (!Array.isArray(part.networks)) throw new InputError('the clusters of a saved policy lack their networks');
  const of = <K extends keyof Omit<ClustersPart, 'networks'>>(name: K): ClustersPart[K] =>
    CLUSTERS_SETTINGS[name].check(`the setting ${name} of a saved policy of clusters`, part[name]) as ClustersPart[K];
  return {
    clusters: of('clusters'),
    observation: of('observation'),
    dispatcher: of('dispatcher'),
    safeLoading: of('safeLoading'),
    nothing: of('nothing'),
    networks: part.networks.map(networkFromJSON),
  };
}

/** What acting needs of a saved policy. */
export interface SavedClusters {
  readonly network: NetworkData;
  readonly clusters: ClustersPart;
  readonly observation: number;
  readonly normaliser?: { readonly moments: Parameters<ObservationNormaliser['moments']['restore']>[0]; readonly limit: number };
}

/** How it acts: with chance where a seed is given. */
export interface ClustersActing {
  readonly stochasticSeed?: number;
  readonly learningBackend?: LearningBackendName;
}

/** Throws InputError where a saved policy of clusters is not for a task; gives the parting of its network. */
export function partitionFor(saved: SavedClusters, task: Task): ClusterPartition {
  const partition = settingsPartition(task, saved.clusters);
  const networks = [saved.network, ...saved.clusters.networks];
  const wanted = partition.clusters.map(({ entries, choices }) => [entries.length, choices.length]);
  if (saved.clusters.dispatcher === 'learned') wanted.push([partition.observation, partition.clusters.length + 1]);
  if (networks.length !== wanted.length)
    throw new InputError(`a saved policy of clusters has ${networks.length} networks, and its clusters and dispatcher need ${wanted.length}`);
  networks.forEach(({ spec }, k) => {
    const outputs = spec.layers[spec.layers.length - 1].units;
    const [inputs, choices] = wanted[k];
    if (spec.inputs !== inputs || outputs !== choices)
      throw new InputError(
        `network ${k} of a saved policy of clusters takes ${spec.inputs} numbers and gives ${outputs}; ${task.id} needs ${inputs} and ${choices}`,
      );
  });
  return partition;
}

/** One network of the policy. */
interface Part {
  readonly network: Network;
  readonly entries: Int32Array;
  readonly distribution: Categorical;
  readonly inputs: Float32Array;
  readonly masks: Uint8Array;
  readonly actions: Float64Array;
  readonly logProbabilities: Float64Array;
}

/**
 * Acts in the environments of one vector at a time. Lists that the published dispatcher works through are kept from step to step, and forgotten where an environment is not where the last
 * step left it.
 */
export class ClustersPolicy {
  private vector: VectorEnvironment | undefined;
  private partition!: ClusterPartition;
  private dispatcher!: Dispatcher;
  private parts!: readonly Part[];
  private readonly normaliser: ObservationNormaliser | undefined;
  private seen = new Float32Array(0);
  private which = new Int32Array(0);
  /** [environment]: where it was when last acted upon. */
  private seeds = new Float64Array(0);
  private episodes = new Float64Array(0);
  private steps = new Float64Array(0);

  constructor(
    private readonly saved: SavedClusters,
    private readonly acting: ClustersActing,
  ) {
    if (!saved.normaliser) return;
    this.normaliser = new ObservationNormaliser(saved.observation, saved.normaliser.limit);
    this.normaliser.moments.restore(saved.normaliser.moments);
  }

  /** Makes what fits a vector. */
  private begin(vector: VectorEnvironment): void {
    const { saved, acting } = this;
    const { environments, task } = vector;
    const partition = partitionFor(saved, task);
    const { dispatcher, safeLoading, networks } = saved.clusters;
    const all = Int32Array.from({ length: partition.observation }, (_, k) => k);
    const sizes = [
      ...partition.clusters.map(({ entries, choices }) => ({ entries, choices: choices.length })),
      ...(dispatcher === 'learned' ? [{ entries: all, choices: partition.clusters.length + 1 }] : []),
    ];
    this.parts = [saved.network, ...networks].map((network, k): Part => {
      const { entries, choices } = sizes[k];
      return {
        network: loadNetwork(network, { batch: environments, backend: acting.learningBackend }),
        entries,
        distribution: new Categorical(choices),
        inputs: new Float32Array(environments * entries.length),
        masks: new Uint8Array(environments * choices),
        actions: new Float64Array(environments),
        logProbabilities: new Float64Array(environments),
      };
    });
    this.partition = partition;
    this.dispatcher = new Dispatcher(partition, dispatcher, safeLoading, environments);
    this.seen = new Float32Array(environments * partition.observation);
    this.which = new Int32Array(environments);
    this.seeds = new Float64Array(environments).fill(-1);
    this.episodes = new Float64Array(environments).fill(-1);
    this.steps = new Float64Array(environments).fill(-1);
    this.vector = vector;
  }

  /** Forgets the lists of environments that are elsewhere than the last step left them. */
  private follow(vector: VectorEnvironment): void {
    const { seeds, episodes, steps, dispatcher } = this;
    for (let e = 0; e < vector.environments; e++) {
      if (seeds[e] !== vector.seeds[e] || episodes[e] !== vector.episodes[e] || steps[e] + 1 !== vector.steps[e]) dispatcher.forget(e);
      seeds[e] = vector.seeds[e];
      episodes[e] = vector.episodes[e];
      steps[e] = vector.steps[e];
    }
  }

  /** Chooses actions; see `Policy.act`. Throws InputError where the policy is not for the vector's task. */
  act(vector: VectorEnvironment, observations: Float32Array, masks: Uint8Array, into: Float64Array, logProbabilities?: Float64Array): void {
    if (this.vector !== vector) this.begin(vector);
    this.follow(vector);
    const { partition, dispatcher, normaliser, seen, which, parts } = this;
    const { clusters, choices: all } = partition;
    const { who, actions } = dispatcher.dispatch(observations, masks);
    into.set(actions);
    logProbabilities?.fill(0);
    if (normaliser) normaliser.normalise(observations, seen);
    else seen.set(observations);
    const asked = this.list(who, ASK);
    if (asked > 0) {
      const part = parts[clusters.length];
      const width = clusters.length + 1;
      for (let j = 0; j < asked; j++) {
        for (let k = 0; k < clusters.length; k++) part.masks[j * width + k] = canAct(partition, k, masks, which[j]) ? 1 : 0;
        part.masks[j * width + clusters.length] = 1;
      }
      this.decide(part, 0, asked, logProbabilities);
      for (let j = 0; j < asked; j++) who[which[j]] = part.actions[j] === clusters.length ? DIRECT : part.actions[j];
    }
    clusters.forEach(({ choices }, k) => {
      const count = this.list(who, k);
      if (count === 0) return;
      const part = parts[k];
      for (let j = 0; j < count; j++)
        for (let c = 0; c < choices.length; c++) part.masks[j * choices.length + c] = masks[which[j] * all + choices[c]];
      this.decide(part, 1 + k, count, logProbabilities);
      for (let j = 0; j < count; j++) into[which[j]] = choices[part.actions[j]];
    });
  }

  private list(who: Int32Array, wanted: number): number {
    let count = 0;
    for (let e = 0; e < who.length; e++) if (who[e] === wanted) this.which[count++] = e;
    return count;
  }

  /** Has a network decide in the environments listed. @param number tells apart the draws of a step; the dispatcher's are 0 */
  private decide(part: Part, number: number, count: number, logProbabilities: Float64Array | undefined): void {
    const { seen, which, partition, acting, vector } = this;
    const { distribution, entries } = part;
    pickEntries(seen, partition.observation, entries, which, count, part.inputs);
    const parameters = part.network.forward(part.inputs.subarray(0, count * entries.length));
    const masks = part.masks.subarray(0, count * distribution.choices);
    const actions = part.actions.subarray(0, count);
    const { stochasticSeed } = acting;
    if (stochasticSeed === undefined || !vector) {
      distribution.mode(parameters, actions, masks);
      return;
    }
    const width = distribution.choices;
    for (let j = 0; j < count; j++) {
      const e = which[j];
      // A stream by seed, episode and step, so that what an environment does depends on that environment alone.
      const stream = new RandomStream(vector.seeds[e], vector.episodes[e], `policy ${stochasticSeed} clusters ${number}`, vector.steps[e]);
      distribution.sample(
        parameters.subarray(j * width, (j + 1) * width),
        stream,
        actions.subarray(j, j + 1),
        masks.subarray(j * width, (j + 1) * width),
      );
    }
    if (!logProbabilities) return;
    distribution.logProbabilities(parameters, actions, part.logProbabilities.subarray(0, count), masks);
    for (let j = 0; j < count; j++) logProbabilities[which[j]] += part.logProbabilities[j];
  }
}
