/** Runs OpenDSS scripts from disk. */
import { nodeFiles } from '../formats/opendss/node-files.js';
import { type RunScriptOptions, runScript, type ScriptResult, type SolvedScript } from './run-script.js';

/** {@link runScript} with the files of this machine. */
export function runScriptFile(path: string, options: Omit<RunScriptOptions, 'files'> & { solveIfUnsolved: false }): ScriptResult;
export function runScriptFile(path: string, options?: Omit<RunScriptOptions, 'files'>): SolvedScript;
export function runScriptFile(path: string, options: Omit<RunScriptOptions, 'files'> = {}): ScriptResult {
  return runScript(path, { ...options, files: nodeFiles() });
}
