/** Scenarios with taps, capacitor steps, switches, source voltages and loads of their own, given to a batch and, one by one, to a grid that is edited to them. */
import { expect } from 'vitest';
import { loadFeeder } from '../../src/feeders/index.js';
import { balanced, type Grid, type Line, type Transformer, zeros } from '../../src/grid/index.js';
import { type BatchColumns, type BatchSession, CompiledSolver } from '../../src/powerflow/index.js';

/** Columns by name, [scenario]. */
export interface Columns {
  taps: Map<string, Float64Array>;
  steps: Map<string, Float64Array>;
  closed: Map<string, Float64Array>;
  sources: Map<string, Float64Array>;
  factor: Float64Array;
}

/** How columns are drawn: shares and spreads. */
export interface Spread {
  /** Share of switches that are closed. Default 0.8. */
  closed?: number;
  /** Most steps of a tap off neutral, of 0.00625 each. Default 8. */
  tapSteps?: number;
}

/** Draws columns for all that a batch lets differ. */
export function drawColumns(batch: BatchColumns, grid: Grid, random: () => number, { closed = 0.8, tapSteps = 8 }: Spread = {}): Columns {
  const column = (draw: () => number): Float64Array => Float64Array.from({ length: batch.scenarios }, draw);
  const of = (names: readonly string[], draw: (name: string) => number): Map<string, Float64Array> =>
    new Map(names.map((name) => [name, column(() => draw(name))]));
  return {
    taps: of(batch.transformers, () => 1 + 0.00625 * Math.round(2 * tapSteps * random() - tapSteps)),
    steps: of(batch.capacitors, (name) => Math.floor((grid.require('capacitor', name).steps.length + 1) * random())),
    closed: of(batch.switches, () => Number(random() < closed)),
    sources: of(batch.sources, () => 0.97 + 0.06 * random()),
    factor: column(() => 1.2 * random()),
  };
}

/** Gives a batch its columns; `pick` may choose scenarios. */
export function fill(batch: BatchColumns, columns: Columns, pick: (column: Float64Array) => Float64Array = (column) => column): void {
  for (const [name, column] of columns.taps) batch.setTaps(name, pick(column));
  for (const [name, column] of columns.steps) batch.setCapacitorSteps(name, pick(column));
  for (const [name, column] of columns.closed) batch.setSwitchStates(name, pick(column));
  for (const [name, column] of columns.sources) batch.setSourceVoltage(name, pick(column));
  batch.scalePowers('all', pick(columns.factor));
}

/** Edits a grid to one scenario; an open switch is open at both its ends. */
export function editTo(grid: Grid, { taps, steps, closed, sources, factor }: Columns, scenario: number): Grid {
  for (const [name, column] of taps) grid.require('transformer', name).windings[1].tapPu = column[scenario];
  for (const [name, column] of steps)
    grid.require('capacitor', name).steps.forEach((step, k) => {
      step.closed = k < column[scenario];
    });
  for (const [name, column] of sources) grid.require('vsource', name).voltagePu = column[scenario];
  for (const [name, column] of closed) {
    const line = grid.require('line', name);
    line.enabled = true;
    for (const terminal of line.terminals) terminal.open = column[scenario] ? undefined : terminal.nodes.map(() => true);
  }
  for (const kind of ['load', 'generator'] as const)
    for (const element of grid.elementsOf(kind)) {
      element.powerKw *= factor[scenario];
      element.powerKvar *= factor[scenario];
    }
  return grid;
}

/** The largest distance of any node of a scenario from the solution of a grid, per unit of the bus's base voltage. */
export function largestError(batch: BatchSession, scenario: number, edited: Grid, method: 'auto' | 'newton' | 'sweep' = 'auto'): number {
  const solver = new CompiledSolver(edited);
  expect(solver.solve({ method, tolerance: 1e-12 }).converged).toBe(true);
  const found = batch.voltages(scenario);
  let most = 0;
  batch.nodeNames().forEach((name, n) => {
    const dot = name.lastIndexOf('.');
    const wanted = solver.nodeVoltage(name.slice(0, dot), Number(name.slice(dot + 1))) ?? [Number.NaN, Number.NaN];
    const volts = (edited.buses.get(name.slice(0, dot))?.baseKv ?? 1) * 1000;
    const error = Math.hypot(found[2 * n] - wanted[0], found[2 * n + 1] - wanted[1]) / volts;
    if (!(error <= most)) most = error;
  });
  return most;
}

/** The IEEE 123-bus feeder with its two tie switches, sw7 and sw8, leading somewhere: to bus 300 and to bus 94. Closed they make loops. */
export async function feederWithTies(): Promise<Grid> {
  const grid = await loadFeeder('ieee123');
  grid.add(plainLine('to300', ['300_open', '300'], [1, 2, 3]));
  grid.add(plainLine('to94', ['94_open', '94'], [1]));
  // As delivered both ties are closed onto buses of their own; here they are open, one as disabled, one by its terminals.
  grid.require('line', 'sw7').enabled = false;
  for (const terminal of grid.require('line', 'sw8').terminals) terminal.open = terminal.nodes.map(() => true);
  return grid;
}

/** The meshed network with regulators in two of its lines and a switch in two others. */
export async function meshedWithRegulators(): Promise<Grid> {
  const grid = await loadFeeder('tree131-meshed');
  const lines = grid.elementsOf('line');
  for (const [k, at] of [20, 60].entries()) {
    const [, far] = lines[at].terminals;
    const bus = far.bus;
    const kv = Math.sqrt(3) * (grid.buses.get(bus)?.baseKv ?? 1);
    far.bus = `before${k}`;
    grid.bus(far.bus).baseKv = kv / Math.sqrt(3);
    grid.add(regulator(`series${k}`, far.bus, bus, kv));
  }
  return grid;
}

function plainLine(name: string, [from, to]: readonly [string, string], nodes: readonly number[]): Line {
  const n = nodes.length;
  return {
    kind: 'line',
    name,
    enabled: true,
    phases: n,
    terminals: [
      { bus: from, nodes: [...nodes] },
      { bus: to, nodes: [...nodes] },
    ],
    seriesOhm: balanced(n, [0.3, 0.25], [0.1, 0.09]),
    shuntSiemens: zeros(n),
    lengthMeters: 300,
    isSwitch: false,
  };
}

function regulator(name: string, from: string, to: string, kv: number): Transformer {
  const winding = (bus: string): Transformer['windings'][0] => ({
    terminal: { bus, nodes: [1, 2, 3, 0] },
    connection: 'wye',
    kv,
    kva: 5000,
    tapPu: 1,
    minTapPu: 0.9,
    maxTapPu: 1.1,
    tapSteps: 32,
    resistancePercent: 0.01,
    neutralOhm: 0,
    neutralReactanceOhm: 0,
  });
  return {
    kind: 'transformer',
    name,
    enabled: true,
    phases: 3,
    windings: [winding(from), winding(to)],
    shortCircuitReactancePercent: [1],
    noLoadLossPercent: 0.1,
    magnetizingCurrentPercent: 0.5,
    antiFloatPpm: 1,
    phaseShift: 'lag',
  };
}
