/** One variable sorted, and cut into cells: what the estimator needs of a margin. It does not depend on the other variable of a pair. */

/** A variable of N samples. */
export interface SortedColumn {
  /** By sample. */
  readonly values: Float64Array;
  /** The same, rising. */
  readonly sorted: Float64Array;
  /** Number of the sample at each place of `sorted`. */
  readonly order: Uint32Array;
  /** Cells: place of the first value of each in `sorted`, and N at the end. Equal values are never in two cells. */
  readonly cellStart: Int32Array;
  /** Smallest and largest value of each cell. */
  readonly low: Float64Array;
  readonly high: Float64Array;
  /** Cell of each sample. */
  readonly cellOf: Int32Array;
}

/** Cells are made so large that there are about as many, or twice that. */
const MOST_CELLS = 1024;
const LEAST_IN_CELL = 8;

/** Sorts a variable and cuts it into cells: of about N/1024 values (8 at least), or of one value that occurs more often. */
export function sortColumn(given: ArrayLike<number>): SortedColumn {
  const count = given.length;
  const values = new Float64Array(count);
  // + 0 makes 0 of -0: they are the same value.
  for (let i = 0; i < count; i++) values[i] = given[i] + 0;
  const order = risingOrder(values);
  const sorted = new Float64Array(count);
  for (let rank = 0; rank < count; rank++) sorted[rank] = values[order[rank]];
  const target = Math.max(LEAST_IN_CELL, Math.ceil(count / MOST_CELLS));
  const starts: number[] = [];
  for (let from = 0, cellFrom = 0; from < count; ) {
    let to = from + 1;
    while (to < count && sorted[to] === sorted[from]) to += 1;
    if (from === 0 || to - cellFrom > target) {
      starts.push(from);
      cellFrom = from;
    }
    from = to;
  }
  starts.push(count);
  const cellStart = Int32Array.from(starts);
  const cells = cellStart.length - 1;
  const low = new Float64Array(cells);
  const high = new Float64Array(cells);
  const cellOf = new Int32Array(count);
  for (let cell = 0; cell < cells; cell++) {
    low[cell] = sorted[cellStart[cell]];
    high[cell] = sorted[cellStart[cell + 1] - 1];
    for (let rank = cellStart[cell]; rank < cellStart[cell + 1]; rank++) cellOf[order[rank]] = cell;
  }
  return { values, sorted, order, cellStart, low, high, cellOf };
}

/** The variable whose sample i is what was sample permutation[i]; sorted arrays are shared. */
export function permuteColumn(column: SortedColumn, permutation: Uint32Array): SortedColumn {
  const count = permutation.length;
  const values = new Float64Array(count);
  const order = new Uint32Array(count);
  const cellOf = new Int32Array(count);
  const place = new Uint32Array(count);
  for (let i = 0; i < count; i++) {
    place[permutation[i]] = i;
    values[i] = column.values[permutation[i]];
    cellOf[i] = column.cellOf[permutation[i]];
  }
  for (let rank = 0; rank < count; rank++) order[rank] = place[column.order[rank]];
  return { ...column, values, order, cellOf };
}

const DIGIT_BITS = 16;
const DIGITS = 1 << DIGIT_BITS;

/** Numbers of the values in rising order, equal ones in theirs: a radix sort of the doubles' bits (no NaN, no -0). */
function risingOrder(values: Float64Array): Uint32Array {
  const count = values.length;
  const words = new Uint32Array(values.buffer.slice(values.byteOffset, values.byteOffset + 8 * count));
  const highFirst = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1 ? 1 : 0;
  // Bits in the order of the numbers: negative ones are turned over, others get the sign bit.
  for (let i = 0; i < count; i++) {
    const high = words[2 * i + highFirst];
    const low = words[2 * i + 1 - highFirst];
    const negative = high >>> 31 === 1;
    words[2 * i + highFirst] = negative ? ~high : high | 0x80000000;
    words[2 * i + 1 - highFirst] = negative ? ~low : low;
  }
  let order = Uint32Array.from({ length: count }, (_, i) => i);
  let next = new Uint32Array(count);
  const starts = new Uint32Array(DIGITS + 1);
  for (let digit = 0; digit < 4; digit++) {
    const word = digit < 2 ? 1 - highFirst : highFirst;
    const shift = (digit % 2) * DIGIT_BITS;
    starts.fill(0);
    for (let i = 0; i < count; i++) starts[((words[2 * i + word] >>> shift) & (DIGITS - 1)) + 1] += 1;
    if (count > 0 && starts[((words[word] >>> shift) & (DIGITS - 1)) + 1] === count) continue;
    for (let value = 0; value < DIGITS; value++) starts[value + 1] += starts[value];
    for (let at = 0; at < count; at++) {
      const i = order[at];
      const value = (words[2 * i + word] >>> shift) & (DIGITS - 1);
      next[starts[value]++] = i;
    }
    [order, next] = [next, order];
  }
  return order;
}
