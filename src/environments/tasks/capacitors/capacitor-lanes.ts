/**
 * Power flows of the capacitor task side by side: each scenario has its loads and its capacitors.
 *
 * Lanes start from a base case, and the nearer it is, the fewer iterations they take. The large capacitor moves voltages most; so there are two batches, one whose base
 * case has it open and one that has it closed, and a scenario goes to that of its own state. A result depends on a scenario's own inputs alone.
 */
import { BatchObserver, BatchSession, STATUS_CONVERGED } from '../../../powerflow/index.js';
import type { SliceOptions } from '../../task.js';
import { CAPACITORS, type CapacitorGrids, LOADS, REGULATORS } from './circuit.js';

/** What lanes are made for. */
export interface CapacitorLanesOptions {
  /** Most scenarios at once. */
  readonly scenarios: number;
  readonly backend?: SliceOptions['backend'];
  /** Largest mismatch, per unit on 1 MVA. */
  readonly tolerance: number;
  /** Whether the regulators' controls act. */
  readonly controls: boolean;
  readonly bandPu: readonly [number, number];
  /** Buses whose voltages are looked at; default: all. */
  readonly buses?: readonly string[];
}

/** The scenarios whose large capacitor is open, or closed. */
export interface CapacitorGroup {
  readonly batch: BatchSession;
  readonly observer: BatchObserver;
  count: number;
  /** [lane]: place of its scenario in the list that is solved. */
  readonly members: Int32Array;
  /** [regulator][lane], per unit, as of the last solution; empty where no controls act. */
  taps: readonly Float64Array[];
}

/** Half of nominal load, the mean of what scenarios have. */
const BASE_MULTIPLIER = 0.5;

/** The two batches. */
export class CapacitorLanes {
  /** Those with the large capacitor open, and closed. */
  readonly groups: readonly [CapacitorGroup, CapacitorGroup];
  /** [place in the list]: the lane of a scenario in its group. */
  readonly laneOf: Int32Array;
  /** Scenarios a block: nodes of an observer's magnitudes stand so far from each other. */
  readonly width: number;
  /** Seconds spent in kernels. */
  kernelSeconds = 0;
  private readonly hasControls: boolean;
  private readonly loadKw: Float64Array;
  private readonly loadKvar: Float64Array;
  private readonly kw: Float64Array;
  private readonly kvar: Float64Array;

  /** Throws {@link GridError} where the circuit has no solution. */
  constructor(grids: CapacitorGrids, options: CapacitorLanesOptions) {
    const { scenarios, backend, tolerance, controls, bandPu, buses } = options;
    const group = (grid: CapacitorGrids['open']): CapacitorGroup => {
      const observe = { buses, bandPu };
      const batch = new BatchSession(grid, {
        scenarios,
        backend,
        tolerance,
        baseMultiplier: BASE_MULTIPLIER,
        capacitors: CAPACITORS,
        ...(controls ? { controls: true } : {}),
        observe,
      });
      return { batch, observer: new BatchObserver(batch), count: 0, members: new Int32Array(scenarios), taps: [] };
    };
    this.groups = [group(grids.open), group(grids.closed)];
    this.width = this.groups[0].batch.lanes;
    this.hasControls = controls;
    this.laneOf = new Int32Array(scenarios);
    const loads = grids.open.elementsOf('load');
    this.loadKw = Float64Array.from(loads, ({ powerKw }) => powerKw);
    this.loadKvar = Float64Array.from(loads, ({ powerKvar }) => powerKvar);
    this.kw = new Float64Array(scenarios);
    this.kvar = new Float64Array(scenarios);
  }

  /**
   * Writes and solves scenarios.
   *
   * @param which rows of the scenarios, the first `count` entries
   * @param multipliers [row][load]
   * @param masks [row]: capacitors closed
   */
  solve(which: ArrayLike<number>, count: number, multipliers: Float64Array, masks: ArrayLike<number>): void {
    for (const group of this.groups) group.count = 0;
    for (let j = 0; j < count; j++) {
      const group = this.groups[masks[which[j]] & 1];
      this.laneOf[j] = group.count;
      group.members[group.count++] = j;
    }
    const { kw, kvar, loadKw, loadKvar } = this;
    for (const group of this.groups) {
      const { batch, observer, members, count: used } = group;
      if (used === 0) continue;
      batch.use(used);
      for (let load = 0; load < LOADS; load++) {
        const [nominalKw, nominalKvar] = [loadKw[load], loadKvar[load]];
        for (let lane = 0; lane < used; lane++) {
          const multiplier = multipliers[which[members[lane]] * LOADS + load];
          kw[lane] = nominalKw * multiplier;
          kvar[lane] = nominalKvar * multiplier;
        }
        batch.setPowers(load, kw, kvar);
      }
      CAPACITORS.forEach((name, bit) => {
        for (let lane = 0; lane < used; lane++) kw[lane] = (masks[which[members[lane]]] >> bit) & 1;
        batch.setCapacitorSteps(name, kw);
      });
      const begun = performance.now();
      batch.solve();
      observer.observe();
      this.kernelSeconds += (performance.now() - begun) / 1000;
      if (this.hasControls) group.taps = REGULATORS.map((name) => batch.taps(name));
    }
  }

  /** Whether a scenario has a solution. */
  isSolved(group: CapacitorGroup, lane: number): boolean {
    return group.batch.status[lane] === STATUS_CONVERGED;
  }
}
