/**
 * What a control device is to the loops that drive it, and what it gets to see.
 *
 * A device first *samples* a converged solution and, if it wants to act, pushes an action (a number of its own meaning) into the queue with a
 * delay; the loop later hands the action back by `execute`. Devices are made once a grid and keep their state over solutions.
 */
import type { Control, Grid } from '../grid/index.js';
import type { GridSolver } from '../powerflow/solver-types.js';
import type { ControlQueue } from './control-queue.js';

/**
 * When actions are carried out: `static`, nearest first while the clock stands still; `event`, nearest first and the clock jumps to them; `time`,
 * only those due by the present time.
 */
export type ActingMode = 'static' | 'event' | 'time';

/** The time of a solution: whole hours and the seconds since the last of them, [0, 3600]. */
export interface ControlClock {
  hour: number;
  seconds: number;
}

/** Hours as one number. */
export function clockHours(clock: ControlClock): number {
  return clock.hour + clock.seconds / 3600;
}

/** What devices work with. One object lives as long as its grid; the loop changes the clock and the counters. */
export interface ControlContext {
  readonly solver: GridSolver;
  readonly grid: Grid;
  readonly queue: ControlQueue;
  readonly clock: ControlClock;
  mode: ActingMode;
  /** What the clock means to shapes; `snapshot` where time stands still. */
  solutionMode: 'snapshot' | 'daily' | 'yearly' | 'duty' | 'direct';
  /** Length of a time step in seconds; what it was last set to in a snapshot. */
  stepSeconds: number;
  /** Control iterations done in the present solution, counted from 1. */
  controlIteration: number;
  /** Called by devices for what a user should know (an action that had to be cut, say). */
  warn(message: string): void;
}

/** One automatic device. */
export interface ControlDevice {
  /** The record it stands for; its `enabled` is looked at before every sample. */
  readonly record: Control;
  /** Looks at a converged solution and pushes actions, or takes back one it no longer wants. */
  sample(context: ControlContext): void;
  /** Carries out an action it pushed, with the code and the value it was pushed with. */
  execute(code: number, context: ControlContext, value: number): void;
  /** Back to the state of a device just made (armed flags, timers); positions of what it moves stay. */
  reset(context: ControlContext): void;
  /** Called once after each time step of a time series. */
  endOfStep?(context: ControlContext): void;
}
