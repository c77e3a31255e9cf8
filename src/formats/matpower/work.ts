/** Where reading a case file stands: the place for messages, and how much work it has taken. */
import { InputError, type SourceLocation } from '../../grid/index.js';
import type { Matrix } from './values.js';

/** Largest matrix, numbers: room for a table of some hundred thousand rows. */
export const LARGEST_MATRIX = 4e6;
/** Work that one file may take, in steps of some nanoseconds at most. */
const MOST_WORK = 1e9;
/** Steps that one syntax element, one matrix and each of its numbers count for. */
const WORK_OF_NODE = 200;
const WORK_OF_MATRIX = 100;
const WORK_OF_NUMBER = 8;

/** Text, file name, present place and work done. */
export class Work {
  /** Offset in the text of what is being evaluated. */
  at = 0;
  private done = 0;

  constructor(
    readonly text: string,
    readonly file: string,
  ) {}

  /** Throws an {@link InputError} at the present place, or at an offset. */
  fail(message: string, at = this.at): never {
    throw new InputError(message, { location: this.locate(at) });
  }

  /** Line and column (from 1) of an offset. */
  locate(at: number): SourceLocation {
    let line = 1;
    let start = 0;
    for (let end = this.text.indexOf('\n'); end >= 0 && end < at; end = this.text.indexOf('\n', start)) {
      line++;
      start = end + 1;
    }
    return { file: this.file, line, column: at - start + 1 };
  }

  /** Counts the evaluation of a syntax element at an offset, which becomes the present place. */
  visit(at: number): void {
    this.at = at;
    this.spend(WORK_OF_NODE);
  }

  /** Counts work; fails where there is too much of it. */
  spend(steps: number): void {
    this.done += steps;
    if (this.done > MOST_WORK) this.fail('reading the file takes more work than any case needs; look for a loop that runs too often here');
  }

  /** A matrix of zeros. */
  matrix(rows: number, cols: number, isLogical = false): Matrix {
    const count = rows * cols;
    if (!(count <= LARGEST_MATRIX) || rows > LARGEST_MATRIX || cols > LARGEST_MATRIX) {
      this.fail(`a matrix of ${rows} x ${cols} is larger than any case needs; at most ${LARGEST_MATRIX} numbers are held`);
    }
    this.spend(WORK_OF_MATRIX + WORK_OF_NUMBER * count);
    return { kind: 'matrix', rows, cols, data: new Float64Array(count), isLogical };
  }
}
