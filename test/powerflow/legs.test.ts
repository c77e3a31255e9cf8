import { describe, expect, it } from 'vitest';
import { balanced, type Generator, Grid, type Load, type LoadModel, zeros } from '../../src/grid/index.js';
import { CompiledSolver } from '../../src/powerflow/index.js';

/** One phase behind a stiff source at `volts`, with one element on it. */
function single(volts: number, element: Load | Generator): CompiledSolver {
  const grid = new Grid('single');
  grid.add({
    kind: 'vsource',
    name: 'source',
    enabled: true,
    phases: 1,
    terminals: [
      { bus: 'a', nodes: [1] },
      { bus: 'a', nodes: [0] },
    ],
    baseKv: volts / 1000,
    voltagePu: 1,
    angleDegrees: 20,
    sequence: 1,
    impedanceOhm: balanced(1, [1e-9, 1e-9], [0, 0]),
    shapes: {},
  });
  grid.add(element);
  return new CompiledSolver(grid);
}

function load(model: LoadModel, extra: Partial<Load> = {}): Load {
  return {
    kind: 'load',
    name: 'd',
    enabled: true,
    phases: 1,
    terminal: { bus: 'a', nodes: [1, 0] },
    connection: 'wye',
    model,
    kv: 1,
    powerKw: 10,
    powerKvar: 4,
    minVoltagePu: 0.95,
    maxVoltagePu: 1.05,
    lowVoltagePu: 0.5,
    exponentWatts: 1,
    exponentVars: 2,
    status: 'variable',
    shapes: {},
    customers: 1,
    ...extra,
  };
}

function generator(model: Generator['model']): Generator {
  return {
    kind: 'generator',
    name: 'g',
    enabled: true,
    phases: 1,
    terminal: { bus: 'a', nodes: [1, 0] },
    connection: 'wye',
    model,
    kv: 1,
    powerKw: 10,
    powerKvar: 4,
    kva: 20,
    minVoltagePu: 0.9,
    maxVoltagePu: 1.1,
    targetVoltagePu: 1,
    maxKvar: 8,
    minKvar: -8,
    voltageControlFactor: 0.1,
    status: 'variable',
    dispatchMode: 'default',
    dispatchValue: 0,
    forceOn: true,
    shapes: {},
  };
}

/** Watts and vars drawn at a voltage in per unit of 1 kV. */
function drawn(voltagePu: number, element: Load | Generator, method: 'sweep' | 'injection' | 'newton'): [number, number] {
  const solver = single(voltagePu * 1000, element);
  const report = solver.solve({ method });
  expect(report.converged).toBe(true);
  const v = solver.terminalVoltages(element, 0);
  const i = solver.terminalCurrents(element, 0);
  return [v[0] * i[0] + v[1] * i[1], v[1] * i[0] - v[0] * i[1]];
}

/** The line between (0.5, I = 0.5 Yeq) and (min, currentMin), as power over rated power at v. */
const between = (v: number, currentMin: number, min = 0.95): number => v * (0.5 + ((currentMin - 0.5) / (min - 0.5)) * (v - 0.5));

describe('load models in and out of their windows', () => {
  const cut = (v: number): number => 0.5 * (1 + Math.tanh(500 * (v - 0.9)));
  const zip = [0.2, 0.3, 0.5, 0.4, 0.5, 0.1, 0];
  // [model, extra, voltage, P / 10 kW, Q / 4 kvar], by hand from the model's definition.
  const cases: [LoadModel, Partial<Load>, number, number, number][] = [
    [1, {}, 1, 1, 1],
    [1, {}, 0.96, 1, 1],
    [1, {}, 1.1, (1.1 / 1.05) ** 2, (1.1 / 1.05) ** 2],
    [1, {}, 0.4, 0.16, 0.16],
    [1, {}, 0.8, between(0.8, 1 / 0.95), between(0.8, 1 / 0.95)],
    [2, {}, 1.2, 1.44, 1.44],
    [2, {}, 0.3, 0.09, 0.09],
    [3, {}, 0.97, 1, 0.97 ** 2],
    [3, {}, 1.08, (1.08 / 1.05) ** 2, (1.08 / 1.05) ** 2],
    [4, {}, 0.98, 0.98, 0.98 ** 2],
    [4, { exponentWatts: 0.7, exponentVars: 3 }, 0.98, 0.98 ** 0.7, 0.98 ** 3],
    [4, { exponentWatts: 0.7, exponentVars: 3 }, 0.4, 0.16, 0.16],
    [5, {}, 1.02, 1.02, 1.02],
    [5, {}, 0.7, between(0.7, 1), between(0.7, 1)],
    [5, {}, 1.2, 1.44 / 1.05, 1.44 / 1.05],
    [6, {}, 0.97, 1, 1],
    [6, {}, 0.9, (0.9 / 0.95) ** 2, 0.81],
    [6, {}, 1.1, (1.1 / 1.05) ** 2, 1.21],
    [7, {}, 0.97, 1, 0.97 ** 2],
    [8, { zip }, 0.98, 0.2 * 0.98 ** 2 + 0.3 * 0.98 + 0.5, 0.4 * 0.98 ** 2 + 0.5 * 0.98 + 0.1],
    [8, { zip }, 1.1, 0.2 * 1.21 + (0.3 * 1.21) / 1.05 + (0.5 * 1.21) / 1.1025, 0.4 * 1.21 + (0.5 * 1.21) / 1.05 + (0.1 * 1.21) / 1.1025],
    [8, { zip: [1, 0, 0, 1, 0, 0, 0.9] }, 0.901, 0.901 ** 2 * cut(0.901), 0.901 ** 2 * cut(0.901)],
    [8, { zip: [0, 0, 1, 0, 0, 1, 0.9] }, 0.6, 0, 0],
    [1, { minVoltagePu: 0.4, lowVoltagePu: 0.3 }, 0.5, 1, 1],
    [1, { maxVoltagePu: 0 }, 1.01, 1.01 ** 2, 1.01 ** 2],
  ];
  for (const method of ['sweep', 'injection', 'newton'] as const) {
    it.each(cases)(`${method}: model %i %o at %f pu`, (model, extra, v, p, q) => {
      const [watts, vars] = drawn(v, load(model, extra), method);
      expect(watts / 10000).toBeCloseTo(p, 7);
      expect(vars / 4000).toBeCloseTo(q, 7);
    });
  }
});

describe('generators outside their windows', () => {
  it.each([
    [1, 1.0, 1, 1],
    [1, 0.8, (0.8 / 0.9) ** 2, (0.8 / 0.9) ** 2],
    [1, 1.2, (1.2 / 1.1) ** 2, (1.2 / 1.1) ** 2],
    [2, 0.8, 0.64, 0.64],
    [5, 1.05, 1, 1.05 ** 2],
    [7, 0.8, 0.8 / 0.9, -0.8 / 0.9],
    [7, 1.3, 1, 1],
  ] as const)('model %i at %f pu delivers %f and %f of its power', (model, v, p, q) => {
    const [watts, vars] = drawn(v, generator(model), 'newton');
    expect(-watts / 10000).toBeCloseTo(p, 7);
    expect(-vars / 4000).toBeCloseTo(q, 7);
  });

  it('model 3 holds its voltage behind an impedance, or stops at its limit', () => {
    for (const [target, held] of [
      [1.0, true],
      [1.2, false],
    ] as const) {
      const unit = { ...generator(3), targetVoltagePu: target };
      unit.terminal = { bus: 'b', nodes: [1, 0] };
      const solver = single(990, { ...load(1), powerKw: 30 });
      solver.grid.add({
        kind: 'line',
        name: 'l',
        enabled: true,
        phases: 1,
        terminals: [
          { bus: 'a', nodes: [1] },
          { bus: 'b', nodes: [1] },
        ],
        seriesOhm: balanced(1, [0.5, 2], [0, 0]),
        shuntSiemens: zeros(1),
        lengthMeters: 1,
        isSwitch: false,
      });
      solver.grid.add(unit);
      const report = solver.solve();
      expect(report.converged).toBe(true);
      const v = Math.hypot(...(solver.nodeVoltage('b', 1) ?? [0, 0]));
      const i = solver.terminalCurrents(unit, 0);
      const volts = solver.terminalVoltages(unit, 0);
      const vars = -(volts[1] * i[0] - volts[0] * i[1]);
      if (held) expect(v).toBeCloseTo(1000, 6);
      else expect(v).toBeLessThan(1100);
      if (held) expect(Math.abs(vars)).toBeLessThan(8000);
      else expect(vars).toBeCloseTo(8000, 2);
    }
  });
});
