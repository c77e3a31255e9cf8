/**
 * The linear part of each leg in the chord method: how its current goes with its voltage, as a real 2x2 matrix on (re, im).
 *
 * Newton's own choice is the derivative at the base case. Lanes are elsewhere, though, and legs change their law where they leave their voltage window, from a current that
 * falls with voltage to one that rises. So the slope is a mean over the voltages at which lanes are to be expected; the fixed point does not depend on it, only how fast
 * it is reached (IEEE 8500: 9 iterations instead of 14).
 */
import type { CompiledGrid } from './compiled-grid.js';
import { legCurrent } from './mismatch.js';

/** The smallest range to either side, and the range where taps differ from lane to lane; a share of the leg's voltage. */
const LEAST_RANGE = 0.005;
const TAP_RANGE = 0.15;
const SAMPLES = 13;

/**
 * Slopes of all legs, [leg][rr, ri, ir, ii].
 *
 * @param base the base case's voltages, [node][re, im]
 * @param unloaded those without load: how far loads move voltages; undefined where that has no solution
 * @param ownTaps whether taps differ from lane to lane
 */
export function legSlopes(compiled: CompiledGrid, base: Float64Array, unloaded: Float64Array | undefined, ownTaps: boolean): Float64Array {
  const { legs } = compiled;
  const slopes = new Float64Array(4 * legs.count);
  for (let leg = 0; leg < legs.count; leg++) {
    const [vr, vi] = across(compiled, leg, base);
    const volts = Math.hypot(vr, vi);
    let range = LEAST_RANGE;
    if (unloaded && volts > 0) {
      const [ur, ui] = across(compiled, leg, unloaded);
      // The farthest lanes lie from the base case as far as that lies from no load at all; a third of it serves best.
      range = Math.max(range, 0.35 * Math.abs(Math.hypot(ur, ui) / volts - 1));
    }
    if (ownTaps) range = Math.max(range, TAP_RANGE);
    addMean(compiled, leg, vr, vi, Math.min(range, TAP_RANGE), slopes.subarray(4 * leg, 4 * leg + 4));
  }
  return slopes;
}

/** Voltage across a leg. */
function across({ legs }: CompiledGrid, leg: number, voltage: Float64Array): readonly [number, number] {
  const [a, b] = [legs.from[leg], legs.to[leg]];
  const part = (node: number, k: 0 | 1): number => (node < 0 ? 0 : voltage[2 * node + k]);
  return [part(a, 0) - part(b, 0), part(a, 1) - part(b, 1)];
}

/** Adds the mean of a leg's slopes over voltages from 1 - range to 1 + range of a voltage. */
function addMean(compiled: CompiledGrid, leg: number, vr: number, vi: number, range: number, into: Float64Array): void {
  const h = 1e-5 * Math.max(Math.hypot(vr, vi), 1e-3 * compiled.legs.laws[leg].ratedVolts);
  for (let sample = 0; sample < SAMPLES; sample++) {
    const factor = 1 - range + (2 * range * sample) / (SAMPLES - 1);
    const [r, i] = [factor * vr, factor * vi];
    const [east, west] = [legCurrent(compiled, leg, r + h, i), legCurrent(compiled, leg, r - h, i)];
    const [north, south] = [legCurrent(compiled, leg, r, i + h), legCurrent(compiled, leg, r, i - h)];
    const scale = 1 / (2 * h * SAMPLES);
    into[0] += scale * (east[0] - west[0]);
    into[1] += scale * (north[0] - south[0]);
    into[2] += scale * (east[1] - west[1]);
    into[3] += scale * (north[1] - south[1]);
  }
}
