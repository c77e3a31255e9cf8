/** Runs an OpenDSS script as OpenDSS would: edits, options and solutions in order. */
import type { ControlledSolution, ControlSystem } from '../controls/index.js';
import { OpenDssInterpreter, type ScriptFiles, type SolutionOptions } from '../formats/opendss/index.js';
import type { Grid } from '../grid/index.js';
import { describeValue, InputError } from '../grid/index.js';
import { checkSolveOptions, type GridSolver, SOLVE_OPTION_NAMES, type SolveOptions, type SolveReport, unknownOption } from '../powerflow/index.js';
import { ScriptSession, type ScriptWarning, type SessionOptions } from './script-session.js';

/** Options of {@link runScript}. */
export interface RunScriptOptions extends SessionOptions {
  /** Where scripts and data files are read. */
  files: ScriptFiles;
  /** Solve once at the end where the script has no `solve`. Default true. */
  solveIfUnsolved?: boolean;
}

/** What a script leaves behind. */
export interface ScriptResult {
  grid: Grid;
  /** Solver of the grid; holds the last solution. */
  solver: GridSolver;
  /** The grid's controls with their state, and its clock. */
  system: ControlSystem;
  /** The last solution; undefined only where none was asked for (`solveIfUnsolved: false`). */
  solution: ControlledSolution | undefined;
  /** Report of its last power flow. */
  report: SolveReport | undefined;
  /** Control iterations and iterations of the last solution (the last step, of a solution in time). */
  controlIterations: number;
  iterations: number;
  warnings: ScriptWarning[];
  /** The script's options as they stand at its end. */
  options: SolutionOptions;
}

/** A script's result with its solution, as {@link runScript} gives it unless told not to solve. */
export type SolvedScript = ScriptResult & { solution: ControlledSolution; report: SolveReport };

/** Every option of {@link RunScriptOptions} that is not one of a solution; the type has the compiler say when one is missing here. */
const SCRIPT_OPTIONS: Record<Exclude<keyof RunScriptOptions, keyof SolveOptions>, true> = {
  files: true,
  solveIfUnsolved: true,
  createSolver: true,
  controlMode: true,
  onStep: true,
  onWarning: true,
};

/**
 * Runs a script file, which is read through `options.files`: `new MemoryFiles({...})` over texts at hand, `nodeFiles()` for the disk. (What `busbar` exports in
 * Node by this name reads from disk where no files are given.)
 *
 * Throws InputError for what cannot be read, GridError for a grid that cannot be solved as posed, ConvergenceError where a solution or its controls do
 * not settle; each with the script's file and line.
 */
export function runScript(path: string, options: RunScriptOptions & { solveIfUnsolved: false }): ScriptResult;
export function runScript(path: string, options: RunScriptOptions): SolvedScript;
export function runScript(path: string, options: RunScriptOptions): ScriptResult {
  return run(path, options, (interpreter) => interpreter.run(path));
}

/** Runs a script given as text; `name` stands for its file in messages, and files it reads are looked for beside it. */
export function runScriptText(text: string, name: string, options: RunScriptOptions & { solveIfUnsolved: false }): ScriptResult;
export function runScriptText(text: string, name: string, options: RunScriptOptions): SolvedScript;
export function runScriptText(text: string, name: string, options: RunScriptOptions): ScriptResult {
  return run(name, options, (interpreter) => interpreter.runText(text, name));
}

function checkOptions(options: RunScriptOptions): void {
  if (options !== undefined && (options === null || typeof options !== 'object')) {
    throw new InputError(`options of a script are an object, not ${describeValue(options)}`);
  }
  // Who writes JavaScript may have left it out, all of it.
  const given: Partial<RunScriptOptions> = options ?? {};
  if (typeof given.files?.read !== 'function') {
    throw new InputError('a script needs options.files, where it is read: new MemoryFiles({ name: text }) over texts, nodeFiles() for the disk');
  }
  for (const key in given) {
    if (!Object.hasOwn(SCRIPT_OPTIONS, key) && !SOLVE_OPTION_NAMES.includes(key))
      unknownOption(key, [...SOLVE_OPTION_NAMES, ...Object.keys(SCRIPT_OPTIONS)]);
  }
  const { method, tolerance, maxIterations, accelerationFactor, start } = given;
  checkSolveOptions({ method, tolerance, maxIterations, accelerationFactor, start });
}

/** Whether a solution of this mode is a number of steps, which may be 0. */
function isInTime(mode: SolutionOptions['mode']): boolean {
  return mode !== 'snapshot' && mode !== 'direct';
}

function run(name: string, options: RunScriptOptions, start: (interpreter: OpenDssInterpreter) => void): ScriptResult {
  if (typeof name !== 'string' || name === '') throw new InputError(`a script needs a name (its file's path), not ${describeValue(name)}`);
  checkOptions(options);
  const { files, solveIfUnsolved = true, ...sessionOptions } = options;
  const session = new ScriptSession(sessionOptions);
  const interpreter = new OpenDssInterpreter({ files, host: session });
  start(interpreter);
  const { grid } = interpreter;
  if (!grid) throw new InputError('the script makes no circuit (new circuit.name)', { location: { file: name, line: 0 } });
  if (solveIfUnsolved && !session.lastSolution) {
    interpreter.prepare();
    if (interpreter.options.number > 0 || !isInTime(interpreter.options.mode)) session.solve(grid, interpreter.options, { file: name, line: 0 });
  }
  const system = session.systemOf(grid);
  const solution = session.lastSolution;
  if (solveIfUnsolved && !solution) {
    throw new InputError(`the script solves nothing: its solve mode=${interpreter.options.mode} has number=0; set number=1 or more`, {
      location: { file: name, line: 0 },
    });
  }
  return {
    grid,
    solver: system.solver,
    system,
    solution,
    report: solution?.report,
    controlIterations: solution?.controlIterations ?? 0,
    iterations: solution?.iterations ?? 0,
    warnings: session.warnings,
    options: interpreter.options,
  };
}
