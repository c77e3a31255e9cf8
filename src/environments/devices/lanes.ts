/**
 * Devices in lanes: where each device's orders, observations and state stand, as tables made once, so that the functions of the kinds are plain loops over environments.
 *
 * An entry of the action is an order between two bounds. As a number it is the order itself; as a choice of n levels it is low + level (high - low) / (n - 1). Entries of
 * capacitors and taps are whole numbers either way.
 */
import type { Device } from './records.js';

/** One number that a device takes. */
export interface OrderEntry {
  readonly name: string;
  readonly low: number;
  readonly high: number;
  /** The order that leaves things as they would be without an agent. */
  readonly neutral: number;
  /** Choices where it is a whole number from 0 on whatever the variant; absent for numbers between bounds. */
  readonly choices?: number;
  /** Levels in the discrete variant. */
  readonly levels: number;
}

/** One number that a device shows. */
export interface ShownEntry {
  readonly name: string;
  readonly low: number;
  readonly high: number;
}

/** What a kind of device is to lanes. */
export interface DeviceShape {
  readonly orders: readonly OrderEntry[];
  readonly shown: readonly ShownEntry[];
  /** Numbers of state an environment. */
  readonly stateLength: number;
}

/** A device with its places in the tables of a task. */
export interface DeviceLanes<D extends Device = Device> {
  readonly device: D;
  readonly shape: DeviceShape;
  /** [order]: its place in a row of actions. */
  readonly orderAt: readonly number[];
  /** [order]: the order is offset + scale x the number in the row. */
  readonly orderOffset: Float64Array;
  readonly orderScale: Float64Array;
  /** First of its numbers among those shown by devices. */
  readonly shownAt: number;
  /** First of its numbers of state. */
  readonly stateAt: number;
}

/** What all devices of a slice share. Columns are lanes: lane j is environment `which[j]`. */
export interface LaneFrame {
  which: Int32Array;
  count: number;
  readonly environments: number;
  /** [environment][action]. */
  readonly actions: Float64Array;
  readonly actionLength: number;
  /** [number of state][environment]. */
  readonly state: Float64Array;
  /** Length of a step. */
  readonly hours: number;
  /** Whether orders count; at resets everything is neutral. */
  acting: boolean;
  /** [lane]: power of PV as a share of rated power; factor of loads. */
  readonly sun: Float64Array;
  /** Sums over devices, [lane]: kWh through the terminals of batteries, kWh of PV not taken, kWh of load not served, steps switched. */
  readonly throughputKwh: Float64Array;
  readonly curtailedKwh: Float64Array;
  readonly unservedKwh: Float64Array;
  readonly switching: Float64Array;
  /** Sums over devices, [lane], kW: delivered by batteries, delivered by PV, what PV could have delivered. */
  readonly batteryKw: Float64Array;
  readonly pvKw: Float64Array;
  readonly pvAvailableKw: Float64Array;
}

/** A frame for a slice. */
export function laneFrame(environments: number, actions: Float64Array, actionLength: number, stateLength: number, hours: number): LaneFrame {
  const column = (): Float64Array => new Float64Array(environments);
  return {
    which: new Int32Array(environments),
    count: 0,
    environments,
    actions,
    actionLength,
    state: new Float64Array(stateLength * environments),
    hours,
    acting: false,
    sun: column(),
    throughputKwh: column(),
    curtailedKwh: column(),
    unservedKwh: column(),
    switching: column(),
    batteryKw: column(),
    pvKw: column(),
    pvAvailableKw: column(),
  };
}

/** Sets the sums to 0. */
export function clearSums(frame: LaneFrame): void {
  const { count } = frame;
  frame.throughputKwh.fill(0, 0, count);
  frame.curtailedKwh.fill(0, 0, count);
  frame.unservedKwh.fill(0, 0, count);
  frame.switching.fill(0, 0, count);
  frame.batteryKw.fill(0, 0, count);
  frame.pvKw.fill(0, 0, count);
  frame.pvAvailableKw.fill(0, 0, count);
}

/** Writes one order of a device for all lanes; the neutral one where nobody acts. */
export function readOrders(lanes: DeviceLanes, order: number, frame: LaneFrame, into: Float64Array): void {
  const { which, count, actions, actionLength } = frame;
  if (!frame.acting) {
    into.fill(lanes.shape.orders[order].neutral, 0, count);
    return;
  }
  const at = lanes.orderAt[order];
  const offset = lanes.orderOffset[order];
  const scale = lanes.orderScale[order];
  const { low, high } = lanes.shape.orders[order];
  for (let j = 0; j < count; j++) {
    // Bounds rounded to single precision pass as actions.
    const value = offset + scale * actions[which[j] * actionLength + at];
    into[j] = value < low ? low : value > high ? high : value;
  }
}
