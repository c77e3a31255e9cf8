/** Batches of balanced grids in the bench: in which order methods and backends are measured, and how their rows are printed. */
import { type BalancedGrid, GridError, InputError } from '../grid/index.js';
import type { BalancedMethod, KernelBackend } from '../powerflow/index.js';
import { BalancedCase, type BalancedMethodName, type BalancedRow, methodBehind, type ScalarTimes } from './balanced-measure.js';
import { defaultScenarios, shareText, shortNumber } from './bench-suite.js';
import type { Timer } from './bench-timer.js';
import { markdownTable, narrowTable } from './markdown-table.js';

/** Methods by the names that rows have. */
export const BALANCED_ROW_METHODS = [
  'newton',
  'newton-mixed',
  'newton-shared',
  'fast-decoupled',
  'fast-decoupled-bx',
  'dc',
] as const satisfies readonly BalancedMethodName[];

/** Methods that can be asked for; `auto` stands for one of Newton's. */
export const BALANCED_METHODS = [...BALANCED_ROW_METHODS, 'auto'] as const;

/** A balanced grid by the id under which its rows stand. */
export interface NamedCase {
  id: string;
  grid: BalancedGrid;
}

/** What to run. */
export interface BalancedSettings {
  cases: readonly NamedCase[];
  methods: readonly (typeof BALANCED_METHODS)[number][];
  backends: readonly KernelBackend[];
  /** Batch sizes; empty: one that fits the memory, at most 4096. */
  scenarios: readonly number[];
  seconds: number;
  checked: number;
}

/** Rows, and in words what could not be measured. */
export interface BalancedResult {
  rows: BalancedRow[];
  notes: string[];
}

/** Lanes of a backend's kernels of balanced grids. */
export function balancedLanes(backend: KernelBackend): number {
  return backend.balancedLanes ?? backend.lanes;
}

/** Measures one case by some methods, backends and sizes; rows go to `result` as they come, and in words the methods that cannot be. */
export function runBalancedCase(
  { id, grid }: NamedCase,
  settings: BalancedSettings,
  timer: Timer,
  result: BalancedResult,
  say: (text: string) => void,
): void {
  const sizes = settings.scenarios.length > 0 ? settings.scenarios : [defaultScenarios(grid.buses.length)];
  const scalars = new Map<BalancedMethod, ScalarTimes>();
  const bench = new BalancedCase(id, grid, Math.max(...sizes));
  const measured = new Set<BalancedMethodName>();
  for (const named of settings.methods) {
    try {
      const method = named === 'auto' ? bench.autoMethod : named;
      if (measured.has(method)) continue;
      measured.add(method);
      for (const backend of settings.backends) {
        for (const scenarios of sizes) {
          say(`${id}, ${method}, ${backend.name}, ${scenarios} scenarios`);
          const { seconds, checked } = settings;
          const known = scalars.get(methodBehind(method));
          const row = bench.measure({ method, backend, scenarios, seconds, checked, scalar: known === undefined }, timer);
          const { scalarMicroseconds, scalarProcessorMicroseconds, scalarIterationsMean } = row;
          const scalar = known ?? { scalarMicroseconds, scalarProcessorMicroseconds, scalarIterationsMean };
          scalars.set(methodBehind(method), scalar);
          result.rows.push({ ...row, ...scalar });
        }
      }
    } catch (error) {
      if (!(error instanceof GridError || error instanceof InputError)) throw error;
      // What holds for several methods is said once.
      const note = `${id}: ${error.message}`;
      if (!result.notes.includes(note)) result.notes.push(note);
    }
  }
}

/** Runs all cases. */
export function runBalancedSuite(settings: BalancedSettings, timer: Timer, say: (text: string) => void): BalancedResult {
  const result: BalancedResult = { rows: [], notes: [] };
  for (const one of settings.cases) runBalancedCase(one, settings, timer, result, say);
  return result;
}

/** Columns that matter most, the first the most: those that are printed where the table is to fit on a screen. */
const MAIN_COLUMNS = ['case', 'method', 'backend', 'scenarios', 'µs a scenario', 'node error pu', 'converged', 'times scalar', 'iterations', 'buses'];

/**
 * The table, as Markdown.
 *
 * @param peak operations a second of one core at two doubles an instruction; wider backends are held against as many times more. Undefined: the main columns alone
 */
export function balancedTable(rows: readonly BalancedRow[], peak?: number): string {
  const header = [
    'case',
    'buses',
    'method',
    'auto',
    'backend',
    'lanes',
    'scenarios',
    'µs a scenario',
    'processor µs',
    'µs an iteration',
    'iterations',
    'mismatch pu',
    'node error pu',
    'converged',
    'scalar processor µs',
    'times scalar',
    'GFLOP/s',
    'of peak',
    'GB/s',
  ];
  const lines = rows.map((row) => {
    // By processor time, so that a busy machine does not look like a slow kernel.
    const perSecond = row.operationsPerScenario / (row.processorMicroseconds * 1e-6);
    return [
      row.case,
      String(row.buses),
      row.method,
      row.auto ? 'takes it' : '',
      row.backend,
      String(row.lanes),
      String(row.scenarios),
      shortNumber(row.microsecondsPerScenario),
      shortNumber(row.processorMicroseconds),
      row.microsecondsPerIteration === null ? '-' : shortNumber(row.microsecondsPerIteration),
      row.iterationsMean.toFixed(1),
      row.mismatchPuMax.toExponential(1),
      row.nodeErrorPuMax.toExponential(1),
      shareText(row.convergedShare),
      row.scalarProcessorMicroseconds === null ? '-' : shortNumber(row.scalarProcessorMicroseconds),
      row.scalarProcessorMicroseconds === null ? '-' : (row.scalarProcessorMicroseconds / row.processorMicroseconds).toFixed(1),
      (perSecond / 1e9).toFixed(1),
      `${((100 * perSecond) / (((peak ?? Number.NaN) * row.doublesPerInstruction) / 2)).toFixed(0)} %`,
      (row.bytesPerScenario / row.processorMicroseconds / 1e3).toFixed(0),
    ];
  });
  const left = [0, 2, 3, 4];
  return peak === undefined ? narrowTable(header, lines, left, MAIN_COLUMNS) : markdownTable(header, lines, left);
}
