/** Gathers rows of times and numbers into series: checks that they are evenly spaced, and deals with gaps and missing values as told. */
import { checkWord, describeValue, InputError } from '../../grid/index.js';
import { isoTime, type Series } from '../series.js';
import type { TimeZone } from '../time-zone.js';

/** What to do with gaps and missing values. */
export interface RowOptions {
  /** A step that is not the usual one: `error` (default), or `split` into parts that are even. */
  gaps?: 'error' | 'split';
  /** A value that is not there: `error` (default), or `interpolate` between its neighbours (at the ends the nearest one). */
  missing?: 'error' | 'interpolate';
}

/** Throws InputError for ways of dealing with rows that are none. */
export function checkRowOptions({ gaps, missing }: RowOptions): void {
  if (gaps !== undefined) checkWord('gaps', gaps, ['error', 'split']);
  if (missing !== undefined) checkWord('missing', missing, ['error', 'interpolate']);
}

/** Columns of one stretch of even steps. */
export type SeriesTable = Record<string, Series>;

/** A column: its name and unit. */
export interface ColumnHead {
  name: string;
  unit: string;
}

/** Rows on their way to series. */
export class TimedRows {
  private readonly times: number[] = [];
  private readonly lines: number[] = [];
  private readonly values: number[][];

  constructor(
    private readonly heads: readonly ColumnHead[],
    private readonly file: string,
    private readonly zone: TimeZone,
    private readonly options: RowOptions,
  ) {
    this.values = heads.map(() => []);
    const twice = heads.find(({ name }, i) => heads.findIndex((other) => other.name === name) < i);
    if (twice) throw new InputError(`column ${describeValue(twice.name)} stands there twice`, { location: { file, line: 0 } });
  }

  get count(): number {
    return this.times.length;
  }

  /** Time of the last row; undefined where there is none. */
  get lastTime(): number | undefined {
    return this.times[this.times.length - 1];
  }

  /** Takes a row; an undefined value is one that is missing. */
  add(line: number, unixSeconds: number, values: readonly (number | undefined)[]): void {
    const before = this.lastTime;
    if (before !== undefined && !(unixSeconds > before)) {
      const [now, then] = [isoTime(this.zone, unixSeconds), isoTime(this.zone, before)];
      throw new InputError(`${now} does not come after ${then}; times must rise`, { location: { file: this.file, line } });
    }
    this.times.push(unixSeconds);
    this.lines.push(line);
    values.forEach((value, c) => {
      if (value === undefined && this.options.missing !== 'interpolate') {
        const way = `missing: 'interpolate' fills it`;
        throw new InputError(`column "${this.heads[c].name}" has no value; ${way}`, { location: { file: this.file, line } });
      }
      this.values[c].push(value ?? Number.NaN);
    });
  }

  /** The series, a table for each even stretch. */
  finish(): SeriesTable[] {
    const { times, file } = this;
    const n = times.length;
    if (n === 0) throw new InputError('holds no rows of numbers', { location: { file, line: 0 } });
    if (n === 1) throw new InputError('holds one row; a series needs two to know its step', { location: { file, line: this.lines[0] } });
    const step = this.usualStep();
    const tables: SeriesTable[] = [];
    let from = 0;
    for (let i = 1; i <= n; i++) {
      if (i < n && Math.abs(times[i] - times[i - 1] - step) < 1e-3) continue;
      if (i < n && this.options.gaps !== 'split') {
        const found = Math.round((times[i] - times[i - 1]) * 1000) / 1000;
        const way = `rows must be evenly spaced (gaps: 'split' reads the parts apart)`;
        throw new InputError(`comes ${found} s after the row before in place of ${step} s; ${way}`, { location: { file, line: this.lines[i] } });
      }
      tables.push(this.table(from, i, step));
      from = i;
    }
    return tables;
  }

  /** The step that most rows have. */
  private usualStep(): number {
    const counts = new Map<number, number>();
    for (let i = 1; i < this.times.length; i++) {
      const step = Math.round((this.times[i] - this.times[i - 1]) * 1000) / 1000;
      counts.set(step, (counts.get(step) ?? 0) + 1);
    }
    return [...counts].reduce((best, other) => (other[1] > best[1] ? other : best))[0];
  }

  private table(from: number, to: number, stepSeconds: number): SeriesTable {
    // No prototype: names come from files.
    const table: SeriesTable = Object.create(null) as SeriesTable;
    this.heads.forEach(({ name, unit }, c) => {
      const values = Float64Array.from(this.values[c].slice(from, to));
      this.fill(values, name, from);
      table[name] = { name, unit, startUnixSeconds: this.times[from], stepSeconds, timeZone: this.zone, values };
    });
    return table;
  }

  /** Puts numbers where there are none. */
  private fill(values: Float64Array, name: string, from: number): void {
    let known = -1;
    for (let i = 0; i < values.length; i++) {
      if (Number.isNaN(values[i])) continue;
      for (let k = known + 1; k < i; k++)
        values[k] = known < 0 ? values[i] : values[known] + ((k - known) / (i - known)) * (values[i] - values[known]);
      known = i;
    }
    if (known < 0)
      throw new InputError(`column ${describeValue(name)} has no value at all`, { location: { file: this.file, line: this.lines[from] } });
    values.fill(values[known], known + 1);
  }
}
