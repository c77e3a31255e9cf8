/**
 * Lines of one construction share a matrix per unit of length: the format's line codes.
 *
 * A grid holds totals. Where the totals of several lines are, to the last bit, one matrix times each line's length, the matrix is written once:
 *
 *     scale        = length / length.per        (length in the unit of the matrix)
 *     seriesOhm    = seriesOhm.per x scale      entry by entry, one rounding each
 *     lengthMeters = length x length.unit
 *
 * The matrix is found from the totals by looking for doubles that reproduce all of them; lines for which there is none keep their totals.
 */
import type { ComplexMatrix, Line } from '../../grid/index.js';
import { CellError, matrix, number } from './cells.js';
import type { RowReader, Spec } from './record-spec.js';
import { field } from './record-spec.js';

const LENGTH = 'length';
const UNIT = 'length.unit';
const PER = 'length.per';
const numberField = field(number);
const matrixField = field(matrix);

function finite(value: number): number {
  if (!Number.isFinite(value)) throw new CellError('the value for the whole length is too large a number');
  return value;
}

/** A matrix of a line: its total, or one per length. */
export const totalMatrix: Spec<ComplexMatrix> = {
  write: matrixField.write,
  read(path, row) {
    const column = `${path}.per`;
    if (row.cell(path) !== undefined || row.cell(column) === undefined) return matrixField.read(path, row);
    const scale = numberField.read(LENGTH, row) / numberField.read(PER, row);
    const perLength = matrixField.read(column, row);
    return row.at(column, () => ({
      order: perLength.order,
      re: perLength.re.map((entry) => finite(entry * scale)),
      im: perLength.im.map((entry) => finite(entry * scale)),
    }));
  },
};

/** A line's length in metres, or in a unit of so many metres. */
export const totalLength: Spec<number> = {
  write: numberField.write,
  read(path: string, row: RowReader) {
    if (row.cell(path) !== undefined || row.cell(LENGTH) === undefined) return numberField.read(path, row);
    const length = numberField.read(LENGTH, row);
    const unit = numberField.read(UNIT, row);
    return row.at(LENGTH, () => finite(length * unit));
  },
};

/** Metres in a foot, a thousand feet, a mile, a kilometre, an inch, a centimetre, a millimetre, a metre. */
const UNITS = [1, 0.3048, 304.8, 1609.344, 1000, 0.0254, 0.01, 0.001];

/** Replaces totals by lengths and shared matrices in the rows of lines, where that loses nothing. `rows[i]` belongs to `lines[i]`. */
export function shareLineMatrices(lines: readonly Line[], rows: readonly Map<string, string>[]): void {
  const groups = new Map<string, number[]>();
  lines.forEach((line, i) => {
    const key = signature(line);
    if (key === undefined) return;
    const group = groups.get(key);
    if (group) group.push(i);
    else groups.set(key, [i]);
  });
  for (const group of groups.values()) {
    let left = group;
    while (left.length > 1) {
      const code = bestCode(left.map((i) => lines[i]));
      if (!code || code.members.length < 2) break;
      code.members.forEach((member, k) => {
        const row = rows[left[member]];
        for (const column of ['seriesOhm', 'shuntSiemens', 'lengthMeters']) row.delete(column);
        row.set(LENGTH, number.write(code.lengths[k]));
        row.set(UNIT, number.write(code.unit));
        row.set(PER, number.write(code.per));
        row.set('seriesOhm.per', matrix.write(code.series));
        row.set('shuntSiemens.per', matrix.write(code.shunt));
      });
      const taken = new Set(code.members);
      left = left.filter((_, k) => !taken.has(k));
    }
  }
}

/** Equal for lines whose matrices differ by a real factor only; undefined for lines to leave alone. */
function signature(line: Line): string | undefined {
  if (!(line.lengthMeters > 0)) return undefined;
  const { seriesOhm, shuntSiemens } = line;
  if (seriesOhm.order > 20 || shuntSiemens.order > 20) return undefined;
  const entries = [...seriesOhm.re, ...seriesOhm.im, ...shuntSiemens.re, ...shuntSiemens.im];
  const size = entries.reduce((largest, entry) => Math.max(largest, Math.abs(entry)), 0);
  if (!(size > 0)) return undefined;
  return [seriesOhm.order, shuntSiemens.order, ...entries.map((entry) => (entry / size).toExponential(9))].join(' ');
}

interface LineCode {
  unit: number;
  per: number;
  series: ComplexMatrix;
  shunt: ComplexMatrix;
  /** Which of the lines given it reproduces, and their lengths. */
  members: number[];
  lengths: number[];
}

/** The line code that reproduces most of these lines, with the shortest lengths among equals. */
function bestCode(lines: readonly Line[]): LineCode | undefined {
  let best: LineCode | undefined;
  let bestText = Number.POSITIVE_INFINITY;
  for (const unit of UNITS) {
    const lengths = lines.map((line) => shortestFactor(line.lengthMeters, unit));
    const members = lines.map((_, i) => i).filter((i) => lengths[i] !== undefined);
    const known = members.map((i) => lengths[i] as number);
    const textLength = known.reduce((sum, length) => sum + String(length).length, 0);
    if (members.length < 2) continue;
    // In one unit of the matrix: another unit's ratio to this one; 1 where the matrix counts in this unit or in bare numbers.
    for (const per of new Set([1, ...UNITS.map((other) => other / unit)])) {
      if (best && (members.length < best.members.length || (members.length === best.members.length && textLength >= bestText))) break;
      const scales = known.map((length) => length / per);
      const totals = members.map((i) => lines[i]);
      const series = perLength(
        totals.map((line) => line.seriesOhm),
        scales,
      );
      const shunt =
        series &&
        perLength(
          totals.map((line) => line.shuntSiemens),
          scales,
        );
      if (!series || !shunt) continue;
      best = { unit, per, series, shunt, members, lengths: known };
      bestText = textLength;
    }
  }
  return best;
}

/** The shortest decimal number that gives `product` when multiplied by `factor`, or undefined. */
function shortestFactor(product: number, factor: number): number | undefined {
  const quotient = product / factor;
  for (let digits = 1; digits <= 17; digits++) {
    const candidate = Number(quotient.toPrecision(digits));
    if (candidate * factor === product) return candidate;
  }
  return neighbours(quotient).find((candidate) => candidate * factor === product);
}

/** The matrix whose multiples by `scales` are exactly `totals`, or undefined. */
function perLength(totals: readonly ComplexMatrix[], scales: readonly number[]): ComplexMatrix | undefined {
  const { order } = totals[0];
  const found: ComplexMatrix = { order, re: new Float64Array(order * order), im: new Float64Array(order * order) };
  for (const part of ['re', 'im'] as const) {
    for (let at = 0; at < order * order; at++) {
      const wanted = totals.map((total) => total[part][at]);
      const entry = commonFactor(wanted, scales);
      if (entry === undefined) return undefined;
      found[part][at] = entry;
    }
  }
  return found;
}

function commonFactor(products: readonly number[], scales: readonly number[]): number | undefined {
  const quotient = products[0] / scales[0];
  const fits = (candidate: number): boolean => products.every((product, i) => Object.is(candidate * scales[i], product));
  // Nearly all wrong lengths are refused here, before the search for a short number.
  const near = neighbours(quotient).filter((candidate) => Object.is(candidate * scales[0], products[0]));
  if (!near.some(fits)) return undefined;
  for (let digits = 1; digits <= 16; digits++) {
    const candidate = Number(quotient.toPrecision(digits));
    if (fits(candidate)) return candidate;
  }
  return near.find(fits);
}

const scratch = new Float64Array(1);
const bits = new BigInt64Array(scratch.buffer);

/** A double and the four next to it. */
function neighbours(value: number): number[] {
  if (!Number.isFinite(value) || value === 0) return [value];
  scratch[0] = value;
  const middle = bits[0];
  return [0n, 1n, -1n, 2n, -2n].map((offset) => {
    bits[0] = middle + offset;
    return scratch[0];
  });
}
