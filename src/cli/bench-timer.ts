/** How the bench takes its times: by the npm package `benchmark` where it is installed, as in every checkout, else by a loop of its own; the report says which. */
import { createRequire } from 'node:module';

/** Times a function. */
export interface Timer {
  /** For reports. */
  readonly name: string;
  /**
   * Median of the seconds one call takes.
   *
   * @param run leaves its results where they can be checked afterwards: neither timer keeps an engine from dropping work that nobody looks at
   * @param seconds to be spent, about
   */
  median(run: () => void, seconds: number): number;
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

/** Time enough for one sample, seconds: the clock's grain is a thousandth of it. */
const SAMPLE_SECONDS = 0.02;

function byPackage(Benchmark: BenchmarkPackage): Timer {
  return {
    name: 'benchmark 2.1.4',
    median: (run, seconds) => {
      const bench = new Benchmark(run, { maxTime: seconds, minTime: SAMPLE_SECONDS, minSamples: 5, async: false });
      bench.run();
      if (bench.error) throw bench.error;
      return middle(bench.stats.sample);
    },
  };
}

const ownLoop: Timer = {
  name: 'a loop of its own (the npm package benchmark is not installed)',
  median: (run, seconds) => {
    const until = performance.now() + 1000 * seconds;
    const times: number[] = [];
    let calls = 1;
    while (times.length < 5 || performance.now() < until) {
      const from = performance.now();
      for (let k = 0; k < calls; k++) run();
      const spent = (performance.now() - from) / 1000;
      if (spent < SAMPLE_SECONDS && times.length === 0)
        calls = Math.max(calls + 1, Math.min(1e6, Math.ceil((calls * SAMPLE_SECONDS) / Math.max(spent, 1e-6))));
      if (spent >= SAMPLE_SECONDS || times.length > 0 || calls >= 1e6) times.push(spent / calls);
    }
    return middle(times);
  },
};

/** The timer in use here. */
export function findTimer(): Timer {
  try {
    return byPackage(createRequire(import.meta.url)('benchmark') as BenchmarkPackage);
  } catch {
    return ownLoop;
  }
}
