/**
 * The loop of a solution with controls: solve, let every control look, carry out what is due, until nothing is due any more.
 *
 * Counted as OpenDSS counts: the first solution is control iteration 1, and at iteration `maxControlIterations` the controls are not asked again,
 * so that reaching it with actions left is a failure.
 */
import type { Control, Grid } from '../grid/index.js';
import { ConvergenceError, elementId, formatMismatch } from '../grid/index.js';
import type { GridSolver, SolveOptions, SolveReport } from '../powerflow/solver-types.js';
import type { ActingMode, ControlClock, ControlContext, ControlDevice } from './control.js';
import { checkControlOptions } from './control-options.js';
import { ControlQueue, type QueuedAction } from './control-queue.js';
import { createControlDevice } from './devices.js';

/** Options of {@link solveWithControls}. */
export interface ControlOptions extends SolveOptions {
  /** Default `static`. */
  controlMode?: ActingMode | 'off';
  /** Most control iterations; more is a {@link ConvergenceError}. Default 10. */
  maxControlIterations?: number;
}

/** What came of a solution with controls. */
export interface ControlledSolution {
  /** Report of each control iteration's power flow, in order. */
  reports: SolveReport[];
  /** The last of them. */
  report: SolveReport;
  converged: boolean;
  controlIterations: number;
  /** Iterations of all power flows together. */
  iterations: number;
  /** Number of actions carried out. */
  actions: number;
}

/**
 * The controls of one grid with their state: devices, queue and clock. Made once for a solver and kept over solutions; controls that are added to
 * the grid later, or taken out of it, are followed at the next solution.
 */
export class ControlSystem {
  readonly queue = new ControlQueue();
  readonly clock: ControlClock = { hour: 0, seconds: 0 };
  readonly context: ControlContext;
  private readonly devicesByRecord = new Map<Control, ControlDevice>();

  /**
   * @param solver the solver whose grid is controlled
   * @param warn takes what devices have to say; default: nobody listens
   */
  constructor(solver: GridSolver, warn: (message: string) => void = () => {}) {
    this.context = {
      solver,
      grid: solver.grid,
      queue: this.queue,
      clock: this.clock,
      mode: 'static',
      solutionMode: 'snapshot',
      stepSeconds: 0.001,
      controlIteration: 0,
      warn,
    };
  }

  get solver(): GridSolver {
    return this.context.solver;
  }

  get grid(): Grid {
    return this.context.grid;
  }

  /** The device of every control of the grid, disabled ones included, in order of creation. */
  devices(): ControlDevice[] {
    const present: ControlDevice[] = [];
    for (const record of this.grid.controls) {
      let device = this.devicesByRecord.get(record);
      if (!device) {
        device = createControlDevice(record);
        this.devicesByRecord.set(record, device);
      }
      present.push(device);
    }
    return present;
  }

  /**
   * Resets all enabled devices, as setting the solution mode does in the OpenDSS language: armed flags fall, banks and switches go back to their
   * first position. Actions already in the queue stay there and find nothing to do.
   */
  reset(): void {
    for (const device of this.devices()) if (device.record.enabled) device.reset(this.context);
  }
}

/**
 * Solves with controls acting.
 *
 * Returns with `converged` false where a power flow does not converge (its report says why); throws {@link ConvergenceError} naming the devices
 * still acting where `maxControlIterations` is exceeded, InputError for options that cannot be, and GridError where a control refers to what is not there.
 */
export function solveWithControls(system: ControlSystem, options: ControlOptions = {}): ControlledSolution {
  checkControlOptions(options);
  const { context, solver, queue, clock } = system;
  const { controlMode = 'static', maxControlIterations = 10, ...solveOptions } = options;
  const reports: SolveReport[] = [];
  const summary = (converged: boolean, actions: number): ControlledSolution => ({
    reports,
    report: reports[reports.length - 1],
    converged,
    controlIterations: reports.length,
    iterations: reports.reduce((sum, report) => sum + report.iterations, 0),
    actions,
  });
  const devices = controlMode === 'off' ? [] : system.devices();
  if (controlMode === 'off' || (queue.size === 0 && !devices.some((device) => device.record.enabled))) {
    context.controlIteration = 1;
    reports.push(solver.solve(solveOptions));
    return summary(reports[0].converged, 0);
  }

  context.mode = controlMode;
  let actions = 0;
  let lastActing: string[] = [];
  const run = (action: QueuedAction): void => {
    lastActing.push(elementId(action.device.record));
    action.device.execute(action.code, context, action.value);
  };
  for (let iteration = 1; ; iteration++) {
    context.controlIteration = iteration;
    const report = solver.solve(solveOptions);
    reports.push(report);
    if (!report.converged) return summary(false, actions);
    if (iteration >= maxControlIterations)
      throw notSettled(maxControlIterations, report, [...queue.pending.map((a) => elementId(a.device.record)), ...lastActing]);
    for (const device of devices) if (device.record.enabled) device.sample(context);
    lastActing = [];
    const done = runActions(controlMode, queue, clock, run);
    if (done === 0) return summary(true, actions);
    actions += done;
  }
}

function runActions(mode: ActingMode, queue: ControlQueue, clock: ControlClock, run: (action: QueuedAction) => void): number {
  if (mode === 'time') return queue.runDue(clock.hour, clock.seconds, run);
  if (mode === 'event') {
    // The clock jumps before the actions run, so that what they push counts from the new time.
    const next = queue.pending[0];
    if (!next) return 0;
    clock.hour = next.hour;
    clock.seconds = next.seconds;
  }
  return queue.runNearest(run)?.done ?? 0;
}

function notSettled(limit: number, report: SolveReport, names: readonly string[]): ConvergenceError {
  const acting = [...new Set(names)];
  const shown = acting.slice(0, 8).join(', ') + (acting.length > 8 ? ` and ${acting.length - 8} more` : '');
  return new ConvergenceError(
    `controls did not settle in ${limit} control iterations; still acting: ${shown || 'none'}; allow more (maxcontroliter) or widen their bands ` +
      `(the power flow itself converged: mismatch ${formatMismatch(report.mismatchPu)}, worst at ${report.worstNode})`,
    report.iterations,
    report.mismatchPu,
    report.worstNode,
  );
}
