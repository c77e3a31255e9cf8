/** Names of cases as people write them. */
import { describeValue, editDistance, InputError, shownName } from '../grid/index.js';

/** Other names in use, in the reduced form of {@link reduced}. There is no `ieee30`: case30 is another grid than the IEEE's of 30 buses. */
const ALIASES: Readonly<Record<string, string>> = {
  ieee14: 'case14',
  ieee57: 'case57',
  ieee118: 'case118',
  ieee300: 'case300',
  wscc9: 'case9',
  newengland39: 'case39',
  newengland: 'case39',
  ieee39: 'case39',
  case33: 'case33bw',
  baranwu: 'case33bw',
  rtecase5example: 'l2rpn-case5',
  rtecase5: 'l2rpn-case5',
  l2rpncase14sandbox: 'l2rpn-case14',
};

/** Lower case without blanks, dashes and the words that say nothing: `IEEE 14-bus` becomes `ieee14`, `14` and `case14.m` become `case14`. */
function reduced(name: string): string {
  const bare = name
    .toLowerCase()
    .replace(/\.m$/, '')
    .replace(/[\s_.-]+/g, '')
    .replace(/(testcase|system)$/, '')
    .replace(/bus(es)?$/, '');
  return /^\d/.test(bare) ? `case${bare}` : bare;
}

/**
 * The case meant by a name: itself, an alias, or the same name spelt otherwise.
 *
 * @throws InputError that lists those there are, nearest first, where there is none
 */
export function resolveCaseName(name: string, known: readonly string[]): string {
  if (typeof name !== 'string') throw new InputError(`a case is loaded by its name, as in "case14", not by ${describeValue(name)}`);
  const wanted = reduced(name);
  const target = reduced(Object.hasOwn(ALIASES, wanted) ? ALIASES[wanted] : wanted);
  const found = known.find((candidate) => reduced(candidate) === target);
  if (found !== undefined) return found;
  const near = known.map((candidate) => ({ candidate, distance: editDistance(wanted, reduced(candidate)) }));
  const listed = near.sort((a, b) => a.distance - b.distance).map((one) => one.candidate);
  throw new InputError(`there is no case named ${shownName(name)}; there are ${listed.join(', ')}`);
}
