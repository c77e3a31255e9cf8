/** The cases of the balanced suite: built-in ones, and larger MATPOWER files that lie beside the repository where they are at hand. */
import { existsSync } from 'node:fs';
import { caseNames, loadCase } from '../src/cases/index.js';
import type { NamedCase } from '../src/cli/balanced-suite.js';
import { readMatpowerFile } from '../src/formats/matpower/node-read-file.js';

/** Where files of cases are looked for, from the repository's root. */
const FOLDER = '../shared/cases/matpower';

/** The cases measured where none is named. */
export const BALANCED_CASES: readonly string[] = ['case14', 'case118', 'case300', 'case1354pegase', 'case2869pegase'];

/** Cases by name; a line to `notes` for each that is not there. */
export function balancedCases(names: readonly string[], notes: string[]): NamedCase[] {
  return names.flatMap((id) => {
    if (caseNames().includes(id)) return [{ id, grid: loadCase(id) }];
    const file = `${FOLDER}/${id}.m`;
    if (existsSync(file)) return [{ id, grid: readMatpowerFile(file).grid }];
    notes.push(`${id}: left out; there is no ${file}`);
    return [];
  });
}
