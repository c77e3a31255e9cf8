import { describe, expect, it } from 'vitest';
import { solveBalanced } from '../../../src/powerflow/index.js';
import { branch, bus, generator, grid, load, triangle } from './small-grids.js';

describe('distributed slack', () => {
  it('every generator adds its share of what is lacking, and the angle of the slack is held', () => {
    const given = triangle();
    given.buses[0].angleDegrees = 5;
    given.generators[0].participation = 3;
    given.generators[1].participation = 1;
    const solution = solveBalanced(given, { distributedSlack: true });
    expect(solution.converged).toBe(true);
    const [{ bus: reference, lackingMw }] = solution.distributedSlack;
    expect(reference).toBe(1);
    expect(lackingMw).toBeCloseTo(90 + solution.totals.lossMw - 40, 8);
    expect(solution.generators[0].powerMw).toBeCloseTo(0.75 * lackingMw, 10);
    expect(solution.generators[1].powerMw).toBeCloseTo(40 + 0.25 * lackingMw, 10);
    expect(solution.buses[0].angleDegrees).toBe(5);
    expect(solution.mismatchPu).toBeLessThan(1e-10);
    expect(solution.iterations).toBeLessThan(5);
  });

  it('all on the slack is the power flow as ever', () => {
    const one = solveBalanced(triangle(), { tolerance: 1e-13 });
    const other = solveBalanced(triangle(), { distributedSlack: [1, 0], tolerance: 1e-13 });
    other.buses.forEach((solved, i) => expect(solved.angleDegrees).toBeCloseTo(one.buses[i].angleDegrees, 10));
    expect(other.generators[0].powerMw).toBeCloseTo(one.generators[0].powerMw, 9);
  });

  it('no share at the slack bus: its generator keeps to its schedule', () => {
    const { generators, converged } = solveBalanced(triangle(), { distributedSlack: [0, 2] });
    expect(converged).toBe(true);
    expect(generators[0].powerMw).toBe(0);
    expect(generators[1].powerMw).toBeGreaterThan(90);
  });

  it('is shared in each part among its own; a generator at a pq bus takes part too', () => {
    const given = grid({
      buses: [bus(1, 'slack'), bus(2), bus(3, 'slack'), bus(4)],
      generators: [generator(1, 5), generator(2, 1, 1, { powerMvar: 2 }), generator(3, 2)],
      loads: [load(2, 10, 2), load(4, 20, 4)],
      branches: [branch(1, 2, 0.01, 0.1), branch(3, 4, 0.01, 0.1)],
    });
    const { generators, distributedSlack, totals } = solveBalanced(given, { distributedSlack: [1, 1, 1] });
    expect(distributedSlack.map(({ bus: reference }) => reference)).toEqual([1, 3]);
    expect(generators[0].powerMw - 5).toBeCloseTo(generators[1].powerMw - 1, 10);
    expect(generators[1].powerMvar).toBe(2);
    expect(totals.generationMw).toBeCloseTo(30 + totals.lossMw, 8);
  });

  it('by DC: exactly the power that the schedules lack', () => {
    const { distributedSlack, generators } = solveBalanced(triangle(), { distributedSlack: [1, 4], method: 'dc' });
    expect(distributedSlack[0].lackingMw).toBeCloseTo(50, 10);
    expect(generators.map(({ powerMw }) => powerMw)).toEqual([expect.closeTo(10, 10), expect.closeTo(80, 10)]);
  });

  it('goes with reactive limits, also of the slack: nobody stands in for its angle', () => {
    const given = triangle();
    given.generators[0].maxMvar = 1;
    const solution = solveBalanced(given, { distributedSlack: [1, 1], enforceReactiveLimits: true });
    expect(solution.converged).toBe(true);
    expect(solution.reactiveLimits).toMatchObject({ limited: [{ bus: 1, at: 'max' }], standIns: [] });
    expect(solution.generators[0].powerMvar).toBe(1);
    expect(solution.generators[0].powerMw).toBeCloseTo(solution.distributedSlack[0].lackingMw / 2, 9);
    expect(solution.buses[0].angleDegrees).toBe(0);
    expect(solution.buses[0].voltagePu).toBeLessThan(1.02);
  });

  it('without factors falls back on the largest powers, and says so; two slacks in one part are refused', () => {
    const given = triangle();
    given.generators[0].maxMw = 300;
    given.generators[1].maxMw = 100;
    const { warnings, generators } = solveBalanced(given, { distributedSlack: true });
    expect(warnings).toEqual(['no generator in service around slack bus 1 has a participation factor above 0; what is lacking is shared by maxMw']);
    expect(generators[0].powerMw / (generators[1].powerMw - 40)).toBeCloseTo(3, 10);
    given.buses[1].kind = 'slack';
    expect(() => solveBalanced(given, { distributedSlack: true })).toThrow(/buses 1 and 2 are slacks of one connected part/);
  });
});
