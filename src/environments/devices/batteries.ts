/** Batteries in lanes: an order is a share of full power, carried out as far as power and energy allow (stepBattery); positive discharging. State: energy, power. */
import { type BatteryStep, stepBattery } from '../../profiles/index.js';
import { type DeviceLanes, type DeviceShape, type LaneFrame, readOrders } from './lanes.js';
import type { BatteryDevice } from './records.js';

/** Energy stored, kWh; power delivered in the last step, kW. */
const STORED = 0;
const POWER = 1;

export function batteryShape(_device: BatteryDevice, levels: number): DeviceShape {
  return {
    orders: [{ name: 'power', low: -1, high: 1, neutral: 0, levels }],
    shown: [
      { name: 'charge', low: 0, high: 1 },
      { name: 'power', low: -1, high: 1 },
    ],
    stateLength: 2,
  };
}

function capacityKwh({ battery }: BatteryDevice): number {
  return battery.capacityKwh ?? battery.maximumKwh;
}

/** The battery of a new episode, in the environments listed. */
export function resetBattery({ device, stateAt }: DeviceLanes<BatteryDevice>, frame: LaneFrame): void {
  const { which, count, environments, state } = frame;
  const { battery, initialCharge = 0.5 } = device;
  const stored = Math.min(Math.max(initialCharge * capacityKwh(device), battery.minimumKwh), battery.maximumKwh);
  for (let j = 0; j < count; j++) {
    state[(stateAt + STORED) * environments + which[j]] = stored;
    state[(stateAt + POWER) * environments + which[j]] = 0;
  }
}

const done: BatteryStep = { powerKw: 0, storedKwh: 0, lossKwh: 0 };

/** Moves energy as ordered and writes the power delivered, [lane]. Where nobody acts nothing moves. */
export function actBattery(lanes: DeviceLanes<BatteryDevice>, frame: LaneFrame, kw: Float64Array): void {
  const { which, count, environments, state, hours, throughputKwh, batteryKw } = frame;
  if (!frame.acting) {
    kw.fill(0, 0, count);
    return;
  }
  const { battery } = lanes.device;
  readOrders(lanes, 0, frame, kw);
  const stored = (lanes.stateAt + STORED) * environments;
  const power = (lanes.stateAt + POWER) * environments;
  for (let j = 0; j < count; j++) {
    const e = which[j];
    const share = kw[j];
    stepBattery(battery, state[stored + e], share * (share > 0 ? battery.maxDischargeKw : battery.maxChargeKw), hours, done);
    state[stored + e] = done.storedKwh;
    state[power + e] = done.powerKw;
    kw[j] = done.powerKw;
    batteryKw[j] += done.powerKw;
    throughputKwh[j] += Math.abs(done.powerKw) * hours;
  }
}

/** State of charge and power as a share of full power. */
export function showBattery(
  { device, shownAt, stateAt }: DeviceLanes<BatteryDevice>,
  frame: LaneFrame,
  into: Float32Array,
  width: number,
  from: number,
): void {
  const { which, count, environments, state } = frame;
  const capacity = capacityKwh(device);
  const { maxDischargeKw, maxChargeKw } = device.battery;
  for (let j = 0; j < count; j++) {
    const e = which[j];
    const at = e * width + from + shownAt;
    const power = state[(stateAt + POWER) * environments + e];
    into[at] = state[(stateAt + STORED) * environments + e] / capacity;
    into[at + 1] = power > 0 ? power / maxDischargeKw : power < 0 ? power / maxChargeKw : 0;
  }
}
