/** A trained policy as plain data, and as JSON. */

import { type SpaceRecord, spaceFromJSON, type Task } from '../environments/index.js';
import { describeValue, InputError } from '../grid/index.js';
import { type MomentsData, type NetworkData, type NetworkJSON, networkFromJSON, networkToJSON } from '../learning/index.js';
import { type ClustersPart, type ClustersPartJSON, clustersPartFromJSON, clustersPartToJSON, partitionFor } from './clusters/clusters-policy.js';

/**
 * What a policy's network gives: `policy`, parameters of a distribution, numbers normal and cut to their box; `squashed-policy`, the same with numbers squashed by tanh;
 * `values`, a value for each choice; `dueling-values`, first the state's value, then an advantage for each choice; `clusters`, there are several networks, each of which gives the
 * parameters of a choice among some of the actions.
 */
export const POLICY_HEADS = ['policy', 'squashed-policy', 'values', 'dueling-values', 'clusters'] as const;
/** One of {@link POLICY_HEADS}. */
export type PolicyHead = (typeof POLICY_HEADS)[number];

/** A trained policy. */
export interface PolicyData {
  readonly format: 'busbar-policy';
  readonly version: 1;
  /** What trained it. */
  readonly agent: string;
  /** Id of the task, and the options with which it was made. */
  readonly task: string;
  readonly taskOptions: Readonly<Record<string, unknown>>;
  /** Seed and steps of its training. */
  readonly seed: number;
  readonly steps: number;
  /** Numbers of an observation. */
  readonly observation: number;
  readonly actionSpace: SpaceRecord;
  readonly head: PolicyHead;
  /** Discrete entries of so many levels or more are numbers, rounded (see `ActionHeadOptions`); undefined for none. */
  readonly orderedFrom?: number;
  /** Of policies of several networks the first. */
  readonly network: NetworkData;
  /** Of the head `clusters`: how the networks act together, and the others. */
  readonly clusters?: ClustersPart;
  /** By what observations are normalised before they go into the network; undefined where they go in as they are. */
  readonly normaliser?: { readonly moments: MomentsData; readonly limit: number };
}

/** A policy for JSON. */
export interface PolicyJSON extends Omit<PolicyData, 'network' | 'clusters'> {
  readonly network: NetworkJSON;
  readonly clusters?: ClustersPartJSON;
}

/** A policy for JSON. The optimiser's moments, which no policy needs, are left out (zeros). */
export function policyToJSON(data: PolicyData): PolicyJSON {
  const { network, clusters, ...rest } = data;
  const none = new Float32Array(network.parameters.length);
  return {
    ...rest,
    network: networkToJSON({ ...network, first: none, second: none }),
    ...(clusters ? { clusters: clustersPartToJSON(clusters) } : {}),
  };
}

/** A policy out of JSON, checked. Throws InputError for what is none. */
export function policyFromJSON(json: unknown): PolicyData {
  if (typeof json !== 'object' || json === null) throw new InputError(`a saved policy is an object, not ${describeValue(json)}`);
  const record = json as PolicyJSON;
  if (record.format !== 'busbar-policy' || record.version !== 1)
    throw new InputError('this is no saved policy of busbar, or of a version that is not known here');
  if (!POLICY_HEADS.includes(record.head))
    throw new InputError(`the head of a saved policy is ${describeValue(record.head)}; it may be ${POLICY_HEADS.join(', ')}`);
  for (const name of ['agent', 'task'] as const) {
    if (typeof record[name] !== 'string' || record[name] === '')
      throw new InputError(`the ${name} of a saved policy is ${describeValue(record[name])}; it must be a name`);
  }
  for (const name of ['seed', 'steps'] as const) {
    if (!Number.isInteger(record[name]) || record[name] < 0)
      throw new InputError(`the ${name} of a saved policy is ${describeValue(record[name])}; it must be a whole number`);
  }
  if (typeof record.taskOptions !== 'object' || record.taskOptions === null || Array.isArray(record.taskOptions))
    throw new InputError(`the taskOptions of a saved policy are ${describeValue(record.taskOptions)}; they must be an object`);
  const network = networkFromJSON(record.network);
  const clusters = record.head === 'clusters' ? clustersPartFromJSON(record.clusters) : undefined;
  if (!clusters && network.spec.inputs !== record.observation)
    throw new InputError(
      `a saved policy's network takes ${network.spec.inputs} numbers, and its observations have ${describeValue(record.observation)}`,
    );
  const { orderedFrom } = record;
  if (orderedFrom !== undefined && !(Number.isInteger(orderedFrom) && orderedFrom >= 2))
    throw new InputError(`orderedFrom of a saved policy is ${describeValue(orderedFrom)}; it must be a whole number from 2, or left out`);
  spaceFromJSON(record.actionSpace);
  const { normaliser } = record;
  if (
    normaliser !== undefined &&
    (normaliser === null || normaliser.moments?.mean?.length !== record.observation || typeof normaliser.limit !== 'number')
  )
    throw new InputError("a saved policy's normaliser does not fit its observations");
  const { clusters: _clusters, ...rest } = record;
  return { ...rest, network, ...(clusters ? { clusters } : {}) };
}

/** Throws InputError where a policy is not for a task: other observations, other actions, another network. */
export function checkPolicyFits(data: PolicyData, task: Task): void {
  const wanted = spaceFromJSON(data.actionSpace).describe();
  const given = task.actionSpace.describe();
  if (data.observation !== task.observationSpace.length || wanted !== given) {
    throw new InputError(
      `the policy was trained on ${data.task} (${data.observation} observations, actions ${wanted}); ${task.id} has ${task.observationSpace.length} observations and actions ${given}`,
    );
  }
  if (data.clusters) partitionFor({ ...data, clusters: data.clusters }, task);
}
