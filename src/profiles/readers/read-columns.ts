/** Plain tables: a column of times and columns of numbers, or numbers alone. */
import { checkKeys, checkText, checkWord, describeValue, InputError, nearestFirst } from '../../grid/index.js';
import { isoTime, makeSeries, type Series } from '../series.js';
import { checkTimeZone, fixedOffset, type TimeZone, utcOffsetSeconds } from '../time-zone.js';
import { type Cell, cellNumber, cellTime, contentLines, looksLikeTime, plainNumber, separatorOf, splitCells } from './table-text.js';
import { type ColumnHead, checkRowOptions, type RowOptions, type SeriesTable, TimedRows } from './timed-rows.js';

/** How {@link readColumns} is to take a table. */
export interface ColumnOptions extends RowOptions {
  /** Name for messages; default `table`. */
  file?: string;
  /** Zone of times without an offset, and of the series. Needed for such times; default the fixed offset of the first time. */
  timeZone?: TimeZone;
  /** Name or number (from 1) of the column of times. Default the first one where it holds dates, else none. */
  timeColumn?: string | number;
  /**
   * What times are: `date` (default) like `2023-06-21 12:00`, `unix` seconds since 1970 UTC, or `seconds`, `minutes`, `hours` since `startUnixSeconds`.
   */
  timeFormat?: 'date' | 'unix' | 'seconds' | 'minutes' | 'hours';
  /** The moment counted from, or of the first value where there are no times. */
  startUnixSeconds?: number;
  /** Step where there are no times. */
  stepSeconds?: number;
  /** Units of columns by name; a heading `load [kW]` or `load_kW` says its own. */
  units?: Readonly<Record<string, string>>;
}

/** Units that headings may end on. */
const UNIT_ENDINGS: Readonly<Record<string, string>> = {
  kW: 'kW',
  MW: 'MW',
  W: 'W',
  kvar: 'kvar',
  Wm2: 'W/m2',
  C: 'C',
  mps: 'm/s',
  pu: 'pu',
  deg: 'deg',
};

/** Name and unit of a heading. */
function headOf(text: string, units: Readonly<Record<string, string>> | undefined): ColumnHead {
  const bracket = /^(.*?)\s*[[(]([^\])]*)[\])]$/.exec(text);
  const name = bracket ? bracket[1] : text;
  const ending = /_([A-Za-z0-9]+)$/.exec(text)?.[1];
  return { name, unit: units?.[name] ?? bracket?.[2] ?? (ending === undefined ? '' : (UNIT_ENDINGS[ending] ?? '')) };
}

const SECONDS = { seconds: 1, minutes: 60, hours: 3600 } as const;

/** Places of what a table has. */
interface Layout {
  heads: ColumnHead[];
  /** Number of the column of times; -1 for none. */
  timeAt: number;
  separator: ReturnType<typeof separatorOf>;
  hasHeading: boolean;
}

function layoutOf(first: string, second: string | undefined, options: ColumnOptions, file: string, line: number): Layout {
  const separator = separatorOf(first);
  const cells = splitCells(first, separator);
  const hasHeading = cells.some(({ text }) => text !== '' && plainNumber(text) === undefined && !looksLikeTime(text));
  const names = cells.map(({ text }, i) => (hasHeading && text !== '' ? text : `column${i + 1}`));
  const data = hasHeading ? (second === undefined ? [] : splitCells(second, separator)) : cells;
  let timeAt = -1;
  if (typeof options.timeColumn === 'number') timeAt = options.timeColumn - 1;
  else if (options.timeColumn !== undefined) timeAt = names.indexOf(options.timeColumn);
  else if (data[0] && looksLikeTime(data[0].text)) timeAt = 0;
  else return { heads: names.map((name) => headOf(name, options.units)), timeAt, separator, hasHeading };
  if (!(timeAt >= 0 && timeAt < names.length)) {
    const there = hasHeading ? `there are ${nearestFirst(options.timeColumn, names).join(', ')}` : `there are ${names.length} columns`;
    throw new InputError(`there is no column ${describeValue(options.timeColumn)}; ${there}`, { location: { file, line } });
  }
  return { heads: names.filter((_, i) => i !== timeAt).map((name) => headOf(name, options.units)), timeAt, separator, hasHeading };
}

/** Reads rows and hands out their times and numbers. */
class ColumnReader {
  private rows: TimedRows | undefined;
  private readonly file: string;

  constructor(
    private readonly layout: Layout,
    private readonly options: ColumnOptions,
  ) {
    this.file = options.file ?? 'table';
  }

  take(line: number, text: string): void {
    const { layout, options, file } = this;
    const cells = splitCells(text, layout.separator);
    const wanted = layout.heads.length + (layout.timeAt >= 0 ? 1 : 0);
    // A separator at the end of a line opens no column.
    if (cells.length === wanted + 1 && cells[wanted].text === '') cells.pop();
    if (cells.length !== wanted) throw new InputError(`has ${cells.length} columns in place of ${wanted}`, { location: { file, line } });
    const numbers: (number | undefined)[] = [];
    cells.forEach((cell, i) => {
      if (i !== layout.timeAt) numbers.push(cell.text === '' ? undefined : cellNumber(cell, layout.heads[numbers.length].name, file, line));
    });
    const time = this.time(cells[layout.timeAt], line);
    this.rows ??= new TimedRows(layout.heads, file, options.timeZone ?? this.zoneOf(cells[layout.timeAt]), options);
    const before = this.rows.lastTime;
    // The hour that the clocks show twice comes a second time; nothing else may stand still.
    const zone = options.timeZone;
    const isTwice = zone?.daylightSaving !== undefined && utcOffsetSeconds(zone, time) - utcOffsetSeconds(zone, time + 3600) === 3600;
    const again = before !== undefined && time <= before && isTwice && time + 3600 > before;
    this.rows.add(line, again ? time + 3600 : time, numbers);
  }

  finish(): SeriesTable[] {
    if (!this.rows) throw new InputError('holds no rows of numbers', { location: { file: this.file, line: 0 } });
    return this.rows.finish();
  }

  private time(cell: Cell | undefined, line: number): number {
    const { options, file } = this;
    const format = options.timeFormat ?? 'date';
    if (this.layout.timeAt < 0) return (options.startUnixSeconds ?? 0) + (this.rows?.count ?? 0) * (options.stepSeconds ?? 1);
    if (format === 'date') return cellTime(cell, options.timeZone, file, line);
    const value = cellNumber(cell, 'of times', file, line);
    return format === 'unix' ? value : (options.startUnixSeconds ?? 0) + value * SECONDS[format];
  }

  private zoneOf(cell: Cell | undefined): TimeZone {
    const offset = /([+-])(\d{2}):?(\d{2})$/.exec(cell && this.options.timeFormat === undefined ? cell.text : '');
    if (!offset) return fixedOffset(0);
    return fixedOffset((offset[1] === '-' ? -1 : 1) * (Number(offset[2]) + Number(offset[3]) / 60));
  }
}

const OPTION_NAMES = [...['file', 'timeZone', 'timeColumn', 'timeFormat', 'startUnixSeconds', 'stepSeconds', 'units', 'gaps', 'missing']];

function checkColumnOptions(text: string, options: ColumnOptions): void {
  checkText('a table', text, 'the text of a file');
  checkKeys('readColumns', 'option', options, OPTION_NAMES);
  checkRowOptions(options);
  const { file, timeZone, timeColumn, timeFormat, units } = options;
  if (file !== undefined) checkText('file', file, 'a name for messages');
  if (timeZone !== undefined) checkTimeZone(timeZone);
  if (timeColumn !== undefined && typeof timeColumn !== 'string' && !Number.isInteger(timeColumn))
    throw new InputError(`timeColumn is ${describeValue(timeColumn)}; give the name of a column, or its number from 1`);
  if (timeFormat !== undefined) checkWord('timeFormat', timeFormat, ['date', 'unix', 'seconds', 'minutes', 'hours']);
  if (units !== undefined && (typeof units !== 'object' || units === null))
    throw new InputError(`units is ${describeValue(units)}; give units by column`);
}

/**
 * The columns of a plain table as series, a table for each even stretch. Lines that begin with `#` are passed over; the separator is a tab, semicolon, comma or blanks; a heading
 * is known by its words. Numbers alone need `startUnixSeconds` and `stepSeconds`.
 *
 * Throws InputError with file and line.
 */
export function readColumns(text: string, options: ColumnOptions = {}): SeriesTable[] {
  checkColumnOptions(text, options);
  const file = options.file ?? 'table';
  const lines = contentLines(text, file);
  const first = lines.next();
  if (first.done) throw new InputError('is empty', { location: { file, line: 0 } });
  const second = lines.next();
  const layout = layoutOf(first.value.text, second.done ? undefined : second.value.text, options, file, first.value.line);
  const counted = options.timeFormat !== undefined && options.timeFormat !== 'date' && options.timeFormat !== 'unix';
  if ((layout.timeAt < 0 || counted) && !Number.isFinite(options.startUnixSeconds)) {
    throw new InputError('has no times; say when it begins (startUnixSeconds)', { location: { file, line: first.value.line } });
  }
  if (layout.timeAt < 0 && !((options.stepSeconds ?? 0) > 0)) {
    throw new InputError('has no times; say how long a step is (stepSeconds)', { location: { file, line: first.value.line } });
  }
  const reader = new ColumnReader(layout, options);
  if (!layout.hasHeading) reader.take(first.value.line, first.value.text);
  if (!second.done) reader.take(second.value.line, second.value.text);
  for (const { line, text: row } of lines) reader.take(line, row);
  return reader.finish();
}

/** What {@link readValues} is told. */
export interface ValueOptions {
  file?: string;
  name?: string;
  unit?: string;
  startUnixSeconds: number;
  stepSeconds: number;
  timeZone: TimeZone;
  /** Number of the column, from 1; default 1. */
  column?: number;
  /** Passes over the first line that is no comment. */
  heading?: boolean;
}

/**
 * One column of numbers, a line a value, as OpenDSS's `csvfile=` and `file=` shapes are written (further columns are passed over).
 *
 * Throws InputError with file and line.
 */
export function readValues(text: string, options: ValueOptions): Series {
  checkText('a column of numbers', text, 'the text of a file');
  checkKeys('readValues', 'option', options, ['file', 'name', 'unit', 'startUnixSeconds', 'stepSeconds', 'timeZone', 'column', 'heading']);
  const { file = 'values', column = 1, name = file } = options;
  if (!(Number.isInteger(column) && column >= 1)) throw new InputError(`column is ${describeValue(column)}; give its number, from 1`);
  const values: number[] = [];
  let heading = options.heading ?? false;
  for (const { line, text: row } of contentLines(text, file)) {
    if (heading) {
      heading = false;
      continue;
    }
    values.push(cellNumber(splitCells(row, separatorOf(row))[column - 1], String(column), file, line));
  }
  if (values.length === 0) throw new InputError('holds no numbers', { location: { file, line: 0 } });
  const { startUnixSeconds, stepSeconds, timeZone, unit = '' } = options;
  return makeSeries({ name, unit, startUnixSeconds, stepSeconds, timeZone, values });
}

/** The one table of a reader's answer. Throws InputError where gaps have cut it. */
export function onlyTable(tables: readonly SeriesTable[], file = 'table'): SeriesTable {
  if (!Array.isArray(tables as unknown)) throw new InputError(`tables are ${describeValue(tables)}; give what a reader returned`);
  if (tables.length !== 1) {
    const second = Object.values(tables[1] ?? {})[0];
    const where = second ? `; the second begins at ${isoTime(second.timeZone, second.startUnixSeconds)}` : '';
    throw new InputError(`holds ${tables.length} stretches${where}`, { location: { file, line: 0 } });
  }
  return tables[0];
}
