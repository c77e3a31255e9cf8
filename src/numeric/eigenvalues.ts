/**
 * Eigenvalues of real matrices without symmetry: balancing (Parlett, Reinsch: Balancing a matrix for calculation of eigenvalues and eigenvectors, Numerische Mathematik 13,
 * 1969), reduction to Hessenberg form by Householder reflections, and Francis' implicit double-shift QR iteration with deflation (Golub, Van Loan: Matrix Computations,
 * sections 7.4 and 7.5).
 */

/** Eigenvalues: re[i] + j im[i], conjugate pairs side by side. */
export interface Eigenvalues {
  re: Float64Array;
  im: Float64Array;
}

/** Iterations for one eigenvalue after which the matrix is given up. */
const MOST_ITERATIONS = 100;

/**
 * All eigenvalues of an n x n matrix by rows.
 *
 * @throws RangeError for a matrix of another size or with entries that are not finite, and where the iteration does not end (not seen)
 */
export function eigenvalues(matrix: ArrayLike<number>, n: number): Eigenvalues {
  if (matrix.length !== n * n) throw new RangeError(`a matrix of ${matrix.length} entries is not one of ${n} by ${n}`);
  const a = Float64Array.from(matrix);
  if (!a.every((value) => Number.isFinite(value))) throw new RangeError('a matrix with entries that are not finite has no eigenvalues');
  balance(a, n);
  reduceToHessenberg(a, n);
  return hessenbergEigenvalues(a, n);
}

/** Scales rows and columns by powers of two until their sizes are alike; a similarity, exact. */
function balance(a: Float64Array, n: number): void {
  for (let changed = true; changed; ) {
    changed = false;
    for (let i = 0; i < n; i++) {
      let column = 0;
      let row = 0;
      for (let j = 0; j < n; j++) {
        if (j === i) continue;
        column += Math.abs(a[j * n + i]);
        row += Math.abs(a[i * n + j]);
      }
      if (column === 0 || row === 0) continue;
      const sum = column + row;
      let factor = 1;
      while (column < row / 2) {
        factor *= 2;
        column *= 4;
      }
      while (column >= row * 2) {
        factor /= 2;
        column /= 4;
      }
      if ((column + row) / factor >= 0.95 * sum) continue;
      changed = true;
      for (let j = 0; j < n; j++) a[i * n + j] /= factor;
      for (let j = 0; j < n; j++) a[j * n + i] *= factor;
    }
  }
}

/** Zeros below the first subdiagonal, by reflections from both sides. */
function reduceToHessenberg(a: Float64Array, n: number): void {
  const v = new Float64Array(n);
  for (let k = 0; k < n - 2; k++) {
    let scale = 0;
    for (let i = k + 1; i < n; i++) scale = Math.max(scale, Math.abs(a[i * n + k]));
    if (scale === 0) continue;
    let square = 0;
    for (let i = k + 1; i < n; i++) {
      v[i] = a[i * n + k] / scale;
      square += v[i] * v[i];
    }
    const length = v[k + 1] > 0 ? -Math.sqrt(square) : Math.sqrt(square);
    // v = x - length e1; 2 / v'v = 1 / (square - x1 length).
    const weight = square - v[k + 1] * length;
    v[k + 1] -= length;
    for (let j = k; j < n; j++) {
      let sum = 0;
      for (let i = k + 1; i < n; i++) sum += v[i] * a[i * n + j];
      sum /= weight;
      for (let i = k + 1; i < n; i++) a[i * n + j] -= sum * v[i];
    }
    for (let i = 0; i < n; i++) {
      let sum = 0;
      for (let j = k + 1; j < n; j++) sum += a[i * n + j] * v[j];
      sum /= weight;
      for (let j = k + 1; j < n; j++) a[i * n + j] -= sum * v[j];
    }
    for (let i = k + 2; i < n; i++) a[i * n + k] = 0;
  }
}

/** The eigenvalues of [a b; c d] to places i and i + 1. */
function pairOf(a: number, b: number, c: number, d: number, i: number, { re, im }: Eigenvalues): void {
  const half = (a - d) / 2;
  const discriminant = half * half + b * c;
  if (discriminant >= 0) {
    const root = Math.sqrt(discriminant);
    const shifted = half + (half >= 0 ? root : -root);
    // The larger in size without cancellation, the other from the product of the two (of the matrix less d).
    re[i] = d + shifted;
    re[i + 1] = shifted === 0 ? d : d - (b * c) / shifted;
    im[i] = 0;
    im[i + 1] = 0;
    return;
  }
  re[i] = (a + d) / 2;
  re[i + 1] = re[i];
  im[i] = Math.sqrt(-discriminant);
  im[i + 1] = -im[i];
}

function hessenbergEigenvalues(h: Float64Array, n: number): Eigenvalues {
  const result = { re: new Float64Array(n), im: new Float64Array(n) };
  let norm = 0;
  for (let i = 0; i < n; i++) for (let j = Math.max(0, i - 1); j < n; j++) norm += Math.abs(h[i * n + j]);
  let last = n - 1;
  let iterations = 0;
  while (last >= 0) {
    // The begin of the block that still hangs together.
    let first = last;
    for (; first > 0; first--) {
      const beside = Math.abs(h[(first - 1) * n + first - 1]) + Math.abs(h[first * n + first]);
      if (Math.abs(h[first * n + first - 1]) <= Number.EPSILON * (beside === 0 ? norm : beside)) {
        h[first * n + first - 1] = 0;
        break;
      }
    }
    if (first === last) {
      result.re[last] = h[last * n + last];
      last -= 1;
      iterations = 0;
    } else if (first === last - 1) {
      const at = first * n + first;
      pairOf(h[at], h[at + 1], h[at + n], h[at + n + 1], first, result);
      last -= 2;
      iterations = 0;
    } else {
      if (++iterations > MOST_ITERATIONS)
        throw new RangeError(`the eigenvalues of a matrix of ${n} rows were not found in ${MOST_ITERATIONS} iterations`);
      sweep(h, n, first, last, iterations % 10 === 0);
    }
  }
  return result;
}

/** One implicit double-shift QR step on rows and columns first to last; at times with a shift from elsewhere, against cycles. */
function sweep(h: Float64Array, n: number, first: number, last: number, exceptional: boolean): void {
  const at = (i: number, j: number): number => h[i * n + j];
  // Shifts: the eigenvalues of the last two rows where they are a conjugate pair; else the one nearer to the last entry, twice.
  const half = (at(last - 1, last - 1) - at(last, last)) / 2;
  const product = at(last - 1, last) * at(last, last - 1);
  const discriminant = half * half + product;
  let shift = at(last, last) + half;
  let turning = 0;
  if (exceptional) {
    const size = Math.abs(at(last, last - 1)) + Math.abs(at(last - 1, last - 2));
    shift = at(last, last) + 0.75 * size;
    turning = 0.4375 * size * size;
  } else if (discriminant < 0) turning = -discriminant;
  else {
    const far = half + (half >= 0 ? Math.sqrt(discriminant) : -Math.sqrt(discriminant));
    shift = far === 0 ? at(last, last) : at(last, last) - product / far;
  }
  // First column of (H - s)(H - conj s), divided by its lower entry: without the cancellation of large squares.
  let x = ((at(first, first) - shift) ** 2 + turning) / at(first + 1, first) + at(first, first + 1);
  let y = at(first, first) - shift + (at(first + 1, first + 1) - shift);
  let z = at(first + 2, first + 1);
  for (let k = first; k < last; k++) {
    const three = k < last - 1;
    if (!three) z = 0;
    const scale = Math.abs(x) + Math.abs(y) + Math.abs(z);
    if (scale > 0) {
      const u = x / scale;
      const v = y / scale;
      const w = z / scale;
      const length = (u > 0 ? -1 : 1) * Math.sqrt(u * u + v * v + w * w);
      const top = u - length;
      const weight = -top * length;
      reflect(h, n, k, k > first ? k - 1 : k, top, v, w, weight, three, first, Math.min(last, k + 3), last);
      if (k > first) {
        h[k * n + k - 1] = length * scale;
        h[(k + 1) * n + k - 1] = 0;
        if (three) h[(k + 2) * n + k - 1] = 0;
      }
    }
    x = at(k + 1, k);
    y = k + 2 <= last ? at(k + 2, k) : 0;
    z = k + 3 <= last ? at(k + 3, k) : 0;
  }
}

/** Applies I - v v' / weight with v = (p, q, r) at rows and columns k, k + 1 (and k + 2) from the left and the right, within the active block. */
function reflect(
  h: Float64Array,
  n: number,
  k: number,
  fromColumn: number,
  p: number,
  q: number,
  r: number,
  weight: number,
  three: boolean,
  firstRow: number,
  lastRow: number,
  lastColumn: number,
): void {
  for (let j = fromColumn; j <= lastColumn; j++) {
    let sum = p * h[k * n + j] + q * h[(k + 1) * n + j];
    if (three) sum += r * h[(k + 2) * n + j];
    sum /= weight;
    h[k * n + j] -= sum * p;
    h[(k + 1) * n + j] -= sum * q;
    if (three) h[(k + 2) * n + j] -= sum * r;
  }
  for (let i = firstRow; i <= lastRow; i++) {
    let sum = p * h[i * n + k] + q * h[i * n + k + 1];
    if (three) sum += r * h[i * n + k + 2];
    sum /= weight;
    h[i * n + k] -= sum * p;
    h[i * n + k + 1] -= sum * q;
    if (three) h[i * n + k + 2] -= sum * r;
  }
}
