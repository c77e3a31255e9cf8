/** Solutions in time: step by step the clock moves on, powers follow their shapes, controls act, storage fills and empties. */
import type { ControlClock } from './control.js';
import { clockHours } from './control.js';
import { type ControlledSolution, type ControlOptions, type ControlSystem, solveWithControls } from './control-loop.js';
import { checkTimeOptions } from './control-options.js';
import { applyMoment, endTimeStep, timeDependentsOf } from './moment.js';

/** Options of {@link runTimeSteps}. */
export interface TimeLoopOptions extends ControlOptions {
  /** Which of an element's shapes is followed; `snapshot`: none. */
  mode: 'daily' | 'yearly' | 'duty' | 'snapshot';
  /** Whether the clock moves on before each solution (default) or after it. */
  clockMoves?: 'before' | 'after';
  /** Number of steps, >= 0. */
  steps: number;
  /** Length of a step, > 0. */
  stepSeconds: number;
  /** Ends the run before the next step once its `aborted` is true: an `AbortSignal`, or anything like one. */
  signal?: { readonly aborted: boolean };
}

/** One step that has been solved; the solver holds its voltages until the next one. */
export interface TimeStep {
  /** Counted from 0. */
  index: number;
  /** Time of the solution, hours. */
  hour: number;
  solution: ControlledSolution;
}

/** Moves a clock on by seconds >= 0; whole hours are carried over. (OpenDSS takes them off one by one; the remainder is exact, as those differences are.) */
export function advanceClock(clock: ControlClock, seconds: number): void {
  const total = clock.seconds + seconds;
  if (!(total >= 3600)) {
    clock.seconds = total;
    return;
  }
  clock.seconds = total % 3600;
  clock.hour += (total - clock.seconds) / 3600;
}

/**
 * Runs time steps and yields after each, before storage moves on. Each step first advances the system's clock, so the first solution is at clock +
 * stepSeconds (at the clock itself where it moves after the solution). A step whose power flow does not converge is yielded with `converged` false and the run goes on if the caller does.
 *
 * Throws InputError for options that cannot be, and what {@link solveWithControls} throws.
 */
export function* runTimeSteps(system: ControlSystem, options: TimeLoopOptions): Generator<TimeStep, void, undefined> {
  checkTimeOptions(options);
  const { mode, steps, stepSeconds, signal, clockMoves = 'before', ...solveOptions } = options;
  const { solver, clock, context } = system;
  const dependents = timeDependentsOf(solver.grid);
  const stepHours = stepSeconds / 3600;
  context.solutionMode = mode;
  context.stepSeconds = stepSeconds;
  for (let index = 0; index < steps; index++) {
    if (signal?.aborted) return;
    if (clockMoves === 'before') advanceClock(clock, stepSeconds);
    const moment = { mode, hour: clockHours(clock), stepSeconds };
    applyMoment(solver, dependents, moment);
    const solution = solveWithControls(system, { ...solveOptions, reuse: true });
    // An event-driven solution may have moved the clock on.
    yield { index, hour: clockHours(clock), solution };
    endTimeStep(system, dependents, stepHours);
    if (clockMoves === 'after') advanceClock(clock, stepSeconds);
  }
}
