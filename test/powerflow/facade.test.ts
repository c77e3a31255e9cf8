import { describe, expect, it } from 'vitest';
import type { Line, Load, VoltageSource } from '../../src/grid/index.js';
import { balanced, Grid } from '../../src/grid/index.js';
import { DistributionPowerFlow, NewtonRaphson, UnbalancedPowerFlow } from '../../src/powerflow/index.js';

const SOURCE_OHM = 0.1;
const LINE_OHM: readonly [number, number] = [1, 2];

/** 7200 V behind 0.1 ohm, a line of 1 + j2 ohm, and a load of 500 kW + j200 kvar: one phase. */
function twoBus(): Grid {
  const grid = new Grid('two');
  const shared = { enabled: true, phases: 1 } as const;
  const source: VoltageSource = {
    ...shared,
    kind: 'vsource',
    name: 'source',
    terminals: [
      { bus: 'a', nodes: [1] },
      { bus: 'a', nodes: [0] },
    ],
    baseKv: 7.2,
    voltagePu: 1,
    angleDegrees: 0,
    sequence: 1,
    impedanceOhm: balanced(1, [SOURCE_OHM, 0], [0, 0]),
    shapes: {},
  };
  const line: Line = {
    ...shared,
    kind: 'line',
    name: 'l',
    terminals: [
      { bus: 'a', nodes: [1] },
      { bus: 'b', nodes: [1] },
    ],
    seriesOhm: balanced(1, LINE_OHM, [0, 0]),
    shuntSiemens: balanced(1, [0, 0], [0, 0]),
    lengthMeters: 1000,
    isSwitch: false,
  };
  const load: Load = {
    ...shared,
    kind: 'load',
    name: 'd',
    terminal: { bus: 'b', nodes: [1, 0] },
    connection: 'wye',
    model: 1,
    kv: 7.2,
    powerKw: 500,
    powerKvar: 200,
    minVoltagePu: 0.5,
    maxVoltagePu: 1.5,
    lowVoltagePu: 0.4,
    exponentWatts: 1,
    exponentVars: 2,
    status: 'variable',
    shapes: {},
    customers: 1,
  };
  grid.add(source);
  grid.add(line);
  grid.add(load);
  for (const bus of grid.buses.values()) bus.baseKv = 7.2;
  return grid;
}

/** |V| at the load from the quadratic |V|^4 + (2(PR + QX) - E^2)|V|^2 + |S|^2|Z|^2 = 0. */
function exactVoltage(watts: number, vars: number): number {
  const r = SOURCE_OHM + LINE_OHM[0];
  const x = LINE_OHM[1];
  const b = 2 * (watts * r + vars * x) - 7200 ** 2;
  const c = (watts ** 2 + vars ** 2) * (r ** 2 + x ** 2);
  return Math.sqrt((-b + Math.sqrt(b * b - 4 * c)) / 2);
}

describe.each([DistributionPowerFlow, UnbalancedPowerFlow, NewtonRaphson])('%o', (Method) => {
  it('finds the voltage of the closed form, with flows and losses that fit it', () => {
    const solution = new Method({ tolerance: 1e-11 }).solve(twoBus());
    expect(solution.converged).toBe(true);
    expect(solution.mismatchPu).toBeLessThan(1e-11);
    const [voltage] = solution.busVoltages.get('b') ?? [];
    expect(Math.hypot(voltage.re, voltage.im)).toBeCloseTo(exactVoltage(5e5, 2e5), 7);
    expect(voltage.magnitudePu).toBeCloseTo(exactVoltage(5e5, 2e5) / 7200, 11);
    const [from, to] = solution.lineFlows.get('l') ?? [];
    expect(to.p[0]).toBeCloseTo(-500, 7);
    expect(to.q[0]).toBeCloseTo(-200, 7);
    const current = Math.hypot(500, 200) / (exactVoltage(5e5, 2e5) / 1000);
    expect(solution.lossesW).toBeCloseTo(current ** 2 * LINE_OHM[0], 5);
    expect(solution.lossesVar).toBeCloseTo(current ** 2 * LINE_OHM[1], 5);
    expect(solution.sourcePowerKw).toBeCloseTo(from.p[0], 9);
  });

  it('takes other loading for one solution and leaves the grid as it was', () => {
    const grid = twoBus();
    const solver = new Method();
    const doubled = solver.solve(grid, { loadMultiplier: 2 });
    const [voltage] = doubled.busVoltages.get('b') ?? [];
    expect(Math.hypot(voltage.re, voltage.im)).toBeCloseTo(exactVoltage(1e6, 4e5), 6);
    expect(grid.loadMultiplier).toBe(1);
    const single = solver.solve(grid, { powers: { 'load.d': { powerKw: 100, powerKvar: 0 } } });
    const [other] = single.busVoltages.get('b') ?? [];
    expect(Math.hypot(other.re, other.im)).toBeCloseTo(exactVoltage(1e5, 0), 6);
    const again = solver.solve(grid).busVoltages.get('b')?.[0];
    expect(Math.hypot(again?.re ?? 0, again?.im ?? 0)).toBeCloseTo(exactVoltage(5e5, 2e5), 6);
  });

  it('says so where no solution exists', () => {
    const grid = twoBus();
    // Constant power down to any voltage: below some voltage the load would otherwise turn into an impedance, which always has a solution.
    Object.assign(grid.require('load', 'd'), { minVoltagePu: 0, lowVoltagePu: 0 });
    const solution = new Method().solve(grid, { loadMultiplier: 100 });
    expect(solution.converged).toBe(false);
    expect(solution.status).not.toBe('converged');
    expect(solution.worstNode).toMatch(/^[ab]\.1$/);
  });

  it('refuses settings and elements that make no sense', () => {
    expect(() => new Method({ tolerance: -1 })).toThrow(/tolerance is -1/);
    expect(() => new Method({ accelerationFactor: Number.NaN })).toThrow(/accelerationFactor/);
    expect(() => new Method().solve(twoBus(), { powers: { 'load.x': { powerKw: 1, powerKvar: 0 } } })).toThrow(/no element "load.x"/);
  });
});
