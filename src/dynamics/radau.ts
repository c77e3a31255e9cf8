/**
 * Radau IIA of three stages, order 5, with step control: the judge of the fast scheme, for stiff systems (the virtual resistance at the buses has time constants below
 * a nanosecond). After Hairer and Wanner, Solving Ordinary Differential Equations II, section IV.8: the stages by simplified Newton iterations, the three coupled
 * systems taken apart into a real and a complex one by the eigenvectors of the inverse of the method's matrix; an error estimate of order 3, filtered for stiff parts;
 * the step from this error and the last one (Gustafsson).
 */
import { type DifferentialSystem, differenceJacobian } from './differential-system.js';
import { DynamicsError } from './errors.js';
import { PivotedLu } from './pivoted-lu.js';
import { RADAU } from './radau-constants.js';

/** Accuracy asked of {@link Radau}. */
export interface RadauOptions {
  /** Error of a step relative to a state's size; default 1e-9. */
  relativeTolerance?: number;
  /** Error of a step of a state near zero, as a share of its usual size; default: the relative tolerance. */
  absoluteTolerance?: number;
  /** First step, s; default 1e-6. */
  firstStep?: number;
  /** Most steps of one call; default 1e6. */
  mostSteps?: number;
}

const MOST_ITERATIONS = 10;

/** Counts of what was done. */
export interface RadauWork {
  steps: number;
  rejected: number;
  evaluations: number;
  jacobians: number;
  factorisations: number;
}

/** Integrates a {@link DifferentialSystem}; keeps its arrays and its step from call to call. */
export class Radau {
  readonly work: RadauWork = { steps: 0, rejected: 0, evaluations: 0, jacobians: 0, factorisations: 0 };
  private readonly relative: number;
  private readonly absolute: number;
  private readonly mostSteps: number;
  private step: number;
  private readonly matrix: Float64Array;
  private readonly scratchRe: Float64Array;
  private readonly scratchIm: Float64Array;
  private readonly real: PivotedLu;
  private readonly pair: PivotedLu;
  private readonly z: Float64Array[];
  private readonly w: Float64Array[];
  private readonly f: Float64Array[];
  private readonly stage: Float64Array;
  private readonly f0: Float64Array;
  private readonly weight: Float64Array;
  private readonly error: Float64Array;
  /** Coefficients of the last step's collocation polynomial, for the start of the next. */
  private readonly last: Float64Array[];
  private lastStep = 0;

  constructor(
    readonly system: DifferentialSystem,
    options: RadauOptions = {},
  ) {
    const n = system.size;
    const array = (): Float64Array => new Float64Array(n);
    this.relative = options.relativeTolerance ?? 1e-9;
    this.absolute = options.absoluteTolerance ?? this.relative;
    this.mostSteps = options.mostSteps ?? 1e6;
    this.step = options.firstStep ?? 1e-6;
    this.matrix = new Float64Array(n * n);
    this.scratchRe = new Float64Array(n * n);
    this.scratchIm = new Float64Array(n * n);
    this.real = new PivotedLu(n, false);
    this.pair = new PivotedLu(n, true);
    this.z = [array(), array(), array()];
    this.w = [array(), array(), array()];
    this.f = [array(), array(), array()];
    this.last = [array(), array(), array()];
    this.stage = array();
    this.f0 = array();
    this.weight = array();
    this.error = array();
  }

  /**
   * Advances x by `duration` seconds, in place.
   *
   * @param fresh whether the system has changed since the last call (loads, set points): the step then begins small anew
   * @throws DynamicsError where the trajectory diverges or the steps get too small
   */
  advance(x: Float64Array, duration: number, fresh = true): void {
    const { system } = this;
    const n = system.size;
    let t = 0;
    let h = Math.min(fresh ? 1e-6 : this.step, duration);
    let oldStep = 0;
    let oldError = 1e-4;
    let hasJacobian = false;
    let factored = 0;
    let first = true;
    let convergence = 1;
    if (fresh) this.lastStep = 0;
    this.derivative(x, this.f0);
    for (let taken = 0; t < duration; taken++) {
      if (taken >= this.mostSteps)
        throw new DynamicsError(`the integration took ${taken} steps to ${t.toExponential(3)} s of ${duration} s; loosen the tolerance`);
      if (!(h > 1e-14 * Math.max(duration, 1e-3)))
        throw new DynamicsError(`the trajectory diverges ${t.toExponential(3)} s into the interval: no step is small enough`);
      if (!hasJacobian) {
        this.evaluateJacobian(x);
        hasJacobian = true;
        factored = 0;
      }
      if (factored !== h) {
        if (!this.factor(h)) throw new DynamicsError(`the matrix of the integration is singular ${t.toExponential(3)} s into the interval`);
        factored = h;
      }
      for (let i = 0; i < n; i++) this.weight[i] = 1 / (this.absolute * system.scale[i] + this.relative * Math.abs(x[i]));
      const iterations = this.solveStages(x, h, convergence);
      if (iterations.count === 0) {
        h *= 0.5;
        this.work.rejected++;
        first = true;
        // A Jacobian of this very state does not get better by making it anew.
        hasJacobian = false;
        convergence = 1;
        continue;
      }
      convergence = iterations.convergence;
      const error = this.estimate(x, h, first);
      const safety = (0.9 * (2 * MOST_ITERATIONS + 1)) / (2 * MOST_ITERATIONS + iterations.count);
      let factor = Math.min(5, Math.max(0.125, safety * error ** -0.25));
      if (!(error < 1)) {
        h *= first ? 0.1 : Math.min(0.9, error === error ? factor : 0.1);
        this.work.rejected++;
        if (!(error < Number.POSITIVE_INFINITY)) hasJacobian = false;
        continue;
      }
      // Accepted.
      if (oldStep > 0) factor = Math.min(factor, Math.max(0.125, safety * (h / oldStep) * (oldError / (error * error)) ** 0.25));
      oldStep = h;
      oldError = Math.max(1e-2, error);
      first = false;
      this.keepPolynomial(h);
      t += h;
      for (let i = 0; i < n; i++) x[i] += this.z[2][i];
      this.derivative(x, this.f0);
      this.work.steps++;
      if (duration - t <= 1e-12 * duration) break;
      hasJacobian = iterations.rate < 1e-3;
      let next = h * factor;
      // A factorisation is worth a step that could be a little longer.
      if (hasJacobian && factor >= 1 && factor <= 1.2) next = h;
      this.step = next;
      const left = duration - t;
      h = next >= left * (1 - 1e-9) ? left : next > 0.5 * left ? 0.5 * left : next;
    }
  }

  private derivative(x: Float64Array, dx: Float64Array): void {
    this.system.derivative(x, dx);
    this.work.evaluations++;
  }

  private evaluateJacobian(x: Float64Array): void {
    if (this.system.jacobian) this.system.jacobian(x, this.matrix);
    else differenceJacobian(this.system, x, this.matrix);
    this.work.jacobians++;
  }

  /** Factors gamma / h - J and (alpha + j beta) / h - J. */
  private factor(h: number): boolean {
    const { matrix, scratchRe, scratchIm } = this;
    const n = this.system.size;
    this.work.factorisations++;
    for (let i = 0; i < n * n; i++) scratchRe[i] = -matrix[i];
    for (let i = 0; i < n; i++) scratchRe[i * n + i] += RADAU.gamma / h;
    if (!this.real.factor(scratchRe)) return false;
    for (let i = 0; i < n * n; i++) scratchRe[i] = -matrix[i];
    scratchIm.fill(0);
    for (let i = 0; i < n; i++) {
      scratchRe[i * n + i] += RADAU.alpha / h;
      scratchIm[i * n + i] = RADAU.beta / h;
    }
    return this.pair.factor(scratchRe, scratchIm);
  }

  /** Simplified Newton on the stages; count 0 where it does not converge. */
  private solveStages(x: Float64Array, h: number, lastConvergence: number): { count: number; convergence: number; rate: number } {
    const { z, w, f, stage, weight } = this;
    const n = this.system.size;
    const { transform: T, inverse: TI, gamma, alpha, beta } = RADAU;
    const failed = { count: 0, convergence: 1, rate: 1 };
    this.startStages(h);
    for (let i = 0; i < n; i++) for (let s = 0; s < 3; s++) w[s][i] = TI[3 * s] * z[0][i] + TI[3 * s + 1] * z[1][i] + TI[3 * s + 2] * z[2][i];
    // Iteration errors well below the tolerance.
    const target = Math.max((10 * Number.EPSILON) / this.relative, Math.min(0.03, Math.sqrt(this.relative)));
    let eta = Math.max(lastConvergence, Number.EPSILON) ** 0.8;
    let rate = 0;
    let old = 0;
    for (let count = 1; count <= MOST_ITERATIONS; count++) {
      for (let s = 0; s < 3; s++) {
        for (let i = 0; i < n; i++) stage[i] = x[i] + z[s][i];
        this.derivative(stage, f[s]);
      }
      for (let i = 0; i < n; i++) {
        const a = f[0][i];
        const b = f[1][i];
        const c = f[2][i];
        const g1 = TI[0] * a + TI[1] * b + TI[2] * c - (gamma / h) * w[0][i];
        const g2 = TI[3] * a + TI[4] * b + TI[5] * c - (alpha * w[1][i] + beta * w[2][i]) / h;
        const g3 = TI[6] * a + TI[7] * b + TI[8] * c - (alpha * w[2][i] - beta * w[1][i]) / h;
        f[0][i] = g1;
        f[1][i] = g2;
        f[2][i] = -g3;
      }
      this.real.solveReal(f[0]);
      this.pair.solveComplex(f[1], f[2]);
      let sum = 0;
      for (let i = 0; i < n; i++) {
        const scale = weight[i];
        sum += (f[0][i] * scale) ** 2 + (f[1][i] * scale) ** 2 + (f[2][i] * scale) ** 2;
        w[0][i] += f[0][i];
        w[1][i] += f[1][i];
        w[2][i] -= f[2][i];
        for (let s = 0; s < 3; s++) z[s][i] = T[3 * s] * w[0][i] + T[3 * s + 1] * w[1][i] + T[3 * s + 2] * w[2][i];
      }
      const size = Math.sqrt(sum / (3 * n));
      if (!(size < 1e30)) return failed;
      if (count > 1) {
        rate = size / old;
        if (!(rate < 0.99)) {
          // Rounding is all that is left of an increment far below the tolerance.
          if (size < 1e-2 * target) return { count, convergence: eta, rate: 0 };
          return failed;
        }
        eta = rate / (1 - rate);
        if (eta * size * rate ** (MOST_ITERATIONS - 1 - count) > target) return failed;
      }
      if (eta * size <= target) return { count, convergence: eta, rate };
      old = Math.max(size, Number.EPSILON);
    }
    return failed;
  }

  /** First guess of the stages: the last step's polynomial, continued. */
  private startStages(h: number): void {
    const { z, last, lastStep } = this;
    const n = this.system.size;
    if (lastStep === 0) {
      for (const part of z) part.fill(0);
      return;
    }
    for (let s = 0; s < 3; s++) {
      const q = 1 + (RADAU.nodes[s] * h) / lastStep;
      // Divided differences on the nodes 0, c1, c2, 1 of the last step, minus the value at its end.
      const [c1, c2] = RADAU.nodes;
      for (let i = 0; i < n; i++) {
        z[s][i] = (q - 1) * (last[0][i] + (q - c2) * (last[1][i] + (q - c1) * last[2][i]));
      }
    }
  }

  /** Newton's form of the polynomial through the step's begin and stages, on the nodes 1, c2, c1, 0, its value at 1 left out. */
  private keepPolynomial(h: number): void {
    const { z, last } = this;
    const [c1, c2] = RADAU.nodes;
    for (let i = 0; i < this.system.size; i++) {
      const d1 = (z[1][i] - z[2][i]) / (c2 - 1);
      const d2 = (z[0][i] - z[1][i]) / (c1 - c2);
      const d3 = z[0][i] / c1;
      const e1 = (d2 - d1) / (c1 - 1);
      const e2 = (d3 - d2) / (0 - c2);
      last[0][i] = d1;
      last[1][i] = e1;
      last[2][i] = (e2 - e1) / (0 - 1);
    }
    this.lastStep = h;
  }

  /** The error estimate in units of the tolerance; filtered twice on first and rejected steps. */
  private estimate(x: Float64Array, h: number, first: boolean): number {
    const { z, error, weight, stage, f } = this;
    const n = this.system.size;
    const { errorWeights: e, gamma } = RADAU;
    const size = (): number => {
      let sum = 0;
      for (let i = 0; i < n; i++) sum += (error[i] * weight[i]) ** 2;
      return Math.max(Math.sqrt(sum / n), 1e-10);
    };
    const part = f[0];
    for (let i = 0; i < n; i++) {
      part[i] = (gamma / h) * (e[0] * z[0][i] + e[1] * z[1][i] + e[2] * z[2][i]);
      error[i] = this.f0[i] + part[i];
    }
    this.real.solveReal(error);
    const once = size();
    if (once < 1 || !first) return once;
    for (let i = 0; i < n; i++) stage[i] = x[i] + error[i];
    this.derivative(stage, error);
    for (let i = 0; i < n; i++) error[i] += part[i];
    this.real.solveReal(error);
    return size();
  }
}
