/**
 * Loads that give way, in lanes. With demand D of the step, what is dropped is c x curtailShare x D, c from 0 to 1. An order s above 0 puts off s x shiftShare x D, to be made up within
 * `shiftSteps` steps; below 0 it makes up -s x shiftShare x rated power of what was put off, oldest first. What is due is made up in any case.
 *
 * State: what is due in the next step, the one after, and so on, kW for one step.
 */
import { type DeviceLanes, type DeviceShape, type LaneFrame, readOrders } from './lanes.js';
import type { FlexibleLoadDevice } from './records.js';

export function flexibleLoadShape({ curtailShare = 0, shiftShare = 0, shiftSteps = 4 }: FlexibleLoadDevice, levels: number): DeviceShape {
  const canShift = shiftShare > 0;
  return {
    orders: [
      ...(curtailShare > 0 ? [{ name: 'curtail', low: 0, high: 1, neutral: 0, levels }] : []),
      ...(canShift ? [{ name: 'shift', low: -1, high: 1, neutral: 0, levels }] : []),
    ],
    shown: canShift
      ? [
          { name: 'putOff', low: 0, high: Number.POSITIVE_INFINITY },
          { name: 'due', low: 0, high: Number.POSITIVE_INFINITY },
        ]
      : [],
    stateLength: canShift ? shiftSteps : 0,
  };
}

export function resetFlexibleLoad({ stateAt, shape }: DeviceLanes, { which, count, environments, state }: LaneFrame): void {
  for (let k = 0; k < shape.stateLength; k++) for (let j = 0; j < count; j++) state[(stateAt + k) * environments + which[j]] = 0;
}

/** Takes up to `most` of what is put off, oldest first. Returns how much. */
function makeUp(state: Float64Array, first: number, slots: number, environments: number, most: number): number {
  let left = most;
  for (let k = 0; k < slots && left > 0; k++) {
    const at = first + k * environments;
    const taken = Math.min(left, state[at]);
    state[at] -= taken;
    left -= taken;
  }
  return most - left;
}

/**
 * Turns demand into what is drawn.
 *
 * @param ratedKw the load's power in the grid
 * @param scale [lane]: demand as a multiple of it; receives what is drawn, likewise
 * @param spare a column to work in
 */
export function actFlexibleLoad(
  lanes: DeviceLanes<FlexibleLoadDevice>,
  frame: LaneFrame,
  ratedKw: number,
  scale: Float64Array,
  spare: Float64Array,
): void {
  if (!frame.acting) return;
  const { which, count, environments, state, hours, unservedKwh } = frame;
  const { curtailShare = 0, shiftShare = 0 } = lanes.device;
  const slots = lanes.shape.stateLength;
  if (shiftShare > 0) {
    readOrders(lanes, curtailShare > 0 ? 1 : 0, frame, spare);
    for (let j = 0; j < count; j++) {
      const first = lanes.stateAt * environments + which[j];
      let made = state[first];
      for (let k = 0; k + 1 < slots; k++) state[first + k * environments] = state[first + (k + 1) * environments];
      state[first + (slots - 1) * environments] = 0;
      const demandKw = scale[j] * ratedKw;
      const order = spare[j];
      if (order > 0) {
        const put = order * shiftShare * demandKw;
        state[first + (slots - 1) * environments] = put;
        made -= put;
      } else if (order < 0) made += makeUp(state, first, slots, environments, -order * shiftShare * ratedKw);
      // What curtailment takes its share of stays the demand of the step.
      spare[j] = made;
    }
  } else spare.fill(0, 0, count);
  if (curtailShare > 0) curtail(lanes, frame, ratedKw, scale, unservedKwh, hours);
  if (ratedKw > 0) for (let j = 0; j < count; j++) scale[j] += spare[j] / ratedKw;
}

/** Drops what is ordered of the demand. */
function curtail(
  lanes: DeviceLanes<FlexibleLoadDevice>,
  frame: LaneFrame,
  ratedKw: number,
  scale: Float64Array,
  unservedKwh: Float64Array,
  hours: number,
): void {
  const { which, count, actions, actionLength } = frame;
  const { curtailShare = 0 } = lanes.device;
  const at = lanes.orderAt[0];
  for (let j = 0; j < count; j++) {
    const order = Math.min(Math.max(lanes.orderOffset[0] + lanes.orderScale[0] * actions[which[j] * actionLength + at], 0), 1);
    const dropped = order * curtailShare * scale[j];
    unservedKwh[j] += dropped * ratedKw * hours;
    scale[j] -= dropped;
  }
}

/** Adds what is still put off to the load not served, for the lanes whose episode ends. */
export function closeFlexibleLoad(lanes: DeviceLanes<FlexibleLoadDevice>, frame: LaneFrame, lane: number): void {
  const { which, environments, state, hours, unservedKwh } = frame;
  for (let k = 0; k < lanes.shape.stateLength; k++) unservedKwh[lane] += state[(lanes.stateAt + k) * environments + which[lane]] * hours;
}

/** What is put off, and what of it is due in the next step, as multiples of rated power. */
export function showFlexibleLoad(lanes: DeviceLanes, frame: LaneFrame, ratedKw: number, into: Float32Array, width: number, from: number): void {
  const slots = lanes.shape.stateLength;
  if (slots === 0) return;
  const { which, count, environments, state } = frame;
  const perKw = ratedKw > 0 ? 1 / ratedKw : 0;
  for (let j = 0; j < count; j++) {
    const e = which[j];
    let sum = 0;
    for (let k = 0; k < slots; k++) sum += state[(lanes.stateAt + k) * environments + e];
    const at = e * width + from + lanes.shownAt;
    into[at] = sum * perKw;
    into[at + 1] = state[lanes.stateAt * environments + e] * perKw;
  }
}
