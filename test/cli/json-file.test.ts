/** Broken JSON files: where they are broken. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { readJsonFile } from '../../src/cli/json-file.js';

const folder = mkdtempSync(join(tmpdir(), 'busbar-json-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const path = join(folder, 'a.json');

function faultOf(text: string): string {
  writeFileSync(path, text);
  try {
    readJsonFile(path, 'a thing');
  } catch (error) {
    return (error as Error).message.replace(`${path}:`, '');
  }
  return '';
}

describe('readJsonFile', () => {
  it.each([
    ['', '1:1: this is no JSON: there is the end of the file where a value should be'],
    ['{"a": 1,\n "b": }', '2:7: this is no JSON: there is "}" where a value should be'],
    ['{"a": 1,\n "b" 2}', '2:6: this is no JSON: there is "2}" where a colon should be'],
    ['{"a": 1\n "b": 2}', '2:2: this is no JSON: there is "\\"b\\": 2}" where , or } should be'],
    ['[1, 2,]', '1:7: this is no JSON: there is "]" where a value should be'],
    ['[1, 2', '1:6: this is no JSON: there is the end of the file where , or ] should be'],
    ['{a: 1}', '1:2: this is no JSON: there is "a: 1}" where a name in double quotes should be'],
    ["{'a': 1}", '1:2: this is no JSON: there is "\'a\': 1}" where a name in double quotes should be'],
    ['{"a": 1}\n\nx', '3:1: this is no JSON: there is "x" where the end of the file should be'],
    ['"abc', '1:5: this is no JSON: there is the end of the file where the end of a text, " should be'],
    ['"a\\x"', '1:3: this is no JSON: there is "\\\\x\\"" where a character that a text may have should be'],
    ['[01]', '1:3: this is no JSON: there is "1]" where , or ] should be'],
    ['{"a": NaN}', '1:7: this is no JSON: there is "NaN}" where a value should be'],
  ])('%j', (text, message) => {
    expect(faultOf(text)).toBe(message);
  });

  it('reads what JSON.parse reads, and finds a place in all that it refuses', () => {
    fc.assert(
      fc.property(fc.json(), fc.nat(), fc.constantFrom('', '"', '{', ']', ',', 'e', '\\', '\n', '\u0001'), (json, place, change) => {
        const at = place % (json.length + 1);
        const text = json.slice(0, at) + change + json.slice(at + (place % 2));
        let parsed: unknown;
        try {
          parsed = { value: JSON.parse(text) };
        } catch {
          parsed = undefined;
        }
        const fault = faultOf(text);
        if (parsed) expect(fault).toBe('');
        else expect(fault).toMatch(/^\d+:\d+: this is no JSON: there is .* where (?!JSON)/);
      }),
      { numRuns: 300 },
    );
  });
});
