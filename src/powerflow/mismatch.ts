/** The mismatch as a checker computes it, in plain TypeScript: what Kirchhoff's current law lacks at each node, as power. */
import type { CompiledGrid } from './compiled-grid.js';
import { legFactors } from './legs.js';
import type { NodalMatrix } from './nodal-matrix.js';

/** Power base of all mismatches, VA. */
export const MISMATCH_BASE_VA = 1e6;

/** Largest mismatch and its node. */
export interface Mismatch {
  /** Per unit on 1 MVA. */
  largestPu: number;
  /** Node index. */
  worstNode: number;
}

/** Factors and current of the leg last looked at; each function below uses up what it reads before it asks for another. */
const factors = new Float64Array(2);
const current = new Float64Array(2);

/** Writes the current from conductor a to b through a leg at a voltage across it, [re, im], to `into`. */
function writeLegCurrent(compiled: CompiledGrid, leg: number, vr: number, vi: number, into: Float64Array): void {
  const { legs } = compiled;
  const volts = Math.sqrt(vr * vr + vi * vi);
  if (volts === 0) {
    into.fill(0);
    return;
  }
  legFactors(legs.laws[leg], volts, factors);
  const g = legs.watts[leg] * factors[0];
  const b = -legs.vars[leg] * factors[1];
  into[0] = g * vr - b * vi;
  into[1] = g * vi + b * vr;
}

/** Current from conductor a to b through a leg at a voltage across it, [re, im]. */
export function legCurrent(compiled: CompiledGrid, leg: number, vr: number, vi: number): readonly [number, number] {
  writeLegCurrent(compiled, leg, vr, vi, current);
  return [current[0], current[1]];
}

/** Takes the currents of all legs off a residual, [node][re, im]. */
export function subtractLegCurrents(compiled: CompiledGrid, voltage: Float64Array, residual: Float64Array): void {
  const { legs } = compiled;
  for (let leg = 0; leg < legs.count; leg++) {
    const a = legs.from[leg];
    const b = legs.to[leg];
    const vr = (a >= 0 ? voltage[2 * a] : 0) - (b >= 0 ? voltage[2 * b] : 0);
    const vi = (a >= 0 ? voltage[2 * a + 1] : 0) - (b >= 0 ? voltage[2 * b + 1] : 0);
    writeLegCurrent(compiled, leg, vr, vi, current);
    if (a >= 0) {
      residual[2 * a] -= current[0];
      residual[2 * a + 1] -= current[1];
    }
    if (b >= 0) {
      residual[2 * b] += current[0];
      residual[2 * b + 1] += current[1];
    }
  }
}

/** I_sources - Y V - I_legs at every node, [node][re, im], ampere; written to `into` where it is given. */
export function currentResidual(
  compiled: CompiledGrid,
  matrix: NodalMatrix,
  voltage: Float64Array,
  into: Float64Array = new Float64Array(compiled.sourceCurrent.length),
): Float64Array {
  const { start, column, re, im } = matrix;
  const { sourceCurrent } = compiled;
  for (let i = 0; i < compiled.nodeCount; i++) {
    let sumRe = sourceCurrent[2 * i];
    let sumIm = sourceCurrent[2 * i + 1];
    for (let k = start[i]; k < start[i + 1]; k++) {
      const j = 2 * column[k];
      const g = re[k];
      const b = im[k];
      const vr = voltage[j];
      const vi = voltage[j + 1];
      sumRe -= g * vr - b * vi;
      sumIm -= g * vi + b * vr;
    }
    into[2 * i] = sumRe;
    into[2 * i + 1] = sumIm;
  }
  subtractLegCurrents(compiled, voltage, into);
  return into;
}

/**
 * The largest |residual| |V| over all nodes. A NaN or infinity is reported as Infinity at its node.
 *
 * @param scratch two numbers a node, overwritten; for who asks again and again
 */
export function largestMismatch(compiled: CompiledGrid, matrix: NodalMatrix, voltage: Float64Array, scratch?: Float64Array): Mismatch {
  const residual = currentResidual(compiled, matrix, voltage, scratch);
  let largest = 0;
  let worstNode = 0;
  // Squares are compared: they stay far from the limits of a double, and one root is taken in the end.
  for (let i = 0; i < compiled.nodeCount; i++) {
    const rr = residual[2 * i];
    const ri = residual[2 * i + 1];
    const vr = voltage[2 * i];
    const vi = voltage[2 * i + 1];
    const square = (rr * rr + ri * ri) * (vr * vr + vi * vi);
    if (!(square < Infinity)) return { largestPu: Infinity, worstNode: i };
    if (square > largest) {
      largest = square;
      worstNode = i;
    }
  }
  return { largestPu: Math.sqrt(largest) / MISMATCH_BASE_VA, worstNode };
}
