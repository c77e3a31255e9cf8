/** Cases that are built in, and larger ones from MATPOWER case files that lie beside the repository. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { caseNames, loadCase } from '../../../src/cases/index.js';
import { readMatpowerFile } from '../../../src/formats/matpower/node-read-file.js';
import type { BalancedGrid } from '../../../src/grid/index.js';

const FOLDER = new URL('../../../../shared/cases/matpower/', import.meta.url);

function fileOf(name: string): string {
  return fileURLToPath(new URL(`${name}.m`, FOLDER));
}

/** Whether a case is there; says so on the console where it is not. */
export function hasCase(name: string): boolean {
  if (caseNames().includes(name) || existsSync(fileOf(name))) return true;
  console.warn(`skipped: there is no ${fileOf(name)}`);
  return false;
}

/** The grid of a case. */
export function caseGrid(name: string): BalancedGrid {
  return caseNames().includes(name) ? loadCase(name) : readMatpowerFile(fileOf(name)).grid;
}
