/**
 * Many scenarios of one grid at once: one plan, S scenarios side by side in lanes, nothing copied and nothing allocated in a solution.
 *
 * Inputs and results are views on the kernels' memory in the order `[block][item][re, im or P, Q][W]`; `powerIndex` and `voltageIndex` say where a number stands,
 * and columns (all scenarios of one item) are written and read by one call. No result depends on W or on a lane's neighbours.
 */
import { type Grid, GridError, injectionPower, SNAPSHOT } from '../grid/index.js';
import { type BackendName, chooseBackend } from './backend.js';
import { capacitorLoadName, withCapacitorsAsLoads } from './batch-capacitors.js';
import { tapWinding } from './chord-fold.js';
import { laneTransformers, makeChordFactors, makeChordPlan, makeChordSession } from './chord-method.js';
import { writeInjections } from './chord-recovery.js';
import { type CompiledGrid, nodeName, writePower } from './compiled-grid.js';
import { analyseFactors, makeInjection, makeNewton } from './factored-methods.js';
import { findFloatingSections, settleFloatingSections } from './floating-sections.js';
import { CompiledSolver } from './grid-solver.js';
import {
  FIELD_TAPS,
  SOLVER_CHORD_SHARED,
  SOLVER_CHORD_TREE,
  SOLVER_SHARED,
  SOLVER_TREE,
  START_BASE,
  START_GIVEN,
  START_WARM,
  STATUS_CONVERGED,
} from './kernel-layout.js';
import type { KernelBackend } from './kernels.js';
import { consumptionSign, type LegElement } from './legs.js';
import { MISMATCH_BASE_VA } from './mismatch.js';
import { buildNodalMatrix } from './nodal-matrix.js';
import type { Session } from './session.js';
import type { SlabMethod } from './slabs.js';
import { checkSolveOptions } from './solve-options.js';
import { makeSweep } from './sweep-method.js';
import { refuseHeldVoltages } from './voltage-holding.js';

/** Methods of a batch: those of single solutions, and `chord`, Newton with one factorisation of the base case shared by all lanes. */
export type BatchMethod = 'sweep' | 'injection' | 'newton' | 'chord';

/** Settings of a batch. */
export interface BatchOptions {
  scenarios: number;
  /** Default `chord`. */
  method?: BatchMethod | 'auto';
  /** Largest power mismatch at any node, per unit on 1 MVA. Default 1e-10. */
  tolerance?: number;
  /** Default 100; 30 for newton. */
  maxIterations?: number;
  /** Leave out of the iteration the buses that it does not need, and recover them when they are asked for. Exact. Default true (chord on radial grids only). */
  reduce?: boolean;
  /**
   * Load multiplier of the base case whose solution is the start and whose Jacobian the chord method keeps. Default 1; with loads drawn between 0 and 1.5 of
   * nominal their mean, 0.75, saves iterations. It changes how fast scenarios converge, not where to.
   */
  baseMultiplier?: number;
  /** Transformers whose tap differs from scenario to scenario, by name; `true`: all that regulator controls move. Chord on radial grids only. */
  taps?: readonly string[] | true;
  /** Capacitors whose closed steps differ from scenario to scenario, by name; `true`: all. */
  capacitors?: readonly string[] | true;
  /** Whose kernels, by name or itself. Default `auto`: native ones where they are there, else WebAssembly. No result depends on it. */
  backend?: BackendName | KernelBackend;
}

/** Where a solution starts: the base case's voltages, or those of the solution before. */
export type BatchStart = 'base' | 'warm';

/** What came of one solution of all scenarios. */
export interface BatchReport {
  converged: number;
  failed: number;
  /** Scenarios that the method left and Newton was asked for in a second pass. */
  secondPass: number;
}

/** The names an option gives, lower case and each once; all that there are for `true`. */
function namesOf(option: readonly string[] | true | undefined, all: () => string[]): string[] {
  if (option === undefined) return [];
  return option === true ? all() : [...new Set(option.map((name) => name.toLowerCase()))];
}

function enabledNames(elements: readonly { name: string; enabled: boolean }[]): string[] {
  return elements.filter((element) => element.enabled).map((element) => element.name);
}

/** A method's session, which linear solver it uses, and how to make one over all buses where it leaves some out. */
interface Made {
  method: BatchMethod;
  solver: number;
  session: Session;
  makeWhole?: () => Session;
  slopes?: Float64Array;
  /** Elements (by index) with taps a scenario, in the order of the taps in memory. */
  tapOrder?: number[];
}

/** A backend whose sessions lie in shared memory and have room for workers. */
function withRoomFor(workers: number, backend: KernelBackend): KernelBackend {
  return { name: backend.name, lanes: backend.lanes, workers, instantiate: (memory) => backend.instantiate(memory) };
}

/** What goes into a batch of scenarios of one grid and what comes out of it, however it is solved. The grid's records are read once, when it is made. */
export abstract class BatchColumns {
  readonly scenarios: number;
  readonly method: BatchMethod;
  /** Loads, generators, PV systems and storage in order; inputs are columns of these. */
  readonly injections: readonly LegElement[];
  /** Per scenario: 1 converged, 2 iteration limit, 3 diverged. */
  readonly status: Int32Array;
  readonly iterations: Int32Array;
  /** Per scenario, VA. */
  readonly mismatchVa: Float64Array;
  /** Names of the transformers and capacitors that differ from scenario to scenario. */
  readonly transformers: readonly string[];
  readonly capacitors: readonly string[];
  private readonly tapOrder: readonly string[];
  private readonly compiled: CompiledGrid;
  /** Without room for workers: for what is solved beside the batch itself. */
  private readonly plainBackend: KernelBackend;
  /** @internal */
  protected readonly baseVoltage: Float64Array;
  /** @internal */
  protected readonly session: Session;
  /** All buses of a few scenarios at a time, to recover what a reduced session leaves out. */
  private whole: Session | undefined;
  private readonly makeWhole: (() => Session) | undefined;
  /** Linear part of each leg in the chord method, [leg][rr, ri, ir, ii]; of no length otherwise. */
  private readonly slopes: Float64Array;
  private rescue: Session | undefined;
  /** @internal */
  protected readonly slabMethod: SlabMethod;
  /**
   * Whether somebody else is at work in the memory.
   *
   * @internal
   */
  protected solving = false;
  private readonly legsOf: Int32Array[];
  private readonly legFactor: Float64Array;
  private readonly floating: ReturnType<typeof findFloatingSections>;

  /**
   * @param workers for which there is to be room in shared memory; undefined for memory of one's own
   * @internal
   */
  protected constructor(
    private readonly grid: Grid,
    options: BatchOptions,
    workers?: number,
  ) {
    if (!Number.isInteger(options.scenarios) || options.scenarios < 1)
      throw new GridError(`a batch needs 1 scenario or more, not ${options.scenarios}`);
    checkSolveOptions({ tolerance: options.tolerance, maxIterations: options.maxIterations });
    refuseHeldVoltages(grid, 'a batch');
    this.scenarios = options.scenarios;
    const { baseMultiplier = 1 } = options;
    if (!(baseMultiplier >= 0) || !Number.isFinite(baseMultiplier))
      throw new GridError(`baseMultiplier is ${baseMultiplier}; give a number of 0 or more`);
    this.capacitors = namesOf(options.capacitors, () => enabledNames(grid.elementsOf('capacitor')));
    this.transformers = namesOf(options.taps, () => [...new Set(grid.controlsOf('regcontrol').map((control) => control.transformer))]);
    const posed = withCapacitorsAsLoads(grid, this.capacitors);
    const base = new CompiledSolver(posed);
    posed.loadMultiplier = grid.loadMultiplier * baseMultiplier;
    const report = base.solve();
    posed.loadMultiplier = grid.loadMultiplier;
    if (!report.converged)
      throw new GridError(`the base case does not converge (${report.status}, worst at ${report.worstNode}); a batch starts from it`);
    this.compiled = base.plans.compiled;
    this.baseVoltage = Float64Array.from(base.voltages);
    const backend = chooseBackend(options.backend, 'batch');
    this.plainBackend = backend;
    const made = this.make(options, workers === undefined ? backend : withRoomFor(workers, backend));
    this.method = made.method;
    this.session = made.session;
    this.makeWhole = made.makeWhole;
    this.slopes = made.slopes ?? new Float64Array(0);
    const isNewton = made.method === 'newton';
    this.slabMethod = {
      isNewton,
      warmStart: START_WARM,
      // The chord method on a tree has the base case in its plan; the others start from the voltages in memory.
      baseStart: made.solver === SOLVER_CHORD_TREE ? START_BASE : START_WARM,
      solver: made.solver,
      toleranceVa: (options.tolerance ?? 1e-10) * MISMATCH_BASE_VA,
      limit: options.maxIterations ?? (isNewton ? 30 : 100),
    };
    const { status, iterations, mismatch } = this.session.arrays;
    this.status = status.subarray(0, this.scenarios);
    this.iterations = iterations.subarray(0, this.scenarios);
    this.mismatchVa = mismatch.subarray(0, this.scenarios);
    const entries = this.compiled.elements.filter((entry) => entry.legIds.length > 0);
    this.injections = entries.map((entry) => entry.element as LegElement);
    this.legsOf = entries.map((entry) => Int32Array.from(entry.legIds));
    this.legFactor = Float64Array.from(this.injections, (element) => (consumptionSign(element) * 1000) / element.phases);
    for (const entry of entries) {
      const { powerKw, powerKvar } = injectionPower(posed, entry.element as LegElement, SNAPSHOT);
      writePower(this.compiled, entry, powerKw, powerKvar);
    }
    this.tapOrder = (made.tapOrder ?? []).map((element) => this.compiled.elements[element].element.name);
    this.floating = findFloatingSections(this.compiled);
    this.session.loadInputs();
    this.session.loadVoltages(this.baseVoltage);
    for (const name of this.tapOrder) {
      const transformer = grid.require('transformer', name);
      this.setTaps(name, new Float64Array(this.scenarios).fill(transformer.windings[tapWinding(transformer)].tapPu));
    }
  }

  /** Elements (by index) whose taps differ from scenario to scenario. */
  private variableElements(): Set<number> {
    const { compiled } = this;
    return new Set(
      this.transformers.map((name) => {
        const transformer = compiled.grid.require('transformer', name);
        const index = compiled.elementIndex.get(transformer);
        if (index === undefined || transformer.windings.length !== 2) {
          throw new GridError(`transformer.${name}: taps a scenario need an enabled transformer of two windings`);
        }
        return index;
      }),
    );
  }

  private make(options: BatchOptions, backend: KernelBackend): Made {
    const { compiled, scenarios } = this;
    const wanted = options.method ?? 'auto';
    const variable = this.variableElements();
    if (wanted === 'auto' || wanted === 'chord') {
      const plan = makeChordPlan(compiled, this.baseVoltage, variable);
      if (variable.size > 0) {
        if (typeof plan === 'string') throw new GridError(`taps a scenario need a radial grid: ${plan}`);
        const tapOrder = laneTransformers(plan.reduced.blocks);
        if (tapOrder.length !== variable.size) throw new GridError('taps a scenario need transformers that lie between two buses of the tree');
        const session = makeChordSession(plan, plan.reduced, scenarios, backend);
        return {
          method: 'chord',
          solver: SOLVER_CHORD_TREE,
          session,
          makeWhole: () => makeChordSession(plan, plan.full, backend.lanes, this.plainBackend),
          slopes: plan.slopes,
          tapOrder,
        };
      }
      if (typeof plan !== 'string') {
        if (options.reduce === false)
          return { method: 'chord', solver: SOLVER_CHORD_TREE, session: makeChordSession(plan, plan.full, scenarios, backend) };
        const session = makeChordSession(plan, plan.reduced, scenarios, backend);
        return {
          method: 'chord',
          solver: SOLVER_CHORD_TREE,
          session,
          makeWhole: () => makeChordSession(plan, plan.full, backend.lanes, this.plainBackend),
          slopes: plan.slopes,
        };
      }
    }
    if (variable.size > 0) throw new GridError(`taps a scenario are for the chord method only, not for ${wanted}`);
    if (wanted === 'sweep') {
      const sweep = makeSweep(compiled, scenarios, backend);
      if (typeof sweep === 'string') throw new GridError(`the sweep does not apply: ${sweep}; use injection or newton`);
      return { method: 'sweep', solver: SOLVER_TREE, session: sweep.session };
    }
    const matrix = buildNodalMatrix(compiled);
    const factors = analyseFactors(matrix);
    if (wanted === 'newton') {
      const newton = makeNewton(compiled, matrix, factors, scenarios, backend);
      newton.setFloor(this.baseVoltage);
      return { method: 'newton', solver: SOLVER_SHARED, session: newton.session };
    }
    if (wanted !== 'injection') {
      return {
        method: 'chord',
        solver: SOLVER_CHORD_SHARED,
        session: makeChordFactors(compiled, matrix, factors, this.baseVoltage, scenarios, backend),
      };
    }
    return { method: 'injection', solver: SOLVER_SHARED, session: makeInjection(compiled, matrix, factors, scenarios, 1, backend).session };
  }

  /** Scenarios a block (W). */
  get lanes(): number {
    return this.session.lanes;
  }

  get backend(): string {
    return this.session.backend.name;
  }

  /** Bytes of kernel memory in use; it does not grow. */
  get memoryBytes(): number {
    return this.session.memory.buffer.byteLength + (this.whole?.memory.buffer.byteLength ?? 0) + (this.rescue?.memory.buffer.byteLength ?? 0);
  }

  /** Names of all nodes (`bus.node`); voltages are asked for by index into them. */
  nodeNames(): string[] {
    return Array.from({ length: this.compiled.nodeCount }, (_, node) => nodeName(this.compiled, node));
  }

  /**
   * Sets the powers of one injection in all scenarios, kW and kvar of all phases in the sign of its kind (loads consume).
   *
   * @param powerKw, powerKvar [scenario]
   */
  setPowers(injection: number, powerKw: ArrayLike<number>, powerKvar: ArrayLike<number>): void {
    this.requireRest('powers cannot be set');
    const factor = this.legFactor[injection];
    const { power } = this.session.arrays;
    const W = this.session.lanes;
    for (const leg of this.legsOf[injection]) {
      for (let scenario = 0; scenario < this.scenarios; scenario++) {
        const at = this.session.powerIndex(leg, scenario);
        power[at] = powerKw[scenario] * factor;
        power[at + W] = powerKvar[scenario] * factor;
      }
    }
  }

  /** Taps of all scenarios, [block][transformer of `tapOrder`][W]. */
  private get taps(): Float64Array {
    return this.session.doubles(FIELD_TAPS, this.session.blocks * this.session.lanes * this.tapOrder.length);
  }

  private tapIndex(unit: number, scenario: number): number {
    const W = this.session.lanes;
    return (Math.floor(scenario / W) * this.tapOrder.length + unit) * W + (scenario % W);
  }

  /**
   * Sets the tap of one transformer in all scenarios, per unit, [scenario]; of the winding that is off neutral, else of the last.
   * Throws {@link GridError} where the transformer was not named in the options, or a tap is not above 0.
   */
  setTaps(transformer: string, tapPu: ArrayLike<number>): void {
    this.requireRest('taps cannot be set');
    const unit = this.tapOrder.indexOf(transformer.toLowerCase());
    if (unit < 0) throw new GridError(`transformer.${transformer} has no taps of each scenario's own; name it in the option taps`);
    const { taps } = this;
    for (let scenario = 0; scenario < this.scenarios; scenario++) {
      if (!(tapPu[scenario] > 0))
        throw new GridError(`transformer.${transformer}: a tap of ${tapPu[scenario]} in scenario ${scenario}; taps are above 0, about 1`);
      taps[this.tapIndex(unit, scenario)] = tapPu[scenario];
    }
  }

  /** Sets how many steps of a capacitor are closed in each scenario, [scenario]. Throws {@link GridError} where it was not named in the options. */
  setCapacitorSteps(capacitor: string, closed: ArrayLike<number>): void {
    const name = capacitor.toLowerCase();
    const injection = this.injections.findIndex((element) => element.name === capacitorLoadName(name));
    if (injection < 0) throw new GridError(`capacitor.${capacitor} has no steps of each scenario's own; name it in the option capacitors`);
    const { steps } = this.grid.require('capacitor', name);
    const kvar = Float64Array.from({ length: this.scenarios }, (_, scenario) =>
      steps.slice(0, closed[scenario]).reduce((sum, step) => sum - step.kvar, 0),
    );
    this.setPowers(injection, new Float64Array(this.scenarios), kvar);
  }

  /**
   * Throws {@link GridError} while a solution is going on.
   *
   * @internal
   */
  protected requireRest(what: string): void {
    if (this.solving) throw new GridError(`${what} while the pool is solving; await its solution first`);
  }

  /**
   * Gives the scenarios that the method left to Newton and counts.
   *
   * @internal
   */
  protected finish(): BatchReport {
    const left: number[] = [];
    for (let scenario = 0; scenario < this.scenarios; scenario++) if (this.status[scenario] !== STATUS_CONVERGED) left.push(scenario);
    // Newton's pass has the base case's admittances: scenarios with taps of their own stay with what the chord says of them.
    const second = this.method === 'newton' || this.tapOrder.length > 0 ? [] : left;
    const failed = left.length - this.solveByNewton(second);
    return { converged: this.scenarios - failed, failed, secondPass: second.length };
  }

  /**
   * The last block's spare lanes repeat its last scenario, so that they cost no iterations of their own.
   *
   * @internal
   */
  protected fillIdleLanes(): void {
    const { session, scenarios } = this;
    const W = session.lanes;
    const { power } = session.arrays;
    const { count } = this.compiled.legs;
    for (let idle = scenarios; idle < session.blocks * W; idle++) {
      for (let leg = 0; leg < count; leg++) {
        const from = session.powerIndex(leg, scenarios - 1);
        const to = session.powerIndex(leg, idle);
        power[to] = power[from];
        power[to + W] = power[from + W];
      }
      const { taps } = this;
      for (let unit = 0; unit < this.tapOrder.length; unit++) taps[this.tapIndex(unit, idle)] = taps[this.tapIndex(unit, scenarios - 1)];
    }
  }

  /** Solves the given scenarios by Newton, a block at a time; returns how many converge. Their voltages replace those found before. */
  private solveByNewton(left: readonly number[]): number {
    if (left.length === 0) return 0;
    const { session, compiled } = this;
    if (!this.rescue) {
      const matrix = buildNodalMatrix(compiled);
      const newton = makeNewton(compiled, matrix, analyseFactors(matrix), session.lanes, this.plainBackend);
      newton.setFloor(this.baseVoltage);
      newton.session.loadInputs();
      this.rescue = newton.session;
    }
    const { rescue } = this;
    const W = session.lanes;
    const voltage = new Float64Array(2 * compiled.nodeCount);
    let converged = 0;
    for (let from = 0; from < left.length; from += W) {
      const group = Array.from({ length: W }, (_, lane) => left[Math.min(from + lane, left.length - 1)]);
      group.forEach((scenario, lane) => {
        for (let leg = 0; leg < compiled.legs.count; leg++) {
          const at = session.powerIndex(leg, scenario);
          const to = rescue.powerIndex(leg, lane);
          rescue.arrays.power[to] = session.arrays.power[at];
          rescue.arrays.power[to + W] = session.arrays.power[at + W];
        }
      });
      rescue.loadVoltages(this.baseVoltage);
      rescue.kernels.solveNewton(rescue.layoutOffset, this.slabMethod.toleranceVa, 30, 1);
      for (let lane = 0; lane < Math.min(W, left.length - from); lane++) {
        const scenario = group[lane];
        this.status[scenario] = rescue.arrays.status[lane];
        this.iterations[scenario] += rescue.arrays.iterations[lane];
        this.mismatchVa[scenario] = Math.max(rescue.arrays.mismatch[lane], 0);
        if (rescue.arrays.status[lane] !== STATUS_CONVERGED) continue;
        converged++;
        rescue.readVoltages(lane, voltage);
        session.writeVoltages(scenario, voltage);
      }
    }
    return converged;
  }

  /** Voltages of one scenario at all nodes, [node][re, im], volt; recovers what the iteration left out. NaN where the scenario has no solution. */
  voltages(scenario: number, into = new Float64Array(2 * this.compiled.nodeCount)): Float64Array {
    this.requireRest('voltages cannot be read');
    if (this.status[scenario] !== STATUS_CONVERGED) return into.fill(Number.NaN);
    this.session.readVoltages(scenario, into);
    if (this.makeWhole) this.recover(scenario, into);
    if (this.floating.length > 0) {
      this.takePowers(scenario);
      settleFloatingSections(this.compiled, this.floating, into);
    }
    return into;
  }

  /** Makes a scenario's powers those of the compiled grid. */
  private takePowers(scenario: number): void {
    const { legs } = this.compiled;
    for (let leg = 0; leg < legs.count; leg++) {
      const at = this.session.powerIndex(leg, scenario);
      legs.watts[leg] = this.session.arrays.power[at];
      legs.vars[leg] = this.session.arrays.power[at + this.session.lanes];
    }
  }

  /** Fills in what a reduced session leaves out: one linear solution over the whole tree from the injections at the voltages found. */
  private recover(scenario: number, voltage: Float64Array): void {
    this.whole ??= this.makeWhole?.();
    const { whole } = this;
    if (!whole) return;
    this.takePowers(scenario);
    whole.loadInputs();
    if (this.tapOrder.length > 0) {
      const { taps } = this;
      const own = whole.doubles(FIELD_TAPS, whole.lanes * this.tapOrder.length);
      for (let unit = 0; unit < this.tapOrder.length; unit++)
        own.fill(taps[this.tapIndex(unit, scenario)], unit * whole.lanes, (unit + 1) * whole.lanes);
    }
    whole.loadVoltages(voltage);
    writeInjections(this.session, whole, this.slopes, scenario, voltage);
    whole.kernels.solveFixedPoint(whole.layoutOffset, this.slabMethod.solver, Infinity, 1, START_GIVEN, 1);
    whole.readVoltages(0, voltage);
  }
}

/** A batch that is solved where it is asked to be, in one thread. */
export class BatchSession extends BatchColumns {
  /** Throws {@link GridError} where the base case has no solution or the method does not apply. */
  constructor(grid: Grid, options: BatchOptions) {
    super(grid, options);
  }

  /** Solves all scenarios. Never throws for a scenario that has no solution: that is its status. */
  solve(start: BatchStart = 'base'): BatchReport {
    const { session } = this;
    const { isNewton, solver, toleranceVa, limit, warmStart, baseStart } = this.slabMethod;
    this.fillIdleLanes();
    const kernelStart = start === 'base' ? baseStart : warmStart;
    if (start === 'base' && kernelStart === warmStart) session.loadVoltages(this.baseVoltage);
    if (isNewton) session.kernels.solveNewton(session.layoutOffset, toleranceVa, limit, 1);
    else session.kernels.solveFixedPoint(session.layoutOffset, solver, toleranceVa, limit, kernelStart, 1);
    return this.finish();
  }
}
