/** Production that differs from its schedule: targets of redispatch, caps on wind and sun, storage units. docs/tasks/topology.md has the formulas. */
import { STORAGE_LOSS, type TopologyElements } from './elements.js';
import type { TopologyState } from './state.js';

/** Hours of a step. */
const HOURS = 1 / 12;

/**
 * What generators give in a step. Caps come first; storage units have been set by {@link drawStorage}. Dispatched generators go from their schedule towards their targets within
 * their ramps and limits, and what caps and storage units leave lacking is shared among them by the room that they have; what is then still lacking is the slack's.
 *
 * @param i environment
 * @param series the row's numbers begin at `at`, generators at `at + first`
 */
export function dispatch(elements: TopologyElements, state: TopologyState, i: number, series: Float32Array, at: number): void {
  const { facts, generators, dispatchable, renewable, storages, loads } = elements;
  const { target, actual, cap, drawn, produced } = state;
  const g = i * generators;
  const first = at + 2 * loads;
  let lacking = 0;
  let isPlain = true;
  for (const k of renewable) {
    const scheduled = series[first + k];
    const most = cap[g + k] * facts.generators[k].maxMw;
    produced[g + k] = scheduled > most ? most : scheduled;
    lacking += scheduled - produced[g + k];
  }
  for (let k = 0; k < storages.length; k++) lacking += drawn[i * storages.length + k];
  for (const k of dispatchable) if (target[g + k] !== 0 || actual[g + k] !== 0) isPlain = false;
  if (isPlain && lacking === 0) {
    for (const k of dispatchable) produced[g + k] = series[first + k];
    return;
  }
  // Towards the targets; each generator's own share of the lack is what its schedule and the result differ by.
  let room = 0;
  for (const k of dispatchable) {
    const scheduled = series[first + k];
    const wanted = within(elements, k, produced[g + k], scheduled + target[g + k]);
    lacking -= wanted - scheduled;
    actual[g + k] = wanted;
  }
  for (const k of dispatchable) room += roomOf(elements, k, produced[g + k], actual[g + k], lacking > 0);
  const share = room > 0 ? Math.min(1, Math.abs(lacking) / room) : 0;
  for (const k of dispatchable) {
    const more = share * roomOf(elements, k, produced[g + k], actual[g + k], lacking > 0);
    const given = actual[g + k] + (lacking > 0 ? more : -more);
    actual[g + k] = given - series[first + k];
    produced[g + k] = given;
  }
}

/** A production within limits and ramp. */
function within({ facts }: TopologyElements, k: number, before: number, wanted: number): number {
  const { minMw, maxMw, rampMw } = facts.generators[k];
  const low = Math.max(minMw, Math.min(before, maxMw) - rampMw);
  const high = Math.min(maxMw, Math.max(before, minMw) + rampMw);
  return wanted < low ? low : wanted > high ? high : wanted;
}

/** How far a generator can still go up, or down, in this step. */
function roomOf({ facts }: TopologyElements, k: number, before: number, now: number, isUp: boolean): number {
  const { minMw, maxMw, rampMw } = facts.generators[k];
  const room = isUp ? Math.min(maxMw, Math.max(before, minMw) + rampMw) - now : now - Math.max(minMw, Math.min(before, maxMw) - rampMw);
  return room > 0 ? room : 0;
}

/** Sets what a storage unit draws in this step (-1 discharges, 0 rests, 1 charges), as far as its energy goes, and moves its energy. */
export function drawStorage(elements: TopologyElements, state: TopologyState, i: number, unit: number, order: number): void {
  const { maxMw, capacityMwh } = elements.storages[unit];
  const at = i * elements.storages.length + unit;
  const energy = state.energy[at];
  let drawn = 0;
  if (order > 0) drawn = Math.min(maxMw, (capacityMwh - energy) / (HOURS * (1 - STORAGE_LOSS)));
  else if (order < 0) drawn = -Math.min(maxMw, (energy * (1 - STORAGE_LOSS)) / HOURS);
  state.drawn[at] = drawn;
  const change = drawn > 0 ? drawn * HOURS * (1 - STORAGE_LOSS) : (drawn * HOURS) / (1 - STORAGE_LOSS);
  state.energy[at] = Math.min(capacityMwh, Math.max(0, energy + change));
}
