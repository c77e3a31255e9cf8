/**
 * LU of a real sparse matrix with threshold pivoting, column by column (Gilbert and Peierls, "Sparse partial pivoting in time proportional to arithmetic
 * operations", 1988): row r of the right-hand side goes with the column of the same number unless its pivot would be small, so that an order of low fill on a symmetric pattern stays one.
 * The pattern and the pivots found once serve every later matrix with entries in the same places, until a pivot turns out too small.
 */

/** Where a square matrix has entries, by columns; rows of a column in any order, none twice. */
export interface SparsePattern {
  size: number;
  /** Where each column begins (one entry more than columns). */
  start: Int32Array;
  row: Int32Array;
}

/** A pivot on the diagonal is taken where it is at least this share of the largest one possible. */
const DIAGONAL_SHARE = 0.1;
/** A pivot kept from an earlier matrix must be at least this share of the largest one possible. */
const KEPT_SHARE = 1e-3;
/** A pivot below this share of what its column holds is rounding: the matrix is singular. */
const SINGULAR_SHARE = 4 * Number.EPSILON;

/** Entries by columns that grow as they are found. */
class Columns {
  index = new Int32Array(256);
  value = new Float64Array(256);
  readonly start: Int32Array;
  length = 0;

  constructor(count: number) {
    this.start = new Int32Array(count + 1);
  }

  push(index: number, value: number): void {
    if (this.length === this.index.length) {
      const index2 = new Int32Array(2 * this.length);
      const value2 = new Float64Array(2 * this.length);
      index2.set(this.index);
      value2.set(this.value);
      this.index = index2;
      this.value = value2;
    }
    this.index[this.length] = index;
    this.value[this.length++] = value;
  }
}

/** Factors of a matrix whose values may change again and again. */
export class SparseLu {
  /** Columns in the order in which they are eliminated. */
  private readonly order: Int32Array;
  /** Step at which a row was pivot; -1 not yet. */
  private readonly stepOfRow: Int32Array;
  private lower: Columns;
  private upper: Columns;
  private readonly pivot: Float64Array;
  private readonly work: Float64Array;
  private readonly found: Int32Array;
  private readonly stack: Int32Array;
  private readonly next: Int32Array;
  private readonly mark: Int32Array;
  private hasPattern = false;

  /**
   * @param pattern where entries may be
   * @param order columns in the order of elimination; as they stand where left out
   */
  constructor(
    readonly pattern: SparsePattern,
    order?: Int32Array,
  ) {
    const n = pattern.size;
    this.order = order ?? Int32Array.from({ length: n }, (_, k) => k);
    this.stepOfRow = new Int32Array(n);
    this.lower = new Columns(n);
    this.upper = new Columns(n);
    this.pivot = new Float64Array(n);
    this.work = new Float64Array(n);
    this.found = new Int32Array(n);
    this.stack = new Int32Array(n);
    this.next = new Int32Array(n);
    this.mark = new Int32Array(n);
  }

  /** Entries of both factors, the diagonal included. */
  get entries(): number {
    return this.lower.length + this.upper.length + this.pattern.size;
  }

  /**
   * Factors the matrix with these values, one for each entry of the pattern.
   *
   * @returns -1, or, where the matrix is singular (or a value is not finite), the column in which no pivot is left
   */
  factor(values: Float64Array): number {
    if (this.hasPattern && this.refactor(values)) return -1;
    return this.factorAnew(values);
  }

  /** Solves for a right-hand side, in place. Only after a successful {@link factor}. */
  solve(vector: Float64Array): void {
    const { order, stepOfRow, lower, upper, pivot, work } = this;
    const n = this.pattern.size;
    for (let i = 0; i < n; i++) work[stepOfRow[i]] = vector[i];
    for (let k = 0; k < n; k++) {
      const x = work[k];
      if (x === 0) continue;
      for (let p = lower.start[k]; p < lower.start[k + 1]; p++) work[lower.index[p]] -= lower.value[p] * x;
    }
    for (let k = n - 1; k >= 0; k--) {
      const x = work[k] / pivot[k];
      work[k] = x;
      if (x === 0) continue;
      for (let p = upper.start[k]; p < upper.start[k + 1]; p++) work[upper.index[p]] -= upper.value[p] * x;
    }
    for (let k = 0; k < n; k++) vector[order[k]] = work[k];
  }

  /** Factors with a search for pivots; the lower factor's rows are those of the matrix until the end, then steps. */
  private factorAnew(values: Float64Array): number {
    const { pattern, order, stepOfRow, pivot, work, found } = this;
    const { size: n, start, row } = pattern;
    this.hasPattern = false;
    stepOfRow.fill(-1);
    this.mark.fill(-1);
    const lower = new Columns(n);
    const upper = new Columns(n);
    this.lower = lower;
    this.upper = upper;
    for (let k = 0; k < n; k++) {
      const column = order[k];
      const top = this.reach(column, k);
      for (let p = top; p < n; p++) work[found[p]] = 0;
      let scale = 0;
      for (let p = start[column]; p < start[column + 1]; p++) {
        work[row[p]] = values[p];
        scale = Math.max(scale, Math.abs(values[p]));
      }
      let largest = 0;
      let best = -1;
      for (let p = top; p < n; p++) {
        const i = found[p];
        const x = work[i];
        const step = stepOfRow[i];
        if (step >= 0) {
          upper.push(step, x);
          if (x === 0) continue;
          const end = lower.start[step + 1];
          for (let q = lower.start[step]; q < end; q++) work[lower.index[q]] -= lower.value[q] * x;
        }
      }
      for (let p = top; p < n; p++) {
        const i = found[p];
        if (stepOfRow[i] >= 0) continue;
        const size = Math.abs(work[i]);
        // A NaN is no pivot, and leaves none in the end.
        if (size > largest) {
          largest = size;
          best = i;
        }
      }
      if (!(largest > SINGULAR_SHARE * scale && largest < Infinity)) return column;
      if (stepOfRow[column] < 0 && this.mark[column] === k && Math.abs(work[column]) >= DIAGONAL_SHARE * largest) best = column;
      const diagonal = work[best];
      pivot[k] = diagonal;
      stepOfRow[best] = k;
      for (let p = top; p < n; p++) {
        const i = found[p];
        if (stepOfRow[i] < 0) lower.push(i, work[i] / diagonal);
      }
      lower.start[k + 1] = lower.length;
      upper.start[k + 1] = upper.length;
    }
    for (let p = 0; p < lower.length; p++) lower.index[p] = stepOfRow[lower.index[p]];
    this.hasPattern = true;
    return -1;
  }

  /** Rows that a column comes to have entries in, written to the end of `found` such that what acts on others stands before them; returns where they begin. */
  private reach(column: number, stamp: number): number {
    const { pattern, stepOfRow, lower, found, stack, next, mark } = this;
    let top = pattern.size;
    for (let p = pattern.start[column]; p < pattern.start[column + 1]; p++) {
      if (mark[pattern.row[p]] === stamp) continue;
      let head = 0;
      stack[0] = pattern.row[p];
      mark[stack[0]] = stamp;
      next[0] = stepOfRow[stack[0]] < 0 ? 0 : lower.start[stepOfRow[stack[0]]];
      while (head >= 0) {
        const step = stepOfRow[stack[head]];
        const end = step < 0 ? 0 : lower.start[step + 1];
        let deeper = false;
        while (next[head] < end) {
          const i = lower.index[next[head]++];
          if (mark[i] === stamp) continue;
          mark[i] = stamp;
          stack[++head] = i;
          next[head] = stepOfRow[i] < 0 ? 0 : lower.start[stepOfRow[i]];
          deeper = true;
          break;
        }
        if (!deeper) found[--top] = stack[head--];
      }
    }
    return top;
  }

  /** Factors in the known pattern, with the known pivots; false where one of them is too small by now. */
  private refactor(values: Float64Array): boolean {
    const { pattern, order, stepOfRow, lower, upper, pivot, work } = this;
    const { size: n, start, row } = pattern;
    for (let k = 0; k < n; k++) {
      const column = order[k];
      for (let p = upper.start[k]; p < upper.start[k + 1]; p++) work[upper.index[p]] = 0;
      for (let p = lower.start[k]; p < lower.start[k + 1]; p++) work[lower.index[p]] = 0;
      work[k] = 0;
      let scale = 0;
      for (let p = start[column]; p < start[column + 1]; p++) {
        work[stepOfRow[row[p]]] = values[p];
        scale = Math.max(scale, Math.abs(values[p]));
      }
      for (let p = upper.start[k]; p < upper.start[k + 1]; p++) {
        const step = upper.index[p];
        const x = work[step];
        upper.value[p] = x;
        if (x === 0) continue;
        const end = lower.start[step + 1];
        for (let q = lower.start[step]; q < end; q++) work[lower.index[q]] -= lower.value[q] * x;
      }
      const diagonal = work[k];
      let largest = Math.abs(diagonal);
      for (let p = lower.start[k]; p < lower.start[k + 1]; p++) {
        const x = work[lower.index[p]];
        largest = Math.max(largest, Math.abs(x));
        lower.value[p] = x / diagonal;
      }
      // Written so that a NaN fails.
      if (!(Math.abs(diagonal) >= KEPT_SHARE * largest && Math.abs(diagonal) > SINGULAR_SHARE * scale && largest < Infinity)) return false;
      pivot[k] = diagonal;
    }
    return true;
  }
}
