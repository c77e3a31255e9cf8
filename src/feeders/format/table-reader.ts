/** Sections of text read back as rows of cells; every fault is an InputError that names the line, the record and the column. */
import { InputError } from '../../grid/index.js';
import { ABSENT, CellError, excerpt } from './cells.js';
import type { RowReader } from './record-spec.js';
import { TYPE_COLUMN } from './table-writer.js';

/** A section as it stands in the text. */
export interface Section {
  title: string;
  line: number;
  /** Cells that stand for all rows. */
  constants: Map<string, string>;
  rows: Row[];
  /** Every column named in the section, with the line that names it. */
  columns: Map<string, number>;
  /** Columns at or below a path, found when first asked for. */
  columnsBelow: Map<string, string[]>;
}

/** A row's cells, with those of its type and section behind them. */
export class Row implements RowReader {
  nodes: string | undefined;
  /** Set when the record's name is known, for messages. */
  subject: string;

  constructor(
    readonly file: string,
    readonly line: number,
    private readonly section: Section,
    private readonly layers: readonly ReadonlyMap<string, string>[],
    private readonly asked: Set<string>,
  ) {
    this.subject = section.title;
  }

  cell(column: string): string | undefined {
    this.asked.add(column);
    for (const layer of this.layers) {
      const cell = layer.get(column);
      if (cell !== undefined) return cell === ABSENT ? undefined : cell;
    }
    return undefined;
  }

  present(path: string): boolean {
    let columns = this.section.columnsBelow.get(path);
    if (!columns) {
      columns = [...this.section.columns.keys()].filter((column) => column === path || column.startsWith(`${path}.`));
      this.section.columnsBelow.set(path, columns);
    }
    // The column itself has been asked for even where no row has it.
    this.asked.add(path);
    return columns.some((column) => this.cell(column) !== undefined);
  }

  at<T>(column: string, read: () => T): T {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof CellError)) throw error;
      throw new InputError(error.message, { location: this, element: this.subject, property: column });
    }
  }
}

/** Columns that were asked for by the readers of a section's rows. */
export type AskedColumns = Map<Section, Set<string>>;

/** Splits a text into its sections. `asked` collects what the rows' readers ask for, see {@link refuseUnknownColumns}. */
export function readSections(lines: readonly string[], firstLine: number, file: string, asked: AskedColumns): Section[] {
  const sections: Section[] = [];
  let section: Section | undefined;
  let types = new Map<string, ReadonlyMap<string, string>>();
  let header: string[] | undefined;
  let block: 'constants' | 'types' | 'rows' = 'constants';

  const fail = (message: string, line: number): never => {
    throw new InputError(message, { location: { file, line } });
  };
  const openSection = (title: string, line: number): void => {
    section = { title, line, constants: new Map(), rows: [], columns: new Map(), columnsBelow: new Map() };
    sections.push(section);
    asked.set(section, new Set());
    types = new Map();
    header = undefined;
    block = 'constants';
  };
  const readHeader = (text: string, line: number): string[] => {
    const names = text.split(',').map((name) => name.trim());
    const twice = names.find((name, i) => names.indexOf(name) !== i);
    if (twice !== undefined) fail(`the column ${excerpt(twice)} stands twice`, line);
    return names;
  };
  const readCells = (text: string, line: number): Map<string, string> => {
    const cells = text.split(',');
    const names = header ?? [];
    if (cells.length > names.length) fail(`has ${cells.length} cells for ${names.length} columns`, line);
    const row = new Map<string, string>();
    cells.forEach((cell, i) => {
      const value = cell.trim();
      if (value !== '') row.set(names[i], value);
    });
    return row;
  };
  const noteColumns = (names: Iterable<string>, line: number): void => {
    for (const name of names) if (name !== TYPE_COLUMN && !section?.columns.has(name)) section?.columns.set(name, line);
  };

  lines.forEach((raw, i) => {
    const line = firstLine + i;
    const text = raw.trim();
    if (text.startsWith('#')) return;
    if (text.startsWith('[')) {
      const title = /^\[([a-z]+)\]$/.exec(text);
      if (!title) fail(`${excerpt(text)} is not a section (such as [line])`, line);
      else openSection(title[1], line);
      return;
    }
    if (!section) {
      if (text !== '') fail(`${excerpt(text)} stands before the first section`, line);
      return;
    }
    if (/^(types|rows):/.test(text)) {
      const next = text.startsWith('types:') ? 'types' : 'rows';
      if (block === 'rows' || (next === 'types' && block === 'types')) fail(`a second "${next}:" in section [${section.title}]`, line);
      block = next;
      header = readHeader(text.slice(next.length + 1), line);
      if (next === 'types' && header[0] !== TYPE_COLUMN) fail(`the first column of "types:" must be ${TYPE_COLUMN}`, line);
      noteColumns(header, line);
      return;
    }
    if (block === 'constants') {
      if (text === '') return;
      const equals = text.indexOf('=');
      if (equals <= 0) fail(`${excerpt(text)} is neither column=cell nor "types:" or "rows:"`, line);
      const column = text.slice(0, equals).trim();
      if (section.constants.has(column)) fail(`${excerpt(column)} stands twice`, line);
      section.constants.set(column, text.slice(equals + 1).trim());
      noteColumns([column], line);
      return;
    }
    if (text === '') return;
    const cells = readCells(text, line);
    const id = cells.get(TYPE_COLUMN);
    cells.delete(TYPE_COLUMN);
    if (block === 'types') {
      if (id === undefined) fail('a type without a name', line);
      else if (types.has(id)) fail(`a second type ${excerpt(id)}`, line);
      else types.set(id, cells);
      return;
    }
    const layers: ReadonlyMap<string, string>[] = [cells];
    if (id !== undefined) layers.push(types.get(id) ?? fail(`there is no type ${excerpt(id)} in section [${section.title}]`, line));
    layers.push(section.constants);
    section.rows.push(new Row(file, line, section, layers, asked.get(section) as Set<string>));
  });
  return sections;
}

/** The row of a section that is one record of `column=cell` lines. */
export function recordRow(file: string, section: Section, asked: AskedColumns): Row {
  return new Row(file, section.line, section, [section.constants], asked.get(section) as Set<string>);
}

/** Throws where a section names a column for which none of its rows' readers asked: a misspelt property must not be lost in silence. */
export function refuseUnknownColumns(file: string, asked: AskedColumns): void {
  for (const [section, names] of asked) {
    if (section.rows.length === 0) continue;
    for (const [column, line] of section.columns) {
      if (names.has(column)) continue;
      throw new InputError(`there is no column ${excerpt(column)} in section [${section.title}]`, { location: { file, line } });
    }
  }
}
