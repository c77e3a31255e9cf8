import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ParameterScanner, splitItems, splitRows } from '../../../src/formats/opendss/tokenizer.js';
import { BusbarError, InputError } from '../../../src/grid/index.js';

const HERE = { file: 'a.dss', line: 7 };

function parameters(text: string, variables = new Map<string, string>()): [string, string][] {
  const scanner = new ParameterScanner(text, HERE, variables);
  const found: [string, string][] = [];
  for (let p = scanner.next(); p; p = scanner.next()) found.push([p.name, p.text]);
  return found;
}

describe('parameters of a line', () => {
  it('are separated by blanks, commas and tabs, and tied by =', () => {
    expect(parameters('New Load.a kW=3, kvar = 4\tpf= .9')).toEqual([
      ['', 'New'],
      ['', 'Load.a'],
      ['kW', '3'],
      ['kvar', '4'],
      ['pf', '.9'],
    ]);
  });

  it('may stand in any quotes, which keep other marks', () => {
    expect(parameters(`a=(1 2) b=[3, (4 5 +)] c={x=1} d="it's" e='say "so"'`)).toEqual([
      ['a', '1 2'],
      ['b', '3, (4 5 +)'],
      ['c', 'x=1'],
      ['d', "it's"],
      ['e', 'say "so"'],
    ]);
  });

  it('end at a comment outside quotes', () => {
    expect(parameters('a=1 !b=2')).toEqual([['a', '1']]);
    expect(parameters('a=1!b=2')).toEqual([['a', '1']]);
    expect(parameters('a=1 // b=2')).toEqual([['a', '1']]);
    expect(parameters('a="1!2" b=x/y')).toEqual([
      ['a', '1!2'],
      ['b', 'x/y'],
    ]);
    expect(parameters('  // nothing')).toEqual([]);
  });

  it('take variables, with a path behind them', () => {
    const variables = new Map([
      ['@bus', 'b7'],
      ['@kv', '{@v 1000 /}'],
    ]);
    expect(parameters('bus1=@Bus.1.2 kv=@kv x=@unknown', variables)).toEqual([
      ['bus1', 'b7.1.2'],
      ['kv', '@v 1000 /'],
      ['x', '@unknown'],
    ]);
  });

  it('name the place of a bracket that is never closed', () => {
    expect(() => parameters('kvs=[1 2')).toThrow(new InputError('"[" is never closed: [1 2; add the closing ]', { location: HERE }));
  });

  it('never fail but with a BusbarError, and never hang', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'ab1 .=,|!/\\@~"\'()[]{}\t') }), (text) => {
        try {
          const found = parameters(text, new Map([['@a', '1']]));
          expect(found.length).toBeLessThanOrEqual(text.length);
        } catch (error) {
          expect(error).toBeInstanceOf(BusbarError);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe('lists', () => {
  it('split into items and rows', () => {
    expect(splitItems('1, 2  (3 4 +) ,5', HERE).map((item) => item.text)).toEqual(['1', '2', '3 4 +', '5']);
    expect(splitItems('1,,3', HERE).map((item) => item.text)).toEqual(['1', '', '3']);
    expect(splitRows('1 | 2 3 |4,5 6', HERE).map((row) => row.map((item) => item.text))).toEqual([['1'], ['2', '3'], ['4', '5', '6']]);
    expect(splitRows('[1 2] | 3', HERE).map((row) => row.length)).toEqual([1, 1]);
  });

  it('keep every plain item, whatever stands between them', () => {
    const word = fc.stringMatching(/^[a-z0-9.+-]{1,6}$/);
    fc.assert(
      fc.property(fc.array(word, { minLength: 1 }), fc.constantFrom(' ', ',', ', ', '  ', '\t'), (words, separator) => {
        expect(splitItems(words.join(separator), HERE).map((item) => item.text)).toEqual(words);
      }),
    );
  });
});
