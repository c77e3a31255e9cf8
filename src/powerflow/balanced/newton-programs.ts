/**
 * Writes the programs of Newton's method over lanes from a plan (what their words are stands in lane-plan.ts): for all rows, or without some of those that are optional, again and again as
 * lanes come to use other ones.
 */
import { BALANCED_ROW_MASKED } from './lane-layout.js';
import type { LanePlan } from './lane-plan.js';

/** Words of a row before its lists, forward and backward, and of a lower item before its columns. */
const ROW_HEAD = 14;
const BACK_HEAD = 4;
const LOWER_HEAD = 7;

/** Programs of one plan for W lanes. What was written last stands in {@link forward} and {@link backward}. */
export class NewtonPrograms {
  /** Words written, and how many of them count. */
  readonly forward: Int32Array;
  readonly backward: Int32Array;
  forwardWords = 0;
  backwardWords = 0;
  /** Scratch that a block needs with all rows, bytes: its factor, its working row. */
  readonly factorBytes: number;
  readonly workBytes: number;
  private readonly isIn: Uint8Array;
  /** Columns that elimination leaves in each row, those of 2 unknowns first, and how many these are; rows that each row is eliminated with, ascending. */
  private readonly upperStart: Int32Array;
  private readonly upper: Int32Array;
  private readonly upperTwo: Int32Array;
  private readonly lowerStart: Int32Array;
  private readonly lower: Int32Array;
  /** Rows whose first column a row is, as a linked list. */
  private readonly child: Int32Array;
  private readonly sibling: Int32Array;
  private readonly seen: Int32Array;
  private readonly placeOf: Int32Array;
  private readonly factorOffset: Int32Array;

  constructor(
    private readonly plan: LanePlan,
    private readonly lanes: number,
  ) {
    const { rows, slots, lower } = plan;
    const perRow = (): Int32Array => new Int32Array(rows + 1);
    this.isIn = new Uint8Array(slots).fill(1);
    this.upperStart = perRow();
    this.upper = new Int32Array(lower.length);
    this.upperTwo = perRow();
    this.lowerStart = perRow();
    this.lower = new Int32Array(lower.length);
    this.child = perRow();
    this.sibling = perRow();
    this.seen = perRow();
    this.placeOf = new Int32Array(slots);
    this.factorOffset = perRow();
    this.findPattern();
    const [forwardWords, backwardWords] = this.countWords();
    this.forward = new Int32Array(forwardWords);
    this.backward = new Int32Array(backwardWords);
    this.workBytes = this.writeForward();
    this.writeBackward();
    this.factorBytes = this.factorOffset[rows];
  }

  /** All rows that are optional. */
  get optionalSlots(): number[] {
    return Array.from(this.plan.optional.keys()).filter((slot) => this.plan.optional[slot] === 1);
  }

  /** Writes the programs without the optional rows that are not `used` (by slot). Nothing gets longer than with all of them. */
  write(used: Iterable<number>): void {
    const { plan, isIn } = this;
    for (let slot = 0; slot < plan.slots; slot++) isIn[slot] = 1 - plan.optional[slot];
    for (const slot of used) isIn[slot] = 1;
    this.findPattern();
    this.writeForward();
    this.writeBackward();
  }

  /**
   * The pattern of the factors: a row's columns are its neighbours behind it and those of the rows whose first column it is (J. W. H. Liu, "The role of elimination trees in sparse
   * factorization", 1990).
   */
  private findPattern(): void {
    const { isIn, upperStart, upper, upperTwo, lowerStart, lower, child, sibling, seen } = this;
    const { rows, neighbours, unknowns } = this.plan;
    seen.fill(-1);
    child.fill(-1);
    lowerStart.fill(0);
    let end = 0;
    for (let k = 0; k < rows; k++) {
      upperStart[k] = end;
      upperTwo[k] = 0;
      if (isIn[k] === 0) continue;
      const first = end;
      for (const slot of neighbours[k]) {
        if (slot <= k || slot >= rows || isIn[slot] === 0) continue;
        seen[slot] = k;
        upper[end++] = slot;
      }
      for (let row = child[k]; row >= 0; row = sibling[row]) {
        for (let at = upperStart[row]; at < upperStart[row + 1]; at++) {
          const slot = upper[at];
          if (slot <= k || seen[slot] === k) continue;
          seen[slot] = k;
          upper[end++] = slot;
        }
      }
      let parent = rows;
      for (let at = first; at < end; at++) {
        const slot = upper[at];
        lowerStart[slot + 1]++;
        if (slot < parent) parent = slot;
        if (unknowns[slot] === 2) upperTwo[k]++;
        // Few as they are, they are put in order one by one.
        let to = at;
        for (; to > first && comesBefore(unknowns, slot, upper[to - 1]); to--) upper[to] = upper[to - 1];
        upper[to] = slot;
      }
      if (parent < rows) {
        sibling[k] = child[parent];
        child[parent] = k;
      }
      upperStart[k + 1] = end;
    }
    upperStart[rows] = end;
    for (let k = 0; k < rows; k++) lowerStart[k + 1] += lowerStart[k];
    for (let k = 0; k < rows; k++) for (let at = upperStart[k]; at < upperStart[k + 1]; at++) lower[lowerStart[upper[at]]++] = k;
    for (let k = rows; k > 0; k--) lowerStart[k] = lowerStart[k - 1];
    lowerStart[0] = 0;
  }

  /** Words of the programs with all rows. */
  private countWords(): [number, number] {
    const { upperStart, lowerStart, lower } = this;
    const { rows, neighbourCounts, neighbours } = this.plan;
    let forward = 0;
    for (let k = 0; k < rows; k++) {
      const [n2, n1, n0, late] = neighbourCounts.subarray(4 * k, 4 * k + 4);
      forward += ROW_HEAD + 2 * (n2 + n1) + n0 + 3 * late;
      const columns = lowerStart[k + 1] - lowerStart[k] + upperStart[k + 1] - upperStart[k];
      forward += 2 * (columns - neighbours[k].reduce((count, slot) => count + (slot < rows ? 1 : 0), 0));
      for (let at = lowerStart[k]; at < lowerStart[k + 1]; at++) forward += LOWER_HEAD + upperStart[lower[at] + 1] - upperStart[lower[at]];
    }
    return [forward, BACK_HEAD * rows + upperStart[rows]];
  }

  /** Returns the size of the largest working row, bytes. */
  private writeForward(): number {
    const { isIn, upperStart, upper, upperTwo, lowerStart, lower, seen, placeOf, factorOffset, forward: words } = this;
    const { rows, unknowns, masked, neighbours, neighbourCounts } = this.plan;
    const vector = 8 * this.lanes;
    const column = 2 * vector;
    seen.fill(-1);
    let workBytes = 0;
    let entry = 0;
    let maskedRow = 0;
    let end = 0;
    for (let k = 0; k < rows; k++) {
      const r = unknowns[k];
      const list = neighbours[k];
      const [lowFirst, lowEnd, upFirst, upEnd] = [lowerStart[k], lowerStart[k + 1], upperStart[k], upperStart[k + 1]];
      let at = r * r * vector;
      for (let i = lowFirst; i < lowEnd; i++) {
        placeOf[lower[i]] = at;
        at += r * unknowns[lower[i]] * vector;
      }
      const upperPlace = at;
      for (let i = upFirst; i < upEnd; i++) {
        placeOf[upper[i]] = at;
        at += r * unknowns[upper[i]] * vector;
      }
      placeOf[k] = 0;
      workBytes = Math.max(workBytes, at);
      factorOffset[k + 1] = factorOffset[k] + at - upperPlace;

      const head = end;
      end += ROW_HEAD;
      const [n2, n1, n0] = isIn[k] ? neighbourCounts.subarray(4 * k, 4 * k + 3) : [0, 0, 0];
      for (let i = 0; i < n2 + n1 + n0; i++) {
        words[end++] = list[i] * column;
        if (i < n2 + n1) words[end++] = placeOf[list[i]];
        if (list[i] < rows) seen[list[i]] = k;
      }
      let late = 0;
      for (let i = n2 + n1 + n0; i < list.length && isIn[k]; i++) {
        if (isIn[list[i]] === 0) continue;
        words[end++] = list[i] * column;
        words[end++] = placeOf[list[i]];
        words[end++] = entry + 1 + i;
        if (list[i] < rows) seen[list[i]] = k;
        late++;
      }
      let fills = 0;
      const clear = (slot: number): void => {
        if (seen[slot] === k) return;
        words[end++] = placeOf[slot];
        words[end++] = r * unknowns[slot];
        fills++;
      };
      for (let i = lowFirst; i < lowEnd; i++) clear(lower[i]);
      for (let i = upFirst; i < upEnd; i++) clear(upper[i]);
      for (let i = lowFirst; i < lowEnd; i++) {
        const pivot = lower[i];
        const [first, last] = [upperStart[pivot], upperStart[pivot + 1]];
        words[end++] = placeOf[pivot];
        words[end++] = unknowns[pivot];
        words[end++] = factorOffset[pivot];
        words[end++] = pivot * column;
        words[end++] = upperTwo[pivot];
        words[end++] = last - first - upperTwo[pivot];
        words[end++] = 4 * pivot;
        for (let j = first; j < last; j++) words[end++] = placeOf[upper[j]];
      }
      words[head] = r + (masked[k] ? BALANCED_ROW_MASKED : 0);
      words[head + 1] = n2;
      words[head + 2] = n1;
      words[head + 3] = n0;
      words[head + 4] = fills;
      words[head + 5] = lowEnd - lowFirst;
      words[head + 6] = upperTwo[k];
      words[head + 7] = upEnd - upFirst - upperTwo[k];
      words[head + 8] = factorOffset[k];
      words[head + 9] = upFirst < upEnd ? upperPlace : 0;
      words[head + 10] = 4 * (end - head);
      words[head + 11] = entry;
      words[head + 12] = masked[k] ? maskedRow++ : 0;
      words[head + 13] = late;
      entry += 1 + list.length;
    }
    this.forwardWords = end;
    return workBytes;
  }

  private writeBackward(): void {
    const { upperStart, upper, upperTwo, factorOffset, backward: words } = this;
    const { rows, unknowns } = this.plan;
    const column = 16 * this.lanes;
    let end = 0;
    for (let k = rows - 1; k >= 0; k--) {
      words[end++] = unknowns[k];
      words[end++] = upperTwo[k];
      words[end++] = upperStart[k + 1] - upperStart[k] - upperTwo[k];
      words[end++] = factorOffset[k];
      for (let at = upperStart[k]; at < upperStart[k + 1]; at++) words[end++] = upper[at] * column;
    }
    this.backwardWords = end;
  }
}

/** Columns of 2 unknowns come first, then by their slots. */
function comesBefore(unknowns: Int8Array, one: number, other: number): boolean {
  return unknowns[one] === unknowns[other] ? one < other : unknowns[one] > unknowns[other];
}
