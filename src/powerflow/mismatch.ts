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

/** Current from conductor a to b through a leg at a voltage across it, [re, im]. */
export function legCurrent(compiled: CompiledGrid, leg: number, vr: number, vi: number): readonly [number, number] {
  const { legs } = compiled;
  const volts = Math.sqrt(vr * vr + vi * vi);
  const [fp, fq] = legFactors(legs.laws[leg], volts);
  const g = legs.watts[leg] * fp;
  const b = -legs.vars[leg] * fq;
  const re = g * vr - b * vi;
  const im = g * vi + b * vr;
  return volts === 0 ? [0, 0] : [re, im];
}

/** I_sources - Y V - I_legs at every node, [node][re, im], ampere. */
export function currentResidual(compiled: CompiledGrid, matrix: NodalMatrix, voltage: Float64Array): Float64Array {
  const residual = Float64Array.from(compiled.sourceCurrent);
  for (let i = 0; i < compiled.nodeCount; i++) {
    for (let k = matrix.start[i]; k < matrix.start[i + 1]; k++) {
      const j = 2 * matrix.column[k];
      residual[2 * i] -= matrix.re[k] * voltage[j] - matrix.im[k] * voltage[j + 1];
      residual[2 * i + 1] -= matrix.re[k] * voltage[j + 1] + matrix.im[k] * voltage[j];
    }
  }
  const { legs } = compiled;
  for (let leg = 0; leg < legs.count; leg++) {
    const a = legs.from[leg];
    const b = legs.to[leg];
    const vr = (a >= 0 ? voltage[2 * a] : 0) - (b >= 0 ? voltage[2 * b] : 0);
    const vi = (a >= 0 ? voltage[2 * a + 1] : 0) - (b >= 0 ? voltage[2 * b + 1] : 0);
    const [re, im] = legCurrent(compiled, leg, vr, vi);
    if (a >= 0) {
      residual[2 * a] -= re;
      residual[2 * a + 1] -= im;
    }
    if (b >= 0) {
      residual[2 * b] += re;
      residual[2 * b + 1] += im;
    }
  }
  return residual;
}

/** The largest |residual| |V| over all nodes. A NaN or infinity is reported as Infinity at its node. */
export function largestMismatch(compiled: CompiledGrid, matrix: NodalMatrix, voltage: Float64Array): Mismatch {
  const residual = currentResidual(compiled, matrix, voltage);
  let largest = 0;
  let worstNode = 0;
  for (let i = 0; i < compiled.nodeCount; i++) {
    const size = Math.hypot(residual[2 * i], residual[2 * i + 1]) * Math.hypot(voltage[2 * i], voltage[2 * i + 1]);
    if (!Number.isFinite(size)) return { largestPu: Infinity, worstNode: i };
    if (size > largest) {
      largest = size;
      worstNode = i;
    }
  }
  return { largestPu: largest / MISMATCH_BASE_VA, worstNode };
}
