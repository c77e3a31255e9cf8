/** The batch bench: which cases there are, in which order they are measured, and how their rows are printed. */
import { loadFeeder } from '../feeders/index.js';
import type { Grid } from '../grid/index.js';
import { GridError } from '../grid/index.js';
import type { BatchMethod, KernelBackend, Precision } from '../powerflow/index.js';
import { BenchCase, type BenchRow, type Varied } from './bench-measure.js';
import type { Timer } from './bench-timer.js';
import { markdownTable, narrowTable } from './markdown-table.js';

/** A case by the id under which its rows stand. */
export interface CaseName {
  id: string;
  feeder: string;
  varied?: Varied;
}

/**
 * The cases measured where none is named. `ieee8500` is the feeder with unbalanced secondary loads; in `-taps` the taps of regulators and the
 * states of capacitors are random in each scenario too, in `-switches` also three switches; in `-controls` the feeder's controls act in each scenario.
 */
export const BENCH_CASES: readonly CaseName[] = [
  { id: 'ieee13', feeder: 'ieee13' },
  { id: 'ieee37', feeder: 'ieee37' },
  { id: 'ieee123', feeder: 'ieee123' },
  { id: 'ieee123-taps', feeder: 'ieee123', varied: 'loads, taps and capacitors' },
  { id: 'ieee123-switches', feeder: 'ieee123', varied: 'loads, taps, capacitors and switches' },
  { id: 'ieee123-controls', feeder: 'ieee123', varied: 'loads, with controls' },
  { id: 'tree131', feeder: 'tree131' },
  { id: 'tree131-meshed', feeder: 'tree131-meshed' },
  { id: 'feeders-20x50', feeder: 'feeders-20x50' },
  { id: 'european-lv', feeder: 'european-lv' },
  { id: 'ieee8500', feeder: 'ieee8500-unbalanced' },
];

/** The cases of a quick run. */
export const QUICK_CASES: readonly string[] = ['ieee13', 'ieee123', 'tree131-meshed'];

/** Methods of a batch, the quickest first. */
export const BENCH_METHODS: readonly BatchMethod[] = ['chord', 'sweep', 'injection', 'newton'];

/** What to run. */
export interface BenchSettings {
  /** Ids of {@link BENCH_CASES}, names of any feeders, or grids with the id under which their rows are to stand. */
  cases: readonly (string | { id: string; grid: Grid })[];
  methods: readonly BatchMethod[];
  backends: readonly KernelBackend[];
  precisions: readonly Precision[];
  /** Only kernels of so many lanes; all where undefined. */
  lanes?: number;
  /** Batch sizes; empty: one that fits the memory, at most 4096. */
  scenarios: readonly number[];
  seconds: number;
  checked: number;
}

/** Rows, and in words what was asked for and does not apply. */
export interface BenchResult {
  rows: BenchRow[];
  notes: string[];
}

/** Most bytes of voltages and powers of a batch whose size is not given. */
const BATCH_BYTES = 64 * 2 ** 20;

/** Largest power of two of scenarios, at most 4096, whose numbers take no more than 64 MB. */
export function defaultScenarios(nodes: number): number {
  const fitting = Math.floor(BATCH_BYTES / (32 * nodes));
  return Math.max(1, Math.min(4096, 2 ** Math.floor(Math.log2(Math.max(1, fitting)))));
}

/** Measures one grid by some methods and backends; rows go to `result` as they come. */
export function runCase(
  { id, varied }: Omit<CaseName, 'feeder'>,
  grid: Grid,
  settings: BenchSettings,
  timer: Timer,
  result: BenchResult,
  say: (text: string) => void,
): void {
  const nodes = [...grid.buses.values()].length * 3;
  const sizes = settings.scenarios.length > 0 ? settings.scenarios : [defaultScenarios(nodes)];
  const bench = new BenchCase(grid, Math.max(...sizes), varied);
  const both = settings.precisions.length > 1;
  for (const method of settings.methods) {
    for (const precision of settings.precisions) {
      // Asked for both, one gets single precision where it applies.
      if (both && precision === 'single' && (method !== 'chord' || (varied ?? 'loads') !== 'loads')) continue;
      let tolerancePu: number | undefined;
      let scalar: Pick<BenchRow, 'scalarMicroseconds' | 'scalarProcessorMicroseconds'> | undefined;
      try {
        for (const backend of settings.backends) {
          if (settings.lanes !== undefined && lanesIn(backend, precision) !== settings.lanes) continue;
          if (both && precision === 'single' && !backend.single) continue;
          for (const scenarios of sizes) {
            say(`${id}, ${method}, ${backend.name}, ${precision} precision, ${scenarios} scenarios`);
            const { seconds, checked } = settings;
            const row = bench.measure(
              { case: id, grid, method, backend, precision, scenarios, seconds, checked, scalar: scalar === undefined },
              timer,
              tolerancePu,
            );
            tolerancePu = row.tolerancePu;
            const { scalarMicroseconds, scalarProcessorMicroseconds } = row;
            scalar ??= { scalarMicroseconds, scalarProcessorMicroseconds };
            result.rows.push({ ...row, ...scalar });
          }
        }
      } catch (error) {
        if (!(error instanceof GridError)) throw error;
        result.notes.push(`${id}, ${method}: ${error.message}`);
      }
    }
  }
}

/** Lanes of a backend's kernels in a precision; 0 where it has none. */
export function lanesIn(backend: KernelBackend, precision: Precision): number {
  return (precision === 'single' ? backend.single?.lanes : backend.lanes) ?? 0;
}

/** Runs the suite. Throws an InputError for a feeder that there is none of. */
export async function runSuite(settings: BenchSettings, timer: Timer, say: (text: string) => void): Promise<BenchResult> {
  const result: BenchResult = { rows: [], notes: [] };
  for (const name of settings.cases) {
    if (typeof name === 'object') {
      runCase({ id: name.id }, name.grid, settings, timer, result, say);
      continue;
    }
    const known = BENCH_CASES.find((one) => one.id === name);
    runCase(known ?? { id: name }, await loadFeeder(known?.feeder ?? name), settings, timer, result, say);
  }
  return result;
}

/** A number with three digits that matter. */
export function shortNumber(value: number): string {
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size < 0.001 || size >= 1e6) return value.toExponential(1);
  return size >= 100 ? value.toFixed(0) : value.toFixed(Math.max(0, 2 - Math.floor(Math.log10(size))));
}

/** A share of scenarios in words. */
export function shareText(share: number): string {
  return share === 1 ? 'all' : `${(100 * share).toFixed(2)} %`;
}

/** Columns that matter most, the first the most: those that are printed where the table is to fit on a screen. */
const MAIN_COLUMNS = ['case', 'method', 'backend', 'scenarios', 'µs a scenario', 'converged', 'node error pu', 'times scalar', 'nodes'];

/**
 * The table, as Markdown.
 *
 * @param peak operations a second of one core at two doubles an instruction; wider backends are held against as many times more. Undefined: the main columns alone
 */
export function benchTable(rows: readonly BenchRow[], peak?: number): string {
  const header = [
    'case',
    'nodes',
    'method',
    'backend',
    'precision',
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
    const iteration = (row.processorMicroseconds * 1e-6) / row.iterationsMean;
    const perSecond = row.operationsPerIteration / iteration;
    return [
      row.case,
      String(row.nodes),
      row.method,
      row.backend,
      row.precision,
      String(row.lanes),
      String(row.scenarios),
      shortNumber(row.microsecondsPerScenario),
      shortNumber(row.processorMicroseconds),
      shortNumber(row.microsecondsPerIteration),
      row.iterationsMean.toFixed(1),
      row.mismatchPuMax.toExponential(1),
      row.nodeErrorPuMax.toExponential(1),
      shareText(row.convergedShare),
      row.scalarProcessorMicroseconds === null ? '-' : shortNumber(row.scalarProcessorMicroseconds),
      row.scalarProcessorMicroseconds === null ? '-' : (row.scalarProcessorMicroseconds / row.processorMicroseconds).toFixed(1),
      (perSecond / 1e9).toFixed(1),
      `${((100 * perSecond) / (((peak ?? Number.NaN) * row.lanes) / 2)).toFixed(0)} %`,
      (row.bytesPerIteration / iteration / 1e9).toFixed(0),
    ];
  });
  const left = [0, 2, 3, 4];
  const main = rows.some(({ precision }) => precision !== 'double') ? ['precision', ...MAIN_COLUMNS] : MAIN_COLUMNS;
  return peak === undefined ? narrowTable(header, lines, left, main) : markdownTable(header, lines, left);
}

/** What the machine could do, in words, to stand under the table. */
export function peakLine(peak: number): string {
  return (
    `Roofline: one core here does ${(peak / 1e9).toFixed(1)} GFLOP/s at two doubles an instruction (measured: independent multiplications and additions in ` +
    'registers); backends with more lanes are held against as many times more. Operations and bytes are counted from the plan; rates and ' +
    'ratios are of processor time.'
  );
}
