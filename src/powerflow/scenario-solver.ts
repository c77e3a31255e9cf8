/**
 * One plan, one scenario at a time, with as little between inputs and kernel as can be: for benches, sampling and optimisation loops that change powers and
 * nothing else. Powers go straight to the kernel's memory and voltages are read from it.
 */
import { type Grid, GridError, SNAPSHOT } from '../grid/index.js';
import { type BackendName, chooseBackend } from './backend.js';
import { type CompiledGrid, compileGrid, nodeName } from './compiled-grid.js';
import { analyseFactors, makeInjection, makeNewton } from './factored-methods.js';
import { findFloatingSections, settleFloatingSections } from './floating-sections.js';
import { STATUS_CONVERGED } from './kernel-layout.js';
import type { KernelBackend } from './kernels.js';
import { consumptionSign, type LegElement } from './legs.js';
import { largestMismatch, MISMATCH_BASE_VA, type Mismatch } from './mismatch.js';
import { buildNodalMatrix, type NodalMatrix } from './nodal-matrix.js';
import type { Session } from './session.js';
import { checkSolveOptions } from './solve-options.js';
import type { MethodName } from './solver-types.js';
import { makeSweep } from './sweep-method.js';
import { refuseHeldVoltages } from './voltage-holding.js';

/** Settings of a {@link ScenarioSolver}. */
export interface ScenarioOptions {
  method: MethodName;
  /** Largest power mismatch at any node, per unit on 1 MVA. Default 1e-10. */
  tolerance?: number;
  maxIterations?: number;
  /** Whose kernels. Default `auto`, which for single solutions is WebAssembly. No result depends on it. */
  backend?: BackendName;
}

/** Solves one scenario after the other on a fixed grid; each starts from the voltages of the one before. */
export class ScenarioSolver {
  /** The loads, generators, PV systems and storage in order; their powers are set by index. */
  readonly injections: readonly LegElement[];
  /** Present powers of the injections, kW and kvar of all phases, in the sign of their kind; change them freely between solutions. */
  readonly powerKw: Float64Array;
  readonly powerKvar: Float64Array;
  readonly method: MethodName;
  private readonly compiled: CompiledGrid;
  private readonly matrix: NodalMatrix;
  private readonly session: Session;
  private readonly legInjection: Int32Array;
  private readonly legFactor: Float64Array;
  private readonly toleranceVa: number;
  private readonly limit: number;
  private warm = false;
  private floating: ReturnType<typeof findFloatingSections> | undefined;
  /** Where Newton starts when the last solution is no start: loads as impedances. */
  private newtonStart: Float64Array | undefined;

  /** Throws {@link GridError} where the method does not apply. */
  constructor(grid: Grid, options: ScenarioOptions) {
    const { method } = options;
    checkSolveOptions({ method, tolerance: options.tolerance, maxIterations: options.maxIterations });
    refuseHeldVoltages(grid, 'a scenario solver');
    this.method = method;
    this.compiled = compileGrid(grid, SNAPSHOT);
    this.matrix = buildNodalMatrix(this.compiled);
    this.session = this.makeSession(method, chooseBackend(options.backend, 'single'));
    this.toleranceVa = (options.tolerance ?? 1e-10) * MISMATCH_BASE_VA;
    this.limit = options.maxIterations ?? (method === 'newton' ? 50 : 500);
    const { legs, elements } = this.compiled;
    const injections: LegElement[] = [];
    const place = new Map<number, number>();
    this.legInjection = new Int32Array(legs.count);
    this.legFactor = new Float64Array(legs.count);
    elements.forEach((entry, e) => {
      if (entry.legIds.length === 0) return;
      place.set(e, injections.length);
      injections.push(entry.element as LegElement);
    });
    this.injections = injections;
    this.powerKw = new Float64Array(injections.length);
    this.powerKvar = new Float64Array(injections.length);
    for (let leg = 0; leg < legs.count; leg++) {
      const index = place.get(legs.element[leg]) as number;
      const element = injections[index];
      const factor = (consumptionSign(element) * 1000) / element.phases;
      this.legInjection[leg] = index;
      this.legFactor[leg] = factor;
      this.powerKw[index] = legs.watts[leg] / factor;
      this.powerKvar[index] = legs.vars[leg] / factor;
    }
    this.session.loadInputs();
  }

  private makeSession(method: MethodName, backend: KernelBackend): Session {
    const { compiled, matrix } = this;
    if (method === 'sweep') {
      const sweep = makeSweep(compiled, 1, backend);
      if (typeof sweep === 'string') throw new GridError(`the sweep does not apply: ${sweep}; use injection or newton`);
      return sweep.session;
    }
    const factors = analyseFactors(matrix);
    if (method === 'injection') return makeInjection(compiled, matrix, factors, 1, 1, backend).session;
    const { session } = makeInjection(compiled, matrix, factors, 1, 1, backend);
    session.loadInputs();
    session.kernels.solveFixedPoint(session.layoutOffset, 0, Infinity, 1, 1, 1);
    const start = new Float64Array(2 * compiled.nodeCount);
    session.readVoltages(0, start);
    const newton = makeNewton(compiled, matrix, factors, 1, backend);
    newton.setFloor(start);
    this.newtonStart = start;
    return newton.session;
  }

  /** Solves with the present powers. Returns whether it converged; {@link iterations} says in how many. */
  solve(): boolean {
    const { session, legInjection, legFactor, powerKw, powerKvar } = this;
    const { power, status } = session.arrays;
    const { lanes } = session;
    let at = 0;
    for (let leg = 0; leg < legInjection.length; leg++) {
      const factor = legFactor[leg];
      const watts = powerKw[legInjection[leg]] * factor;
      const vars = powerKvar[legInjection[leg]] * factor;
      for (let lane = 0; lane < lanes; lane++) {
        power[at + lane] = watts;
        power[at + lanes + lane] = vars;
      }
      at += 2 * lanes;
    }
    if (!this.warm && this.newtonStart) session.loadVoltages(this.newtonStart);
    if (this.method === 'newton') session.kernels.solveNewton(session.layoutOffset, this.toleranceVa, this.limit, 1);
    else session.kernels.solveFixedPoint(session.layoutOffset, this.method === 'sweep' ? 1 : 0, this.toleranceVa, this.limit, this.warm ? 0 : 1, 1);
    this.warm = status[0] === STATUS_CONVERGED;
    return this.warm;
  }

  /** Iterations of the last solution. */
  get iterations(): number {
    return this.session.arrays.iterations[0];
  }

  get nodeCount(): number {
    return this.compiled.nodeCount;
  }

  /** Names of the nodes (`bus.node`) in the order of {@link readVoltages}. */
  nodeNames(): string[] {
    return Array.from({ length: this.compiled.nodeCount }, (_, node) => nodeName(this.compiled, node));
  }

  /** Voltages of the last solution, [node][re, im], volt. */
  readVoltages(into = new Float64Array(2 * this.compiled.nodeCount)): Float64Array {
    this.session.readVoltages(0, into);
    this.floating ??= findFloatingSections(this.compiled);
    if (this.floating.length > 0) {
      this.takePowers();
      settleFloatingSections(this.compiled, this.floating, into);
    }
    return into;
  }

  /** The mismatch of given voltages under the present powers, recomputed in plain TypeScript. */
  mismatch(voltages: Float64Array): Mismatch {
    this.takePowers();
    return largestMismatch(this.compiled, this.matrix, voltages);
  }

  /** Makes the present powers those of the compiled grid. */
  private takePowers(): void {
    const { legs } = this.compiled;
    for (let leg = 0; leg < legs.count; leg++) {
      legs.watts[leg] = this.powerKw[this.legInjection[leg]] * this.legFactor[leg];
      legs.vars[leg] = this.powerKvar[this.legInjection[leg]] * this.legFactor[leg];
    }
  }

  /** Bytes of kernel memory in use. */
  get memoryBytes(): number {
    return this.session.memory.buffer.byteLength;
  }
}
