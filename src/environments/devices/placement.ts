/**
 * Where a device moves voltage most, by finite differences of power flows in lanes.
 *
 * The score of a place is the sum over all nodes of |dV/dQ| or |dV/dP|, per unit of base voltage for 1 kvar or kW there: (V(+d) - V(-d)) / 2d at the grid's nominal load, taps and switches as they
 * stand. Places are taken greedily by score; one that is fewer than `spacing` branches from a place taken already is passed over. Scores count to nine digits, ties go to the
 * place that comes first in the grid, so that the choice is the same on every machine.
 */
import { checkKeys, checkWord, describeValue, type Grid, GridError, namesThere, requireGrid, terminalsOf } from '../../grid/index.js';
import { BatchObserver, type BatchOptions, BatchSession, STATUS_CONVERGED } from '../../powerflow/index.js';
import { addInjection, copyGrid, groundedBuses } from './attach.js';
import type { Place } from './records.js';

export interface PlacementOptions {
  /** What the device moves: `reactive` power (default) or `active`. */
  readonly by?: 'reactive' | 'active';
  /** Phases of the device: 3 (default: buses with nodes 1, 2 and 3) or 1 (each node of each bus is a place of its own). */
  readonly phases?: 1 | 3;
  /** Least branches (lines and transformers) between two places; default 1: any two different buses. */
  readonly spacing?: number;
  /** Buses that may be taken; default all but those of sources. Those without a base voltage, without the phases or behind a delta winding alone are left out. */
  readonly buses?: readonly string[];
  readonly backend?: BatchOptions['backend'];
}

/** A place with its score, per unit a kW or kvar, summed over nodes. */
export interface ScoredPlace extends Required<Place> {
  readonly score: number;
}

/** Scenarios of one batch. */
const LARGEST_BATCH = 256;
/** Step of the differences, kW or kvar: far above the tolerance of the power flow, far below what bends the voltages. */
const DIFFERENCE = 10;

function candidates(grid: Grid, phases: 1 | 3, wanted?: readonly string[]): Required<Place>[] {
  const nodesOf = new Map<string, Set<number>>();
  const sources = new Set<string>();
  for (const element of grid.elements) {
    if (!element.enabled) continue;
    for (const { bus, nodes } of terminalsOf(element)) {
      const known = nodesOf.get(bus) ?? new Set<number>();
      nodesOf.set(bus, known);
      for (const node of nodes) known.add(node);
      if (element.kind === 'vsource' || element.kind === 'isource') sources.add(bus);
    }
  }
  const names = wanted?.map((name) => String(name).toLowerCase());
  for (const name of names ?? [])
    if (!grid.buses.has(name)) throw new GridError(`there is no bus "${name}" to place a device at; ${namesThere(name, [...grid.buses.keys()])}`);
  const grounded = groundedBuses(grid);
  const usable = [...grid.buses.values()].filter(
    ({ id, baseKv }) => baseKv !== undefined && grounded.has(id) && (names ? names.includes(id) : !sources.has(id)),
  );
  return usable.flatMap(({ id }): Required<Place>[] => {
    const own = [1, 2, 3].filter((node) => nodesOf.get(id)?.has(node));
    if (phases === 1) return own.map((node) => ({ bus: id, nodes: [node] }));
    return own.length === 3 ? [{ bus: id, nodes: own }] : [];
  });
}

/**
 * Scores of all places where a device may stand, in the order of the grid.
 *
 * @throws InputError for options that are none; GridError where there is no place, or the grid has no power flow
 */
export function placementScores(grid: Grid, options: PlacementOptions = {}): ScoredPlace[] {
  requireGrid(grid);
  checkKeys('placing of devices', 'option', options, ['by', 'phases', 'spacing', 'buses', 'backend']);
  const { by = 'reactive', phases = 3, buses, backend } = options;
  checkWord('by', by, ['reactive', 'active']);
  if (buses !== undefined && !Array.isArray(buses)) throw new GridError(`buses is ${describeValue(buses)}; give an array of names of buses`);
  if (phases !== 1 && phases !== 3) throw new GridError(`phases is ${describeValue(phases)}; give 1 or 3`);
  const copy = copyGrid(grid);
  const places = candidates(copy, phases, buses);
  if (places.length === 0)
    throw new GridError(`there is no bus with ${phases === 3 ? 'nodes 1, 2 and 3' : 'a phase'} and a base voltage to place a device at`);
  const names = places.map((place, i) => addInjection(copy, `probe-${i}`, place).name);
  const chunk = Math.min(places.length, LARGEST_BATCH / 2);
  const batch = new BatchSession(copy, { scenarios: 2 * chunk, observe: {}, backend });
  const observer = new BatchObserver(batch);
  const probes = names.map((name) => batch.injectionIndex(`generator.${name}`));
  const zero = new Float64Array(2 * chunk);
  const column = new Float64Array(2 * chunk);
  const scored: ScoredPlace[] = [];
  for (let from = 0; from < places.length; from += chunk) {
    const count = Math.min(chunk, places.length - from);
    batch.use(2 * count);
    for (let k = 0; k < count; k++) {
      column.fill(0);
      column[2 * k] = DIFFERENCE;
      column[2 * k + 1] = -DIFFERENCE;
      batch.setPowers(probes[from + k], by === 'active' ? column : zero, by === 'active' ? zero : column);
    }
    batch.solve();
    observer.observe();
    for (let k = 0; k < count; k++) {
      const { bus, nodes } = places[from + k];
      if (batch.status[2 * k] !== STATUS_CONVERGED || batch.status[2 * k + 1] !== STATUS_CONVERGED)
        throw new GridError(
          `the power flow of grid "${grid.name}" with ${DIFFERENCE} kW or kvar at bus ${bus} does not converge; place devices by hand`,
        );
      let sum = 0;
      for (let node = 0; node < observer.nodeNames.length; node++)
        sum += Math.abs(observer.magnitudes[observer.magnitudeIndex(node, 2 * k)] - observer.magnitudes[observer.magnitudeIndex(node, 2 * k + 1)]);
      scored.push({ bus, nodes, score: Number((sum / (2 * DIFFERENCE)).toPrecision(9)) });
      batch.setPowers(probes[from + k], zero, zero);
    }
  }
  return scored;
}

/** Branches between a bus and all that can be reached, at most `most` of them. */
function within(neighbours: ReadonlyMap<string, readonly string[]>, from: string, most: number): Set<string> {
  const reached = new Set([from]);
  let edge = [from];
  for (let hops = 0; hops < most && edge.length > 0; hops++) {
    const next: string[] = [];
    for (const bus of edge) {
      for (const other of neighbours.get(bus) ?? []) {
        if (reached.has(other)) continue;
        reached.add(other);
        next.push(other);
      }
    }
    edge = next;
  }
  return reached;
}

function neighboursOf(grid: Grid): Map<string, string[]> {
  const neighbours = new Map<string, string[]>();
  for (const element of grid.elements) {
    if (!element.enabled || (element.kind !== 'line' && element.kind !== 'transformer')) continue;
    const buses = terminalsOf(element).map(({ bus }) => bus);
    for (const a of buses) for (const b of buses) if (a !== b) neighbours.set(a, [...(neighbours.get(a) ?? []), b]);
  }
  return neighbours;
}

/**
 * The `count` places where a device moves voltage most, best first. The grid is left as it is.
 *
 * @throws InputError for options that are none; GridError where there are fewer than that many at that spacing, or the grid has no power flow
 */
export function placeBySensitivity(grid: Grid, count: number, options: PlacementOptions = {}): ScoredPlace[] {
  requireGrid(grid);
  checkKeys('placing of devices', 'option', options, ['by', 'phases', 'spacing', 'buses', 'backend']);
  const { spacing = 1 } = options;
  if (!(Number.isInteger(count) && count >= 1)) throw new GridError(`${describeValue(count)} places; give a whole number from 1`);
  if (!(Number.isInteger(spacing) && spacing >= 0)) throw new GridError(`spacing is ${describeValue(spacing)}; give a whole number from 0`);
  const scored = placementScores(grid, options);
  const best = scored.map((place, i) => ({ place, i })).sort((a, b) => b.place.score - a.place.score || a.i - b.i);
  const neighbours = neighboursOf(grid);
  const chosen: ScoredPlace[] = [];
  const blocked = new Set<string>();
  for (const { place } of best) {
    if (chosen.length === count) break;
    if (blocked.has(place.bus)) continue;
    chosen.push(place);
    if (spacing > 0) for (const bus of within(neighbours, place.bus, spacing - 1)) blocked.add(bus);
  }
  if (chosen.length < count)
    throw new GridError(
      `there are only ${chosen.length} places for ${count} devices with a spacing of ${spacing}; give a smaller spacing or fewer devices`,
    );
  return chosen;
}
