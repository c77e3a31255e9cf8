import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeCase, encodeCase, loadCase } from '../../src/cases/index.js';
import { type BalancedGrid, BusbarError, InputError } from '../../src/grid/index.js';

const TEXT = `busbar-case 1
# two buses
[grid]
name=two
baseMva=100
[bus]
kind=pq
voltagePu=1
angleDegrees=0
baseKv=110
minVoltagePu=0.9
maxVoltagePu=inf
area=1
zone=1
rows:number,kind,name
1,slack,North%2c 1
2,,%-
[cost]
startup=0
shutdown=0
values=1 2
rows:model,values
2
2,%
`;

describe('the case format', () => {
  it('is read', () => {
    const grid = decodeCase(TEXT);
    const bus = { voltagePu: 1, angleDegrees: 0, baseKv: 110, minVoltagePu: 0.9, maxVoltagePu: Infinity, area: 1, zone: 1 };
    expect(grid).toEqual({
      name: 'two',
      baseMva: 100,
      buses: [
        { number: 1, name: 'North, 1', kind: 'slack', ...bus },
        { number: 2, name: '', kind: 'pq', ...bus },
      ],
      loads: [],
      shunts: [],
      generators: [],
      branches: [],
      generatorCosts: [
        { model: 2, startup: 0, shutdown: 0, values: [1, 2] },
        { model: 2, startup: 0, shutdown: 0, values: [] },
      ],
    } satisfies BalancedGrid);
    expect(decodeCase(TEXT.replaceAll('\n', '\r\n'))).toEqual(grid);
  });

  it('keeps any names, signs of zero and what is absent', () => {
    fc.assert(
      fc.property(
        fc.array(fc.option(fc.string({ unit: 'binary', maxLength: 8 }), { nil: undefined }), { minLength: 9, maxLength: 9 }),
        fc.array(fc.option(fc.oneof(fc.double({ noNaN: true, min: -1e15, max: 1e15 }), fc.constantFrom(0, -0)), { nil: undefined }), {
          minLength: 9,
          maxLength: 9,
        }),
        (names, substations) => {
          const grid = loadCase('case9');
          grid.buses.forEach((bus, k) => {
            if (names[k] !== undefined) bus.name = names[k];
            if (substations[k] !== undefined) bus.substation = substations[k];
          });
          const text = encodeCase(grid, { comments: ['one\nline'] });
          expect(decodeCase(text)).toEqual(grid);
        },
      ),
    );
  });

  it.each<[string, string, RegExp]>([
    ['another text', 'busbar-grid 1\n', /^bad:1: the text must begin with the line "busbar-case 1"/],
    ['nothing', '', /^bad:1: the text must begin/],
    ['an unknown section', TEXT.replace('[bus]', '[node]'), /^bad:6: grid: there is no section \[node\]; there are \[grid\], \[bus\]/],
    ['a section twice', `${TEXT}[bus]\n`, /^bad:25: cost: the section \[bus\] is there twice/],
    ['an unknown column', TEXT.replace('zone=1', 'colour=1'), /^bad:14: bus: there is no column "colour" here; there are number, name/],
    ['an unknown column of rows', TEXT.replace('number,kind', 'number,sort'), /^bad:15: bus: there is no column "sort"/],
    ['a column twice', TEXT.replace('number,kind', 'number,number'), /^bad:15: bus: a column is named twice/],
    ['no number', TEXT.replace('1,slack', 'one,slack'), /^bad:16: bus\.number: "one" is no number/],
    ['no list', TEXT.replace('2,%\n', '2,1 x\n'), /^bad:24: cost\.values: "1 x" is no list/],
    ['too many cells', TEXT.replace('2,,%-', '2,,,,'), /^bad:17: bus: the row has 5 cells; there are 3 columns/],
    ['a broken letter', TEXT.replace('%2c', '%2'), /^bad:16: bus\.name: "North%2 1" is no text/],
    ['a bus twice', TEXT.replace('2,,%-', '1'), /bus 1: is there twice/],
    ['a bus of no kind', TEXT.replace('slack', 'swing'), /bus 1\.kind: must be pq, pv, slack or isolated/],
    ['a property that is missing', TEXT.replace('zone=1\n', ''), /bus 1\.zone: is undefined; a number/],
    ['rows in no section', 'busbar-case 1\n1,2\n', /^bad:2: a line "\[section\]"/],
    ['rows of the grid', 'busbar-case 1\n[grid]\nrows:name\n', /^bad:3: grid: there are no rows in this section/],
  ])('%s is refused', (_what, text, message) => {
    expect(() => decodeCase(text, { source: 'bad' })).toThrow(message);
    expect(() => decodeCase(text, { source: 'bad' })).toThrow(InputError);
  });

  it('cut off or with letters changed is refused in one line, or is a grid', () => {
    const whole = encodeCase(loadCase('case14'));
    fc.assert(
      fc.property(fc.nat(whole.length), fc.nat(20), fc.string({ maxLength: 3 }), (at, length, put) => {
        try {
          decodeCase(whole.slice(0, at) + put + whole.slice(at + length));
        } catch (error) {
          if (!(error instanceof BusbarError)) throw error;
          expect(error.message).not.toContain('\n');
        }
      }),
      { numRuns: 500 },
    );
  });
});
