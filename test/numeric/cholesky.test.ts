/** Cholesky factors: L L' is the matrix, and two triangular solutions solve with it. */
import { describe, expect, it } from 'vitest';
import { factorCholesky, RandomStream, solveLower, solveLowerTransposed } from '../../src/numeric/index.js';

const SIZE = 7;

function matrix(): Float64Array {
  const stream = new RandomStream(2);
  const a = Float64Array.from({ length: SIZE * SIZE }, () => stream.normal());
  return Float64Array.from(a, (_, k) => {
    const [i, j] = [Math.floor(k / SIZE), k % SIZE];
    let sum = i === j ? 0.1 : 0;
    for (let m = 0; m < SIZE; m++) sum += a[i * SIZE + m] * a[j * SIZE + m];
    return sum;
  });
}

describe('a Cholesky factor', () => {
  it('solves, with right sides next to each other and apart', () => {
    const given = matrix();
    const lower = given.slice();
    factorCholesky(lower, SIZE);
    const stream = new RandomStream(3);
    const wanted = Float64Array.from({ length: 2 * SIZE }, () => stream.normal());
    for (const [at, stride] of [
      [0, 1],
      [SIZE, 1],
      [1, 2],
    ]) {
      const b = new Float64Array(2 * SIZE).fill(77);
      for (let i = 0; i < SIZE; i++) {
        b[at + i * stride] = 0;
        for (let j = 0; j < SIZE; j++) b[at + i * stride] += given[i * SIZE + j] * wanted[at + j * stride];
      }
      solveLower(lower, SIZE, b, at, stride);
      solveLowerTransposed(lower, SIZE, b, at, stride);
      for (let i = 0; i < SIZE; i++) expect(b[at + i * stride]).toBeCloseTo(wanted[at + i * stride], 9);
      expect(b.filter((value) => value === 77)).toHaveLength(SIZE);
    }
  });

  it('of a singular matrix has its pivots raised', () => {
    const lower = Float64Array.of(1, 1, 1, 1);
    factorCholesky(lower, 2, 0.01);
    expect([...lower]).toEqual([1, 1, 1, 0.1]);
  });
});
