/** Tables of Grid2Op's series: names between semicolons, then a row of numbers every five minutes. */
import { describeValue, InputError, namesThere } from '../grid/index.js';

/** A table in the order of the columns asked for. */
export interface ChronicsTable {
  readonly rows: number;
  /** [row][column]. */
  readonly values: Float32Array;
}

/**
 * Reads a table.
 *
 * @param file for messages
 * @param names columns wanted, in their order; all must be there, and no other
 * @throws InputError with file and line for what is no such table
 */
export function readChronicsTable(text: string, file: string, names: readonly string[]): ChronicsTable {
  // A mark of the byte order in front is no part of the first name.
  const lines = text.replace(/^\uFEFF/, '').split('\n');
  while (lines.length > 0 && lines[lines.length - 1].trim() === '') lines.pop();
  if (lines.length === 0)
    throw new InputError('the file is empty; its first line has to name columns, with semicolons between them', { location: { file, line: 1 } });
  const header = lines[0].replace(/\r$/, '').split(';');
  const twice = header.find((name, k) => header.indexOf(name) !== k);
  if (twice !== undefined) throw new InputError(`there are two columns ${describeValue(twice)}`, { location: { file, line: 1 } });
  const columns = names.map((name) => {
    const at = header.indexOf(name);
    if (at < 0)
      throw new InputError(`there is no column ${name}; ${namesThere(name, header, 'the first line of the file')}`, { location: { file, line: 1 } });
    return at;
  });
  const extra = header.find((name) => !names.includes(name));
  if (extra !== undefined)
    throw new InputError(
      `there is a column ${describeValue(extra)}, which is no element of this grid; ${namesThere(extra, [...names], 'the elements of the grid')}`,
      {
        location: { file, line: 1 },
      },
    );
  const rows = lines.length - 1;
  const values = new Float32Array(rows * names.length);
  for (let row = 0; row < rows; row++) {
    const cells = lines[row + 1].split(';');
    if (cells.length !== header.length)
      throw new InputError(`the row has ${cells.length} cells; the first line names ${header.length}`, { location: { file, line: row + 2 } });
    for (let k = 0; k < columns.length; k++) {
      const cell = cells[columns[k]].trim();
      const value = /^[-+.\deE]+$/.test(cell) ? Math.fround(Number(cell)) : Number.NaN;
      if (!Number.isFinite(value))
        throw new InputError(`${describeValue(cell)} in column ${names[k]} is no number, or one beyond single precision`, {
          location: { file, line: row + 2 },
        });
      values[row * names.length + k] = value;
    }
  }
  return { rows, values };
}
