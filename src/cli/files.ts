/** Writing results to files, whole or not at all. */
import { existsSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { InputError } from '../grid/index.js';

/** Writes under a temporary name next to the target, then renames: nobody ever reads half a file. The folder has to be there. Throws {@link InputError}. */
export function writeFileWhole(path: string, content: string): void {
  requireFolder(path);
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    writeFileSync(temporary, content);
    renameSync(temporary, path);
  } catch (error) {
    try {
      rmSync(temporary, { force: true });
    } catch {
      // There was nothing to remove, or no folder to remove it from: the first error says why.
    }
    throw new InputError(`cannot write ${path}: ${(error as Error).message}`);
  }
}

/** Throws {@link InputError} where the folder of a file to be written is not there: better said before a long solution than after it. */
export function requireFolder(path: string): void {
  const folder = dirname(path);
  if (!existsSync(folder)) throw new InputError(`cannot write ${path}: there is no folder ${folder}; make it first`);
}
