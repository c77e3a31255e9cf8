/**
 * Batches of DC power flows in kernel memory: S scenarios, W to a block, lanes innermost. The matrix is factored once for all of them; each has a forward and a back
 * substitution. Slots, not buses, index angles (see decoupled-plan.ts); units are per unit and radian.
 */
import type { KernelExports } from '../kernels.js';
import { dcConstants, dcMatrix, dcSusceptances } from './dc.js';
import { planActive, writeDc } from './decoupled-plan.js';
import { type DecoupledSettings, factorOrThrow } from './decoupled-session.js';
import * as layout from './lane-layout.js';
import { LaneMemory } from './lane-memory.js';
import type { LanePlan } from './lane-plan.js';
import { type BalancedNetwork, BUS_SLACK } from './network.js';
import type { ScenarioSession } from './scenario-session.js';

/** Memory, kernels and views. */
export class DcSession implements ScenarioSession {
  readonly plan: LanePlan;
  readonly scenarios: number;
  readonly lanes: number;
  readonly blocks: number;
  readonly injections: number;
  readonly heldBuses: Int32Array;
  /** [block][slot][W] */
  readonly angle: Float64Array;
  readonly power: Float64Array;
  /** Magnitudes that are held by other methods; no number here depends on them. */
  readonly held: Float64Array;
  readonly status: Int32Array;
  readonly iterations: Int32Array;
  private readonly network: BalancedNetwork;
  private readonly susceptance: Float64Array;
  private readonly constant: Float64Array;
  private readonly injectionBus: Int32Array;
  private readonly kernels: KernelExports;
  private readonly layoutOffset: number;

  /** Throws {@link GridError} where the matrix is singular, InputError for a branch without reactance. */
  constructor({ network, scenarios, backend, injectionBus, heldBuses }: DecoupledSettings) {
    const W = backend.balancedLanes ?? backend.lanes;
    const vector = 8 * W;
    const plan = planActive(network);
    const { rows, slots } = plan;
    this.network = network;
    this.plan = plan;
    this.scenarios = scenarios;
    this.lanes = W;
    this.blocks = Math.ceil(scenarios / W);
    this.injections = injectionBus.length;
    this.injectionBus = injectionBus;
    this.heldBuses = heldBuses;
    this.held = new Float64Array(W * heldBuses.length * this.blocks);
    this.susceptance = dcSusceptances(network);
    this.constant = dcConstants(network);
    const programs = writeDc(plan, injectionBus, W);
    const factor = factorOrThrow(network, plan, dcMatrix(network, this.susceptance), 'the matrix of the DC power flow');

    const memory = new LaneMemory();
    this.layoutOffset = memory.layoutOffset;
    memory.count(layout.BALANCED_BLOCKS, this.blocks);
    memory.count(layout.BALANCED_ROWS, rows);
    memory.count(layout.BALANCED_SLOTS, slots);
    memory.array(layout.BALANCED_SHARED_FORWARD, programs.forward);
    memory.array(layout.BALANCED_SHARED_BACKWARD, programs.backward);
    memory.array(layout.BALANCED_SHARED_LOWER, factor.lower);
    memory.array(layout.BALANCED_SHARED_UPPER, factor.upper);
    memory.array(
      layout.BALANCED_CONSTANT,
      Float64Array.from(plan.busOfSlot.subarray(0, rows), (bus) => this.constant[bus]),
    );
    memory.room(layout.BALANCED_SCRATCH, 320);
    memory.room(layout.BALANCED_STATUS, 4 * W * this.blocks);
    memory.room(layout.BALANCED_ITERATIONS, 4 * W * this.blocks);
    memory.count(layout.BALANCED_ANGLE_STRIDE, vector * slots);
    memory.count(layout.BALANCED_POWER_STRIDE, 2 * vector * this.injections);
    memory.room(layout.BALANCED_ANGLE, vector * slots * this.blocks);
    memory.room(layout.BALANCED_POWER, 2 * vector * this.injections * this.blocks);
    this.kernels = memory.close(backend);
    this.angle = memory.doubles(layout.BALANCED_ANGLE, W * slots * this.blocks);
    this.power = memory.doubles(layout.BALANCED_POWER, 2 * W * this.injections * this.blocks);
    this.status = memory.integers(layout.BALANCED_STATUS, W * this.blocks);
    this.iterations = memory.integers(layout.BALANCED_ITERATIONS, W * this.blocks);
    for (let slot = rows; slot < slots; slot++) {
      for (let scenario = 0; scenario < W * this.blocks; scenario++)
        this.angle[this.angleAt(slot, scenario)] = network.voltageAngle[plan.busOfSlot[slot]];
    }
  }

  powerAt(injection: number, scenario: number): number {
    return (Math.floor(scenario / this.lanes) * this.injections + injection) * 2 * this.lanes + (scenario % this.lanes);
  }

  heldAt(index: number, scenario: number): number {
    return (Math.floor(scenario / this.lanes) * this.heldBuses.length + index) * this.lanes + (scenario % this.lanes);
  }

  /** Largest active power missing at any bus, from the angles and branch by branch; Infinity where one is not finite. */
  mismatchOf(scenario: number): number {
    const { network, plan, susceptance } = this;
    const missing = new Float64Array(network.busCount);
    this.injectionBus.forEach((bus, k) => {
      missing[bus] += this.power[this.powerAt(k, scenario)];
    });
    // Constants have what flows at the angles that are held and 0 elsewhere; the angles found come on top.
    const found = (bus: number): number =>
      network.kind[bus] === BUS_SLACK || plan.slotOfBus[bus] < 0 ? 0 : this.angleOf(plan.slotOfBus[bus], scenario);
    susceptance.forEach((b, k) => {
      if (b === 0) return;
      const flow = b * (found(network.branchFrom[k]) - found(network.branchTo[k]));
      missing[network.branchFrom[k]] -= flow;
      missing[network.branchTo[k]] += flow;
    });
    let largest = 0;
    for (let row = 0; row < plan.rows; row++) {
      const bus = plan.busOfSlot[row];
      const size = Math.abs(missing[bus] + this.constant[bus]);
      // Written so that a NaN counts as infinite.
      if (!(size <= largest)) largest = size < Infinity ? size : Infinity;
    }
    return largest;
  }

  readVoltage(slot: number, scenario: number, into: Float64Array, at: number): void {
    const angle = this.angleOf(slot, scenario);
    into[at] = Math.cos(angle);
    into[at + 1] = Math.sin(angle);
  }

  magnitudeOf(): number {
    return 1;
  }

  angleOf(slot: number, scenario: number): number {
    return this.angle[this.angleAt(slot, scenario)];
  }

  /** Power into a branch at its from end, per unit; 0 where it takes no part. */
  flowOf(branch: number, scenario: number): number {
    const { network, plan, susceptance } = this;
    if (susceptance[branch] === 0) return 0;
    const angle = (bus: number): number => this.angleOf(plan.slotOfBus[bus], scenario);
    const shift = (network.grid.branches[branch].shiftDegrees * Math.PI) / 180;
    return susceptance[branch] * (angle(network.branchFrom[branch]) - angle(network.branchTo[branch]) - shift);
  }

  /** Solves all scenarios; returns the number of lanes (those behind the last scenario counted too) with numbers that are not finite. */
  solve(): number {
    return this.kernels.solveDc(this.layoutOffset);
  }

  private angleAt(slot: number, scenario: number): number {
    return (Math.floor(scenario / this.lanes) * this.plan.slots + slot) * this.lanes + (scenario % this.lanes);
  }
}
