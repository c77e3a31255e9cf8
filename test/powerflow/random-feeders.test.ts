import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { terminalsOf } from '../../src/grid/index.js';
import { CompiledSolver } from '../../src/powerflow/index.js';
import { buildFeeder, type FeederRecipe, feederRecipes } from './random-grids.js';

/** Sum of currents into all elements at every node, and the sum of powers, from element currents alone. */
function kirchhoff(solver: CompiledSolver): { worstVa: number; balanceVa: number } {
  const sums = new Map<string, [number, number]>();
  let p = 0;
  let q = 0;
  for (const element of solver.grid.elements) {
    terminalsOf(element).forEach((terminal, t) => {
      const currents = solver.terminalCurrents(element, t);
      const voltages = solver.terminalVoltages(element, t);
      terminal.nodes.forEach((node, c) => {
        p += voltages[2 * c] * currents[2 * c] + voltages[2 * c + 1] * currents[2 * c + 1];
        q += voltages[2 * c + 1] * currents[2 * c] - voltages[2 * c] * currents[2 * c + 1];
        if (node === 0) return;
        const key = `${terminal.bus}.${node}`;
        const sum = sums.get(key) ?? [0, 0];
        sums.set(key, [sum[0] + currents[2 * c], sum[1] + currents[2 * c + 1]]);
      });
    });
  }
  let worstVa = 0;
  for (const [key, [re, im]] of sums) {
    const [bus, node] = key.split('.');
    const voltage = solver.nodeVoltage(bus, Number(node));
    if (voltage) worstVa = Math.max(worstVa, Math.hypot(re, im) * Math.hypot(...voltage));
  }
  return { worstVa, balanceVa: Math.hypot(p, q) };
}

function agreesEverywhere(recipe: FeederRecipe, meshed: boolean): void {
  const grid = buildFeeder(recipe);
  const solver = new CompiledSolver(grid);
  const newton = solver.solve({ method: 'newton', start: 'flat' });
  // A load window crossed by a hair can leave Newton without a solution to step to; such feeders prove nothing.
  fc.pre(newton.converged);
  const exact = Float64Array.from(solver.voltages);
  expect(newton.mismatchPu).toBeLessThan(1e-8);
  const check = kirchhoff(solver);
  expect(check.worstVa).toBeLessThan(0.02);
  expect(check.balanceVa).toBeLessThan(0.2);
  for (const method of meshed ? (['injection'] as const) : (['injection', 'sweep'] as const)) {
    const report = solver.solve({ method, start: 'flat', maxIterations: 1000 });
    fc.pre(report.converged);
    let worst = 0;
    for (let i = 0; i < exact.length; i++) worst = Math.max(worst, Math.abs(exact[i] - solver.voltages[i]));
    expect(worst / 7200).toBeLessThan(1e-9);
  }
}

describe('random feeders', () => {
  it('radial: Kirchhoff holds at every node, powers balance, and sweep, injection and newton agree to 1e-9 pu', () => {
    fc.assert(
      fc.property(feederRecipes(25, false), (recipe) => agreesEverywhere(recipe, false)),
      { numRuns: 60, seed: 20261120 },
    );
  });

  it('meshed: Kirchhoff holds at every node, powers balance, and injection and newton agree to 1e-9 pu', () => {
    fc.assert(
      fc.property(feederRecipes(25, true), (recipe) => agreesEverywhere(recipe, true)),
      { numRuns: 60, seed: 20261121 },
    );
  });
});
