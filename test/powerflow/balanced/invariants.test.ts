import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BalancedGrid } from '../../../src/grid/index.js';
import type { BalancedSolution } from '../../../src/powerflow/index.js';
import { solveBalanced } from '../../../src/powerflow/index.js';
import { randomGrid } from './random-grids.js';
import { grid as gridOf } from './small-grids.js';

type Complex = readonly [number, number];
const mul = (a: Complex, b: Complex): Complex => [a[0] * b[0] - a[1] * b[1], a[0] * b[1] + a[1] * b[0]];
const conj = (a: Complex): Complex => [a[0], -a[1]];
const add = (a: Complex, b: Complex): Complex => [a[0] + b[0], a[1] + b[1]];
const div = (a: Complex, b: Complex): Complex => {
  const size = b[0] ** 2 + b[1] ** 2;
  return mul(a, [b[0] / size, -b[1] / size]);
};
const polar = (magnitude: number, degrees: number): Complex => [
  magnitude * Math.cos((degrees * Math.PI) / 180),
  magnitude * Math.sin((degrees * Math.PI) / 180),
];

/** Power into each branch at both ends, MW and MVAr, by the textbook's two-port. */
function textbookFlows(grid: BalancedGrid, { buses }: BalancedSolution): [Complex, Complex][] {
  const voltage = new Map(buses.map((bus) => [bus.bus, polar(bus.voltagePu, bus.angleDegrees)]));
  return grid.branches.map((branch) => {
    if (!branch.inService)
      return [
        [0, 0],
        [0, 0],
      ];
    const tap = polar(branch.ratio || 1, branch.shiftDegrees);
    const series = div([1, 0], [branch.resistancePu, branch.reactancePu]);
    const own = add(series, [0, branch.chargingPu / 2]);
    const f = voltage.get(branch.from) as Complex;
    const t = voltage.get(branch.to) as Complex;
    const size = tap[0] ** 2 + tap[1] ** 2;
    const minus = mul([-1, 0], series);
    const fromCurrent = add(mul([own[0] / size, own[1] / size], f), mul(div(minus, conj(tap)), t));
    const toCurrent = add(mul(div(minus, tap), f), mul(own, t));
    const power = (v: Complex, i: Complex): Complex => mul([grid.baseMva, 0], mul(v, conj(i)));
    return [power(f, fromCurrent), power(t, toCurrent)];
  });
}

function largestDifference(a: BalancedSolution, b: BalancedSolution): number {
  return Math.max(
    ...a.buses.map((one, i) => Math.hypot(one.voltagePu - b.buses[i].voltagePu, ((one.angleDegrees - b.buses[i].angleDegrees) * Math.PI) / 180)),
  );
}

describe('random meshed grids', () => {
  it('the power of each bus balances branch by branch, and generation = load + losses + shunts', () => {
    fc.assert(
      fc.property(randomGrid, fc.constantFrom<{ distributedSlack?: boolean }>({}, { distributedSlack: true }), (grid, options) => {
        const solution = solveBalanced(grid, { start: 'flat', ...options });
        expect(solution.status).toBe('converged');
        const near = (a: number, b: number): void => expect(Math.abs(a - b)).toBeLessThan(1e-9 * grid.baseMva);
        const flows = textbookFlows(grid, solution);
        const into = new Map<number, Complex>(solution.buses.map((bus) => [bus.bus, [0, 0]]));
        solution.branches.forEach((branch, k) => {
          const [from, to] = flows[k];
          near(branch.fromMw, from[0]);
          near(branch.fromMvar as number, from[1]);
          near(branch.toMw, to[0]);
          near(branch.toMvar as number, to[1]);
          near(branch.lossMw, from[0] + to[0]);
          near((branch.lossMvar as number) - (branch.chargingMvar as number), from[1] + to[1]);
          into.set(branch.from, add(into.get(branch.from) as Complex, from));
          into.set(branch.to, add(into.get(branch.to) as Complex, to));
        });
        for (const bus of solution.buses) {
          const [mw, mvar] = into.get(bus.bus) as Complex;
          near(bus.generationMw - bus.loadMw - bus.shuntMw, mw);
          near((bus.generationMvar as number) - (bus.loadMvar as number) + (bus.shuntMvar as number), mvar);
        }
        const { totals } = solution;
        near(totals.generationMw, totals.loadMw + totals.lossMw + totals.shuntMw);
        near(
          totals.generationMvar as number,
          (totals.loadMvar as number) + (totals.lossMvar as number) - (totals.shuntMvar as number) - (totals.chargingMvar as number),
        );
        expect(solution.mismatchPu).toBeLessThan(2e-10);
      }),
    );
  });

  it('all methods and starts agree, and Newton is quadratic', () => {
    fc.assert(
      fc.property(randomGrid, (grid) => {
        const exact = solveBalanced(grid, { start: 'flat', tolerance: 1e-13 });
        expect(exact.status).toBe('converged');
        const { history } = exact;
        for (let k = 1; k < history.length; k++)
          if (history[k - 1] < 1e-2) expect(history[k]).toBeLessThan(Math.max(1e-13, 50 * history[k - 1] ** 2));
        for (const method of ['fast-decoupled', 'fast-decoupled-bx'] as const) {
          const other = solveBalanced(grid, { method, start: 'flat', tolerance: 1e-12, maxIterations: 1000 });
          expect(other.status).toBe('converged');
          expect(largestDifference(exact, other)).toBeLessThan(1e-9);
        }
        expect(largestDifference(exact, solveBalanced(grid, { start: 'dc', tolerance: 1e-13 }))).toBeLessThan(1e-11);
        const last = solveBalanced(grid, { start: 'last', last: exact });
        expect(last.iterations).toBe(0);
        expect(largestDifference(exact, last)).toBeLessThan(1e-11);
      }),
    );
  });

  it('DC: flows by the angles, balance at each bus, no losses', () => {
    fc.assert(
      fc.property(randomGrid, (grid) => {
        const solution = solveBalanced(grid, { method: 'dc' });
        expect(solution.status).toBe('converged');
        const near = (a: number, b: number): void => expect(Math.abs(a - b)).toBeLessThan(1e-9 * grid.baseMva);
        const angle = new Map(solution.buses.map((bus) => [bus.bus, (bus.angleDegrees * Math.PI) / 180]));
        const into = new Map<number, number>();
        grid.branches.forEach((branch, k) => {
          const across = (angle.get(branch.from) as number) - (angle.get(branch.to) as number) - (branch.shiftDegrees * Math.PI) / 180;
          const flow = branch.inService ? (across * grid.baseMva) / (branch.reactancePu * (branch.ratio || 1)) : 0;
          near(solution.branches[k].fromMw, flow);
          near(solution.branches[k].toMw, -flow);
          into.set(branch.from, (into.get(branch.from) ?? 0) + flow);
          into.set(branch.to, (into.get(branch.to) ?? 0) - flow);
        });
        for (const bus of solution.buses) {
          near(bus.generationMw - bus.loadMw - bus.shuntMw, into.get(bus.bus) ?? 0);
          expect(bus).toMatchObject({ voltagePu: 1, generationMvar: null, loadMvar: null, shuntMvar: null });
        }
        near(solution.totals.generationMw, solution.totals.loadMw + solution.totals.shuntMw);
        expect(solution.totals.lossMw).toBe(0);
        expect(solution.mismatchPu).toBeLessThan(1e-12);
      }),
    );
  });

  it('does not depend on the order in which buses and branches stand', () => {
    fc.assert(
      fc.property(randomGrid, (grid) => {
        const turned = gridOf({ ...grid, buses: [...grid.buses].reverse(), branches: [...grid.branches].reverse() });
        const a = solveBalanced(grid, { tolerance: 1e-13 });
        const b = solveBalanced(turned, { tolerance: 1e-13 });
        b.buses.reverse();
        expect(largestDifference(a, b)).toBeLessThan(1e-11);
      }),
    );
  });
});
