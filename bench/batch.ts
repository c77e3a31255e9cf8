/**
 * The batch suite of `npm run bench`: the cases of `busbar bench` by every method, batch sizes from 1 to 65,536 (flat from about a thousand on?), radial networks
 * of 100 to 100,000 nodes (linear?) and pools of workers (workers.ts). What is timed and how it is checked stands in src/cli/bench-measure.ts.
 */
import { BenchCase, type BenchRow } from '../src/cli/bench-measure.js';
import { measurePeak } from '../src/cli/bench-peak.js';
import { BENCH_CASES, BENCH_METHODS, type BenchSettings, benchTable, peakLine, QUICK_CASES, runSuite, shortNumber } from '../src/cli/bench-suite.js';
import { findTimer, type Timer } from '../src/cli/bench-timer.js';
import { loadFeeder } from '../src/feeders/index.js';
import { chooseBackend, type KernelBackend } from '../src/powerflow/index.js';
import '../src/powerflow/node-native.js';
import { hardLanesText, measureHardLanes } from './hard-lanes.js';
import { radialNetwork } from './radial-network.js';
import { measureWorkers, type WorkersRow, workersText } from './workers.js';

/** What the batch suite gives. */
export interface BatchBench {
  rows: (BenchRow | WorkersRow)[];
  notes: string[];
  /** The whole report as Markdown. */
  text: string;
}

/** Which parts to run. */
export interface BatchBenchOptions {
  quick: boolean;
  /** Feeders named by the user; then only the cases are measured. */
  feeders?: readonly string[];
  say: (text: string) => void;
}

const FLATNESS_CASE = 'ieee123';

function backends(): KernelBackend[] {
  const both = [chooseBackend('auto', 'batch'), chooseBackend('wasm', 'batch')];
  return both[0] === both[1] ? [both[1]] : both;
}

/** Time a scenario against the batch's size. */
async function flatness(quick: boolean, timer: Timer, say: (text: string) => void): Promise<BenchRow[]> {
  const sizes = quick ? [1, 64, 1024] : [1, 8, 64, 256, 1024, 4096, 16_384, 65_536];
  const grid = await loadFeeder(FLATNESS_CASE);
  const bench = new BenchCase(grid, Math.max(...sizes));
  const rows: BenchRow[] = [];
  let tolerancePu: number | undefined;
  for (const backend of backends()) {
    for (const scenarios of sizes) {
      say(`${FLATNESS_CASE}, ${backend.name}, ${scenarios} scenarios`);
      const request = {
        case: FLATNESS_CASE,
        grid,
        method: 'chord',
        backend,
        scenarios,
        seconds: quick ? 0.05 : 0.5,
        checked: 8,
        scalar: false,
      } as const;
      const row = bench.measure(request, timer, tolerancePu);
      tolerancePu ??= row.tolerancePu;
      rows.push(row);
    }
  }
  return rows;
}

/** Time a scenario against the network's size. */
function growth(quick: boolean, timer: Timer, say: (text: string) => void): BenchRow[] {
  const sizes = quick ? [100, 1000, 5000] : [100, 300, 1000, 3000, 10_000, 30_000, 100_000];
  const rows: BenchRow[] = [];
  const chosen = backends();
  // Networks of a thousand nodes and more are of feeders of one size, so one tolerance serves all; it is found where exact solutions are cheap.
  let tolerancePu: number | undefined;
  for (const nodes of sizes) {
    const grid = radialNetwork(nodes);
    const isLarge = nodes > 3000;
    const bench = new BenchCase(grid, 16);
    for (const backend of chosen) {
      say(`radial network of ${nodes} nodes, ${backend.name}`);
      const request = {
        case: grid.name,
        grid,
        method: 'chord',
        backend,
        scenarios: 16,
        seconds: quick ? 0.05 : 0.5,
        checked: isLarge ? 1 : 8,
        scalar: false,
      } as const;
      const row = bench.measure(request, timer, isLarge ? tolerancePu : undefined);
      tolerancePu = Math.min(tolerancePu ?? Infinity, row.tolerancePu / 3);
      rows.push(row);
    }
  }
  return rows;
}

/** Exponent of processor time an iteration against nodes, by least squares in logarithms. */
export function growthExponent(rows: readonly BenchRow[]): number {
  const points = rows.map((row) => [Math.log(row.nodes), Math.log(row.processorMicroseconds / row.iterationsMean)] as const);
  const mean = (k: 0 | 1): number => points.reduce((sum, point) => sum + point[k], 0) / points.length;
  const [mx, my] = [mean(0), mean(1)];
  return points.reduce((sum, [x, y]) => sum + (x - mx) * (y - my), 0) / points.reduce((sum, [x]) => sum + (x - mx) ** 2, 0);
}

function flatnessText(rows: readonly BenchRow[]): string {
  const lines = rows.map(
    (row) =>
      `| ${row.backend} | ${row.lanes} | ${row.scenarios} | ${shortNumber(row.microsecondsPerScenario)} | ${shortNumber(row.processorMicroseconds)} | ${row.nodeErrorPuMax.toExponential(1)} |`,
  );
  const ratios = [...new Set(rows.map((row) => row.backend))].map((name) => {
    const large = rows.filter((row) => row.backend === name && row.scenarios >= 1024).map((row) => row.processorMicroseconds);
    return `${name} ${(Math.max(...large) / Math.min(...large)).toFixed(2)}`;
  });
  return `Batch sizes, ${FLATNESS_CASE} by chord (slowest over fastest from 1,024 scenarios on: ${ratios.join(', ')})

| backend | lanes | scenarios | µs a scenario | processor µs | node error pu |
|---|---|---|---|---|---|
${lines.join('\n')}`;
}

function growthText(rows: readonly BenchRow[]): string {
  const lines = rows.map(
    (row) =>
      `| ${row.nodes} | ${row.backend} | ${shortNumber(row.microsecondsPerScenario)} | ${shortNumber(row.processorMicroseconds)} | ${row.iterationsMean.toFixed(1)} | ${shortNumber((1000 * row.processorMicroseconds) / row.iterationsMean / row.nodes)} | ${row.nodeErrorPuMax.toExponential(1)} |`,
  );
  const exponents = [...new Set(rows.map((row) => row.backend))].map(
    (name) => `${name}: nodes^${growthExponent(rows.filter((row) => row.backend === name)).toFixed(2)}`,
  );
  return `Growth, radial networks by chord, 16 scenarios (time an iteration goes as ${exponents.join(', ')})

| nodes | backend | µs a scenario | processor µs | iterations | processor ns a node and iteration | node error pu |
|---|---|---|---|---|---|---|
${lines.join('\n')}`;
}

/** Runs the batch suite. */
export async function runBatchBench({ quick, feeders, say }: BatchBenchOptions): Promise<BatchBench> {
  const timer = findTimer();
  const settings: BenchSettings = {
    cases: feeders ?? (quick ? QUICK_CASES : BENCH_CASES.map((one) => one.id)),
    methods: quick ? ['chord'] : BENCH_METHODS,
    backends: backends(),
    precisions: ['double', 'single'],
    scenarios: quick ? [256] : [],
    seconds: quick ? 0.1 : 0.5,
    checked: quick ? 8 : 32,
  };
  const { rows: measured, notes } = await runSuite(settings, timer, say);
  const rows: (BenchRow | WorkersRow)[] = [...measured];
  const peak = measurePeak();
  const parts = [
    `Batches: loads random in 0 to 1.5 of nominal, independent per load and scenario; from the base case's solution; timed by ${timer.name}`,
    benchTable(measured, peak),
    peakLine(peak),
  ];
  if (!feeders) {
    const flat = await flatness(quick, timer, say);
    const grown = growth(quick, timer, say);
    const shared = await measureWorkers(quick, backends(), say);
    const hard = await measureHardLanes(backends(), quick, say);
    parts.push(flatnessText(flat), growthText(grown), workersText(shared), hardLanesText(hard));
    rows.push(...flat, ...grown, ...shared);
  }
  if (notes.length > 0) parts.push(notes.join('\n'));
  return { rows, notes, text: parts.join('\n\n') };
}
