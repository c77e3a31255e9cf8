/**
 * The k-th neighbour of every point of a plane in the maximum norm, for any k, and how many points are as near in each margin.
 *
 * Both margins are cut into cells of equal numbers ({@link SortedColumn}); a table of sums says at once how many points any rectangle of cells holds. The square around a
 * point that just holds k neighbours lies between two such rectangles: the cells that it touches and the cells that it covers. These are found by letting the edges walk, from where they
 * were for the point before, and only points between the two, along the edge of the square, are looked at one by one. So time hardly grows with k.
 */
import { selectSmallest } from './select-smallest.js';
import type { SortedColumn } from './sorted-column.js';

/** What is found for a point. */
export interface PointCounts {
  /** The k of the formula: as given, or how often the point occurs (itself counted) where that is more than k times. */
  neighbours: number;
  /** Points at most as far as the k-th neighbour in x and in y, itself counted. */
  nearX: number;
  nearY: number;
  /** Distance to the k-th neighbour. */
  distance: number;
}

/** The points of one pair of variables. */
export class NeighbourSearch {
  private readonly rowsPlus1: number;
  /** Points in cells below column c and row r, by c * (rows + 1) + r. */
  private readonly sums: Int32Array;
  /** Points by columns of cells, rising in y; by rows of cells, rising in x. */
  private readonly columnX: Float64Array;
  private readonly columnY: Float64Array;
  private readonly rowX: Float64Array;
  private readonly rowY: Float64Array;
  private readonly candidates: Float64Array;
  // Cells that the square touches: columns from left to right, rows from bottom to top, the last not included.
  private left = 0;
  private right = 1;
  private bottom = 0;
  private top = 1;
  /** Distance of the point before. */
  private last = 0;
  /** While a point's neighbours are looked for: how many are certain, and how many candidates there are. */
  private nearer = 0;
  private found = 0;

  constructor(
    private readonly x: SortedColumn,
    private readonly y: SortedColumn,
  ) {
    const count = x.values.length;
    const columns = x.low.length;
    const rows = y.low.length;
    const width = rows + 1;
    this.rowsPlus1 = width;
    const sums = new Int32Array((columns + 1) * width);
    for (let i = 0; i < count; i++) sums[(x.cellOf[i] + 1) * width + y.cellOf[i] + 1] += 1;
    for (let column = 1; column <= columns; column++) {
      let below = 0;
      for (let row = 1; row <= rows; row++) {
        const at = column * width + row;
        below += sums[at];
        sums[at] = sums[at - width] + below;
      }
    }
    this.sums = sums;
    this.columnX = new Float64Array(count);
    this.columnY = new Float64Array(count);
    this.rowX = new Float64Array(count);
    this.rowY = new Float64Array(count);
    spread(y.order, x, x.values, y.values, this.columnX, this.columnY);
    spread(x.order, y, x.values, y.values, this.rowX, this.rowY);
    this.candidates = new Float64Array(count);
  }

  private inside(left: number, right: number, bottom: number, top: number): number {
    const { sums, rowsPlus1 } = this;
    return sums[right * rowsPlus1 + top] - sums[left * rowsPlus1 + top] - sums[right * rowsPlus1 + bottom] + sums[left * rowsPlus1 + bottom];
  }

  /**
   * Visits all points, neighbours after each other.
   *
   * @param k which neighbour, from 1 to N - 1
   * @param visit gets the same object each time
   */
  forEach(k: number, visit: (counts: PointCounts) => void): void {
    const { x, y, columnX, columnY } = this;
    const counts: PointCounts = { neighbours: 0, nearX: 0, nearY: 0, distance: 0 };
    let lastX = Number.NaN;
    let lastY = Number.NaN;
    for (let column = 0; column < x.low.length; column++) {
      const from = x.cellStart[column];
      const to = x.cellStart[column + 1];
      let row = column % 2 === 0 ? 0 : y.low.length - 1;
      for (let at = 0; at < to - from; at++) {
        // Up one column and down the next, so that the point before is always near.
        const point = column % 2 === 0 ? from + at : to - 1 - at;
        const px = columnX[point];
        const py = columnY[point];
        if (px !== lastX || py !== lastY) {
          while (y.high[row] < py) row += 1;
          while (y.low[row] > py) row -= 1;
          this.find(k + 1, px, py, column, row, counts);
          if (counts.distance === 0) counts.neighbours = this.same(px, py, column, row);
          else counts.neighbours = k;
          lastX = px;
          lastY = py;
        }
        visit(counts);
      }
    }
  }

  /** How often a point occurs. */
  private same(px: number, py: number, column: number, row: number): number {
    const { columnX, columnY, x, y } = this;
    const from = this.columnPlace(column, row);
    const to = this.columnPlace(column, row + 1);
    if (x.low[column] === x.high[column] && y.low[row] === y.high[row]) return to - from;
    let found = 0;
    for (let at = from; at < to; at++) if (columnX[at] === px && columnY[at] === py) found += 1;
    return found;
  }

  /** Place in `columnX` and `columnY` of the first point of a cell. */
  private columnPlace(column: number, row: number): number {
    const at = column * this.rowsPlus1 + row;
    return this.x.cellStart[column] + this.sums[at + this.rowsPlus1] - this.sums[at];
  }

  /** Place in `rowX` and `rowY` of the first point of a cell. */
  private rowPlace(row: number, column: number): number {
    const at = column * this.rowsPlus1 + row;
    return this.y.cellStart[row] + this.sums[at + 1] - this.sums[at];
  }

  /**
   * Distance within which `needed` points lie, the point itself counted, and what the margins hold within it. Distances are compared as rounded differences throughout, so that
   * all agree about points at the very edge.
   */
  private find(needed: number, px: number, py: number, column: number, row: number, out: PointCounts): void {
    const { x, y } = this;
    const columns = x.low.length;
    const rows = y.low.length;
    const least = this.touch(needed, px, py, column, row);
    let { left, right, bottom, top } = this;
    // Cells that are covered at that distance.
    let innerLeft = left;
    let innerRight = right;
    let innerBottom = bottom;
    let innerTop = top;
    while (innerLeft < right && px - x.low[innerLeft] > least) innerLeft += 1;
    while (innerRight > innerLeft && x.high[innerRight - 1] - px > least) innerRight -= 1;
    while (innerBottom < top && py - y.low[innerBottom] > least) innerBottom += 1;
    while (innerTop > innerBottom && y.high[innerTop - 1] - py > least) innerTop -= 1;
    const covered = this.inside(innerLeft, innerRight, innerBottom, innerTop);
    let distance = least;
    if (covered < needed) {
      // Cover more, until there are enough points: no more than this distance is needed.
      let coverLeft = innerLeft;
      let coverRight = innerRight;
      let coverBottom = innerBottom;
      let coverTop = innerTop;
      let most = least;
      for (let held = covered; held < needed; ) {
        const toLeft = coverLeft > 0 ? Math.max(px - x.low[coverLeft - 1], x.high[coverLeft - 1] - px) : Infinity;
        const toRight = coverRight < columns ? Math.max(x.high[coverRight] - px, px - x.low[coverRight]) : Infinity;
        const down = coverBottom > 0 ? Math.max(py - y.low[coverBottom - 1], y.high[coverBottom - 1] - py) : Infinity;
        const up = coverTop < rows ? Math.max(y.high[coverTop] - py, py - y.low[coverTop]) : Infinity;
        const step = Math.min(toLeft, toRight, down, up);
        if (toLeft <= step) coverLeft -= 1;
        if (toRight <= step) coverRight += 1;
        if (down <= step) coverBottom -= 1;
        if (up <= step) coverTop += 1;
        most = Math.max(most, step);
        held = this.inside(coverLeft, coverRight, coverBottom, coverTop);
      }
      while (left > 0 && px - x.high[left - 1] <= most) left -= 1;
      while (right < columns && x.low[right] - px <= most) right += 1;
      while (bottom > 0 && py - y.high[bottom - 1] <= most) bottom -= 1;
      while (top < rows && y.low[top] - py <= most) top += 1;
      this.nearer = covered;
      this.found = 0;
      if (covered === 0) this.lookColumns(left, right, bottom, top, px, py, least, most);
      else {
        this.lookColumns(left, innerLeft, bottom, top, px, py, least, most);
        this.lookColumns(innerRight, right, bottom, top, px, py, least, most);
        this.lookRows(bottom, innerBottom, innerLeft, innerRight, px, py, least, most);
        this.lookRows(innerTop, top, innerLeft, innerRight, px, py, least, most);
      }
      distance = this.nearer >= needed ? least : selectSmallest(this.candidates, this.found, needed - this.nearer);
    }
    this.last = distance;
    out.distance = distance;
    out.nearX = nearMargin(x, px, distance, left, right, innerLeft, innerRight);
    out.nearY = nearMargin(y, py, distance, bottom, top, innerBottom, innerTop);
  }

  /** The least distance at which the cells that the square touches hold enough points; leaves their edges in this object. */
  private touch(needed: number, px: number, py: number, column: number, row: number): number {
    const { x, y } = this;
    const columns = x.low.length;
    const rows = y.low.length;
    let distance = this.last;
    let left = Math.min(this.left, column);
    let right = Math.max(this.right, column + 1);
    let bottom = Math.min(this.bottom, row);
    let top = Math.max(this.top, row + 1);
    while (left > 0 && px - x.high[left - 1] <= distance) left -= 1;
    while (px - x.high[left] > distance) left += 1;
    while (right < columns && x.low[right] - px <= distance) right += 1;
    while (x.low[right - 1] - px > distance) right -= 1;
    while (bottom > 0 && py - y.high[bottom - 1] <= distance) bottom -= 1;
    while (py - y.high[bottom] > distance) bottom += 1;
    while (top < rows && y.low[top] - py <= distance) top += 1;
    while (y.low[top - 1] - py > distance) top -= 1;
    let held = this.inside(left, right, bottom, top);
    if (held < needed) {
      while (held < needed) {
        const toLeft = left > 0 ? px - x.high[left - 1] : Infinity;
        const toRight = right < columns ? x.low[right] - px : Infinity;
        const down = bottom > 0 ? py - y.high[bottom - 1] : Infinity;
        const up = top < rows ? y.low[top] - py : Infinity;
        distance = Math.min(toLeft, toRight, down, up);
        if (toLeft <= distance) left -= 1;
        if (toRight <= distance) right += 1;
        if (down <= distance) bottom -= 1;
        if (up <= distance) top += 1;
        held = this.inside(left, right, bottom, top);
      }
    } else {
      for (;;) {
        // A point's own cell is always touched.
        const toLeft = left < column ? px - x.high[left] : 0;
        const toRight = right > column + 1 ? x.low[right - 1] - px : 0;
        const down = bottom < row ? py - y.high[bottom] : 0;
        const up = top > row + 1 ? y.low[top - 1] - py : 0;
        distance = Math.max(toLeft, toRight, down, up);
        if (distance === 0) break;
        const nextLeft = toLeft === distance ? left + 1 : left;
        const nextRight = toRight === distance ? right - 1 : right;
        const nextBottom = down === distance ? bottom + 1 : bottom;
        const nextTop = up === distance ? top - 1 : top;
        if (this.inside(nextLeft, nextRight, nextBottom, nextTop) < needed) break;
        left = nextLeft;
        right = nextRight;
        bottom = nextBottom;
        top = nextTop;
      }
    }
    this.left = left;
    this.right = right;
    this.bottom = bottom;
    this.top = top;
    return distance;
  }

  /** Looks at points that lie behind each other: those at most `least` away are counted, those at most `most` away are candidates. */
  private look(xs: Float64Array, ys: Float64Array, from: number, to: number, px: number, py: number, least: number, most: number): void {
    const { candidates } = this;
    let { nearer, found } = this;
    for (let at = from; at < to; at++) {
      const distance = Math.max(Math.abs(xs[at] - px), Math.abs(ys[at] - py));
      if (distance <= most) {
        if (distance <= least) nearer += 1;
        else candidates[found++] = distance;
      }
    }
    this.nearer = nearer;
    this.found = found;
  }

  private lookColumns(from: number, to: number, bottom: number, top: number, px: number, py: number, least: number, most: number): void {
    for (let column = from; column < to; column++)
      this.look(this.columnX, this.columnY, this.columnPlace(column, bottom), this.columnPlace(column, top), px, py, least, most);
  }

  private lookRows(from: number, to: number, left: number, right: number, px: number, py: number, least: number, most: number): void {
    for (let row = from; row < to; row++) this.look(this.rowX, this.rowY, this.rowPlace(row, left), this.rowPlace(row, right), px, py, least, most);
  }
}

/** Puts points, in an order, behind each other into the cells of a margin. */
function spread(order: Uint32Array, margin: SortedColumn, xs: Float64Array, ys: Float64Array, outX: Float64Array, outY: Float64Array): void {
  const next = margin.cellStart.slice();
  for (let rank = 0; rank < order.length; rank++) {
    const i = order[rank];
    const at = next[margin.cellOf[i]]++;
    outX[at] = xs[i];
    outY[at] = ys[i];
  }
}

/** Values at most `distance` from `value`: the edges lie between the cells that are touched and those that are covered. */
function nearMargin(
  margin: SortedColumn,
  value: number,
  distance: number,
  left: number,
  right: number,
  innerLeft: number,
  innerRight: number,
): number {
  const { sorted, cellStart } = margin;
  const isCovered = innerLeft < innerRight;
  let low = cellStart[left];
  let high = isCovered ? cellStart[innerLeft] : cellStart[right];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (value - sorted[middle] <= distance) high = middle;
    else low = middle + 1;
  }
  const first = low;
  low = isCovered ? cellStart[innerRight] : first;
  high = cellStart[right];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] - value > distance) high = middle;
    else low = middle + 1;
  }
  return low - first;
}
