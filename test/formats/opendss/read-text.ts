/** Reads scripts held in the tests themselves. */
import { MemoryFiles, OpenDssInterpreter, type ScriptHost } from '../../../src/formats/opendss/index.js';
import type { Grid } from '../../../src/grid/index.js';

/** What a test script left behind. */
export interface ReadText {
  grid: Grid;
  warnings: string[];
  interpreter: OpenDssInterpreter;
  /** Calls of the host, in order. */
  calls: string[];
}

/** Runs a script after `new circuit.t`, with other files at hand; nothing is solved. */
export function read(script: string, files: Record<string, string> = {}): ReadText {
  return readWhole(`clear\nnew circuit.t\n${script}`, files);
}

/** Runs a whole script. */
export function readWhole(script: string, files: Record<string, string> = {}): ReadText {
  const warnings: string[] = [];
  const calls: string[] = [];
  const host: ScriptHost = {
    solve: (_grid, options) => {
      calls.push(`solve ${options.mode}`);
    },
    calculateVoltageBases: () => {
      calls.push('calcvoltagebases');
    },
    resetControls: () => {
      calls.push('resetcontrols');
    },
    warn: (message, location) => {
      warnings.push(`${location.file}:${location.line}: ${message}`);
    },
  };
  const interpreter = new OpenDssInterpreter({ files: new MemoryFiles(files), host });
  interpreter.runText(script, 'main.dss');
  const { grid } = interpreter;
  interpreter.prepare();
  return { grid, warnings, interpreter, calls };
}
