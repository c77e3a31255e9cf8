import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SparseLu, type SparsePattern } from '../../../src/powerflow/balanced/sparse-lu.js';

/** The pattern and values of a dense matrix's entries that are not undefined, by columns. */
function sparse(dense: (number | undefined)[][]): { pattern: SparsePattern; values: Float64Array } {
  const size = dense.length;
  const start = new Int32Array(size + 1);
  const row: number[] = [];
  const values: number[] = [];
  for (let j = 0; j < size; j++) {
    for (let i = 0; i < size; i++) {
      const value = dense[i][j];
      if (value === undefined) continue;
      row.push(i);
      values.push(value);
    }
    start[j + 1] = row.length;
  }
  return { pattern: { size, start, row: Int32Array.from(row) }, values: Float64Array.from(values) };
}

function times(dense: (number | undefined)[][], x: Float64Array): Float64Array {
  return Float64Array.from(dense, (row) => row.reduce<number>((sum, value, j) => sum + (value ?? 0) * x[j], 0));
}

const entry = fc.option(fc.double({ min: -10, max: 10, noNaN: true }), { nil: undefined });

describe('sparse LU', () => {
  it('solves random matrices, also with other values in the same places', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 12 }).chain((n) =>
          fc.record({
            matrix: fc.array(fc.array(entry, { minLength: n, maxLength: n }), { minLength: n, maxLength: n }),
            order: fc.shuffledSubarray(
              Array.from({ length: n }, (_, k) => k),
              { minLength: n },
            ),
            scale: fc.array(fc.double({ min: 0.5, max: 2, noNaN: true }), { minLength: n, maxLength: n }),
          }),
        ),
        ({ matrix, order, scale }) => {
          const n = matrix.length;
          // Far from singular in every order of its rows: a large entry somewhere in each row and column, not on the diagonal.
          const dense = matrix.map((row, i) => row.map((value, j) => (j === (i + 1) % n ? 100 + (value ?? 0) : value)));
          const { pattern, values } = sparse(dense);
          const lu = new SparseLu(pattern, Int32Array.from(order));
          for (const factor of [1, 0.5, -3]) {
            const scaled = dense.map((row, i) =>
              row.map((value) => (value === undefined ? undefined : value * factor * (factor === 1 ? 1 : scale[i]))),
            );
            expect(lu.factor(factor === 1 ? values : sparse(scaled).values)).toBe(-1);
            const exact = Float64Array.from({ length: n }, (_, k) => k - 3.5);
            const x = times(scaled, exact);
            lu.solve(x);
            for (let k = 0; k < n; k++) expect(Math.abs(x[k] - exact[k])).toBeLessThan(1e-11);
          }
        },
      ),
    );
  });

  it('looks for other pivots where those of the matrix before have become too small', () => {
    const { pattern, values } = sparse([
      [4, 1],
      [1, 3],
    ]);
    const lu = new SparseLu(pattern);
    expect(lu.factor(values)).toBe(-1);
    const swapped = Float64Array.from([0, 1, 1, 0]);
    expect(lu.factor(swapped)).toBe(-1);
    const x = Float64Array.from([5, 7]);
    lu.solve(x);
    expect([...x]).toEqual([7, 5]);
  });

  it.each([
    [
      'a column of zeros',
      [
        [1, 0, 2],
        [3, 0, 4],
        [5, 0, 6],
      ],
      1,
    ],
    [
      'rows that depend on each other',
      [
        [1, 2],
        [2, 4],
      ],
      1,
    ],
    [
      'a column without entries',
      [
        [undefined, 1],
        [undefined, 2],
      ],
      0,
    ],
    [
      'a NaN',
      [
        [1, 2],
        [3, Number.NaN],
      ],
      1,
    ],
    [
      'an infinity',
      [
        [Infinity, 2],
        [3, 1],
      ],
      0,
    ],
  ] as [string, (number | undefined)[][], number][])('reports %s by its column', (_, dense, column) => {
    const { pattern, values } = sparse(dense);
    const lu = new SparseLu(pattern);
    expect(lu.factor(values)).toBe(column);
  });
});
