/** Files that are no cases: one InputError each, and no other exception. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readMatpower, writeMatpower } from '../../../src/formats/matpower/index.js';
import { BusbarError, InputError, validateBalancedGrid } from '../../../src/grid/index.js';
import { twoBuses } from './small-cases.js';

/** Reads; gives the message, or checks the grid where there is one. */
function attempt(text: string): string | undefined {
  try {
    const { grid } = readMatpower(text, { file: 'bad.m' });
    validateBalancedGrid(grid);
    writeMatpower(grid);
    return undefined;
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    if (error.message.includes('\n')) throw new Error('a message has one line', { cause: error });
    return error.message;
  }
}

const BUS = 'mpc.bus = [1 3 0 0 0 0 1 1 0 110 1 1.1 0.9;\n 2 1 0 0 0 0 1 1 0 110 1 1.1 0.9];';

describe('faults', () => {
  it.each<[string, string, RegExp]>([
    ['nothing', '', /bad\.m:1:1: the file sets no "mpc"/],
    ['a comment only', '% nothing', /the file sets no "mpc"/],
    ['a bracket that is not closed', twoBuses('mpc.gencost = [1 2'), /bad\.m:10:15: "\[" is never closed/],
    ['a table that is not closed', twoBuses().replace('];\nmpc.gen', '\nmpc.gen'), /bad\.m:4:11: "\[" is never closed; add "\]"/],
    ['a bracket too many', twoBuses(']'), /bad\.m:10:1: "\]" stands where a number, a name or a bracket belongs/],
    ['rows of different length', twoBuses('', '2 1 0 0 0 0 1 1 0 110 1 1.1'), /bad\.m:6:3: row 2 of the matrix has 12 numbers, the first one 13/],
    ['too few columns of buses', twoBuses('mpc.bus(:, 13) = [];'), /bad\.m:5: mpc\.bus: has 12 columns; at least 13 are needed \(missing: Vmin\)/],
    ['too few columns of generators', twoBuses('mpc.gen = [1 0 0];'), /bad\.m:10: mpc\.gen: has 3 columns; at least 10 are needed \(missing: Qmax/],
    ['too few columns of branches', twoBuses('mpc.branch = [1 2 0 0.1];'), /bad\.m:10: mpc\.branch: has 4 columns; at least 11/],
    ['text in a table', twoBuses('', "2 'a' 0 0 0 0 1 1 0 110 1 1.1 0.9"), /bad\.m:6:5: text stands in a matrix/],
    ['a word in a table', twoBuses('', '2 one 0 0 0 0 1 1 0 110 1 1.1 0.9'), /bad\.m:6:5: "one" is neither a variable nor a function/],
    ['a bus twice', twoBuses('', '1 1 0 0 0 0 1 1 0 110 1 1.1 0.9'), /bad\.m:6: bus 1: is there twice/],
    ['a bus of no number', twoBuses('', '1.5 1 0 0 0 0 1 1 0 110 1 1.1 0.9'), /bad\.m:6: bus\.number: must be a positive integer, not 1\.5/],
    ['a bus of no type', twoBuses('', '2 7 0 0 0 0 1 1 0 110 1 1.1 0.9'), /bad\.m:6: bus 2\.type: must be 1 \(pq\)/],
    ['NaN', twoBuses('', '2 1 NaN 0 0 0 1 1 0 110 1 1.1 0.9'), /bad\.m:6: mpc\.bus: row 2, column 3 \(Pd\) is NaN/],
    ['NaN by arithmetic', twoBuses('mpc.bus(2, 3) = 0 / 0;'), /bad\.m:6: mpc\.bus: row 2, column 3 \(Pd\) is NaN/],
    ['an infinite load', twoBuses('', '2 1 Inf 0 0 0 1 1 0 110 1 1.1 0.9'), /bad\.m:6: load 1 \(bus 2\)\.powerMw: is Infinity/],
    ['a voltage of 0', twoBuses('', '2 1 0 0 0 0 1 0 0 110 1 1.1 0.9'), /bad\.m:6: bus 2\.voltagePu: must be above 0/],
    ['a branch to a missing bus', twoBuses('mpc.branch(1, 2) = 99;'), /bad\.m:9: branch 1\.to: there is no bus 99/],
    ['a branch without impedance', twoBuses('mpc.branch(1, 3:4) = 0;'), /bad\.m:9: branch 1 \(1 - 2\)\.reactancePu: has no impedance/],
    ['a branch with both ends at one bus', twoBuses('mpc.branch(1, 2) = 1;'), /bad\.m:9: branch 1 \(1 - 1\): has both ends at one bus/],
    ['a generator at a missing bus', twoBuses('mpc.gen(1, 1) = 5;'), /bad\.m:8: generator 1\.bus: there is no bus 5/],
    ['limits the wrong way round', twoBuses('mpc.gen(1, 4:5) = [-1 1];'), /bad\.m:8: generator 1 \(bus 1\)\.minMvar: is above maxMvar/],
    ['costs for other generators', twoBuses('mpc.gencost = ones(3, 6);'), /bad\.m:10: mpc\.gencost: has 3 rows; give one a generator \(1\)/],
    ['costs of another model', twoBuses('mpc.gencost = [3 0 0 1 1];'), /bad\.m:10: mpc\.gencost: row 1 is of model 3/],
    ['costs that are cut off', twoBuses('mpc.gencost = [2 0 0 3 1 1];'), /row 1 states n = 3, for which there are too few columns/],
    ['no base power', twoBuses('mpc.baseMVA = 0;'), /bad\.m:3: mpc\.baseMVA: must be one number above 0, not 0/],
    ['two base powers', twoBuses('mpc.baseMVA = [1 2];'), /mpc\.baseMVA: must be one number above 0, not 2 numbers/],
    ['a base power in text', twoBuses("mpc.baseMVA = '100';"), /mpc\.baseMVA: must be a matrix of numbers, not text/],
    ['no buses', twoBuses('mpc.bus = [];'), /mpc\.bus: has no rows/],
    ['no generators at all', `function mpc = a\nmpc.version = '2'; mpc.baseMVA = 1;\n${BUS}\nmpc.branch = [];`, /mpc\.gen: is missing/],
    [
      'version 1',
      'function [baseMVA, bus, gen, branch] = case9\nbaseMVA = 100;',
      /bad\.m:1:1: case format version 1 .* is not read; convert the file with MATPOWER/,
    ],
    ['version 1 by name', twoBuses("mpc.version = '1';"), /bad\.m:2: mpc\.version: is 1; convert/],
    ['another version', twoBuses('mpc.version = 3;'), /mpc\.version: must be '2'/],
    ['a function of nothing', 'function case9\nmpc.version = 2;', /the function returns nothing/],
    ['a result that is no struct', 'function mpc = a\nmpc = 5;', /"mpc" is 5, not a struct/],
    ['a loop without end', twoBuses('for k = 1:1e6, for j = 1:1e6, mpc.x = k; end, end'), /bad\.m:10:\d+: reading the file takes more work/],
    ['a page of the web', '<!DOCTYPE html>\n<html></html>', /bad\.m:1:1: "<" stands where a number/],
    ['an OpenDSS script', 'New Circuit.x basekv=115', /"Circuit" stands where the end of the statement belongs/],
  ])('%s', (_what, text, message) => {
    expect(attempt(text)).toMatch(message);
  });

  it('what is no text', () => {
    expect(() => readMatpower(5 as unknown as string)).toThrow(InputError);
  });
});

describe('anything at all', () => {
  it('random characters give one error', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        attempt(text);
      }),
    );
  });

  it('random tokens give one error or a grid', () => {
    const words = "mpc . bus gen ( ) [ ] { } ; , = + - * / ^ ' : end 1 2.5 1e9 'a' for if else \n % ... zeros find idx_bus x ~ == && Inf NaN".split(
      ' ',
    );
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...words, '\n', ' '), { maxLength: 60 }), (parts) => {
        attempt(twoBuses(parts.join(' ')));
        attempt(parts.join(''));
      }),
      { numRuns: 300 },
    );
  });

  it('a case with a stretch taken out or doubled gives one error or a grid', () => {
    const text = twoBuses("mpc.gencost = [2 0 0 3 0.1 5 0];\nmpc.bus_name = {'a'; 'b'};\nfor k = 1:2, if k > 1, mpc.bus(k, 3) = sqrt(4); end, end");
    fc.assert(
      fc.property(fc.nat(text.length), fc.nat(30), fc.boolean(), (at, length, isDoubled) => {
        const cut = text.slice(at, at + length);
        attempt(isDoubled ? text.slice(0, at) + cut + text.slice(at) : text.slice(0, at) + text.slice(at + length));
      }),
      { numRuns: 500 },
    );
  });
});

const CASE14 = fileURLToPath(new URL('../../../../shared/cases/matpower/case14.m', import.meta.url));

describe.skipIf(!existsSync(CASE14))(`case14 cut off (skipped without ${CASE14})`, () => {
  it('at every tenth character gives one error or a grid', () => {
    const text = existsSync(CASE14) ? readFileSync(CASE14, 'utf8') : '';
    const outcomes = new Set<boolean>();
    for (let end = 0; end < text.length; end += 10) {
      try {
        outcomes.add(attempt(text.slice(0, end)) === undefined);
      } catch (error) {
        throw new Error(`cut at ${end}: ${error instanceof BusbarError ? error.message : String(error)}`, { cause: error });
      }
    }
    expect(outcomes.size).toBe(2);
  });
});
