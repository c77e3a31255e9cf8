/** Numbers of which one is to be drawn with a chance in proportion to its size, in logarithmic time. */
import { InputError } from '../grid/index.js';
import { wholeNumber } from './checks.js';

/** A complete binary tree of sums over its leaves. */
export class SumTree {
  /** A power of two, at least the number of leaves. */
  private readonly first: number;
  /** Node k has the children 2 k and 2 k + 1; leaves from `first` on. */
  private readonly sums: Float64Array;

  constructor(readonly size: number) {
    wholeNumber('the leaves of a sum tree', size, 1, 2 ** 28);
    this.first = 1;
    while (this.first < size) this.first *= 2;
    this.sums = new Float64Array(2 * this.first);
  }

  /** Sum of all. */
  get total(): number {
    return this.sums[1];
  }

  get(leaf: number): number {
    return this.sums[this.first + leaf];
  }

  /** Throws InputError for a number that is negative or not finite. */
  set(leaf: number, value: number): void {
    if (!(value >= 0 && value < Infinity)) throw new InputError(`a priority is ${value}; it must be a finite number from 0`);
    let node = this.first + leaf;
    this.sums[node] = value;
    // Sums are made anew, not moved by differences, so that they do not drift.
    for (node >>= 1; node >= 1; node >>= 1) this.sums[node] = this.sums[2 * node] + this.sums[2 * node + 1];
  }

  /** The leaf in whose share of [0, total) a number falls; never one of size 0 while there are others. */
  find(position: number): number {
    let left = position;
    let node = 1;
    while (node < this.first) {
      const lower = this.sums[2 * node];
      // Rounding may lead beyond the last share: then to the left, where there is something.
      if (left < lower || this.sums[2 * node + 1] === 0) node = 2 * node;
      else {
        left -= lower;
        node = 2 * node + 1;
      }
    }
    return node - this.first;
  }
}
