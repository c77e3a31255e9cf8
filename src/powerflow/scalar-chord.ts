/** The mismatch of the chord method in plain TypeScript: as everywhere at nodes, but of a leg alone at its two nodes by the voltage across it. */
import * as layout from './kernel-layout.js';
import type { ScalarMemory } from './scalar-legs.js';

/** Where currents are compared: columns of nodes (the second -1), and of both nodes of legs that are alone there; [pair][2], in doubles. */
const placesOf = new WeakMap<ScalarMemory, Int32Array>();

/** Pairs of columns at which a plan's injections are compared. */
export function comparedPlaces(memory: ScalarMemory): Int32Array {
  const known = placesOf.get(memory);
  if (known) return known;
  const { i32 } = memory;
  const pairs: number[] = [];
  const lone = new Set<number>();
  const first = memory.integers(layout.FIELD_TREE_RECORDS);
  for (let block = 0; block < memory.count(layout.FIELD_TREE_COUNT); block++) {
    const record = first + block * layout.CHORD_RECORD;
    if ((i32[record + 8] & layout.CHORD_LEGS) === 0) continue;
    const list = i32[record + 9] >>> 2;
    for (let k = 0; k < i32[list]; k++) {
      const leg = list + 1 + k * (layout.CHORD_LEG + 2);
      if ((i32[leg + 3] & layout.CHORD_LONE) === 0) continue;
      const ends = [i32[leg + layout.CHORD_LEG] >> 3, i32[leg + layout.CHORD_LEG + 1] >> 3];
      pairs.push(...ends);
      for (const end of ends) lone.add(end);
    }
  }
  const nodes = memory.integers(layout.FIELD_LEG_NODE_LIST);
  for (let k = 0; k < memory.count(layout.FIELD_LEG_NODE_COUNT); k++) {
    const at = i32[nodes + k] >> 3;
    if (!lone.has(at)) pairs.push(at, -1);
  }
  const places = Int32Array.from(pairs);
  placesOf.set(memory, places);
  return places;
}

/** Largest |dI|^2 |V|^2 over the places compared; infinite where one is beyond `blownUp` or no number. */
export function chordChangeSquare(memory: ScalarMemory, voltage: number, injection: number, previous: number, blownUp: number): number {
  const { f64 } = memory;
  const places = comparedPlaces(memory);
  let most = 0;
  for (let k = 0; k < places.length; k += 2) {
    const a = places[k];
    const b = places[k + 1];
    const dr = f64[injection + a] - f64[previous + a];
    const di = f64[injection + a + 1] - f64[previous + a + 1];
    const vr = f64[voltage + a] - (b < 0 ? 0 : f64[voltage + b]);
    const vi = f64[voltage + a + 1] - (b < 0 ? 0 : f64[voltage + b + 1]);
    const size = (dr * dr + di * di) * (vr * vr + vi * vi);
    if (!(size <= blownUp)) return Infinity;
    if (size > most) most = size;
  }
  return most;
}

/** A mismatch of less than a hundred times the tolerance, squared, is near it: rounding may make its pace uneven there. */
const NEAR = 1e4;

/** Whether a scenario far from the bound misses it even 2^foresight steps on at the pace of its last step; all three are squares. */
export function isTooSlow(now: number, before: number, bound: number, foresight: number): boolean {
  let pace = now / before;
  for (let k = 0; k < foresight; k++) pace *= pace;
  return !(now * pace <= bound) && !(now <= bound * NEAR);
}
