/** Clusters of a task's network: which choices each has and which entries of the observation each sees. */
import { Discrete, type Task, type TaskNetwork } from '../../environments/index.js';
import { InputError } from '../../grid/index.js';
import type { ClustersSettings } from './settings.js';

/** One cluster. */
export interface Cluster {
  /** Rising. */
  readonly substations: readonly number[];
  /** Actions of the task that its agent may take, rising. */
  readonly choices: Int32Array;
  /** Entries of the observation that its agent sees, rising. */
  readonly entries: Int32Array;
}

/** A network parted. */
export interface ClusterPartition {
  readonly network: TaskNetwork;
  readonly clusters: readonly Cluster[];
  /** [substation]: its cluster, -1 where it is in none (only where it has no choices). */
  readonly clusterOf: Int32Array;
  /** Substations with choices, rising. */
  readonly acting: Int32Array;
  /** [substation]: lines that end there. */
  readonly linesOf: readonly Int32Array[];
  /** [line]: the action that puts it in or takes it out. */
  readonly switchOf: Int32Array;
  /** The action that does nothing. */
  readonly nothing: number;
  /** Numbers of the task's observation, and its choices. */
  readonly observation: number;
  readonly choices: number;
}

/** What of a network does not fit itself or its task; undefined where all does. */
function misfitOf(network: TaskNetwork, task: Task): string | undefined {
  const { substations, lines, loadingEntries, serviceEntries, entrySubstations, choiceSubstation, choiceLine } = network;
  const observation = task.observationSpace.length;
  const isIn = (value: number, end: number): boolean => Number.isInteger(value) && value >= 0 && value < end;
  if (loadingEntries.length !== lines.length || serviceEntries.length !== lines.length)
    return 'its network has not one loading and one state for each line';
  if (![...loadingEntries, ...serviceEntries].every((entry) => isIn(entry, observation)))
    return 'its network names entries that its observation has not';
  if (entrySubstations.length !== observation) return 'its network does not say of each entry of the observation where it belongs';
  if (choiceSubstation.length !== choiceLine.length) return 'its network does not say of each choice what it moves';
  if (
    ![...lines, ...entrySubstations].flat().every((substation) => isIn(substation, substations)) ||
    choiceSubstation.some((at) => at !== -1 && !isIn(at, substations))
  )
    return 'its network names substations that it has not';
  return choiceLine.some((line) => line !== -1 && !isIn(line, lines.length)) ? 'its network names lines that it has not' : undefined;
}

/** Why a task cannot be parted; undefined where it can. */
export function noPartitionBecause(task: Task): string | undefined {
  const { network } = task;
  if (!network) return 'it has no network of substations and lines (the topology tasks have one)';
  const misfit = misfitOf(network, task);
  if (misfit !== undefined) return misfit;
  if (!(task.actionSpace instanceof Discrete) || task.actionSpace.counts[0] !== network.choiceLine.length)
    return 'its action is not one choice of a network';
  if (!task.masksActions) return 'it does not say which choices are allowed';
  if (task.namedActions?.none === undefined) return 'it names no action that does nothing';
  const unswitched = network.lines.findIndex((_, line) => !network.choiceLine.includes(line));
  if (unswitched >= 0) return `its actions do not put line ${unswitched} back in; make it with the actions set and lines`;
  return network.choiceSubstation.some((substation) => substation >= 0) ? undefined : 'its actions move nothing at any substation';
}

/** Lists of substations that a text means. */
function listsOf(text: string, acting: readonly number[], substations: number): number[][] {
  if (text === 'central') return [Array.from({ length: substations }, (_, k) => k)];
  if (text === 'each') return acting.map((substation) => [substation]);
  return text.split('|').map((list) => list.split(',').map(Number));
}

/**
 * Parts a task's network as settings, or a saved policy, have it.
 *
 * @throws InputError as {@link partitionOf} does, and where doing nothing is both the dispatcher's and the agents' choice
 */
export function settingsPartition(
  task: Task,
  settings: Pick<ClustersSettings, 'clusters' | 'observation' | 'dispatcher' | 'nothing'>,
): ClusterPartition {
  const { clusters, observation, dispatcher, nothing } = settings;
  if (nothing && dispatcher === 'learned')
    throw new InputError('a learned dispatcher may do nothing already; leave out the setting nothing, or name another dispatcher');
  return partitionOf(task, clusters, observation === 'partial', nothing);
}

/**
 * Parts a task's network.
 *
 * @param text as the setting `clusters` has it
 * @param isPartial whether a cluster sees its own entries and those that go for all, or everything
 * @param mayDoNothing whether doing nothing is among the choices of each cluster
 * @throws InputError for a task that cannot be parted, for substations that there are not, that are named twice, or that have choices and are in no cluster, and for clusters without
 *   choices
 */
export function partitionOf(task: Task, text: string, isPartial: boolean, mayDoNothing: boolean): ClusterPartition {
  const because = noPartitionBecause(task);
  if (because !== undefined) throw new InputError(`${task.id} cannot be parted into clusters: ${because}`);
  const network = task.network as TaskNetwork;
  const { substations, choiceSubstation, choiceLine, entrySubstations, lines } = network;
  const every = Array.from({ length: substations }, (_, k) => k);
  const acting = every.filter((substation) => choiceSubstation.includes(substation));
  const lists = listsOf(text, acting, substations);
  const clusterOf = new Int32Array(substations).fill(-1);
  lists.forEach((list, k) => {
    for (const substation of list) {
      if (substation >= substations) throw new InputError(`cluster ${k} has substation ${substation}; ${task.id} has 0 to ${substations - 1}`);
      if (clusterOf[substation] >= 0) throw new InputError(`substation ${substation} is named twice in the clusters; it can be in one only`);
      clusterOf[substation] = k;
    }
    if (!list.some((substation) => acting.includes(substation)))
      throw new InputError(`no substation of cluster ${k} has choices; those of ${task.id} that have are ${acting.join(', ')}`);
  });
  const missing = acting.find((substation) => clusterOf[substation] < 0);
  if (missing !== undefined)
    throw new InputError(`substation ${missing} has choices and is in no cluster; those of ${task.id} that have choices are ${acting.join(', ')}`);
  const nothing = task.namedActions?.none[0] as number;
  const clusters = lists.map((list, k): Cluster => {
    const own = choiceSubstation
      .map((substation, choice) => (substation >= 0 && clusterOf[substation] === k ? choice : -1))
      .filter((choice) => choice >= 0);
    const entries = entrySubstations.map((at, entry) => (!isPartial || at.length === 0 || at.some((s) => clusterOf[s] === k) ? entry : -1));
    return {
      substations: [...list].sort((a, b) => a - b),
      choices: Int32Array.from(mayDoNothing ? [...own, nothing].sort((a, b) => a - b) : own),
      entries: Int32Array.from(entries.filter((entry) => entry >= 0)),
    };
  });
  return {
    network,
    clusters,
    clusterOf,
    acting: Int32Array.from(acting),
    linesOf: every.map((substation) => Int32Array.from(lines.keys()).filter((line) => lines[line].includes(substation))),
    switchOf: Int32Array.from(lines, (_, line) => choiceLine.indexOf(line)),
    nothing,
    observation: task.observationSpace.length,
    choices: choiceLine.length,
  };
}
