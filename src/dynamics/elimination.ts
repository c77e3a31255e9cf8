/** Runs elimination plans on values: complex ones as two arrays, and real ones. All arrays are [entry] or [row]; nothing is allocated. */
import type { EliminationPlan } from './elimination-plan.js';

/** Factors in place; the diagonal is left as reciprocals. False where a pivot is zero or not finite: the values are then of no use. */
export function factorComplex(plan: EliminationPlan, re: Float64Array, im: Float64Array): boolean {
  const { size, order, start, lowerEntry, upperEntry, updateTarget } = plan;
  let update = 0;
  for (let step = 0; step < size; step++) {
    const pivot = order[step];
    const pr = re[pivot];
    const pi = im[pivot];
    const square = pr * pr + pi * pi;
    if (!(square > 0 && square < Number.POSITIVE_INFINITY)) return false;
    const dr = pr / square;
    const di = -pi / square;
    re[pivot] = dr;
    im[pivot] = di;
    const end = start[step + 1];
    for (let low = start[step]; low < end; low++) {
      const at = lowerEntry[low];
      const lr = re[at] * dr - im[at] * di;
      const li = re[at] * di + im[at] * dr;
      re[at] = lr;
      im[at] = li;
      for (let up = start[step]; up < end; up++) {
        const from = upperEntry[up];
        const target = updateTarget[update++];
        re[target] -= lr * re[from] - li * im[from];
        im[target] -= lr * im[from] + li * re[from];
      }
    }
  }
  return true;
}

/** Solves with the factors of {@link factorComplex}; x holds the right-hand side and receives the solution. */
export function solveComplex(plan: EliminationPlan, re: Float64Array, im: Float64Array, xRe: Float64Array, xIm: Float64Array): void {
  const { size, order, start, other, lowerEntry, upperEntry } = plan;
  for (let step = 0; step < size; step++) {
    const pivot = order[step];
    const yr = xRe[pivot];
    const yi = xIm[pivot];
    for (let low = start[step]; low < start[step + 1]; low++) {
      const at = lowerEntry[low];
      const row = other[low];
      xRe[row] -= re[at] * yr - im[at] * yi;
      xIm[row] -= re[at] * yi + im[at] * yr;
    }
  }
  for (let step = size - 1; step >= 0; step--) {
    const pivot = order[step];
    let sr = xRe[pivot];
    let si = xIm[pivot];
    for (let up = start[step]; up < start[step + 1]; up++) {
      const at = upperEntry[up];
      const column = other[up];
      sr -= re[at] * xRe[column] - im[at] * xIm[column];
      si -= re[at] * xIm[column] + im[at] * xRe[column];
    }
    xRe[pivot] = sr * re[pivot] - si * im[pivot];
    xIm[pivot] = sr * im[pivot] + si * re[pivot];
  }
}

/** As {@link factorComplex}, for real values. */
export function factorReal(plan: EliminationPlan, values: Float64Array): boolean {
  const { size, order, start, lowerEntry, upperEntry, updateTarget } = plan;
  let update = 0;
  for (let step = 0; step < size; step++) {
    const pivot = order[step];
    const reciprocal = 1 / values[pivot];
    if (!(Math.abs(reciprocal) > 0 && Math.abs(reciprocal) < Number.POSITIVE_INFINITY)) return false;
    values[pivot] = reciprocal;
    const end = start[step + 1];
    for (let low = start[step]; low < end; low++) {
      const factor = values[lowerEntry[low]] * reciprocal;
      values[lowerEntry[low]] = factor;
      for (let up = start[step]; up < end; up++) values[updateTarget[update++]] -= factor * values[upperEntry[up]];
    }
  }
  return true;
}

/** As {@link solveComplex}, for real values. */
export function solveReal(plan: EliminationPlan, values: Float64Array, x: Float64Array): void {
  const { size, order, start, other, lowerEntry, upperEntry } = plan;
  for (let step = 0; step < size; step++) {
    const y = x[order[step]];
    for (let low = start[step]; low < start[step + 1]; low++) x[other[low]] -= values[lowerEntry[low]] * y;
  }
  for (let step = size - 1; step >= 0; step--) {
    const pivot = order[step];
    let sum = x[pivot];
    for (let up = start[step]; up < start[step + 1]; up++) sum -= values[upperEntry[up]] * x[other[up]];
    x[pivot] = sum * values[pivot];
  }
}
