/** Patterns of names: the same answers as JavaScript's own regular expressions, in bounded time. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NamePattern } from '../../../src/formats/opendss/name-pattern.js';

const fail = (message: string): never => {
  throw new Error(message);
};
const matches = (pattern: string, name: string): boolean => new NamePattern(pattern, fail).test(name);

describe('a pattern of names', () => {
  it('matches what a regular expression matches, whatever the pattern', () => {
    const atom = fc.constantFrom('a', 'b', 'C', '.', '[ab]', '[^a]', '[a-c_]', '\\d', '\\D', '\\w', '\\S', '^', '$', '\\.', '1');
    const { pattern } = fc.letrec<{ pattern: string }>((tie) => ({
      pattern: fc.oneof(
        { maxDepth: 4 },
        atom,
        fc.tuple(tie('pattern'), tie('pattern')).map(([a, b]) => a + b),
        fc.tuple(tie('pattern'), tie('pattern')).map(([a, b]) => `(${a}|${b})`),
        fc.tuple(tie('pattern'), fc.constantFrom('*', '+', '?', '{2}', '{0,2}', '{1,}', '*?')).map(([a, times]) => `(?:${a})${times}`),
      ),
    }));
    const name = fc.string({ unit: fc.constantFrom(...'abc1_.-'), maxLength: 8 });
    fc.assert(
      fc.property(pattern, name, (text, word) => {
        expect(matches(text, word), `${text} on ${word}`).toBe(new RegExp(text, 'i').test(word));
      }),
      { numRuns: 3000 },
    );
  });

  it('takes no longer for patterns on which others hang', () => {
    const begun = performance.now();
    expect(matches('(a+)+$', `${'a'.repeat(2000)}X`)).toBe(false);
    expect(matches('^(a|aa)+$', `${'a'.repeat(2000)}b`)).toBe(false);
    expect(matches('(.*a){20}', 'a'.repeat(19))).toBe(false);
    expect(performance.now() - begun).toBeLessThan(2000);
  });

  it.each([
    ['(a', 'never closed'],
    ['a)', '")" without "("'],
    ['[ab', 'never closed'],
    ['*a', 'repeats nothing'],
    ['a{3,1}', 'counts down'],
    ['(?=a)', 'not modelled'],
    ['(a)\\1', 'not modelled'],
    ['a\\', 'ends in a backslash'],
    ['((a{100}){100}){100}', 'repeats too much'],
    ['a'.repeat(501), 'more than 500'],
  ])('says what is wrong with %s', (pattern, message) => {
    expect(() => matches(pattern, 'a')).toThrow(message);
  });
});
