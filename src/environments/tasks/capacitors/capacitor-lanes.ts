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
  /** [lane]: the row of its scenario. */
  readonly rows: Int32Array;
  /** [regulator][lane], per unit, as of the last solution; empty where no controls act. */
  taps: readonly Float64Array[];
}

/** Half of nominal load, the mean of what scenarios have. */
const BASE_MULTIPLIER = 0.5;

/** The two batches. */
export class CapacitorLanes {
  /** Those with the large capacitor open, and closed. */
  readonly groups: readonly [CapacitorGroup, CapacitorGroup];
  /** Scenarios a block: nodes of an observer's magnitudes stand so far from each other. */
  readonly width: number;
  /** Seconds spent in kernels. */
  kernelSeconds = 0;
  private readonly hasControls: boolean;
  private readonly steps: Float64Array;

  /** Throws {@link GridError} where the circuit has no solution. */
  constructor(grids: CapacitorGrids, options: CapacitorLanesOptions) {
    const { scenarios, backend, tolerance, controls, bandPu, buses } = options;
    const group = (grid: CapacitorGrids['open']): CapacitorGroup => {
      const observe = { buses, bandPu, rows: 'buses' as const };
      const batch = new BatchSession(grid, {
        scenarios,
        backend,
        tolerance,
        baseMultiplier: BASE_MULTIPLIER,
        capacitors: CAPACITORS,
        ...(controls ? { controls: true } : {}),
        observe,
      });
      return { batch, observer: new BatchObserver(batch), count: 0, rows: new Int32Array(scenarios), taps: [] };
    };
    this.groups = [group(grids.open), group(grids.closed)];
    this.width = this.groups[0].batch.lanes;
    this.hasControls = controls;
    this.steps = new Float64Array(scenarios);
  }

  /**
   * Writes and solves scenarios, and looks at them.
   *
   * @param which rows of the scenarios, the first `count` entries
   * @param multipliers [row][load]
   * @param masks [row]: capacitors closed
   * @param sharing how many rows, one behind the other, have the same multipliers, which then stand there once
   */
  solve(which: ArrayLike<number>, count: number, multipliers: Float64Array, masks: ArrayLike<number>, sharing = 1): void {
    const { groups, steps } = this;
    for (const group of groups) group.count = 0;
    for (let j = 0; j < count; j++) {
      const group = groups[masks[which[j]] & 1];
      group.rows[group.count++] = which[j];
    }
    for (const group of groups) {
      const { batch, observer, rows, count: used } = group;
      if (used === 0) continue;
      batch.use(used);
      for (let lane = 0; lane < used; lane++) batch.scaleScenario(lane, multipliers, Math.floor(rows[lane] / sharing) * LOADS, LOADS);
      for (let bit = 0; bit < CAPACITORS.length; bit++) {
        for (let lane = 0; lane < used; lane++) steps[lane] = (masks[rows[lane]] >> bit) & 1;
        batch.setCapacitorSteps(CAPACITORS[bit], steps);
      }
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
