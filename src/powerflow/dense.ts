/** Small dense complex matrices as interleaved [re, im] rows, for the blocks of the tree. */

/** a (rows x inner) times b (inner x columns). */
export function multiplyDense(a: Float64Array, b: Float64Array, rows: number, inner: number, columns: number): Float64Array {
  const c = new Float64Array(2 * rows * columns);
  for (let i = 0; i < rows; i++) {
    for (let k = 0; k < inner; k++) {
      const re = a[2 * (i * inner + k)];
      const im = a[2 * (i * inner + k) + 1];
      if (re === 0 && im === 0) continue;
      for (let j = 0; j < columns; j++) {
        const from = 2 * (k * columns + j);
        const to = 2 * (i * columns + j);
        c[to] += re * b[from] - im * b[from + 1];
        c[to + 1] += re * b[from + 1] + im * b[from];
      }
    }
  }
  return c;
}

/** The inverse of an n x n matrix by Gauss-Jordan with partial pivoting; undefined where it is singular. The argument is left alone. */
export function invertDense(matrix: Float64Array, n: number): Float64Array | undefined {
  const width = 2 * n;
  const work = new Float64Array(2 * n * width);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < 2 * n; j++) work[i * 2 * width + j] = matrix[2 * i * n + j];
    work[i * 2 * width + 2 * (n + i)] = 1;
  }
  const stride = 2 * width;
  for (let k = 0; k < n; k++) {
    let pivot = -1;
    let best = 0;
    for (let i = k; i < n; i++) {
      const at = i * stride + 2 * k;
      const size = work[at] * work[at] + work[at + 1] * work[at + 1];
      if (size > best) {
        best = size;
        pivot = i;
      }
    }
    if (pivot < 0 || !Number.isFinite(best)) return undefined;
    if (pivot !== k) {
      for (let j = 0; j < stride; j++) {
        const keep = work[k * stride + j];
        work[k * stride + j] = work[pivot * stride + j];
        work[pivot * stride + j] = keep;
      }
    }
    const at = k * stride + 2 * k;
    const pr = work[at] / best;
    const pi = -work[at + 1] / best;
    for (let j = 0; j < width; j++) {
      const x = k * stride + 2 * j;
      const re = work[x] * pr - work[x + 1] * pi;
      work[x + 1] = work[x] * pi + work[x + 1] * pr;
      work[x] = re;
    }
    for (let i = 0; i < n; i++) {
      if (i === k) continue;
      const fr = work[i * stride + 2 * k];
      const fi = work[i * stride + 2 * k + 1];
      if (fr === 0 && fi === 0) continue;
      for (let j = 0; j < width; j++) {
        const x = i * stride + 2 * j;
        const y = k * stride + 2 * j;
        work[x] -= fr * work[y] - fi * work[y + 1];
        work[x + 1] -= fr * work[y + 1] + fi * work[y];
      }
    }
  }
  const result = new Float64Array(2 * n * n);
  for (let i = 0; i < n; i++) for (let j = 0; j < 2 * n; j++) result[2 * i * n + j] = work[i * stride + 2 * n + j];
  return result;
}
