/** Names of feeders as people write them. */
import { describeValue, editDistance, InputError, shownName } from '../grid/index.js';

/** Other names in use, in the reduced form of {@link reduced}, with the name they stand for. */
const ALIASES: Readonly<Record<string, string>> = {
  ieee4: 'ieee4-yy-bal',
  ieee4bus: 'ieee4-yy-bal',
  ieee34mod1: 'ieee34',
  ieee34mod2: 'ieee34-mod2',
  ieee8500bal: 'ieee8500',
  ieee8500balanced: 'ieee8500',
  ieee8500unbal: 'ieee8500-unbalanced',
  ieee8500u: 'ieee8500-unbalanced',
  eulv: 'european-lv',
  ieeeeulv: 'european-lv',
  europeanlowvoltage: 'european-lv',
  ieeeeuropeanlv: 'european-lv',
};

/** Lower case without blanks, dashes and the words that say nothing: `IEEE 123 node test feeder` and `123Bus` become `ieee123`. */
function reduced(name: string): string {
  const bare = name
    .toLowerCase()
    .replace(/[\s_.-]+/g, '')
    .replace(/(testfeeder|testcase|feeder|nodes?|bus(es)?)$/g, '')
    .replace(/(nodes?|bus(es)?)$/g, '');
  return /^\d/.test(bare) ? `ieee${bare}` : bare;
}

/**
 * The feeder meant by a name: itself, an alias, or the same name spelt otherwise.
 *
 * @throws InputError that lists near names where there is none
 */
export function resolveFeederName(name: string, known: readonly string[]): string {
  if (typeof name !== 'string') throw new InputError(`a feeder is loaded by its name, as in "ieee123", not by ${describeValue(name)}`);
  const wanted = reduced(name);
  const target = Object.hasOwn(ALIASES, wanted) ? ALIASES[wanted] : wanted;
  const found = known.find((candidate) => candidate === target) ?? known.find((candidate) => reduced(candidate) === reduced(target));
  if (found !== undefined) return found;
  const near = known
    .map((candidate) => ({ candidate, distance: editDistance(wanted, reduced(candidate)) }))
    .sort((a, b) => a.distance - b.distance)
    .filter((one, i) => i < 3 && one.distance <= Math.max(2, wanted.length / 2))
    .map((one) => one.candidate);
  const hint = near.length > 0 ? `did you mean ${near.join(', ')}?` : 'listFeeders(), or the command "busbar feeders", lists those there are';
  throw new InputError(`there is no feeder named ${shownName(name)}; ${hint}`);
}
