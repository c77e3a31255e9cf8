/**
 * Batches of fast decoupled power flows in kernel memory: S scenarios, W to a block, lanes innermost. B' and B'' are factored once for all of them. Slots, not buses,
 * index voltages (see decoupled-plan.ts); units are per unit and radian.
 */
import { GridError } from '../../grid/index.js';
import type { KernelBackend, KernelExports } from '../kernels.js';
import { factorReal, planActive, planReactive, writeHalf } from './decoupled-plan.js';
import { decoupledMatrix } from './fast-decoupled.js';
import * as layout from './lane-layout.js';
import { LaneMemory } from './lane-memory.js';
import type { LanePlan } from './lane-plan.js';
import { type BalancedNetwork, BUS_PQ } from './network.js';
import type { ScenarioSession } from './scenario-session.js';
import type { SharedFactor } from './shared-factor.js';

/** What a session of a decoupled method is made for. */
export interface DecoupledSettings {
  network: BalancedNetwork;
  scenarios: number;
  backend: KernelBackend;
  /** Bus of each injection. */
  injectionBus: Int32Array;
  /** Buses whose held magnitudes differ from lane to lane. */
  heldBuses: Int32Array;
}

/** Factors a matrix, or says at which bus that cannot be. Throws {@link GridError}. */
export function factorOrThrow(network: BalancedNetwork, plan: LanePlan, matrix: Float64Array, name: string): SharedFactor {
  const factor = factorReal(plan, matrix);
  if (typeof factor !== 'number') return factor;
  const { number } = network.grid.buses[plan.busOfSlot[factor]];
  throw new GridError(
    `${name} is singular, or nearly so, at bus ${number}: admittances cancel there; take the method newton, or solveBalanced for one scenario after another`,
  );
}

/** The powers at the rows' buses: for each row how many injections it has, then the byte offset of each one's column. */
function powerListOf(plan: LanePlan, injectionBus: Int32Array, lanes: number): Int32Array {
  const columns: number[][] = Array.from({ length: plan.slots }, () => []);
  injectionBus.forEach((bus, k) => {
    if (plan.slotOfBus[bus] >= 0) columns[plan.slotOfBus[bus]].push(16 * lanes * k);
  });
  return Int32Array.from(columns.slice(0, plan.rows).flatMap((list) => [list.length, ...list]));
}

/** Memory, kernels and views. */
export class DecoupledSession implements ScenarioSession {
  /** The P half's. */
  readonly plan: LanePlan;
  readonly scenarios: number;
  readonly lanes: number;
  readonly blocks: number;
  readonly injections: number;
  readonly heldBuses: Int32Array;
  /** [block][slot][re, im][W] */
  readonly voltage: Float64Array;
  readonly power: Float64Array;
  readonly held: Float64Array;
  /** Voltages to start from, [slot][re, im]. */
  readonly base: Float64Array;
  readonly status: Int32Array;
  readonly iterations: Int32Array;
  private readonly mismatch: Float64Array;
  private readonly kernels: KernelExports;
  private readonly layoutOffset: number;

  /** Throws {@link GridError} where B' or B'' is singular, InputError for a branch that has no impedance left without its resistance. */
  constructor({ network, scenarios, backend, injectionBus, heldBuses }: DecoupledSettings, scheme: 'xb' | 'bx') {
    const W = backend.balancedLanes ?? backend.lanes;
    const vector = 8 * W;
    const active = planActive(network);
    const reactive = planReactive(network);
    const { rows, slots } = active;
    this.plan = active;
    this.scenarios = scenarios;
    this.lanes = W;
    this.blocks = Math.ceil(scenarios / W);
    this.injections = injectionBus.length;
    this.heldBuses = heldBuses;
    const isPq = network.kind.map((kind) => Number(kind === BUS_PQ));
    const [first, second] = [writeHalf(active, active, isPq, W), writeHalf(reactive, active, isPq, W)];
    const ofAngles = factorOrThrow(network, active, decoupledMatrix(network, scheme, 'active'), "B'");
    const ofMagnitudes = factorOrThrow(network, reactive, decoupledMatrix(network, scheme, 'reactive'), "B''");
    const admittances = (places: Int32Array): Float64Array => {
      const { re, im } = network.admittance;
      return Float64Array.from({ length: 2 * places.length }, (_, k) => (k % 2 === 0 ? re : im)[places[k >> 1]]);
    };

    const memory = new LaneMemory();
    this.layoutOffset = memory.layoutOffset;
    memory.count(layout.BALANCED_BLOCKS, this.blocks);
    memory.count(layout.BALANCED_ROWS, rows);
    memory.count(layout.BALANCED_SLOTS, slots);
    memory.count(layout.BALANCED_Q_ROWS, reactive.rows);
    memory.count(layout.BALANCED_HELD_COUNT, heldBuses.length);
    memory.room(layout.BALANCED_BASE, 16 * slots);
    memory.array(
      layout.BALANCED_HELD_LIST,
      heldBuses.map((bus) => 2 * vector * active.slotOfBus[bus]),
    );
    memory.array(layout.BALANCED_POWER_LIST, powerListOf(active, injectionBus, W));
    memory.array(layout.BALANCED_SHARED_FORWARD, first.forward);
    memory.array(layout.BALANCED_SHARED_BACKWARD, first.backward);
    memory.array(layout.BALANCED_SHARED_LOWER, ofAngles.lower);
    memory.array(layout.BALANCED_SHARED_UPPER, ofAngles.upper);
    memory.array(layout.BALANCED_ADMITTANCE, admittances(first.admittancePlace));
    memory.array(layout.BALANCED_Q_FORWARD, second.forward);
    memory.array(layout.BALANCED_Q_BACKWARD, second.backward);
    memory.array(layout.BALANCED_Q_LOWER, ofMagnitudes.lower);
    memory.array(layout.BALANCED_Q_UPPER, ofMagnitudes.upper);
    memory.array(layout.BALANCED_Q_ADMITTANCE, admittances(second.admittancePlace));
    memory.room(layout.BALANCED_SCHEDULED, 2 * vector * rows);
    memory.room(layout.BALANCED_RIGHT, vector * rows);
    memory.room(layout.BALANCED_INVERSE, vector * rows);
    memory.room(layout.BALANCED_SCRATCH, 320);
    memory.room(layout.BALANCED_STATUS, 4 * W * this.blocks);
    memory.room(layout.BALANCED_ITERATIONS, 4 * W * this.blocks);
    memory.room(layout.BALANCED_MISMATCH, 8 * W * this.blocks);
    memory.room(layout.BALANCED_HELD, vector * heldBuses.length * this.blocks);
    memory.count(layout.BALANCED_VOLTAGE_STRIDE, 2 * vector * slots);
    memory.count(layout.BALANCED_POWER_STRIDE, 2 * vector * this.injections);
    memory.room(layout.BALANCED_VOLTAGE, 2 * vector * slots * this.blocks);
    memory.room(layout.BALANCED_POWER, 2 * vector * this.injections * this.blocks);
    this.kernels = memory.close(backend);
    this.base = memory.doubles(layout.BALANCED_BASE, 2 * slots);
    this.held = memory.doubles(layout.BALANCED_HELD, W * heldBuses.length * this.blocks);
    this.voltage = memory.doubles(layout.BALANCED_VOLTAGE, 2 * W * slots * this.blocks);
    this.power = memory.doubles(layout.BALANCED_POWER, 2 * W * this.injections * this.blocks);
    this.status = memory.integers(layout.BALANCED_STATUS, W * this.blocks);
    this.iterations = memory.integers(layout.BALANCED_ITERATIONS, W * this.blocks);
    this.mismatch = memory.doubles(layout.BALANCED_MISMATCH, W * this.blocks);
  }

  powerAt(injection: number, scenario: number): number {
    return (Math.floor(scenario / this.lanes) * this.injections + injection) * 2 * this.lanes + (scenario % this.lanes);
  }

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

  /**
   * Solves all scenarios.
   *
   * @param limit most iterations, each of two half steps
   * @param isWarm from the voltages that stand; else from {@link base}
   * @returns the number of lanes (those behind the last scenario counted too) that did not converge
   */
  solve(tolerancePu: number, limit: number, isWarm: boolean): number {
    return this.kernels.solveDecoupled(this.layoutOffset, tolerancePu, limit, Number(isWarm));
  }

  private voltageAt(slot: number, scenario: number): number {
    return (Math.floor(scenario / this.lanes) * this.plan.slots + slot) * 2 * this.lanes + (scenario % this.lanes);
  }
}
