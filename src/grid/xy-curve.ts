/**
 * XY curves: piecewise linear functions that extrapolate beyond their ends.
 *
 * A lookup that comes within 1e-5 of the x of a point after the first takes that point's y, as OpenDSS does; on a steep volt-var curve this shows in the fifth digit.
 */

/** A curve through points with rising x. */
export interface XyCurve {
  name: string;
  x: Float64Array;
  y: Float64Array;
}

/** Distance in x below which a point stands for its neighbourhood. */
const SNAP = 1e-5;

/** The straight line through points i and j at `at`; where they share their abscissa, the ordinate of i. */
function lineThrough(xs: Float64Array, ys: Float64Array, i: number, j: number, at: number): number {
  const run = xs[i] - xs[j];
  return run !== 0 ? ys[j] + ((at - xs[j]) / run) * (ys[i] - ys[j]) : ys[i];
}

/** The curve's value at x; beyond the ends the outermost segments are continued. 0 for a curve without points. */
export function curveValueAt(curve: XyCurve, x: number): number {
  const n = curve.x.length;
  if (n === 0) return 0;
  if (n === 1) return curve.y[0];
  if (curve.x[0] > x) return lineThrough(curve.x, curve.y, 0, 1, x);
  // The first point has no such neighbourhood.
  for (let i = 1; i < n; i++) {
    if (Math.abs(curve.x[i] - x) < SNAP) return curve.y[i];
    if (curve.x[i] > x) return lineThrough(curve.x, curve.y, i, i - 1, x);
  }
  return lineThrough(curve.x, curve.y, n - 1, n - 2, x);
}

/** The x at which the curve first takes the value y; where it never does, the nearer outermost segment is continued. */
export function curveInverseAt(curve: XyCurve, y: number): number {
  const n = curve.x.length;
  if (n === 0) return 0;
  if (n === 1) return curve.x[0];
  for (let i = 1; i < n; i++) {
    const low = Math.min(curve.y[i - 1], curve.y[i]);
    const high = Math.max(curve.y[i - 1], curve.y[i]);
    if (y >= low && y <= high) return lineThrough(curve.y, curve.x, i - 1, i, y);
  }
  const rising = curve.y[0] <= curve.y[n - 1];
  const beyondStart = rising ? y <= curve.y[0] : y >= curve.y[0];
  return beyondStart ? lineThrough(curve.y, curve.x, 0, 1, y) : lineThrough(curve.y, curve.x, n - 2, n - 1, y);
}

/** Slope and offset of the segment that holds x (the outermost one beyond the ends): y = slope x + offset. Both 0 for fewer than two points. */
export function curveLineAt(curve: XyCurve, x: number): { slope: number; offset: number } {
  const n = curve.x.length;
  if (n < 2) return { slope: 0, offset: 0 };
  let i = 1;
  if (curve.x[0] <= x) {
    i = curve.x.findIndex((at) => at > x);
    if (i < 0) i = n - 1;
  }
  const slope = (curve.y[i] - curve.y[i - 1]) / (curve.x[i] - curve.x[i - 1]);
  return { slope, offset: curve.y[i] - slope * curve.x[i] };
}
