/**
 * Lists of contingencies as text, a case a line:
 *
 * ```
 * # N-2 of the corridor
 * corridor: 4-7, 4-9#2          both fail together; of parallel branches the second
 * branch 12 + generator 3       places in the grid's lists, from 1
 * generator at 8                the one at bus 8
 * ```
 *
 * Elements stand between commas or plus signs; `#` at the beginning of a line or behind a blank begins a comment.
 */
import { type BalancedGrid, InputError, oneLine } from '../../grid/index.js';
import { ElementFinder } from './contingency-cases.js';
import type { ContingencyCase } from './contingency-types.js';

/**
 * Reads a list of cases for {@link analyseContingencies}. Elements are looked up in the grid at once.
 *
 * @param options.file named in messages
 * @throws InputError with file and line for what cannot be read or is not in the grid, and for a list without a case
 */
export function readContingencyList(text: string, grid: BalancedGrid, options: { file?: string } = {}): ContingencyCase[] {
  const { file = 'list' } = options;
  const finder = new ElementFinder(grid);
  const cases: ContingencyCase[] = [];
  text
    .replace(/^\uFEFF/, '')
    .split(/\r\n|\r|\n/)
    .forEach((whole, at) => {
      const line = whole.replace(/(^|\s)#.*$/, '').trim();
      if (line === '') return;
      try {
        cases.push(readLine(line, finder));
      } catch (error) {
        if (error instanceof InputError) throw new InputError(error.message, { location: { file, line: at + 1 } });
        throw error;
      }
    });
  if (cases.length === 0)
    throw new InputError('there is no contingency in it; write one a line, as 4-7 or branch 12 + generator 3', { location: { file, line: 0 } });
  return cases;
}

function readLine(line: string, finder: ElementFinder): ContingencyCase {
  const named = /^([^:]*):(.*)$/.exec(line);
  const name = named?.[1].trim();
  const branches: number[] = [];
  const generators: number[] = [];
  for (const part of (named ? named[2] : line).split(/[,+;]/)) {
    const element = part.trim();
    if (element === '') throw new InputError(`an element is missing in "${oneLine(line, 80)}"`);
    const match = /^(?:(branch|line|transformer|generator|gen)\s+)?(.*)$/i.exec(element);
    const kind = match?.[1]?.toLowerCase();
    const reference = match?.[2] ?? '';
    const isPlace = /^\d+$/.test(reference);
    if (kind === 'generator' || kind === 'gen') generators.push(finder.generator(isPlace ? Number(reference) : reference) + 1);
    else if (kind === undefined && isPlace)
      throw new InputError(`"${reference}" may be a branch or a generator; write branch ${reference} or generator ${reference}`);
    else branches.push(finder.branch(isPlace ? Number(reference) : reference) + 1);
  }
  return { ...(name ? { name } : {}), branches, generators };
}
