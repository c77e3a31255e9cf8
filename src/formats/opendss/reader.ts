/** Reads scripts that need no solution. */
import { type Grid, InputError, type SourceLocation } from '../../grid/index.js';
import { OpenDssInterpreter } from './interpreter.js';
import type { ScriptFiles, ScriptHost, SolutionOptions } from './script-host.js';

/** A warning of the reader. */
export interface ReaderWarning {
  message: string;
  location: SourceLocation;
}

/** What {@link readOpenDss} gives. */
export interface ReadResult {
  grid: Grid;
  warnings: ReaderWarning[];
  /** Solution options as the script left them. */
  options: SolutionOptions;
}

/** How to read. */
export interface ReadOptions {
  /**
   * What to do where the script asks for a solution (`solve`, `calcvoltagebases`): `skip` (default) goes on without, with a warning (taps stay as
   * written, buses without bases); `error` refuses the script.
   */
  onSolve?: 'skip' | 'error';
}

/**
 * Reads the grid that a script describes, without solving anything.
 *
 * @param path the script's file
 * @param files where scripts and data files are read
 * @throws InputError naming file, line, element and property
 */
export function readOpenDss(path: string, files: ScriptFiles, options: ReadOptions = {}): ReadResult {
  const warnings: ReaderWarning[] = [];
  const interpreter = new OpenDssInterpreter({ files, host: hostWithoutSolver(options.onSolve ?? 'skip', warnings) });
  interpreter.run(path);
  const { grid } = interpreter;
  interpreter.prepare();
  return { grid, warnings, options: interpreter.options };
}

/** A host that solves nothing. */
export function hostWithoutSolver(onSolve: 'skip' | 'error', warnings: ReaderWarning[] = []): ScriptHost {
  const refuse = (command: string, location: SourceLocation): void => {
    if (onSolve === 'error') throw new InputError(`"${command}" needs a solver; run the script with runScript`, { location });
    warnings.push({ message: `"${command}" is passed over: nothing is solved while reading`, location });
  };
  return {
    solve: (_grid, _options, location) => refuse('solve', location),
    calculateVoltageBases: (_grid, location) => refuse('calcvoltagebases', location),
    warn: (message, location) => {
      warnings.push({ message, location });
    },
  };
}
