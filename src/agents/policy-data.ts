/** A trained policy as plain data, and as JSON. */

import { type SpaceRecord, spaceFromJSON, type Task } from '../environments/index.js';
import { describeValue, InputError } from '../grid/index.js';
import {
  decodeFloats,
  encodeFloats,
  type MomentsData,
  type NetworkData,
  type NetworkJSON,
  networkFromJSON,
  networkToJSON,
} from '../learning/index.js';

/**
 * What a policy's network gives: `policy`, parameters of a distribution, numbers normal and cut to their box; `squashed-policy`, the same with numbers squashed by tanh;
 * `values`, a value for each choice; `dueling-values`, first the state's value, then an advantage for each choice; `communicating`, of several agents with networks and a
 * memory each, of which `team` tells.
 */
export const POLICY_HEADS = ['policy', 'squashed-policy', 'values', 'dueling-values', 'communicating'] as const;
/** One of {@link POLICY_HEADS}. */
export type PolicyHead = (typeof POLICY_HEADS)[number];

/** What a policy of several agents has besides: who is on which graph, and the networks after the first. */
export interface TeamPolicyData {
  /** [agent]: its neighbours. */
  readonly neighbours: readonly (readonly number[])[];
  /** Names of the numbers of one agent's observation, where the task names them. */
  readonly features?: readonly string[];
  /** Of one agent. */
  readonly actionSpace: SpaceRecord;
  /** Units of layers and memories. */
  readonly hidden: number;
  /** Whether each agent has its own parameters. */
  readonly parameters: 'own' | 'shared';
  /** Whether messages are heard. */
  readonly messages: boolean;
  /** Whether values know what neighbours do. */
  readonly neighbourActions: boolean;
  /** All networks but the first, in the order of the agent's trunk. */
  readonly further: readonly NetworkData[];
}

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
  /** Of several agents the first of their networks. */
  readonly network: NetworkData;
  /** With the head `communicating`. */
  readonly team?: TeamPolicyData;
  /** By what observations are normalised before they go into the network; undefined where they go in as they are. */
  readonly normaliser?: { readonly moments: MomentsData; readonly limit: number };
}

/** A network without the optimiser's moments: of a team there are so many that zeros in their place would take megabytes. */
export type BareNetworkJSON = Omit<NetworkJSON, 'first' | 'second'>;

/** A policy for JSON. */
export interface PolicyJSON extends Omit<PolicyData, 'network' | 'team'> {
  readonly network: NetworkJSON;
  readonly team?: Omit<TeamPolicyData, 'further'> & { readonly further: readonly BareNetworkJSON[] };
}

/** A policy for JSON. The optimiser's moments, which no policy needs, are left out (zeros). */
export function policyToJSON(data: PolicyData): PolicyJSON {
  const { team, ...rest } = data;
  const bare = (network: NetworkData): NetworkJSON => {
    const none = new Float32Array(network.parameters.length);
    return networkToJSON({ ...network, first: none, second: none });
  };
  return { ...rest, network: bare(data.network), ...(team ? { team: { ...team, further: team.further.map(withoutMoments) } } : {}) };
}

function withoutMoments(network: NetworkData): BareNetworkJSON {
  const { first: _first, second: _second, ...rest } = networkToJSON({ ...network, first: new Float32Array(0), second: new Float32Array(0) });
  return rest;
}

/** The reverse, zeros in their place. Throws InputError for what is no network. */
function withMoments(json: BareNetworkJSON): NetworkData {
  const { parameters } = json ?? {};
  if (typeof parameters !== 'string') throw new InputError("the parameters of a saved team's network must be a text");
  const none = encodeFloats(new Float32Array(decodeFloats(parameters).length));
  return networkFromJSON({ ...json, first: none, second: none });
}

/** What a policy says of its team, checked as far as it can be without building it. Throws InputError. */
function teamFromJSON(record: PolicyJSON): TeamPolicyData {
  const { team } = record;
  if (typeof team !== 'object' || team === null) throw new InputError('a saved policy with the head communicating must have a team');
  const { neighbours, further, hidden, parameters } = team;
  const agents = Array.isArray(neighbours) ? neighbours.length : 0;
  if (agents === 0 || record.observation % agents !== 0)
    throw new InputError(`a saved team has ${agents} agents, among which ${describeValue(record.observation)} observations cannot be shared out`);
  if (!Array.isArray(further)) throw new InputError(`the further networks of a saved team are ${describeValue(further)}; they must be an array`);
  if (!Number.isInteger(hidden) || hidden < 1 || hidden > 1024)
    throw new InputError(`hidden of a saved team is ${describeValue(hidden)}; it must be a whole number from 1 to 1024`);
  if (parameters !== 'own' && parameters !== 'shared')
    throw new InputError(`parameters of a saved team are ${describeValue(parameters)}; they may be own, shared`);
  for (const name of ['messages', 'neighbourActions'] as const) {
    if (typeof team[name] !== 'boolean') throw new InputError(`${name} of a saved team is ${describeValue(team[name])}; it must be true or false`);
  }
  spaceFromJSON(team.actionSpace);
  return { ...team, further: further.map(withMoments) };
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
  const isTeam = record.head === 'communicating';
  if (isTeam !== (record.team !== undefined))
    throw new InputError(
      `a saved policy has the head ${record.head} and ${isTeam ? 'no' : 'a'} team; only communicating agents have one, and all of them do`,
    );
  if (!isTeam && network.spec.inputs !== record.observation)
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
  const { team: _saved, ...rest } = record;
  return { ...rest, network, ...(isTeam ? { team: teamFromJSON(record) } : {}) };
}

/** Throws InputError where a policy is not for a task: other observations, other actions. */
export function checkPolicyFits(data: PolicyData, task: Task): void {
  const wanted = spaceFromJSON(data.actionSpace).describe();
  const given = task.actionSpace.describe();
  if (data.observation !== task.observationSpace.length || wanted !== given) {
    throw new InputError(
      `the policy was trained on ${data.task} (${data.observation} observations, actions ${wanted}); ${task.id} has ${task.observationSpace.length} observations and actions ${given}`,
    );
  }
}
