/** How near two names are, for messages that say what may have been meant. */

/** Names longer than this are near to nothing. */
const LONGEST_NAME = 60;

/** Edit distance (Levenshtein) of two names; infinite where the first is longer than 60 characters. */
export function editDistance(a: string, b: string): number {
  if (a.length > LONGEST_NAME) return Number.POSITIVE_INFINITY;
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) next.push(Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1)));
    row = next;
  }
  return row[b.length];
}

/** A name as it may stand in a message. */
export function shownName(name: string): string {
  return JSON.stringify(name.length > 40 ? `${name.slice(0, 40)}...` : name);
}

/** A name of so many characters that another begins with is near it. */
const LEAST_BEGINNING = 3;

/** How far a name may be from one that was meant. */
function limitOf(name: string): number {
  return Math.max(1, name.length / 2);
}

/** The known names that are near enough to one to have been meant, the nearest first. */
function nearNames(name: unknown, known: readonly string[]): string[] {
  const wanted = String(name).toLowerCase();
  const distanceTo = (candidate: string): number =>
    wanted.length >= LEAST_BEGINNING && candidate.startsWith(wanted) ? 1 : editDistance(wanted, candidate);
  const candidates = known.map((candidate) => ({ candidate, distance: distanceTo(candidate.toLowerCase()) }));
  const near = candidates.filter(({ distance }) => distance <= limitOf(wanted));
  return near.sort((a, b) => a.distance - b.distance).map(({ candidate }) => candidate);
}

/** Names of a short list: those near one that was given first, then the others as they stand. */
export function nearestFirst(name: unknown, known: readonly string[]): string[] {
  return [...new Set([...nearNames(name, known), ...known])];
}

/** So many names are listed whether they are near or not. */
const SHORT_LIST = 6;
/** Most near names of a long list. */
const MOST_NEAR = 6;

/**
 * What there is in the place of a name that there is not, as it stands in a message behind a semicolon: a short list as a whole, near names first; of a long one the names that are near enough
 * to have been meant, and how many more there are.
 *
 * @param where what lists all of them, as in `listTasks()`
 */
export function namesThere(name: unknown, known: readonly string[], where?: string): string {
  if (known.length === 0) return 'there are none';
  if (known.length <= SHORT_LIST) return `there are ${nearestFirst(name, known).join(', ')}`;
  const near = nearNames(name, known).slice(0, MOST_NEAR);
  const whole = where === undefined ? '' : ` (${where})`;
  if (near.length > 0) return `there are ${near.join(', ')} and ${known.length - near.length} more${whole}`;
  return where === undefined ? `there are ${known.length}, such as ${known.slice(0, 3).join(', ')}` : `there are ${known.length}${whole}`;
}
