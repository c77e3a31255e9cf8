/**
 * A batch of balanced power flows in kernel memory: S scenarios of one plan, W to a block, lanes innermost. Arrays are views on one memory; nothing is allocated by a
 * solution. Slots, not buses, index voltages (see lane-plan.ts); units are per unit and radian.
 */
import { Arena, type KernelBackend, type KernelExports } from '../kernels.js';
import { BlockPrograms } from './block-programs.js';
import * as layout from './lane-layout.js';
import { type LanePlan, writeSharedPrograms } from './lane-plan.js';
import { NewtonPrograms } from './newton-programs.js';
import type { ScenarioSession } from './scenario-session.js';
import { factorJacobian, sharedFactorSize } from './shared-factor.js';

/** What a session is made for. */
export interface LaneSessionSettings {
  plan: LanePlan;
  scenarios: number;
  backend: KernelBackend;
  /** Bus of each injection. */
  injectionBus: Int32Array;
  /** Buses whose held magnitudes differ from lane to lane. */
  heldBuses: Int32Array;
  /** Whether each lane has admittances of its own. */
  ownAdmittances: boolean;
  /** What {@link LaneSession.look} looks at; default: nothing. */
  view?: LaneViewSettings;
}

/** What is looked at after a solution, by slots. */
export interface LaneViewSettings {
  /** [bus] */
  slots: Int32Array;
  /** [branch][from, to], and the series conductance of each branch, per unit. */
  branches: Int32Array;
  conductance: Float64Array;
  /** Lowest and highest magnitude that is not out of the band, per unit. */
  bandPu: readonly [number, number];
}

/** Memory, kernels and views. */
export class LaneSession implements ScenarioSession {
  readonly plan: LanePlan;
  readonly scenarios: number;
  /** W. */
  readonly lanes: number;
  readonly blocks: number;
  readonly injections: number;
  /** Entries of admittance: each row's diagonal and neighbours. */
  readonly entries: number;
  /** Rows with masks, in the order of the rows. */
  readonly maskedRows: Int32Array;
  readonly heldBuses: Int32Array;
  readonly ownAdmittances: boolean;
  /** [block][slot][re, im][W] */
  readonly voltage: Float64Array;
  /** [block][injection][P, Q][W], injected. */
  readonly power: Float64Array;
  /** [block][held][W] */
  readonly held: Float64Array;
  /** Of all lanes: [entry][re, im]. */
  readonly admittance: Float64Array;
  /** Of each lane's own, read by rows that are ROW_OWN: [block][entry][re, im][W]; and how blocks read each row, [block][row]. Empty where lanes have none. */
  readonly ownAdmittance: Float64Array;
  readonly rowState: Int32Array;
  /** [block][masked row][P, V][W], 1 or 0. */
  readonly mask: Float64Array;
  /** What masked rows lack of reactive power before their masks, [block][masked row][W], as last looked at. */
  readonly reactive: Float64Array;
  /** [slot][re, im] */
  readonly base: Float64Array;
  /** [block][W] */
  readonly status: Int32Array;
  readonly iterations: Int32Array;
  readonly mismatch: Float64Array;
  /** Of {@link look}: magnitudes [block][W][bus], and results [block][VIEW_*][W]; empty where nothing is looked at. */
  readonly viewMagnitudes: Float32Array;
  readonly viewResults: Float64Array;
  private readonly sharedLower: Float64Array;
  private readonly sharedUpper: Float64Array;
  private readonly kernels: KernelExports;
  private readonly layoutOffset: number;
  private hasFactor = false;
  /** [block][W]: which lanes {@link solveChosen} solves, 1 or 0. */
  readonly chosen: Float64Array;
  private readonly chosenOffset: number;
  private readonly fields: Int32Array;
  /** Which optional rows each block goes over; undefined where the plan has none. */
  readonly blockPrograms: BlockPrograms | undefined;

  constructor({ plan, scenarios, backend, injectionBus, heldBuses, ownAdmittances, view }: LaneSessionSettings) {
    const W = backend.balancedLanes ?? backend.lanes;
    const vector = 8 * W;
    this.plan = plan;
    this.scenarios = scenarios;
    this.lanes = W;
    this.blocks = Math.ceil(scenarios / W);
    this.injections = injectionBus.length;
    this.entries = plan.admittancePlace.length;
    this.heldBuses = heldBuses;
    this.ownAdmittances = ownAdmittances;
    this.maskedRows = Int32Array.from({ length: plan.rows }, (_, row) => row).filter((row) => plan.masked[row] === 1);
    const programs = new NewtonPrograms(plan, W);
    const sharedPrograms = writeSharedPrograms(plan, W);
    const size = sharedFactorSize(plan);
    const powerList: number[] = [];
    const ofSlot: number[][] = Array.from({ length: plan.slots }, () => []);
    injectionBus.forEach((bus, k) => {
      if (plan.slotOfBus[bus] >= 0) ofSlot[plan.slotOfBus[bus]].push(2 * vector * k);
    });
    for (let row = 0; row < plan.rows; row++) powerList.push(ofSlot[row].length, ...ofSlot[row]);

    const arena = new Arena();
    const fields = new Map<number, number>();
    const room = (field: number, bytes: number): number => {
      const at = arena.allocate(bytes);
      fields.set(field, at);
      return at;
    };
    const count = (field: number, value: number): void => {
      fields.set(field, value);
    };
    this.layoutOffset = arena.allocate(4 * layout.BALANCED_FIELDS);
    count(layout.BALANCED_BLOCKS, this.blocks);
    count(layout.BALANCED_ROWS, plan.rows);
    count(layout.BALANCED_SLOTS, plan.slots);
    const base = room(layout.BALANCED_BASE, 16 * plan.slots);
    const heldList = room(layout.BALANCED_HELD_LIST, 4 * heldBuses.length);
    const powerListAt = room(layout.BALANCED_POWER_LIST, 4 * powerList.length);
    const hasOptional = plan.optional.includes(1);
    this.blockPrograms = hasOptional ? new BlockPrograms(programs, this.blocks, arena) : undefined;
    count(layout.BALANCED_PROGRAMS, this.blockPrograms?.tableOffset ?? 0);
    const forward = room(layout.BALANCED_FORWARD, hasOptional ? 0 : 4 * programs.forward.length);
    const backward = room(layout.BALANCED_BACKWARD, hasOptional ? 0 : 4 * programs.backward.length);
    const sharedForward = room(layout.BALANCED_SHARED_FORWARD, 4 * sharedPrograms.forward.length);
    const sharedBackward = room(layout.BALANCED_SHARED_BACKWARD, 4 * sharedPrograms.backward.length);
    const sharedLower = room(layout.BALANCED_SHARED_LOWER, 8 * size.lower);
    const sharedUpper = room(layout.BALANCED_SHARED_UPPER, 8 * size.upper);
    const admittance = room(layout.BALANCED_ADMITTANCE, 16 * this.entries);
    const ownCount = ownAdmittances ? 2 * W * this.blocks * this.entries : 0;
    const ownAdmittance = room(layout.BALANCED_OWN_ADMITTANCE, 8 * ownCount);
    count(layout.BALANCED_ENTRIES, this.entries);
    const stateCount = ownAdmittances ? this.blocks * plan.rows : 0;
    const rowState = ownAdmittances ? room(layout.BALANCED_ROW_STATE, 4 * stateCount) : 0;
    room(layout.BALANCED_SCHEDULED, 2 * vector * plan.rows);
    room(layout.BALANCED_RIGHT, 2 * vector * plan.rows);
    room(layout.BALANCED_WORK, programs.workBytes);
    room(layout.BALANCED_PREVIOUS, 2 * vector * plan.rows);
    room(layout.BALANCED_FACTOR, programs.factorBytes);
    room(layout.BALANCED_SCRATCH, 320);
    const status = room(layout.BALANCED_STATUS, 4 * W * this.blocks);
    const iterations = room(layout.BALANCED_ITERATIONS, 4 * W * this.blocks);
    const mismatch = room(layout.BALANCED_MISMATCH, 8 * W * this.blocks);
    count(layout.BALANCED_HELD_COUNT, heldBuses.length);
    const held = room(layout.BALANCED_HELD, vector * heldBuses.length * this.blocks);
    count(layout.BALANCED_MASK_STRIDE, 2 * vector * this.maskedRows.length);
    const chosen = arena.allocate(vector * this.blocks);
    const reactive = room(layout.BALANCED_REACTIVE, vector * this.maskedRows.length * this.blocks);
    const mask = room(layout.BALANCED_MASK, 2 * vector * this.maskedRows.length * this.blocks);
    // Strides that are no multiple of a page keep blocks out of each other's cache sets.
    count(layout.BALANCED_VOLTAGE_STRIDE, 2 * vector * plan.slots);
    count(layout.BALANCED_POWER_STRIDE, 2 * vector * this.injections);
    const voltage = room(layout.BALANCED_VOLTAGE, 2 * vector * plan.slots * this.blocks);
    const power = room(layout.BALANCED_POWER, 2 * vector * this.injections * this.blocks);

    const viewBuses = view?.slots.length ?? 0;
    const viewBranches = view?.conductance.length ?? 0;
    count(layout.BALANCED_VIEW_BUSES, viewBuses);
    count(layout.BALANCED_VIEW_BRANCHES, viewBranches);
    const viewBusList = room(layout.BALANCED_VIEW_BUS_LIST, 4 * viewBuses);
    const viewBranchList = room(layout.BALANCED_VIEW_BRANCH_LIST, 8 * viewBranches);
    const viewNumbers = room(layout.BALANCED_VIEW_NUMBERS, 8 * (2 + viewBranches));
    const viewMagnitudes = room(layout.BALANCED_VIEW_MAGNITUDES, 4 * W * viewBuses * this.blocks);
    const viewResultCount = view ? layout.VIEW_QUANTITIES * W * this.blocks : 0;
    const viewResults = room(layout.BALANCED_VIEW_RESULTS, 8 * viewResultCount);

    const { memory } = arena;
    const { buffer } = memory;
    const fieldView = new Int32Array(buffer, this.layoutOffset, layout.BALANCED_FIELDS);
    for (const [field, value] of fields) fieldView[field] = value;
    new Int32Array(buffer, heldList, heldBuses.length).set(heldBuses.map((bus) => 2 * vector * plan.slotOfBus[bus]));
    new Int32Array(buffer, powerListAt, powerList.length).set(powerList);
    if (!hasOptional) {
      new Int32Array(buffer, forward, programs.forward.length).set(programs.forward);
      new Int32Array(buffer, backward, programs.backward.length).set(programs.backward);
    }
    this.blockPrograms?.attach(buffer);
    new Int32Array(buffer, sharedForward, sharedPrograms.forward.length).set(sharedPrograms.forward);
    new Int32Array(buffer, sharedBackward, sharedPrograms.backward.length).set(sharedPrograms.backward);
    if (view) {
      new Int32Array(buffer, viewBusList, viewBuses).set(view.slots.map((slot) => 2 * vector * slot));
      new Int32Array(buffer, viewBranchList, 2 * viewBranches).set(view.branches.map((slot) => 2 * vector * slot));
      new Float64Array(buffer, viewNumbers, 2 + viewBranches).set([view.bandPu[0] ** 2, view.bandPu[1] ** 2, ...view.conductance]);
    }
    this.viewMagnitudes = new Float32Array(buffer, viewMagnitudes, W * viewBuses * this.blocks);
    this.viewResults = new Float64Array(buffer, viewResults, viewResultCount);
    this.sharedLower = new Float64Array(buffer, sharedLower, size.lower);
    this.sharedUpper = new Float64Array(buffer, sharedUpper, size.upper);
    this.base = new Float64Array(buffer, base, 2 * plan.slots);
    this.voltage = new Float64Array(buffer, voltage, 2 * W * plan.slots * this.blocks);
    this.power = new Float64Array(buffer, power, 2 * W * this.injections * this.blocks);
    this.held = new Float64Array(buffer, held, W * heldBuses.length * this.blocks);
    this.chosen = new Float64Array(buffer, chosen, W * this.blocks);
    this.chosenOffset = chosen;
    this.fields = fieldView;
    this.reactive = new Float64Array(buffer, reactive, W * this.maskedRows.length * this.blocks);
    this.mask = new Float64Array(buffer, mask, 2 * W * this.maskedRows.length * this.blocks).fill(1);
    this.admittance = new Float64Array(buffer, admittance, 2 * this.entries);
    this.ownAdmittance = new Float64Array(buffer, ownAdmittance, ownCount);
    this.rowState = new Int32Array(buffer, rowState, stateCount);
    this.status = new Int32Array(buffer, status, W * this.blocks);
    this.iterations = new Int32Array(buffer, iterations, W * this.blocks);
    this.mismatch = new Float64Array(buffer, mismatch, W * this.blocks);
    this.kernels = backend.instantiate(memory);
  }

  /** Place of a slot's real part in {@link voltage}; the imaginary part stands W further. */
  voltageAt(slot: number, scenario: number): number {
    return (Math.floor(scenario / this.lanes) * this.plan.slots + slot) * 2 * this.lanes + (scenario % this.lanes);
  }

  /** Place of an injection's active power in {@link power}; the reactive power stands W further. */
  powerAt(injection: number, scenario: number): number {
    return (Math.floor(scenario / this.lanes) * this.injections + injection) * 2 * this.lanes + (scenario % this.lanes);
  }

  /** Place of a held magnitude in {@link held}. */
  heldAt(index: number, scenario: number): number {
    return (Math.floor(scenario / this.lanes) * this.heldBuses.length + index) * this.lanes + (scenario % this.lanes);
  }

  mismatchOf(scenario: number): number {
    return this.mismatch[scenario];
  }

  readVoltage(slot: number, scenario: number, into: Float64Array, at: number): void {
    const from = this.voltageAt(slot, scenario);
    into[at] = this.voltage[from];
    into[at + 1] = this.voltage[from + this.lanes];
  }

  magnitudeOf(slot: number, scenario: number): number {
    const at = this.voltageAt(slot, scenario);
    return Math.hypot(this.voltage[at], this.voltage[at + this.lanes]);
  }

  angleOf(slot: number, scenario: number): number {
    const at = this.voltageAt(slot, scenario);
    return Math.atan2(this.voltage[at + this.lanes], this.voltage[at]);
  }

  /** Place of an entry's conductance in {@link ownAdmittance}; the susceptance stands W further. */
  admittanceAt(entry: number, scenario: number): number {
    return (Math.floor(scenario / this.lanes) * this.entries + entry) * 2 * this.lanes + (scenario % this.lanes);
  }

  /** Place of a masked row's first mask in {@link mask} (whether its active power is balanced); the second (whether its magnitude is sought) stands W further. */
  maskAt(index: number, scenario: number): number {
    return (Math.floor(scenario / this.lanes) * this.maskedRows.length + index) * 2 * this.lanes + (scenario % this.lanes);
  }

  /** Place of a masked row's number in {@link reactive}. */
  reactiveAt(index: number, scenario: number): number {
    return (Math.floor(scenario / this.lanes) * this.maskedRows.length + index) * this.lanes + (scenario % this.lanes);
  }

  /** Writes the admittances of all lanes, [place in the problem's pattern]. */
  setAdmittances(re: Float64Array, im: Float64Array): void {
    this.plan.admittancePlace.forEach((place, entry) => {
      this.admittance[2 * entry] = re[place];
      this.admittance[2 * entry + 1] = im[place];
    });
  }

  /**
   * Factors the Jacobian at the base voltages for steps with a shared factor. Only where admittances are shared.
   *
   * @returns whether it could be inverted; without, no such steps can be asked for
   */
  factorBase(): boolean {
    if (this.ownAdmittances) return false;
    const factor = factorJacobian(this.plan, this.base, this.admittance);
    this.hasFactor = typeof factor !== 'number';
    if (typeof factor === 'number') return false;
    this.sharedLower.set(factor.lower);
    this.sharedUpper.set(factor.upper);
    return true;
  }

  /**
   * Solves all scenarios, or some.
   *
   * @param sharedLimit most steps with the shared factor; 0 for none
   * @param limit most steps of Newton's method
   * @param only scenarios to solve; the others keep all that they have, and these add to their iterations. Default: all
   * @returns the number of lanes (those behind the last scenario counted too) that have not converged
   */
  solve(tolerancePu: number, sharedLimit: number, limit: number, isWarm: boolean, only?: Iterable<number>): number {
    if (sharedLimit > 0 && !this.hasFactor) throw new Error('there is no shared factor');
    this.fields[layout.BALANCED_CHOSEN] = only ? this.chosenOffset : 0;
    if (only) {
      this.chosen.fill(0);
      for (const scenario of only) this.chosen[scenario] = 1;
    }
    return this.kernels.solveBalanced(this.layoutOffset, tolerancePu, sharedLimit, limit, Number(isWarm));
  }

  /** Looks at all scenarios, solved or not; where a view was asked for. */
  look(): void {
    if (this.viewResults.length === 0) throw new Error('this session has no view');
    this.kernels.viewBalanced(this.layoutOffset);
  }

  /** Solves by Newton's method the lanes marked in {@link chosen}, from the voltages that they have; the others keep all that they have. Returns as {@link solve}. */
  solveChosen(tolerancePu: number, limit: number): number {
    this.fields[layout.BALANCED_CHOSEN] = this.chosenOffset;
    return this.kernels.solveBalanced(this.layoutOffset, tolerancePu, 0, limit, 1);
  }

  /**
   * Moves what scenarios have of their own, but for admittances and masks, to other lanes.
   *
   * @param to the place that each place's scenario moves to
   * @param isWarm whether voltages move too
   */
  moveLanes(to: Int32Array, isWarm: boolean): void {
    const { lanes, plan } = this;
    const moving = Array.from(to.keys()).filter((place) => to[place] !== place);
    const move = (numbers: Float64Array | Int32Array, columns: number): void => {
      const at = (place: number): number => Math.floor(place / lanes) * columns * lanes + (place % lanes);
      const kept = new Float64Array(columns * moving.length);
      moving.forEach((place, k) => {
        for (let column = 0, from = at(place); column < columns; column++, from += lanes) kept[k * columns + column] = numbers[from];
      });
      moving.forEach((place, k) => {
        for (let column = 0, into = at(to[place]); column < columns; column++, into += lanes) numbers[into] = kept[k * columns + column];
      });
    };
    move(this.power, 2 * this.injections);
    move(this.held, this.heldBuses.length);
    if (isWarm) move(this.voltage, 2 * plan.slots);
    for (const results of [this.status, this.iterations, this.mismatch]) move(results, 1);
  }

  /** Makes solutions go over the first blocks only. */
  useBlocks(blocks: number): void {
    this.fields[layout.BALANCED_BLOCKS] = blocks;
  }

  /** Puts one scenario back to the base voltages. */
  resetVoltages(scenario: number): void {
    for (let slot = 0; slot < this.plan.slots; slot++) {
      const at = this.voltageAt(slot, scenario);
      this.voltage[at] = this.base[2 * slot];
      this.voltage[at + this.lanes] = this.base[2 * slot + 1];
    }
  }
}
