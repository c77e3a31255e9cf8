/**
 * Writes sessions as files for native/sanitize.cpp: the memory of each before a solution, and the voltages that this build finds.
 *
 *   tsx scripts/write-plans.mts FOLDER [FEEDER ...]
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadCase } from '../src/cases/index.js';
import { randomSource } from '../src/cli/bench-measure.js';
import type { DynamicsBackend, DynamicsKernels } from '../src/dynamics/index.js';
import { loadMicrogrid, MicrogridLanes, wasmDynamics } from '../src/dynamics/index.js';
import * as dynamics from '../src/dynamics/lane-layout.js';
import { findNativeDynamics } from '../src/dynamics/node-native.js';
import { decodeGrid, encodeGrid, loadFeeder } from '../src/feeders/index.js';
import type { CapacitorControl, Grid } from '../src/grid/index.js';
import { SNAPSHOT } from '../src/grid/index.js';
import { BalancedBatch, type BalancedBatchOptions } from '../src/powerflow/balanced/balanced-batch.js';
import * as balanced from '../src/powerflow/balanced/lane-layout.js';
import { solveBase } from '../src/powerflow/batch-base.js';
import { BatchControls } from '../src/powerflow/batch-controls.js';
import { BatchLanes } from '../src/powerflow/batch-lanes.js';
import { makeBatchMethod, makeBatchNewton } from '../src/powerflow/batch-methods.js';
import { makeChordPlan, makeChordSession } from '../src/powerflow/chord-method.js';
import { type CompiledGrid, compileGrid } from '../src/powerflow/compiled-grid.js';
import { controlsOf, movedWindings, switchedCapacitors } from '../src/powerflow/control-names.js';
import { planControls } from '../src/powerflow/control-plan.js';
import { analyseFactors, makeInjection, makeNewton } from '../src/powerflow/factored-methods.js';
import { BatchObserver, BatchSession, CompiledSolver } from '../src/powerflow/index.js';
import * as layout from '../src/powerflow/kernel-layout.js';
import { type KernelBackend, wasmBackend } from '../src/powerflow/kernels.js';
import { buildNodalMatrix } from '../src/powerflow/nodal-matrix.js';
import { findNativeKernels } from '../src/powerflow/node-native.js';
import * as observer from '../src/powerflow/observer-layout.js';
import type { Session } from '../src/powerflow/session.js';
import { makeSweep } from '../src/powerflow/sweep-method.js';

const MAGIC = 0x42534250;
const TOLERANCE_VA = 1e-2;
const LIMIT = 60;

interface Case {
  name: string;
  session: Session;
  solver: number;
  /** Voltages from which it starts, [node][re, im]; those of the feeder where there are none. */
  start?: Float64Array;
}

/** A session of two blocks by each method that applies. */
function casesOf(grid: Grid, backend: KernelBackend, base: Float64Array): Case[] {
  const compiled = compileGrid(grid, SNAPSHOT);
  const scenarios = 2 * backend.lanes;
  if (backend.precision === 'single') {
    const chord = makeChordPlan(compiled, base);
    if (typeof chord === 'string') return [];
    return [{ name: 'chord-single', session: makeChordSession(chord, chord.reduced, scenarios, backend), solver: layout.SOLVER_CHORD_TREE }];
  }
  const matrix = buildNodalMatrix(compiled);
  const factors = analyseFactors(matrix);
  const newton = makeNewton(compiled, matrix, factors, scenarios, backend);
  newton.setFloor(base);
  const cases: Case[] = [
    { name: 'injection', session: makeInjection(compiled, matrix, factors, scenarios, 1, backend).session, solver: layout.SOLVER_SHARED },
    { name: 'newton', session: newton.session, solver: -1 },
  ];
  const lanes = newtonWithLanes(compiled, base, scenarios, backend);
  if (lanes) cases.push({ name: 'newton-lanes', session: lanes, solver: -1 });
  const sweep = makeSweep(compiled, scenarios, backend);
  if (typeof sweep !== 'string') cases.push({ name: 'sweep', session: sweep.session, solver: layout.SOLVER_TREE });
  const plan = makeChordPlan(compiled, base);
  if (typeof plan !== 'string') {
    cases.push({ name: 'chord', session: makeChordSession(plan, plan.reduced, scenarios, backend), solver: layout.SOLVER_CHORD_TREE });
  }
  cases.push(...withControls(grid, scenarios, backend));
  return cases;
}

/** Chord, where it applies, and Newton with the feeder's regulators acting in each lane, and one more control that switches a capacitor. */
function withControls(grid: Grid, scenarios: number, backend: KernelBackend): Case[] {
  const controlled = decodeGrid(encodeGrid(grid));
  const [bank] = controlled.elementsOf('capacitor');
  if (bank) controlled.addControl(capacitorControl(bank.name, `line.${controlled.elementsOf('line')[0].name}`));
  const controls = controlsOf(controlled, true);
  if (controls.length === 0) return [];
  const moved = movedWindings(controlled, controls);
  const names = { transformers: [...moved.keys()], capacitors: switchedCapacitors(controlled, controls), switches: [], moved };
  const { compiled, voltage, unloaded, lanes } = solveBase(controlled, names, scenarios, 1);
  const acting = planControls(controlled, compiled, lanes, controls, { hour: 0, maxControlIterations: 8 });
  const plan = { compiled, baseVoltage: voltage, unloadedVoltage: unloaded, lanes, ownSources: false, controls: acting, backend };
  return (['auto', 'newton'] as const).map((method) => {
    const made = makeBatchMethod(plan, { scenarios, method }, backend);
    new BatchControls(acting, lanes, scenarios).writeAllStarts(made.session);
    return { name: `controls-${method}`, session: made.session, solver: made.method === 'newton' ? -1 : made.solver, start: voltage };
  });
}

function capacitorControl(capacitor: string, element: string): CapacitorControl {
  return {
    kind: 'capcontrol',
    name: 'switched',
    enabled: true,
    capacitor,
    element,
    terminal: 0,
    type: 'kvar',
    onSetting: 300,
    offSetting: -100,
    ptRatio: 1,
    ctRatio: 1,
    delaySeconds: 10,
    delayOffSeconds: 10,
    deadTimeSeconds: 0,
    voltageOverride: true,
    minVolts: 2300,
    maxVolts: 2600,
    ctPhase: 'avg',
    ptPhase: 'min',
    minKvarPercent: 50,
  };
}

/** Newton with every regulator and switch a lane's own, each lane with other taps and states, one islanded where a switch can do that; undefined where there are none. */
function newtonWithLanes(compiled: CompiledGrid, base: Float64Array, scenarios: number, backend: KernelBackend): Session | undefined {
  const { grid } = compiled;
  const transformers = [...new Set(grid.controlsOf('regcontrol').map((control) => control.transformer))];
  const switches = grid.elementsOf('line').flatMap((line) => (line.isSwitch && line.enabled ? [line.name] : []));
  if (transformers.length + switches.length === 0) return undefined;
  const closed = switches.map(() => true);
  const lanes = new BatchLanes(compiled, transformers, switches, scenarios, closed);
  const { session, parameters } = makeBatchNewton(
    { compiled, baseVoltage: base, unloadedVoltage: undefined, lanes, ownSources: true, backend },
    scenarios,
  );
  const random = randomSource(6);
  const column = (draw: (scenario: number) => number): Float64Array => Float64Array.from({ length: scenarios }, (_, scenario) => draw(scenario));
  for (const name of transformers)
    lanes.setTaps(
      name,
      column(() => 0.95 + 0.1 * random()),
    );
  for (const name of switches)
    lanes.setSwitchStates(
      name,
      column((scenario) => Number(scenario !== 1)),
    );
  if (parameters) lanes.writeAllParameters(session, parameters);
  return session;
}

/** The width of native kernels, by which they are chosen. */
function widthOf({ lanes, precision }: KernelBackend): number {
  return precision === 'single' ? layout.WIDTH_SINGLE + lanes : lanes;
}

function write(path: string, { session, solver, start }: Case, base: Float64Array): void {
  session.loadInputs();
  session.loadVoltages(start ?? base);
  const random = randomSource(5);
  const { power, voltage } = session.arrays;
  for (let k = 0; k < power.length; k++) power[k] *= 1.5 * random();
  const image = Buffer.from(new Uint8Array(session.memory.buffer).slice());
  const { kernels, layoutOffset } = session;
  if (solver < 0) kernels.solveNewton(layoutOffset, TOLERANCE_VA, LIMIT, 1);
  else
    kernels.solveFixedPoint(
      layoutOffset,
      solver,
      TOLERANCE_VA,
      LIMIT,
      solver === layout.SOLVER_CHORD_TREE ? layout.START_BASE : layout.START_WARM,
      1,
    );
  const head = Buffer.alloc(48);
  [MAGIC, widthOf(session.backend), solver < 0 ? 1 : 0, layoutOffset].forEach((value, k) => head.writeUInt32LE(value, 4 * k));
  head.writeInt32LE(Math.max(solver, 0), 16);
  head.writeInt32LE(LIMIT, 20);
  head.writeUInt32LE(session.offset(layout.FIELD_VOLTAGE), 24);
  head.writeUInt32LE(voltage.byteLength, 28);
  head.writeDoubleLE(TOLERANCE_VA, 32);
  head.writeBigUInt64LE(BigInt(image.length), 40);
  writeFileSync(path, Buffer.concat([head, image, Buffer.from(voltage.buffer, voltage.byteOffset, voltage.byteLength)]));
}

/** A backend that writes the memory before the last solution of a batch of a balanced grid, and the voltages (or angles) after it. */
function recording(backend: KernelBackend, path: string): KernelBackend {
  return {
    ...backend,
    instantiate: (memory) => {
      const kernels = backend.instantiate(memory);
      const keep = (
        kind: number,
        layoutOffset: number,
        settings: [number, number, number],
        result: [number, number],
        solve: () => number,
      ): number => {
        const image = Buffer.from(new Uint8Array(memory.buffer).slice());
        const failed = solve();
        const fields = new Uint32Array(memory.buffer, layoutOffset, balanced.BALANCED_FIELDS);
        const [solver, limit, tolerancePu] = settings;
        const [at, bytes] = [fields[result[0]], fields[balanced.BALANCED_BLOCKS] * fields[result[1]]];
        const head = Buffer.alloc(48);
        [MAGIC, backend.balancedLanes ?? backend.lanes, kind, layoutOffset].forEach((value, k) => head.writeUInt32LE(value, 4 * k));
        head.writeInt32LE(solver, 16);
        head.writeInt32LE(limit, 20);
        head.writeUInt32LE(at, 24);
        head.writeUInt32LE(bytes, 28);
        head.writeDoubleLE(tolerancePu, 32);
        head.writeBigUInt64LE(BigInt(image.length), 40);
        writeFileSync(path, Buffer.concat([head, image, Buffer.from(memory.buffer, at, bytes)]));
        return failed;
      };
      const voltages: [number, number] = [balanced.BALANCED_VOLTAGE, balanced.BALANCED_VOLTAGE_STRIDE];
      return {
        ...kernels,
        solveBalanced: (at, tolerancePu, sharedLimit, limit, isWarm) => {
          const solve = (): number => kernels.solveBalanced(at, tolerancePu, sharedLimit, limit, isWarm);
          // Later rounds start warm, which a plan does not say: only first ones are kept.
          return isWarm ? solve() : keep(2, at, [sharedLimit, limit, tolerancePu], voltages, solve);
        },
        solveDecoupled: (at, tolerancePu, limit, isWarm) =>
          keep(3, at, [0, limit, tolerancePu], voltages, () => kernels.solveDecoupled(at, tolerancePu, limit, isWarm)),
        solveDc: (at) => keep(4, at, [0, 1, 0], [balanced.BALANCED_ANGLE, balanced.BALANCED_ANGLE_STRIDE], () => kernels.solveDc(at)),
      };
    },
  };
}

/** Batches of balanced grids, with everything that lanes can differ in. */
function writeBalanced(into: string, name: string, backend: KernelBackend): void {
  const grid = loadCase(name);
  const kinds: [string, Omit<BalancedBatchOptions, 'scenarios'>][] = [
    ['shared', { steps: 'shared' }],
    ['newton', { steps: 'newton' }],
    ['outages', { branchOutages: true, generatorOutages: true }],
    ['substations', { substations: true, reactiveLimits: true }],
    ['decoupled', { method: 'fast-decoupled' }],
    ['dc', { method: 'dc' }],
  ];
  for (const [kind, options] of kinds) {
    const scenarios = 2 * (backend.balancedLanes ?? backend.lanes);
    const path = join(into, `${name}-balanced-${kind}-${backend.name}.plan`);
    const batch = new BalancedBatch(grid, { ...options, scenarios, backend: recording(backend, path) });
    const random = randomSource(7);
    grid.loads.forEach(({ powerMw, powerMvar }, k) => {
      const share = Float64Array.from({ length: scenarios }, (_, scenario) => (scenario === 1 ? 9 : 0.8 + 0.4 * random()));
      batch.setLoad(
        k,
        share.map((x) => x * powerMw),
        share.map((x) => x * powerMvar),
      );
    });
    for (let scenario = 0; scenario < scenarios; scenario++) {
      const branch = Math.floor(random() * grid.branches.length);
      if (kind === 'outages') {
        batch.setBranchInService(branch, scenario, false);
        batch.setGeneratorInService(1, scenario, scenario % 2 === 0);
      }
      if (kind === 'substations') batch.setBusbar('branchFrom', branch, scenario, 2);
    }
    batch.solve();
  }
}

/** An observer of a batch with taps and capacitor steps of each lane's own: the memory before it looks, and its results. */
function writeObserver(into: string, feeder: string, grid: Grid, backend: KernelBackend): void {
  const path = join(into, `${feeder}-observe-${backend.name}.plan`);
  const recorded: KernelBackend = {
    ...backend,
    instantiate: (memory) => {
      const kernels = backend.instantiate(memory);
      return {
        ...kernels,
        observe: (at) => {
          const image = Buffer.from(new Uint8Array(memory.buffer).slice());
          kernels.observe(at);
          const fields = new Uint32Array(memory.buffer, at, observer.OBSERVE_FIELDS);
          const [results, bytes] = [fields[observer.OBSERVE_RESULTS], observer.QUANTITIES * fields[observer.OBSERVE_RESULT_STRIDE]];
          const head = Buffer.alloc(48);
          [MAGIC, backend.lanes, 5, at].forEach((value, k) => head.writeUInt32LE(value, 4 * k));
          head.writeUInt32LE(results, 24);
          head.writeUInt32LE(bytes, 28);
          head.writeBigUInt64LE(BigInt(image.length), 40);
          writeFileSync(path, Buffer.concat([head, image, Buffer.from(memory.buffer, results, bytes)]));
        },
      };
    },
  };
  const floats = feeder === 'ieee37';
  const batch = new BatchSession(grid, {
    scenarios: 2 * backend.lanes,
    backend: recorded,
    ...(floats ? {} : { taps: true as const }),
    capacitors: true,
    observe: {},
    reduce: false,
  });
  const random = randomSource(8);
  const column = (draw: () => number): Float64Array => Float64Array.from({ length: batch.scenarios }, draw);
  for (const name of batch.transformers)
    batch.setTaps(
      name,
      column(() => 0.95 + 0.1 * random()),
    );
  batch.scalePowers(
    'all',
    column(() => 0.5 + random()),
  );
  batch.solve();
  new BatchObserver(batch).observe();
}

/** A microgrid's lanes before they advance, go to rest and are seen, and what comes of it; one lane diverges. */
function writeMicrogrid(into: string, name: string, variant: 'repaired' | 'published', backend: DynamicsBackend): void {
  const recorded = (kernels: DynamicsKernels, memory: WebAssembly.Memory): DynamicsKernels => {
    const keep = (kind: number, what: keyof DynamicsKernels, result: number, items: number) => (at: number) => {
      const image = Buffer.from(new Uint8Array(memory.buffer).slice());
      kernels[what](at);
      const fields = new Uint32Array(memory.buffer, at, dynamics.MICROGRID_FIELD_COUNT);
      const bytes = 8 * items * backend.lanes * fields[dynamics.MICROGRID_BLOCKS];
      const head = Buffer.alloc(48);
      [MAGIC, backend.lanes, kind, at].forEach((value, k) => head.writeUInt32LE(value, 4 * k));
      head.writeUInt32LE(fields[result], 24);
      head.writeUInt32LE(bytes, 28);
      head.writeBigUInt64LE(BigInt(image.length), 40);
      const path = join(into, `${name}-${variant}-${what}-${backend.name}.plan`);
      writeFileSync(path, Buffer.concat([head, image, Buffer.from(memory.buffer, fields[result], bytes)]));
    };
    return {
      advance: keep(6, 'advance', dynamics.MICROGRID_STATE, lanes.itemCount),
      rest: keep(7, 'rest', dynamics.MICROGRID_STATE, lanes.itemCount),
      see: keep(8, 'see', dynamics.MICROGRID_SEEN, lanes.seenCount),
    };
  };
  // What is recorded is asked for after the lanes are made.
  const bind = (memory: WebAssembly.Memory): DynamicsKernels => {
    const kernels = backend.bind(memory);
    const run = (what: keyof DynamicsKernels) => (at: number) => recorded(kernels, memory)[what](at);
    return { advance: run('advance'), rest: run('rest'), see: run('see') };
  };
  const options = { conventionalVoltage: variant === 'published', secondaryFrom: 0 };
  const lanes = new MicrogridLanes(loadMicrogrid(name, variant), 2 * backend.lanes, { ...options, backend: { ...backend, bind } });
  const random = randomSource(9);
  const all = Int32Array.from({ length: lanes.scenarios }, (_, scenario) => scenario);
  for (const scenario of all) {
    const at = (item: number): number => lanes.stateIndex(item, scenario);
    for (let i = 0; i < 2 * lanes.plan.loads; i++) lanes.state[at(lanes.items.loadResistance + i)] = 0.8 + 0.4 * random();
  }
  lanes.reset(all, all.length);
  for (const scenario of all) {
    const at = (item: number): number => lanes.stateIndex(item, scenario);
    for (let i = 0; i < lanes.plan.inverters; i++)
      lanes.state[at(lanes.items.voltageSetPoint + i)] = scenario === 1 ? Number.NaN : 490 + 50 * random();
  }
  lanes.advance(all, all.length);
  lanes.see(all, all.length);
}

const [folder, ...named] = process.argv.slice(2);
if (!folder) throw new Error('name the folder to write to');
const backends = [wasmBackend, ...findNativeKernels().backends];
if (named.length === 0) {
  for (const name of ['microgrid-6', 'microgrid-20']) {
    for (const backend of [wasmDynamics, ...findNativeDynamics().backends])
      for (const variant of ['repaired', 'published'] as const) writeMicrogrid(folder, name, variant, backend);
  }
}
if (named.length === 0) for (const name of ['case14', 'case118']) for (const backend of backends) writeBalanced(folder, name, backend);
for (const feeder of named.length > 0 ? named : ['ieee13', 'ieee34', 'ieee37', 'ieee123', 'tree131-meshed']) {
  const grid = await loadFeeder(feeder);
  const solver = new CompiledSolver(grid);
  if (!solver.solve().converged) throw new Error(`${feeder} does not converge`);
  for (const backend of backends.flatMap((each) => [each, ...(each.single ? [each.single] : [])])) {
    if (backend.precision !== 'single' && feeder !== 'tree131-meshed') writeObserver(folder, feeder, grid, backend);
    for (const one of casesOf(grid, backend, solver.voltages))
      write(join(folder, `${feeder}-${one.name}-${backend.name}.plan`), one, solver.voltages);
  }
}
