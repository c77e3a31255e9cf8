/** Meshed grids for tests of the chord method: built-in feeders with ties, whose blocks have all shapes, and random ones. */
import fc from 'fast-check';
import { loadFeeder } from '../../src/feeders/index.js';
import type { Grid } from '../../src/grid/index.js';
import { feederWithTies } from './lane-scenarios.js';
import { buildFeeder, feederRecipes } from './random-grids.js';

/** A built-in feeder with copies of one of its lines between buses. */
async function withTies(feeder: string, ties: readonly (readonly [string, string])[]): Promise<Grid> {
  const grid = await loadFeeder(feeder);
  const line = grid.elementsOf('line').find(({ phases, isSwitch }) => phases === 3 && !isSwitch);
  if (!line) throw new Error(`${feeder} has no line of three phases`);
  ties.forEach((buses, i) => {
    grid.add({
      ...line,
      name: `loop${i}`,
      terminals: [
        { bus: buses[0], nodes: [1, 2, 3] },
        { bus: buses[1], nodes: [1, 2, 3] },
      ],
    });
  });
  return grid;
}

/** IEEE 123 with both its ties closed, one of them on one phase; loops through switches, parts of one and two phases in and behind loops. */
async function closedTies(): Promise<Grid> {
  const grid = await feederWithTies();
  grid.require('line', 'sw7').enabled = true;
  for (const terminal of grid.require('line', 'sw8').terminals) terminal.open = undefined;
  return grid;
}

/** Meshed grids by name. IEEE 37 has no tie to ground behind its transformer, and loads between phases: ports under several parents. */
export const MESHED: Readonly<Record<string, () => Promise<Grid>>> = {
  'tree131-meshed': () => loadFeeder('tree131-meshed'),
  'ieee123 with ties': closedTies,
  'ieee34 with loops': () =>
    withTies('ieee34', [
      ['848', '840'],
      ['836', '858'],
    ]),
  'ieee37 with loops': () =>
    withTies('ieee37', [
      ['725', '731'],
      ['741', '735'],
      ['718', '724'],
    ]),
  'european-lv with loops': () =>
    withTies('european-lv', [
      ['100', '400'],
      ['600', '700'],
      ['150', '820'],
    ]),
};

/** Random meshed grids, always the same. */
export function randomMeshes(count: number): Grid[] {
  return fc.sample(feederRecipes(20, true), { numRuns: count, seed: 1131 }).map(buildFeeder);
}
