/** What a solver is handed: elements of its own grid that fit, numbers, and nothing else. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { CircuitElement, Grid } from '../../src/grid/index.js';
import { BusbarError, GridError } from '../../src/grid/index.js';
import { decodeGrid, loadFeeder, runScriptText, validateGrid } from '../../src/index.js';
import { createSolver, DistributionPowerFlow, type GridSolver, type LoadingConditions, type SolveOptions } from '../../src/powerflow/index.js';

const SCRIPT = `new circuit.a basekv=12.47
new line.l bus1=sourcebus bus2=b r1=0.1 x1=0.2
new load.d bus1=b kv=12.47 kw=100
new load.off bus1=b kv=12.47 kw=100 enabled=no`;
const gridOf = (): Grid => runScriptText(SCRIPT, 'a.dss', { solveIfUnsolved: false }).grid;

const NONE: readonly unknown[] = [undefined, null, 5, 'x', {}, []];

describe('a solver', () => {
  let grid: Grid;
  let solver: GridSolver;
  let foreign: CircuitElement;
  beforeAll(() => {
    grid = gridOf();
    solver = createSolver(grid);
    solver.solve();
    foreign = gridOf().require('load', 'd');
  });

  it('is made of a grid only, and solves with options only', () => {
    for (const wrong of NONE) expect(() => createSolver(wrong as Grid)).toThrow(GridError);
    for (const wrong of [null, 5, 'x']) expect(() => solver.solve(wrong as SolveOptions)).toThrow(BusbarError);
    expect(() => solver.solve({ constructor: 1 } as SolveOptions)).toThrow('no solve option "constructor"');
  });

  it('refuses elements of another grid', () => {
    const calls: ((element: CircuitElement) => unknown)[] = [
      (element) => solver.setPower(element, 1, 1),
      (element) => solver.setSourceVoltage(element, 1),
      (element) => solver.elementChanged(element),
      (element) => solver.terminalVoltages(element, 0),
      (element) => solver.terminalCurrents(element, 0),
    ];
    for (const call of calls) {
      expect(() => call(foreign)).toThrow('load.d is no element of grid "a"');
      for (const wrong of NONE) expect(() => call(wrong as CircuitElement)).toThrow(GridError);
    }
    expect(() => createSolver(grid).elementChanged(foreign)).toThrow(GridError);
  });

  it('refuses elements that do not fit', () => {
    const line = grid.require('line', 'l');
    const load = grid.require('load', 'd');
    expect(() => solver.setPower(line, 1, 1)).toThrow('line.l has no power to set');
    expect(() => solver.setSourceVoltage(load, 1)).toThrow('load.d is no source');
    expect(() => solver.setPower(load, Number.NaN, 1)).toThrow('not NaN kW, 1 kvar');
    expect(() => solver.setSourceVoltage(grid.require('vsource', 'source'), Infinity)).toThrow('not Infinity');
    for (const terminal of [-1, 2, 0.5, Number.NaN]) expect(() => solver.terminalCurrents(line, terminal)).toThrow('line.l has terminals 0 to 1');
    expect(solver.terminalCurrents(line, 1)).toHaveLength(6);
  });

  it('takes no part of what is disabled, and wants to be told of what is new', () => {
    const other = gridOf();
    const own = createSolver(other);
    own.solve();
    const off = other.require('load', 'off');
    own.setPower(off, 5, 5);
    expect(own.terminalCurrents(off, 0)).toHaveLength(0);
    off.enabled = true;
    expect(() => own.setPower(off, 5, 5)).toThrow('load.off was added or enabled after the grid was compiled; call gridChanged() first');
    own.gridChanged();
    own.solve();
    own.setPower(off, 5, 5);
    expect(own.solve().converged).toBe(true);
  });

  it('refuses node numbers that are none', () => {
    for (const node of [Number.NaN, -1, 1.5]) {
      const odd = gridOf();
      odd.require('line', 'l').terminals[1].nodes[0] = node;
      expect(() => createSolver(odd).solve()).toThrow('line.l: its nodes at bus "b" are not whole numbers from 0 up');
      expect(() => validateGrid(odd)).toThrow('are not whole numbers from 0 up');
    }
  });
});

describe('a power flow', () => {
  it('refuses conditions that cannot be', () => {
    const flow = new DistributionPowerFlow();
    const grid = gridOf();
    for (const wrong of [
      null,
      5,
      { powers: 5 },
      { powers: null },
      { powers: { 'load.d': null } },
      { powers: { 'load.d': {} } },
      { loadMultiplier: Number.NaN },
    ]) {
      expect(() => flow.solve(grid, wrong as unknown as LoadingConditions), JSON.stringify(wrong)).toThrow(GridError);
    }
    expect(() => flow.solve(grid, { powers: { 'line.l': { powerKw: 1, powerKvar: 1 } } })).toThrow('line.l has no power to set');
    expect(() => flow.solve(grid, { powers: { 'load.x': { powerKw: 1, powerKvar: 1 } } })).toThrow('there is no element "load.x"');
    for (const wrong of NONE) expect(() => flow.solve(wrong as Grid)).toThrow(GridError);
    expect(flow.solve(grid, { powers: { 'load.d': { powerKw: 1, powerKvar: 0 } } }).converged).toBe(true);
  });
});

describe('loading', () => {
  it('refuses what is no name, text or grid', async () => {
    for (const wrong of NONE) {
      await expect(loadFeeder(wrong as string)).rejects.toThrow(BusbarError);
      expect(() => decodeGrid(wrong as string)).toThrow(BusbarError);
      expect(() => validateGrid(wrong as Grid)).toThrow(BusbarError);
      if (wrong !== 'x') expect(() => runScriptText(wrong as string, 'a.dss')).toThrow(BusbarError);
      if (wrong !== 'x') expect(() => runScriptText(SCRIPT, wrong as string)).toThrow(BusbarError);
    }
    for (const wrong of [null, 5]) {
      expect(() => runScriptText(SCRIPT, 'a.dss', wrong as never)).toThrow(BusbarError);
      expect(() => decodeGrid('', wrong as never)).toThrow(BusbarError);
    }
  });
});
