/** Small dense real matrices, row by row, for plans made once. */

/** a (rows x inner) times b (inner x columns). */
export function multiplyReal(a: Float64Array, b: Float64Array, rows: number, inner: number, columns: number): Float64Array {
  const c = new Float64Array(rows * columns);
  for (let i = 0; i < rows; i++) {
    for (let k = 0; k < inner; k++) {
      const x = a[i * inner + k];
      if (x === 0) continue;
      for (let j = 0; j < columns; j++) c[i * columns + j] += x * b[k * columns + j];
    }
  }
  return c;
}

/** The inverse of an n x n matrix by Gauss-Jordan with partial pivoting; undefined where it is singular. */
export function invertReal(matrix: Float64Array, n: number): Float64Array | undefined {
  const width = 2 * n;
  const work = new Float64Array(n * width);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) work[i * width + j] = matrix[i * n + j];
    work[i * width + n + i] = 1;
  }
  for (let k = 0; k < n; k++) {
    let pivot = k;
    for (let i = k + 1; i < n; i++) if (Math.abs(work[i * width + k]) > Math.abs(work[pivot * width + k])) pivot = i;
    const value = work[pivot * width + k];
    if (value === 0 || !Number.isFinite(value)) return undefined;
    if (pivot !== k) {
      for (let j = 0; j < width; j++) {
        const keep = work[k * width + j];
        work[k * width + j] = work[pivot * width + j];
        work[pivot * width + j] = keep;
      }
    }
    for (let j = 0; j < width; j++) work[k * width + j] /= value;
    for (let i = 0; i < n; i++) {
      const factor = work[i * width + k];
      if (i === k || factor === 0) continue;
      for (let j = k; j < width; j++) work[i * width + j] -= factor * work[k * width + j];
    }
  }
  const result = new Float64Array(n * n);
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) result[i * n + j] = work[i * width + n + j];
  return result;
}

/** Solves A x = b (A n x n by rows) by elimination with row exchanges; undefined where A is singular or not finite. A and b are overwritten. */
export function solveReal(a: Float64Array, b: Float64Array, n: number): Float64Array | undefined {
  for (let k = 0; k < n; k++) {
    let pivot = k;
    for (let i = k + 1; i < n; i++) if (Math.abs(a[i * n + k]) > Math.abs(a[pivot * n + k])) pivot = i;
    const value = a[pivot * n + k];
    if (value === 0 || !Number.isFinite(value)) return undefined;
    if (pivot !== k) {
      for (let j = k; j < n; j++) [a[k * n + j], a[pivot * n + j]] = [a[pivot * n + j], a[k * n + j]];
      [b[k], b[pivot]] = [b[pivot], b[k]];
    }
    for (let i = k + 1; i < n; i++) {
      const factor = a[i * n + k] / value;
      if (factor === 0) continue;
      for (let j = k + 1; j < n; j++) a[i * n + j] -= factor * a[k * n + j];
      b[i] -= factor * b[k];
    }
  }
  const x = new Float64Array(n);
  for (let i = n - 1; i >= 0; i--) {
    let sum = b[i];
    for (let j = i + 1; j < n; j++) sum -= a[i * n + j] * x[j];
    x[i] = sum / a[i * n + i];
  }
  return x;
}
