import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { CONSTANTS } from '../../src/formats/matpower/constants.js';
import { functionNames } from '../../src/formats/matpower/functions.js';

it('docs/matpower.md names all functions that a case file may call, and no others', () => {
  const page = readFileSync(new URL('../../docs/matpower.md', import.meta.url), 'utf8');
  const list = /`(abs [^`]*)`/.exec(page)?.[1].split(/\s+/) ?? [];
  const constants = ['pi', 'eps', 'Inf', 'NaN', 'inf', 'nan'];
  expect(list).toEqual(
    functionNames()
      .filter((name) => !constants.includes(name) && !(name in CONSTANTS))
      .sort(),
  );
});
