/**
 * Rows of cells written as one section of text, short but readable: what most rows share is said once for the section, what groups of rows share once a type.
 *
 * The choice of shared columns is a greedy search for the shortest text; a reader need not know how it was made.
 */
import { ABSENT } from './cells.js';

/** The column that names a row's type. */
export const TYPE_COLUMN = '@';

/** Writes a section of rows, each with a cell in the first column (its name): `[title]`, then constants as `column=cell`, then `types:` and `rows:` with their tables. */
export function writeSection(title: string, rows: readonly ReadonlyMap<string, string>[]): string {
  const lines = [`[${title}]`];
  const columns = columnsOf(rows);
  const constants = new Map<string, string>();
  const own: Column[] = [];
  for (const [at, column] of columns.entries()) {
    // The name stays in its row, so that no row is blank.
    const value = at === 0 ? undefined : bestConstant(column);
    if (value !== undefined) {
      constants.set(column.name, value);
      column.cells = column.cells.map((cell) => (cell === value ? '' : cell === '' ? ABSENT : cell));
    }
    if (column.cells.some((cell) => cell !== '')) own.push(column);
  }
  for (const [name, cell] of constants) lines.push(`${name}=${cell}`);

  const shared = rows.length < 4 ? [] : shareByType(own.slice(1), rows.length);
  const { ids, types } = numberTypes(shared, rows.length);
  if (shared.length > 0) lines.push(`types:${[TYPE_COLUMN, ...shared.map((column) => column.name)].join(',')}`, ...types);

  // Columns that few rows use go last, where an empty cell costs nothing.
  const rest = own.filter((column) => !shared.includes(column));
  const filled = (column: Column): number => column.cells.reduce((sum, cell) => sum + (cell === '' ? 0 : 1), 0);
  const often = rest.filter((column) => filled(column) * 2 >= rows.length);
  const seldom = rest.filter((column) => filled(column) * 2 < rows.length);
  const ordered = [...often, ...seldom];
  const header = ordered.map((column) => column.name);
  if (shared.length > 0) header.unshift(TYPE_COLUMN);
  lines.push(`rows:${header.join(',')}`);
  for (let i = 0; i < rows.length; i++) {
    const cells = ordered.map((column) => column.cells[i]);
    if (shared.length > 0) cells.unshift(ids[i]);
    lines.push(trimmed(cells));
  }
  return lines.join('\n');
}

interface Column {
  name: string;
  /** Cell of each row; empty where it says nothing. */
  cells: string[];
}

function columnsOf(rows: readonly ReadonlyMap<string, string>[]): Column[] {
  const columns = new Map<string, Column>();
  rows.forEach((row, i) => {
    for (const [name, cell] of row) {
      let column = columns.get(name);
      if (!column) {
        column = { name, cells: new Array<string>(rows.length).fill('') };
        columns.set(name, column);
      }
      column.cells[i] = cell;
    }
  });
  return [...columns.values()];
}

/** Writes a section that is one record without a name: `column=cell`, line by line. */
export function writeRecord(title: string, row: ReadonlyMap<string, string>): string {
  return [`[${title}]`, ...Array.from(row, ([name, cell]) => `${name}=${cell}`)].join('\n');
}

/** The cell that saves most when said once for all rows, or undefined where none saves anything. */
function bestConstant(column: Column): string | undefined {
  const counts = new Map<string, number>();
  for (const cell of column.cells) counts.set(cell, (counts.get(cell) ?? 0) + 1);
  const absent = counts.get('') ?? 0;
  counts.delete('');
  let best: string | undefined;
  let bestSaving = 0;
  for (const [cell, count] of counts) {
    // What fewer than half the rows have would not be read as the common case.
    if (count * 2 < column.cells.length) continue;
    const saving = (count - 1) * cell.length - absent * ABSENT.length - column.name.length;
    const wins = saving > bestSaving || count === column.cells.length;
    if (wins && (best === undefined || saving > bestSaving)) {
      best = cell;
      bestSaving = saving;
    }
  }
  return best;
}

/** Picks the columns to be said a type, so that the text becomes shortest. */
function shareByType(columns: readonly Column[], rowCount: number): Column[] {
  const chosen: Column[] = [];
  // Class of each row: rows of one class agree in all chosen columns.
  let classes = new Int32Array(rowCount);
  let classCount = 1;
  let cost = 0;
  const plainCost = (column: Column): number => column.cells.reduce((sum, cell) => sum + cell.length + 1, 0);
  for (;;) {
    let best: { column: Column; classes: Int32Array<ArrayBuffer>; count: number; cost: number; saving: number } | undefined;
    for (const column of columns) {
      if (chosen.includes(column)) continue;
      const refined = refine(classes, column.cells);
      if (refined.count > rowCount / 2 && refined.count > classCount) continue;
      const next = [...chosen, column];
      const idLength = refined.count <= 36 ? 2 : 3;
      let tableCost = 0;
      const seen = new Uint8Array(refined.count);
      refined.classes.forEach((k, i) => {
        if (seen[k]) return;
        seen[k] = 1;
        tableCost += next.reduce((sum, part) => sum + part.cells[i].length + 1, idLength);
      });
      const total = tableCost + rowCount * idLength;
      const saving = cost + plainCost(column) - total;
      if (!best || saving > best.saving) best = { column, classes: refined.classes, count: refined.count, cost: total, saving };
    }
    if (!best || best.saving <= 0) return chosen;
    chosen.push(best.column);
    classes = best.classes;
    classCount = best.count;
    cost = best.cost;
  }
}

function refine(classes: Int32Array, cells: readonly string[]): { classes: Int32Array<ArrayBuffer>; count: number } {
  const numbers = new Map<string, number>();
  const refined = new Int32Array(classes.length);
  for (let i = 0; i < classes.length; i++) {
    const key = `${classes[i]},${cells[i]}`;
    let k = numbers.get(key);
    if (k === undefined) {
      k = numbers.size;
      numbers.set(key, k);
    }
    refined[i] = k;
  }
  return { classes: refined, count: numbers.size };
}

function numberTypes(shared: readonly Column[], rowCount: number): { ids: string[]; types: string[] } {
  const ids: string[] = [];
  const types: string[] = [];
  const known = new Map<string, string>();
  for (let i = 0; i < rowCount; i++) {
    const cells = shared.map((column) => column.cells[i]);
    const key = cells.join(',');
    let id = known.get(key);
    if (id === undefined) {
      id = (known.size + 1).toString(36);
      known.set(key, id);
      types.push(trimmed([id, ...cells]));
    }
    ids.push(id);
  }
  return { ids, types };
}

function trimmed(cells: readonly string[]): string {
  return cells.join(',').replace(/,+$/, '');
}
