/** How the bench takes its times: by the npm package `benchmark` where it is installed, as in every checkout, else by a loop of its own; the report says which. */
import { createRequire } from 'node:module';

/** What a function takes, seconds a call. */
export interface Timing {
  /** Median by the clock. */
  median: number;
  /** Mean of processor time: what is left of it on a machine that is busy with other things too. */
  processor: number;
}

/** Times a function. */
export interface Timer {
  /** For reports. */
  readonly name: string;
  /**
   * Calls a function again and again.
   *
   * @param run leaves its results where they can be checked afterwards: neither timer keeps an engine from dropping work that nobody looks at
   * @param seconds to be spent, about
   */
  time(run: () => void, seconds: number): Timing;
}

/** The part of the package that is used. It comes without types. */
type BenchmarkPackage = new (
  run: () => void,
  options: { maxTime: number; minTime: number; minSamples: number; async: boolean },
) => {
  run(): void;
  error?: Error;
  stats: { sample: number[] };
};

function middle(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1];
}

/** Times by `median` and counts processor time over all its calls. */
function withProcessorTime(run: () => void, median: (counted: () => void) => number): Timing {
  let calls = 0;
  // What is compiled late is compiled before the count begins.
  for (let k = 0; k < 3; k++) run();
  const before = process.cpuUsage();
  const seconds = median(() => {
    calls++;
    run();
  });
  const { user, system } = process.cpuUsage(before);
  return { median: seconds, processor: (user + system) / 1e6 / calls };
}

/** Time enough for one sample, seconds: the clock's grain is a thousandth of it. */
const SAMPLE_SECONDS = 0.02;

function byPackage(Benchmark: BenchmarkPackage): Timer {
  return {
    name: 'benchmark 2.1.4',
    time: (run, seconds) =>
      withProcessorTime(run, (counted) => {
        const bench = new Benchmark(counted, { maxTime: seconds, minTime: SAMPLE_SECONDS, minSamples: 5, async: false });
        bench.run();
        if (bench.error) throw bench.error;
        return middle(bench.stats.sample);
      }),
  };
}

/** Median of samples long enough for the clock. */
function medianOfLoop(run: () => void, seconds: number): number {
  const until = performance.now() + 1000 * seconds;
  const times: number[] = [];
  let calls = 1;
  while (times.length < 5 || performance.now() < until) {
    const from = performance.now();
    for (let k = 0; k < calls; k++) run();
    const spent = (performance.now() - from) / 1000;
    const isShort = spent < SAMPLE_SECONDS && times.length === 0 && calls < 1e6;
    if (isShort) calls = Math.min(1e6, Math.max(calls + 1, Math.ceil((calls * SAMPLE_SECONDS) / Math.max(spent, 1e-6))));
    else times.push(spent / calls);
  }
  return middle(times);
}

const ownLoop: Timer = {
  name: 'a loop of its own (the npm package benchmark is not installed)',
  time: (run, seconds) => withProcessorTime(run, (counted) => medianOfLoop(counted, seconds)),
};

/**
 * The timer in use here.
 *
 * @param own takes the loop in any case
 */
export function findTimer(own = false): Timer {
  if (own) return ownLoop;
  try {
    return byPackage(createRequire(import.meta.url)('benchmark') as BenchmarkPackage);
  } catch {
    return ownLoop;
  }
}
