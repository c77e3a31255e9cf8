/** Reads MATPOWER case files (version 2) into balanced grids. */
import {
  type BalancedBranch,
  type BalancedBus,
  type BalancedBusKind,
  type BalancedGenerator,
  type BalancedGrid,
  describeValue,
  type GeneratorCost,
  InputError,
  type SourceLocation,
  validateBalancedGrid,
} from '../../grid/index.js';
import { type CaseStruct, runCaseFile } from './interpreter.js';
import { BRANCH_TABLE, BUS_TABLE, failAbout, GENERATOR_TABLE, matrixField, type TableRow, tableRows } from './tables.js';
import { sizeOf, type Value } from './values.js';
import { Work } from './work.js';

/** Something in a case file that was passed over or taken in a certain way. */
export interface MatpowerWarning {
  message: string;
  location: SourceLocation;
}

/** What a case file gives. */
export interface MatpowerCase {
  grid: BalancedGrid;
  warnings: MatpowerWarning[];
}

/** How to read. */
export interface ReadMatpowerOptions {
  /** Name of the file, for messages and origins; `case.m` where not given. */
  file?: string;
}

/** Longest text that is read, characters. */
const LONGEST_TEXT = 64 * 1024 * 1024;
/** Kinds of buses by MATPOWER's number. */
const KINDS: readonly BalancedBusKind[] = ['pq', 'pv', 'slack', 'isolated'];
/** Fields that are read. */
const KNOWN_FIELDS = new Set(['version', 'baseMVA', 'bus', 'gen', 'branch', 'gencost', 'bus_name']);

/**
 * Reads a MATPOWER case file, version 2. The file is MATLAB code and is run as such, as far as case files go: assignments, indexing, arithmetic, the usual
 * mathematical functions, `for` and `if`, MATPOWER's names of columns. Powers become MW and MVAr, impedances stay per unit; a bus with Pd or Qd has one load, one
 * with Gs or Bs one shunt. Buses, generators and branches keep `file:line` of their row as origin. Fields that a power flow does not use are passed over with a warning.
 *
 * @throws InputError naming file, line and (in code) column, the element and the column of its table: for code that is more than a case file's, for tables
 * that are no grid, and for whatever {@link validateBalancedGrid} refuses
 */
export function readMatpower(text: string, options: ReadMatpowerOptions = {}): MatpowerCase {
  const file = options.file ?? 'case.m';
  if (typeof text !== 'string') throw new InputError(`a case is read from the text of its file, not from ${describeValue(text)}`);
  if (text.length > LONGEST_TEXT) throw new InputError('the file has more than 64 MB; it is no case', { location: { file, line: 0 } });
  const lines = text.includes('\r') && !text.includes('\n') ? text.replaceAll('\r', '\n') : text;
  const mpc = runCaseFile(new Work(lines, file));
  const warnings: MatpowerWarning[] = [];
  const warn = (message: string, line: number): void => {
    warnings.push({ message, location: { file, line } });
  };
  checkVersion(mpc, file, warn);
  const grid: BalancedGrid = {
    name: mpc.name ?? 'case',
    baseMva: baseOf(mpc, file),
    buses: [],
    loads: [],
    shunts: [],
    generators: [],
    branches: [],
    generatorCosts: [],
  };
  const originOf = (row: TableRow): { origin?: string } => (row.line > 0 ? { origin: `${file}:${row.line}` } : {});
  for (const row of tableRows(mpc, file, BUS_TABLE, warn)) readBus(grid, row, originOf(row), file);
  if (grid.buses.length === 0) failAbout(mpc, file, 'bus', 'has no rows; a case has at least one bus');
  grid.generators = tableRows(mpc, file, GENERATOR_TABLE, warn).map((row) => ({ ...generatorOf(row), ...originOf(row) }));
  grid.branches = tableRows(mpc, file, BRANCH_TABLE, warn).map((row) => ({ ...branchOf(row), ...originOf(row) }));
  grid.generatorCosts = costsOf(mpc, file, grid.generators.length);
  nameBuses(grid, mpc, warn);
  warnOfOtherFields(mpc, warn);
  validateBalancedGrid(grid);
  return { grid, warnings };
}

type Warn = (message: string, line: number) => void;

function checkVersion(mpc: CaseStruct, file: string, warn: Warn): void {
  const version = mpc.fields.get('version');
  if (version === undefined) {
    warn('mpc.version is missing; the case is taken as version 2', 0);
    return;
  }
  const text = version.kind === 'text' ? version.value.trim() : version.kind === 'matrix' && version.data.length === 1 ? String(version.data[0]) : '';
  if (text === '2') return;
  failAbout(mpc, file, 'version', text === '1' ? "is 1; convert the case with MATPOWER's savecase, version 2 is read" : "must be '2'");
}

function baseOf(mpc: CaseStruct, file: string): number {
  const { data } = matrixField(mpc, file, 'baseMVA');
  const value = data.length === 1 ? data[0] : Number.NaN;
  if (!(value > 0 && value <= 1e15))
    failAbout(mpc, file, 'baseMVA', `must be one number above 0, not ${data.length === 1 ? value : `${data.length} numbers`}`);
  return value;
}

function readBus(grid: BalancedGrid, row: TableRow, origin: { origin?: string }, file: string): void {
  const { at } = row;
  const number = at(0);
  const kind = KINDS[at(1) - 1] as BalancedBusKind | undefined;
  if (kind === undefined) {
    const location = { file, line: row.line };
    throw new InputError(`must be 1 (pq), 2 (pv), 3 (reference) or 4 (isolated), not ${at(1)}`, {
      location,
      element: `bus ${number}`,
      property: 'type',
    });
  }
  const bus: BalancedBus = {
    number,
    kind,
    voltagePu: at(7),
    angleDegrees: at(8),
    baseKv: at(9),
    minVoltagePu: at(12),
    maxVoltagePu: at(11),
    area: at(6),
    zone: at(10),
    ...origin,
  };
  grid.buses.push(bus);
  if (at(2) !== 0 || at(3) !== 0) grid.loads.push({ bus: number, powerMw: at(2), powerMvar: at(3), inService: true, ...origin });
  if (at(4) !== 0 || at(5) !== 0) grid.shunts.push({ bus: number, conductanceMw: at(4), susceptanceMvar: at(5), inService: true, ...origin });
}

/** Generator properties that are kept where they are not 0, with their columns. */
export const OPTIONAL_GENERATOR_COLUMNS = [
  ['curveLowMw', 10],
  ['curveHighMw', 11],
  ['curveLowMinMvar', 12],
  ['curveLowMaxMvar', 13],
  ['curveHighMinMvar', 14],
  ['curveHighMaxMvar', 15],
  ['rampMwPerMinute', 16],
  ['ramp10MinutesMw', 17],
  ['ramp30MinutesMw', 18],
  ['rampMvarPerMinute', 19],
] as const;

function generatorOf({ at }: TableRow): BalancedGenerator {
  const generator: BalancedGenerator = {
    bus: at(0),
    powerMw: at(1),
    powerMvar: at(2),
    minMvar: at(4),
    maxMvar: at(3),
    minMw: at(9),
    maxMw: at(8),
    voltagePu: at(5),
    baseMva: at(6),
    participation: at(20),
    inService: at(7) > 0,
  };
  for (const [property, column] of OPTIONAL_GENERATOR_COLUMNS) if (at(column) !== 0) generator[property] = at(column);
  return generator;
}

function branchOf({ at }: TableRow): BalancedBranch {
  // No limit is written as 0, and here and there as Inf.
  const rating = (column: number): number => (at(column) === Number.POSITIVE_INFINITY ? 0 : at(column));
  return {
    from: at(0),
    to: at(1),
    resistancePu: at(2),
    reactancePu: at(3),
    chargingPu: at(4),
    ratio: at(8),
    shiftDegrees: at(9),
    ratingMva: rating(5),
    shortTermRatingMva: rating(6),
    emergencyRatingMva: rating(7),
    inService: at(10) !== 0,
    minAngleDegrees: at(11),
    maxAngleDegrees: at(12),
  };
}

function costsOf(mpc: CaseStruct, file: string, generators: number): GeneratorCost[] {
  if (!mpc.fields.has('gencost')) return [];
  const { rows, cols, data, lines } = matrixField(mpc, file, 'gencost');
  if (rows === 0) return [];
  if (rows !== generators && rows !== 2 * generators) {
    failAbout(mpc, file, 'gencost', `has ${rows} rows; give one a generator (${generators}), or two, of active and reactive power`);
  }
  if (cols < 4) failAbout(mpc, file, 'gencost', `has ${cols} columns; at least 4 are needed (model, startup, shutdown, n)`);
  return Array.from({ length: rows }, (_, row) => {
    const at = (column: number): number => data[column * rows + row];
    const fail = (message: string): never => failAbout(mpc, file, 'gencost', `row ${row + 1} ${message}`, lines?.[row] || undefined);
    const model = at(0);
    if (model !== 1 && model !== 2) return fail(`is of model ${model}; 1 is piecewise linear, 2 a polynomial`);
    const count = at(3) * (model === 1 ? 2 : 1);
    if (!(Number.isInteger(count) && count >= 0 && 4 + count <= cols))
      return fail(`states n = ${at(3)}, for which there are too few columns (${cols})`);
    const cost: GeneratorCost = { model, startup: at(1), shutdown: at(2), values: Array.from({ length: count }, (_value, k) => at(4 + k)) };
    if (![cost.startup, cost.shutdown, ...cost.values].every(Number.isFinite)) return fail('holds a number that is not finite');
    return cost;
  });
}

function nameBuses(grid: BalancedGrid, mpc: CaseStruct, warn: Warn): void {
  const names = mpc.fields.get('bus_name');
  if (names === undefined) return;
  const line = mpc.fieldLines.get('bus_name') ?? 0;
  if (names.kind !== 'cell' || names.items.length !== grid.buses.length || names.items.some((item) => item.kind !== 'text')) {
    warn(`mpc.bus_name is left out: it is no list of ${grid.buses.length} names`, line);
    return;
  }
  grid.buses.forEach((bus, k) => {
    const item = names.items[k];
    if (item.kind === 'text' && item.value !== '') bus.name = item.value;
  });
}

function warnOfOtherFields(mpc: CaseStruct, warn: Warn): void {
  const others = [...mpc.fields.keys()].filter((field) => !KNOWN_FIELDS.has(field));
  const lines = dcLinesInService(mpc.fields.get('dcline'));
  const dcLine = mpc.fieldLines.get('dcline') ?? 0;
  if (lines > 0) {
    warn(
      `mpc.dcline: ${lines} DC line${lines > 1 ? 's' : ''} in service; DC lines are not modelled, as MATPOWER's runpf leaves them out by itself`,
      dcLine,
    );
  }
  const unused = others.filter((field) => field !== 'dcline' || lines === 0).map((field) => `mpc.${field}`);
  if (unused.length === 0) return;
  const shown = unused.length > 12 ? `${unused.slice(0, 12).join(', ')} and ${unused.length - 12} more` : unused.join(', ');
  warn(`${shown}: not used by a power flow, left out`, mpc.fieldLines.get(unused[0].slice(4)) ?? 0);
}

/** Rows of the table of DC lines whose third column, the status, is not 0. */
function dcLinesInService(table: Value | undefined): number {
  if (table?.kind !== 'matrix' || sizeOf(table) === 0 || table.cols < 3) return 0;
  return table.data.subarray(2 * table.rows, 3 * table.rows).filter((status) => status !== 0).length;
}
