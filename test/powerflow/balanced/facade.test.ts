import { describe, expect, it } from 'vitest';
import { type BalancedGrid, Grid, InputError } from '../../../src/grid/index.js';
import { DcPowerFlow, FastDecoupled, NewtonRaphson, solveBalanced } from '../../../src/powerflow/index.js';
import { triangle } from './small-grids.js';

describe('classes on balanced grids', () => {
  it('give what solveBalanced gives', () => {
    const given = triangle();
    expect(new NewtonRaphson().solve(given)).toEqual(solveBalanced(given));
    expect(new NewtonRaphson({ start: 'flat', enforceReactiveLimits: true, tolerance: 1e-9 }).solve(given)).toEqual(
      solveBalanced(given, { start: 'flat', enforceReactiveLimits: true, tolerance: 1e-9 }),
    );
    expect(new FastDecoupled().solve(given)).toEqual(solveBalanced(given, { method: 'fast-decoupled' }));
    expect(new FastDecoupled({ scheme: 'bx' }).solve(given)).toEqual(solveBalanced(given, { method: 'fast-decoupled-bx' }));
    expect(new DcPowerFlow({ distributedSlack: [1, 1] }).solve(given)).toEqual(solveBalanced(given, { method: 'dc', distributedSlack: [1, 1] }));
  });

  it('start "last" goes on from the last solution of the same grid', () => {
    const solver = new NewtonRaphson({ start: 'last' });
    const given = triangle();
    const first = solver.solve(given);
    expect(first).toMatchObject({ converged: true, start: 'case' });
    expect(solver.solve(given)).toMatchObject({ iterations: 0, start: 'last' });
    const heavier = solver.solve(given, { loadMultiplier: 1.01 });
    expect(heavier.iterations).toBeLessThan(first.iterations);
    expect(heavier.totals.loadMw).toBeCloseTo(90.9, 10);
    expect(given.loads[0].powerMw).toBe(90);
    expect(solver.solve(triangle()).start).toBe('case');
  });

  it('settings of the other sort of grid, and those that there are not, are refused', () => {
    const threePhase = new Grid('feeder');
    expect(() => new NewtonRaphson({ enforceReactiveLimits: true }).solve(threePhase)).toThrow(InputError);
    expect(() => new NewtonRaphson({ start: 'flat', distributedSlack: false }).solve(threePhase)).toThrow(
      /start and distributedSlack: for balanced grids only; grid "feeder" is three-phase/,
    );
    expect(() => new NewtonRaphson({ accelerationFactor: 1 }).solve(triangle())).toThrow(/accelerationFactor is for three-phase grids/);
    expect(() => new NewtonRaphson({ enforceQLimits: true } as object)).toThrow(/no solve option "enforceQLimits"/);
    expect(() => new NewtonRaphson({ start: 'warm' } as object)).toThrow(/start is "warm"/);
    expect(() => new FastDecoupled({ distributedSlack: true } as object)).toThrow(/no solve option "distributedSlack"/);
    expect(() => new FastDecoupled({ scheme: 'ab' } as object)).toThrow(/scheme is "ab"/);
    expect(() => new DcPowerFlow({ start: 'flat' } as object)).toThrow(/no solve option "start"/);
    expect(() => new DcPowerFlow().solve(threePhase as unknown as BalancedGrid)).toThrow(/needs a balanced grid/);
    expect(() => new NewtonRaphson().solve({} as BalancedGrid)).toThrow(/needs a grid/);
    expect(() => new FastDecoupled().solve(triangle(), { powers: {} } as object)).toThrow(/"powers"/);
  });
});
