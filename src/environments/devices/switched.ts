/** Capacitors and transformer taps in lanes: an order is a number of closed steps, or a tap number counted from the lowest. State: that number. */
import { type Grid, GridError } from '../../grid/index.js';
import { type DeviceLanes, type DeviceShape, type LaneFrame, readOrders } from './lanes.js';
import type { SwitchedCapacitorDevice, TapDevice } from './records.js';

/** What a number of closed steps or a tap number stands for. */
export interface SwitchedRange {
  /** Positions, 0 to count - 1. */
  readonly count: number;
  readonly initial: number;
  /** Tap per unit of position 0, and of one position; 0 and 1 for capacitors. */
  readonly lowest: number;
  readonly step: number;
}

/** Throws GridError where a device's start is no position that it has. */
function withInitial(range: SwitchedRange, device: SwitchedCapacitorDevice | TapDevice): SwitchedRange {
  const { initial = range.initial } = device;
  if (initial >= range.count) throw new GridError(`${device.kind}.${device.name}: initial is ${initial}; positions are 0 to ${range.count - 1}`);
  return { ...range, initial };
}

/** Positions of a capacitor of the grid. */
export function capacitorRange(grid: Grid, device: SwitchedCapacitorDevice): SwitchedRange {
  const { steps } = grid.require('capacitor', device.name);
  return withInitial({ count: steps.length + 1, initial: steps.filter(({ closed }) => closed).length, lowest: 0, step: 1 }, device);
}

/** Positions of a transformer's tap: of the winding that is off neutral, else of the last (the one that a batch moves). */
export function tapRange(grid: Grid, device: TapDevice): SwitchedRange {
  const { windings } = grid.require('transformer', device.name);
  const { minTapPu, maxTapPu, tapSteps, tapPu } = windings.find((winding) => winding.tapPu !== 1) ?? windings[windings.length - 1];
  const step = (maxTapPu - minTapPu) / tapSteps;
  return withInitial({ count: tapSteps + 1, initial: Math.round((tapPu - minTapPu) / step), lowest: minTapPu, step }, device);
}

export function switchedShape({ kind }: SwitchedCapacitorDevice | TapDevice, { count, initial, lowest, step }: SwitchedRange): DeviceShape {
  const isTap = kind === 'tap';
  return {
    orders: [{ name: isTap ? 'position' : 'closed', low: 0, high: count - 1, neutral: initial, choices: count, levels: count }],
    shown: [{ name: isTap ? 'tapPu' : 'closed', low: isTap ? Math.min(0, lowest) : 0, high: isTap ? lowest + (count - 1) * step : count - 1 }],
    stateLength: 1,
  };
}

export function resetSwitched({ stateAt, shape }: DeviceLanes, { which, count, environments, state }: LaneFrame): void {
  for (let j = 0; j < count; j++) state[stateAt * environments + which[j]] = shape.orders[0].neutral;
}

/** Moves to the positions ordered and writes what they stand for, [lane]: steps closed, or taps per unit. */
export function actSwitched(lanes: DeviceLanes, range: SwitchedRange, frame: LaneFrame, into: Float64Array): void {
  const { which, count, environments, state, switching } = frame;
  readOrders(lanes, 0, frame, into);
  const at = lanes.stateAt * environments;
  for (let j = 0; j < count; j++) {
    const e = which[j];
    switching[j] += Math.abs(into[j] - state[at + e]);
    state[at + e] = into[j];
    into[j] = range.lowest + into[j] * range.step;
  }
}

/** Steps closed, or the tap per unit. */
export function showSwitched(lanes: DeviceLanes, range: SwitchedRange, frame: LaneFrame, into: Float32Array, width: number, from: number): void {
  const { which, count, environments, state } = frame;
  for (let j = 0; j < count; j++) {
    const e = which[j];
    into[e * width + from + lanes.shownAt] = range.lowest + state[lanes.stateAt * environments + e] * range.step;
  }
}
