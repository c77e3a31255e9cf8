/**
 * How records become rows: a specification mirrors the record's type, property by property, and gives each scalar a column.
 *
 * The types force completeness: a property added to a record of grid/ and not here is an error of the compiler; one that slips in at run time is an error on saving.
 * Column names are the paths of the properties: `kv`, `inverter.kva`, `windings.1.tapPu` (lists count from 1 and have a `.count`).
 */
import type { Terminal } from '../../grid/index.js';
import type { Cell } from './cells.js';
import { busWord, CellError, excerpt, integer } from './cells.js';

/** A row being written: column to cell, in order. `nodes` is the node list of the row's first terminal. */
export class RowWriter {
  readonly cells = new Map<string, string>();
  nodes: string | undefined;
}

/** A row being read. */
export interface RowReader {
  /** The cell of a column, or undefined where it says nothing. */
  cell(column: string): string | undefined;
  /** True where any column stands at or below this path. */
  present(path: string): boolean;
  /** Runs `read`, naming the column in the error. */
  at<T>(column: string, read: () => T): T;
  nodes: string | undefined;
}

/** Writes and reads one property (or a whole record) of type T under a path. */
export interface Spec<T> {
  write(value: T, path: string, row: RowWriter): void;
  read(path: string, row: RowReader): T;
  /** True where the property may be absent. */
  readonly isOptional?: boolean;
}

/** A property that may be absent. */
export interface OptionalSpec<T> extends Spec<T> {
  readonly isOptional: true;
}

/** The specification of each property of T: optional ones must be marked so. */
export type Fields<T> = { [K in keyof T]-?: undefined extends T[K] ? OptionalSpec<Exclude<T[K], undefined>> : Spec<T[K]> };

/** One column. */
export function field<T>(cell: Cell<T>): Spec<T> {
  return {
    write(value, path, row) {
      try {
        row.cells.set(path, cell.write(value));
      } catch (error) {
        throw error instanceof CellError ? new CellError(`${path}: ${error.message}`) : error;
      }
    },
    read(path, row) {
      const text = row.cell(path);
      return row.at(path, () => {
        if (text === undefined) throw new CellError('is missing');
        return cell.read(text);
      });
    },
  };
}

/** A property that may be absent: it is absent where none of its columns has a cell. */
export function optional<T>(spec: Spec<T>): OptionalSpec<T> {
  return { ...spec, isOptional: true };
}

/** A record with these properties and no others. */
export function record<T extends object>(fields: Fields<T>, ignored: readonly string[] = []): Spec<T> {
  const names = Object.keys(fields) as (keyof T & string)[];
  const known = new Set<string>([...names, ...ignored]);
  return {
    write(value, path, row) {
      for (const name of Object.keys(value)) {
        if (!known.has(name) && value[name as keyof T] !== undefined) throw new CellError(`the property ${name} has no column in this format`);
      }
      for (const name of names) {
        const property: unknown = value[name];
        const spec = fields[name] as Spec<unknown>;
        if (property !== undefined) spec.write(property, below(path, name), row);
        else if (!spec.isOptional) throw new CellError(`${below(path, name)}: is missing`);
      }
    },
    read(path, row) {
      const value: Partial<Record<keyof T & string, unknown>> = {};
      for (const name of names) {
        const spec = fields[name] as Spec<unknown>;
        if (spec.isOptional && !row.present(below(path, name))) continue;
        value[name] = spec.read(below(path, name), row);
      }
      return value as T;
    },
  };
}

/** A list of records or terminals of between `min` and `max` items. */
export function list<T>(item: Spec<T>, min: number, max: number): Spec<T[]> {
  const count = field(integer(min, max));
  return {
    write(values, path, row) {
      if (min !== max) count.write(values.length, `${path}.count`, row);
      else if (values.length !== min) throw new CellError(`${path}: has ${values.length} entries in place of ${min}`);
      values.forEach((value, i) => {
        item.write(value, `${path}.${i + 1}`, row);
      });
    },
    read(path, row) {
      const length = min === max ? min : count.read(`${path}.count`, row);
      return Array.from({ length }, (_, i) => item.read(`${path}.${i + 1}`, row));
    },
  };
}

const nodeNumber = integer(0, 1_000_000);

/**
 * A terminal as `bus.1.2.3`; an open conductor's node is followed by `!`. A terminal that names no node has those of the first terminal in its row; one with no
 * node at all ends in a dot.
 */
export const terminal: Spec<Terminal> = {
  write(value, path, row) {
    const { bus, nodes, open } = value;
    if (open && open.length !== nodes.length) throw new CellError(`${path}.open: has ${open.length} entries for ${nodes.length} conductors`);
    const suffix = nodes.length === 0 ? '.' : nodes.map((node, i) => `.${nodeNumber.write(node)}${open?.[i] ? '!' : ''}`).join('');
    row.cells.set(path, busWord.write(bus) + (suffix === row.nodes ? '' : suffix));
    row.nodes ??= suffix;
  },
  read(path, row) {
    const text = row.cell(path);
    return row.at(path, () => {
      if (text === undefined) throw new CellError('is missing');
      const dot = text.indexOf('.');
      const suffix = dot < 0 ? row.nodes : text.slice(dot);
      if (suffix === undefined) throw new CellError(`${excerpt(text)} names no nodes, and no terminal before it does`);
      row.nodes ??= suffix;
      const value: Terminal = { bus: busWord.read(dot < 0 ? text : text.slice(0, dot)), nodes: [] };
      if (suffix === '.') return value;
      const words = suffix.slice(1).split('.');
      value.nodes = words.map((word) => nodeNumber.read(word.endsWith('!') ? word.slice(0, -1) : word));
      if (words.some((word) => word.endsWith('!'))) value.open = words.map((word) => word.endsWith('!'));
      return value;
    });
  },
};

function below(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}
