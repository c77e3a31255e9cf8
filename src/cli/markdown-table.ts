/** Tables as Markdown that also read well as plain text. */

/** Prints rows below a header in columns of equal width; columns in `left` (by number, from 0) to the left, the others to the right. */
export function markdownTable(header: readonly string[], rows: readonly (readonly string[])[], left: readonly number[]): string {
  const widths = header.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column].length)));
  const print = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => (left.includes(column) ? cell.padEnd(widths[column]) : cell.padStart(widths[column]))).join(' | ')} |`;
  return [print(header), `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`, ...rows.map(print)].join('\n');
}

/** Columns of a screen that narrow tables keep within. */
const SCREEN = 120;

/** The same with only as many of the columns in `order` (by title, the most important first) as fit on a screen, in the table's own order. */
export function narrowTable(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  left: readonly number[],
  order: readonly string[],
): string {
  const taken = new Set<number>();
  let width = 1;
  for (const title of order) {
    const column = header.indexOf(title);
    const more = 3 + Math.max(title.length, ...rows.map((row) => row[column].length));
    if (width + more > SCREEN) continue;
    width += more;
    taken.add(column);
  }
  const kept = header.map((_, column) => column).filter((column) => taken.has(column));
  const pick = (cells: readonly string[]): string[] => kept.map((column) => cells[column]);
  return markdownTable(
    pick(header),
    rows.map(pick),
    left.map((column) => kept.indexOf(column)),
  );
}
