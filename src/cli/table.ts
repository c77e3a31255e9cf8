/** Tables as text. */
import type { Terminal } from './command.js';

/** Prints rows below a header in columns of equal width: the first and the last to the left, numbers between to the right. */
export function printTable(terminal: Terminal, header: readonly string[], rows: readonly (readonly string[])[]): void {
  const widths = header.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column].length)));
  for (const row of [header, ...rows]) {
    const cells = row.map((cell, column) =>
      column === 0 || column === row.length - 1 ? cell.padEnd(widths[column]) : cell.padStart(widths[column]),
    );
    terminal.out(`${cells.join('  ').trimEnd()}\n`);
  }
}
