/**
 * Hard lanes: a batch in which one scenario in ten has no solution and one has a load that is no number, against one of equal size without them. The others must come
 * out the same to the last bit, and the batch should not take much longer.
 */

import { randomSource } from '../src/cli/bench-measure.js';
import { loadFeeder } from '../src/feeders/index.js';
import { BatchSession, type KernelBackend } from '../src/powerflow/index.js';

/** What a batch with hard lanes takes against one without. */
export interface HardLanesRow {
  case: string;
  method: string;
  backend: string;
  secondPass: boolean;
  scenarios: number;
  /** Scenarios flagged, of those that are hard. */
  flagged: number;
  hard: number;
  /** Microseconds a scenario without and with them, processor time, and their ratio: medians of paired rounds. */
  cleanMicroseconds: number;
  hardMicroseconds: number;
  ratio: number;
  /** Whether all other scenarios have the bits of the clean batch. */
  sameBits: boolean;
}

/** Scenarios without a solution: every so many, with loads so many times nominal. */
const EVERY = 10;
const OVERLOAD = 20;

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1];
}

function fill(batch: BatchSession, hard: boolean): Set<number> {
  const random = randomSource(11);
  const { scenarios } = batch;
  const bad = new Set<number>();
  batch.injections.forEach((element, k) => {
    const factor = Float64Array.from({ length: scenarios }, () => 1.5 * random());
    if (hard) {
      for (let scenario = 4; scenario < scenarios; scenario += EVERY) {
        factor[scenario] = OVERLOAD;
        bad.add(scenario);
      }
      if (k === 0) factor[1] = Number.NaN;
      bad.add(1);
    }
    const { powerKw, powerKvar } = element as { powerKw: number; powerKvar: number };
    batch.setPowers(
      k,
      factor.map((x) => x * powerKw),
      factor.map((x) => x * powerKvar),
    );
  });
  return bad;
}

/** Processor time of one solution, microseconds. */
function timed(batch: BatchSession): number {
  const from = process.cpuUsage();
  batch.solve();
  const { user, system } = process.cpuUsage(from);
  return user + system;
}

/** Measures one case. */
async function measure(feeder: string, backend: KernelBackend, secondPass: boolean, rounds: number): Promise<HardLanesRow> {
  const grid = await loadFeeder(feeder);
  const scenarios = 1024;
  const method = 'chord';
  const options = { scenarios, method, backend, secondPass, tolerance: 1e-8, baseMultiplier: 0.75 } as const;
  const [clean, hard] = [new BatchSession(grid, options), new BatchSession(grid, options)];
  fill(clean, false);
  const bad = fill(hard, true);
  const pairs = Array.from({ length: rounds }, () => [timed(clean), timed(hard)] as const);
  let sameBits = true;
  for (let scenario = 0; scenario < scenarios; scenario += 7) {
    if (bad.has(scenario)) continue;
    const [one, other] = [clean.voltages(scenario), hard.voltages(scenario)];
    sameBits &&= one.every((x, i) => Object.is(x, other[i]));
  }
  return {
    case: feeder,
    method,
    backend: clean.backend,
    secondPass,
    scenarios,
    flagged: [...bad].filter((scenario) => hard.status[scenario] !== 1).length,
    hard: bad.size,
    cleanMicroseconds: median(pairs.map(([one]) => one)) / scenarios,
    hardMicroseconds: median(pairs.map(([, other]) => other)) / scenarios,
    ratio: median(pairs.map(([one, other]) => other / one)),
    sameBits,
  };
}

/** Measures the cases by all backends given. */
export async function measureHardLanes(backends: readonly KernelBackend[], quick: boolean, say: (text: string) => void): Promise<HardLanesRow[]> {
  const rows: HardLanesRow[] = [];
  for (const backend of backends) {
    for (const secondPass of [false, true]) {
      say(`hard lanes, ${backend.name}`);
      rows.push(await measure('tree131', backend, secondPass, quick ? 3 : 15));
    }
  }
  return rows;
}

/** The rows as Markdown. */
export function hardLanesText(rows: readonly HardLanesRow[]): string {
  const lines = rows.map(
    (row) =>
      `| ${row.case} | ${row.method} | ${row.backend} | ${row.secondPass ? 'yes' : 'no'} | ${row.scenarios} | ${row.flagged} of ${row.hard} | ${row.cleanMicroseconds.toFixed(2)} | ${row.hardMicroseconds.toFixed(2)} | ${row.ratio.toFixed(2)} | ${row.sameBits ? 'yes' : 'NO'} |`,
  );
  return `Hard lanes: one scenario in ten without a solution (loads ${OVERLOAD} times nominal), one with a load that is no number

| case | method | backend | second pass | scenarios | flagged | processor µs without | with | ratio | others the same to the bit |
|---|---|---|---|---|---|---|---|---|---|
${lines.join('\n')}`;
}
