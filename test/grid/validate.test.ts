import { describe, expect, it } from 'vitest';
import { balanced } from '../../src/grid/complex-matrix.js';
import type {
  Capacitor,
  CapacitorControl,
  Line,
  Load,
  Reactor,
  RegulatorControl,
  SwitchControl,
  Transformer,
  VoltageSource,
} from '../../src/grid/elements.js';
import { BusbarError, GridError, InputError } from '../../src/grid/errors.js';
import { Grid } from '../../src/grid/grid.js';
import { validateGrid } from '../../src/grid/validate.js';
import { createSolver } from '../../src/powerflow/index.js';

const terminal = (bus: string, nodes = [1, 2, 3]) => ({ bus, nodes });

function source(bus: string): VoltageSource {
  return {
    kind: 'vsource',
    name: 'source',
    enabled: true,
    phases: 3,
    terminals: [terminal(bus), terminal(bus, [0, 0, 0])],
    baseKv: 12.47,
    voltagePu: 1,
    angleDegrees: 0,
    sequence: 1,
    impedanceOhm: balanced(3, [0.1, 1], [0, 0]),
    shapes: {},
  };
}

function line(name: string, from: string, to: string, nodes = [1, 2, 3]): Line {
  return {
    kind: 'line',
    name,
    enabled: true,
    origin: 'net.dss:7',
    phases: nodes.length,
    terminals: [terminal(from, nodes), terminal(to, nodes)],
    seriesOhm: balanced(nodes.length, [0.1, 0.3], [0.02, 0.1]),
    shuntSiemens: balanced(nodes.length, [0, 1e-6], [0, 0]),
    lengthMeters: 100,
    isSwitch: false,
  };
}

function load(name: string, bus: string, nodes = [1, 2, 3, 0]): Load {
  return {
    kind: 'load',
    name,
    enabled: true,
    origin: 'net.dss:12',
    phases: nodes.length - 1,
    terminal: terminal(bus, nodes),
    connection: 'wye',
    model: 1,
    kv: 12.47,
    powerKw: 100,
    powerKvar: 30,
    minVoltagePu: 0.95,
    maxVoltagePu: 1.05,
    lowVoltagePu: 0.5,
    exponentWatts: 1,
    exponentVars: 2,
    status: 'variable',
    shapes: {},
    customers: 1,
  };
}

function transformer(name: string, ...buses: string[]): Transformer {
  return {
    kind: 'transformer',
    name,
    enabled: true,
    phases: 3,
    windings: buses.map((bus) => ({
      terminal: terminal(bus, [1, 2, 3, 0]),
      connection: 'wye' as const,
      kv: 12.47,
      kva: 1000,
      tapPu: 1,
      minTapPu: 0.9,
      maxTapPu: 1.1,
      tapSteps: 32,
      resistancePercent: 0.2,
      neutralOhm: -1,
      neutralReactanceOhm: 0,
    })),
    shortCircuitReactancePercent: buses.length === 3 ? [7, 35, 30] : [7],
    noLoadLossPercent: 0,
    magnetizingCurrentPercent: 0,
    antiFloatPpm: 1,
    phaseShift: 'lag',
  };
}

function reactor(name: string, first: ReturnType<typeof terminal>, second: ReturnType<typeof terminal>): Reactor {
  const phases = first.nodes.length;
  return {
    kind: 'reactor',
    name,
    enabled: true,
    phases,
    terminals: [first, second],
    connection: 'wye',
    impedanceOhm: balanced(phases, [0, 1], [0, 0]),
    parallelOhm: 0,
  };
}

function capacitor(name: string, bus: string, nodes = [1, 2, 3]): Capacitor {
  return {
    kind: 'capacitor',
    name,
    enabled: true,
    phases: nodes.length,
    terminals: [terminal(bus, nodes), terminal(bus, [0, 0, 0])],
    connection: 'wye',
    kv: 12.47,
    steps: [{ kvar: 600, resistanceOhm: 0, reactanceOhm: 0, closed: true }],
  };
}

function regulator(): RegulatorControl {
  const setting = { voltage: 120, bandVolts: 2, resistanceVolts: 0, reactanceVolts: 0, impedanceVolts: 0 };
  return {
    kind: 'regcontrol',
    name: 'reg',
    enabled: true,
    transformer: 't',
    winding: 1,
    tapWinding: 1,
    forward: { ...setting },
    ptRatio: 60,
    ctPrimaryAmps: 300,
    remotePtRatio: 60,
    delaySeconds: 15,
    tapDelaySeconds: 2,
    inverseTime: false,
    maxTapChange: 16,
    voltageLimit: 0,
    ptPhase: 1,
    reversible: false,
    cogeneration: false,
    reverse: { ...setting },
    reverseThresholdKw: 100,
    reverseDelaySeconds: 60,
    reverseNeutral: false,
  };
}

function capacitorControl(): CapacitorControl {
  return {
    kind: 'capcontrol',
    name: 'cap',
    enabled: true,
    capacitor: 'c',
    element: 'line.l',
    terminal: 0,
    type: 'kvar',
    onSetting: 300,
    offSetting: 200,
    ptRatio: 60,
    ctRatio: 60,
    delaySeconds: 15,
    delayOffSeconds: 15,
    deadTimeSeconds: 300,
    voltageOverride: false,
    minVolts: 115,
    maxVolts: 126,
    ctPhase: 1,
    ptPhase: 1,
    minKvarPercent: 50,
  };
}

/** Source at a, line to b, transformer to c, a load, a capacitor and controls: sound. */
function soundGrid(): Grid {
  const grid = new Grid('sound');
  grid.add(source('a'));
  grid.add(line('l', 'a', 'b'));
  grid.add(transformer('t', 'b', 'c'));
  grid.add(load('d', 'c'));
  grid.add(capacitor('c', 'c'));
  grid.addControl(regulator());
  grid.addControl(capacitorControl());
  return grid;
}

const theLine = (grid: Grid) => grid.require('line', 'l');
const theLoad = (grid: Grid) => grid.require('load', 'd');
const theTransformer = (grid: Grid) => grid.require('transformer', 't');

describe('a sound grid', () => {
  it('passes', () => {
    expect(() => validateGrid(soundGrid())).not.toThrow();
  });

  it('may have neutrals that only loads and reactors use, and delta loads', () => {
    const grid = soundGrid();
    grid.add(load('neutral', 'c', [1, 2, 3, 4]));
    grid.add(reactor('ground', terminal('c', [4]), terminal('c', [0])));
    grid.add({ ...load('delta', 'c', [1, 2]), phases: 1, connection: 'delta' });
    expect(() => validateGrid(grid)).not.toThrow();
  });

  it('may be joined by reactors, series capacitors and three-winding transformers', () => {
    const grid = soundGrid();
    grid.add(reactor('r', terminal('c'), terminal('d')));
    grid.add({ ...capacitor('s', 'd'), terminals: [terminal('d'), terminal('e')] });
    grid.add(transformer('t3', 'e', 'f', 'g'));
    grid.add(load('far', 'g'));
    expect(() => validateGrid(grid)).not.toThrow();
  });

  it('disabled elements may be as wrong as they like', () => {
    const grid = soundGrid();
    grid.add({ ...load('off', 'nowhere'), kv: -1, powerKw: Number.NaN, enabled: false });
    grid.addControl({ ...regulator(), name: 'off', transformer: 'none', enabled: false });
    expect(() => validateGrid(grid)).not.toThrow();
  });
});

describe('a faulty grid', () => {
  const faults: [string, (grid: Grid) => void, RegExp][] = [
    ['no source', (grid) => void (grid.require('vsource', 'source').enabled = false), /^grid "sound" has no enabled source/],
    [
      'NaN deep in a record',
      (grid) => void (theTransformer(grid).windings[1].tapPu = Number.NaN),
      /transformer\.t\.windings\[1\]\.tapPu: is not a finite/,
    ],
    ['NaN in a matrix', (grid) => void (theLine(grid).seriesOhm.im[4] = Number.NaN), /^net\.dss:7: line\.l\.seriesOhm\.im\[4\]: is not a finite/],
    [
      'a node that is no number',
      (grid) => void (theLoad(grid).terminal.nodes[1] = Number.NaN),
      /load\.d: its nodes at bus "c" are not whole numbers/,
    ],
    ['an infinite load', (grid) => void (theLoad(grid).powerKw = Number.POSITIVE_INFINITY), /^net\.dss:12: load\.d\.powerKw: is not a finite/],
    ['NaN in a control', (grid) => void (grid.controlsOf('regcontrol')[0].forward.bandVolts = Number.NaN), /regcontrol\.reg\.forward\.bandVolts/],
    [
      'a line of zero impedance',
      (grid) => void (theLine(grid).seriesOhm = balanced(3, [0, 0], [0, 0])),
      /line\.l\.seriesOhm: the series impedance is zero/,
    ],
    ['a singular line', (grid) => void (theLine(grid).seriesOhm = balanced(3, [0, 1], [0, 1])), /line\.l\.seriesOhm/],
    [
      'a reactor of zero impedance',
      (grid) => void grid.add({ ...reactor('r', terminal('c'), terminal('d')), impedanceOhm: balanced(3, [0, 0], [0, 0]) }),
      /reactor\.r\.impedanceOhm/,
    ],
    [
      'a transformer of zero impedance',
      (grid) => {
        theTransformer(grid).shortCircuitReactancePercent = [0];
        for (const winding of theTransformer(grid).windings) winding.resistancePercent = 0;
      },
      /transformer\.t\.shortCircuitReactancePercent: the short-circuit impedance is zero/,
    ],
    ['a reactance too few', (grid) => void (theTransformer(grid).shortCircuitReactancePercent = []), /needs 1 values for 2 windings, but has 0/],
    ['a negative kV', (grid) => void (theLoad(grid).kv = -12.47), /load\.d\.kv: must be greater than zero, not -12.47/],
    ['a winding of no kV', (grid) => void (theTransformer(grid).windings[0].kv = 0), /transformer\.t\.windings\[0\]\.kv: must be/],
    ['a winding of no kVA', (grid) => void (theTransformer(grid).windings[1].kva = 0), /transformer\.t\.windings\[1\]\.kva: must be/],
    ['a capacitor of no kV', (grid) => void (grid.require('capacitor', 'c').kv = 0), /capacitor\.c\.kv/],
    ['a source of negative kV', (grid) => void (grid.require('vsource', 'source').baseKv = -1), /vsource\.source\.baseKv/],
    [
      'a shape that is not there',
      (grid) => void (theLoad(grid).shapes.daily = 'gone'),
      /load\.d\.shapes\.daily: there is no load shape named "gone"/,
    ],
    [
      'a regulator without transformer',
      (grid) => void (grid.controlsOf('regcontrol')[0].transformer = 'x'),
      /regcontrol\.reg\.transformer: there is no element "transformer\.x"/,
    ],
    ['a regulator on winding 5', (grid) => void (grid.controlsOf('regcontrol')[0].winding = 4), /has 2 windings, not one numbered 5/],
    ['a capacitor control without capacitor', (grid) => void (grid.controlsOf('capcontrol')[0].capacitor = 'x'), /capcontrol\.cap\.capacitor/],
    [
      'a capacitor control without element',
      (grid) => void (grid.controlsOf('capcontrol')[0].element = 'line.x'),
      /capcontrol\.cap\.element: .*"line\.x"/,
    ],
    ['a terminal too many', (grid) => void (grid.controlsOf('capcontrol')[0].terminal = 2), /line\.l has 2 terminals, not one numbered 3/],
    [
      'a switch control without element',
      (grid) => {
        const control: SwitchControl = {
          kind: 'swtcontrol',
          name: 's',
          enabled: true,
          element: 'line.gone',
          terminal: 0,
          normalState: 'closed',
          state: 'closed',
          locked: false,
          delaySeconds: 120,
        };
        grid.addControl(control);
      },
      /swtcontrol\.s\.element/,
    ],
    ['a load on an island', (grid) => void grid.add(load('lost', 'island')), /^net\.dss:12: load\.lost: bus "island" has no path to a source/],
    [
      'an island of lines',
      (grid) => {
        grid.add(line('x', 'p', 'q'));
        grid.add(load('lost', 'q'));
      },
      /line\.x: bus "p" has no path/,
    ],
    [
      'a load on a node its bus has not',
      (grid) => {
        grid.add(line('lateral', 'c', 'e', [1, 2]));
        grid.add(load('odd', 'e', [3, 0]));
      },
      /load\.odd: node e\.3 is reached by no line, transformer or source; the bus has nodes 1, 2/,
    ],
    [
      'a capacitor on a node its bus has not',
      (grid) => {
        grid.add(line('lateral', 'c', 'e', [1]));
        grid.add(capacitor('odd', 'e'));
      },
      /capacitor\.odd: node e\.2 is reached by no/,
    ],
  ];
  for (const [name, spoil, message] of faults) {
    it(name, () => {
      const grid = soundGrid();
      spoil(grid);
      let thrown: unknown;
      try {
        validateGrid(grid);
      } catch (error) {
        thrown = error;
      }
      expect(thrown).toBeInstanceOf(BusbarError);
      expect((thrown as Error).message).toMatch(message);
      expect((thrown as Error).message).not.toContain('\n');
      if (!(thrown instanceof GridError)) expect((thrown as InputError).element).toMatch(/^\w+\.\w+$/);
    });
  }

  it('carries the place in the file', () => {
    const grid = soundGrid();
    theLoad(grid).kv = 0;
    try {
      validateGrid(grid);
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(InputError);
      expect((error as InputError).location).toEqual({ file: 'net.dss', line: 12 });
      expect((error as InputError).property).toBe('kv');
    }
  });
});

describe('disabled branches', () => {
  it('leave what they cut off without voltage, or are an error on request', () => {
    const grid = soundGrid();
    theLine(grid).enabled = false;
    expect(() => validateGrid(grid)).not.toThrow();
    expect(() => validateGrid(grid, { switchedOff: 'error' })).toThrow(/transformer\.t: bus "b" has no path/);
    const solver = createSolver(grid);
    expect(solver.solve().converged).toBe(true);
    expect(solver.nodeVoltage('b', 1)).toEqual([0, 0]);
  });
});

describe('open conductors', () => {
  it('leave what they cut off without voltage, or are an error on request', () => {
    const grid = soundGrid();
    theLine(grid).terminals[1].open = [true, true, true];
    expect(() => validateGrid(grid)).not.toThrow();
    expect(() => validateGrid(grid, { switchedOff: 'error' })).toThrow(/transformer\.t: bus "b" has no path/);
    theLine(grid).terminals[1].open = [true, true, false];
    expect(() => validateGrid(grid, { switchedOff: 'error' })).not.toThrow();
  });
});

it('takes a chain of 20,000 buses without running out of stack, and finds the one that is cut off', () => {
  const grid = new Grid('long');
  grid.add(source('b0'));
  for (let i = 1; i < 20_000; i++) grid.add(line(`l${i}`, `b${i - 1}`, `b${i}`));
  grid.add(load('d', 'b19999'));
  expect(() => validateGrid(grid)).not.toThrow();
  grid.add(load('lost', 'nowhere'));
  expect(() => validateGrid(grid)).toThrow(/nowhere/);
});
