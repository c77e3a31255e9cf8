/**
 * LU factorisation with scaled row pivoting of matrices that are stored in full but are mostly zeros: what is zero is skipped, and the factors are kept as lists.
 * For the judge and for Newton on operating points, where values range over many powers of ten and safety goes before speed.
 */

/** Factors of a matrix, real or complex, of one size; factored again as often as is liked. */
export class PivotedLu {
  private readonly permutation: Int32Array;
  private readonly lowerStart: Int32Array;
  private readonly upperStart: Int32Array;
  private lowerRow = new Int32Array(0);
  private lowerRe = new Float64Array(0);
  private lowerIm = new Float64Array(0);
  private upperColumn = new Int32Array(0);
  private upperRe = new Float64Array(0);
  private upperIm = new Float64Array(0);
  private readonly workRe: Float64Array;
  private readonly workIm: Float64Array;
  /** [row]: reciprocal of the row's largest entry. */
  private readonly rowScale: Float64Array;
  private readonly nonZero: Int32Array;

  constructor(
    readonly size: number,
    private readonly complex: boolean,
  ) {
    this.permutation = new Int32Array(size);
    this.lowerStart = new Int32Array(size + 1);
    this.upperStart = new Int32Array(size + 1);
    this.workRe = new Float64Array(size);
    this.workIm = new Float64Array(size);
    this.rowScale = new Float64Array(size);
    this.nonZero = new Int32Array(size);
  }

  /** Factors [row * size + column] arrays, which are overwritten; false where the matrix is singular or not finite. */
  factor(re: Float64Array, im?: Float64Array): boolean {
    const { size, permutation, rowScale } = this;
    const imaginary = this.complex ? (im as Float64Array) : undefined;
    for (let i = 0; i < size; i++) {
      permutation[i] = i;
      let largest = 0;
      for (let j = 0; j < size; j++) {
        const value = Math.abs(re[i * size + j]) + (imaginary ? Math.abs(imaginary[i * size + j]) : 0);
        if (!(value <= largest)) largest = value;
      }
      if (!(largest > 0 && largest < Number.POSITIVE_INFINITY)) return false;
      rowScale[i] = 1 / largest;
    }
    for (let k = 0; k < size; k++) {
      let best = -1;
      let most = 0;
      for (let i = k; i < size; i++) {
        const at = permutation[i] * size + k;
        const value = (Math.abs(re[at]) + (imaginary ? Math.abs(imaginary[at]) : 0)) * rowScale[permutation[i]];
        if (value > most) {
          most = value;
          best = i;
        }
      }
      if (best < 0) return false;
      const row = permutation[best];
      permutation[best] = permutation[k];
      permutation[k] = row;
      if (imaginary) this.eliminateComplex(re, imaginary, k);
      else this.eliminateReal(re, k);
    }
    this.keep(re, imaginary);
    return true;
  }

  private eliminateReal(a: Float64Array, k: number): void {
    const { size, permutation, nonZero } = this;
    const pivotRow = permutation[k] * size;
    let count = 0;
    for (let j = k + 1; j < size; j++) if (a[pivotRow + j] !== 0) nonZero[count++] = j;
    const pivot = a[pivotRow + k];
    for (let i = k + 1; i < size; i++) {
      const row = permutation[i] * size;
      if (a[row + k] === 0) continue;
      const factor = a[row + k] / pivot;
      a[row + k] = factor;
      for (let c = 0; c < count; c++) a[row + nonZero[c]] -= factor * a[pivotRow + nonZero[c]];
    }
  }

  private eliminateComplex(re: Float64Array, im: Float64Array, k: number): void {
    const { size, permutation, nonZero } = this;
    const pivotRow = permutation[k] * size;
    let count = 0;
    for (let j = k + 1; j < size; j++) if (re[pivotRow + j] !== 0 || im[pivotRow + j] !== 0) nonZero[count++] = j;
    const pr = re[pivotRow + k];
    const pi = im[pivotRow + k];
    const square = pr * pr + pi * pi;
    for (let i = k + 1; i < size; i++) {
      const row = permutation[i] * size;
      const ar = re[row + k];
      const ai = im[row + k];
      if (ar === 0 && ai === 0) continue;
      const fr = (ar * pr + ai * pi) / square;
      const fi = (ai * pr - ar * pi) / square;
      re[row + k] = fr;
      im[row + k] = fi;
      for (let c = 0; c < count; c++) {
        const j = nonZero[c];
        re[row + j] -= fr * re[pivotRow + j] - fi * im[pivotRow + j];
        im[row + j] -= fr * im[pivotRow + j] + fi * re[pivotRow + j];
      }
    }
  }

  /** Copies the factors to lists: below the diagonal by column, above and on it by row. */
  private keep(re: Float64Array, im: Float64Array | undefined): void {
    const { size, permutation, lowerStart, upperStart } = this;
    const isZero = (at: number): boolean => re[at] === 0 && (!im || im[at] === 0);
    let lower = 0;
    let upper = 0;
    for (let k = 0; k < size; k++) {
      for (let i = 0; i < size; i++) {
        if (isZero(permutation[i] * size + k)) continue;
        if (i > k) lower++;
        else upper++;
      }
    }
    if (this.lowerRow.length < lower) {
      this.lowerRow = new Int32Array(2 * lower);
      this.lowerRe = new Float64Array(2 * lower);
      this.lowerIm = new Float64Array(2 * lower);
    }
    if (this.upperColumn.length < upper) {
      this.upperColumn = new Int32Array(2 * upper);
      this.upperRe = new Float64Array(2 * upper);
      this.upperIm = new Float64Array(2 * upper);
    }
    lower = 0;
    upper = 0;
    for (let k = 0; k < size; k++) {
      lowerStart[k] = lower;
      upperStart[k] = upper;
      for (let i = k + 1; i < size; i++) {
        const at = permutation[i] * size + k;
        if (isZero(at)) continue;
        this.lowerRow[lower] = i;
        this.lowerRe[lower] = re[at];
        this.lowerIm[lower++] = im ? im[at] : 0;
      }
      for (let j = k; j < size; j++) {
        const at = permutation[k] * size + j;
        if (j > k && isZero(at)) continue;
        this.upperColumn[upper] = j;
        this.upperRe[upper] = re[at];
        this.upperIm[upper++] = im ? im[at] : 0;
      }
    }
    lowerStart[size] = lower;
    upperStart[size] = upper;
  }

  /** Solves in place. */
  solveReal(x: Float64Array): void {
    const { size, permutation, lowerStart, upperStart, lowerRow, lowerRe, upperColumn, upperRe, workRe: y } = this;
    for (let i = 0; i < size; i++) y[i] = x[permutation[i]];
    for (let k = 0; k < size; k++) {
      const value = y[k];
      if (value === 0) continue;
      for (let at = lowerStart[k]; at < lowerStart[k + 1]; at++) y[lowerRow[at]] -= lowerRe[at] * value;
    }
    for (let k = size - 1; k >= 0; k--) {
      let sum = y[k];
      for (let at = upperStart[k] + 1; at < upperStart[k + 1]; at++) sum -= upperRe[at] * x[upperColumn[at]];
      x[k] = sum / upperRe[upperStart[k]];
    }
  }

  /** Solves in place. */
  solveComplex(xRe: Float64Array, xIm: Float64Array): void {
    const { size, permutation, lowerStart, upperStart, lowerRow, lowerRe, lowerIm, upperColumn, upperRe, upperIm, workRe, workIm } = this;
    for (let i = 0; i < size; i++) {
      workRe[i] = xRe[permutation[i]];
      workIm[i] = xIm[permutation[i]];
    }
    for (let k = 0; k < size; k++) {
      const vr = workRe[k];
      const vi = workIm[k];
      for (let at = lowerStart[k]; at < lowerStart[k + 1]; at++) {
        workRe[lowerRow[at]] -= lowerRe[at] * vr - lowerIm[at] * vi;
        workIm[lowerRow[at]] -= lowerRe[at] * vi + lowerIm[at] * vr;
      }
    }
    for (let k = size - 1; k >= 0; k--) {
      let sr = workRe[k];
      let si = workIm[k];
      for (let at = upperStart[k] + 1; at < upperStart[k + 1]; at++) {
        const column = upperColumn[at];
        sr -= upperRe[at] * xRe[column] - upperIm[at] * xIm[column];
        si -= upperRe[at] * xIm[column] + upperIm[at] * xRe[column];
      }
      const pr = upperRe[upperStart[k]];
      const pi = upperIm[upperStart[k]];
      const square = pr * pr + pi * pi;
      xRe[k] = (sr * pr + si * pi) / square;
      xIm[k] = (si * pr - sr * pi) / square;
    }
  }
}
