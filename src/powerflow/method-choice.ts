/**
 * Which method solves, and what is tried when it does not: the first method that applies, Newton's from where the last solution was and from afar, the slow and
 * steady iteration, and in the end the load raised in steps. Grids with generators that hold their voltage find the vars of these first.
 */
import type { CompiledGrid } from './compiled-grid.js';
import { raiseLoad } from './load-continuation.js';
import { MISMATCH_BASE_VA } from './mismatch.js';
import type { MethodName, SolveOptions, SolveReport } from './solver-types.js';
import type { SweepMethod } from './sweep-method.js';
import { HELD_VOLTAGE_TOLERANCE, holdsVoltage, type VoltageHolder } from './voltage-holding.js';

/** Mismatch, per unit on 1 MVA, from which Newton's method converges also where it did not from afar. */
const NEAR_SOLUTION = 1e-5;

/** Iterations of each step where the load is raised in steps: a start that near converges quickly or not at all. */
const FOLLOWING_ITERATIONS = 15;
/** Mismatch, over all power, that is good enough on the way. */
const FOLLOWING_SHARE = 1e-8;

/** What the choice works with: one method at a time, on voltages and powers that are kept in place. */
export interface MethodRunner {
  readonly compiled: CompiledGrid;
  /** Voltages, [node][re, im]: start and result of every method. */
  readonly voltage: Float64Array;
  /** Runs one method, from afar (`flat`) or from the voltages; `reason` is why. */
  run(method: MethodName, options: SolveOptions, flat: boolean, reason: string): SolveReport;
  /** The sweep, or why it does not apply. */
  sweep(): SweepMethod | string;
  /** Sets the voltages to those with every load as its admittance at rated voltage. */
  impedanceStart(): void;
  /** Sets the voltages to those without load. */
  unloadedStart(): void;
  /** Power of all loads and generation at rated voltage, VA. */
  totalVa(): number;
  /** Largest mismatch allowed by the options, VA. */
  toleranceVa(options: SolveOptions): number;
}

/** Chooses methods for one compiled grid. */
export class MethodChoice {
  constructor(private readonly solver: MethodRunner) {}

  /** Finds the vars of generators that hold their voltage, from the last solution or from afar, then solves with them by the method asked for. */
  solveHolding(holder: VoltageHolder, options: SolveOptions, flat: boolean): SolveReport {
    const toleranceVa = this.solver.toleranceVa(options);
    const limit = options.maxIterations ?? 50;
    const starts: (() => boolean)[] = [
      () => !flat,
      () => {
        this.solver.unloadedStart();
        holder.atTargets(this.solver.voltage);
        return true;
      },
      () => {
        this.solver.impedanceStart();
        return true;
      },
      () => this.solveOnce({ ...options, method: 'auto' }, true).converged,
      () => options.maxIterations === undefined && this.followHeldLoad(holder, toleranceVa),
    ];
    let iterations = 0;
    const history: number[] = [];
    for (const [attempt, start] of starts.entries()) {
      if (attempt > 0 || flat) holder.forget();
      if (!start()) continue;
      const held = holder.solve(this.solver.voltage, toleranceVa, limit);
      iterations += held.iterations;
      history.push(...held.history.map((va) => va / MISMATCH_BASE_VA));
      if (!held.converged) continue;
      const method = options.method === undefined || options.method === 'auto' ? 'newton' : options.method;
      const reason = method === options.method ? 'asked for' : 'generators hold their voltage';
      const report = this.solver.run(method, options, false, reason);
      const { errorPu, id } = holder.worst(this.solver.voltage);
      const reached = errorPu <= HELD_VOLTAGE_TOLERANCE;
      return {
        ...report,
        iterations: iterations + report.iterations,
        history: [...history, ...report.history],
        ...(report.converged && !reached && { converged: false, status: 'inexact', methodReason: `${id} does not reach its voltage` }),
      };
    }
    const report = this.solver.run('newton', { ...options, maxIterations: 1 }, false, 'the generators do not reach the voltages they hold');
    return { ...report, iterations, history, converged: false, status: report.status === 'diverged' ? 'diverged' : 'iteration-limit' };
  }

  /** Raises watts and given vars from nothing to all while the voltages are held; false where that does not arrive. */
  private followHeldLoad(holder: VoltageHolder, toleranceVa: number): boolean {
    const { compiled } = this.solver;
    const { legs, elements } = compiled;
    const watts = Float64Array.from(legs.watts);
    const vars = Float64Array.from(legs.vars);
    const rough = FOLLOWING_SHARE * this.solver.totalVa();
    this.solver.unloadedStart();
    holder.atTargets(this.solver.voltage);
    const arrived = raiseLoad(this.solver.voltage, (share) => {
      for (let leg = 0; leg < legs.count; leg++) {
        legs.watts[leg] = share * watts[leg];
        if (!holdsVoltage(elements[legs.element[leg]].element)) legs.vars[leg] = share * vars[leg];
      }
      return holder.solve(this.solver.voltage, share < 1 ? Math.max(rough, toleranceVa) : toleranceVa, FOLLOWING_ITERATIONS).converged;
    });
    for (let leg = 0; leg < legs.count; leg++) {
      legs.watts[leg] = watts[leg];
      if (!holdsVoltage(elements[legs.element[leg]].element)) legs.vars[leg] = vars[leg];
    }
    return arrived;
  }

  /** Solves with given powers. */
  solveOnce(options: SolveOptions, flat: boolean): SolveReport {
    const wanted = options.method ?? 'auto';
    if (wanted === 'newton') return this.newtonFromAnywhere(options, flat);
    if (wanted !== 'auto') return this.solver.run(wanted, options, flat, 'asked for');
    const sweep = this.solver.sweep();
    const first: MethodName = typeof sweep === 'string' ? 'injection' : 'sweep';
    const reason = typeof sweep === 'string' ? `not radial: ${sweep}` : 'the grid is radial';
    const start = flat ? undefined : Float64Array.from(this.solver.voltage);
    const report = this.solver.run(first, options, flat, reason);
    if (report.converged) return report;
    const failed = `${first} did not converge (${report.status}); ${reason}`;
    if (start) {
      this.solver.voltage.set(start);
      const again = this.solver.run('newton', options, false, failed);
      if (again.converged) return again;
    }
    const newton = this.solver.run('newton', options, true, failed);
    if (newton.converged) return newton;
    const reached = Float64Array.from(this.solver.voltage);
    const neither = `${failed}; newton did not converge either (${newton.status})`;
    // Loads that jump between the ranges of their voltage can trap Newton where the slow, steady iteration still arrives.
    if (first !== 'injection') {
      const last = this.solver.run('injection', options, true, neither);
      if (last.converged) return last;
    }
    const followed = this.followLoad(options, neither);
    if (followed) return followed;
    this.solver.voltage.set(reached);
    return newton;
  }

  /** Newton's method; where it is trapped between voltage ranges of loads, once more from near the solution, found by current injection. */
  private newtonFromAnywhere(options: SolveOptions, flat: boolean): SolveReport {
    const report = this.solver.run('newton', options, flat, 'asked for');
    if (report.converged || options.maxIterations !== undefined) return report;
    const reached = Float64Array.from(this.solver.voltage);
    const near = this.solver.run('injection', { ...options, tolerance: NEAR_SOLUTION }, true, '');
    if (near.converged) {
      const again = this.solver.run(
        'newton',
        options,
        false,
        'asked for; started near the solution by current injection, as it did not converge from afar',
      );
      if (again.converged) return again;
    }
    const followed = this.followLoad(options, 'asked for');
    if (followed) return followed;
    this.solver.voltage.set(reached);
    return report;
  }

  /** Newton's method from no load up to all of it in steps; undefined where that does not arrive either, or where iterations are limited. */
  private followLoad(options: SolveOptions, reason: string): SolveReport | undefined {
    if (options.maxIterations !== undefined) return undefined;
    const { legs } = this.solver.compiled;
    const watts = Float64Array.from(legs.watts);
    const vars = Float64Array.from(legs.vars);
    const raised = `${reason}; started from the solution for less load, raised in steps, as it did not converge from afar`;
    let report: SolveReport | undefined;
    const rough = (FOLLOWING_SHARE * this.solver.totalVa()) / MISMATCH_BASE_VA;
    this.solver.impedanceStart();
    const arrived = raiseLoad(this.solver.voltage, (share) => {
      for (let leg = 0; leg < legs.count; leg++) {
        legs.watts[leg] = share * watts[leg];
        legs.vars[leg] = share * vars[leg];
      }
      const tolerance = share < 1 ? Math.max(rough, options.tolerance ?? 0) : options.tolerance;
      report = this.solver.run('newton', { ...options, tolerance, maxIterations: FOLLOWING_ITERATIONS }, false, raised);
      return report.converged;
    });
    legs.watts.set(watts);
    legs.vars.set(vars);
    return arrived ? report : undefined;
  }
}
