import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadCase } from '../../../src/cases/index.js';
import { type BalancedGrid, GridError } from '../../../src/grid/index.js';
import { BalancedLanes, solveBalanced } from '../../../src/powerflow/index.js';
import { nativeBackends } from '../../native/native.js';

const BACKENDS = ['wasm', ...(nativeBackends.length > 0 ? (['native'] as const) : [])] as const;

/** Writes loads times a factor to one scenario. */
function scale(lanes: BalancedLanes, grid: BalancedGrid, scenario: number, factor: number): void {
  const lane = scenario % lanes.lanes;
  const block = ((scenario - lane) / lanes.lanes) * lanes.powerStride + lane;
  grid.loads.forEach(({ powerMw, powerMvar }, k) => {
    lanes.power[block + lanes.loadPlace(k)] = (-powerMw * factor) / grid.baseMva;
    lanes.power[block + lanes.loadPlace(k) + lanes.lanes] = (-powerMvar * factor) / grid.baseMva;
  });
}

function voltageOf(lanes: BalancedLanes, bus: number, scenario: number): [number, number] {
  const lane = scenario % lanes.lanes;
  const at = ((scenario - lane) / lanes.lanes) * lanes.voltageStride + lanes.busPlace(bus) + lane;
  return [lanes.voltage[at], lanes.voltage[at + lanes.lanes]];
}

describe('bare lanes of balanced grids', () => {
  it.each(BACKENDS.flatMap((backend) => ['case33bw', 'case14', 'case57'].map((name) => [name, backend] as const)))(
    '%s, %s: as single solutions to 1e-9, for some of the scenarios and for all',
    async (name, backend) => {
      const grid = await loadCase(name);
      const lanes = new BalancedLanes(grid, { scenarios: 21, backend, tolerance: 1e-10 });
      const factors = Array.from({ length: 21 }, (_, s) => 0.2 + 0.05 * s);
      for (const used of [21, 5, 13]) {
        factors.reverse();
        lanes.use(used);
        expect(lanes.inUse).toBe(used);
        for (let s = 0; s < used; s++) scale(lanes, grid, s, factors[s]);
        expect(lanes.solve()).toBe(0);
        for (let s = 0; s < used; s += 3) {
          const alone = solveBalanced(
            {
              ...grid,
              loads: grid.loads.map((load) => ({ ...load, powerMw: load.powerMw * factors[s], powerMvar: load.powerMvar * factors[s] })),
            },
            { tolerance: 1e-12 },
          );
          for (const { bus: number, voltagePu, angleDegrees } of alone.buses) {
            const [re, im] = voltageOf(lanes, number, s);
            const angle = (angleDegrees * Math.PI) / 180;
            expect(Math.hypot(re - voltagePu * Math.cos(angle), im - voltagePu * Math.sin(angle)), `bus ${number}, scenario ${s}`).toBeLessThan(1e-9);
          }
        }
      }
    },
  );

  it('a result depends on its own scenario alone, whatever stood in the lanes before', async () => {
    const grid = await loadCase('case33bw');
    const one = new BalancedLanes(grid, { scenarios: 1 });
    const many = new BalancedLanes(grid, { scenarios: 16 });
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 2, noNaN: true }), { minLength: 1, maxLength: 16 }), (factors) => {
        many.use(factors.length);
        factors.forEach((factor, s) => {
          scale(many, grid, s, factor);
        });
        expect(many.solve()).toBe(0);
        factors.forEach((factor, s) => {
          scale(one, grid, 0, factor);
          one.solve();
          for (const bus of [1, 18, 33]) expect(voltageOf(many, bus, s)).toEqual(voltageOf(one, bus, 0));
          expect(many.iterations[s]).toBe(one.iterations[0]);
        });
      }),
      { numRuns: 30 },
    );
  });

  it('a scenario without a solution is counted and leaves the others alone', async () => {
    const grid = await loadCase('case33bw');
    const lanes = new BalancedLanes(grid, { scenarios: 3 });
    scale(lanes, grid, 1, 40);
    expect(lanes.solve()).toBe(1);
    expect([...lanes.status.subarray(0, 3)].map((status) => status === 1)).toEqual([true, false, true]);
    expect(voltageOf(lanes, 18, 0)).toEqual(voltageOf(lanes, 18, 2));
  });

  it('refuses what cannot be', async () => {
    const grid = await loadCase('case33bw');
    expect(() => new BalancedLanes(grid, { scenarios: 0 })).toThrow(GridError);
    expect(() => new BalancedLanes(grid, { scenarios: 1, tolerance: 0 })).toThrow(/tolerance/);
    expect(() => new BalancedLanes(grid, { scenarios: 1, maxIterations: 1.5 })).toThrow(/maxIterations/);
    const lanes = new BalancedLanes(grid, { scenarios: 2 });
    expect(() => lanes.use(3)).toThrow(/1 to 2/);
    expect(() => lanes.use(0)).toThrow(GridError);
    expect(() => lanes.loadPlace(32)).toThrow(/no load 32/);
    expect(() => lanes.busPlace(34)).toThrow(/no bus 34/);
  });
});
