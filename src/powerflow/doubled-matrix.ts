/**
 * Small dense real matrices in doubled precision, each number the sum of two doubles, for plans made once: sums in which large admittances cancel keep their digits.
 *
 * Sums and products by Knuth's and Veltkamp's error-free transformations, dot products as Ogita, Rump and Oishi's Dot2.
 */

/** A matrix row by row: numbers, and what they lack. */
export interface DoubledMatrix {
  high: Float64Array;
  low: Float64Array;
}

/** Veltkamp's splitting constant for 53-bit numbers. */
const SPLIT = 134217729;

/** A matrix of so many zeros. */
export function doubledZeros(count: number): DoubledMatrix {
  return { high: new Float64Array(count), low: new Float64Array(count) };
}

/** A matrix of doubles. */
export function doubled(high: Float64Array): DoubledMatrix {
  return { high, low: new Float64Array(high.length) };
}

/** Adds a double to the number at an index. */
export function addDoubled({ high, low }: DoubledMatrix, at: number, x: number): void {
  const before = high[at];
  const sum = before + x;
  const part = sum - before;
  low[at] += before - (sum - part) + (x - part);
  high[at] = sum;
}

/** The matrix rounded to doubles. */
export function rounded({ high, low }: DoubledMatrix): Float64Array {
  return high.map((x, k) => x + low[k]);
}

/** start + sign times a (rows x inner) times b (inner x columns); `start` may be left out. */
export function multiplyDoubled(
  a: DoubledMatrix,
  b: DoubledMatrix,
  rows: number,
  inner: number,
  columns: number,
  sign: 1 | -1 = 1,
  start?: DoubledMatrix,
): DoubledMatrix {
  const result = doubledZeros(rows * columns);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      const at = i * columns + j;
      let sum = start ? start.high[at] : 0;
      let low = start ? start.low[at] : 0;
      for (let k = 0; k < inner; k++) {
        const x = sign * a.high[i * inner + k];
        const y = b.high[k * columns + j];
        if (x === 0 || y === 0) continue;
        const product = x * y;
        const xBig = SPLIT * x;
        const xHigh = xBig - (xBig - x);
        const yBig = SPLIT * y;
        const yHigh = yBig - (yBig - y);
        const xLow = x - xHigh;
        const yLow = y - yHigh;
        const lack = xLow * yLow - (product - xHigh * yHigh - xLow * yHigh - xHigh * yLow);
        const next = sum + product;
        const part = next - sum;
        low += sum - (next - part) + (product - part) + lack + sign * a.low[i * inner + k] * y + x * b.low[k * columns + j];
        sum = next;
      }
      result.high[at] = sum;
      addDoubled(result, at, low);
    }
  }
  return result;
}
