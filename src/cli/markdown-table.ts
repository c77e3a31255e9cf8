/** Tables as Markdown that also read well as plain text. */

/** Prints rows below a header in columns of equal width; columns in `left` (by number, from 0) to the left, the others to the right. */
export function markdownTable(header: readonly string[], rows: readonly (readonly string[])[], left: readonly number[]): string {
  const widths = header.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column].length)));
  const print = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => (left.includes(column) ? cell.padEnd(widths[column]) : cell.padStart(widths[column]))).join(' | ')} |`;
  return [print(header), `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`, ...rows.map(print)].join('\n');
}
