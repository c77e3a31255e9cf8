import { describe, expect, it } from 'vitest';
import * as browser from '../../src/browser.js';
import { InputError, loadFeeder, runScript } from '../../src/index.js';
import { BatchSession, createSolver, NewtonRaphson, ScenarioSolver, type SolveOptions } from '../../src/powerflow/index.js';

/** What a caller in JavaScript, whom no compiler warns, may hand over. */
const WRONG: [string, object, RegExp][] = [
  ['a method that there is not', { method: 'xyz' }, /method is "xyz".*auto, sweep, injection, newton/],
  ['a method that is no word', { method: 3 }, /method is 3/],
  ['a negative tolerance', { tolerance: -1 }, /tolerance is -1; it must be a number above 0/],
  ['a tolerance of zero', { tolerance: 0 }, /tolerance is 0/],
  ['a tolerance that is no number', { tolerance: Number.NaN }, /tolerance is NaN/],
  ['an endless tolerance', { tolerance: Infinity }, /tolerance is Infinity/],
  ['a tolerance in words', { tolerance: '1e-9' }, /tolerance is "1e-9"/],
  ['no iterations', { maxIterations: 0 }, /maxIterations is 0/],
  ['half an iteration', { maxIterations: 2.5 }, /maxIterations is 2.5/],
  ['more iterations than there is room for', { maxIterations: 1001 }, /from 1 to 1000/],
  ['an acceleration factor of zero', { accelerationFactor: 0 }, /accelerationFactor is 0/],
  ['a start that there is not', { start: 'cold' }, /start is "cold"/],
  ['an option that there is not', { loadMultiplier: 2 }, /no solve option "loadMultiplier".*grid\.loadMultiplier/],
];

describe('solve options', () => {
  it.each(WRONG)('refuses %s', async (_, options, message) => {
    const grid = await loadFeeder('ieee4');
    const solver = createSolver(grid);
    expect(() => solver.solve(options as SolveOptions)).toThrow(InputError);
    expect(() => solver.solve(options as SolveOptions)).toThrow(message);
    // Also where a solution is at hand already.
    solver.solve();
    expect(() => solver.solve(options as SolveOptions)).toThrow(message);
    const files = new browser.MemoryFiles({ 'a.dss': 'new circuit.a' });
    expect(() => runScript('a.dss', { files, ...options })).toThrow(message);
  });

  it('takes what is right, and what is left undefined', async () => {
    const solver = createSolver(await loadFeeder('ieee4'));
    const options: SolveOptions = { method: undefined, tolerance: 1e-9, maxIterations: 1000, accelerationFactor: 0.9, start: 'flat' };
    expect(solver.solve(options).converged).toBe(true);
  });

  it('holds for the classes and for scenarios', async () => {
    expect(() => new NewtonRaphson({ maxIterations: 2.5 })).toThrow(InputError);
    const grid = await loadFeeder('ieee4');
    expect(() => new ScenarioSolver(grid, { method: 'newton', maxIterations: 5000 })).toThrow(InputError);
  });
});

it('holds for batches', async () => {
  const grid = await loadFeeder('ieee4');
  expect(() => new BatchSession(grid, { scenarios: 2, maxIterations: 1001 })).toThrow(InputError);
});

describe('files of a script', () => {
  it('default to the disk in Node', () => {
    expect(() => runScript('no-such-folder/Master.dss')).toThrow(InputError);
    expect(() => runScript('no-such-folder/Master.dss')).toThrow(/no-such-folder\/Master\.dss/);
  });

  it('have to be given in a browser, and the error says how', () => {
    for (const options of [undefined, {}]) {
      expect(() => browser.runScript('Master.dss', options as browser.RunScriptOptions)).toThrow(InputError);
      expect(() => browser.runScript('Master.dss', options as browser.RunScriptOptions)).toThrow(/options\.files.*new MemoryFiles/);
    }
  });
});
