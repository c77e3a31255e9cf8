/**
 * The bench of single solutions.
 *
 * What is timed: one scenario at a time, every load and generator given new random powers (0.8 to 1.2 of nominal, watts and vars apart) before each solve, started
 * warm from the solution before, controls off; writing the powers counts, drawing the random numbers does not. The tolerance is loosened per method and feeder as
 * long as every checked node stays within 1e-6 pu of the same scenario solved to rounding; the error found stands in the table. Medians of repeats.
 */
import { execFileSync } from 'node:child_process';
import { randomSource } from '../src/cli/bench-measure.js';
import { listFeeders, loadFeeder } from '../src/feeders/index.js';
import { CompiledSolver, type MethodName, ScenarioSolver } from '../src/powerflow/index.js';

/** Largest node error allowed in a timed solution, per unit. */
const ERROR_ALLOWED = 1e-6;
const SCENARIOS_CHECKED = 20;

/** A feeder and method. */
export interface SingleRow {
  feeder: string;
  nodes: number;
  method: MethodName;
  tolerancePu: number;
  microseconds: number;
  fastestMicroseconds: number;
  iterationsMean: number;
  errorPuMax: number;
  mismatchPuMax: number;
  convergedShare: number;
  kernelMegabytes: number;
}

/** From a feeder's name to its first solution. */
export interface CompileRow {
  feeder: string;
  nodes: number;
  readMs: number;
  firstSolutionMs: number;
  residentMegabytes: number;
}

const DEFAULT_FEEDERS = ['ieee13', 'ieee34', 'ieee37', 'ieee123', 'european-lv', 'ieee8500', 'ieee8500-unbalanced'];

function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1];
}

/** Draws new powers for every injection. */
function draw(solver: ScenarioSolver, nominal: readonly [Float64Array, Float64Array], random: () => number): void {
  for (let i = 0; i < solver.powerKw.length; i++) {
    solver.powerKw[i] = nominal[0][i] * (0.8 + 0.4 * random());
    solver.powerKvar[i] = nominal[1][i] * (0.8 + 0.4 * random());
  }
}

/** Base voltage of each node: the magnitude it has without load. */
function nodeBases(voltages: Float64Array): Float64Array {
  return Float64Array.from({ length: voltages.length / 2 }, (_, i) => Math.hypot(voltages[2 * i], voltages[2 * i + 1]) || 1);
}

async function timeMethod(feeder: string, method: MethodName, quick: boolean): Promise<SingleRow | string> {
  const grid = await loadFeeder(feeder);
  let exact: ScenarioSolver;
  try {
    exact = new ScenarioSolver(grid, { method, tolerance: 1e-11 });
    if (!exact.solve()) exact = new ScenarioSolver(grid, { method: 'newton', tolerance: 1e-11 });
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  exact.solve();
  const bases = nodeBases(exact.readVoltages());
  for (const tolerancePu of [1e-4, 3e-5, 1e-5, 3e-6, 1e-6, 3e-7, 1e-7, 1e-8, 1e-9]) {
    const solver = new ScenarioSolver(grid, { method, tolerance: tolerancePu });
    const nominal = [Float64Array.from(solver.powerKw), Float64Array.from(solver.powerKvar)] as const;
    const random = randomSource(1);
    let error = 0;
    let mismatch = 0;
    let converged = 0;
    for (let k = 0; k < SCENARIOS_CHECKED; k++) {
      draw(solver, nominal, random);
      if (solver.solve()) converged++;
      exact.powerKw.set(solver.powerKw);
      exact.powerKvar.set(solver.powerKvar);
      exact.solve();
      const [found, wanted] = [solver.readVoltages(), exact.readVoltages()];
      for (let i = 0; i < bases.length; i++) {
        error = Math.max(error, Math.hypot(found[2 * i] - wanted[2 * i], found[2 * i + 1] - wanted[2 * i + 1]) / bases[i]);
      }
      mismatch = Math.max(mismatch, solver.mismatch(found).largestPu);
    }
    if (converged === 0) return 'does not converge';
    if (error > ERROR_ALLOWED) continue;
    const repeats = Math.max(20, Math.min(quick ? 200 : 4000, Math.round((quick ? 20000 : 400000) / solver.nodeCount)));
    const times: number[] = [];
    let iterations = 0;
    let reached = 0;
    for (let k = -Math.min(repeats, 200); k < repeats; k++) {
      draw(solver, nominal, random);
      const from = performance.now();
      const ok = solver.solve();
      const to = performance.now();
      if (k < 0) continue;
      times.push((to - from) * 1000);
      iterations += solver.iterations;
      if (ok) reached++;
    }
    return {
      feeder,
      nodes: solver.nodeCount,
      method,
      tolerancePu,
      microseconds: median(times),
      fastestMicroseconds: Math.min(...times),
      iterationsMean: iterations / repeats,
      errorPuMax: error,
      mismatchPuMax: mismatch,
      convergedShare: reached / repeats,
      kernelMegabytes: solver.memoryBytes / 2 ** 20,
    };
  }
  return `is not within ${ERROR_ALLOWED} pu at any tolerance tried`;
}

/** From the feeder's name to its first solution in this process. */
export async function compileOnce(feeder: string): Promise<CompileRow> {
  const from = performance.now();
  const grid = await loadFeeder(feeder);
  const read = performance.now();
  const solver = new CompiledSolver(grid);
  const report = solver.solve();
  const to = performance.now();
  if (!report.converged) throw new Error(`${feeder} does not converge`);
  return {
    feeder,
    nodes: solver.plans.compiled.nodeCount,
    readMs: read - from,
    firstSolutionMs: to - from,
    residentMegabytes: process.memoryUsage().rss / 2 ** 20,
  };
}

/** The same in fresh processes, nothing warm: this program is started anew with `--compile-one`. */
function compileFresh(feeder: string, quick: boolean): CompileRow {
  const rows = Array.from({ length: quick ? 1 : 5 }, () => {
    const text = execFileSync(process.execPath, [...process.execArgv, process.argv[1], '--compile-one', feeder], { encoding: 'utf8' });
    return JSON.parse(text) as CompileRow;
  });
  const middle = (pick: (row: CompileRow) => number): number => median(rows.map(pick));
  return {
    ...rows[0],
    readMs: middle((row) => row.readMs),
    firstSolutionMs: middle((row) => row.firstSolutionMs),
    residentMegabytes: middle((row) => row.residentMegabytes),
  };
}

function table(rows: SingleRow[], compile: CompileRow[], notes: string[]): string {
  const lines = [
    '| feeder | nodes | method | µs a solution | fastest | iterations | tolerance pu | node error pu | mismatch pu | converged |',
    '|---|---|---|---|---|---|---|---|---|---|',
    ...rows.map(
      (r) =>
        `| ${r.feeder} | ${r.nodes} | ${r.method} | ${r.microseconds.toFixed(1)} | ${r.fastestMicroseconds.toFixed(1)} | ${r.iterationsMean.toFixed(1)} | ${r.tolerancePu} | ${r.errorPuMax.toExponential(1)} | ${r.mismatchPuMax.toExponential(1)} | ${r.convergedShare} |`,
    ),
    '',
    '| feeder | nodes | read ms | name to first solution ms, fresh process | resident MB |',
    '|---|---|---|---|---|',
    ...compile.map(
      (r) => `| ${r.feeder} | ${r.nodes} | ${r.readMs.toFixed(0)} | ${r.firstSolutionMs.toFixed(0)} | ${r.residentMegabytes.toFixed(0)} |`,
    ),
    '',
    growth(rows),
    ...notes,
  ];
  return lines.join('\n');
}

/** Exponent of time against nodes over the fastest method a feeder, by least squares in logarithms. */
function growth(rows: SingleRow[]): string {
  const best = new Map<string, SingleRow>();
  for (const row of rows) if (row.microseconds < (best.get(row.feeder)?.microseconds ?? Infinity)) best.set(row.feeder, row);
  const points = [...best.values()].map((row) => [Math.log(row.nodes), Math.log(row.microseconds)] as const);
  if (points.length < 3) return '';
  const mean = (k: 0 | 1): number => points.reduce((sum, point) => sum + point[k], 0) / points.length;
  const [mx, my] = [mean(0), mean(1)];
  const slope = points.reduce((sum, [x, y]) => sum + (x - mx) * (y - my), 0) / points.reduce((sum, [x]) => sum + (x - mx) ** 2, 0);
  return `Growth: time of the fastest method goes as nodes^${slope.toFixed(2)} over these feeders.`;
}

/** What the bench of single solutions gives. */
export interface SingleBench {
  rows: SingleRow[];
  compile: CompileRow[];
  notes: string[];
  /** The tables as Markdown. */
  text: string;
}

/** Runs the bench of single solutions over some feeders, or over those that everyone knows. */
export async function runSingleBench(quick: boolean, names: readonly string[] | undefined, say: (text: string) => void): Promise<SingleBench> {
  const known = new Set(listFeeders().map((feeder) => feeder.name));
  const feeders = names ?? (quick ? ['ieee13', 'ieee123'] : DEFAULT_FEEDERS.filter((name) => known.has(name)));
  const rows: SingleRow[] = [];
  const notes: string[] = [];
  for (const feeder of feeders) {
    for (const method of ['sweep', 'injection', 'newton'] as const) {
      say(`${feeder} ${method}, single solutions`);
      const row = await timeMethod(feeder, method, quick);
      if (typeof row === 'string') notes.push(`${feeder}, ${method}: ${row}`);
      else rows.push(row);
    }
  }
  const compile = feeders.map((feeder) => compileFresh(feeder, quick));
  return { rows, compile, notes, text: table(rows, compile, notes) };
}
