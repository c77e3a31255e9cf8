/** The tables of a case: their columns (MATPOWER User's Manual, appendix B; case format version 2), and how a value of the file is taken as one. */
import { InputError } from '../../grid/index.js';
import type { CaseStruct } from './interpreter.js';
import { described, type Matrix } from './values.js';

/** A table. */
export interface TableLayout {
  name: 'bus' | 'gen' | 'branch';
  /** Columns that describe the grid, in order. */
  columns: readonly string[];
  /** Columns that must be there; what the others are taken as where they are absent. */
  required: number;
  defaults: Readonly<Record<string, number>>;
  /** Columns with those of results that a solved case has behind. */
  solved: number;
}

export const BUS_TABLE: TableLayout = {
  name: 'bus',
  columns: 'bus_i type Pd Qd Gs Bs area Vm Va baseKV zone Vmax Vmin'.split(' '),
  required: 13,
  defaults: {},
  solved: 17,
};
export const GENERATOR_TABLE: TableLayout = {
  name: 'gen',
  columns: 'bus Pg Qg Qmax Qmin Vg mBase status Pmax Pmin Pc1 Pc2 Qc1min Qc1max Qc2min Qc2max ramp_agc ramp_10 ramp_30 ramp_q apf'.split(' '),
  required: 10,
  defaults: {},
  solved: 25,
};
export const BRANCH_TABLE: TableLayout = {
  name: 'branch',
  columns: 'fbus tbus r x b rateA rateB rateC ratio angle status angmin angmax'.split(' '),
  required: 11,
  defaults: { angmin: -360, angmax: 360 },
  solved: 21,
};

/** A row of a table. */
export interface TableRow {
  /** Value of a column by its place among {@link TableLayout.columns}. */
  at: (column: number) => number;
  /** Line of the file; 0 where it is not known. */
  line: number;
}

/** Throws an {@link InputError} about a field of the case. */
export function failAbout(mpc: CaseStruct, file: string, field: string, message: string, line = mpc.fieldLines.get(field) ?? 0): never {
  throw new InputError(message, { location: { file, line }, element: `mpc.${field}` });
}

/** A field that must be a matrix of numbers. */
export function matrixField(mpc: CaseStruct, file: string, field: string): Matrix {
  const value = mpc.fields.get(field);
  if (value === undefined) return failAbout(mpc, file, field, 'is missing; a case has version, baseMVA, bus, gen and branch');
  if (value.kind !== 'matrix') return failAbout(mpc, file, field, `must be a matrix of numbers, not ${described(value)}`);
  return value;
}

/** Rows of a table. Throws {@link InputError} where it is missing, has too few columns or holds NaN; `warn` hears of columns that are not known. */
export function tableRows(mpc: CaseStruct, file: string, layout: TableLayout, warn: (message: string, line: number) => void): TableRow[] {
  const { name, columns, required, defaults, solved } = layout;
  const matrix = matrixField(mpc, file, name);
  const { rows, cols, data } = matrix;
  const first = matrix.lines?.[0] ?? mpc.fieldLines.get(name) ?? 0;
  if (rows > 0 && cols < required) {
    const missing = columns.slice(cols, required).join(', ');
    failAbout(mpc, file, name, `has ${cols} columns; at least ${required} are needed (missing: ${missing})`, first);
  }
  if (cols > solved) warn(`mpc.${name} has ${cols} columns; those beyond ${solved} are not known and left out`, first);
  const fallback = columns.map((column) => defaults[column] ?? 0);
  return Array.from({ length: rows }, (_, row) => {
    const line = matrix.lines?.[row] ?? 0;
    for (let column = 0; column < Math.min(cols, columns.length); column++) {
      if (Number.isNaN(data[column * rows + row])) {
        failAbout(mpc, file, name, `row ${row + 1}, column ${column + 1} (${columns[column]}) is NaN; a number belongs there`, line || first);
      }
    }
    return { at: (column: number) => (column < cols ? data[column * rows + row] : fallback[column]), line };
  });
}
