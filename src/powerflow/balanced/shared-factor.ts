/**
 * The Jacobian of one case, factored once for all lanes: LU by blocks in the plan's order, without pivoting, the numbers in the order in which the kernels read them.
 *
 * Rows are dP and dQ. With c = Y_ij V_j and S_ij = V_i conj(c): dS_i/d(angle_j) = -j S_ij, dS_i/d(log |V_j|) = S_ij, and on the diagonal
 * j (S_i - S_ii) and S_i + S_ii (Van Ness and Griffin 1961, in logarithmic magnitudes).
 */
import type { LanePlan } from './lane-plan.js';

/** The numbers of the shared factor: `lower` [row][multipliers of the lower columns, inverse of the diagonal block], `upper` from the last row, scaled by that inverse. */
export interface SharedFactor {
  lower: Float64Array;
  upper: Float64Array;
}

/** How many numbers each part of a shared factor has. */
export function sharedFactorSize(plan: LanePlan): { lower: number; upper: number } {
  let lower = 0;
  let upper = 0;
  for (let k = 0; k < plan.rows; k++) {
    const r = plan.unknowns[k];
    lower += r * r;
    for (let i = plan.lowerStart[k]; i < plan.lowerStart[k + 1]; i++) lower += r * plan.unknowns[plan.lower[i]];
    for (const slot of plan.upper[k]) upper += r * plan.unknowns[slot];
  }
  return { lower, upper };
}

/**
 * Factors the Jacobian at these voltages.
 *
 * @param voltage [slot][re, im]
 * @param admittance in the order of the kernels, [entry][re, im]
 * @returns the factor, or the row whose block cannot be inverted
 */
export function factorJacobian(plan: LanePlan, voltage: Float64Array, admittance: Float64Array): SharedFactor | number {
  const { rows, unknowns } = plan;
  const size = sharedFactorSize(plan);
  const factor = { lower: new Float64Array(size.lower), upper: new Float64Array(size.upper) };
  // Rows of U as the elimination uses them, in the order of plan.upper.
  const scaled: Float64Array[] = new Array(rows);
  const placeOf = new Int32Array(plan.slots);
  let entry = 0;
  let lowerAt = 0;
  for (let k = 0; k < rows; k++) {
    const r = unknowns[k];
    const lower = plan.lower.subarray(plan.lowerStart[k], plan.lowerStart[k + 1]);
    const upper = plan.upper[k];
    let at = r * r;
    for (const slot of [...lower, ...upper]) {
      placeOf[slot] = at;
      at += r * unknowns[slot];
    }
    placeOf[k] = 0;
    const work = new Float64Array(at);
    entry = assembleRow(plan, k, voltage, admittance, entry, placeOf, work);
    const multipliers = new Map<number, Float64Array>();
    for (const pivot of lower) {
      const p = unknowns[pivot];
      const multiplier = work.slice(placeOf[pivot], placeOf[pivot] + r * p);
      multipliers.set(pivot, multiplier);
      let from = 0;
      for (const slot of plan.upper[pivot]) {
        const c = unknowns[slot];
        const u = scaled[pivot];
        for (let i = 0; i < r; i++) {
          for (let j = 0; j < c; j++) {
            for (let m = 0; m < p; m++) work[placeOf[slot] + i * c + j] -= multiplier[i * p + m] * u[from + m * c + j];
          }
        }
        from += p * c;
      }
    }
    // The kernels take lower columns with 2 unknowns before those with 1.
    for (const wanted of [2, 1]) {
      for (const pivot of lower) {
        if (unknowns[pivot] !== wanted) continue;
        const multiplier = multipliers.get(pivot) as Float64Array;
        factor.lower.set(multiplier, lowerAt);
        lowerAt += multiplier.length;
      }
    }
    const inverse = inverseOf(work, r);
    if (!inverse) return k;
    factor.lower.set(inverse, lowerAt);
    lowerAt += inverse.length;
    scaled[k] = scaleRow(plan, k, work, placeOf, inverse);
  }
  let upperAt = 0;
  for (let k = rows - 1; k >= 0; k--) {
    factor.upper.set(scaled[k], upperAt);
    upperAt += scaled[k].length;
  }
  return factor;
}

/** Assembles row k in the working row; returns the place behind its admittances. */
function assembleRow(
  plan: LanePlan,
  k: number,
  voltage: Float64Array,
  admittance: Float64Array,
  entry: number,
  placeOf: Int32Array,
  work: Float64Array,
): number {
  const { unknowns } = plan;
  const r = unknowns[k];
  const [vr, vi] = [voltage[2 * k], voltage[2 * k + 1]];
  const current = (slot: number, place: number): [number, number] => {
    const [g, b] = [admittance[2 * place], admittance[2 * place + 1]];
    const [e, f] = [voltage[2 * slot], voltage[2 * slot + 1]];
    return [g * e - b * f, g * f + b * e];
  };
  const [dr, di] = current(k, entry++);
  let or = 0;
  let oi = 0;
  for (const slot of plan.neighbours[k]) {
    const [cr, ci] = current(slot, entry++);
    or += cr;
    oi += ci;
    const c = unknowns[slot];
    if (c === 0) continue;
    // S_ij = a + j b
    const a = vr * cr + vi * ci;
    const b = vi * cr - vr * ci;
    const at = placeOf[slot];
    work[at] = b;
    if (c === 2) work[at + 1] = a;
    if (r === 2) {
      work[at + c] = -a;
      if (c === 2) work[at + c + 1] = b;
    }
  }
  // Sum over the others (o) and own share (d): j (S - S_ii) has real part -Im(o) and imaginary part Re(o); S + S_ii = o + 2 d.
  const oP = vr * or + vi * oi;
  const oQ = vi * or - vr * oi;
  work[0] = -oQ;
  if (r === 2) {
    work[1] = oP + 2 * (vr * dr + vi * di);
    work[2] = oP;
    work[3] = oQ + 2 * (vi * dr - vr * di);
  }
  return entry;
}

function inverseOf(work: Float64Array, r: number): Float64Array | undefined {
  if (r === 1) return work[0] !== 0 && Number.isFinite(work[0]) ? Float64Array.of(1 / work[0]) : undefined;
  const [a, b, c, d] = work;
  const determinant = a * d - b * c;
  if (determinant === 0 || !Number.isFinite(determinant)) return undefined;
  return Float64Array.of(d / determinant, -b / determinant, -c / determinant, a / determinant);
}

/** The upper part of a working row times the inverse of its diagonal block. */
function scaleRow(plan: LanePlan, k: number, work: Float64Array, placeOf: Int32Array, inverse: Float64Array): Float64Array {
  const r = plan.unknowns[k];
  const scaled: number[] = [];
  for (const slot of plan.upper[k]) {
    const c = plan.unknowns[slot];
    for (let i = 0; i < r; i++) {
      for (let j = 0; j < c; j++) {
        let sum = 0;
        for (let m = 0; m < r; m++) sum += inverse[i * r + m] * work[placeOf[slot] + m * c + j];
        scaled.push(sum);
      }
    }
  }
  return Float64Array.from(scaled);
}
