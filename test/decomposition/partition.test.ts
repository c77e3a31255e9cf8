/** Partitions of matrices. */
import { describe, expect, it } from 'vitest';
import {
  bipartiteModularity,
  blockOrder,
  givenPartition,
  HAND_MADE_CASE14,
  normalisedCut,
  partitionMatrix,
  quantile,
  quantileComponents,
  samePartition,
} from '../../src/decomposition/index.js';
import { InputError } from '../../src/grid/index.js';
import { RandomStream } from '../../src/numeric/index.js';
import { PUBLISHED_CASE14 } from './published-case14.js';

const hand = givenPartition(HAND_MADE_CASE14.outputs, HAND_MADE_CASE14.inputs);
const published = PUBLISHED_CASE14.map((value) => Math.max(0, value));

describe('partition without a hand', () => {
  it('finds in the published matrix of case14 the two clusters that were set by hand', () => {
    const found = partitionMatrix(published, 20, 7);
    expect(found.clusters).toBe(2);
    expect(samePartition(found, hand)).toBe(true);
    expect(found.normalisedCut).toBeLessThanOrEqual(normalisedCut(published, 20, 7, hand) + 1e-12);
    expect(found.normalisedCut).toBeCloseTo(0.567933, 6);
    expect(found.modularity).toBeCloseTo(0.201388, 6);
    // The published way leaves one block and single lines.
    expect(new Set(quantileComponents(PUBLISHED_CASE14, 20, 7, 0.7).columns).size).toBe(1);
  });

  it('finds that split again with a tenth of noise', () => {
    for (let seed = 0; seed < 5; seed++) {
      const stream = new RandomStream(seed);
      const found = partitionMatrix(
        published.map((value) => value * (1 + 0.1 * (2 * stream.uniform() - 1))),
        20,
        7,
      );
      expect(found.columns).toEqual(hand.columns);
    }
  });

  it('finds hidden blocks of any number, on small matrices and on large ones, and leaves out what has no weight', () => {
    for (const [rows, columns, blocks] of [
      [6, 4, 2],
      [7, 9, 3],
      [24, 18, 4],
      [12, 40, 5],
    ]) {
      const stream = new RandomStream(rows);
      const ofRow = Array.from({ length: rows }, (_, row) => (row === 1 ? -1 : row % blocks));
      const ofColumn = Array.from({ length: columns }, (_, column) => column % blocks);
      const matrix = ofRow.flatMap((of) => ofColumn.map((other) => (of < 0 ? 0 : of === other ? 0.5 + stream.uniform() : 0.02 * stream.uniform())));
      const found = partitionMatrix(matrix, rows, columns);
      // Row 1 would have been of cluster 1: that cluster has other rows in all of these.
      expect(samePartition(found, { clusters: blocks, rows: ofRow, columns: ofColumn })).toBe(true);
      expect(found.clusters).toBe(blocks);
      expect(found.rows[1]).toBe(-1);
    }
    expect(partitionMatrix(new Float64Array(12), 3, 4)).toMatchObject({ clusters: 0, rows: [-1, -1, -1], columns: [-1, -1, -1, -1] });
    expect(partitionMatrix(new Float64Array(12).fill(2), 3, 4).clusters).toBe(1);
  });

  it('measures cuts and modularity', () => {
    const matrix = [1, 0, 0, 1];
    const apart = givenPartition([0, 1], [0, 1]);
    expect(bipartiteModularity(matrix, 2, 2, apart)).toBe(0.5);
    expect(normalisedCut(matrix, 2, 2, apart)).toBe(0);
    expect(normalisedCut(matrix, 2, 2, givenPartition([0, 1], [1, 0]))).toBe(2);
    expect(bipartiteModularity(matrix, 2, 2, givenPartition([0, 0], [0, 0]))).toBe(0);
    expect(blockOrder({ clusters: 2, rows: [1, -1, 0, 1], columns: [0, 1] })).toEqual({ rows: [2, 0, 3, 1], columns: [0, 1] });
  });

  it('refuses weights that are none', () => {
    expect(() => partitionMatrix([1, -1], 1, 2)).toThrow(/entry 0, 1 of the matrix is -1/);
    expect(() => partitionMatrix([1, Number.NaN], 2, 1)).toThrow(InputError);
    expect(() => partitionMatrix([1, 1], 2, 2)).toThrow(/a matrix of 2 entries is not one of 2 by 2/);
    expect(() => quantileComponents([1, 1], 1, 2, 1.5)).toThrow(/quantile is 1.5/);
  });
});

describe('quantiles', () => {
  it('lie between neighbours as numpy puts them', () => {
    expect(quantile([3, 1, 2, 5, 4], 0.7)).toBeCloseTo(3.8, 12);
    expect(quantile([3, 1, 2, 5, 4], 1)).toBe(5);
    expect(quantile([3, 1, 2, 5, 4], 0)).toBe(1);
    expect(quantile([7], 0.3)).toBe(7);
  });
});
