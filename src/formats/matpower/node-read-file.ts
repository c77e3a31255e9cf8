/** Case files on disk. Not for the browser. */
import { InputError } from '../../grid/index.js';
import { readScript } from '../opendss/file-access.js';
import { nodeFiles } from '../opendss/node-files.js';
import { type MatpowerCase, type MatpowerWarning, readMatpower } from './reader.js';

/**
 * Reads a MATPOWER case file from this machine's disk, as {@link readMatpower} reads its text. A name that differs in case only is found too.
 *
 * @throws InputError for a file that is not there or no text, and as readMatpower
 */
export function readMatpowerFile(path: string): MatpowerCase {
  const location = { file: path, line: 0 };
  const warnings: MatpowerWarning[] = [];
  const text = readScript(nodeFiles(), path, {
    fail: (message) => {
      throw new InputError(message);
    },
    warn: (message) => {
      warnings.push({ message, location });
    },
  });
  const read = readMatpower(text, { file: path });
  return { grid: read.grid, warnings: [...warnings, ...read.warnings] };
}
