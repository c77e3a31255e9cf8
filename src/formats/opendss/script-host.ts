/**
 * What an OpenDSS script needs from outside: files to read, and somebody who can solve.
 * The interpreter edits a grid and keeps the solution options; whatever needs a solution goes to the host, so that formats/ imports no solver.
 */
import type { Grid, SourceLocation } from '../../grid/index.js';

/** Reads text files; paths are joined with `/`. In a browser this may stand on a Map of texts. */
export interface ScriptFiles {
  /** The file's text. Throws where there is no such file. */
  read(path: string): string;
  /** Whether anything is there. What is no file one can read (a folder, say) makes {@link size} throw. */
  exists(path: string): boolean;
  /** Size in bytes, so that absurd files can be refused before they are read. */
  size(path: string): number;
  /** The file's bytes, where binary files can be read. */
  readBytes?(path: string): Uint8Array;
  /** One and the same path for all paths that lead to one file (through links, say), by which loops of scripts are found. */
  realPath?(path: string): string;
}

/**
 * How load and generation vary over a solution. `peakday` is `daily` from hour 0 without the load multiplier; in `time` the clock moves on after
 * each solution instead of before, and `loadShapeClass` says which shapes are followed.
 */
export type SolutionMode = 'snapshot' | 'daily' | 'peakday' | 'yearly' | 'duty' | 'time' | 'direct';

/** Which shapes mode `time` follows. */
export type LoadShapeClass = 'daily' | 'yearly' | 'duty' | 'none';

/** When controls act: never; all at the same frozen time; in time. */
export type ControlMode = 'off' | 'static' | 'event' | 'time';

/** The options a script sets with `set`, mutable: a solve in a time mode moves `hour` and `second` on. */
export interface SolutionOptions {
  mode: SolutionMode;
  controlMode: ControlMode;
  /** Steps in one solve of a time mode. */
  number: number;
  stepSeconds: number;
  hour: number;
  /** Seconds within the hour. */
  second: number;
  /** As set by the script; the host decides what it means to its own methods. Undefined: never set. */
  tolerance?: number;
  maxIterations?: number;
  maxControlIterations: number;
  algorithm: 'normal' | 'newton';
  loadShapeClass: LoadShapeClass;
}

/** The defaults of a fresh circuit. */
export function defaultSolutionOptions(): SolutionOptions {
  return {
    mode: 'snapshot',
    controlMode: 'static',
    // The number of a fresh circuit counts in duty mode only: daily and yearly set their own.
    number: 100,
    stepSeconds: 0.001,
    hour: 0,
    second: 0,
    maxControlIterations: 10,
    algorithm: 'normal',
    loadShapeClass: 'none',
  };
}

/** Carries out what needs a solution. */
export interface ScriptHost {
  /** `solve`: solves the grid under the options; leaves taps, steps and states in the grid's records. */
  solve(grid: Grid, options: SolutionOptions, location: SourceLocation): void;
  /** `calcvoltagebases`: sets each bus's `baseKv` from `grid.voltageBasesKv` by a solution without loads. */
  calculateVoltageBases(grid: Grid, location: SourceLocation): void;
  /**
   * `set mode=` and `reset controls`: puts all enabled controls back to their first state (see ControlSystem.reset). Called after the options were
   * changed; setting the mode has also set the clock to 0.
   */
  resetControls?(grid: Grid, location: SourceLocation): void;
  /** A warning that does not stop the script (an ignored report command, a property without effect on power flow). */
  warn(message: string, location: SourceLocation): void;
}
