/** Writing results to files, whole or not at all. */
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { InputError } from '../grid/index.js';

/** Writes under a temporary name next to the target, then renames: nobody ever reads half a file. Makes the folder. Throws {@link InputError}. */
export function writeFileWhole(path: string, content: string): void {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    mkdirSync(dirname(path), { recursive: true });
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
