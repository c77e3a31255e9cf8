/**
 * What more workers bring: one batch solved by pools of 1, 2, 4, ... workers up to what the machine can run at once. The pools take turns, one solution each, so that
 * a machine that is busy with other things slows all of them alike; the ratio is the median over these rounds. Every pool's results are compared with a session's, bit by bit.
 */
import { availableParallelism } from 'node:os';
import { randomSource } from '../src/cli/bench-measure.js';
import { shortNumber } from '../src/cli/bench-suite.js';
import { loadFeeder } from '../src/feeders/index.js';
import { type BatchColumns, BatchSession, type KernelBackend } from '../src/powerflow/index.js';
import { BatchPool } from '../src/powerflow/node-index.js';

/** One line of the table. */
export interface WorkersRow {
  suite: 'power-flow-workers';
  case: string;
  backend: string;
  scenarios: number;
  workers: number;
  /** By the clock: median, and fastest. */
  microsecondsPerScenario: number;
  fastestMicroseconds: number;
  /** Of all threads together. */
  processorMicroseconds: number;
  /** Scenarios left to Newton's second pass, which is on the main thread for any number of workers. */
  secondPass: number;
  /** How many times as fast as one worker: median over the rounds, and fastest over fastest. */
  ratio: number;
  fastestRatio: number;
  rounds: number;
}

/** Feeders and batch sizes; a solution by one worker takes some 10 to 300 ms. */
const CASES = [
  { id: 'ieee13', scenarios: 16_384 },
  { id: 'ieee123', scenarios: 4096 },
  { id: 'european-lv', scenarios: 4096 },
  { id: 'ieee8500', scenarios: 512 },
];
const TOLERANCE_PU = 1e-6;
const MEAN_FACTOR = 0.75;

/** 1, 2, 4, ... and the machine's own number. */
function workerCounts(): number[] {
  const most = availableParallelism();
  const counts: number[] = [];
  for (let count = 1; count < most; count *= 2) counts.push(count);
  return [...counts, most];
}

function fill(batch: BatchColumns): void {
  const random = randomSource(17);
  batch.injections.forEach((element, i) => {
    const { kind, powerKw, powerKvar } = element as { kind: string; powerKw: number; powerKvar: number };
    const factors = Float64Array.from({ length: batch.scenarios }, () => (kind === 'load' ? 2 * MEAN_FACTOR * random() : 1));
    batch.setPowers(
      i,
      factors.map((factor) => factor * powerKw),
      factors.map((factor) => factor * powerKvar),
    );
  });
}

function middle(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1];
}

/** Throws where a pool's results are not the session's. */
function compare(session: BatchSession, pool: BatchPool): void {
  const isSame = [0, 1, Math.floor(session.scenarios / 2), session.scenarios - 1].every((scenario) => {
    const wanted = session.voltages(scenario);
    return pool.voltages(scenario).every((value, i) => Object.is(value, wanted[i]));
  });
  if (!isSame || !session.mismatchVa.every((value, scenario) => Object.is(value, pool.mismatchVa[scenario])))
    throw new Error(`${pool.workers} workers give other results than a session`);
}

async function measure(id: string, scenarios: number, backend: KernelBackend, seconds: number): Promise<WorkersRow[]> {
  const grid = await loadFeeder(id);
  const options = { scenarios, backend, tolerance: TOLERANCE_PU, baseMultiplier: MEAN_FACTOR };
  const session = new BatchSession(grid, options);
  fill(session);
  const { secondPass } = session.solve();
  const pools = workerCounts().map((workers) => new BatchPool(grid, { ...options, workers }));
  try {
    for (const pool of pools) {
      fill(pool);
      for (let k = 0; k < 3; k++) await pool.solve();
      compare(session, pool);
    }
    const times = pools.map((): number[] => []);
    const processor = pools.map(() => 0);
    const end = performance.now() + 1000 * seconds;
    while (times[0].length < 5 || performance.now() < end) {
      for (const [p, pool] of pools.entries()) {
        const usage = process.cpuUsage();
        const began = performance.now();
        await pool.solve();
        times[p].push(performance.now() - began);
        const { user, system } = process.cpuUsage(usage);
        processor[p] += user + system;
      }
    }
    const rounds = times[0].length;
    return pools.map((pool, p) => ({
      suite: 'power-flow-workers',
      case: id,
      backend: pool.backend,
      scenarios,
      workers: pool.workers,
      microsecondsPerScenario: (1000 * middle(times[p])) / scenarios,
      fastestMicroseconds: (1000 * Math.min(...times[p])) / scenarios,
      processorMicroseconds: processor[p] / rounds / scenarios,
      secondPass,
      ratio: middle(times[p].map((time, round) => times[0][round] / time)),
      fastestRatio: Math.min(...times[0]) / Math.min(...times[p]),
      rounds,
    }));
  } finally {
    await Promise.all(pools.map((pool) => pool.close()));
  }
}

/** Measures all cases on the backends given. */
export async function measureWorkers(quick: boolean, backends: readonly KernelBackend[], say: (text: string) => void): Promise<WorkersRow[]> {
  const rows: WorkersRow[] = [];
  for (const { id, scenarios } of quick ? CASES.slice(0, 2) : CASES) {
    for (const backend of backends) {
      say(`${id}, ${backend.name}, workers`);
      rows.push(...(await measure(id, scenarios, backend, quick ? 0.3 : 3)));
    }
  }
  return rows;
}

/** The rows as a Markdown table. */
export function workersText(rows: readonly WorkersRow[]): string {
  const lines = rows.map(
    (row) =>
      `| ${row.case} | ${row.backend} | ${row.scenarios} | ${row.secondPass} | ${row.workers} | ${shortNumber(row.microsecondsPerScenario)} | ${shortNumber(row.fastestMicroseconds)} | ${shortNumber(row.processorMicroseconds)} | ${row.ratio.toFixed(2)} | ${row.fastestRatio.toFixed(2)} |`,
  );
  return `Workers, by chord, tolerance ${TOLERANCE_PU.toExponential(0)} pu; the machine runs ${availableParallelism()} threads at once; ratios are to one worker

| case | backend | scenarios | second pass | workers | µs a scenario | fastest | processor µs, all threads | ratio, median of rounds | ratio, fastest |
|---|---|---|---|---|---|---|---|---|---|
${lines.join('\n')}`;
}
