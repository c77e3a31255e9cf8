/** Tables of text: lines, cells, numbers and times, every complaint with its file and line. */
import { checkObject, checkText, checkWord, describeValue, InputError } from '../../grid/index.js';
import { type TimeZone, unixSecondsAt, utcOffsetSeconds } from '../time-zone.js';

/** How the zone of times is given, for messages. */
export const ZONE_WAYS = 'by the option timeZone: PACIFIC_TIME, UTC, or fixedOffset(1) for UTC+01:00';

/** A cell: its text without blanks and quotes, and the column of its first character, from 1. */
export interface Cell {
  text: string;
  column: number;
}

/** A line with its cells. */
export interface Row {
  line: number;
  cells: Cell[];
}

/** Most lines of a file: ten years of minutes and some. */
const MOST_LINES = 6_000_000;

const SEPARATORS = [',', ';', '\t', 'blanks'] as const;

/** What cells of a line are separated by; `blanks`: runs of them. */
type Separator = (typeof SEPARATORS)[number];

/** Cells of a line; quotes keep separators and are doubled within. `blanks` separates at runs of blanks. Throws InputError for what is no text and no separator. */
export function splitCells(line: string, separator: Separator): Cell[] {
  checkText('a line', line);
  checkWord('the separator', separator, SEPARATORS);
  const cells: Cell[] = [];
  if (separator === 'blanks') {
    for (const match of line.matchAll(/[^\s,]+/g)) cells.push({ text: match[0], column: match.index + 1 });
    return cells;
  }
  let at = 0;
  while (at <= line.length) {
    const start = at;
    const quoted = /^\s*"((?:[^"]|"")*)"\s*/.exec(line.slice(at));
    if (quoted && (at + quoted[0].length === line.length || line[at + quoted[0].length] === separator)) {
      cells.push({ text: quoted[1].replaceAll('""', '"').trim(), column: start + 1 });
      at += quoted[0].length + 1;
      continue;
    }
    let end = line.indexOf(separator, at);
    if (end < 0) end = line.length;
    cells.push({ text: line.slice(at, end).trim(), column: start + 1 });
    at = end + 1;
  }
  return cells;
}

/** The lines that hold something, without those that begin with `#`. A byte order mark is passed over. Throws InputError for what is no text. */
export function contentLines(text: string, file: string): Generator<{ line: number; text: string }> {
  checkText('the text of a table', text);
  checkText('the name of a file', file);
  return linesOf(text, file);
}

function* linesOf(text: string, file: string): Generator<{ line: number; text: string }> {
  let start = text.charCodeAt(0) === 0xfeff ? 1 : 0;
  for (let line = 1; start < text.length; line++) {
    if (line > MOST_LINES) throw new InputError(`has more than ${MOST_LINES} lines`, { location: { file, line } });
    let end = text.indexOf('\n', start);
    if (end < 0) end = text.length;
    const content = text.slice(start, text[end - 1] === '\r' ? end - 1 : end);
    start = end + 1;
    if (content.trim() !== '' && !content.trimStart().startsWith('#')) yield { line, text: content };
  }
}

/** The separator that a line is written with: the first of tab, semicolon and comma that is there, else blanks. Throws InputError for what is no text. */
export function separatorOf(line: string): Separator {
  checkText('a line', line);
  if (line.includes('\t')) return '\t';
  if (line.includes(';')) return ';';
  return line.includes(',') ? ',' : 'blanks';
}

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

/** The number a text is, undefined for what is none (empty, NaN and infinities too). Throws InputError for what is no text. */
export function plainNumber(text: string): number | undefined {
  checkText('a number of a table', text);
  if (!NUMBER.test(text)) return undefined;
  const value = Number(text);
  return Number.isFinite(value) ? value : undefined;
}

/** The number of a cell. Throws InputError with its place. */
export function cellNumber(cell: Cell | undefined, name: string, file: string, line: number): number {
  checkText('the name of a column', name);
  checkText('the name of a file', file);
  if (cell !== undefined) checkObject('a cell', cell, 'one of splitCells');
  const value = cell ? plainNumber(cell.text) : undefined;
  if (value === undefined) {
    const what = cell && cell.text !== '' ? `${describeValue(cell.text)} is not a number` : 'there is no number';
    throw new InputError(`${what} in column "${name}"`, { location: { file, line, column: cell?.column } });
  }
  return value;
}

const TIME = /^(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?:[T ]\s*(\d{1,2}):(\d{2})(?::(\d{2}(?:\.\d+)?))?)?\s*(Z|[+-]\d{2}:?\d{2})?$/;

/** True for what looks like a date or a time. */
export function looksLikeTime(text: string): boolean {
  return TIME.test(text);
}

/**
 * The moment that a text writes: `2023-06-21 12:00`, with seconds, `T`, `Z` or an offset as may be; a text without an offset is local time of `zone`.
 *
 * Throws InputError with its place for what is none, and for local time without a zone.
 */
export function cellTime(cell: Cell | undefined, zone: TimeZone | undefined, file: string, line: number): number {
  const location = { file, line, column: cell?.column };
  const match = cell ? TIME.exec(cell.text) : null;
  if (!match) throw new InputError(`${describeValue(cell?.text ?? '')} is no time; times are written like 2023-06-21 12:00`, { location });
  const [year, month, day, hour, minute] = match.slice(1, 6).map((part) => Number(part ?? 0));
  const second = Number(match[6] ?? 0);
  const check = new Date(Date.UTC(year, month - 1, day));
  if (check.getUTCMonth() !== month - 1 || check.getUTCDate() !== day || hour > 24 || minute > 59 || second >= 60) {
    throw new InputError(`there is no time ${describeValue(cell?.text)}`, { location });
  }
  const seconds = 3600 * hour + 60 * minute + second;
  if (match[7]) {
    const [, sign, hours, minutes] = /^([+-])(\d{2}):?(\d{2})$/.exec(match[7]) ?? ['', '+', '0', '0'];
    const offset = (sign === '-' ? -1 : 1) * (3600 * Number(hours) + 60 * Number(minutes));
    return Date.UTC(year, month - 1, day) / 1000 + seconds - offset;
  }
  if (!zone)
    throw new InputError(
      `the time has no offset from UTC; say in which zone it is, ${ZONE_WAYS}, or write it with its offset, as in 2023-06-21 12:00+01:00`,
      { location },
    );
  const moment = unixSecondsAt(zone, year, month, day, seconds);
  const shown = moment + utcOffsetSeconds(zone, moment);
  if (shown !== Date.UTC(year, month - 1, day) / 1000 + seconds)
    throw new InputError(`the clocks of ${zone.name} leave out ${describeValue(cell?.text)}: they are put on there`, { location });
  return moment;
}
