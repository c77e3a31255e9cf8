/** The face of the compiled side that controls, time series and scripts work with. */
import type { CircuitElement, Grid, Moment } from '../grid/index.js';

/** Names of the methods; `auto` picks one and the report says which and why. */
export type MethodName = 'sweep' | 'injection' | 'newton';

/** How to solve. */
export interface SolveOptions {
  /** Default `auto`. */
  method?: MethodName | 'auto';
  /** Largest power mismatch allowed at any node, per unit on 1 MVA; never below what is rounding. Default 1e-12. */
  tolerance?: number;
  /**
   * Most iterations of a method, 1 to 1000. Default 500 (sweep, injection), 50 (newton). With `auto`, a method that takes over from another has as many again;
   * {@link SolveReport.methodReason} says so.
   */
  maxIterations?: number;
  /** Iteration k's step is multiplied by this. Default 1. */
  accelerationFactor?: number;
  /** `warm`: from the last solution where there is one (default); `flat`: from the solution without loads. */
  start?: 'warm' | 'flat';
  /** Give back the last solution, with 0 iterations, where nothing was changed since and no more is asked for. Default false. */
  reuse?: boolean;
}

/** What came of one solution. */
export interface SolveReport {
  converged: boolean;
  /** `inexact`: the iteration came to rest, but admittances too far apart leave a mismatch that is no rounding. */
  status: 'converged' | 'iteration-limit' | 'diverged' | 'inexact';
  /** Iterations of this solution; 0 where nothing had changed since the last one. */
  iterations: number;
  method: MethodName;
  /** Why this method was used. */
  methodReason: string;
  backend: string;
  /** Largest power mismatch at any node, per unit on 1 MVA, computed afresh from the final voltages. */
  mismatchPu: number;
  /** Node (`bus.node`) of the largest mismatch. */
  worstNode: string;
  /**
   * Largest power mismatch of each iterate as the method itself sees it, per unit on 1 MVA; Newton's begins with that of its start. The last may differ from
   * {@link mismatchPu}, which is computed afresh from the final voltages and so also holds what rounding of large admittances leaves. Empty where
   * nothing had changed since the last solution.
   */
  history: number[];
}

/**
 * A solver bound to one grid. Records of the grid may be changed, and the matching method here called, between solutions.
 *
 * What takes an element throws GridError for one that is not the grid's own or does not fit (the power of a line). A disabled one takes no part: setting its
 * power does nothing, and its voltages and currents are empty. Those of one added or enabled after the grid was compiled are empty too, and setting its power
 * throws: call `gridChanged` first.
 */
export interface GridSolver {
  readonly grid: Grid;
  /** Moment whose powers a compilation takes: a snapshot, until set; gridChanged makes it one again. */
  moment: Moment;
  /** Solves the grid as it stands. Never throws for lack of convergence; throws GridError for a grid that cannot be compiled, InputError for options out of range. */
  solve(options?: SolveOptions): SolveReport;
  /** Anything may have changed: compile anew before the next solution, keeping voltages of nodes that remain as start. */
  gridChanged(): void;
  /** Values of this element's admittance changed (tap, capacitor step, opened conductor), not its connections. */
  elementChanged(element: CircuitElement): void;
  /**
   * Present power of a load (consumed), generator, PV system or storage (delivered), all phases together. Kept until set again or the grid is compiled anew
   * by gridChanged (which takes `injectionPower` of {@link moment}).
   */
  setPower(element: CircuitElement, powerKw: number, powerKvar: number): void;
  /** Present source voltage over its rated one; of a current source, its amperes. */
  setSourceVoltage(element: CircuitElement, voltagePu: number): void;
  /** Voltages of the conductors at a terminal, volt, interleaved re, im. */
  terminalVoltages(element: CircuitElement, terminal: number): Float64Array;
  /** Currents into the element at a terminal, ampere, interleaved re, im. */
  terminalCurrents(element: CircuitElement, terminal: number): Float64Array;
  /** Voltage of a node, volt, [re, im]; undefined where there is no such node. */
  nodeVoltage(bus: string, node: number): readonly [number, number] | undefined;
  /** Node numbers in use at a bus, in the order in which elements named them. */
  nodesOf(bus: string): readonly number[];
  /** Voltages of all nodes with no load and no shunt element connected; used to choose voltage bases. */
  solveUnloaded(): void;
}
