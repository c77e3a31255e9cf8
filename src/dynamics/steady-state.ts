/**
 * The operating point of a microgrid: a rotating equilibrium, all currents constant in the common frame, where f(x) = 0 with the equations of the judge. Found by
 * pseudo-transient continuation (Kelley, Keyes: Convergence analysis of pseudo-transient continuation, SIAM J. Numerical Analysis 35, 1998): steps of the linearised
 * implicit Euler method whose length doubles, so that the first follow the dynamics to where Newton's method, the limit of long steps, converges. Some fifty
 * factorisations, in place of waiting until a trajectory has settled.
 *
 * A step changes angles and currents as if their product were linear, and what is wrong with the sum of currents at a bus by the square of the angle comes back as a
 * voltage, times ten thousand. So `settle` recomputes the currents after each step, from the linear network behind the terminal voltages.
 */
import { type DifferentialSystem, differenceJacobian } from './differential-system.js';
import { DynamicsError } from './errors.js';
import { PivotedLu } from './pivoted-lu.js';

/** How to search. */
export interface SteadyStateOptions {
  /** States that stay as they are: the first inverter's angle, and set points that no control moves. */
  held: readonly number[];
  /** Puts states that follow from the others at once where they belong, after each step. */
  settle?: (x: Float64Array) => void;
  /** Largest correction of Newton's method, as a share of a state's usual size, that counts as found; default 1e-11. */
  tolerance?: number;
}

const FIRST_STEP = 1e-3;
/** Steps longer than this are Newton's. */
const LONGEST_STEP = 1e6;
/** Newton's iterations at the end. */
const MOST_NEWTON = 20;
/** Corrections larger than this, in usual sizes of a state, lead nowhere. */
const RUNAWAY = 1e4;
/** Factors by which steps grow, tried one after the other. */
const GROWTHS = [2, 1.2];

/**
 * Searches from x, in place; returns the factorisations taken.
 *
 * @throws DynamicsError where no operating point is found
 */
export function findSteadyState(system: DifferentialSystem, x: Float64Array, options: SteadyStateOptions): number {
  const search = new Search(system, options);
  const start = Float64Array.from(x);
  for (const growth of GROWTHS) {
    x.set(start);
    if (withinAngles(() => search.run(x, growth))) return search.factorisations;
  }
  throw new DynamicsError(
    `no operating point was found: Newton's method was left with a correction of ${search.left.toExponential(1)} times the usual size of a state; there may be none for these loads and set points`,
  );
}

/**
 * Newton's method alone, in place, from an x that is near an operating point already: that of other loads, say. Returns whether it found one; x is of no use where not.
 */
export function refineSteadyState(system: DifferentialSystem, x: Float64Array, options: SteadyStateOptions): boolean {
  return withinAngles(() => new Search(system, options).refine(x));
}

/** Whether a search found something: one whose angles run away beyond all that sines are for has not. */
function withinAngles(search: () => boolean): boolean {
  try {
    return search();
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

class Search {
  factorisations = 0;
  /** Largest correction of the last step. */
  left = Number.POSITIVE_INFINITY;
  private readonly matrix: Float64Array;
  private readonly lu: PivotedLu;
  private readonly correction: Float64Array;

  constructor(
    private readonly system: DifferentialSystem,
    private readonly options: SteadyStateOptions,
  ) {
    this.matrix = new Float64Array(system.size ** 2);
    this.lu = new PivotedLu(system.size, false);
    this.correction = new Float64Array(system.size);
  }

  run(x: Float64Array, growth: number): boolean {
    for (let h = FIRST_STEP; h < LONGEST_STEP; h *= growth) if (!this.step(x, h)) return false;
    return this.refine(x);
  }

  /** Newton's method, until what it corrects is small. */
  refine(x: Float64Array): boolean {
    const { tolerance = 1e-11 } = this.options;
    for (let i = 0; i < MOST_NEWTON; i++) {
      if (!this.step(x, Number.POSITIVE_INFINITY)) return false;
      if (this.left <= tolerance) return true;
    }
    return false;
  }

  /** x += (1/h - J)^-1 f; false where that is not possible. */
  private step(x: Float64Array, h: number): boolean {
    const { system, matrix, lu, correction } = this;
    const n = system.size;
    if (system.jacobian) system.jacobian(x, matrix);
    else differenceJacobian(system, x, matrix);
    for (let i = 0; i < n * n; i++) matrix[i] = -matrix[i];
    for (let i = 0; i < n; i++) matrix[i * n + i] += 1 / h;
    system.derivative(x, correction);
    for (const state of this.options.held) {
      matrix.fill(0, state * n, (state + 1) * n);
      matrix[state * n + state] = 1;
      correction[state] = 0;
    }
    this.factorisations++;
    if (!lu.factor(matrix)) return false;
    lu.solveReal(correction);
    this.left = 0;
    for (let i = 0; i < n; i++) {
      x[i] += correction[i];
      const size = Math.abs(correction[i]) / Math.max(system.scale[i], Math.abs(x[i]));
      if (!(size <= this.left)) this.left = size;
    }
    if (!(this.left < RUNAWAY)) return false;
    this.options.settle?.(x);
    return true;
  }
}
