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
