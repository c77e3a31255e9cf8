/** Reads an OpenDSS script without solving it: a `solve` is passed over, so that taps, steps and states stay as the files give them. */

import { OpenDssInterpreter, type ScriptFiles } from '../src/formats/opendss/index.js';
import { nodeFiles } from '../src/formats/opendss/node-files.js';
import type { Grid } from '../src/grid/index.js';
import { ScriptSession } from '../src/scripts/index.js';

class UnsolvedSession extends ScriptSession {
  override solve(): void {}
}

/** The grid of a script before any solution, with its voltage bases. */
export function readUnsolved(path: string, warn: (message: string) => void, files: () => ScriptFiles = nodeFiles): Grid {
  const session = new UnsolvedSession({ onWarning: ({ message, location }) => warn(`${location.file}:${location.line}: ${message}`) });
  const interpreter = new OpenDssInterpreter({ files: files(), host: session });
  interpreter.run(path);
  const { grid } = interpreter;
  if (!grid) throw new Error(`${path} makes no circuit`);
  return grid;
}
