import { describe, expect, it } from 'vitest';
import type { Capacitor, CircuitElement, Line, RegulatorControl, Transformer, VoltageSource, Winding } from '../../src/grid/index.js';
import { Grid, zeros } from '../../src/grid/index.js';
import { capacitorRecords, nodeRows, powerTotals, regulatorRecords, terminalRecords } from '../../src/powerflow/solution-record.js';
import type { GridSolver } from '../../src/powerflow/solver-types.js';

const base = { enabled: true, phases: 1 } as const;

/** 1000 V at bus a, 990 - j10 V at bus b over a line that carries 10 - j5 A; a capacitor at b takes j2 A. */
function circuit(): { grid: Grid; solver: GridSolver } {
  const grid = new Grid('two');
  const source: VoltageSource = {
    ...base,
    kind: 'vsource',
    name: 'source',
    terminals: [
      { bus: 'a', nodes: [1] },
      { bus: 'a', nodes: [0] },
    ],
    baseKv: 1,
    voltagePu: 1,
    angleDegrees: 0,
    sequence: 1,
    impedanceOhm: zeros(1),
    shapes: {},
  };
  const line: Line = {
    ...base,
    kind: 'line',
    name: 'l',
    terminals: [
      { bus: 'a', nodes: [1] },
      { bus: 'b', nodes: [1] },
    ],
    seriesOhm: zeros(1),
    shuntSiemens: zeros(1),
    lengthMeters: 1,
    isSwitch: false,
  };
  const bank: Capacitor = {
    ...base,
    kind: 'capacitor',
    name: 'c',
    terminals: [{ bus: 'b', nodes: [1] }],
    connection: 'wye',
    kv: 1,
    steps: [true, false].map((closed) => ({ kvar: 1, resistanceOhm: 0, reactanceOhm: 0, closed })),
  };
  grid.add(source);
  grid.add(line);
  grid.add(bank);
  grid.bus('a').baseKv = 1;
  const voltages: Record<string, [number, number]> = { a: [1000, 0], b: [990, -10] };
  const currents: Record<string, [number, number][]> = {
    source: [
      [-10, 5],
      [10, -5],
    ],
    l: [
      [10, -5],
      [-10, 5],
    ],
    c: [[0.02, 2]],
  };
  const nodesAt = (element: CircuitElement, terminal: number) => ('terminals' in element ? element.terminals[terminal] : undefined);
  const solver = {
    grid,
    nodesOf: (bus: string) => (bus in voltages ? [1] : []),
    nodeVoltage: (bus: string) => voltages[bus],
    terminalVoltages: (element: CircuitElement, terminal: number) => {
      const end = nodesAt(element, terminal);
      return Float64Array.from(end && end.nodes[0] > 0 ? voltages[end.bus] : [0, 0]);
    },
    terminalCurrents: (element: CircuitElement, terminal: number) => Float64Array.from(currents[element.name][terminal]),
  } as unknown as GridSolver;
  return { grid, solver };
}

describe('the record of a solution', () => {
  it('gives voltages per unit of the base, null where there is none', () => {
    const rows = nodeRows(circuit().solver);
    expect(rows[0]).toEqual(['a.1', 1000, 0, 1, 0, 1]);
    expect(rows[1].slice(0, 4)).toEqual(['b.1', 990, -10, null]);
    expect(rows[1][4]).toBeCloseTo((Math.atan2(-10, 990) * 180) / Math.PI, 12);
    expect(rows[1][5]).toBeNull();
  });

  it('gives S = V I* into the element at each terminal', () => {
    const { grid, solver } = circuit();
    expect(terminalRecords(solver, grid.require('line', 'l'))).toEqual([
      { bus: 'a', nodes: [1], p: [10], q: [5] },
      // (990 - j10)(-10 - j5) = -9950 - j4850
      { bus: 'b', nodes: [1], p: [-9.95], q: [-4.85] },
    ]);
  });

  it('counts the losses of series elements only, and what sources deliver', () => {
    const { solver, grid } = circuit();
    expect(powerTotals(solver)).toEqual({ lossesW: 50, lossesVar: 150, sourcePowerKw: 10, sourcePowerKvar: 5 });
    grid.require('line', 'l').enabled = false;
    expect(powerTotals(solver).lossesW).toBe(0);
  });

  it('gives tap numbers from the neutral position and steps as 0 and 1', () => {
    const { grid } = circuit();
    expect(capacitorRecords(grid)).toEqual({ c: [1, 0] });
    const winding = { tapPu: 0.99375, minTapPu: 0.9, maxTapPu: 1.1, tapSteps: 32 };
    grid.add({ ...base, kind: 'transformer', name: 't', windings: [] } as unknown as Transformer).windings = [winding, winding] as Winding[];
    grid.addControl({ kind: 'regcontrol', name: 'r', enabled: true, transformer: 't', winding: 1, tapWinding: 1 } as RegulatorControl);
    expect(regulatorRecords(grid)).toEqual({ r: { transformer: 't', winding: 2, tapNumber: -1, tapPu: 0.99375 } });
  });
});
