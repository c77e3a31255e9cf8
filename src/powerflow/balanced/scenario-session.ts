/** What a batch of balanced power flows writes to and reads from the session that solves it, by whatever method. */
import type { LanePlan } from './lane-plan.js';

/** S scenarios, W to a block, lanes innermost; the last block has lanes behind the last scenario. Per unit and radian. */
export interface ScenarioSession {
  readonly plan: Pick<LanePlan, 'slotOfBus' | 'busOfSlot' | 'rows' | 'slots'>;
  readonly scenarios: number;
  /** W. */
  readonly lanes: number;
  readonly blocks: number;
  readonly injections: number;
  /** Buses whose held magnitudes differ from lane to lane. */
  readonly heldBuses: Int32Array;
  /** [block][injection][P, Q][W], injected. */
  readonly power: Float64Array;
  /** [block][held][W] */
  readonly held: Float64Array;
  /** [block][W]; STATUS_* of kernel-layout.ts. */
  readonly status: Int32Array;
  readonly iterations: Int32Array;
  /** Place of an injection's active power in {@link power}; the reactive power stands W further. */
  powerAt(injection: number, scenario: number): number;
  /** Place of a held magnitude in {@link held}. */
  heldAt(index: number, scenario: number): number;
  /** Largest mismatch of a scenario. */
  mismatchOf(scenario: number): number;
  /** Writes the voltage at a slot of the plan to `into[at]` (real part) and `into[at + 1]`. */
  readVoltage(slot: number, scenario: number, into: Float64Array, at: number): void;
  /** Magnitude and angle of the voltage at a slot. */
  magnitudeOf(slot: number, scenario: number): number;
  angleOf(slot: number, scenario: number): number;
}
