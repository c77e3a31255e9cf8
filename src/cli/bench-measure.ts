/**
 * One measurement of the batch bench.
 *
 * Every load gets its own random factor, uniform in 0 to 1.5, in every scenario (watts and vars alike); all scenarios start from the solution of the base case, at
 * 0.75 of nominal load, their mean. What is timed is `BatchSession.solve` from inputs in place to voltages in place: start values, iterations, second passes, status.
 * Writing the powers is not timed. The tolerance is as loose as it may be for every node of every checked scenario to stay within 1e-8 pu of its solution, in single
 * precision within 1e-5 pu; after the timing the voltages are compared with those of the same scenarios solved to rounding by Newton, one by one. Checked are the scenarios that stopped with the largest
 * mismatches, and others evenly spread.
 */
import { ControlSystem, solveWithControls } from '../controls/index.js';
import { decodeGrid, encodeGrid } from '../feeders/index.js';
import type { Grid, Load } from '../grid/index.js';
import {
  type BatchMethod,
  BatchSession,
  createSolver,
  type KernelBackend,
  type KernelWork,
  type Precision,
  ScenarioSolver,
  scalarBackend,
  watchBackend,
} from '../powerflow/index.js';
import type { Timer } from './bench-timer.js';

/** What a precision is held to, per unit. */
interface Bounds {
  /** Largest distance of a node's voltage from the exact one. The tolerance aims at less, since not every scenario is checked. */
  allowed: number;
  aimed: number;
  /** Errors below this are mostly rounding and say nothing of how errors follow mismatches. */
  rounding: number;
  /** Tolerances to choose from. */
  loosest: number;
  tightest: number;
}

/** In single precision a tolerance above 1e-5 would leave more to the pass in double precision that closes the reading of voltages than rounding errors. */
export const BOUNDS: Record<Precision, Bounds> = {
  double: { allowed: 1e-8, aimed: 3e-9, rounding: 3e-10, loosest: 1e-2, tightest: 1e-10 },
  single: { allowed: 1e-5, aimed: 3e-6, rounding: 1e-8, loosest: 1e-5, tightest: 1e-7 },
};
const FIRST_TOLERANCE_PU = 1e-6;
const MEAN_FACTOR = 0.75;
/** VA in one per unit of mismatch. */
const BASE_VA = 1e6;

/** What to measure. */
export interface BenchRequest {
  /** Id of the case, for the row. */
  case: string;
  grid: Grid;
  method: BatchMethod;
  backend: KernelBackend;
  /** Default double. */
  precision?: Precision;
  scenarios: number;
  /** Seconds to spend on each timing. */
  seconds: number;
  /** Scenarios compared with their exact solutions. */
  checked: number;
  /** Whether the plain scalar program is timed too. */
  scalar: boolean;
}

/** One line of the bench's table and of its JSON. */
export interface BenchRow {
  suite: 'power-flow';
  case: string;
  nodes: number;
  method: BatchMethod;
  backend: string;
  precision: Precision;
  lanes: number;
  scenarios: number;
  microsecondsPerScenario: number;
  microsecondsPerIteration: number;
  /** Processor time a scenario: less than the time by the clock where the machine had other things to do. */
  processorMicroseconds: number;
  iterationsMean: number;
  /** Largest power missing at any node of the checked scenarios, per unit on 1 MVA, recomputed from the admittances in plain TypeScript. */
  mismatchPuMax: number;
  /** Largest distance of any node's voltage from the exact one in the checked scenarios, per unit. */
  nodeErrorPuMax: number;
  tolerancePu: number;
  convergedShare: number;
  /** Scenarios that Newton had to solve in a second pass, as a share. */
  secondPassShare: number;
  /** The same work to the same tolerance by the plain scalar program, in double precision, microseconds a scenario; null where it was not timed. */
  scalarMicroseconds: number | null;
  /** Processor time of that. */
  scalarProcessorMicroseconds: number | null;
  /** Operations and bytes of a scenario and iteration, counted from the plan. */
  operationsPerIteration: number;
  bytesPerIteration: number;
}

/** A small seeded source of numbers uniform in [0, 1): mulberry32. */
export function randomSource(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let x = Math.imul(state ^ (state >>> 15), state | 1);
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61);
    return ((x ^ (x >>> 14)) >>> 0) / 4294967296;
  };
}

/**
 * What differs from scenario to scenario: loads alone, or also the taps of regulators (any of their 33 steps) and the states of capacitors, and with switches those
 * of the IEEE 123-bus feeder beyond which there is no load, so that no scenario is islanded. With controls these move taps and capacitors, from where they stand in the grid.
 */
export type Varied = 'loads' | 'loads, taps and capacitors' | 'loads, taps, capacitors and switches' | 'loads, with controls';

/** Switches that are open or closed at random. */
const SWITCHES = ['sw6', 'sw7', 'sw8'];

/** Random inputs of all scenarios, [item][scenario]; what is no load keeps its power. */
class Draw {
  readonly powerKw: Float64Array[];
  readonly powerKvar: Float64Array[];
  /** By name; empty where only loads vary. */
  readonly taps = new Map<string, Float64Array>();
  readonly steps = new Map<string, Float64Array>();
  readonly closed = new Map<string, Float64Array>();
  private readonly place: Map<string, number>;

  constructor(
    grid: Grid,
    solver: ScenarioSolver,
    readonly varied: Varied,
    readonly scenarios: number,
  ) {
    const random = randomSource(20_240_601);
    const factors = solver.injections.map(({ kind }) => Float64Array.from({ length: scenarios }, () => (kind === 'load' ? 1.5 * random() : 1)));
    this.powerKw = factors.map((column, i) => column.map((factor) => factor * solver.powerKw[i]));
    this.powerKvar = factors.map((column, i) => column.map((factor) => factor * solver.powerKvar[i]));
    this.place = new Map(solver.injections.map(({ kind, name }, i) => [`${kind}.${name}`, i]));
    if (varied === 'loads' || varied === 'loads, with controls') return;
    for (const { transformer } of grid.controlsOf('regcontrol')) {
      if (!this.taps.has(transformer))
        this.taps.set(
          transformer,
          Float64Array.from({ length: scenarios }, () => 1 + 0.00625 * Math.round(32 * random() - 16)),
        );
    }
    for (const { name, steps } of grid.elementsOf('capacitor').filter((one) => one.enabled)) {
      this.steps.set(
        name,
        Float64Array.from({ length: scenarios }, () => Math.floor((steps.length + 1) * random())),
      );
    }
    if (varied !== 'loads, taps, capacitors and switches') return;
    for (const name of SWITCHES)
      this.closed.set(
        name,
        Float64Array.from({ length: scenarios }, () => Math.round(random())),
      );
  }

  /** Gives the first scenarios to a batch. */
  fill(batch: BatchSession): void {
    const first = (column: Float64Array): Float64Array => column.subarray(0, batch.scenarios);
    batch.injections.forEach(({ kind, name }, i) => {
      const at = this.place.get(`${kind}.${name}`);
      if (at !== undefined) batch.setPowers(i, first(this.powerKw[at]), first(this.powerKvar[at]));
    });
    for (const [name, column] of this.taps) batch.setTaps(name, first(column));
    for (const [name, column] of this.steps) batch.setCapacitorSteps(name, first(column));
    for (const [name, column] of this.closed) batch.setSwitchStates(name, first(column));
  }

  /** A copy of the grid with the taps, steps and switch states of one scenario; those at which its controls settle where they act. */
  gridOf(grid: Grid, scenario: number): Grid {
    const copy = decodeGrid(encodeGrid(grid));
    if (this.varied === 'loads, with controls') {
      for (const [id, i] of this.place) {
        const load = copy.element(id) as Load;
        load.powerKw = this.powerKw[i][scenario];
        load.powerKvar = this.powerKvar[i][scenario];
      }
      solveWithControls(new ControlSystem(createSolver(copy)), { ...EXACT, maxControlIterations: 100 });
    }
    for (const [name, column] of this.taps) {
      const { windings } = copy.require('transformer', name);
      const moved = windings.findIndex((winding) => winding.tapPu !== 1);
      windings[moved >= 0 ? moved : windings.length - 1].tapPu = column[scenario];
    }
    for (const [name, column] of this.steps) {
      copy.require('capacitor', name).steps.forEach((step, k) => {
        step.closed = k < column[scenario];
      });
    }
    for (const [name, column] of this.closed) {
      for (const terminal of copy.require('line', name).terminals) terminal.open = terminal.nodes.map(() => !column[scenario]);
    }
    return copy;
  }
}

/** How far the scenarios of a batch are from their exact solutions. */
interface Check {
  nodeErrorPu: number;
  mismatchPu: number;
}

/** Newton to rounding. */
const EXACT = { method: 'newton', tolerance: 1e-11 } as const;

/** Solves scenarios to rounding, once each, and compares batches with them. */
class Exact {
  private readonly base: Float64Array;
  private readonly known = new Map<number, Float64Array | undefined>();

  constructor(
    private readonly grid: Grid,
    private readonly solver: ScenarioSolver,
    private readonly draw: Draw,
  ) {
    this.base = Float64Array.from(solver.nodeNames(), (name) => (grid.buses.get(name.slice(0, name.lastIndexOf('.')))?.baseKv ?? 0) * 1000);
  }

  /** A solver with the scenario's inputs. */
  private solverOf(scenario: number): ScenarioSolver {
    const solver = this.draw.varied === 'loads' ? this.solver : new ScenarioSolver(this.draw.gridOf(this.grid, scenario), EXACT);
    solver.powerKw.forEach((_, i) => {
      solver.powerKw[i] = this.draw.powerKw[i][scenario];
      solver.powerKvar[i] = this.draw.powerKvar[i][scenario];
    });
    return solver;
  }

  /** Exact voltages of a scenario, or undefined where Newton finds none. */
  private voltages(scenario: number): Float64Array | undefined {
    if (!this.known.has(scenario)) {
      const solver = this.solverOf(scenario);
      this.known.set(scenario, solver.solve() ? Float64Array.from(solver.readVoltages()) : undefined);
    }
    return this.known.get(scenario);
  }

  /** Largest distance of two solutions at any node, per unit of the node's base voltage. */
  distance(found: Float64Array, wanted: Float64Array): number {
    let most = 0;
    for (let n = 0; n < this.base.length; n++) {
      const base = this.base[n] || Math.hypot(wanted[2 * n], wanted[2 * n + 1]) || 1;
      most = Math.max(most, Math.hypot(found[2 * n] - wanted[2 * n], found[2 * n + 1] - wanted[2 * n + 1]) / base);
    }
    return most;
  }

  check(batch: BatchSession, scenarios: Iterable<number>): Check {
    const check: Check = { nodeErrorPu: 0, mismatchPu: 0 };
    for (const scenario of scenarios) {
      const wanted = this.voltages(scenario);
      if (batch.status[scenario] !== 1 || !wanted) continue;
      const found = batch.voltages(scenario);
      check.mismatchPu = Math.max(check.mismatchPu, this.solverOf(scenario).mismatch(found).largestPu);
      check.nodeErrorPu = Math.max(check.nodeErrorPu, this.distance(found, wanted));
    }
    return check;
  }
}

/** Half the scenarios with the largest mismatches, half evenly spread. */
function toCheck(batch: BatchSession, count: number): Set<number> {
  const { scenarios, mismatchVa, status } = batch;
  const chosen = new Set<number>();
  for (let k = 0; k < Math.ceil(count / 2); k++) chosen.add(Math.floor((k * scenarios) / Math.ceil(count / 2)));
  const order = Array.from({ length: scenarios }, (_, k) => k).sort((a, b) => mismatchVa[b] - mismatchVa[a]);
  for (const scenario of order) {
    if (chosen.size >= Math.min(count, scenarios)) break;
    if (status[scenario] === 1) chosen.add(scenario);
  }
  return chosen;
}

/** A case ready to be measured again and again: its draws and its exact solutions. */
export class BenchCase {
  readonly nodeCount: number;
  private readonly draw: Draw;
  private readonly exact: Exact;

  /** @param scenarios most that will be asked for */
  constructor(
    readonly grid: Grid,
    scenarios: number,
    varied: Varied = 'loads',
  ) {
    const solver = new ScenarioSolver(grid, EXACT);
    this.draw = new Draw(grid, solver, varied, scenarios);
    this.exact = new Exact(grid, solver, this.draw);
    this.nodeCount = solver.nodeCount;
  }

  private solved(
    { method }: BenchRequest,
    backend: KernelBackend,
    precision: Precision | undefined,
    scenarios: number,
    tolerance: number,
  ): BatchSession {
    const { varied, closed } = this.draw;
    const inputs = { taps: true, capacitors: true, switches: closed.size > 0 ? [...closed.keys()] : undefined } as const;
    const own = varied === 'loads' ? {} : varied === 'loads, with controls' ? ({ controls: true } as const) : inputs;
    const batch = new BatchSession(this.grid, { scenarios, method, backend, precision, tolerance, baseMultiplier: MEAN_FACTOR, ...own });
    this.draw.fill(batch);
    batch.solve();
    return batch;
  }

  /**
   * The loosest tolerance that leaves no scenario further from where its iteration ends than is aimed at. Judged against the same method carried on to a
   * hundredth of the tolerance, in double precision, so that the rounding of two methods (7e-9 pu on IEEE 13, whose zero sequence hangs by a thread) does not count as error.
   */
  private tolerance(request: BenchRequest): number {
    // Not the batch's own size: a batch of one scenario says little about a tolerance.
    const scenarios = Math.min(this.draw.scenarios, Math.max(request.checked, 64));
    const { aimed, rounding, loosest, tightest } = BOUNDS[request.precision ?? 'double'];
    let tolerance = FIRST_TOLERANCE_PU;
    for (let attempt = 0; attempt < 10; attempt++) {
      const batch = this.solved(request, request.backend, request.precision, scenarios, tolerance);
      const further = this.solved(request, request.backend, 'double', scenarios, tolerance / 100);
      let error = 0;
      let ratio = 0;
      for (const scenario of toCheck(batch, request.checked)) {
        if (batch.status[scenario] !== 1 || further.status[scenario] !== 1) continue;
        const one = this.exact.distance(batch.voltages(scenario), further.voltages(scenario));
        error = Math.max(error, one);
        if (one > rounding) ratio = Math.max(ratio, one / (batch.mismatchVa[scenario] / BASE_VA));
      }
      const fitting = ratio > 0 ? aimed / ratio : 30 * tolerance;
      const isTight = error <= aimed;
      if (isTight && (attempt > 2 || fitting < 2 * tolerance || tolerance === loosest)) return tolerance;
      const next = isTight ? Math.min(fitting, loosest) : Math.min(fitting, tolerance / 2);
      tolerance = Number(Math.max(next, tightest).toPrecision(2));
    }
    return tolerance;
  }

  /**
   * Measures. Throws a GridError where the method does not apply to the grid.
   *
   * @param tolerancePu of an earlier measurement of the same method, where it need not be found anew
   */
  measure(request: BenchRequest, timer: Timer, tolerancePu?: number): BenchRow {
    let row = this.measureAt(request, timer, tolerancePu ?? this.tolerance(request));
    const { allowed, tightest } = BOUNDS[request.precision ?? 'double'];
    // The tolerance was found on a sample; where another scenario shows it too loose, it is tightened.
    for (let attempt = 0; attempt < 3 && row.nodeErrorPuMax > allowed && row.tolerancePu > tightest; attempt++) {
      row = this.measureAt(request, timer, Number((row.tolerancePu / 3).toPrecision(2)));
    }
    return request.scalar ? { ...row, ...this.scalar(request, timer, row.tolerancePu) } : row;
  }

  private measureAt(request: BenchRequest, timer: Timer, tolerance: number): BenchRow {
    const { method, precision, scenarios, seconds } = request;
    const watched = watchBackend(request.backend);
    const batch = this.solved(request, watched.backend, precision, scenarios, tolerance);
    const timing = timer.time(() => batch.solve(), seconds);
    const report = batch.solve();
    const { nodeErrorPu, mismatchPu } = this.exact.check(batch, toCheck(batch, request.checked));
    const microseconds = (1e6 * timing.median) / scenarios;
    const iterationsMean = batch.iterations.reduce((sum, n) => sum + n, 0) / scenarios;
    const work: KernelWork = watched.work() ?? { operations: 0, bytes: 0 };
    return {
      suite: 'power-flow',
      case: request.case,
      nodes: this.nodeCount,
      method,
      backend: batch.backend,
      precision: report.precision,
      lanes: batch.lanes,
      scenarios,
      microsecondsPerScenario: microseconds,
      microsecondsPerIteration: microseconds / iterationsMean,
      processorMicroseconds: (1e6 * timing.processor) / scenarios,
      iterationsMean,
      mismatchPuMax: mismatchPu,
      nodeErrorPuMax: nodeErrorPu,
      tolerancePu: tolerance,
      convergedShare: report.converged / scenarios,
      secondPassShare: report.secondPass / scenarios,
      scalarMicroseconds: null,
      scalarProcessorMicroseconds: null,
      operationsPerIteration: Math.round(work.operations),
      bytesPerIteration: Math.round(work.bytes),
    };
  }

  private scalar(request: BenchRequest, timer: Timer, tolerance: number): Pick<BenchRow, 'scalarMicroseconds' | 'scalarProcessorMicroseconds'> {
    const scenarios = Math.min(request.scenarios, Math.max(4, Math.min(128, Math.round(40_000 / this.nodeCount))));
    const batch = this.solved(request, scalarBackend, 'double', scenarios, tolerance);
    const timing = timer.time(() => batch.solve(), request.seconds);
    const report = batch.solve();
    // The first scenarios are those of the kernels' batch; what was timed has to be their solution.
    const { nodeErrorPu } = this.exact.check(batch, toCheck(batch, Math.min(request.checked, scenarios)));
    if (report.converged > 0 && nodeErrorPu > BOUNDS[request.precision ?? 'double'].allowed)
      throw new Error(`${request.case}: the scalar program is off by ${nodeErrorPu} pu`);
    return { scalarMicroseconds: (1e6 * timing.median) / scenarios, scalarProcessorMicroseconds: (1e6 * timing.processor) / scenarios };
  }
}
