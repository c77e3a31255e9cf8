/** Tables of load multipliers for the capacitor tasks: a header, then a scenario a line. */
import { readFileSync, statSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { CAPACITOR_LOADS, CAPACITOR_STATES } from '../environments/node-index.js';
import { describeValue, editDistance, InputError } from '../grid/index.js';
import { type Cell, cellNumber, contentLines, separatorOf, splitCells } from '../profiles/index.js';

/** Scenarios of a table. */
export interface RowTable {
  readonly count: number;
  /** [scenario][load] */
  readonly multipliers: Float64Array;
  /** [scenario]; undefined where the table has no column of them. */
  readonly masks: Uint8Array | undefined;
  /** [scenario]: where it stands, for messages. */
  readonly lines: Int32Array;
}

/** Most scenarios of a table, and largest file. */
const MOST_ROWS = 100_000;
const LARGEST_FILE = 2 ** 28;
/** Largest multiplier: beyond it no load is meant, but a slip. */
const MOST_MULTIPLIER = 1e6;
/** Name of the column of masks, and of columns that number the rows. */
const MASK_COLUMN = 'initial_mask';
const LABEL_COLUMNS: readonly string[] = ['', 'row', 'index', 'scenario'];

/** How columns may be named, for messages. */
const HEADER_HINT = 'm0,m1,m2 and so on to m90';

/** What a column is: a load by its number, the mask, or nothing that counts. */
type Column = number | 'mask' | 'label';

/** The columns of a header. Throws InputError with the place. */
function columnsOf(cells: readonly Cell[], loads: readonly string[], file: string, line: number): Column[] {
  const names = cells.map(({ text }) => text.toLowerCase());
  const fail = (k: number, why: string): never => {
    throw new InputError(why, { location: { file, line, column: cells[k]?.column } });
  };
  const places = new Map(loads.map((name, k) => [name.toLowerCase(), k]));
  const numbered = (name: string): number | undefined => {
    const number = /^m?(\d{1,2})$/.exec(name);
    return number && Number(number[1]) < loads.length ? Number(number[1]) : undefined;
  };
  const isOther = (name: string): boolean => name === MASK_COLUMN || LABEL_COLUMNS.includes(name);
  const candidates = names.flatMap((name, k) => (isOther(name) ? [] : [k]));
  // A scenario in the place of the header would be lost as one.
  const isNumber = (k: number): boolean => names[k] !== '' && Number.isFinite(Number(names[k]));
  const odd = candidates.find((k) => isNumber(k) && numbered(names[k]) === undefined);
  if (odd !== undefined || (candidates.every(isNumber) && new Set(names).size !== names.length))
    fail(odd ?? candidates[0], `there are numbers where names should be; put a header above the scenarios, as in ${HEADER_HINT}`);
  if (candidates.length !== loads.length)
    fail(0, `the header has ${candidates.length} columns of loads in place of ${loads.length} (beside ${MASK_COLUMN}, row, index and scenario)`);
  // One way of naming for all; names that mean nothing here count by their order.
  const known = candidates.some((k) => places.has(names[k]));
  const inOrder = !known && !candidates.some((k) => numbered(names[k]) !== undefined);
  const taken = new Map<Column, number>();
  return names.map((name, k) => {
    if (LABEL_COLUMNS.includes(name)) return 'label';
    let column: Column | undefined = 'mask';
    if (name !== MASK_COLUMN) column = inOrder ? candidates.indexOf(k) : known ? places.get(name) : numbered(name);
    if (column === undefined) {
      const near = known
        ? `; the nearest is ${[...loads].sort((a, b) => editDistance(name, a) - editDistance(name, b))[0]}`
        : '; loads are m0 to m90';
      return fail(k, `${describeValue(cells[k].text)} is no load of the feeder${near}`);
    }
    if (taken.has(column)) fail(k, `column ${describeValue(cells[k].text)} is there twice`);
    taken.set(column, k);
    return column;
  });
}

/**
 * Reads a table: tabs, semicolons or commas between columns, lines that begin with # passed over. Columns of loads are named by the feeder's loads, or m0 to m90, or 0 to 90, in
 * any order; 91 columns of other names, which are no numbers, count in their order. There has to be a header: a first line of numbers that are not 0 to 90, each once, is refused.
 * `initial_mask` may be there; `row`, `index` and `scenario` are passed over.
 *
 * @param loads names of the feeder's loads
 * @throws InputError with file, line and column
 */
export function readRowTable(text: string, file: string, loads: readonly string[]): RowTable {
  const lines = contentLines(text, file);
  const head = lines.next();
  if (head.done) throw new InputError('is empty', { location: { file, line: 0 } });
  const separator = separatorOf(head.value.text);
  const cells = splitCells(head.value.text, separator);
  const columns = columnsOf(cells, loads, file, head.value.line);
  const hasMasks = columns.includes('mask');
  const values: number[] = [];
  const masks: number[] = [];
  const places: number[] = [];
  const row = new Float64Array(CAPACITOR_LOADS);
  for (const { line, text: content } of lines) {
    const found = splitCells(content, separator);
    if (found.length !== columns.length)
      throw new InputError(`has ${found.length} columns in place of ${columns.length}`, {
        location: { file, line, column: found[Math.min(found.length, columns.length) - 1].column },
      });
    if (places.length === MOST_ROWS) throw new InputError(`has more than ${MOST_ROWS} rows`, { location: { file, line } });
    found.forEach((cell, k) => {
      const column = columns[k];
      if (column === 'label') return;
      const value = cellNumber(cell, cells[k].text, file, line);
      const fail = (why: string): never => {
        throw new InputError(`${value} in column "${cells[k].text}" is ${why}`, { location: { file, line, column: cell.column } });
      };
      if (column === 'mask') {
        if (!(Number.isInteger(value) && value >= 0 && value < CAPACITOR_STATES))
          fail(`no state of the capacitors; write 0 to ${CAPACITOR_STATES - 1}, bit by bit those closed`);
        masks.push(value);
        return;
      }
      if (!(value >= 0 && value <= MOST_MULTIPLIER)) fail(`no load multiplier; write numbers of 0 or more, 1 for the nominal load`);
      row[column] = value;
    });
    for (const value of row) values.push(value);
    places.push(line);
  }
  if (places.length === 0) throw new InputError('has a header and no rows', { location: { file, line: head.value.line } });
  return {
    count: places.length,
    multipliers: Float64Array.from(values),
    masks: hasMasks ? Uint8Array.from(masks) : undefined,
    lines: Int32Array.from(places),
  };
}

/** Reads a file of them, packed by gzip where its name ends on .gz. Throws InputError. */
export function readRowFile(path: string, loads: readonly string[]): RowTable {
  const fail = (why: string): never => {
    throw new InputError(`cannot read the rows ${path}: ${why}`);
  };
  let stats: ReturnType<typeof statSync> | undefined;
  try {
    stats = statSync(path);
  } catch {
    fail('there is no such file');
  }
  if (!stats?.isFile()) fail('it is no regular file');
  if (Number(stats?.size) > LARGEST_FILE) fail('it is larger than 256 MiB');
  const bytes = readFileSync(path);
  if (!path.endsWith('.gz')) return readRowTable(bytes.toString('utf8'), path, loads);
  let text = '';
  try {
    text = gunzipSync(bytes, { maxOutputLength: LARGEST_FILE }).toString('utf8');
  } catch (error) {
    fail(`it is not packed by gzip, or too large (${(error as Error).message})`);
  }
  return readRowTable(text, path, loads);
}
