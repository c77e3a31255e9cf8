import { describe, expect, it } from 'vitest';
import { loadFeeder } from '../../src/feeders/index.js';
import { GridError } from '../../src/grid/index.js';
import { solveSeries as browserSeries } from '../../src/powerflow/batch-series.js';
import { solveColumns, solveSeries } from '../../src/powerflow/node-batch-series.js';
import { countsOf } from './series-scenarios.js';

describe('series that cannot be', () => {
  const nine = new Float64Array(9).fill(1);
  const wrong: [string, unknown, object, RegExp][] = [
    ['an element that there is not', { 'load.nosuch': { powerKw: nine } }, {}, /no element "load.nosuch".*kind\.name/],
    ['a field of another kind', { 'load.671': { tapPu: nine } }, {}, /load\.671: there is no column "tapPu" for a load; it takes powerKw, powerKvar/],
    ['a kind without columns', { 'reactor.r': { powerKw: nine } }, {}, /no element "reactor\.r"/],
    ['no column', { 'load.671': { powerKw: undefined } }, {}, /load\.671: no column is given/],
    ['no columns', {}, {}, /there are no columns/],
    ['an array in the place of fields', { 'load.671': nine }, {}, /object of fields.*not one array/],
    [
      'lengths that differ',
      { 'load.671': { powerKw: nine }, 'load.634a': { powerKw: [1] } },
      {},
      /load\.634a\.powerKw has 1 .*load\.671\.powerKw has 9/,
    ],
    ['one element twice', { 'load.671': { powerKw: nine }, 'LOAD.671': { powerKvar: nine } }, {}, /columns twice/],
    ['a column that is none', { 'load.671': { powerKw: 3 } }, {}, /load\.671\.powerKw is 3; give an array/],
    ['a power that is text', { 'load.671': { powerKw: [1, 'x'] } }, {}, /load\.671\.powerKw is "x" in scenario 1; it must be a number/],
    ['a power that is missing', { 'load.671': { powerKw: [null] } }, {}, /load\.671\.powerKw is null in scenario 0; it must be a number/],
    ['a tap of 0', { 'transformer.reg1': { tapPu: [1, 1, 0] } }, { chunkSize: 2 }, /transformer\.reg1\.tapPu is 0 in scenario 2; it must be above 0/],
    [
      'half a step',
      { 'capacitor.cap1': { closedSteps: [0.5] } },
      {},
      /capacitor\.cap1\.closedSteps is 0\.5 in scenario 0; it must be a whole number from 0 to 1/,
    ],
    ['half a switch', { 'line.671692': { closed: [1, 0.5] } }, {}, /line\.671692\.closed is 0\.5 in scenario 1/],
    ['no scenario', { 'load.671': { powerKw: [] } }, {}, /hold no scenario/],
    ['a node that there is not', { 'load.671': { powerKw: nine } }, { voltagesPu: ['671.9'] }, /no node or bus "671\.9"/],
    ['nodes that are no names', { 'load.671': { powerKw: nine } }, { voltagesVolt: [3] }, /voltagesVolt takes an array of nodes/],
    ['an output that there is not', { 'load.671': { powerKw: nine } }, { outputs: ['losses'] }, /no column "losses"; there are minVoltagePu/],
    ['a chunk of nothing', { 'load.671': { powerKw: nine } }, { chunkSize: 0 }, /chunkSize is 0/],
    ['another start', { 'load.671': { powerKw: nine } }, { start: 'flat' }, /start is "flat"; it must be base or warm/],
    ['a signal that is none', { 'load.671': { powerKw: nine } }, { signal: {} }, /signal is an object; give an AbortSignal/],
    [
      'an option that there is not',
      { 'load.671': { powerKw: nine } },
      { taps: true },
      /no option "taps" of a series; there are outputs, .*chunkSize/,
    ],
    ['workers of no number', { 'load.671': { powerKw: nine } }, { workers: 0 }, /workers is 0/],
    ['chunks for solveColumns', [{ 'load.671': { powerKw: nine } }], {}, /give chunks of them to solveSeries/],
    ['nothing', null, {}, /needs columns, or an iterable of columns, not null/],
  ];
  it.each(wrong)('%s is a GridError that says what, where and what to do', async (_name, columns, options, message) => {
    const grid = await loadFeeder('ieee13');
    const failure = await solveColumns(grid, columns as Record<string, never>, options).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(GridError);
    expect((failure as Error).message).toMatch(message);
  });

  it('chunks with other columns than the first, disabled elements, nodes without a base, and workers in browsers', async () => {
    const grid = await loadFeeder('ieee13');
    const first = { 'load.671': { powerKw: [1, 2] } };
    const other: [Record<string, object>, RegExp][] = [
      [{ 'load.634a': { powerKw: [1] } }, /the chunk at scenario 2: columns of load\.634a, which the first chunk has not/],
      [{ 'load.671': { powerKw: [1], powerKvar: [1] } }, /load\.671\.powerKvar is in some chunks only/],
      [{ 'load.671': { powerKvar: [1] } }, /load\.671\.powerKvar is in some chunks only/],
    ];
    for (const [chunk, message] of other) {
      await expect(countsOf(solveSeries(grid, [first, chunk as typeof first], {}))).rejects.toThrow(message);
    }
    await expect(countsOf(solveSeries(grid, [{ ...first, 'load.634a': { powerKw: [1, 2] } }, first]))).rejects.toThrow(/no columns of load\.634a/);
    expect(await countsOf(solveSeries(grid, []))).toEqual([]);
    grid.require('load', '671').enabled = false;
    await expect(solveColumns(grid, first)).rejects.toThrow(/load\.671 is disabled/);
    grid.require('load', '671').enabled = true;
    grid.bus('671').baseKv = undefined;
    await expect(solveColumns(grid, first, { voltagesPu: ['671.1'] })).rejects.toThrow(/671\.1 has no voltage base/);
    grid.bus('671').baseKv = 2.4;
    Object.assign(grid.require('capacitor', 'cap1'), {
      terminals: [grid.require('capacitor', 'cap1').terminals[0], { bus: '670', nodes: [0, 0, 0] }],
    });
    const steps = { 'capacitor.cap1': { closedSteps: [1, 0] } };
    await expect(solveColumns(grid, steps)).rejects.toThrow(/capacitor\.cap1 ends at another bus/);
    expect((await solveColumns(grid, steps, { outputs: ['minVoltagePu'] })).report.converged).toBe(2);
    expect(() => browserSeries(grid, first, { workers: 2 } as object)).toThrow(/workers need Node/);
  });
});
