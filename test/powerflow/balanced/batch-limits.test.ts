/** Reactive limits and a distributed slack in lanes: each scenario as solved alone under the same rule. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BalancedGrid } from '../../../src/grid/index.js';
import { BalancedBatch } from '../../../src/powerflow/balanced/balanced-batch.js';
import { type BalancedSolution, solveBalanced, wasmBackend } from '../../../src/powerflow/index.js';
import { caseGrid, hasCase } from './case-tables.js';
import { randomGrid } from './random-grids.js';

const FACTORS = [0.8, 0.9, 1, 1.05, 1.1];

function scaled(grid: BalancedGrid, factor: number): BalancedGrid {
  return { ...grid, loads: grid.loads.map((load) => ({ ...load, powerMw: load.powerMw * factor, powerMvar: load.powerMvar * factor })) };
}

function fill(batch: BalancedBatch): void {
  batch.grid.loads.forEach(({ powerMw, powerMvar, inService }, k) => {
    const on = Number(inService);
    batch.setLoad(
      k,
      FACTORS.map((x) => on * x * powerMw),
      FACTORS.map((x) => on * x * powerMvar),
    );
  });
}

function distance(batch: BalancedBatch, scenario: number, alone: BalancedSolution): number {
  const voltages = batch.voltages(scenario);
  return Math.max(
    ...alone.buses.map(({ voltagePu, angleDegrees }, bus) => {
      const angle = (angleDegrees * Math.PI) / 180;
      return Math.hypot(voltages[2 * bus] - voltagePu * Math.cos(angle), voltages[2 * bus + 1] - voltagePu * Math.sin(angle));
    }),
  );
}

describe('reactive limits in lanes', () => {
  it.each(['case14', 'case39', 'case118', 'case300'])('%s at several loads', (name) => {
    if (!hasCase(name)) return;
    const grid = caseGrid(name);
    const batch = new BalancedBatch(grid, { scenarios: FACTORS.length, reactiveLimits: true });
    fill(batch);
    let limited = 0;
    // Twice: a solution leaves the inputs as they were.
    for (let round = 0; round < 2; round++) {
      const report = batch.solve({ tolerance: 1e-11 });
      expect(report.slackBeyondReactiveLimits).toBe(0);
      let beyond = 0;
      FACTORS.forEach((factor, scenario) => {
        const alone = solveBalanced(scaled(grid, factor), { enforceReactiveLimits: true, tolerance: 1e-11 });
        if (alone.reactiveLimits?.limited.some(({ bus }) => grid.buses.find(({ number }) => number === bus)?.kind === 'slack')) {
          beyond++;
        }
        expect(batch.status(scenario) === 1).toBe(alone.converged);
        if (!alone.converged) return;
        expect(distance(batch, scenario, alone)).toBeLessThan(1e-8);
        const found = batch.atReactiveLimit(scenario);
        limited += found.length;
        expect(found.map(({ bus }) => bus).sort((a, b) => a - b)).toEqual(alone.reactiveLimits?.limited.map(({ bus }) => bus).sort((a, b) => a - b));
      });
      expect(report.secondPass).toBe(beyond);
      expect(batch.solve({ tolerance: 1e-11, secondPass: false }).slackBeyondReactiveLimits).toBe(beyond);
    }
    expect(limited).toBeGreaterThan(0);
  });

  it('random grids', () => {
    let limited = 0;
    fc.assert(
      fc.property(randomGrid, (grid) => {
        const batch = new BalancedBatch(grid, { scenarios: FACTORS.length, reactiveLimits: true, backend: wasmBackend });
        fill(batch);
        batch.solve({ tolerance: 1e-11 });
        FACTORS.forEach((factor, scenario) => {
          const alone = solveBalanced(scaled(grid, factor), { enforceReactiveLimits: true, tolerance: 1e-11 });
          if (!alone.converged) return;
          if (alone.reactiveLimits?.rounds !== 1) limited++;
          expect(distance(batch, scenario, alone)).toBeLessThan(1e-8);
        });
      }),
      { numRuns: 60 },
    );
    expect(limited).toBeGreaterThan(20);
  });
});

describe('a distributed slack in lanes', () => {
  it('random grids: what is lacking is shared as in a solution alone', () => {
    fc.assert(
      fc.property(randomGrid, (grid) => {
        const factors = grid.generators.map(({ participation }) => participation + 0.01);
        const batch = new BalancedBatch(grid, { scenarios: FACTORS.length, distributedSlack: factors, backend: wasmBackend });
        fill(batch);
        for (let round = 0; round < 2; round++) {
          expect(batch.solve({ tolerance: 1e-11 }).failed).toBe(0);
          FACTORS.forEach((factor, scenario) => {
            const alone = solveBalanced(scaled(grid, factor), { distributedSlack: factors, tolerance: 1e-11 });
            expect(alone.converged).toBe(true);
            expect(distance(batch, scenario, alone)).toBeLessThan(1e-8);
            expect(batch.lackingMw(scenario)[0]).toBeCloseTo(alone.distributedSlack?.[0].lackingMw ?? Number.NaN, 5);
          });
        }
      }),
      { numRuns: 30 },
    );
  });

  it('without factors maxMw counts, and a warning says so', () => {
    if (!hasCase('case14')) return;
    const batch = new BalancedBatch(caseGrid('case14'), { scenarios: 1, distributedSlack: true });
    expect(batch.warnings.join()).toContain('shared by maxMw');
    batch.solve({ tolerance: 1e-11 });
    expect(distance(batch, 0, solveBalanced(caseGrid('case14'), { distributedSlack: true, tolerance: 1e-11 }))).toBeLessThan(1e-9);
  });

  it('case118 with shares and reactive limits at once', () => {
    if (!hasCase('case118')) return;
    const grid = caseGrid('case118');
    const factors = grid.generators.map(({ maxMw }) => maxMw);
    const batch = new BalancedBatch(grid, { scenarios: FACTORS.length, distributedSlack: factors, reactiveLimits: true });
    fill(batch);
    batch.solve({ tolerance: 1e-11 });
    FACTORS.forEach((factor, scenario) => {
      const alone = solveBalanced(scaled(grid, factor), { distributedSlack: factors, enforceReactiveLimits: true, tolerance: 1e-11 });
      expect(distance(batch, scenario, alone)).toBeLessThan(1e-8);
    });
  });
});
