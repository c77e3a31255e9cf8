/**
 * One cell of a table as text and back. No cell holds a comma or a line break: in texts they are written as `%XX`, hexadecimal. An empty cell says nothing; `%-` is the
 * empty text, `%` the empty list, `%x` "absent".
 */

/** What a cell holds: a number (`inf` too), a word, any text, `y` or `n`, numbers with blanks between. */
export type CellKind = 'number' | 'word' | 'text' | 'flag' | 'list';

const ABSENT = '%x';
const EMPTY_TEXT = '%-';
const EMPTY_LIST = '%';
const NUMBER = /^-?(?:\d+(?:\.\d+)?(?:e[+-]?\d+)?|inf)$/;

function writeNumber(value: number): string {
  if (Number.isFinite(value)) return Object.is(value, -0) ? '-0' : String(value);
  return value > 0 ? 'inf' : '-inf';
}

function readNumber(text: string): number | null {
  if (!NUMBER.test(text)) return null;
  return text.endsWith('inf') ? (text === 'inf' ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY) : Number(text);
}

/** A value of a record that {@link validateBalancedGrid} has let through, as text. */
export function writeCell(kind: CellKind, value: unknown): string {
  if (value === undefined) return ABSENT;
  if (kind === 'number') return writeNumber(Number(value));
  if (kind === 'flag') return value === true ? 'y' : 'n';
  if (kind === 'list') return (value as readonly number[]).map(writeNumber).join(' ') || EMPTY_LIST;
  const text = String(value);
  return text === '' ? EMPTY_TEXT : text.replace(/[%,`\\$]|\p{Cc}/gu, (mark) => `%${mark.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

/** The value of a text; undefined where it says that it is absent, null where it is of another kind. */
export function readCell(kind: CellKind, text: string): unknown {
  if (text === ABSENT) return undefined;
  if (kind === 'number') return readNumber(text);
  if (kind === 'flag') return text === 'y' ? true : text === 'n' ? false : null;
  if (kind === 'list') {
    const numbers = text === EMPTY_LIST ? [] : text.split(' ').map(readNumber);
    return numbers.includes(null) ? null : numbers;
  }
  if (text === EMPTY_TEXT) return '';
  if (kind === 'word') return /^\w+$/.test(text) ? text : null;
  if (/%(?![0-9a-f]{2})/.test(text)) return null;
  return text.replace(/%([0-9a-f]{2})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
}
