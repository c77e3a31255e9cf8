/**
 * Who acts: three levels, environment by environment. A line that is out and may be put back is put back; while all loadings are low nothing is done; else a rule picks a substation,
 * and the agent whose cluster has it acts.
 *
 * The rule `published` orders the substations by the highest loading of their lines, then by the mean, lines that are out counting as loading 3, and works through the whole list, one
 * substation a step, even if the grid is safe again meanwhile (docs/agents/clusters.md). `worst` takes the first of that order anew in each step, and only while the grid is not safe.
 */

import { InputError } from '../../grid/index.js';
import type { PlainData } from '../agent.js';
import type { ClusterPartition } from './partition.js';
import type { DispatcherKind } from './settings.js';

/** What the rule takes for the loading of a line that is out. */
const OUT_LOADING = 3;

/** No agent acts: the action is given. */
export const DIRECT = -1;
/** The dispatcher's network is to pick. */
export const ASK = -2;

/** What a dispatcher says of each environment. */
export interface Dispatch {
  /** [environment]: the cluster that acts, {@link DIRECT} or {@link ASK}. */
  readonly who: Int32Array;
  /** [environment]: the action, where it is given. */
  readonly actions: Int32Array;
}

/** Whether any of a cluster's choices is allowed, doing nothing apart. */
export function canAct(partition: ClusterPartition, cluster: number, masks: Uint8Array, environment: number): boolean {
  const { choices } = partition.clusters[cluster];
  const first = environment * partition.choices;
  for (let k = 0; k < choices.length; k++) if (choices[k] !== partition.nothing && masks[first + choices[k]] !== 0) return true;
  return false;
}

/** The line to put back: the first one that is out and may be switched; -1 for none. */
export function lineToReconnect(
  { network, switchOf, observation, choices }: ClusterPartition,
  observations: Float32Array,
  masks: Uint8Array,
  environment: number,
): number {
  const { serviceEntries } = network;
  for (let line = 0; line < serviceEntries.length; line++) {
    if (observations[environment * observation + serviceEntries[line]] === 0 && masks[environment * choices + switchOf[line]] !== 0) return line;
  }
  return -1;
}

/** The highest loading of all lines in an environment. */
export function highestLoading({ network, observation }: ClusterPartition, observations: Float32Array, environment: number): number {
  let most = 0;
  for (const entry of network.loadingEntries) {
    const loading = observations[environment * observation + entry];
    if (loading > most) most = loading;
  }
  return most;
}

/** Orders the substations with choices: by the highest loading of their lines, then by the mean, then by number. Writes them and gives how many there are. */
export function orderSubstations(partition: ClusterPartition, observations: Float32Array, environment: number, into: Int32Array): number {
  const { network, acting, linesOf, observation } = partition;
  const { loadingEntries, serviceEntries } = network;
  const first = environment * observation;
  const rank = new Map<number, readonly [number, number]>();
  for (const substation of acting) {
    let [most, sum] = [0, 0];
    for (const line of linesOf[substation]) {
      const loading = observations[first + serviceEntries[line]] === 0 ? OUT_LOADING : observations[first + loadingEntries[line]];
      if (loading > most) most = loading;
      sum += loading;
    }
    rank.set(substation, [most, sum / Math.max(1, linesOf[substation].length)]);
  }
  const ordered = [...acting].sort((a, b) => {
    const [[mostA, meanA], [mostB, meanB]] = [rank.get(a) as readonly [number, number], rank.get(b) as readonly [number, number]];
    return mostB - mostA || meanB - meanA || a - b;
  });
  into.set(ordered);
  return ordered.length;
}

/** Says who acts. Keeps the lists that are being worked through, one an environment. */
export class Dispatcher {
  private readonly lists: Int32Array;
  /** [environment]: next place of its list, and how long that is. */
  private readonly places: Int32Array;
  private readonly lengths: Int32Array;
  private readonly order: Int32Array;
  private readonly said: Dispatch;

  constructor(
    private readonly partition: ClusterPartition,
    private readonly kind: DispatcherKind,
    private readonly safeLoading: number,
    readonly environments: number,
  ) {
    const most = partition.acting.length;
    this.lists = new Int32Array(environments * most);
    this.places = new Int32Array(environments);
    this.lengths = new Int32Array(environments);
    this.order = new Int32Array(most);
    this.said = { who: new Int32Array(environments), actions: new Int32Array(environments) };
  }

  /** Forgets the list of an environment; to be called where an episode begins. */
  forget(environment: number): void {
    this.places[environment] = 0;
    this.lengths[environment] = 0;
  }

  /**
   * Says who acts now in each environment. The same arrays each time.
   *
   * @param observations [environment][observation]
   * @param masks [environment][choice]
   */
  dispatch(observations: Float32Array, masks: Uint8Array): Dispatch {
    const { partition, said, environments } = this;
    for (let e = 0; e < environments; e++) {
      const line = lineToReconnect(partition, observations, masks, e);
      said.actions[e] = line >= 0 ? partition.switchOf[line] : partition.nothing;
      said.who[e] = line >= 0 ? DIRECT : this.pick(observations, masks, e);
    }
    return said;
  }

  /** The cluster that acts, where no line is put back. */
  private pick(observations: Float32Array, masks: Uint8Array, e: number): number {
    const { partition, kind, safeLoading, lists, places, lengths, order } = this;
    const { clusterOf, acting } = partition;
    const isSafe = highestLoading(partition, observations, e) < safeLoading;
    if (kind === 'learned') return isSafe ? DIRECT : ASK;
    if (kind === 'worst') {
      if (isSafe) return DIRECT;
      const count = orderSubstations(partition, observations, e, order);
      for (let k = 0; k < count; k++) if (canAct(partition, clusterOf[order[k]], masks, e)) return clusterOf[order[k]];
      return DIRECT;
    }
    const first = e * acting.length;
    if (places[e] === lengths[e]) {
      if (isSafe) return DIRECT;
      places[e] = 0;
      lengths[e] = orderSubstations(partition, observations, e, order);
      lists.set(order, first);
    }
    // One whose cluster may do nothing now, all its substations having to wait, is passed over.
    while (places[e] < lengths[e]) {
      const cluster = clusterOf[lists[first + places[e]]];
      places[e] += 1;
      if (canAct(partition, cluster, masks, e)) return cluster;
    }
    return DIRECT;
  }

  save(): PlainData {
    return { lists: this.lists.slice(), places: this.places.slice(), lengths: this.lengths.slice() };
  }

  /** Throws InputError for what `save` did not give. */
  restore(saved: PlainData): void {
    const { lists, places, lengths } = (saved ?? {}) as { lists?: Int32Array; places?: Int32Array; lengths?: Int32Array };
    if (lists?.length !== this.lists.length || places?.length !== this.places.length || lengths?.length !== this.lengths.length)
      throw new InputError('a saved dispatcher is of another task or number of environments');
    this.lists.set(lists);
    this.places.set(places);
    this.lengths.set(lengths);
  }
}
