/** A trained policy as plain data, and as JSON. */

import { type Space, type SpaceRecord, spaceFromJSON, type Task } from '../environments/index.js';
import { BusbarError, describeValue, InputError } from '../grid/index.js';
import {
  checkNetworkData,
  decodeFloats,
  encodeFloats,
  type MomentsData,
  type NetworkData,
  type NetworkJSON,
  networkFromJSON,
  networkToJSON,
  ObservationNormaliser,
} from '../learning/index.js';
import { actionHead } from './action-head.js';
import { type ClustersPart, type ClustersPartJSON, clustersPartFromJSON, clustersPartToJSON, partitionFor } from './clusters/clusters-policy.js';
import { isCount } from './saved-data.js';

/**
 * What a policy's network gives: `policy`, parameters of a distribution, numbers normal and cut to their box; `squashed-policy`, the same with numbers squashed by tanh;
 * `values`, a value for each choice; `dueling-values`, first the state's value, then an advantage for each choice; `communicating`, of several agents with networks and a
 * memory each, of which `team` tells; `clusters`, several networks, each of which gives the parameters of a choice among some of the actions.
 */
export const POLICY_HEADS = ['policy', 'squashed-policy', 'values', 'dueling-values', 'communicating', 'clusters'] as const;
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
  /** Left out by agents themselves, which is what the trainer adds: a task has to have the same one to be acted in. */
  readonly observationSpace?: SpaceRecord;
  readonly actionSpace: SpaceRecord;
  readonly head: PolicyHead;
  /** Discrete entries of so many levels or more are numbers, rounded (see `ActionHeadOptions`); undefined for none. */
  readonly orderedFrom?: number;
  /** Of several networks the first. */
  readonly network: NetworkData;
  /** With the head `communicating`. */
  readonly team?: TeamPolicyData;
  /** With the head `clusters`: how the networks act together, and the others. */
  readonly clusters?: ClustersPart;
  /** By what observations are normalised before they go into the network; undefined where they go in as they are. */
  readonly normaliser?: { readonly moments: MomentsData; readonly limit: number };
}

/** A network without the optimiser's moments: of a team there are so many that zeros in their place would take megabytes. */
export type BareNetworkJSON = Omit<NetworkJSON, 'first' | 'second'>;

/** A policy for JSON. */
export interface PolicyJSON extends Omit<PolicyData, 'network' | 'team' | 'clusters'> {
  readonly network: NetworkJSON;
  readonly team?: Omit<TeamPolicyData, 'further'> & { readonly further: readonly BareNetworkJSON[] };
  readonly clusters?: ClustersPartJSON;
}

/** A policy for JSON. The optimiser's moments, which no policy needs, are left out (zeros). */
export function policyToJSON(data: PolicyData): PolicyJSON {
  const { team, clusters, ...rest } = data;
  const bare = (network: NetworkData): NetworkJSON => {
    const none = new Float32Array(network.parameters.length);
    return networkToJSON({ ...network, first: none, second: none });
  };
  return {
    ...rest,
    network: bare(data.network),
    ...(team ? { team: { ...team, further: team.further.map(withoutMoments) } } : {}),
    ...(clusters ? { clusters: clustersPartToJSON(clusters) } : {}),
  };
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

/** Throws InputError for an entry of a saved policy that may not be. */
function fail(name: string, value: unknown, must: string): never {
  throw new InputError(`the ${name} of a saved policy is ${describeValue(value)}; it must be ${must}`);
}

/** What a policy says of its team, checked as far as it can be without building it; undefined where its head has none. Throws InputError. */
function checkTeam({ head, team, observation }: PolicyData): TeamPolicyData | undefined {
  const isTeam = head === 'communicating';
  if (isTeam !== (team !== undefined))
    throw new InputError(
      `a saved policy has the head ${head} and ${isTeam ? 'no' : 'a'} team; only communicating agents have one, and all of them do`,
    );
  if (team === undefined) return undefined;
  if (typeof team !== 'object' || team === null) fail('team', team, 'an object');
  const { neighbours, further, hidden, parameters } = team;
  const agents = Array.isArray(neighbours) ? neighbours.length : 0;
  if (agents === 0 || observation % agents !== 0)
    throw new InputError(`a saved team has ${agents} agents, among which ${describeValue(observation)} observations cannot be shared out`);
  neighbours.forEach((list, agent) => {
    if (!Array.isArray(list) || !list.every((other) => Number.isInteger(other) && other >= 0 && other < agents && other !== agent))
      fail(`team's neighbours of agent ${agent}`, list, `places of other agents, from 0 to ${agents - 1}`);
  });
  if (!Array.isArray(further)) fail("team's further networks", further, 'an array');
  if (!Number.isInteger(hidden) || hidden < 1 || hidden > 1024) fail("team's hidden", hidden, 'a whole number from 1 to 1024');
  if (parameters !== 'own' && parameters !== 'shared') fail("team's parameters", parameters, 'own or shared');
  for (const name of ['messages', 'neighbourActions'] as const)
    if (typeof team[name] !== 'boolean') fail(`team's ${name}`, team[name], 'true or false');
  spaceFromJSON(team.actionSpace);
  return { ...team, further: further.map(checkNetworkData) };
}

/** Throws InputError for moments that are none, or of other observations. */
function checkNormaliser(normaliser: NonNullable<PolicyData['normaliser']>, observation: number): void {
  if (typeof normaliser !== 'object' || normaliser === null) fail('normaliser', normaliser, 'an object, or left out');
  const { moments, limit } = normaliser;
  if (typeof moments !== 'object' || moments === null) fail('normaliser', moments, 'one with moments');
  for (const name of ['mean', 'squares'] as const) {
    const numbers: unknown = moments[name];
    if (!Array.isArray(numbers) || numbers.length !== observation || !numbers.every((x) => Number.isFinite(x)))
      fail(`normaliser's ${name}`, numbers, `an array of ${observation} finite numbers, as many as an observation has`);
  }
  if (moments.squares.some((square) => square < 0)) fail("normaliser's squares", 'below 0', '0 or more');
  new ObservationNormaliser(observation, limit).moments.restore(moments);
}

/** Throws InputError where the head does not go with the actions, or the network does not give as many numbers as they need. */
function checkHead(data: PolicyData, space: Space): void {
  const head = actionHead(space, { form: data.head === 'squashed-policy' ? 'squashed' : 'gaussian', orderedFrom: data.orderedFrom });
  if (data.head.endsWith('values') && head.discrete !== head.actions)
    fail('head', data.head, `policy or squashed-policy where actions are numbers, as in ${space.describe()}`);
  if (data.head === 'squashed-policy' && head.discrete > 0) fail('head', data.head, `another where actions are choices, as in ${space.describe()}`);
  const { layers } = data.network.spec;
  const { units } = layers[layers.length - 1];
  const needed = head.parameters + (data.head === 'dueling-values' ? 1 : 0);
  if (units !== needed)
    throw new InputError(
      `a saved policy's network gives ${units} numbers, and its actions ${space.describe()} with the head ${data.head} need ${needed}`,
    );
}

/** Every key of {@link PolicyData}; the type has the compiler say when one is missing here. */
const KNOWN: Record<keyof PolicyData, true> = {
  format: true,
  version: true,
  agent: true,
  task: true,
  taskOptions: true,
  seed: true,
  steps: true,
  observation: true,
  observationSpace: true,
  actionSpace: true,
  head: true,
  orderedFrom: true,
  network: true,
  team: true,
  clusters: true,
  normaliser: true,
};

/** A policy as plain data, checked in all its parts. Throws InputError of one line for what is none. */
export function checkPolicyData(given: unknown): PolicyData {
  if (typeof given !== 'object' || given === null) throw new InputError(`a saved policy is an object, not ${describeValue(given)}`);
  const data = given as PolicyData;
  if (data.format !== 'busbar-policy' || data.version !== 1)
    throw new InputError('this is no saved policy of busbar, or of a version that is not known here');
  if (!POLICY_HEADS.includes(data.head))
    throw new InputError(`the head of a saved policy is ${describeValue(data.head)}; it may be ${POLICY_HEADS.join(', ')}`);
  for (const name of ['agent', 'task'] as const) if (typeof data[name] !== 'string' || data[name] === '') fail(name, data[name], 'a name');
  for (const name of ['seed', 'steps'] as const)
    if (!isCount(data[name])) fail(name, data[name], `a whole number from 0 to ${Number.MAX_SAFE_INTEGER}`);
  if (typeof data.taskOptions !== 'object' || data.taskOptions === null || Array.isArray(data.taskOptions))
    throw new InputError(`the taskOptions of a saved policy are ${describeValue(data.taskOptions)}; they must be an object`);
  const network = checkNetworkData(data.network);
  const team = checkTeam(data);
  const { clusters } = data;
  if ((data.head === 'clusters') !== (clusters !== undefined))
    throw new InputError(
      `a saved policy has the head ${data.head} and ${clusters ? 'has' : 'lacks'} clusters; only the head clusters has them, and always`,
    );
  if (!team && !clusters && network.spec.inputs !== data.observation)
    throw new InputError(
      `a saved policy's network takes ${network.spec.inputs} numbers, and its observations have ${describeValue(data.observation)}`,
    );
  const { orderedFrom, normaliser, observationSpace } = data;
  if (orderedFrom !== undefined && !(Number.isSafeInteger(orderedFrom) && orderedFrom >= 2))
    fail('orderedFrom', orderedFrom, 'a whole number from 2, or left out');
  // What is not known here is left out; the rest keeps its order.
  const entries = Object.entries({ ...data, network, team }).filter(([name, value]) => Object.hasOwn(KNOWN, name) && value !== undefined);
  const checked = Object.fromEntries(entries) as unknown as PolicyData;
  const space = spaceFromJSON(data.actionSpace);
  if (!team && !clusters) checkHead(checked, space);
  if (observationSpace !== undefined && spaceFromJSON(observationSpace).length !== data.observation)
    fail('observationSpace', spaceFromJSON(observationSpace).describe(), `one of ${data.observation} numbers, as observation says`);
  if (normaliser !== undefined) checkNormaliser(normaliser, data.observation);
  return checked;
}

/** A policy out of JSON, checked. Throws InputError of one line for what is none. */
export function policyFromJSON(json: unknown): PolicyData {
  if (typeof json !== 'object' || json === null) throw new InputError(`a saved policy is an object, not ${describeValue(json)}`);
  const record = json as PolicyJSON;
  if (record.format !== 'busbar-policy' || record.version !== 1)
    throw new InputError('this is no saved policy of busbar, or of a version that is not known here');
  try {
    const { team } = record;
    const further = team?.further?.map(withMoments);
    const clusters = record.head === 'clusters' ? clustersPartFromJSON(record.clusters) : record.clusters;
    return checkPolicyData({
      ...record,
      network: networkFromJSON(record.network),
      ...(team ? { team: { ...team, further } } : {}),
      ...(clusters ? { clusters } : {}),
    });
  } catch (error) {
    if (error instanceof BusbarError) throw error;
    throw new InputError(`this is no saved policy of busbar: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Whose rows of numbers, and what they are. */
interface Held {
  readonly what: string;
  readonly trained: Space;
  readonly given: Space;
}

/** The first thing in which spaces differ: kind, number of entries, choices, bounds; undefined where there is none. */
function difference({ what, trained, given }: Held): string | undefined {
  const [a, b] = [trained.describe(), given.describe()];
  if (trained.kind !== given.kind || trained.length !== given.length || (trained.kind === 'dict' && a !== b)) return `${what} ${a} there, ${b} here`;
  for (let k = 0; k < trained.length; k++) {
    if (trained.counts[k] === given.counts[k] && trained.low[k] === given.low[k] && trained.high[k] === given.high[k]) continue;
    return `entry ${k} of ${what} is ${trained.describeEntry(k)} there, and ${given.describeEntry(k)} here`;
  }
  return undefined;
}

/** Throws InputError where a policy is not for a task: other observations, other actions, in kind, number, choices or bounds. */
export function checkPolicyFits(data: PolicyData, task: Task): void {
  const observations =
    data.observationSpace === undefined
      ? data.observation !== task.observationSpace.length && `${data.observation} observations there, ${task.observationSpace.length} here`
      : difference({ what: 'observations', trained: spaceFromJSON(data.observationSpace), given: task.observationSpace });
  const actions = difference({ what: 'actions', trained: spaceFromJSON(data.actionSpace), given: task.actionSpace });
  const why = [observations, actions].filter((text) => typeof text === 'string');
  if (why.length > 0) throw new InputError(`the policy was trained on ${data.task} and does not fit ${task.id}: ${why.join('; ')}`);
  if (data.clusters) partitionFor({ ...data, clusters: data.clusters }, task);
}
