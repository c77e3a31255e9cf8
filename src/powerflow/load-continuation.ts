/**
 * Continuation in the load: the solution is followed from no load to all of it, each step begun where the last two solutions point. What Newton's method misses
 * from afar near the limit of loading, where solutions of high and of low voltage lie close together, is found so, on the branch of high voltage.
 */

const FIRST_STEP = 0.25;
const SHORTEST_STEP = 1 / 1024;
const MOST_SOLUTIONS = 60;

/**
 * Raises the load from nothing to all.
 *
 * @param voltage the voltages that `solveAt` starts from and writes its solution to
 * @param solveAt solves with this share of the load; returns whether it converged
 * @returns whether the whole load was reached; if not, `voltage` holds the last solution
 */
export function raiseLoad(voltage: Float64Array, solveAt: (share: number) => boolean): boolean {
  if (!solveAt(0)) return false;
  let share = 0;
  let reached = Float64Array.from(voltage);
  let before = reached;
  let lastStep = 0;
  let step = FIRST_STEP;
  for (let solutions = 1; solutions < MOST_SOLUTIONS && step >= SHORTEST_STEP; solutions++) {
    const next = Math.min(1, share + step);
    const ahead = lastStep > 0 ? (next - share) / lastStep : 0;
    for (let k = 0; k < voltage.length; k++) voltage[k] = reached[k] + ahead * (reached[k] - before[k]);
    if (!solveAt(next)) {
      step = (next - share) / 2;
      continue;
    }
    lastStep = next - share;
    share = next;
    if (share === 1) return true;
    before = reached;
    reached = Float64Array.from(voltage);
    step = 1.5 * lastStep;
  }
  voltage.set(reached);
  return false;
}
