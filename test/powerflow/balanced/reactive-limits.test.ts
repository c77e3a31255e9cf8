import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BalancedGrid } from '../../../src/grid/index.js';
import { type BalancedSolution, solveBalanced } from '../../../src/powerflow/index.js';
import { caseGrid, hasCase } from './case-files.js';
import { randomGrid } from './random-grids.js';
import { branch, bus, generator, grid, load, triangle } from './small-grids.js';

/**
 * The rule of MATPOWER's pf.enforce_q_lims = 1 on records: all generators beyond a limit become negative loads at their limit, their buses pq, and the grid is
 * solved again; a slack that was one is turned back to its angle at the end. Undefined where nobody remains.
 */
function byRecords(given: BalancedGrid): BalancedSolution | undefined {
  let posed = structuredClone(given);
  const slack = given.buses.find((one) => one.kind === 'slack') as { number: number; angleDegrees: number };
  for (;;) {
    const solution = solveBalanced(posed, { tolerance: 1e-12 });
    if (!solution.converged) return undefined;
    const beyond = solution.violations.filter(({ what }) => what === 'reactive');
    if (beyond.length === 0) {
      const by = slack.angleDegrees - (solution.buses.find((one) => one.bus === slack.number)?.angleDegrees as number);
      for (const one of solution.buses) one.angleDegrees += by;
      return solution;
    }
    const next = structuredClone(posed);
    for (const { generator: number, bus: at, limit } of beyond) {
      const record = next.generators[(number as number) - 1];
      record.inService = false;
      next.loads.push(load(at, -solution.generators[(number as number) - 1].powerMw, -limit));
      for (const one of next.buses) if (one.number === at) one.kind = 'pq';
    }
    if (!next.generators.some(({ inService }) => inService)) return undefined;
    posed = next;
  }
}

function largestDifference(a: BalancedSolution, b: BalancedSolution): number {
  return Math.max(
    ...a.buses.map((one, i) => Math.hypot(one.voltagePu - b.buses[i].voltagePu, ((one.angleDegrees - b.buses[i].angleDegrees) * Math.PI) / 180)),
  );
}

/** Every generator within its limits, and those at one on the right side of their set point. */
function expectConsistent(given: BalancedGrid, solution: BalancedSolution): void {
  const kept = new Set(solution.reactiveLimits?.kept);
  solution.generators.forEach((result, k) => {
    const { minMvar, maxMvar, voltagePu } = given.generators[k];
    if (!result.inService) return;
    expect(result.powerMvar).toBeLessThan(maxMvar + 1e-5);
    expect(result.powerMvar).toBeGreaterThan(minMvar - 1e-5);
    const volts = solution.buses.find(({ bus: number }) => number === result.bus)?.voltagePu as number;
    if (result.atLimit === null) expect(volts).toBe(voltagePu);
    else if (!kept.has(result.bus) && result.atLimit === 'max') expect(volts).toBeLessThan(voltagePu + 1.1e-6);
    else if (!kept.has(result.bus)) expect(volts).toBeGreaterThan(voltagePu - 1.1e-6);
  });
}

describe('reactive limits', () => {
  it('leaves a solution within the limits as it is', () => {
    const free = solveBalanced(triangle());
    const limited = solveBalanced(triangle(), { enforceReactiveLimits: true });
    expect(limited.reactiveLimits).toEqual({ rounds: 1, limited: [], released: 0, kept: [], standIns: [] });
    expect({ ...limited, reactiveLimits: null }).toEqual(free);
  });

  it('keeps a generator at its limit and lets the voltage go', () => {
    const given = triangle();
    given.generators[1].maxMvar = (solveBalanced(given).generators[1].powerMvar as number) - 3;
    const solution = solveBalanced(given, { enforceReactiveLimits: true });
    expect(solution.converged).toBe(true);
    expect(solution.reactiveLimits?.limited).toEqual([{ bus: 2, at: 'max' }]);
    expect(solution.generators[1]).toMatchObject({ powerMvar: given.generators[1].maxMvar, atLimit: 'max' });
    expect(solution.buses[1]).toMatchObject({ kind: 'pq' });
    expect(solution.buses[1].voltagePu).toBeLessThan(1.01);
    expect(solution.violations.filter(({ what }) => what === 'reactive')).toEqual([]);
  });

  it('has the first pv bus stand in for a slack at its limit, and turns the angles back', () => {
    const given = triangle();
    given.buses[0].angleDegrees = 12;
    given.generators[0].maxMvar = 1;
    const solution = solveBalanced(given, { enforceReactiveLimits: true });
    expect(solution.converged).toBe(true);
    expect(solution.reactiveLimits?.standIns).toEqual([{ slack: 1, standIn: 2 }]);
    expect(solution.buses[0]).toMatchObject({ kind: 'pq' });
    expect(solution.buses[0].angleDegrees).toBeCloseTo(12, 10);
    expect(solution.buses[1]).toMatchObject({ kind: 'slack', voltagePu: 1.01 });
    expect(solution.generators[0].powerMvar).toBeCloseTo(1, 9);
    expect(solution.mismatchPu).toBeLessThan(1e-10);
    expect(largestDifference(solution, byRecords(given) as BalancedSolution)).toBeLessThan(1e-10);
  });

  it('one of two slacks at its limit delivers what it did, the other goes on', () => {
    const given = triangle();
    Object.assign(given.buses[1], { kind: 'slack', angleDegrees: -1 });
    const free = solveBalanced(given);
    given.generators[1].maxMvar = (free.generators[1].powerMvar as number) - 5;
    const solution = solveBalanced(given, { enforceReactiveLimits: true });
    expect(solution.converged).toBe(true);
    expect(solution.reactiveLimits).toMatchObject({ limited: [{ bus: 2, at: 'max' }], standIns: [] });
    expect(solution.generators[1].powerMw).toBeCloseTo(free.generators[1].powerMw, 9);
    expect(solution.buses.map(({ kind }) => kind)).toEqual(['slack', 'pq', 'pq']);
    expect(solution.buses[0].angleDegrees).toBe(0);
    expect(solution.totals.generationMw).toBeCloseTo(90 + solution.totals.lossMw, 7);
  });

  it('says that nobody is left to hold a voltage', () => {
    const given = triangle();
    for (const one of given.generators) one.maxMvar = 1;
    const solution = solveBalanced(given, { enforceReactiveLimits: true });
    expect(solution).toMatchObject({ converged: false, status: 'limits-infeasible' });
    expect(solution.reason).toMatch(/beyond their reactive limits, the last at bus \d/);
  });

  it('lets a generator hold its voltage again where that is within its limits after all', () => {
    // Bus 2 alone would have to deliver too much as long as bus 3 draws for its low set point; once bus 3 is at its lower limit, bus 2 can hold.
    const given = grid({
      buses: [bus(1, 'slack'), bus(2, 'pv'), bus(3, 'pv'), bus(4)],
      generators: [generator(1, 0, 1), generator(2, 10, 1.02, { minMvar: -50 }), generator(3, 10, 0.95)],
      loads: [load(4, 40, 5)],
      branches: [branch(1, 2, 0.01, 0.1), branch(2, 3, 0.01, 0.1), branch(3, 4, 0.01, 0.1), branch(2, 4, 0.01, 0.1)],
    });
    const [, free] = solveBalanced(given).generators;
    given.generators[2].minMvar = -12;
    const [, needed] = solveBalanced(given, { enforceReactiveLimits: true }).generators;
    given.generators[1].maxMvar = ((free.powerMvar as number) + (needed.powerMvar as number)) / 2;
    const solution = solveBalanced(given, { enforceReactiveLimits: true });
    expect(solution.converged).toBe(true);
    expect(solution.reactiveLimits).toMatchObject({ limited: [{ bus: 3, at: 'min' }], released: 1, kept: [] });
    expectConsistent(given, solution);
  });

  it.each(['case14', 'case39', 'case118', 'case300', 'case1354pegase', 'case2869pegase'])('%s: as the rule on records has it', (name) => {
    if (!hasCase(name)) return;
    const given = caseGrid(name);
    const solution = solveBalanced(given, { enforceReactiveLimits: true });
    expect(solution.converged).toBe(true);
    expect(solution.reactiveLimits?.released).toBe(0);
    expect(solution.reactiveLimits?.limited.length).toBeGreaterThan(0);
    expectConsistent(given, solution);
    expect(largestDifference(solution, byRecords(given) as BalancedSolution)).toBeLessThan(1e-9);
  });

  it('random grids: consistent, bounded, by the rule where nobody goes back; fast decoupled alike', () => {
    let compared = 0;
    fc.assert(
      fc.property(randomGrid, fc.constantFrom(1, 2, 4), (drawn, spread) => {
        // Set points further apart: more generators at limits.
        const generators = drawn.generators.map((one) => ({ ...one, voltagePu: 1 + spread * (one.voltagePu - 1) }));
        const given = { ...drawn, generators };
        const solution = solveBalanced(given, { enforceReactiveLimits: true, start: 'flat', tolerance: 1e-12 });
        if (!solution.converged) {
          expect(['limits-infeasible', 'diverged', 'singular', 'iteration-limit']).toContain(solution.status);
          return;
        }
        expectConsistent(given, solution);
        expect(solution.mismatchPu).toBeLessThan(1e-11);
        expect(Math.abs(solution.totals.generationMw - solution.totals.loadMw - solution.totals.lossMw - solution.totals.shuntMw)).toBeLessThan(
          1e-9 * given.baseMva,
        );
        if (solution.reactiveLimits?.released === 0) {
          const rule = byRecords(given);
          if (rule) expect(largestDifference(solution, rule)).toBeLessThan(1e-9);
          if (rule) compared++;
        }
        const decoupled = solveBalanced(given, {
          enforceReactiveLimits: true,
          start: 'flat',
          tolerance: 1e-12,
          method: 'fast-decoupled',
          maxIterations: 1000,
        });
        expect(decoupled.converged).toBe(true);
        expect(largestDifference(solution, decoupled)).toBeLessThan(1e-8);
      }),
      { numRuns: 300 },
    );
    expect(compared).toBeGreaterThan(100);
  });

  it('a ring of generators with tight limits: consistent also where some go back', () => {
    const limit = fc.double({ min: 0, max: 60, noNaN: true });
    const set = fc.double({ min: 0.94, max: 1.06, noNaN: true });
    let released = 0;
    fc.assert(
      fc.property(fc.array(fc.record({ min: limit, max: limit, set }), { minLength: 4, maxLength: 9 }), (units) => {
        const size = units.length + 1;
        const given = grid({
          buses: Array.from({ length: size }, (_, i) => bus(i + 1, i === 0 ? 'slack' : 'pv')),
          generators: [
            generator(1, 0),
            ...units.map(({ min, max, set: voltage }, i) => generator(i + 2, 10, voltage, { minMvar: -min, maxMvar: max })),
          ],
          loads: Array.from({ length: size }, (_, i) => load(i + 1, 15, 5)),
          branches: Array.from({ length: size }, (_, i) => branch(i + 1, ((i + 1) % size) + 1, 0.01, 0.06)),
        });
        const solution = solveBalanced(given, { enforceReactiveLimits: true });
        expect(solution.status).toBe('converged');
        expectConsistent(given, solution);
        released += solution.reactiveLimits?.released as number;
      }),
      { numRuns: 300 },
    );
    expect(released).toBeGreaterThan(10);
  });
});

describe('reactive power of several generators at a bus', () => {
  const shares = (limits: [number, number][], extra = 0): number[] => {
    const given = triangle();
    given.generators = [generator(1, 0, 1.02), ...limits.map(([minMvar, maxMvar]) => generator(2, 10, 1.01, { minMvar, maxMvar }))];
    if (extra !== 0) given.loads.push(load(2, 0, extra));
    return solveBalanced(given)
      .generators.slice(1)
      .map(({ powerMvar }) => powerMvar as number);
  };

  it('is shared in proportion to their ranges', () => {
    const [a, b] = shares([
      [-10, 20],
      [0, 60],
    ]);
    expect((a + 10) / 30).toBeCloseTo(b / 60, 12);
  });

  it('is shared equally where they have none', () => {
    const [a, b, c] = shares([
      [0, 0],
      [0, 0],
      [0, 0],
    ]);
    expect(a).toBeCloseTo(b, 12);
    expect(b).toBeCloseTo(c, 12);
    const [d, e] = shares([
      [4, 4],
      [1, 1],
    ]);
    expect(d - 4).toBeCloseTo(e - 1, 12);
  });

  it('takes a large number for infinite limits', () => {
    const [a, b] = shares([
      [-Infinity, Infinity],
      [-Infinity, Infinity],
    ]);
    expect(a).toBeCloseTo(b, 12);
    const [c, d] = shares(
      [
        [-Infinity, Infinity],
        [-5, 5],
      ],
      100,
    );
    // M is the total and the finite limits: c = -M + (c + d + M + 5) 2 M / (2 M + 10).
    const large = c + d + 10;
    expect(c).toBeCloseTo(-large + ((c + d + large + 5) * 2 * large) / (2 * large + 10), 9);
    expect(Math.abs(d)).toBeLessThan(5);
  });
});
