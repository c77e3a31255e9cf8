import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decode, encode } from '../../src/feeders/format/index.js';
import type { Line } from '../../src/grid/index.js';
import { BusbarError, balanced, Grid, GridError, InputError, scaled } from '../../src/grid/index.js';
import { grids } from './random-grid.js';

/** All that a grid holds, without the origins, which are not kept. */
function contents(grid: Grid): unknown {
  const { buses, loadShapes, xyCurves, temperatureShapes, ...rest } = grid;
  const own = Object.fromEntries(Object.entries(rest).filter(([name]) => name !== 'elementsById' && name !== 'controlsById'));
  const bare = <T extends object>(record: T): object => Object.fromEntries(Object.entries(record).filter(([name]) => name !== 'origin'));
  return {
    own,
    buses: [...buses],
    loadShapes: [...loadShapes],
    xyCurves: [...xyCurves],
    temperatureShapes: [...temperatureShapes],
    elements: [...grid.elements].map(bare),
    controls: [...grid.controls].map(bare),
  };
}

function line(name: string, lengthMeters: number, seriesOhm: Line['seriesOhm'], shuntSiemens: Line['shuntSiemens']): Line {
  const terminals: Line['terminals'] = [
    { bus: `${name}from`, nodes: [1, 2, 3] },
    { bus: `${name}to`, nodes: [1, 2, 3] },
  ];
  return { kind: 'line', name, enabled: true, phases: 3, terminals, seriesOhm, shuntSiemens, lengthMeters, isSwitch: false };
}

describe('the feeder format', () => {
  it('gives back every grid, bit for bit and in order', () => {
    fc.assert(
      fc.property(grids, (grid) => {
        const text = encode(grid);
        const again = decode(text);
        expect(contents(again)).toStrictEqual(contents(grid));
        expect(encode(again)).toBe(text);
      }),
      { numRuns: 300 },
    );
  });

  it('says the matrix of equal lines once where lengths reproduce the totals to the last bit', () => {
    const grid = new Grid('lines');
    const perMile = balanced(3, [0.457541, 1.078], [0.15594, 0.501663]);
    const shuntPerMile = balanced(3, [0, 5.6e-6], [0, -1.1e-6]);
    for (let i = 1; i <= 50; i++) {
      const feet = 37.5 * i + (i % 7);
      const miles = feet / (1609.344 / 0.3048);
      grid.add(line(`l${i}`, feet * 0.3048, scaled(perMile, miles), scaled(shuntPerMile, miles)));
    }
    const text = encode(grid);
    expect(text.match(/cb3 /g)).toHaveLength(1);
    expect(text).not.toContain('lengthMeters');
    expect(contents(decode(text))).toStrictEqual(contents(grid));
  });

  it('keeps the totals of a line whose last bit is its own', () => {
    const grid = new Grid('lines');
    const series = balanced(3, [0.1, 0.3], [0.01, 0.02]);
    const shunt = balanced(3, [0, 1e-6], [0, 0]);
    for (const i of [1, 2, 3]) grid.add(line(`l${i}`, 100 * i, scaled(series, i), scaled(shunt, i)));
    const odd = scaled(series, 4);
    odd.re[1] *= 1 + 3 * Number.EPSILON;
    grid.add(line('odd', 400, odd, scaled(shunt, 4)));
    const again = decode(encode(grid));
    expect(again.require('line', 'odd').seriesOhm.re[1]).toBe(odd.re[1]);
    expect(contents(again)).toStrictEqual(contents(grid));
  });

  it('notes where each element stands when the text has a name', () => {
    const grid = new Grid('one');
    grid.add(line('a', 1, balanced(3, [1, 1], [0, 0]), balanced(3, [0, 0], [0, 0])));
    const text = encode(grid, { comments: ['One line.\nTwo comments.'] });
    const lines = text.split('\n');
    expect(lines.slice(0, 3)).toEqual(['busbar-grid 1', '# One line.', '# Two comments.']);
    const origin = decode(text, { source: 'one.grid' }).require('line', 'a').origin;
    expect(lines[Number(origin?.split(':')[1]) - 1]).toMatch(/^a(,|$)/);
    expect(decode(text).require('line', 'a').origin).toBeUndefined();
  });

  it('refuses to save what it cannot keep, naming it', () => {
    const grid = new Grid('bad');
    const bad = line('a', 1, balanced(3, [1, Number.NaN], [0, 0]), balanced(3, [0, 0], [0, 0]));
    grid.add(bad);
    expect(() => encode(grid)).toThrow(new GridError('line.a: seriesOhm: NaN cannot be saved; give a finite number'));
    bad.seriesOhm = balanced(3, [1, 1], [0, 0]);
    Object.assign(bad, { colour: 'red' });
    expect(() => encode(grid)).toThrow(new GridError('line.a: the property colour has no column in this format'));
  });
});

describe('hostile texts', () => {
  const grid = new Grid('small');
  grid.add(line('a', 1, balanced(3, [1, 1], [0, 0]), balanced(3, [0, 0], [0, 0])));
  grid.add(line('b', 2, balanced(3, [1, 2], [0, 0]), balanced(3, [0, 0], [0, 0])));
  const good = encode(grid);
  const cases: [string, (text: string) => string, RegExp][] = [
    ['another format', () => 'New Circuit.x', /^f\.grid:1: begins with "New Circuit\.x" in place of "busbar-grid 1"/],
    ['nothing', () => '', /^f\.grid:1: begins with ""/],
    ['no [grid]', () => 'busbar-grid 1\n', /^f\.grid:1: has no section \[grid\]/],
    ['a word for a number', (text) => text.replace('frequencyHz=60', 'frequencyHz=sixty'), /^f\.grid:2: grid\.frequencyHz: "sixty" is not a number/],
    ['NaN', (text) => text.replace('frequencyHz=60', 'frequencyHz=NaN'), /"NaN" is not a number/],
    ['overflow', (text) => text.replace('frequencyHz=60', 'frequencyHz=1e999'), /"1e999" is too large a number/],
    ['a missing property', (text) => text.replace('isSwitch=n\n', ''), /^f\.grid:\d+: line\.a\.isSwitch: is missing/],
    [
      'a misspelt property',
      (text) => text.replace('isSwitch=n', 'isSwitch=n\nisSwich=n'),
      /^f\.grid:\d+: there is no column "isSwich" in section \[line\]/,
    ],
    ['a column twice', (text) => text.replace('isSwitch=n', 'isSwitch=n\nisSwitch=n'), /"isSwitch" stands twice/],
    ['an unknown section', (text) => text.replace('[line]', '[lines]'), /elements: asks for 2 of kind line; there are 0/],
    ['a section of its own', (text) => `${text}[sofa]\nrows:name\na\n`, /there is no section \[sofa\]/],
    ['a wrong matrix', (text) => text.replace(/cb3 1 1 0 0/, 'cb3 1 1 0'), /line\.a\.seriesOhm: a matrix cb3 needs 4 numbers and has 3/],
    ['a huge matrix', (text) => text.replace(/cb3 1 1 0 0/, 'cb999 1 1 0 0'), /order 999 is larger than 100/],
    ['too many cells', (text) => text.replace(/^a,.*$/m, '$&,1,1,1'), /^f\.grid:\d+: has \d+ cells for \d+ columns/],
    ['a name twice', (text) => text.replace(/^b,/m, 'a,'), /^f\.grid:\d+: line\.a: there is already an element line\.a/],
    ['a capital letter', (text) => text.replace(/^b,/m, 'B,'), /line\.B\.name: the name "B" is not lower case/],
    ['bad nodes', (text) => text.replace('.1.2.3', '.1.x.3'), /line\.a\.terminals\.1: "x" is not a number/],
    ['negative nodes', (text) => text.replace('.1.2.3', '.1.-2.3'), /-2 is not a whole number/],
    ['a lone percent sign', (text) => text.replace('name=small', 'name=5%'), /grid\.name: "5%": "%" must be followed/],
    ['too few elements in the order', (text) => text.replace('line*2', 'line'), /grid\.elements: leaves out 1 of kind line/],
    ['a billion elements', (text) => text.replace('line*2', 'line*999999999'), /asks for 999999999 of kind line; there are 2/],
    ['a section twice', (text) => `${text}[line]\nrows:name\nc\n`, /a second section \[line\]/],
    ['a type that is not there', (text) => `${text}[xycurve]\nrows:@,name,x,y\nz,c,1,1\n`, /there is no type "z"/],
    [
      'an endless series',
      (text) => `${text}[xycurve]\nrows:name,x,y\nc,1*999999999,2\n`,
      /xycurve\.c\.x: 999999999 is not a whole number from 1 to 20000000/,
    ],
    ['a division by zero', (text) => `${text}[xycurve]\nrows:name,x,y\nc,/0 1 2,2\n`, /the divisor "\/0" is not positive/],
  ];
  it.each(cases)('%s', (_, spoil, message) => {
    const text = spoil(good);
    expect(text).not.toBe(good);
    let caught: unknown;
    try {
      decode(text, { source: 'f.grid' });
    } catch (error) {
      caught = error;
    }
    expect(caught).toBeInstanceOf(InputError);
    expect((caught as InputError).message).toMatch(message);
    expect((caught as InputError).message).not.toContain('\n');
  });

  it('a text with bytes changed either reads or fails with one typed line', () => {
    const sources = fc.sample(grids, { numRuns: 20, seed: 7 }).map((one) => encode(one));
    const edit = fc.tuple(
      fc.nat(),
      fc.integer({ min: 0, max: 3 }),
      fc.oneof(fc.string({ unit: 'binary', maxLength: 3 }), fc.constantFrom(',', '\n', '%', '1e999', 'x', '')),
    );
    fc.assert(
      fc.property(fc.constantFrom(...sources), fc.array(edit, { minLength: 1, maxLength: 4 }), (source, edits) => {
        let text = source;
        for (const [place, removed, inserted] of edits) {
          const at = place % text.length;
          text = text.slice(0, at) + inserted + text.slice(at + removed);
        }
        try {
          const read = decode(text);
          // What reads must be sound enough to save again.
          encode(read);
        } catch (error) {
          expect(error).toBeInstanceOf(BusbarError);
          expect((error as Error).message).not.toContain('\n');
        }
      }),
      { numRuns: 2000 },
    );
  });
});
