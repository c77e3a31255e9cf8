/** Newton's method on the power-flow equations in polar coordinates: full steps, and halved ones where a full step would make matters worse. */
import { copyState, type PolarEquations, type PolarMismatch, type PolarState } from './polar-equations.js';
import { SparseLu } from './sparse-lu.js';

/** How an iteration ended; {@link BalancedStatus} says what the words mean. */
export interface IterationResult {
  status: 'converged' | 'iteration-limit' | 'diverged' | 'inexact' | 'singular';
  iterations: number;
  /** Largest mismatch at the start and after each iteration. */
  history: number[];
  /** Bus of the largest mismatch at the end (or where the equations are singular); -1 where there is no equation. */
  worstBus: number;
}

/** A mismatch above this is not taken for rounding, however large the admittances beside it. */
export const LARGEST_ROUNDING = 1e-6;
/** An iteration that comes to rest within so many times what is rounding is not taken to diverge. */
const RESTING = 100;
/** Most halvings of a step. */
const MOST_HALVINGS = 6;

/**
 * Solves the equations from a state, which is changed in place.
 *
 * @param tolerance largest mismatch allowed, per unit; where rounding alone is more, that counts
 * @param lu factors over the equations' pattern, for who solves them again and again: pattern and pivots found once serve the next solution too
 */
export function solveNewton(
  equations: PolarEquations,
  state: PolarState,
  tolerance: number,
  maxIterations: number,
  lu = new SparseLu(equations.pattern),
): IterationResult {
  const step = new Float64Array(equations.pattern.size);
  let mismatch = equations.measure(state, tolerance);
  const history = [mismatch.largest];
  const result = (status: IterationResult['status'], worstBus = mismatch.worstBus): IterationResult => ({
    status,
    iterations: history.length - 1,
    history,
    worstBus,
  });
  for (;;) {
    if (mismatch.isSolved) return result(mismatch.rounding > LARGEST_ROUNDING ? 'inexact' : 'converged');
    if (history.length > maxIterations) return result('iteration-limit');
    equations.linearise(state);
    const singular = lu.factor(equations.values);
    if (singular >= 0) return result(mismatch.largest < Infinity ? 'singular' : 'diverged', equations.busOf(singular));
    step.set(equations.mismatch);
    lu.solve(step);
    const before = copyState(state);
    const next = damped(equations, state, before, step, mismatch.largest, tolerance);
    if (!next) {
      // No part of the step helps: near rounding this is all that can be had, elsewhere there is no solution that way.
      mismatch = equations.measure(state, tolerance);
      return result(mismatch.largest < Math.max(LARGEST_ROUNDING, RESTING * mismatch.worstRounding) ? 'inexact' : 'diverged');
    }
    mismatch = next;
    history.push(mismatch.largest);
  }
}

/** Takes the step whole, or as much of it as lessens the mismatch; undefined, and the state as before, where nothing does. */
function damped(
  equations: PolarEquations,
  state: PolarState,
  before: PolarState,
  step: Float64Array,
  largest: number,
  tolerance: number,
): PolarMismatch | undefined {
  let share = 1;
  for (let halvings = 0; halvings <= MOST_HALVINGS; halvings++, share /= 2) {
    if (applyStep(equations, state, before, step, share)) {
      const mismatch = equations.measure(state, tolerance);
      if (mismatch.isSolved || mismatch.largest < largest) return mismatch;
    }
  }
  applyStep(equations, state, before, step, 0);
  return undefined;
}

/** state = before - share * step; false where a magnitude would not stay above 0. */
function applyStep(equations: PolarEquations, state: PolarState, before: PolarState, step: Float64Array, share: number): boolean {
  const { angleUnknown, magnitudeUnknown, lackingUnknown } = equations;
  let isPossible = true;
  for (let bus = 0; bus < angleUnknown.length; bus++) {
    if (angleUnknown[bus] >= 0) state.angle[bus] = before.angle[bus] - share * step[angleUnknown[bus]];
    if (magnitudeUnknown[bus] >= 0) {
      state.magnitude[bus] = before.magnitude[bus] - share * step[magnitudeUnknown[bus]];
      if (!(state.magnitude[bus] > 0)) isPossible = false;
    }
  }
  for (let part = 0; part < lackingUnknown.length; part++) {
    state.lacking[part] = before.lacking[part] - share * step[lackingUnknown[part]];
  }
  return isPossible;
}
