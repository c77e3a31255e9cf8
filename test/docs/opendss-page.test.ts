import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { IgnoredObject } from '../../src/formats/opendss/classes/ignored.js';
import { CLASSES, refusedClasses } from '../../src/formats/opendss/classes/index.js';

const page = readFileSync(new URL('../../docs/opendss.md', import.meta.url), 'utf8');

/** The words in backquotes after a heading word, up to the end of its paragraph or its bracket. */
function listed(word: string): string[] {
  const text = page
    .slice(page.indexOf(`\n${word}:`))
    .split('\n\n')[0]
    .split('(')[0];
  return [...text.matchAll(/`([^`]+)`/g)].map((match) => match[1]).sort();
}

/** Whether a class of the reader makes objects without effect. */
function isIgnored(name: string): boolean {
  const context = { objectsOf: () => [{}], location: { file: '', line: 0 }, fundamentalHz: 60 };
  try {
    return CLASSES.get(name)?.make('x', context as never) instanceof IgnoredObject;
  } catch {
    return false;
  }
}

describe('docs/opendss.md', () => {
  it('lists the classes that are modelled', () => {
    const modelled = [...CLASSES.keys()].filter((name) => !isIgnored(name));
    expect(listed('Modelled')).toEqual(['circuit', ...modelled].sort());
  });

  it('lists the classes without effect, and those refused', () => {
    expect(listed('Accepted without effect')).toEqual([...CLASSES.keys()].filter(isIgnored).sort());
    expect(listed('Refused')).toEqual([...refusedClasses].sort());
  });
});
