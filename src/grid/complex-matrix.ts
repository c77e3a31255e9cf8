/** Small dense complex matrices, as used for the impedances and admittances of single elements. */

/** A square complex matrix, row by row: entry (i, j) stands at i * order + j. */
export interface ComplexMatrix {
  order: number;
  re: Float64Array;
  im: Float64Array;
}

/** Doubles in one piece of memory that small arrays are cut from. */
const SLAB_DOUBLES = 4096;
let slab = new Float64Array(SLAB_DOUBLES);
let slabUsed = 0;

/** An array of zeros; small ones share pieces of memory, since a buffer of its own costs more than the few numbers in it. */
function doubles(count: number): Float64Array {
  if (count > SLAB_DOUBLES / 16) return new Float64Array(count);
  if (slabUsed + count > SLAB_DOUBLES) {
    slab = new Float64Array(SLAB_DOUBLES);
    slabUsed = 0;
  }
  slabUsed += count;
  return new Float64Array(slab.buffer, (slabUsed - count) * 8, count);
}

/** A matrix of zeros. */
export function zeros(order: number): ComplexMatrix {
  return { order, re: doubles(order * order), im: doubles(order * order) };
}

/** A matrix with `self` on the diagonal and `mutual` elsewhere; each a pair [re, im]. */
export function balanced(order: number, self: readonly [number, number], mutual: readonly [number, number]): ComplexMatrix {
  const matrix = zeros(order);
  for (let i = 0; i < order; i++) {
    for (let j = 0; j < order; j++) {
      const [re, im] = i === j ? self : mutual;
      matrix.re[i * order + j] = re;
      matrix.im[i * order + j] = im;
    }
  }
  return matrix;
}

/** A copy with every entry multiplied by a real factor. */
export function scaled(matrix: ComplexMatrix, factor: number): ComplexMatrix {
  const result = zeros(matrix.order);
  for (let k = 0; k < matrix.re.length; k++) {
    result.re[k] = matrix.re[k] * factor;
    result.im[k] = matrix.im[k] * factor;
  }
  return result;
}

/** The product a b. */
export function multiply(a: ComplexMatrix, b: ComplexMatrix): ComplexMatrix {
  const n = a.order;
  const product = zeros(n);
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < n; k++) {
      const re = a.re[i * n + k];
      const im = a.im[i * n + k];
      if (re === 0 && im === 0) continue;
      for (let j = 0; j < n; j++) {
        product.re[i * n + j] += re * b.re[k * n + j] - im * b.im[k * n + j];
        product.im[i * n + j] += re * b.im[k * n + j] + im * b.re[k * n + j];
      }
    }
  }
  return product;
}

/** A pivot below this share of the largest entry is rounding. */
const SINGULAR_SHARE = 1e-14;

/** Working space of {@link inverse}. */
let workRe = new Float64Array(64);
let workIm = new Float64Array(64);

/**
 * The inverse by Gauss-Jordan elimination with partial pivoting.
 * Returns undefined where a pivot is nothing but rounding beside the largest entry, or not finite, so that the caller can name the element.
 */
export function inverse(matrix: ComplexMatrix): ComplexMatrix | undefined {
  const n = matrix.order;
  if (workRe.length < n * n) {
    workRe = new Float64Array(n * n);
    workIm = new Float64Array(n * n);
  }
  const re = workRe;
  const im = workIm;
  for (let k = 0; k < n * n; k++) {
    re[k] = matrix.re[k];
    im[k] = matrix.im[k];
  }
  const result = zeros(n);
  const { re: outRe, im: outIm } = result;
  for (let i = 0; i < n; i++) outRe[i * n + i] = 1;
  let largest = 0;
  for (let k = 0; k < n * n; k++) largest = Math.max(largest, re[k] * re[k] + im[k] * im[k]);
  const smallest = SINGULAR_SHARE * SINGULAR_SHARE * largest;
  const swapRows = (values: Float64Array, a: number, b: number): void => {
    for (let j = 0; j < n; j++) {
      const keep = values[a * n + j];
      values[a * n + j] = values[b * n + j];
      values[b * n + j] = keep;
    }
  };
  for (let k = 0; k < n; k++) {
    let pivotRow = k;
    let best = -1;
    for (let i = k; i < n; i++) {
      const size = re[i * n + k] * re[i * n + k] + im[i * n + k] * im[i * n + k];
      if (size > best) {
        best = size;
        pivotRow = i;
      }
    }
    if (!(best > smallest) || !Number.isFinite(best)) return undefined;
    if (pivotRow !== k) for (const values of [re, im, outRe, outIm]) swapRows(values, k, pivotRow);
    const pr = re[k * n + k] / best;
    const pi = -im[k * n + k] / best;
    for (let j = 0; j < n; j++) {
      const at = k * n + j;
      const xr = re[at];
      const xi = im[at];
      re[at] = xr * pr - xi * pi;
      im[at] = xr * pi + xi * pr;
      const yr = outRe[at];
      const yi = outIm[at];
      outRe[at] = yr * pr - yi * pi;
      outIm[at] = yr * pi + yi * pr;
    }
    for (let i = 0; i < n; i++) {
      if (i === k) continue;
      const fr = re[i * n + k];
      const fi = im[i * n + k];
      if (fr === 0 && fi === 0) continue;
      for (let j = 0; j < n; j++) {
        const at = i * n + j;
        const from = k * n + j;
        re[at] -= fr * re[from] - fi * im[from];
        im[at] -= fr * im[from] + fi * re[from];
        outRe[at] -= fr * outRe[from] - fi * outIm[from];
        outIm[at] -= fr * outIm[from] + fi * outRe[from];
      }
    }
  }
  return result;
}

/**
 * Kron reduction: eliminates the conductors whose index is in `eliminate`; the others keep their order.
 * Returns undefined where the eliminated block is singular.
 */
export function kronReduce(matrix: ComplexMatrix, eliminate: readonly number[]): ComplexMatrix | undefined {
  const n = matrix.order;
  const gone = new Set(eliminate);
  const keep = Array.from({ length: n }, (_, i) => i).filter((i) => !gone.has(i));
  const re = Float64Array.from(matrix.re);
  const im = Float64Array.from(matrix.im);
  const left = new Set(eliminate);
  while (left.size > 0) {
    let k = -1;
    let best = 0;
    for (const candidate of left) {
      const at = candidate * n + candidate;
      const size = re[at] * re[at] + im[at] * im[at];
      if (size > best) {
        best = size;
        k = candidate;
      }
    }
    if (k < 0 || !Number.isFinite(best)) return undefined;
    left.delete(k);
    const pr = re[k * n + k] / best;
    const pi = -im[k * n + k] / best;
    for (let i = 0; i < n; i++) {
      if (i === k || (gone.has(i) && !left.has(i))) continue;
      const fr = re[i * n + k] * pr - im[i * n + k] * pi;
      const fi = re[i * n + k] * pi + im[i * n + k] * pr;
      for (let j = 0; j < n; j++) {
        if (j === k || (gone.has(j) && !left.has(j))) continue;
        re[i * n + j] -= fr * re[k * n + j] - fi * im[k * n + j];
        im[i * n + j] -= fr * im[k * n + j] + fi * re[k * n + j];
      }
    }
  }
  const reduced = zeros(keep.length);
  keep.forEach((i, a) => {
    keep.forEach((j, b) => {
      reduced.re[a * keep.length + b] = re[i * n + j];
      reduced.im[a * keep.length + b] = im[i * n + j];
    });
  });
  return reduced;
}
