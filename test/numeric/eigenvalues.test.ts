import { describe, expect, it } from 'vitest';
import { eigenvalues, RandomStream } from '../../src/numeric/index.js';

/** Eigenvalues as pairs, by real part, then imaginary part. */
function sorted(matrix: readonly number[], n: number): [number, number][] {
  const { re, im } = eigenvalues(matrix, n);
  return Array.from(re, (value, i): [number, number] => [value, im[i]]).sort((a, b) => (Math.abs(a[0] - b[0]) > 1e-9 ? a[0] - b[0] : a[1] - b[1]));
}

function expectNear(found: [number, number][], expected: [number, number][], tolerance: number): void {
  expect(found.length).toBe(expected.length);
  found.forEach(([re, im], i) => expect(Math.hypot(re - expected[i][0], im - expected[i][1])).toBeLessThan(tolerance));
}

describe('eigenvalues', () => {
  it('of small matrices', () => {
    expectNear(sorted([5], 1), [[5, 0]], 1e-15);
    expectNear(
      sorted([1, 2, 3, 4], 2),
      [
        [(5 - Math.sqrt(33)) / 2, 0],
        [(5 + Math.sqrt(33)) / 2, 0],
      ],
      1e-14,
    );
    expectNear(
      sorted([0, -1, 1, 0], 2),
      [
        [0, -1],
        [0, 1],
      ],
      1e-15,
    );
    expectNear(
      sorted([0, 0, 0, 0], 2),
      [
        [0, 0],
        [0, 0],
      ],
      1e-300,
    );
  });

  it('of companion matrices are the roots', () => {
    // (x - 1)(x - 2) ... (x - 6).
    const c = [1, -21, 175, -735, 1624, -1764, 720];
    const matrix = new Array<number>(36).fill(0);
    for (let j = 0; j < 6; j++) matrix[j] = -c[j + 1];
    for (let i = 1; i < 6; i++) matrix[i * 6 + i - 1] = 1;
    expectNear(
      sorted(matrix, 6),
      [1, 2, 3, 4, 5, 6].map((x) => [x, 0]),
      1e-9,
    );
  });

  it('of a cyclic shift are the roots of one', () => {
    const n = 12;
    const matrix = new Array<number>(n * n).fill(0);
    for (let i = 0; i < n; i++) matrix[i * n + ((i + 1) % n)] = 1;
    const roots = Array.from({ length: n }, (_, k): [number, number] => [Math.cos((2 * Math.PI * k) / n), Math.sin((2 * Math.PI * k) / n)]);
    roots.sort((a, b) => (Math.abs(a[0] - b[0]) > 1e-9 ? a[0] - b[0] : a[1] - b[1]));
    expectNear(sorted(matrix, n), roots, 1e-12);
  });

  it('of matrices over ten powers of ten, made from known ones by a similarity', () => {
    // Blocks on the diagonal with entries above them, disguised by shears and scaling.
    const random = new RandomStream(3, 0, 'eigenvalues');
    const n = 40;
    const a = new Float64Array(n * n);
    const known: [number, number][] = [];
    for (let i = 0; i < n; i += 2) {
      const size = 10 ** (i / 4 - 2);
      const turning = i % 4 === 0;
      a[i * n + i] = -size;
      a[(i + 1) * n + i + 1] = turning ? -size : -1.7 * size;
      if (turning) {
        a[i * n + i + 1] = 3 * size;
        a[(i + 1) * n + i] = -3 * size;
        known.push([-size, -3 * size], [-size, 3 * size]);
      } else known.push([-size, 0], [-1.7 * size, 0]);
    }
    for (let shear = 0; shear < 400; shear++) {
      const i = random.integer(n);
      const j = random.integer(n);
      if (i === j) continue;
      const factor = (random.uniform() - 0.5) * 0.3 * Math.min(1, 10 ** (Math.floor(i / 2) / 2 - Math.floor(j / 2) / 2));
      for (let k = 0; k < n; k++) a[i * n + k] += factor * a[j * n + k];
      for (let k = 0; k < n; k++) a[k * n + j] -= factor * a[k * n + i];
    }
    const { re, im } = eigenvalues(a, n);
    for (const [x, y] of known) {
      const nearest = Math.min(...Array.from(re, (value, i) => Math.hypot(value - x, im[i] - y)));
      expect(nearest / Math.hypot(x, y)).toBeLessThan(1e-6);
    }
  });

  it('of nearly double pairs far from zero, where shifts cancel', () => {
    // Two rotations by little about far centres, mixed by a turn between them.
    const [a, b, w] = [-2.574e10, -2.7315e10, 372];
    const turn: number[] = Array.from({ length: 16 }, (_, i) => (i % 5 === 0 ? 0.6 : 0));
    turn[2] = turn[7] = 0.8;
    turn[8] = turn[13] = -0.8;
    const block = [a, w, 0, 0, -w, a, 0, 0, 0, 0, b, w, 0, 0, -w, b];
    const product = (x: readonly number[], y: readonly number[]): number[] =>
      Array.from({ length: 16 }, (_, i) => [0, 1, 2, 3].reduce((sum, k) => sum + x[4 * Math.floor(i / 4) + k] * y[4 * k + (i % 4)], 0));
    const transposed = Array.from({ length: 16 }, (_, i) => turn[4 * (i % 4) + Math.floor(i / 4)]);
    const { re } = eigenvalues(product(product(turn, block), transposed), 4);
    const found = Array.from(re).sort((x, y) => x - y);
    [b, b, a, a].forEach((value, i) => expect(Math.abs(found[i] - value)).toBeLessThan(1e-5 * Math.abs(value)));
  });

  it('of random matrices have the traces of the matrix and of its square', () => {
    const random = new RandomStream(1, 0, 'eigenvalues');
    for (let n = 1; n <= 60; n++) {
      const a = new Float64Array(n * n);
      random.fillNormal(a);
      const { re, im } = eigenvalues(a, n);
      let trace = 0;
      let square = 0;
      for (let i = 0; i < n; i++) {
        trace += a[i * n + i];
        for (let j = 0; j < n; j++) square += a[i * n + j] * a[j * n + i];
      }
      const sum = re.reduce((total, value) => total + value, 0);
      const squares = re.reduce((total, value, i) => total + value * value - im[i] * im[i], 0);
      expect(Math.abs(sum - trace)).toBeLessThan(1e-11 * n);
      expect(Math.abs(squares - square)).toBeLessThan(1e-10 * n);
      expect(Math.abs(im.reduce((total, value) => total + value, 0))).toBeLessThan(1e-12 * n);
    }
  });

  it('are refused for what is no matrix', () => {
    expect(() => eigenvalues([1, 2, 3], 2)).toThrow(RangeError);
    expect(() => eigenvalues([1, Number.NaN, 3, 4], 2)).toThrow(/not finite/);
  });
});
