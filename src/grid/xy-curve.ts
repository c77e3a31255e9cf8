/** XY curves: piecewise linear functions that extrapolate beyond their ends. */

/** A curve through points with rising x. */
export interface XyCurve {
  name: string;
  x: Float64Array;
  y: Float64Array;
}

/** The curve's value at x; beyond the ends the outermost segments are continued. */
export function curveValueAt(curve: XyCurve, x: number): number {
  const n = curve.x.length;
  if (n === 0) return 0;
  if (n === 1) return curve.y[0];
  let i = 1;
  while (i < n - 1 && curve.x[i] < x) i++;
  const x0 = curve.x[i - 1];
  const x1 = curve.x[i];
  if (x1 === x0) return curve.y[i];
  return curve.y[i - 1] + ((x - x0) / (x1 - x0)) * (curve.y[i] - curve.y[i - 1]);
}
