/** Runs a time series (QSTS), cancellable by an AbortSignal, and keeps its results as columns. */
import { ControlSystem, checkTimeOptions, runTimeSteps, type TimeLoopOptions, type TimeStep, wrongOption } from '../controls/index.js';
import { ConvergenceError, describeValue, formatMismatch, GridError } from '../grid/index.js';
import type { TimeSeriesColumns } from './columns.js';
import { Recorder } from './recorder.js';

/** Options of {@link runTimeSeries}. */
export interface TimeSeriesOptions extends TimeLoopOptions {
  /** Nodes (`bus.node`) whose voltages are kept; default none. */
  nodes?: readonly string[];
  /** Called after each step with the number of steps done and to be done. */
  onProgress?: (done: number, steps: number) => void;
  /** `stop` (default) throws at the first step that does not converge; `continue` takes it down and goes on. */
  onDivergence?: 'stop' | 'continue';
}

/** What a time series gives back. */
export interface TimeSeriesResult {
  columns: TimeSeriesColumns;
  /** Steps run; fewer than asked for where the run was cancelled. */
  steps: number;
  cancelled: boolean;
  /** Steps that did not converge. */
  failed: number;
}

/**
 * Runs a time series on the grid of a control system, whose clock moves on with it. Where a loop of one's own is needed (to change the grid
 * between steps, say), see `runTimeSteps`.
 *
 * Throws InputError for options that cannot be, GridError for a node that there is not, ConvergenceError naming the step where one does not converge (unless told to go on) or its controls do not settle.
 */
export function runTimeSeries(system: ControlSystem, options: TimeSeriesOptions): TimeSeriesResult {
  const run = new Run(system, options);
  while (run.next());
  return run.result();
}

/** The same, giving way to other work at least every `sliceMilliseconds` (default 50), so that a page stays alive and `signal` is heard. */
export async function runTimeSeriesAsync(system: ControlSystem, options: TimeSeriesOptions, sliceMilliseconds = 50): Promise<TimeSeriesResult> {
  const run = new Run(system, options);
  let sliceEnd = performance.now() + sliceMilliseconds;
  while (run.next()) {
    if (performance.now() < sliceEnd) continue;
    await new Promise((resolve) => setTimeout(resolve, 0));
    sliceEnd = performance.now() + sliceMilliseconds;
  }
  return run.result();
}

/** A time series on its way. */
class Run {
  private readonly steps: Iterator<TimeStep, void, undefined>;
  private recorder: Recorder | undefined;
  private done = 0;
  private failed = 0;

  constructor(
    private readonly system: ControlSystem,
    private readonly options: TimeSeriesOptions,
  ) {
    checkOptions(system, options);
    const { nodes: _nodes, onProgress: _onProgress, onDivergence: _onDivergence, ...loop } = options;
    this.steps = runTimeSteps(system, loop);
  }

  /** Runs one step; false where there is none left. */
  next(): boolean {
    const { options, system } = this;
    const { value: step, done } = this.steps.next();
    if (done || !step) return false;
    if (!step.solution.converged) {
      this.failed += 1;
      if (options.onDivergence !== 'continue') throw divergence(step);
    }
    // The nodes are known once the grid is compiled, that is after the first solution.
    this.recorder ??= new Recorder(system.solver, options.steps, options.nodes);
    this.recorder.record(step.hour, step.solution);
    this.done += 1;
    options.onProgress?.(this.done, options.steps);
    return true;
  }

  result(): TimeSeriesResult {
    const recorder = this.recorder ?? new Recorder(this.system.solver, 0);
    return { columns: recorder.columns(), steps: this.done, cancelled: this.done < this.options.steps, failed: this.failed };
  }
}

function divergence(step: TimeStep): ConvergenceError {
  const { report } = step.solution;
  return new ConvergenceError(
    `step ${step.index + 1} (hour ${step.hour}): no convergence after ${report.iterations} iterations (${report.status}); ` +
      `mismatch ${formatMismatch(report.mismatchPu)}, worst at ${report.worstNode}`,
    report.iterations,
    report.mismatchPu,
    report.worstNode,
  );
}

/** Most steps of which columns are kept. */
const MOST_STEPS = 100_000_000;

function checkOptions(system: ControlSystem, options: TimeSeriesOptions): void {
  if (!(system instanceof ControlSystem)) throw new GridError(`a time series needs a ControlSystem, not ${describeValue(system)}`);
  checkTimeOptions(options, ['nodes', 'onProgress', 'onDivergence']);
  const { nodes, onProgress, onDivergence, steps } = options;
  if (steps > MOST_STEPS) wrongOption('steps', steps, `at most ${MOST_STEPS}`);
  if (nodes !== undefined && !(Array.isArray(nodes) && nodes.every((node) => typeof node === 'string'))) {
    wrongOption('nodes', Array.isArray(nodes) ? nodes.find((node) => typeof node !== 'string') : nodes, 'a list of names such as "671.1"');
  }
  if (onProgress !== undefined && typeof onProgress !== 'function') wrongOption('onProgress', onProgress, 'a function');
  if (onDivergence !== undefined && onDivergence !== 'stop' && onDivergence !== 'continue') {
    wrongOption('onDivergence', onDivergence, 'stop or continue');
  }
}
