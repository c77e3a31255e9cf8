/** Which phase a control watches: a number, or one of all. */

import type { PropertyValue } from '../property-value.js';
import { parseNumber } from '../rpn.js';

/** Reads a phase number from 1, or one of the words allowed (which may be abbreviated to two letters). */
export function phaseSelection<W extends string>(value: PropertyValue, words: readonly W[]): number | W {
  const text = value.text.trim().toLowerCase();
  if (parseNumber(text) !== undefined) return Math.max(1, value.integer());
  return value.choice(words.map((word) => [word, word] as const));
}
