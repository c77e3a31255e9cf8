/**
 * One measurement of a batch of a balanced grid.
 *
 * Every load in service gets its own random factor, uniform in 0.8 to 1.2, in every scenario (MW and MVAr alike); all generation of a scenario is multiplied by its
 * total load over the grid's. Timed is `BalancedBatch.solve` from inputs in place to voltages in place, from the solution of the grid as it stands (which the DC power flow has no use for);
 * writing the powers is not timed. Afterwards the mismatch of every scenario that converged is summed up anew branch by branch in plain TypeScript, and some scenarios
 * are compared with their solutions to rounding by `solveBalanced`: half of them evenly spread, half those with the largest mismatches. By the method dc mismatches and solutions are
 * those of the DC power flow.
 */
import type { BalancedGrid } from '../grid/index.js';
import {
  BalancedBatch,
  type BalancedBatchReport,
  type BalancedMethod,
  BalancedScenarioSolver,
  type BatchSteps,
  type KernelBackend,
  type StepWork,
  solutionWork,
  solveBalanced,
  type WatchedBackend,
  watchBackend,
} from '../powerflow/index.js';
import { randomSource } from './bench-measure.js';
import type { Timer } from './bench-timer.js';

/** Names of methods in rows, by the batch's steps. */
export const METHOD_OF_STEPS = { newton: 'newton', mixed: 'newton-mixed', shared: 'newton-shared' } as const satisfies Record<BatchSteps, string>;

/** A method's name in rows: Newton's by the batch's steps, and the others. */
export type BalancedMethodName = (typeof METHOD_OF_STEPS)[BatchSteps] | Exclude<BalancedMethod, 'newton'>;

/** What a batch is made with for each of them. */
const OPTIONS_OF_METHOD: Record<BalancedMethodName, { method: BalancedMethod; steps?: BatchSteps }> = {
  newton: { method: 'newton', steps: 'newton' },
  'newton-mixed': { method: 'newton', steps: 'mixed' },
  'newton-shared': { method: 'newton', steps: 'shared' },
  'fast-decoupled': { method: 'fast-decoupled' },
  'fast-decoupled-bx': { method: 'fast-decoupled-bx' },
  dc: { method: 'dc' },
};

/** The method of solution behind a name: the yardstick is the same for all steps of Newton's. */
export function methodBehind(name: BalancedMethodName): BalancedMethod {
  return OPTIONS_OF_METHOD[name].method;
}

/** Largest mismatch allowed, per unit of the grid's base power: the default of a batch. */
export const BALANCED_TOLERANCE = 1e-8;

/** What to measure. */
export interface BalancedRequest {
  method: BalancedMethodName;
  backend: KernelBackend;
  scenarios: number;
  /** Seconds to spend on each timing. */
  seconds: number;
  /** Scenarios compared with their exact solutions. */
  checked: number;
  /** Whether the plain scalar program is timed too. */
  scalar: boolean;
}

/** One line of the table and of its JSON. */
export interface BalancedRow {
  suite: 'power-flow';
  case: string;
  buses: number;
  method: BalancedMethodName;
  /** Whether this is what the batch's steps `auto` come to. */
  auto: boolean;
  backend: string;
  precision: 'double';
  /** Scenarios a block of the kernel. */
  lanes: number;
  /** Scenarios an instruction: less than the lanes where a block takes two. */
  doublesPerInstruction: number;
  scenarios: number;
  microsecondsPerScenario: number;
  /** Null where the scenarios take no step. */
  microsecondsPerIteration: number | null;
  /** Processor time a scenario: less than the time by the clock where the machine had other things to do. */
  processorMicroseconds: number;
  /** Mean of the steps, those with the shared factor among them, or iterations; 1 of the DC power flow. */
  iterationsMean: number;
  /** Largest |P| or |Q| (by dc |P|) missing at any bus of any scenario that converged, per unit of the grid's base power, summed up anew branch by branch. */
  mismatchPuMax: number;
  /** Largest distance of any bus's voltage from the exact one in the checked scenarios, per unit. */
  nodeErrorPuMax: number;
  tolerancePu: number;
  convergedShare: number;
  /** Scenarios that were solved, or given up, one by one in a second pass, as a share. */
  secondPassShare: number;
  /** The first scenarios by the same method (whatever Newton's steps: by Newton's) in plain TypeScript, one at a time, to the same tolerance from the same start, microseconds a scenario; null where not timed. */
  scalarMicroseconds: number | null;
  /** Processor time and steps of that. */
  scalarProcessorMicroseconds: number | null;
  scalarIterationsMean: number | null;
  /** Operations and bytes of a mean scenario's whole solution, counted from the plan. */
  operationsPerScenario: number;
  bytesPerScenario: number;
}

/** What a row has of the scalar program. */
export type ScalarTimes = Pick<BalancedRow, 'scalarMicroseconds' | 'scalarProcessorMicroseconds' | 'scalarIterationsMean'>;

/** Random loads of all scenarios, and generation to go with them. */
export class LoadDraw {
  /** [load][scenario] */
  readonly factor: Float64Array[];
  /** Factor of all generation, [scenario]. */
  readonly generation: Float64Array;

  constructor(
    readonly grid: BalancedGrid,
    scenarios: number,
    seed = 20_240_601,
  ) {
    const random = randomSource(seed);
    this.factor = grid.loads.map(({ inService }) => Float64Array.from({ length: scenarios }, () => (inService ? 0.8 + 0.4 * random() : 0)));
    const total = grid.loads.reduce((sum, { powerMw, inService }) => sum + (inService ? powerMw : 0), 0);
    this.generation = Float64Array.from({ length: scenarios }, (_, scenario) => {
      const drawn = grid.loads.reduce((sum, { powerMw }, k) => sum + powerMw * this.factor[k][scenario], 0);
      return total === 0 ? 1 : drawn / total;
    });
  }

  /**
   * Gives the first scenarios to a batch.
   *
   * @param hopeless another factor on all loads of a scenario; 1 where left out
   */
  fill(batch: BalancedBatch, hopeless: (scenario: number) => number = () => 1): void {
    const { grid, factor, generation } = this;
    const column = (value: (scenario: number) => number): Float64Array => Float64Array.from({ length: batch.scenarios }, (_, k) => value(k));
    const other = column(hopeless);
    grid.loads.forEach(({ powerMw, powerMvar }, k) => {
      const share = column((scenario) => factor[k][scenario] * other[scenario]);
      batch.setLoad(
        k,
        share.map((x) => x * powerMw),
        share.map((x) => x * powerMvar),
      );
    });
    grid.generators.forEach(({ powerMw }, k) => {
      batch.setGenerator(
        k,
        column((scenario) => generation[scenario] * powerMw),
      );
    });
  }

  /** Gives one scenario to a solver. */
  set(solver: BalancedScenarioSolver, scenario: number): void {
    const { grid, factor, generation } = this;
    for (let k = 0; k < factor.length; k++) {
      solver.loadMw[k] = grid.loads[k].powerMw * factor[k][scenario];
      solver.loadMvar[k] = grid.loads[k].powerMvar * factor[k][scenario];
    }
    for (let k = 0; k < solver.generatorMw.length; k++) solver.generatorMw[k] = grid.generators[k].powerMw * generation[scenario];
  }

  /** The grid with one scenario's powers. */
  gridOf(scenario: number): BalancedGrid {
    const { grid, factor, generation } = this;
    return {
      ...grid,
      loads: grid.loads.map((load, k) => ({ ...load, powerMw: load.powerMw * factor[k][scenario], powerMvar: load.powerMvar * factor[k][scenario] })),
      generators: grid.generators.map((generator) => ({ ...generator, powerMw: generator.powerMw * generation[scenario] })),
    };
  }
}

/** Voltages of a grid solved to rounding (by the method dc: those of the DC power flow), [bus][re, im] per unit; undefined where there is no solution. */
export function exactVoltages(grid: BalancedGrid, method: 'newton' | 'dc' = 'newton'): Float64Array | undefined {
  const { converged, status, buses } = solveBalanced(grid, method === 'dc' ? { method } : { tolerance: 1e-12 });
  if (!converged && status !== 'inexact') return undefined;
  return Float64Array.from(
    buses.flatMap(({ voltagePu, angleDegrees }) => {
      const angle = (angleDegrees * Math.PI) / 180;
      return [voltagePu * Math.cos(angle), voltagePu * Math.sin(angle)];
    }),
  );
}

/** Largest distance of two voltages of a bus. */
export function voltageDistance(found: Float64Array, wanted: Float64Array): number {
  let most = 0;
  for (let k = 0; k < wanted.length; k += 2) most = Math.max(most, Math.hypot(found[k] - wanted[k], found[k + 1] - wanted[k + 1]));
  return most;
}

/** Half the scenarios evenly spread, half those that stopped with the largest mismatches. */
export function scenariosToCheck(batch: BalancedBatch, count: number): Set<number> {
  const { scenarios } = batch;
  const chosen = new Set<number>();
  const spread = Math.min(scenarios, Math.ceil(count / 2));
  for (let k = 0; k < spread; k++) chosen.add(Math.floor((k * scenarios) / spread));
  const order = Array.from({ length: scenarios }, (_, k) => k).filter((k) => batch.status(k) === 1);
  order.sort((a, b) => batch.mismatchPu(b) - batch.mismatchPu(a));
  for (const scenario of order) {
    if (chosen.size >= Math.min(count, scenarios)) break;
    chosen.add(scenario);
  }
  return chosen;
}

/** Mean steps of a batch's scenarios. */
export function meanIterations(batch: BalancedBatch): number {
  let sum = 0;
  for (let scenario = 0; scenario < batch.scenarios; scenario++) sum += batch.iterations(scenario);
  return sum / batch.scenarios;
}

/** Work of a batch's mean scenario. */
function workOf(watched: WatchedBackend, batch: BalancedBatch, iterationsMean: number): StepWork {
  const { scenarios } = batch;
  const ofIteration = watched.decoupledWork();
  if (ofIteration) return { operations: ofIteration.operations * iterationsMean, bytes: ofIteration.bytes * iterationsMean };
  const work: StepWork = { operations: 0, bytes: 0 };
  const ofSteps = watched.balancedWork();
  for (let scenario = 0; ofSteps && scenario < scenarios; scenario++) {
    const one = solutionWork(ofSteps, batch.steps, batch.iterations(scenario));
    work.operations += one.operations / scenarios;
    work.bytes += one.bytes / scenarios;
  }
  return work;
}

/** A case ready to be measured again and again: its draws and its exact solutions. */
export class BalancedCase {
  private readonly draw: LoadDraw;
  private readonly solvers = new Map<BalancedMethod, BalancedScenarioSolver>();
  /** Of the power flow, and of the DC power flow. */
  private readonly exact = { newton: new Map<number, Float64Array | undefined>(), dc: new Map<number, Float64Array | undefined>() };
  private auto: BalancedMethodName | undefined;

  /** @param scenarios most that will be asked for */
  constructor(
    readonly id: string,
    readonly grid: BalancedGrid,
    scenarios: number,
  ) {
    this.draw = new LoadDraw(grid, scenarios);
  }

  /** The method that a batch takes by itself. Throws a GridError where the grid has no solution as it stands. */
  get autoMethod(): BalancedMethodName {
    this.auto ??= METHOD_OF_STEPS[new BalancedBatch(this.grid, { scenarios: 1 }).steps];
    return this.auto;
  }

  private solverOf(method: BalancedMethod): BalancedScenarioSolver {
    const solver = this.solvers.get(method) ?? new BalancedScenarioSolver(this.grid, method);
    this.solvers.set(method, solver);
    return solver;
  }

  /**
   * Measures. Throws a GridError where the method does not apply, where (but for dc) the grid has no solution as it stands, or the batch takes too much memory; an InputError for a branch that the
   * method cannot do with.
   */
  measure(request: BalancedRequest, timer: Timer): BalancedRow {
    const { method, backend, scenarios, seconds, checked } = request;
    const watched = watchBackend(backend);
    const batch = new BalancedBatch(this.grid, { scenarios, backend: watched.backend, ...OPTIONS_OF_METHOD[method] });
    this.draw.fill(batch);
    const solve = (): BalancedBatchReport => batch.solve({ tolerance: BALANCED_TOLERANCE });
    const timing = timer.time(solve, seconds);
    const { converged, secondPass } = solve();
    const microseconds = (1e6 * timing.median) / scenarios;
    const iterationsMean = meanIterations(batch);
    const work = workOf(watched, batch, iterationsMean);
    return {
      suite: 'power-flow',
      case: this.id,
      buses: this.grid.buses.length,
      method,
      auto: batch.method === 'newton' && method === this.autoMethod,
      backend: batch.backend,
      precision: 'double',
      lanes: batch.lanes,
      doublesPerInstruction: backend.lanes,
      scenarios,
      microsecondsPerScenario: microseconds,
      microsecondsPerIteration: iterationsMean === 0 ? null : microseconds / iterationsMean,
      processorMicroseconds: (1e6 * timing.processor) / scenarios,
      iterationsMean,
      mismatchPuMax: this.mismatch(batch),
      nodeErrorPuMax: this.nodeError(batch, scenariosToCheck(batch, checked)),
      tolerancePu: BALANCED_TOLERANCE,
      convergedShare: converged / scenarios,
      secondPassShare: secondPass / scenarios,
      ...(request.scalar ? this.scalar(request, timer) : { scalarMicroseconds: null, scalarProcessorMicroseconds: null, scalarIterationsMean: null }),
      operationsPerScenario: Math.round(work.operations),
      bytesPerScenario: Math.round(work.bytes),
    };
  }

  /** Largest mismatch of any scenario that converged. */
  private mismatch(batch: BalancedBatch): number {
    const { buses } = this.grid;
    const isDc = batch.method === 'dc';
    const solver = this.solverOf(batch.method);
    let largest = 0;
    const voltages = new Float64Array(2 * buses.length);
    // Angles as they are: of a voltage they could be told but for whole turns.
    const degrees = isDc ? buses.map(({ number }) => batch.angleDegrees(number)) : [];
    for (let scenario = 0; scenario < batch.scenarios; scenario++) {
      if (batch.status(scenario) !== 1) continue;
      this.draw.set(solver, scenario);
      const mismatch = isDc
        ? solver.dcMismatch(Float64Array.from(degrees, (column) => (column[scenario] * Math.PI) / 180))
        : solver.mismatch(batch.voltages(scenario, voltages));
      largest = Math.max(largest, mismatch);
    }
    return largest;
  }

  private exactOf(scenario: number, method: BalancedMethod): Float64Array | undefined {
    const kind = method === 'dc' ? 'dc' : 'newton';
    const exact = this.exact[kind];
    if (!exact.has(scenario)) exact.set(scenario, exactVoltages(this.draw.gridOf(scenario), kind));
    return exact.get(scenario);
  }

  private nodeError(batch: BalancedBatch, scenarios: Iterable<number>): number {
    let most = 0;
    for (const scenario of scenarios) {
      const wanted = this.exactOf(scenario, batch.method);
      if (batch.status(scenario) === 1 && wanted) most = Math.max(most, voltageDistance(batch.voltages(scenario), wanted));
    }
    return most;
  }

  /** Times the method in plain TypeScript over the first scenarios; throws where what it finds is not their solution. */
  private scalar({ method: name, seconds }: BalancedRequest, timer: Timer): ScalarTimes {
    const { draw } = this;
    const method = methodBehind(name);
    const solver = this.solverOf(method);
    const count = Math.min(draw.generation.length, Math.max(4, Math.min(128, Math.round(20_000 / this.grid.buses.length))));
    const powers = Array.from({ length: count }, (_, scenario) => {
      draw.set(solver, scenario);
      return { loadMw: solver.loadMw.slice(), loadMvar: solver.loadMvar.slice(), generatorMw: solver.generatorMw.slice() };
    });
    const solve = (scenario: number): boolean => {
      solver.loadMw.set(powers[scenario].loadMw);
      solver.loadMvar.set(powers[scenario].loadMvar);
      solver.generatorMw.set(powers[scenario].generatorMw);
      return solver.solve(BALANCED_TOLERANCE);
    };
    let iterations = 0;
    for (let scenario = 0; scenario < count; scenario++) {
      const isSolved = solve(scenario);
      iterations += solver.iterations;
      const wanted = scenario < 4 && isSolved ? this.exactOf(scenario, method) : undefined;
      const error = wanted ? voltageDistance(solver.voltages(), wanted) : 0;
      if (error > 1e-6) throw new Error(`${this.id}: the scalar program is off by ${error} pu`);
    }
    const timing = timer.time(() => {
      for (let scenario = 0; scenario < count; scenario++) solve(scenario);
    }, seconds);
    return {
      scalarMicroseconds: (1e6 * timing.median) / count,
      scalarProcessorMicroseconds: (1e6 * timing.processor) / count,
      scalarIterationsMean: iterations / count,
    };
  }
}
