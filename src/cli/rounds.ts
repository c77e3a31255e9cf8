/** Several batches timed in turn, so that what else a machine does meets all of them alike, and ratios can be taken round by round. */

/** Processor times, microseconds a call, [batch][round]. */
export type Rounds = readonly (readonly number[])[];

/** The middle one of some numbers. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1];
}

/** Runs all functions in turn so many times; each once before the count begins. A call that is short is repeated within a round until it takes some milliseconds. */
export function timeInTurn(runs: readonly (() => void)[], rounds: number): Rounds {
  const repeats = runs.map((run) => {
    run();
    const from = performance.now();
    run();
    return Math.max(1, Math.min(1000, Math.ceil(4 / Math.max(performance.now() - from, 1e-3))));
  });
  const times: number[][] = runs.map(() => []);
  for (let round = 0; round < rounds; round++) {
    runs.forEach((run, k) => {
      const from = process.cpuUsage();
      for (let repeat = 0; repeat < repeats[k]; repeat++) run();
      const { user, system } = process.cpuUsage(from);
      times[k].push((user + system) / repeats[k]);
    });
  }
  return times;
}

/** Median of a batch's time over another's, round by round. */
export function ratio(times: Rounds, batch: number, to: number): number {
  return median(times[batch].map((one, round) => one / times[to][round]));
}
