/**
 * Polishing of solutions by factors on grids with very stiff branches.
 *
 * A switch of 1e-7 ohm puts 1e7 S beside the admittances of its neighbours, which then lack the digits below 1e-9 S: whatever is solved with the summed matrix is
 * off by some 1e-9 pu. The residual taken element by element, lines by the difference of their end voltages, has those digits; a few corrections
 * V += Y^-1 r with the factors at hand bring them into the solution. (The sweep has no such loss.)
 */
import type { CompiledGrid } from './compiled-grid.js';
import type { InjectionMethod } from './factored-methods.js';
import { subtractLegCurrents } from './mismatch.js';
import type { NodalMatrix } from './nodal-matrix.js';

/** Ratio of the largest to the middle diagonal admittance above which solutions are polished. */
const STIFF_ABOVE = 1e4;
const MOST_STEPS = 12;
/** Largest correction, over the largest voltage beside it, at which polishing ends. */
const SMALL = 1e-13;

/** Whether the matrix spans so many digits that its sums lose some. */
export function isStiff(matrix: NodalMatrix): boolean {
  const sizes = new Float64Array(matrix.nodeCount);
  for (let i = 0; i < matrix.nodeCount; i++) {
    for (let k = matrix.start[i]; k < matrix.start[i + 1]; k++) {
      if (matrix.column[k] === i) sizes[i] = Math.hypot(matrix.re[k], matrix.im[k]);
    }
  }
  sizes.sort();
  return sizes[sizes.length - 1] > STIFF_ABOVE * sizes[sizes.length >> 1];
}

/** Sources less legs less every element's own current at each node, [node][re, im]. */
export function elementResidual(compiled: CompiledGrid, voltage: Float64Array): Float64Array {
  const residual = Float64Array.from(compiled.sourceCurrent);
  const take = (node: number, re: number, im: number): void => {
    if (node < 0) return;
    residual[2 * node] -= re;
    residual[2 * node + 1] -= im;
  };
  for (const { element, nodes, primitive } of compiled.elements) {
    if (!primitive) continue;
    const n = primitive.order;
    const half = element.kind === 'line' ? element.phases : 0;
    const asDifference = half > 0 && !(element.kind === 'line' && element.terminals.some((terminal) => terminal.open?.includes(true)));
    for (let j = 0; j < n; j++) {
      const vr = nodes[j] >= 0 ? voltage[2 * nodes[j]] : 0;
      const vi = nodes[j] >= 0 ? voltage[2 * nodes[j] + 1] : 0;
      if (!asDifference) {
        for (let i = 0; i < n; i++) {
          const re = primitive.re[i * n + j];
          const im = primitive.im[i * n + j];
          take(nodes[i], re * vr - im * vi, re * vi + im * vr);
        }
        continue;
      }
      if (element.kind !== 'line') continue;
      const charging = element.shuntSiemens;
      const end = j < half ? 0 : half;
      for (let i = 0; i < half; i++) {
        const re = charging.re[i * half + j - end] / 2;
        const im = charging.im[i * half + j - end] / 2;
        take(nodes[i + end], re * vr - im * vi, re * vi + im * vr);
      }
      if (j >= half) continue;
      // Current through the line from its difference of voltages: what leaves one end enters the other, to the last bit.
      const dr = vr - (nodes[j + half] >= 0 ? voltage[2 * nodes[j + half]] : 0);
      const di = vi - (nodes[j + half] >= 0 ? voltage[2 * nodes[j + half] + 1] : 0);
      for (let i = 0; i < half; i++) {
        const re = -primitive.re[(i + half) * n + j];
        const im = -primitive.im[(i + half) * n + j];
        const cr = re * dr - im * di;
        const ci = re * di + im * dr;
        take(nodes[i], cr, ci);
        take(nodes[i + half], -cr, -ci);
      }
    }
  }
  subtractLegCurrents(compiled, voltage, residual);
  return residual;
}

/** Corrects voltages, [node][re, im], in place until corrections are rounding or grow. */
export function polishVoltages(compiled: CompiledGrid, voltage: Float64Array, injection: InjectionMethod): void {
  let before = Infinity;
  for (let step = 0; step < MOST_STEPS; step++) {
    const correction = elementResidual(compiled, voltage);
    injection.solve(correction);
    let worst = 0;
    for (let node = 0; node < compiled.nodeCount; node++) {
      const size = Math.hypot(voltage[2 * node], voltage[2 * node + 1]);
      if (size > 0) worst = Math.max(worst, Math.hypot(correction[2 * node], correction[2 * node + 1]) / size);
    }
    if (!(worst < before)) return;
    for (let k = 0; k < voltage.length; k++) voltage[k] += correction[k];
    if (worst < SMALL) return;
    before = worst;
  }
}
