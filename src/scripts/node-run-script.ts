/** Runs OpenDSS scripts from disk. */
import { nodeFiles } from '../formats/opendss/node-files.js';
import {
  type RunScriptOptions,
  runScriptText as runTextWithFiles,
  runScript as runWithFiles,
  type ScriptResult,
  type SolvedScript,
} from './run-script.js';

/** Options of {@link runScript} in Node, where the files default to those of this machine. */
export type NodeRunScriptOptions = Partial<RunScriptOptions>;

/**
 * Runs a script file, from disk unless `options.files` says otherwise.
 *
 * Throws InputError for what cannot be read, GridError for a grid that cannot be solved as posed, ConvergenceError where a solution or its controls do
 * not settle; each with the script's file and line.
 */
export function runScript(path: string, options: NodeRunScriptOptions & { solveIfUnsolved: false }): ScriptResult;
export function runScript(path: string, options?: NodeRunScriptOptions): SolvedScript;
export function runScript(path: string, options: NodeRunScriptOptions = {}): ScriptResult {
  return runWithFiles(path, withFiles(options));
}

/** Runs a script given as text; `name` stands for its file in messages, and files it reads are looked for beside it, on disk unless `options.files` says otherwise. */
export function runScriptText(text: string, name: string, options: NodeRunScriptOptions & { solveIfUnsolved: false }): ScriptResult;
export function runScriptText(text: string, name: string, options?: NodeRunScriptOptions): SolvedScript;
export function runScriptText(text: string, name: string, options: NodeRunScriptOptions = {}): ScriptResult {
  return runTextWithFiles(text, name, withFiles(options));
}

/** The options with files to read; what is no object is left to be refused. */
function withFiles(options: NodeRunScriptOptions): RunScriptOptions {
  if (typeof options !== 'object' || options === null) return options;
  return { ...options, files: options.files ?? nodeFiles() };
}

/** {@link runScript} by a name that says that it reads from disk. */
export const runScriptFile: typeof runScript = runScript;
