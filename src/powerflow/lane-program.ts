/**
 * How a lane makes the matrices of a block with taps of its own: which entries of M(t) = shared + u0 + u1/t + u2/t^2 there are, and from which transformers. Most entries that
 * could be are not: a regulator of one phase couples two nodes.
 *
 * Words: the number of entries; for each where it goes, the number of transformers that add to it, and these (counted within the block); then the number of couplings,
 * and for each the places k, j of a node of the block and one of its parent. An entry goes to a place among the block's values [B, A, Z, E], counted in entries, or,
 * where the number is negative, to -1 - place in scratch memory: coupling k from parent to block at 2 k, from block to parent at 2 k + 1.
 *
 * Numbers: for each entry its shared part rr, ri, ir, ii, and for each of its transformers u0, u1, u2 as g, b each, which stand for [g, -b; b, g].
 */
import type { ChordBlock } from './chord-fold.js';

/** A program and its numbers. */
export interface LaneProgram {
  words: number[];
  numbers: number[];
}

/** The 2x2 entry (i, j) of a real matrix with two rows and columns a node. */
function entryOf(matrix: Float64Array, columns: number, i: number, j: number): [number, number, number, number] {
  const at = 4 * i * columns + 2 * j;
  return [matrix[at], matrix[at + 1], matrix[at + 2 * columns], matrix[at + 2 * columns + 1]];
}

/** The program of a block of m nodes under q. */
export function laneProgram({ inner, down, up, seen, units }: NonNullable<ChordBlock['lanes']>, m: number, q: number): LaneProgram {
  const words: number[] = [];
  const numbers: number[] = [];
  let entries = 0;
  const isZero = (entry: readonly number[]): boolean => entry.every((value) => value === 0);
  /** Parts of the transformers in an entry of (block, parent), those that are 0 left out. */
  const partsAt = (i: number, j: number): { unit: number; parts: number[] }[] =>
    units
      .map(({ u0, u1, u2 }, unit) => {
        const parts = [u0, u1, u2].flatMap((matrix) => {
          const [rr, ri, ir, ii] = entryOf(matrix, m + q, i, j);
          if (rr !== ii || ri !== -ir) throw new Error('an admittance of a transformer is no complex number');
          return [rr, ir];
        });
        return { unit, parts };
      })
      .filter(({ parts }) => !isZero(parts));
  const add = (place: number, shared: readonly number[], parts: ReturnType<typeof partsAt>): void => {
    entries += 1;
    words.push(place, parts.length, ...parts.map(({ unit }) => unit));
    numbers.push(...shared, ...parts.flatMap((part) => part.parts));
  };
  const z = 2 * m * q;
  for (let i = 0; i < m; i++) for (let j = 0; j < m; j++) add(z + i * m + j, entryOf(inner, m, i, j), partsAt(i, j));
  const couplings: number[] = [];
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < q; j++) {
      const [sharedDown, sharedUp] = [entryOf(down, q, i, j), entryOf(up, m, j, i)];
      const [partsDown, partsUp] = [partsAt(i, m + j), partsAt(m + j, i)];
      if (isZero(sharedDown) && isZero(sharedUp) && partsDown.length + partsUp.length === 0) continue;
      add(-1 - couplings.length, sharedDown, partsDown);
      add(-2 - couplings.length, sharedUp, partsUp);
      couplings.push(i, j);
    }
  }
  for (let i = 0; i < q; i++) {
    for (let j = 0; j < q; j++) {
      const shared = entryOf(seen, q, i, j).map((value) => (value === 0 ? 0 : -value));
      const parts = partsAt(m + i, m + j);
      if (!isZero(shared) || parts.length > 0) add(z + m * m + i * q + j, shared, parts);
    }
  }
  return { words: [entries, ...words, couplings.length / 2, ...couplings], numbers };
}
