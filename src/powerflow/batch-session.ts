/**
 * Many scenarios of one grid at once: one plan, S scenarios side by side in lanes, nothing copied and nothing allocated in a solution.
 *
 * Inputs and results are views on the kernels' memory in the order `[block][item][re, im or P, Q][W]`; `powerIndex` and `voltageIndex` say where a number stands,
 * and columns (all scenarios of one item) are written and read by one call. No result depends on W or on a lane's neighbours.
 */
import { describeValue, elementId, type Grid, GridError, injectionPower, requireGrid, SNAPSHOT } from '../grid/index.js';
import { chooseBackend, inPrecision } from './backend.js';
import { solveBase } from './batch-base.js';
import { capacitorLoadName, isCapacitorLoad, stepsKvar } from './batch-capacitors.js';
import { BatchControls, controlCounts } from './batch-controls.js';
import { BatchLegs } from './batch-legs.js';
import { type BatchMethod, type BatchMethodMade, type BatchOptions, type BatchPlan, makeBatchMethod } from './batch-methods.js';
import { batchNames } from './batch-names.js';
import { checkBatchOptionNames, checkStart } from './batch-option-names.js';
import { defaultToleranceVa } from './batch-precision.js';
import { BatchRescue } from './batch-rescue.js';
import { BatchSources } from './batch-sources.js';
import { writeInjections } from './chord-recovery.js';
import { checkColumn, checkFinite, checkLength } from './column-checks.js';
import { nodeName } from './compiled-grid.js';
import { planControls } from './control-plan.js';
import { findFloatingSections, settleFloatingSections } from './floating-sections.js';
import { SOLVER_CHORD_TREE, START_BASE, START_GIVEN, START_WARM, STATUS_CONTROL_LIMIT, STATUS_CONVERGED, STATUS_ISLANDED } from './kernel-layout.js';
import type { KernelBackend, Precision } from './kernels.js';
import type { LegElement } from './legs.js';
import { MISMATCH_BASE_VA } from './mismatch.js';
import { ObserverTables } from './observer-tables.js';
import { scalarBackend } from './scalar-backend.js';
import type { Session } from './session.js';
import type { SlabMethod } from './slabs.js';
import { checkSolveOptions } from './solve-options.js';
import { refuseHeldVoltages } from './voltage-holding.js';

export type { BatchMethod, BatchOptions } from './batch-methods.js';
export { STATUS_CONTROL_LIMIT, STATUS_CONVERGED, STATUS_DIVERGED, STATUS_ISLANDED, STATUS_ITERATION_LIMIT } from './kernel-layout.js';

/** Where a solution starts: the base case's voltages, or those of the solution before. */
export type BatchStart = 'base' | 'warm';

/** What came of one solution of all scenarios. */
export interface BatchReport {
  converged: number;
  /** All others, those that are islanded included. */
  failed: number;
  /** Scenarios in which an open switch leaves something that draws or delivers power without a source; they are not iterated. */
  islanded: number;
  /** Scenarios whose controls still acted at the last control iteration allowed. */
  unsettled: number;
  /** Scenarios that the method left and Newton, always in double precision, was asked for in a second pass. */
  secondPass: number;
  /** What the iteration computed in. */
  precision: Precision;
}

/** A backend whose sessions lie in shared memory and have room for workers. */
function withRoomFor(workers: number, backend: KernelBackend): KernelBackend {
  return { name: backend.name, lanes: backend.lanes, precision: backend.precision, workers, instantiate: (memory) => backend.instantiate(memory) };
}

/** What goes into a batch of scenarios of one grid and what comes out of it, however it is solved. The grid's records are read once, when it is made. */
export abstract class BatchColumns {
  readonly scenarios: number;
  readonly method: BatchMethod;
  /** What the iteration computes in; inputs are rounded to it. */
  readonly precision: Precision;
  /** Loads, generators, PV systems and storage in order; inputs are columns of these. */
  readonly injections: readonly LegElement[];
  /** Per scenario: 1 converged, 2 iteration limit, 3 diverged, 4 islanded, 5 converged but for its controls, which still acted at the last control iteration. */
  readonly status: Int32Array;
  /** Per scenario, those of all control iterations together. */
  readonly iterations: Int32Array;
  /** Per scenario, VA. */
  readonly mismatchVa: Float64Array;
  /** Names of the transformers, capacitors, switches and sources that differ from scenario to scenario. */
  readonly transformers: readonly string[];
  readonly capacitors: readonly string[];
  readonly switches: readonly string[];
  readonly sources: readonly string[];
  /** Per scenario: power flows solved, actions carried out, and those of them that moved a tap. All 0 without controls. */
  readonly controlIterations: Int32Array;
  readonly controlActions: Int32Array;
  readonly tapMoves: Int32Array;
  private readonly made: BatchMethodMade;
  private readonly controls: BatchControls | undefined;
  /** @internal */
  readonly plan: BatchPlan;
  private readonly ownSources: BatchSources;
  private readonly posedInjections: readonly LegElement[];
  private readonly rescue: BatchRescue;
  private readonly hasSecondPass: boolean;
  /** All buses of a few scenarios at a time, to recover what a reduced session leaves out. */
  private whole: Session | undefined;
  /** @internal */
  protected readonly slabMethod: SlabMethod;
  /**
   * Whether somebody else is at work in the memory.
   *
   * @internal
   */
  protected solving = false;
  /** @internal */
  readonly legs: BatchLegs;
  private readonly floating: ReturnType<typeof findFloatingSections>;
  /** Scenarios that are set, solved and read; the first ones. */
  private used: number;
  /** Room for a column. */
  private readonly scratch: Float64Array;

  /**
   * @param workers for which there is to be room in shared memory; undefined for memory of one's own
   * @internal
   */
  protected constructor(
    /** @internal */
    readonly grid: Grid,
    options: BatchOptions,
    workers?: number,
  ) {
    requireGrid(grid);
    checkBatchOptionNames(options, workers === undefined ? [] : ['workers']);
    if (!Number.isInteger(options.scenarios) || options.scenarios < 1)
      throw new GridError(`a batch needs 1 scenario or more, not ${describeValue(options.scenarios)}`);
    checkSolveOptions({ tolerance: options.tolerance, maxIterations: options.maxIterations });
    refuseHeldVoltages(grid, 'a batch');
    this.scenarios = options.scenarios;
    this.used = options.scenarios;
    this.scratch = new Float64Array(options.scenarios);
    const { baseMultiplier = 1 } = options;
    if (!(baseMultiplier >= 0) || !Number.isFinite(baseMultiplier))
      throw new GridError(`baseMultiplier is ${baseMultiplier}; give a number of 0 or more`);
    const names = batchNames(grid, options);
    ({ transformers: this.transformers, capacitors: this.capacitors, switches: this.switches, sources: this.sources } = names);
    const { posed, compiled, voltage, unloaded, lanes } = solveBase(grid, names, this.scenarios, baseMultiplier);
    this.precision = options.precision ?? 'double';
    const backend = chooseBackend(options.backend, 'batch');
    const own = inPrecision(backend, this.precision);
    const acting = names.controls.length > 0 ? planControls(grid, compiled, lanes, names.controls, names.settings) : undefined;
    this.controls = acting && new BatchControls(acting, lanes, this.scenarios);
    const ownSources = this.sources.length > 0;
    const observed = options.observe === undefined ? undefined : new ObserverTables(compiled, lanes, options.observe);
    // A pool's layout blocks have no place for the observer's tables, and the scalar program no such kernel.
    const inKernel = workers === undefined && backend !== scalarBackend && this.precision === 'double' && observed?.problem(ownSources) === undefined;
    const observer = inKernel && ['chord', 'newton', 'auto'].includes(options.method ?? 'auto') ? observed : undefined;
    this.plan = {
      compiled,
      baseVoltage: voltage,
      unloadedVoltage: unloaded,
      lanes,
      ownSources,
      controls: acting,
      backend,
      observer,
      observe: options.observe,
    };
    this.made = makeBatchMethod(this.plan, options, workers === undefined ? own : withRoomFor(workers, own));
    this.method = this.made.method;
    const { status, iterations, mismatch } = this.session.arrays;
    this.status = status.subarray(0, this.scenarios);
    this.iterations = iterations.subarray(0, this.scenarios);
    this.mismatchVa = mismatch.subarray(0, this.scenarios);
    ({
      controlIterations: this.controlIterations,
      controlActions: this.controlActions,
      tapMoves: this.tapMoves,
    } = controlCounts(acting && this.session, this.scenarios));
    if (this.controls) lanes.followTaps((transformer, scenario) => this.controls?.valueOf(this.session, transformer, scenario) ?? 1);
    const withLegs = compiled.elements.filter((entry) => entry.legIds.length > 0);
    // Capacitors that are posed as loads come last and are no injections to who uses the batch.
    const entries = [...withLegs.filter(({ element }) => !isCapacitorLoad(element)), ...withLegs.filter(({ element }) => isCapacitorLoad(element))];
    this.posedInjections = entries.map((entry) => entry.element as LegElement);
    this.injections = this.posedInjections.filter((element) => !isCapacitorLoad(element));
    this.legs = new BatchLegs(compiled, this.session, entries, (element) => injectionPower(posed, element, SNAPSHOT));
    const isNewton = this.method === 'newton';
    this.slabMethod = {
      isNewton,
      warmStart: START_WARM,
      // The chord method has the base case in its plan; the others start from the voltages in memory.
      baseStart: this.made.solver === SOLVER_CHORD_TREE ? START_BASE : START_WARM,
      solver: this.made.solver,
      toleranceVa: options.tolerance === undefined ? defaultToleranceVa(compiled, this.precision) : options.tolerance * MISMATCH_BASE_VA,
      limit: options.maxIterations ?? (isNewton ? 30 : 100),
    };
    this.ownSources = new BatchSources(compiled, this.sources, this.scenarios);
    this.rescue = new BatchRescue(this.plan, this.ownSources, this.controls);
    this.hasSecondPass = options.secondPass !== false;
    this.floating = findFloatingSections(compiled);
    this.session.loadInputs();
    this.session.loadVoltages(this.plan.baseVoltage);
  }

  /** @internal */
  protected get session(): Session {
    return this.made.session;
  }

  /** Largest mismatch with which a scenario counts as solved, per unit on 1 MVA. */
  get tolerance(): number {
    return this.slabMethod.toleranceVa / MISMATCH_BASE_VA;
  }

  /**
   * Has the kernel look at the scenarios in use.
   *
   * @internal
   */
  runObserver(tables: ObserverTables): void {
    const blocks = Math.ceil(this.used / this.session.lanes);
    if (this.made.recovery) this.made.recovery.run(blocks, this.made.solver);
    else tables.run(this.session, blocks);
  }

  /**
   * What the kernel writes when it looks.
   *
   * @internal
   */
  observerViews(tables: ObserverTables): {
    magnitudes: Float64Array;
    rows: Float32Array;
    parameters: Float64Array;
    quantity: (which: number) => Float64Array;
  } {
    const { session } = this;
    const { recovery } = this.made;
    if (recovery) {
      const { magnitudes, rows, parameters } = recovery;
      return { magnitudes, rows, parameters, quantity: (which) => recovery.quantity(which).subarray(0, this.scenarios) };
    }
    return {
      magnitudes: tables.magnitudes(session),
      rows: tables.rows(session),
      parameters: tables.parameters(session),
      quantity: (which) => tables.quantity(session, which).subarray(0, this.scenarios),
    };
  }

  /** Scenarios a block (W). */
  get lanes(): number {
    return this.session.lanes;
  }

  get backend(): string {
    return this.session.backend.name;
  }

  /** Scenarios in use: columns that are set need as many numbers, and a solution takes the time of as many. */
  get inUse(): number {
    return this.used;
  }

  /** @internal */
  protected setInUse(count: number): void {
    if (!Number.isInteger(count) || count < 1 || count > this.scenarios)
      throw new GridError(`use: a batch of ${this.scenarios} scenarios can use 1 to ${this.scenarios}, not ${describeValue(count)}`);
    this.used = count;
  }

  /** Bytes of kernel memory in use; it does not grow. */
  get memoryBytes(): number {
    return this.session.memory.buffer.byteLength + (this.whole?.memory.buffer.byteLength ?? 0) + this.rescue.memoryBytes;
  }

  /** Names of all nodes (`bus.node`); voltages are asked for by index into them. */
  nodeNames(): string[] {
    const { compiled } = this.plan;
    return Array.from({ length: compiled.nodeCount }, (_, node) => nodeName(compiled, node));
  }

  /** Place of an injection among {@link injections}, by id (`load.671`) or by name where only one has it. Throws {@link GridError} where there is none, or more than one. */
  injectionIndex(name: string): number {
    if (typeof name !== 'string') throw new GridError(`an injection is looked up by name, not by ${describeValue(name)}`);
    const wanted = name.toLowerCase();
    const found = this.injections.flatMap((element, i) => (elementId(element) === wanted || element.name === wanted ? [i] : []));
    if (found.length === 1) return found[0];
    if (found.length > 1)
      throw new GridError(`"${name}" is the name of ${found.map((i) => elementId(this.injections[i])).join(' and ')}; give the id`);
    throw new GridError(`there is no enabled load, generator, PV system or storage named "${name}"; injections lists what there is`);
  }

  private requireInjection(injection: number): void {
    if (!Number.isInteger(injection) || !(injection in this.injections))
      throw new GridError(
        `there is no injection ${describeValue(injection)}; they are counted from 0 to ${this.injections.length - 1}, and injectionIndex finds them by name`,
      );
  }

  /**
   * Sets the powers of one injection in all scenarios, kW and kvar of all phases in the sign of its kind (loads consume).
   * Throws {@link GridError} where there is no such injection or a column is too short.
   *
   * @param powerKw, powerKvar [scenario]
   */
  setPowers(injection: number, powerKw: ArrayLike<number>, powerKvar: ArrayLike<number>): void {
    this.requireRest('powers cannot be set');
    this.requireInjection(injection);
    checkLength(`${elementId(this.injections[injection])}: kW`, powerKw, this.used);
    checkLength(`${elementId(this.injections[injection])}: kvar`, powerKvar, this.used);
    this.legs.write(injection, powerKw, powerKvar, this.used);
  }

  /**
   * Sets the powers of some injections, or of all, to the grid's own times a factor a scenario.
   * Throws {@link GridError} where there is no such injection, or a factor is missing or not a number.
   *
   * @param injections places among {@link injections}
   * @param factor [scenario]
   */
  scalePowers(injections: readonly number[] | 'all', factor: ArrayLike<number>): void {
    this.requireRest('powers cannot be set');
    if (injections !== 'all' && !Array.isArray(injections))
      throw new GridError(`scalePowers: injections are 'all' or an array of places, not ${describeValue(injections)}`);
    const chosen = injections === 'all' ? this.injections.map((_, i) => i) : injections;
    for (const injection of chosen) this.requireInjection(injection);
    checkFinite('scalePowers: a factor', factor, this.used);
    for (const injection of chosen) this.legs.scale(injection, factor, this.used);
  }

  /**
   * Sets the powers of the first injections of one scenario to the grid's own times a factor each: for loops that have their scenarios one by one.
   * Throws {@link GridError} where there is no such scenario, or more injections are meant than there are. Factors are not looked at: NaN makes the scenario fail.
   *
   * @param factors of the first `count` injections, from `at` on
   */
  scaleScenario(scenario: number, factors: ArrayLike<number>, at = 0, count = this.injections.length): void {
    this.requireRest('powers cannot be set');
    if (!(Number.isInteger(scenario) && scenario >= 0 && scenario < this.used))
      throw new GridError(`there is no scenario ${describeValue(scenario)}; they are counted from 0 to ${this.used - 1}`);
    if (!(count <= this.injections.length) || !(factors.length >= at + count))
      throw new GridError(
        `scaleScenario: ${count} factors from ${at} on, where there are ${this.injections.length} injections and ${factors.length} factors`,
      );
    this.legs.scaleRow(scenario, factors, at, count);
  }

  /**
   * Sets the tap of one transformer in all scenarios, per unit, [scenario]; of the winding that is off neutral, else of the last.
   * Throws {@link GridError} where the transformer was not named in the options, or a tap is missing or not above 0.
   */
  setTaps(transformer: string, tapPu: ArrayLike<number>): void {
    this.requireRest('taps cannot be set');
    this.plan.lanes.setTaps(transformer, tapPu, this.used);
  }

  /**
   * Opens or closes one switch in each scenario, [scenario]: true or 1 closed, false or 0 open. At first each stands as in the grid.
   * Throws {@link GridError} where the line was not named in the options, or a state is missing or anything else.
   */
  setSwitchStates(line: string, closed: ArrayLike<boolean | number>): void {
    this.requireRest('switches cannot be set');
    this.plan.lanes.setSwitchStates(line, closed, this.used);
  }

  /**
   * Sets the voltage of one source in all scenarios, per unit of its rated voltage as `voltagePu` of its record, [scenario].
   * Throws {@link GridError} where the source was not named in the options, or a voltage is missing, negative or not finite.
   */
  setSourceVoltage(source: string, voltagePu: ArrayLike<number>): void {
    this.requireRest('source voltages cannot be set');
    this.ownSources.set(source, voltagePu, this.used);
  }

  /**
   * Sets how many steps of a capacitor are closed in each scenario, [scenario].
   * Throws {@link GridError} where it was not named in the options, or a number is missing or no number of steps.
   */
  setCapacitorSteps(capacitor: string, closed: ArrayLike<number>): void {
    const name = capacitor.toLowerCase();
    const injection = this.posedInjections.findIndex((element) => element.name === capacitorLoadName(name));
    if (injection < 0) throw new GridError(`capacitor.${capacitor} has no steps of each scenario's own; name it in the option capacitors`);
    const { steps } = this.grid.require('capacitor', name);
    const holds = (count: number): boolean => Number.isInteger(count) && count >= 0 && count <= steps.length;
    checkColumn(`capacitor.${capacitor}: a number of steps`, closed, this.used, `a whole number from 0 to ${steps.length}`, holds);
    const kvar = stepsKvar(this.grid.require('capacitor', name));
    this.requireRest('capacitor steps cannot be set');
    for (let scenario = 0; scenario < this.used; scenario++) this.scratch[scenario] = kvar[closed[scenario]];
    this.legs.writeReactive(injection, this.scratch, this.used);
    this.controls?.setSteps(name, closed, this.used);
  }

  /**
   * Tap of a transformer in all scenarios, per unit, [scenario]: where controls move it, as they left it in the last solution, else as it was set.
   * Throws {@link GridError} where the transformer has no taps of each scenario's own.
   */
  taps(transformer: string): Float64Array {
    this.requireRest('taps cannot be read');
    return this.plan.lanes.tapsOf(transformer);
  }

  /**
   * Steps in service of a capacitor that a control switches, in all scenarios as of the last solution, [scenario].
   * Throws {@link GridError} where no control of the batch switches it.
   */
  capacitorSteps(capacitor: string): Int32Array {
    this.requireRest('steps cannot be read');
    const { controls, session } = this;
    const actuator = controls?.capacitorActuator(capacitor.toLowerCase()) ?? -1;
    if (!controls || actuator < 0) throw new GridError(`capacitor.${capacitor} is switched by none of the controls of this batch (option controls)`);
    return Int32Array.from({ length: this.scenarios }, (_, scenario) => controls.valueOf(session, actuator, scenario));
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
    const second: number[] = [];
    for (let scenario = 0; scenario < this.used && this.method !== 'newton' && this.hasSecondPass; scenario++) {
      if (this.status[scenario] !== STATUS_CONVERGED && this.status[scenario] !== STATUS_CONTROL_LIMIT) second.push(scenario);
    }
    this.rescue.solve(this.session, second, this.slabMethod.toleranceVa);
    const counts = new Int32Array(8);
    for (let scenario = 0; scenario < this.used; scenario++) counts[this.status[scenario]]++;
    const count = (status: number): number => counts[status];
    const converged = count(STATUS_CONVERGED);
    return {
      converged,
      failed: this.used - converged,
      islanded: count(STATUS_ISLANDED),
      unsettled: count(STATUS_CONTROL_LIMIT),
      secondPass: second.length,
      precision: this.precision,
    };
  }

  /**
   * Writes what lanes have of their own. The last block's spare lanes repeat its last scenario, so that they cost no iterations of their own.
   *
   * @internal
   */
  protected completeInputs(): void {
    const { session, used, scenarios } = this;
    if (used === scenarios) this.legs.repeatLast(scenarios);
    const { tapOrder, parameters } = this.made;
    this.ownSources.writeAll(session, used);
    if (parameters) this.plan.lanes.writeAllParameters(session, parameters, used);
    if (tapOrder) this.plan.lanes.writeAllTaps(session, tapOrder, used);
    this.controls?.writeAllStarts(session, used);
  }

  /** Voltages of one scenario at all nodes, [node][re, im], volt; recovers what the iteration left out. NaN where the scenario has no solution. */
  voltages(scenario: number, into = new Float64Array(2 * this.plan.compiled.nodeCount)): Float64Array {
    this.requireRest('voltages cannot be read');
    if (!Number.isInteger(scenario) || scenario < 0 || scenario >= this.used)
      throw new GridError(`there is no scenario ${describeValue(scenario)}; they are counted from 0 to ${this.used - 1}`);
    if (!(into instanceof Float64Array) || into.length < 2 * this.plan.compiled.nodeCount)
      throw new GridError(`voltages of ${this.plan.compiled.nodeCount} nodes need a Float64Array of ${2 * this.plan.compiled.nodeCount} numbers`);
    if (this.status[scenario] !== STATUS_CONVERGED && this.status[scenario] !== STATUS_CONTROL_LIMIT) return into.fill(Number.NaN);
    this.session.readVoltages(scenario, into);
    if (this.made.makeWhole) this.recover(scenario, into);
    const { compiled, lanes } = this.plan;
    const floating = lanes.any ? lanes.sectionsOf(scenario) : this.floating;
    if (floating.length > 0) {
      this.takeScenario(scenario);
      settleFloatingSections(compiled, floating, into);
    }
    return into;
  }

  /** Makes a scenario's powers and source currents those of the compiled grid. */
  private takeScenario(scenario: number): void {
    this.legs.take(scenario);
    this.ownSources.take(scenario);
  }

  /** Fills in what a reduced session leaves out: one linear solution over the whole tree from the injections at the voltages found. */
  private recover(scenario: number, voltage: Float64Array): void {
    this.whole ??= this.made.makeWhole?.();
    const { whole } = this;
    const { solver, tapOrder = [], slopes } = this.made;
    if (!whole || !slopes) return;
    this.takeScenario(scenario);
    whole.loadInputs();
    if (tapOrder.length > 0) for (let lane = 0; lane < whole.lanes; lane++) this.plan.lanes.writeTaps(scenario, whole, tapOrder, lane);
    whole.loadVoltages(voltage);
    writeInjections(this.session, whole, slopes, scenario, voltage);
    whole.kernels.solveFixedPoint(whole.layoutOffset, solver, Infinity, 1, START_GIVEN, 1);
    whole.readVoltages(0, voltage);
  }
}

/** A batch that is solved where it is asked to be, in one thread. */
export class BatchSession extends BatchColumns {
  /** Throws {@link GridError} where the base case has no solution or the method does not apply. */
  constructor(grid: Grid, options: BatchOptions) {
    super(grid, options);
  }

  /**
   * Uses the first scenarios only, until it is called again: columns that are set need as many numbers, a solution takes the time of as many, and the others keep what they had.
   * Throws {@link GridError} for a number that is not from 1 to `scenarios`.
   */
  use(count: number): void {
    this.setInUse(count);
    this.session.useBlocks(Math.ceil(count / this.session.lanes));
  }

  /** Solves all scenarios (in use). Never throws for a scenario that has no solution: that is its status. */
  solve(start: BatchStart = 'base'): BatchReport {
    const { session } = this;
    checkStart(start);
    const { isNewton, solver, toleranceVa, limit, warmStart, baseStart } = this.slabMethod;
    this.completeInputs();
    const kernelStart = start === 'base' ? baseStart : warmStart;
    if (start === 'base' && kernelStart === warmStart) session.loadVoltages(this.plan.baseVoltage);
    if (isNewton) session.kernels.solveNewton(session.layoutOffset, toleranceVa, limit, 1);
    else session.kernels.solveFixedPoint(session.layoutOffset, solver, toleranceVa, limit, kernelStart, 1);
    return this.finish();
  }
}
