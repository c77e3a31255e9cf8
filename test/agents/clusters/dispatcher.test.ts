/** Who acts: lines first, nothing while it is safe, then the substations by loading. */
import { describe, expect, it } from 'vitest';
import { ASK, DIRECT, Dispatcher, type DispatcherKind, orderSubstations, partitionOf } from '../../../src/agents/index.js';
import { ring } from './ring-task.js';

const task = ring();
const WIDTH = 12;
const CHOICES = 14;
/** Choices: 1 to 9 of the knobs of substations 0, 1 and 3; 10 to 13 of the lines. */
const partition = partitionOf(task, '0,1|2,3', true, false);

/** Observation of one environment. */
function seen(loadings: number[], service = [1, 1, 1, 1]): Float32Array {
  return Float32Array.of(0, ...loadings, ...service, 0, 0, 0);
}

const free = new Uint8Array(CHOICES).fill(1);
const SAFE = seen([0.5, 0.5, 0.5, 0.5]);
const TIGHT = seen([0.2, 0.95, 0.6, 0.3]);

describe('clusters', () => {
  it('have the choices and entries of their substations', () => {
    const [first, second] = partition.clusters;
    expect([...first.choices]).toEqual([1, 2, 3, 4, 5, 6]);
    expect([...second.choices]).toEqual([7, 8, 9]);
    // Time, lines 0, 1 and 3 (twice), two knobs.
    expect([...first.entries]).toEqual([0, 1, 2, 4, 5, 6, 8, 9, 10]);
    expect([...second.entries]).toEqual([0, 2, 3, 4, 6, 7, 8, 11]);
    const [all] = partitionOf(task, 'central', false, true).clusters;
    expect([...all.choices]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(all.entries).toHaveLength(WIDTH);
    expect(partitionOf(task, 'each', true, false).clusters.map((one) => one.substations)).toEqual([[0], [1], [3]]);
  });

  it('say what is wrong with them', () => {
    expect(() => partitionOf(task, '0,1|3,4', true, false)).toThrow('cluster 1 has substation 4; ring has 0 to 3');
    expect(() => partitionOf(task, '0,1|1,3', true, false)).toThrow('substation 1 is named twice');
    expect(() => partitionOf(task, '0,1', true, false)).toThrow(
      'substation 3 has choices and is in no cluster; those of ring that have choices are 0, 1, 3',
    );
    expect(() => partitionOf(task, '0,1,3|2', true, false)).toThrow('no substation of cluster 1 has choices');
    const { network: _network, ...bare } = task;
    expect(() => partitionOf(bare, 'central', true, false)).toThrow('ring cannot be parted into clusters: it has no network');
    const network = task.network as NonNullable<typeof task.network>;
    expect(() =>
      partitionOf(
        { ...task, network: { ...network, choiceLine: network.choiceLine.map((line) => (line === 2 ? -1 : line)) } },
        'central',
        true,
        false,
      ),
    ).toThrow('its actions do not put line 2 back in');
    const wrong =
      (change: Partial<typeof network>): (() => unknown) =>
      () =>
        partitionOf({ ...task, network: { ...network, ...change } }, 'central', true, false);
    expect(wrong({ loadingEntries: [1, 2, 3] })).toThrow('has not one loading and one state for each line');
    expect(wrong({ serviceEntries: [5, 6, 7, 12] })).toThrow('names entries that its observation has not');
    expect(wrong({ entrySubstations: [] })).toThrow('does not say of each entry of the observation where it belongs');
    expect(wrong({ choiceSubstation: [1] })).toThrow('does not say of each choice what it moves');
    expect(wrong({ substations: 3 })).toThrow('names substations that it has not');
    expect(wrong({ choiceLine: network.choiceLine.map((line) => (line === 3 ? 4 : line)) })).toThrow('names lines that it has not');
  });
});

describe('a dispatcher', () => {
  const one = (kind: DispatcherKind): Dispatcher => new Dispatcher(partition, kind, 0.9, 1);
  const says = (dispatcher: Dispatcher, observations: Float32Array, masks = free): [number, number] => {
    const { who, actions } = dispatcher.dispatch(observations, masks);
    return [who[0], actions[0]];
  };

  it.each<DispatcherKind>(['published', 'worst', 'learned'])('%s: puts lines back first, and does nothing while it is safe', (kind) => {
    const dispatcher = one(kind);
    expect(says(dispatcher, SAFE)).toEqual([DIRECT, 0]);
    expect(says(dispatcher, seen([0.95, 0.5, 0, 0.5], [1, 1, 0, 1]))).toEqual([DIRECT, 12]);
    // Not while it may not be switched.
    const masks = free.slice();
    masks[12] = 0;
    expect(says(dispatcher, seen([0.5, 0.5, 0, 0.5], [1, 1, 0, 1]), masks)).toEqual([DIRECT, 0]);
    masks[13] = 1;
    expect(says(dispatcher, seen([0.5, 0.5, 0, 0], [1, 1, 0, 0]), masks)).toEqual([DIRECT, 13]);
  });

  it('orders substations by the highest loading, then the mean, lines that are out counting as 3', () => {
    const order = new Int32Array(3);
    expect(orderSubstations(partition, TIGHT, 0, order)).toBe(3);
    // Highest of 0: 0.3; of 1: 0.95; of 3: 0.6.
    expect([...order]).toEqual([1, 3, 0]);
    orderSubstations(partition, seen([0.7, 0.6, 0.1, 0.7]), 0, order);
    // All have 0.7 at most; means 0.7, 0.65, 0.4.
    expect([...order]).toEqual([0, 1, 3]);
    orderSubstations(partition, seen([0.7, 0.95, 0, 0.7], [1, 1, 0, 1]), 0, order);
    expect([...order]).toEqual([3, 1, 0]);
  });

  it('published: works through its list, even if it is safe again, and then looks anew', () => {
    const dispatcher = one('published');
    // 1, 3, 0: clusters 0, 1, 0.
    expect(says(dispatcher, TIGHT)[0]).toBe(0);
    expect(says(dispatcher, SAFE)[0]).toBe(1);
    // A line that is out goes first, and the list waits.
    expect(says(dispatcher, seen([0.5, 0.5, 0, 0.5], [1, 1, 0, 1]))).toEqual([DIRECT, 12]);
    expect(says(dispatcher, SAFE)[0]).toBe(0);
    expect(says(dispatcher, SAFE)).toEqual([DIRECT, 0]);
    // Forgotten where an episode begins.
    expect(says(dispatcher, TIGHT)[0]).toBe(0);
    dispatcher.forget(0);
    expect(says(dispatcher, SAFE)).toEqual([DIRECT, 0]);
  });

  it('published: passes over a cluster that has to wait, and does nothing where all have to', () => {
    const dispatcher = one('published');
    const masks = free.slice();
    masks.fill(0, 1, 7);
    expect(says(dispatcher, TIGHT, masks)[0]).toBe(1);
    expect(says(dispatcher, TIGHT, masks)).toEqual([DIRECT, 0]);
    masks.fill(0, 1, 10);
    expect(says(dispatcher, TIGHT, masks)).toEqual([DIRECT, 0]);
  });

  it('worst: takes the first substation of each step, and stops when it is safe', () => {
    const dispatcher = one('worst');
    expect(says(dispatcher, TIGHT)[0]).toBe(0);
    expect(says(dispatcher, TIGHT)[0]).toBe(0);
    expect(says(dispatcher, seen([0.2, 0.3, 0.95, 0.3]))[0]).toBe(1);
    expect(says(dispatcher, SAFE)).toEqual([DIRECT, 0]);
  });

  it('learned: leaves it to its network', () => {
    expect(says(one('learned'), TIGHT)[0]).toBe(ASK);
  });

  it('goes on from what was saved', () => {
    const dispatcher = one('published');
    says(dispatcher, TIGHT);
    const other = one('published');
    other.restore(structuredClone(dispatcher.save()));
    expect(says(other, SAFE)[0]).toBe(1);
    expect(() => new Dispatcher(partition, 'worst', 0.9, 2).restore(dispatcher.save())).toThrow(
      'a saved dispatcher is of another task or number of environments',
    );
  });
});
