/** The method of a batch: which one applies, and the sessions that it needs. */
import { GridError } from '../grid/index.js';
import type { BackendName } from './backend.js';
import { sessionControls } from './batch-controls.js';
import type { BatchLanes } from './batch-lanes.js';
import { refuseInSingle } from './batch-precision.js';
import { type ChordPlan, laneTransformers, makeChordPlan, makeChordSession } from './chord-method.js';
import type { CompiledGrid } from './compiled-grid.js';
import type { ControlPlan } from './control-plan.js';
import { analyseFactors, makeInjection, makeNewton } from './factored-methods.js';
import { findFloatingSections, touchesSection } from './floating-sections.js';
import { FIELD_TAPS, SOLVER_CHORD_TREE, SOLVER_SHARED, SOLVER_TREE } from './kernel-layout.js';
import type { KernelBackend, Precision } from './kernels.js';
import { LaneParameters } from './newton-lanes.js';
import { buildNodalMatrix } from './nodal-matrix.js';
import { ObserverRecovery } from './observer-recovery.js';
import type { ObserverOptions, ObserverTables } from './observer-tables.js';
import type { Session } from './session.js';
import { makeSweep } from './sweep-method.js';

/** Methods of a batch: those of single solutions, and `chord`, Newton with one factorisation of the base case shared by all lanes. */
export type BatchMethod = 'sweep' | 'injection' | 'newton' | 'chord';

/** Settings of a batch. */
export interface BatchOptions {
  scenarios: number;
  /** Default `auto`: `chord` where it applies (anything but switches; taps on radial grids only), else `newton`. */
  method?: BatchMethod | 'auto';
  /**
   * What the iteration computes in. Default `double`. `single`, where 1e-5 per unit at every node will do, takes less than half the time: the chord method only,
   * without taps or switches a scenario.
   */
  precision?: Precision;
  /** Largest power mismatch at any node, per unit on 1 MVA. Default 1e-10; in single precision 3e-7, or 2e-6 of the largest load if that is more. */
  tolerance?: number;
  /** Default 100; 30 for newton. */
  maxIterations?: number;
  /** Leave out of the iteration the buses that it does not need, and recover them when they are asked for. Exact. Default true (chord only). */
  reduce?: boolean;
  /**
   * Load multiplier of the base case whose solution is the start and whose Jacobian the chord method keeps. Default 1; with loads drawn between 0 and 1.5 of
   * nominal their mean, 0.75, saves iterations. It changes how fast scenarios converge, not where to,
   * save where a load at the edge of its voltage window has two solutions.
   */
  baseMultiplier?: number;
  /**
   * Whether scenarios that the method leaves are given to Newton in a second pass, which is sure but costs as much as tens of others. Default true; without it they keep
   * the status with which the method left them.
   */
  secondPass?: boolean;
  /** Transformers of two windings whose tap differs from scenario to scenario, by name; `true`: all that regulator controls move. For chord (radial grids) and newton. */
  taps?: readonly string[] | true;
  /** Capacitors whose closed steps differ from scenario to scenario, by name; `true`: all. */
  capacitors?: readonly string[] | true;
  /**
   * Lines that are open or closed per scenario, by name; `true`: all that are marked as switches. Lines that are disabled or open in the grid (ties) can be named too.
   * For newton.
   */
  switches?: readonly string[] | true;
  /** Voltage sources whose voltage differs from scenario to scenario, by name; `true`: all. */
  sources?: readonly string[] | true;
  /**
   * Regulator and capacitor controls that act in each scenario as in static mode, by id or name; `true`: all that are enabled. Each scenario starts from the grid's taps and
   * steps, or from those that are set, and ends with its own. For chord (radial grids) and newton.
   */
  controls?: readonly string[] | true;
  /** Most control iterations of a scenario, the first solution counted. Default 100. */
  maxControlIterations?: number;
  /**
   * What a {@link BatchObserver} is to look at within the kernels, for batches that are looked at after each solution, as environments are. Buses are then left out of the iteration
   * where that saves much of it. Default nothing. For chord and newton.
   */
  observe?: ObserverOptions;
  /** Time of the snapshot in hours, for capacitor controls by time or signal. Default 0. */
  hour?: number;
  /** Whose kernels, by name or itself. Default `auto`: native ones where they are there, else WebAssembly. No result depends on it. */
  backend?: BackendName | KernelBackend;
}

/** What sessions of a batch are made of. */
export interface BatchPlan {
  compiled: CompiledGrid;
  /** The base case's voltages, [node][re, im], volt. */
  baseVoltage: Float64Array;
  /** The same without load; undefined where that has no solution. */
  unloadedVoltage: Float64Array | undefined;
  lanes: BatchLanes;
  /** Whether source voltages differ from scenario to scenario. */
  ownSources: boolean;
  controls?: ControlPlan;
  /** What solutions are to be looked at for, and the tables of the kernel that looks; undefined where scenarios are looked at one by one. */
  observe?: ObserverOptions;
  observer?: ObserverTables;
  /** For what is solved beside the batch itself, in double precision. */
  backend: KernelBackend;
}

/** A method's session, which linear solver it uses, and how to make one over all buses where it leaves some out. */
export interface BatchMethodMade {
  method: BatchMethod;
  solver: number;
  session: Session;
  /** With it go the linear parts of the legs, [leg][rr, ri, ir, ii]. */
  makeWhole?: () => Session;
  slopes?: Float64Array;
  /** Transformers with taps a scenario, by name, in the order of the taps in memory; chord only. */
  tapOrder?: readonly string[];
  /** Where buses are left out and solutions looked at: what recovers them for that. */
  recovery?: ObserverRecovery;
  /** Newton only, and only where lanes have admittances of their own. */
  parameters?: LaneParameters;
}

/**
 * Makes the method that the options ask for. Throws {@link GridError} where it does not apply.
 *
 * @param backend of the batch itself
 */
export function makeBatchMethod(
  plan: BatchPlan,
  { method: wanted = 'auto', scenarios, reduce }: BatchOptions,
  backend: KernelBackend = plan.backend,
): BatchMethodMade {
  const { compiled, lanes, ownSources, controls } = plan;
  const isSingle = backend.precision === 'single';
  if (isSingle) refuseInSingle(wanted, lanes, controls !== undefined);
  if (lanes.switches.length > 0 && wanted !== 'auto' && wanted !== 'newton')
    throw new GridError(`switches a scenario are for the newton method, not for ${wanted}; ask for newton or auto`);
  if (wanted === 'newton' || lanes.switches.length > 0)
    return { method: 'newton', solver: SOLVER_SHARED, ...makeBatchNewton(plan, scenarios, backend, plan.observer) };
  if (wanted === 'auto' || wanted === 'chord') {
    const chord = makeChordPlan(compiled, plan.baseVoltage, {
      variable: lanes.variable,
      unloadedVoltage: plan.unloadedVoltage,
      watched: controls?.watched,
      radialOnly: controls !== undefined,
    });
    if (isSingle && typeof chord === 'string') throw new GridError(`single precision needs the chord method, which does not apply: ${chord}`);
    const problem = tapProblem(plan, chord);
    if (!problem && typeof chord !== 'string') return chordByBlocks(plan, chord, scenarios, reduce ?? (!plan.observer || shrinks(chord)), backend);
    if (wanted === 'chord') throw new GridError(`${problem ?? `the chord method does not apply: ${String(chord)}`}; ask for newton or auto`);
    return { method: 'newton', solver: SOLVER_SHARED, ...makeBatchNewton(plan, scenarios, backend, plan.observer) };
  }
  if (controls) throw new GridError(`controls a scenario are for the chord and newton methods only, not for ${wanted}`);
  if (lanes.any) throw new GridError(`taps a scenario are for the chord and newton methods only, not for ${wanted}`);
  if (wanted === 'sweep') {
    const sweep = makeSweep(compiled, scenarios, backend, ownSources);
    if (typeof sweep === 'string') throw new GridError(`the sweep does not apply: ${sweep}; use injection or newton`);
    return { method: 'sweep', solver: SOLVER_TREE, session: sweep.session };
  }
  const matrix = buildNodalMatrix(compiled);
  const factors = analyseFactors(matrix);
  return {
    method: 'injection',
    solver: SOLVER_SHARED,
    session: makeInjection(compiled, matrix, factors, scenarios, 1, backend, ownSources).session,
  };
}

/** Why taps a scenario are not for the chord method; undefined where they are, or where there are none. */
function tapProblem({ compiled, lanes, controls }: BatchPlan, chord: ChordPlan | string): string | undefined {
  if (!lanes.any && !controls) return undefined;
  if (typeof chord === 'string') return `${controls ? 'controls' : 'taps'} a scenario need a radial grid for the chord method: ${chord}`;
  if (laneTransformers(chord.reduced.blocks).length !== lanes.transformers.length)
    return 'taps a scenario need transformers that lie between two buses of the tree for the chord method';
  // What a tap changes upstream is taken as current there; where no solid tie to ground holds the voltage, that does not contract.
  const floating = findFloatingSections(compiled);
  const at = lanes.transformers.find((name) => {
    const { nodes } = compiled.elements[compiled.elementIndex.get(compiled.grid.require('transformer', name)) as number];
    return floating.some((section) => touchesSection(section, nodes));
  });
  return at && `taps a scenario need transformers with a solid tie to ground on both sides for the chord method, and transformer.${at} has none`;
}

/** Share of the numbers of a grid's coefficients above which recovering what was left out costs more than it saves. */
const WORTH_RECOVERING = 0.6;

/** Whether an iteration over the reduced blocks is so much shorter that a batch that is looked at after each solution takes it. */
function shrinks({ full, reduced }: ChordPlan): boolean {
  const size = ({ blocks }: ChordPlan['full']): number =>
    blocks.reduce((sum, { nodes, parentNodes }) => sum + nodes.length * (2 * parentNodes.length + nodes.length), 0);
  return size(reduced) < WORTH_RECOVERING * size(full);
}

function chordByBlocks(plan: BatchPlan, chord: ChordPlan, scenarios: number, reduce: boolean, backend: KernelBackend): BatchMethodMade {
  const controls = plan.controls && sessionControls(plan.controls, plan.lanes, plan.compiled);
  const of = (tree: ChordPlan['full'], count: number, whose = backend, acting?: typeof controls, observer?: ObserverTables): Session =>
    makeChordSession(chord, tree, count, whose, plan.ownSources, acting, observer);
  const kept = reduce ? chord.reduced : chord.full;
  const tapOrder = laneTransformers(kept.blocks).map((element) => plan.compiled.elements[element].element.name);
  const made: BatchMethodMade = {
    method: 'chord',
    solver: SOLVER_CHORD_TREE,
    session: of(kept, scenarios, backend, controls, reduce ? undefined : plan.observer),
    tapOrder,
  };
  // In single precision the pass that recovers what was left out, in double precision, is a last step for all nodes.
  if (reduce || backend.precision === 'single') {
    made.makeWhole = () => of(chord.full, plan.backend.lanes, plan.backend);
    made.slopes = chord.slopes;
  }
  if (reduce && plan.observer) {
    const whole = of(chord.full, backend.lanes, backend, undefined, plan.observer);
    made.recovery = new ObserverRecovery(made.session, whole, plan.observer, tapArrays(made.session, whole, tapOrder, chord));
  }
  return made;
}

/** The taps of both sessions; they have to stand in the same order. */
function tapArrays(
  reduced: Session,
  whole: Session,
  tapOrder: readonly string[],
  chord: ChordPlan,
): { of: Float64Array; own: Float64Array } | undefined {
  if (tapOrder.length === 0) return undefined;
  const other = laneTransformers(chord.full.blocks).map((element) => chord.compiled.elements[element].element.name);
  if (other.some((name, k) => name !== tapOrder[k])) throw new Error('the taps of the reduced blocks stand in another order');
  const view = (session: Session): Float64Array => session.doubles(FIELD_TAPS, session.blocks * session.lanes * tapOrder.length);
  return { of: view(reduced), own: view(whole) };
}

/** Makes Newton for some scenarios, with the lanes' own admittances and with stiff lines apart. */
export function makeBatchNewton(
  plan: BatchPlan,
  scenarios: number,
  backend = plan.backend,
  observer?: ObserverTables,
): { session: Session; parameters?: LaneParameters } {
  const { compiled, lanes } = plan;
  const matrix = buildNodalMatrix(compiled);
  // Stiff lines stand among these elements too, so that there may be some where nothing differs from lane to lane.
  const made = lanes.elementsFor(matrix);
  const elements = made.entries.length > 0 ? made : undefined;
  const controls = plan.controls && sessionControls(plan.controls, lanes, compiled);
  const newton = makeNewton(compiled, matrix, analyseFactors(matrix), scenarios, backend, plan.ownSources, elements, controls, observer);
  newton.setFloor(plan.baseVoltage);
  return { session: newton.session, parameters: elements && new LaneParameters(newton.session, elements.parameters) };
}
