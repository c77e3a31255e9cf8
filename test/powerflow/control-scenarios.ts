/** Scenarios with controls: random loads given to a batch and, one by one, to the single solver with its controls in static mode; and a small feeder for all settings of controls. */
import { expect } from 'vitest';
import { ControlSystem, solveWithControls } from '../../src/controls/index.js';
import { MemoryFiles } from '../../src/formats/opendss/index.js';
import { ConvergenceError, elementId, type Generator, type Grid, type Load } from '../../src/grid/index.js';
import { type BatchColumns, CompiledSolver, STATUS_CONTROL_LIMIT, STATUS_CONVERGED } from '../../src/powerflow/index.js';
import { runScriptText } from '../../src/scripts/index.js';

/** Powers of each injection, [scenario]; and what controls start from, by name. */
export interface ControlColumns {
  powers: { id: string; kw: Float64Array; kvar: Float64Array }[];
  taps: Map<string, Float64Array>;
  steps: Map<string, Float64Array>;
}

/** Draws powers from 0 to `most` of nominal and gives them to a batch. */
export function drawPowers(batch: BatchColumns, random: () => number, most = 1.5): ControlColumns {
  const columns: ControlColumns = { powers: [], taps: new Map(), steps: new Map() };
  batch.injections.forEach((element, i) => {
    if (element.name.startsWith('capacitor:')) return;
    const { powerKw, powerKvar } = element as Load | Generator;
    const draw = (nominal: number): Float64Array => Float64Array.from({ length: batch.scenarios }, () => nominal * most * random());
    const [kw, kvar] = [draw(powerKw), draw(powerKvar)];
    batch.setPowers(i, kw, kvar);
    columns.powers.push({ id: elementId(element), kw, kvar });
  });
  return columns;
}

/** What the single solver makes of one scenario; the grid is changed. */
export interface SingleOutcome {
  settled: boolean;
  controlIterations: number;
  actions: number;
  solver: CompiledSolver;
}

/** Solves one scenario with controls on a grid of its own, and exactly. */
export function solveSingle(grid: Grid, columns: ControlColumns, scenario: number, maxControlIterations = 100, hour = 0): SingleOutcome {
  for (const { id, kw, kvar } of columns.powers) {
    const element = grid.element(id) as Load | Generator;
    element.powerKw = kw[scenario];
    element.powerKvar = kvar[scenario];
  }
  for (const [name, column] of columns.taps) {
    const control = grid.controlsOf('regcontrol').find(({ transformer }) => transformer === name);
    grid.require('transformer', name).windings[control?.tapWinding ?? 1].tapPu = column[scenario];
  }
  for (const [name, column] of columns.steps)
    grid.require('capacitor', name).steps.forEach((step, k) => {
      step.closed = k < column[scenario];
    });
  const solver = new CompiledSolver(grid);
  const system = new ControlSystem(solver);
  system.clock.hour = hour;
  try {
    const { controlIterations, actions, converged } = solveWithControls(system, { tolerance: 1e-12, maxControlIterations });
    expect(converged).toBe(true);
    return { settled: true, controlIterations, actions, solver };
  } catch (error) {
    if (!(error instanceof ConvergenceError)) throw error;
    return { settled: false, controlIterations: maxControlIterations, actions: Number.NaN, solver };
  }
}

/** Steps of a bank in service. */
function stepsIn(grid: Grid, name: string): number {
  const bank = grid.require('capacitor', name);
  return bank.terminals[0].open?.includes(true) ? 0 : bank.steps.filter((step) => step.closed).length;
}

/**
 * Checks every scenario of a solved batch against the single solver: status, counts, taps, steps and voltages. Returns tap moves and changes of steps, so that a test
 * can ask that there were any.
 */
export async function expectAsSingle(
  batch: BatchColumns,
  columns: ControlColumns,
  load: () => Grid | Promise<Grid>,
  { agreementPu = 1e-8, maxControlIterations = 100, hour = 0, every = 1 } = {},
): Promise<{ moves: number; switched: number; unsettled: number }> {
  const seen = { moves: 0, switched: 0, unsettled: 0 };
  for (let scenario = 0; scenario < batch.scenarios; scenario += every) {
    const grid = await load();
    const banks = new Set(grid.controlsOf('capcontrol').map(({ capacitor }) => capacitor));
    const before = new Map([...banks].map((name) => [name, columns.steps.get(name)?.[scenario] ?? stepsIn(grid, name)]));
    const single = solveSingle(grid, columns, scenario, maxControlIterations, hour);
    const at = `scenario ${scenario}`;
    expect(batch.status[scenario], at).toBe(single.settled ? STATUS_CONVERGED : STATUS_CONTROL_LIMIT);
    expect(batch.controlIterations[scenario], at).toBe(single.controlIterations);
    if (single.settled) expect(batch.controlActions[scenario], at).toBe(single.actions);
    else seen.unsettled++;
    for (const { transformer, tapWinding } of grid.controlsOf('regcontrol'))
      expect(batch.taps(transformer)[scenario], `${at}, ${transformer}`).toBe(grid.require('transformer', transformer).windings[tapWinding].tapPu);
    for (const name of banks) {
      const steps = batch.capacitorSteps(name)[scenario];
      expect(steps, `${at}, ${name}`).toBe(stepsIn(grid, name));
      if (steps !== before.get(name)) seen.switched++;
    }
    seen.moves += batch.tapMoves[scenario];
    const found = batch.voltages(scenario);
    let worst = 0;
    batch.nodeNames().forEach((name, n) => {
      const dot = name.lastIndexOf('.');
      const [re, im] = single.solver.nodeVoltage(name.slice(0, dot), Number(name.slice(dot + 1))) ?? [Number.NaN, Number.NaN];
      const error = Math.hypot(found[2 * n] - re, found[2 * n + 1] - im) / ((grid.buses.get(name.slice(0, dot))?.baseKv ?? 1) * 1000);
      if (!(error <= worst)) worst = error;
    });
    expect(worst, at).toBeLessThan(agreementPu);
  }
  return seen;
}

/** A radial feeder of 12.47 kV: a bank of regulators, a regulator on three phases further on, two switched banks, loads and a generator that can turn the flow round. */
export function smallFeeder(controls: string): Grid {
  return runScriptText(
    `new circuit.small basekv=12.47 pu=1.0 bus1=a mvasc3=200 mvasc1=180
new line.ab bus1=a bus2=b length=2 units=km r1=0.3 x1=0.6 r0=0.7 x0=1.8 c1=10 c0=4
new transformer.one phases=1 windings=2 buses=(b.1 c.1) conns=(wye wye) kvs=(7.2 7.2) kvas=(2000 2000) xhl=1 %loadloss=0.01
new transformer.two phases=1 windings=2 buses=(b.2 c.2) conns=(wye wye) kvs=(7.2 7.2) kvas=(2000 2000) xhl=1 %loadloss=0.01
new transformer.three phases=1 windings=2 buses=(b.3 c.3) conns=(wye wye) kvs=(7.2 7.2) kvas=(2000 2000) xhl=1 %loadloss=0.01
new line.cd bus1=c bus2=d length=3 units=km r1=0.3 x1=0.6 r0=0.7 x0=1.8 c1=10 c0=4
new transformer.far phases=3 windings=2 buses=(d e) conns=(wye wye) kvs=(12.47 12.47) kvas=(3000 3000) xhl=2 %loadloss=0.1
new line.ef bus1=e bus2=f length=4 units=km r1=0.4 x1=0.6 r0=0.9 x0=1.8 c1=10 c0=4
new line.fg bus1=f bus2=g length=1 units=km r1=0.4 x1=0.6 r0=0.9 x0=1.8 c1=10 c0=4
new capacitor.near bus1=d phases=3 kv=12.47 numsteps=3 kvar=[150 150 300] states=[1 0 0]
new capacitor.far bus1=f phases=3 kv=12.47 numsteps=1 kvar=600 states=[1]
new load.b1 bus1=c.1 phases=1 kv=7.2 kw=400 kvar=200
new load.b2 bus1=c.2 phases=1 kv=7.2 kw=300 kvar=250 model=2
new load.d bus1=d phases=3 kv=12.47 kw=700 kvar=500
new load.f1 bus1=f.1 phases=1 kv=7.2 kw=350 kvar=200
new load.f2 bus1=f.2.3 phases=1 kv=12.47 kw=300 kvar=150 model=5
new load.g bus1=g phases=3 kv=12.47 kw=600 kvar=420
new generator.g bus1=g phases=3 kv=12.47 kw=900 kvar=100 model=1
new loadshape.signal npts=4 interval=1 mult=(1 0 1 0)
${controls}
set controlmode=off
solve`,
    'small.dss',
    { files: new MemoryFiles({}) },
  ).grid;
}
