/** Weather as its archives write it: NSRDB (PSM) tables, and SURFRAD's daily files. */
import { checkKeys, checkText, describeValue, InputError } from '../../grid/index.js';
import { SANTA_CLARA, type Site } from '../site.js';
import { checkTimeZone, fixedOffset, type TimeZone, UTC, utcOffsetSeconds } from '../time-zone.js';
import { readColumns } from './read-columns.js';
import { type Cell, cellNumber, contentLines, plainNumber, splitCells, ZONE_WAYS } from './table-text.js';
import { checkRowOptions, type RowOptions, type SeriesTable, TimedRows } from './timed-rows.js';

/** What a weather file says. */
export interface WeatherFile {
  /** The place; undefined where the file does not name it. Turbidity and albedo are those of the built-in site. */
  site: Site | undefined;
  /** Columns by their names there (`GHI`, `DNI`, `Temperature`), a table for each even stretch. */
  tables: SeriesTable[];
  /** Entries of the heading. */
  metadata: Record<string, string>;
}

/** Options of the weather readers. */
export interface WeatherOptions extends RowOptions {
  /** Name for messages. */
  file?: string;
  /** Zone of times, where the file does not say. */
  timeZone?: TimeZone;
}

function checkWeatherOptions(reader: string, text: string, options: WeatherOptions): void {
  checkText('a weather file', text, 'the text of a file');
  checkKeys(reader, 'option', options, ['file', 'timeZone', 'gaps', 'missing']);
  checkRowOptions(options);
  if (options.file !== undefined) checkText('file', options.file, 'a name for messages');
  if (options.timeZone !== undefined) checkTimeZone(options.timeZone);
}

/** Units of NSRDB columns where the file does not say. */
const NSRDB_UNITS: Readonly<Record<string, string>> = {
  GHI: 'W/m2',
  DNI: 'W/m2',
  DHI: 'W/m2',
  'Clearsky GHI': 'W/m2',
  'Clearsky DNI': 'W/m2',
  'Clearsky DHI': 'W/m2',
  Temperature: 'C',
  'Dew Point': 'C',
  Pressure: 'mbar',
  'Relative Humidity': '%',
  'Precipitable Water': 'cm',
  'Solar Zenith Angle': 'deg',
  'Wind Direction': 'deg',
  'Wind Speed': 'm/s',
};

const CALENDAR = ['Year', 'Month', 'Day', 'Hour', 'Minute'];

/** Units as written there, in the writing used here. */
function unitOf(text: string): string {
  return { 'w/m2': 'W/m2', c: 'C', degree: 'deg', degrees: 'deg', 'n/a': '' }[text.toLowerCase()] ?? text;
}

/** A moment by its parts. Throws InputError for parts that no calendar has. */
function calendarTime(parts: readonly number[], zone: TimeZone, file: string, line: number): number {
  const [year, month, day, hour, minute] = parts;
  const midnight = Date.UTC(year, month - 1, day);
  const date = new Date(midnight);
  const fine =
    parts.every(Number.isInteger) &&
    date.getUTCMonth() === month - 1 &&
    date.getUTCDate() === day &&
    hour >= 0 &&
    hour <= 24 &&
    minute >= 0 &&
    minute < 60;
  if (!fine) throw new InputError(`there is no time ${parts.slice(0, 3).join('-')} ${hour}:${minute}`, { location: { file, line } });
  return midnight / 1000 + 3600 * hour + 60 * minute - utcOffsetSeconds({ ...zone, daylightSaving: undefined }, 0);
}

/** Rows whose times stand in columns Year, Month, Day, Hour, Minute. */
class CalendarTable {
  private readonly timeAt: number[];
  private readonly kept: { name: string; at: number }[];
  private readonly rows: TimedRows;

  constructor(
    private readonly columns: readonly Cell[],
    private readonly zone: TimeZone,
    private readonly file: string,
    line: number,
    options: WeatherOptions,
    metadata: Readonly<Record<string, string>>,
  ) {
    this.timeAt = CALENDAR.map((name) => columns.findIndex((cell) => cell.text === name));
    const lacking = CALENDAR.find((_, i) => this.timeAt[i] < 0);
    if (lacking) throw new InputError(`there is no column "${lacking}"`, { location: { file, line } });
    this.kept = columns.map((cell, at) => ({ name: cell.text, at })).filter(({ name, at }) => name !== '' && !this.timeAt.includes(at));
    const heads = this.kept.map(({ name }) => ({ name, unit: unitOf(metadata[`${name} Units`] ?? NSRDB_UNITS[name] ?? '') }));
    this.rows = new TimedRows(heads, file, zone, options);
  }

  take(line: number, text: string): void {
    const { file } = this;
    const cells = splitCells(text, ',');
    // The archive ends its lines with a comma now and then.
    const rest = cells.slice(this.columns.length);
    if (cells.length < this.columns.length || rest.some((cell) => cell.text !== '')) {
      throw new InputError(`has ${cells.length} columns in place of ${this.columns.length}`, { location: { file, line } });
    }
    const parts = this.timeAt.map((at, i) => cellNumber(cells[at], CALENDAR[i], file, line));
    this.rows.add(
      line,
      calendarTime(parts, this.zone, file, line),
      this.kept.map(({ name, at }) => (cells[at].text === '' ? undefined : cellNumber(cells[at], name, file, line))),
    );
  }

  finish(): SeriesTable[] {
    return this.rows.finish();
  }
}

/**
 * A National Solar Radiation Database (PSM) file: with the three-line heading (names of entries, entries, names of columns), or a table alone, whose times stand in its first column or in columns
 * Year to Minute. Times are those of the zone that the heading names; a table of years and months alone needs `timeZone`.
 *
 * Throws InputError with file and line.
 */
export function readNsrdb(text: string, options: WeatherOptions = {}): WeatherFile {
  checkWeatherOptions('readNsrdb', text, options);
  const file = options.file ?? 'NSRDB';
  const lines = contentLines(text, file);
  const first = lines.next();
  if (first.done) throw new InputError('is empty', { location: { file, line: 0 } });
  const names = splitCells(first.value.text, ',');
  if (names.some((cell) => cell.text === 'Year')) {
    if (names[0].text !== 'Year') return { site: undefined, tables: timedTable(text, options, file), metadata: {} };
    if (!options.timeZone)
      throw new InputError(`the file does not say in which time zone its times are; say so ${ZONE_WAYS}`, {
        location: { file, line: first.value.line },
      });
    const table = new CalendarTable(names, options.timeZone, file, first.value.line, options, {});
    for (const { line, text: row } of lines) table.take(line, row);
    return { site: undefined, tables: table.finish(), metadata: {} };
  }
  const entries = lines.next();
  const heading = lines.next();
  if (entries.done || heading.done || !names.some((cell) => cell.text === 'Latitude')) {
    const hint = 'an NSRDB file begins with a line of entries (Source, Location ID, ... Latitude, ...) or of columns (Year, Month, ...)';
    throw new InputError(hint, { location: { file, line: first.value.line } });
  }
  const given = splitCells(entries.value.text, ',');
  const metadata: Record<string, string> = {};
  names.forEach(({ text: name }, i) => {
    if (name !== '') metadata[name] = given[i]?.text ?? '';
  });
  const entry = (name: string): number => cellNumber(given[names.findIndex((cell) => cell.text === name)], name, file, entries.value.line);
  const hours = entry('Time Zone');
  if (!(Math.abs(hours) <= 14)) throw new InputError(`a time zone of ${hours} hours`, { location: { file, line: entries.value.line } });
  const zone = fixedOffset(hours);
  const site: Site = {
    ...SANTA_CLARA,
    name: `${metadata.Source ?? 'NSRDB'} ${metadata['Location ID'] ?? ''}`.trim(),
    latitudeDegrees: entry('Latitude'),
    longitudeDegrees: entry('Longitude'),
    altitudeMetres: entry('Elevation'),
    timeZone: zone,
  };
  const table = new CalendarTable(splitCells(heading.value.text, ','), site.timeZone, file, heading.value.line, options, metadata);
  for (const { line, text: row } of lines) table.take(line, row);
  return { site, tables: table.finish(), metadata };
}

/** A table whose first column holds times with their offset. */
function timedTable(text: string, options: WeatherOptions, file: string): SeriesTable[] {
  const tables = readColumns(text, { ...options, file, timeColumn: 1, units: NSRDB_UNITS });
  for (const table of tables) for (const name of CALENDAR) delete table[name];
  return tables;
}

/** Columns of SURFRAD's daily files after the eight of time and zenith; each is followed by its quality flag. */
const SURFRAD_COLUMNS = [
  ...['GHI', 'upwelling solar', 'DNI', 'DHI', 'downwelling infrared', 'downwelling case', 'downwelling dome', 'upwelling infrared'],
  ...['upwelling case', 'upwelling dome', 'UVB', 'PAR', 'net solar', 'net infrared', 'total net', 'Temperature', 'Relative Humidity'],
  ...['Wind Speed', 'Wind Direction', 'Pressure'],
];
/** Those that are read, with their units. */
const SURFRAD_UNITS: Readonly<Record<string, string>> = {
  GHI: 'W/m2',
  DNI: 'W/m2',
  DHI: 'W/m2',
  Temperature: 'C',
  'Relative Humidity': '%',
  'Wind Speed': 'm/s',
  'Wind Direction': 'deg',
  Pressure: 'mbar',
};

/**
 * A daily file of NOAA's SURFRAD network: a line with the station, a line with latitude, longitude (west negative) and altitude, then rows of 48 columns in UTC. Values that are
 * flagged, or -9999.9, count as missing.
 *
 * Throws InputError with file and line.
 */
export function readSurfrad(text: string, options: WeatherOptions = {}): WeatherFile {
  checkWeatherOptions('readSurfrad', text, options);
  const file = options.file ?? 'SURFRAD';
  const lines = contentLines(text, file);
  const station = lines.next();
  const place = lines.next();
  const numbers = place.done ? [] : splitCells(place.value.text, 'blanks');
  if (station.done || place.done || plainNumber(numbers[0]?.text ?? '') === undefined) {
    const hint = 'a SURFRAD file begins with a line naming the station and one with latitude, longitude and altitude';
    throw new InputError(hint, { location: { file, line: place.done ? 1 : place.value.line } });
  }
  const [latitudeDegrees, longitudeDegrees, altitudeMetres] = ['latitude', 'longitude', 'altitude'].map((name, i) =>
    cellNumber(numbers[i], name, file, place.value.line),
  );
  const name = station.value.text.trim();
  const heads = Object.entries(SURFRAD_UNITS).map(([column, unit]) => ({ name: column, unit }));
  const rows = new TimedRows(heads, file, UTC, options);
  for (const { line, text: row } of lines) {
    const cells = splitCells(row, 'blanks');
    if (cells.length !== 8 + 2 * SURFRAD_COLUMNS.length) {
      throw new InputError(`has ${cells.length} columns in place of ${8 + 2 * SURFRAD_COLUMNS.length}`, { location: { file, line } });
    }
    const part = (i: number, what: string): number => cellNumber(cells[i], what, file, line);
    const time = calendarTime([part(0, 'year'), part(2, 'month'), part(3, 'day'), part(4, 'hour'), part(5, 'minute')], UTC, file, line);
    rows.add(
      line,
      time,
      heads.map((head) => {
        const at = 8 + 2 * SURFRAD_COLUMNS.indexOf(head.name);
        const value = part(at, head.name);
        return part(at + 1, `flag of ${head.name}`) !== 0 || value <= -9999 ? undefined : value;
      }),
    );
  }
  if (rows.count === 0) throw new InputError(`${describeValue(name)} has no rows`, { location: { file, line: place.value.line } });
  const site: Site = { ...SANTA_CLARA, name, latitudeDegrees, longitudeDegrees, altitudeMetres, timeZone: UTC };
  return { site, tables: rows.finish(), metadata: { station: name } };
}
