/**
 * A solver bound to one grid: compiles it, keeps plans and sessions of the methods in use, chooses the method, and gives voltages and currents by element.
 *
 * Vars of generators that hold their voltage (model 3) are found first, by a Newton method of their own on voltages and vars together; the method asked for
 * then solves with these vars.
 */
import {
  type CircuitElement,
  describeValue,
  elementId,
  type Grid,
  GridError,
  type Moment,
  requireGrid,
  requireOwnElement,
  requireTerminalIndex,
  SNAPSHOT,
} from '../grid/index.js';
import { type BackendName, chooseBackend } from './backend.js';
import {
  type CompiledElement,
  type CompiledGrid,
  compileGrid,
  nodeName,
  refreshSourceCurrents,
  sourceCurrents,
  writePower,
} from './compiled-grid.js';
import { analyseFactors, type Factors, type InjectionMethod, makeInjection, makeNewton } from './factored-methods.js';
import { findFloatingSections, settleFloatingSections, touchesSection } from './floating-sections.js';
import { STATUS_CONVERGED, STATUS_DIVERGED } from './kernel-layout.js';
import type { KernelBackend } from './kernels.js';
import { hasLegs, legConductors } from './legs.js';
import { MethodChoice, type MethodRunner } from './method-choice.js';
import { largestMismatch, legCurrent, MISMATCH_BASE_VA } from './mismatch.js';
import { buildNodalMatrix, type NodalMatrix, refreshNodalMatrix } from './nodal-matrix.js';
import { isStiff, polishVoltages } from './polish.js';
import { primitiveAdmittance } from './primitive.js';
import type { Session } from './session.js';
import { checkSolveOptions } from './solve-options.js';
import type { GridSolver, MethodName, SolveOptions, SolveReport } from './solver-types.js';
import { makeSweep, type SweepMethod } from './sweep-method.js';
import { unloadedVoltages } from './unloaded.js';
import { holdsVoltage, startingVars, VoltageHolder } from './voltage-holding.js';

/** Default tolerance: largest power mismatch, per unit on 1 MVA. */
export const DEFAULT_TOLERANCE = 1e-12;

/** A mismatch above this share of all power (and this many VA) is no solution, whatever the iteration says: numbers too far apart have lost it. */
const INEXACT_SHARE = 1e-3;
const INEXACT_VA = 1;

/** Share of the largest load's power below which a mismatch is rounding. */
const ROUNDING_SHARE = 4e-14;

/** An iteration that no longer gets better over this many steps, with a mismatch of this share of all power, has come to rest at rounding. */
const RESTING_ITERATIONS = 10;
const RESTING_SHARE = 1e-12;

/** Everything made for one compiled grid. */
interface Plans {
  compiled: CompiledGrid;
  matrix: NodalMatrix;
  factors?: Factors;
  sweep?: SweepMethod | string;
  injection?: InjectionMethod;
  newton?: ReturnType<typeof makeNewton>;
  /** Generators that hold their voltage; undefined until looked for, null where there are none. */
  holder?: VoltageHolder | null;
  /** Methods whose admittances are out of date, the nodal matrix itself, and elements the sweep has to fold anew. */
  stale: Set<'matrix' | 'injection' | 'newton' | 'holder'>;
  unfolded: Set<number>;
  /** Sections whose common-mode voltage is set after each solution; undefined until looked for. */
  floating?: ReturnType<typeof findFloatingSections>;
  /** Whether the matrix spans so many digits that solutions by factors are polished; undefined until looked at. */
  stiff?: boolean;
  /** Room for the residual. */
  residual: Float64Array;
}

/** A solution and what it was asked for with: valid while nothing is changed. */
interface KnownSolution {
  report: SolveReport;
  options: SolveOptions;
}

/** Settings of a solver. */
export interface SolverSettings {
  /** Whose kernels. Default `auto`, which for single solutions is WebAssembly. No result depends on it. */
  backend?: BackendName;
}

/** Makes a solver for a grid. Compiling waits for the first solution. */
export function createSolver(grid: Grid, options: SolverSettings = {}): GridSolver {
  return new CompiledSolver(grid, options);
}

/** The solver behind {@link createSolver}; what it has besides serves scans of many solutions and benches. */
export class CompiledSolver implements GridSolver {
  private plansMade: Plans | undefined;
  private voltage = new Float64Array(0);
  private hasVoltage = false;
  private keptVoltages: Map<string, readonly [number, number]> | undefined;
  /** Vars a phase of generators that hold their voltage, before the grid is compiled anew. */
  private readonly keptVars = new WeakMap<CircuitElement, number>();
  private known: KnownSolution | undefined;
  private solutions = 0;
  moment: Moment = SNAPSHOT;

  private readonly backend: KernelBackend;

  constructor(
    readonly grid: Grid,
    settings: SolverSettings = {},
  ) {
    requireGrid(grid);
    this.backend = chooseBackend(settings.backend, 'single');
  }

  /**
   * The compiled grid and its nodal matrix, made where need be.
   *
   * @internal
   */
  get plans(): Plans {
    if (!this.plansMade) {
      const compiled = compileGrid(this.grid, this.moment);
      const residual = new Float64Array(2 * compiled.nodeCount);
      this.plansMade = { compiled, matrix: buildNodalMatrix(compiled), stale: new Set(), unfolded: new Set(), residual };
      this.voltage = new Float64Array(2 * compiled.nodeCount);
      this.hasVoltage = false;
      this.restoreVars(compiled);
      this.restoreVoltages(compiled);
    }
    return this.plansMade;
  }

  /** Voltages of the last solution, [node][re, im], volt. */
  get voltages(): Float64Array {
    return this.voltage;
  }

  /** Counts the solutions computed: while it stands still, so do the voltages. */
  get solutionCount(): number {
    return this.solutions;
  }

  /** Vars of generators that hold their voltage are kept from solution to solution. */
  private restoreVars(compiled: CompiledGrid): void {
    const { vars } = compiled.legs;
    for (const { element, legIds } of compiled.elements) {
      if (!holdsVoltage(element)) continue;
      const kept = this.keptVars.get(element) ?? startingVars(element);
      for (const leg of legIds) vars[leg] = -kept;
    }
  }

  private restoreVoltages(compiled: CompiledGrid): void {
    const kept = this.keptVoltages;
    this.keptVoltages = undefined;
    if (!kept) return;
    for (let node = 0; node < compiled.nodeCount; node++) {
      const known = kept.get(nodeName(compiled, node));
      if (!known) return;
      this.voltage[2 * node] = known[0];
      this.voltage[2 * node + 1] = known[1];
    }
    this.hasVoltage = true;
  }

  gridChanged(): void {
    this.moment = SNAPSHOT;
    this.dropPlans();
  }

  private dropPlans(): void {
    this.known = undefined;
    if (this.plansMade && this.hasVoltage) {
      const { compiled } = this.plansMade;
      for (const { element, legIds } of compiled.elements) if (holdsVoltage(element)) this.keptVars.set(element, -compiled.legs.vars[legIds[0]]);
      this.keptVoltages = new Map();
      for (let node = 0; node < compiled.nodeCount; node++) {
        this.keptVoltages.set(nodeName(compiled, node), [this.voltage[2 * node], this.voltage[2 * node + 1]]);
      }
    }
    this.plansMade = undefined;
  }

  /** What was compiled of an element; undefined where it takes no part (yet). Throws {@link GridError} where it is not the grid's own. */
  private entryOf(element: CircuitElement): CompiledElement | undefined {
    const { compiled } = this.plans;
    const index = compiled.elementIndex.get(element);
    if (index !== undefined) return compiled.elements[index];
    requireOwnElement(this.grid, element);
    return undefined;
  }

  /** As {@link entryOf}, for what is to be changed: throws where the element should take part and was not compiled. */
  private entryToSet(element: CircuitElement): CompiledElement | undefined {
    const entry = this.entryOf(element);
    if (!entry && element.enabled) {
      throw new GridError(`${elementId(element)} was added or enabled after the grid was compiled; call gridChanged() first`);
    }
    return entry;
  }

  elementChanged(element: CircuitElement): void {
    requireOwnElement(this.grid, element);
    if (!this.plansMade) return;
    const index = this.plansMade.compiled.elementIndex.get(element);
    const entry = index === undefined ? undefined : this.plansMade.compiled.elements[index];
    if (!entry?.primitive) {
      this.dropPlans();
      return;
    }
    this.known = undefined;
    const { stale, unfolded, compiled } = this.plansMade;
    entry.primitive = primitiveAdmittance(element, this.grid.frequencyHz);
    for (const part of ['matrix', 'injection', 'newton', 'holder'] as const) stale.add(part);
    if (!this.keepsFloatingSections(entry)) this.plansMade.floating = undefined;
    unfolded.add(compiled.elementIndex.get(element) as number);
    if (element.kind === 'vsource') refreshSourceCurrents(compiled);
  }

  /** A tap makes no section float nor stops one: sections are looked for anew only where the transformer stands at a floating one. */
  private keepsFloatingSections({ element, nodes }: CompiledElement): boolean {
    const { floating } = this.plans;
    return floating !== undefined && element.kind === 'transformer' && !floating.some((section) => touchesSection(section, nodes));
  }

  setPower(element: CircuitElement, powerKw: number, powerKvar: number): void {
    const entry = this.entryToSet(element);
    if (!hasLegs(element)) throw new GridError(`${elementId(element)} has no power to set; loads, generators, PV systems and storage have`);
    if (!Number.isFinite(powerKw) || !Number.isFinite(powerKvar)) {
      throw new GridError(
        `${elementId(element)}: its power must be two finite numbers, not ${describeValue(powerKw)} kW, ${describeValue(powerKvar)} kvar`,
      );
    }
    if (entry && writePower(this.plans.compiled, entry, powerKw, powerKvar)) this.known = undefined;
  }

  setSourceVoltage(element: CircuitElement, voltagePu: number): void {
    const entry = this.entryToSet(element);
    if (element.kind !== 'vsource' && element.kind !== 'isource')
      throw new GridError(`${elementId(element)} is no source; its voltage cannot be set`);
    if (!Number.isFinite(voltagePu)) {
      throw new GridError(`${elementId(element)}: what it is set to must be a finite number, not ${describeValue(voltagePu)}`);
    }
    if (!entry || entry.sourceValue === voltagePu) return;
    entry.sourceValue = voltagePu;
    this.known = undefined;
    refreshSourceCurrents(this.plans.compiled);
  }

  solve(options: SolveOptions = {}): SolveReport {
    checkSolveOptions(options);
    const known = this.stillKnown(options);
    if (known) return known;
    this.refreshMatrix();
    const flat = options.start === 'flat' || !this.hasVoltage;
    const holder = this.holder();
    const choice = new MethodChoice(this.runner());
    const report = holder ? choice.solveHolding(holder, options, flat) : choice.solveOnce(options, flat);
    this.known = report.converged ? { report, options: { ...options } } : undefined;
    return report;
  }

  /** The last report, without iterations, where nothing was changed since and no more is asked for: most steps of a day in minutes by hourly shapes. */
  private stillKnown(options: SolveOptions): SolveReport | undefined {
    const { known } = this;
    if (!options.reuse || !known || options.start === 'flat') return undefined;
    const { method = 'auto', tolerance = DEFAULT_TOLERANCE } = known.options;
    if ((options.method ?? 'auto') !== method || (options.tolerance ?? DEFAULT_TOLERANCE) < tolerance) return undefined;
    return { ...known.report, iterations: 0, history: [] };
  }

  /** Sums the nodal matrix anew where an element changed. */
  private refreshMatrix(): void {
    const { compiled, matrix, stale } = this.plans;
    if (!stale.delete('matrix')) return;
    refreshNodalMatrix(compiled, matrix);
    this.plans.stiff = undefined;
  }

  private runner(): MethodRunner {
    return {
      compiled: this.plans.compiled,
      voltage: this.voltage,
      run: (method, options, flat, reason) => this.run(method, options, flat, reason),
      sweep: () => this.sweep(),
      impedanceStart: () => this.impedanceStart(),
      unloadedStart: () => this.unloadedStart(),
      totalVa: () => this.totalVa(),
      toleranceVa: (options) => this.toleranceVa(options),
    };
  }

  private holder(): VoltageHolder | null {
    const { plans } = this;
    if (plans.holder === undefined) {
      const { compiled, matrix } = plans;
      plans.holder = null;
      if (compiled.elements.some(({ element }) => holdsVoltage(element))) {
        plans.factors ??= analyseFactors(matrix);
        plans.holder = new VoltageHolder(compiled, matrix, plans.factors);
      }
    } else if (plans.stale.has('holder')) plans.holder?.refresh();
    plans.stale.delete('holder');
    return plans.holder;
  }

  private sweep(): SweepMethod | string {
    const { plans } = this;
    if (!plans.sweep) {
      plans.sweep = makeSweep(plans.compiled, 1, this.backend);
      plans.unfolded.clear();
    }
    if (typeof plans.sweep !== 'string' && plans.unfolded.size > 0) {
      const problem = plans.sweep.refold(plans.unfolded);
      plans.unfolded.clear();
      if (problem) plans.sweep = problem;
    }
    return plans.sweep;
  }

  private injection(): InjectionMethod {
    const { plans } = this;
    plans.factors ??= analyseFactors(plans.matrix);
    if (!plans.injection) plans.injection = makeInjection(plans.compiled, plans.matrix, plans.factors, 1, 1, this.backend);
    else if (plans.stale.has('injection')) plans.injection.refresh();
    plans.stale.delete('injection');
    return plans.injection;
  }

  private newton(): ReturnType<typeof makeNewton> {
    const { plans } = this;
    plans.factors ??= analyseFactors(plans.matrix);
    if (!plans.newton) plans.newton = makeNewton(plans.compiled, plans.matrix, plans.factors, 1, this.backend);
    else if (plans.stale.has('newton')) plans.newton.refresh();
    plans.stale.delete('newton');
    return plans.newton;
  }

  private run(method: MethodName, options: SolveOptions, flat: boolean, reason: string): SolveReport {
    const toleranceVa = this.toleranceVa(options);
    const limit = options.maxIterations ?? (method === 'newton' ? 50 : 500);
    const { compiled } = this.plans;
    const acceleration = options.accelerationFactor ?? 1;
    let session: Session;
    let offset = 1;
    if (method === 'newton') {
      if (flat) this.impedanceStart();
      const newton = this.newton();
      session = newton.session;
      newton.setFloor(this.voltage);
      session.loadInputs();
      session.loadVoltages(this.voltage);
      session.kernels.solveNewton(session.layoutOffset, toleranceVa, limit, acceleration);
      offset = 0;
    } else {
      const byTree = method === 'sweep';
      if (byTree) {
        const sweep = this.sweep();
        if (typeof sweep === 'string') throw new GridError(`the sweep does not apply: ${sweep}; use injection or newton`);
        session = sweep.session;
      } else {
        session = this.injection().session;
      }
      session.loadInputs();
      if (!flat) session.loadVoltages(this.voltage);
      session.kernels.solveFixedPoint(session.layoutOffset, byTree ? 1 : 0, toleranceVa, limit, flat ? 1 : 0, acceleration);
    }
    session.readVoltages(0, this.voltage);
    if (session.arrays.status[0] === STATUS_CONVERGED || this.restsAtRounding(session)) {
      if (method !== 'sweep') this.plans.stiff ??= isStiff(this.plans.matrix);
      if (method !== 'sweep' && this.plans.stiff) polishVoltages(compiled, this.voltage, this.injection());
      this.settleFloating();
    }
    return this.report(session, method, reason, offset);
  }

  private settleFloating(): void {
    const { plans } = this;
    plans.floating ??= findFloatingSections(plans.compiled);
    settleFloatingSections(plans.compiled, plans.floating, this.voltage);
  }

  /** Power of all loads and generation at rated voltage and of all transformers, VA: what mismatches are held against. */
  private totalVa(): number {
    const { legs, elements } = this.plans.compiled;
    let total = 0;
    for (let leg = 0; leg < legs.count; leg++) total += Math.hypot(legs.watts[leg], legs.vars[leg]);
    for (const { element } of elements) if (element.kind === 'transformer') total += element.windings[0].kva * 1000;
    return total;
  }

  /** Id of the element with the largest admittance. */
  private stiffest(): string {
    let most = -1;
    let id = '';
    for (const { element, primitive } of this.plans.compiled.elements) {
      if (!primitive) continue;
      for (let i = 0; i < primitive.order; i++) {
        const size = Math.hypot(primitive.re[i * (primitive.order + 1)], primitive.im[i * (primitive.order + 1)]);
        if (size > most) {
          most = size;
          id = elementId(element);
        }
      }
    }
    return id;
  }

  private toleranceVa(options: SolveOptions): number {
    return Math.max((options.tolerance ?? DEFAULT_TOLERANCE) * MISMATCH_BASE_VA, this.roundingVa());
  }

  /** Power below which a mismatch at a load is rounding, VA. */
  private roundingVa(): number {
    const { legs } = this.plans.compiled;
    let largest = 0;
    for (let leg = 0; leg < legs.count; leg++) largest = Math.max(largest, Math.abs(legs.watts[leg]), Math.abs(legs.vars[leg]));
    return ROUNDING_SHARE * largest;
  }

  /** Voltages with every load as its admittance at rated voltage: where Newton starts. */
  private impedanceStart(): void {
    const { session } = this.injection();
    session.loadInputs();
    session.kernels.solveFixedPoint(session.layoutOffset, 0, Infinity, 1, 1, 1);
    session.readVoltages(0, this.voltage);
  }

  /** Whether an iteration that ran out of steps only circles in the rounding of its last digits. */
  private restsAtRounding({ arrays: { status, iterations, history, mismatch } }: Session): boolean {
    const last = iterations[0];
    if (status[0] === STATUS_CONVERGED || status[0] === STATUS_DIVERGED || last <= 2 * RESTING_ITERATIONS) return false;
    return mismatch[0] <= RESTING_SHARE * this.totalVa() && history[last] > 0.5 * history[last - RESTING_ITERATIONS];
  }

  private report(session: Session, method: MethodName, reason: string, firstOfHistory: number): SolveReport {
    const { compiled, matrix, residual } = this.plans;
    const { iterations, history } = session.arrays;
    const status = this.restsAtRounding(session) ? [STATUS_CONVERGED] : session.arrays.status;
    this.solutions += 1;
    const { largestPu, worstNode } = largestMismatch(compiled, matrix, this.voltage, residual);
    const settled = status[0] === STATUS_CONVERGED;
    const exact = Number.isFinite(largestPu) && largestPu * MISMATCH_BASE_VA <= INEXACT_SHARE * this.totalVa() + INEXACT_VA;
    const converged = settled && exact;
    this.hasVoltage = Number.isFinite(largestPu);
    if (!this.hasVoltage) this.voltage.fill(0);
    const tooStiff = settled && !exact && this.hasVoltage;
    return {
      converged,
      status: converged ? 'converged' : tooStiff ? 'inexact' : settled || status[0] === STATUS_DIVERGED ? 'diverged' : 'iteration-limit',
      iterations: iterations[0],
      method,
      methodReason: tooStiff ? `${reason}; ${this.stiffest()} is so stiff beside the rest that its current is lost in rounding` : reason,
      backend: session.backend.name,
      mismatchPu: largestPu,
      worstNode: nodeName(compiled, worstNode),
      history: Array.from(history.subarray(firstOfHistory, iterations[0] + 1), (va) => va / MISMATCH_BASE_VA),
    };
  }

  /** Sets the voltages to those without load. */
  private unloadedStart(): void {
    const { plans } = this;
    this.refreshMatrix();
    plans.factors ??= analyseFactors(plans.matrix);
    unloadedVoltages(plans.compiled, plans.matrix, plans.factors, this.voltage);
  }

  solveUnloaded(): void {
    this.unloadedStart();
    this.known = undefined;
    this.solutions += 1;
    // Voltages without load are no start for a loaded solution: the next one is flat.
    this.hasVoltage = false;
  }

  nodeVoltage(bus: string, node: number): readonly [number, number] | undefined {
    const { compiled } = this.plans;
    if (node === 0) return [0, 0];
    for (const index of compiled.busNodes.get(bus) ?? []) {
      if (compiled.nodeNumber[index] === node) return [this.voltage[2 * index], this.voltage[2 * index + 1]];
    }
    return undefined;
  }

  nodesOf(bus: string): readonly number[] {
    const { compiled } = this.plans;
    return (compiled.busNodes.get(bus) ?? []).map((node) => compiled.nodeNumber[node]);
  }

  terminalVoltages(element: CircuitElement, terminal: number): Float64Array {
    const entry = this.entryOf(element);
    if (!entry) return new Float64Array(0);
    requireTerminalIndex(element, terminal);
    const from = entry.terminalStart[terminal];
    const nodes = entry.nodes.subarray(from, entry.terminalStart[terminal + 1]);
    const voltages = new Float64Array(2 * nodes.length);
    nodes.forEach((node, conductor) => {
      if (node < 0) return;
      voltages[2 * conductor] = this.voltage[2 * node];
      voltages[2 * conductor + 1] = this.voltage[2 * node + 1];
    });
    return voltages;
  }

  terminalCurrents(element: CircuitElement, terminal: number): Float64Array {
    const entry = this.entryOf(element);
    if (!entry) return new Float64Array(0);
    requireTerminalIndex(element, terminal);
    return this.currents(entry).slice(2 * entry.terminalStart[terminal], 2 * entry.terminalStart[terminal + 1]);
  }

  /** Currents into an element at all conductors, [re, im]. */
  private currents(entry: CompiledElement): Float64Array {
    const { nodes, primitive, element } = entry;
    const currents = new Float64Array(2 * nodes.length);
    if (primitive) {
      const n = primitive.order;
      for (let j = 0; j < n; j++) {
        if (nodes[j] < 0) continue;
        const vr = this.voltage[2 * nodes[j]];
        const vi = this.voltage[2 * nodes[j] + 1];
        for (let i = 0; i < n; i++) {
          const re = primitive.re[i * n + j];
          const im = primitive.im[i * n + j];
          currents[2 * i] += re * vr - im * vi;
          currents[2 * i + 1] += re * vi + im * vr;
        }
      }
    }
    const injected = sourceCurrents(entry);
    if (injected) for (let k = 0; k < currents.length; k++) currents[k] -= injected[k];
    if (hasLegs(element)) this.addLegCurrents(entry, currents);
    return currents;
  }

  private addLegCurrents(entry: CompiledElement, currents: Float64Array): void {
    const { compiled } = this.plans;
    if (!hasLegs(entry.element)) return;
    legConductors(entry.element).forEach(([a, b], phase) => {
      const leg = entry.legIds[phase];
      const from = compiled.legs.from[leg];
      const to = compiled.legs.to[leg];
      const vr = (from >= 0 ? this.voltage[2 * from] : 0) - (to >= 0 ? this.voltage[2 * to] : 0);
      const vi = (from >= 0 ? this.voltage[2 * from + 1] : 0) - (to >= 0 ? this.voltage[2 * to + 1] : 0);
      const [re, im] = legCurrent(compiled, leg, vr, vi);
      currents[2 * a] += re;
      currents[2 * a + 1] += im;
      currents[2 * b] -= re;
      currents[2 * b + 1] -= im;
    });
  }
}
