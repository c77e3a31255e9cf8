/**
 * The balanced suite of `npm run bench`: transmission grids by every method and kind of steps, batch sizes from 1 to 65,536, one scenario alone, topology as an input, and lanes
 * without a solution. What is timed and how it is checked stands in src/cli/balanced-measure.ts.
 */
import { BalancedCase, type BalancedRow, METHOD_OF_STEPS } from '../src/cli/balanced-measure.js';
import { BALANCED_ROW_METHODS, balancedTable, type NamedCase, runBalancedSuite } from '../src/cli/balanced-suite.js';
import { measurePeak } from '../src/cli/bench-peak.js';
import { peakLine, shortNumber } from '../src/cli/bench-suite.js';
import { findTimer, type Timer } from '../src/cli/bench-timer.js';
import { type ContingencyBenchRow, contingencyBenchText, measureContingencies } from '../src/cli/contingency-measure.js';
import { markdownTable } from '../src/cli/markdown-table.js';
import { type BackendName, BalancedBatch, type BatchSteps, backendSummary, chooseBackend, type KernelBackend } from '../src/powerflow/index.js';
import '../src/powerflow/node-native.js';
import { measureTopology, type TopologyRow, topologyText } from '../src/cli/topology-measure.js';
import { BALANCED_CASES, balancedCases } from './balanced-cases.js';
import { type HopelessRow, hopelessText, measureHopeless } from './balanced-hopeless.js';

/** What the balanced suite gives. */
export interface BalancedBench {
  rows: (BalancedRow | TopologyRow | ContingencyBenchRow | HopelessRow)[];
  notes: string[];
  /** The whole report as Markdown. */
  text: string;
}

const SIZES_CASE = 'case118';
const ALONE_CASE = 'case1354pegase';
/** What one scenario of {@link ALONE_CASE} alone may take, microseconds. */
const ALONE_GOALS = { native: 300, wasm: 600 } as const;
const ALL_STEPS: readonly BatchSteps[] = ['newton', 'mixed', 'shared'];

/** The widest native backend, and WebAssembly. */
function bothBackends(): KernelBackend[] {
  return [...new Set([chooseBackend('auto', 'batch'), chooseBackend('wasm', 'batch')])];
}

/** All that there are here. */
function everyBackend(): KernelBackend[] {
  return backendSummary().available.map((name) => chooseBackend(name.startsWith('wasm') ? 'wasm' : (name as BackendName), 'batch'));
}

/** Time a scenario against the batch's size, by the steps that `auto` takes. */
function measureSizes({ id, grid }: NamedCase, quick: boolean, timer: Timer, say: (text: string) => void): BalancedRow[] {
  const sizes = quick ? [1, 64, 1024] : [1, 8, 64, 256, 1024, 4096, 16_384, 65_536];
  const bench = new BalancedCase(id, grid, Math.max(...sizes));
  return bothBackends().flatMap((backend) =>
    sizes.map((scenarios) => {
      say(`${id}, ${backend.name}, ${scenarios} scenarios`);
      return bench.measure({ method: bench.autoMethod, backend, scenarios, seconds: quick ? 0.02 : 0.5, checked: 8, scalar: false }, timer);
    }),
  );
}

function sizesText(rows: readonly BalancedRow[]): string {
  const ratios = [...new Set(rows.map((row) => row.backend))].map((name) => {
    const large = rows.filter((row) => row.backend === name && row.scenarios >= 1024).map((row) => row.processorMicroseconds);
    return `${name} ${(Math.max(...large) / Math.min(...large)).toFixed(2)}`;
  });
  const header = ['backend', 'lanes', 'scenarios', 'µs a scenario', 'processor µs', 'iterations', 'mismatch pu', 'node error pu'];
  const lines = rows.map((row) => [
    row.backend,
    String(row.lanes),
    String(row.scenarios),
    shortNumber(row.microsecondsPerScenario),
    shortNumber(row.processorMicroseconds),
    row.iterationsMean.toFixed(1),
    row.mismatchPuMax.toExponential(1),
    row.nodeErrorPuMax.toExponential(1),
  ]);
  return `Batch sizes, ${rows[0].case} by ${rows[0].method} (slowest over fastest from 1,024 scenarios on: ${ratios.join(', ')})

${markdownTable(header, lines, [0])}`;
}

/** One scenario alone by every backend and kind of steps. */
function measureAlone({ id, grid }: NamedCase, quick: boolean, timer: Timer, say: (text: string) => void): BalancedRow[] {
  const bench = new BalancedCase(id, grid, 16);
  return (quick ? bothBackends() : everyBackend()).flatMap((backend) =>
    ALL_STEPS.map((steps) => {
      say(`${id}, one scenario alone, ${steps} steps, ${backend.name}`);
      return bench.measure({ method: METHOD_OF_STEPS[steps], backend, scenarios: 1, seconds: quick ? 0.02 : 0.5, checked: 1, scalar: false }, timer);
    }),
  );
}

/** The quickest of some rows in words, and beside the goal where the case has one. */
function bestAlone(rows: readonly BalancedRow[], kind: keyof typeof ALONE_GOALS): string | undefined {
  const own = rows.filter(({ backend }) => backend.startsWith(kind));
  if (own.length === 0) return undefined;
  const best = own.reduce((a, b) => (b.processorMicroseconds < a.processorMicroseconds ? b : a));
  const goal = best.case === ALONE_CASE ? ` (goal ${ALONE_GOALS[kind]})` : '';
  return `${best.backend} by ${best.method} ${shortNumber(best.processorMicroseconds)} µs${goal}`;
}

function aloneText(rows: readonly BalancedRow[], chosen: string): string {
  const header = ['method', 'auto', 'backend', 'lanes', 'µs', 'processor µs', 'iterations', 'mismatch pu', 'node error pu'];
  const lines = rows.map((row) => [
    row.method,
    row.auto ? 'takes it' : '',
    row.backend,
    String(row.lanes),
    shortNumber(row.microsecondsPerScenario),
    shortNumber(row.processorMicroseconds),
    row.iterationsMean.toFixed(1),
    row.mismatchPuMax.toExponential(1),
    row.nodeErrorPuMax.toExponential(1),
  ]);
  const best = (['native', 'wasm'] as const).flatMap((kind) => bestAlone(rows, kind) ?? []);
  return `One scenario alone, ${rows[0].case} (a batch of one takes ${chosen} by itself), from the solution of the case as it stands; best by processor time: ${best.join(', ')}

${markdownTable(header, lines, [0, 1, 2])}`;
}

/** Runs the balanced suite. */
export function runBalancedBench(quick: boolean, say: (text: string) => void): BalancedBench {
  const timer = findTimer();
  const notes: string[] = [];
  const cases = balancedCases(quick ? ['case14', 'case118'] : BALANCED_CASES, notes);
  const backends = bothBackends();
  const result = runBalancedSuite(
    {
      cases,
      methods: BALANCED_ROW_METHODS,
      backends,
      scenarios: quick ? [256] : [],
      seconds: quick ? 0.05 : 0.5,
      checked: quick ? 4 : 16,
    },
    timer,
    say,
  );
  notes.push(...result.notes);
  const named = (id: string): NamedCase | undefined => cases.find((one) => one.id === id);
  const peak = measurePeak();
  const parts = [
    `Balanced grids in batches: each load times a random factor in 0.8 to 1.2, generation times the total load over the case's, from the solution of the case as it
stands, to a mismatch of 1e-8 pu; timed by ${timer.name}. Mismatch is summed up anew branch by branch over all scenarios; "scalar" is the same method (for all of Newton's steps Newton's) in plain
TypeScript, symbolic work and the factors of the other methods done once. By dc mismatch and node error are those of the DC power flow`,
    balancedTable(result.rows, peak),
    peakLine(peak),
  ];
  const rows: BalancedBench['rows'] = [...result.rows];
  const sizesCase = named(SIZES_CASE);
  if (sizesCase) {
    const sizes = measureSizes(sizesCase, quick, timer, say);
    parts.push(sizesText(sizes));
    rows.push(...sizes);
  }
  const aloneCase = named(quick ? 'case14' : ALONE_CASE);
  if (aloneCase) {
    const alone = measureAlone(aloneCase, quick, timer, say);
    parts.push(aloneText(alone, new BalancedBatch(aloneCase.grid, { scenarios: 1 }).backend));
    rows.push(...alone);
  }
  const topology: TopologyRow[] = [];
  for (const one of cases.filter(({ id }) => (quick ? ['case14'] : [SIZES_CASE, ALONE_CASE]).includes(id))) {
    for (const backend of backends) {
      say(`${one.id}, topology, ${backend.name}`);
      // As many as elsewhere in the suite: scenarios with the same substation split stand side by side, and in small batches there are few such.
      const scenarios = quick ? 64 : one.grid.buses.length > 1000 ? 512 : 4096;
      topology.push(...measureTopology(one, backend, scenarios, quick ? 3 : 15, quick ? 4 : 16));
    }
  }
  const contingencies: ContingencyBenchRow[] = [];
  for (const one of quick ? cases.slice(0, 1) : cases) {
    say(`${one.id}, contingencies`);
    contingencies.push(...measureContingencies(one, backends, quick ? 3 : 5));
  }
  const hopeless: HopelessRow[] = [];
  const hopelessCase = named(quick ? 'case14' : SIZES_CASE);
  for (const backend of hopelessCase ? backends : []) {
    for (const steps of ALL_STEPS) {
      say(`hopeless lanes, ${steps} steps, ${backend.name}`);
      hopeless.push(measureHopeless(hopelessCase as NamedCase, backend, steps, quick ? 256 : 1024, quick ? 3 : 15));
    }
  }
  parts.push(topologyText(topology), contingencyBenchText(contingencies), hopelessText(hopeless));
  rows.push(...topology, ...contingencies, ...hopeless);
  if (notes.length > 0) parts.push(notes.join('\n'));
  return { rows, notes, text: parts.join('\n\n') };
}
