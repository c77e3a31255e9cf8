/**
 * PV inverters in lanes. Available power A is rated power x the profile's sun, at most the kVA. By order: P = u A, Q = w sqrt(S^2 - P^2). By IEEE 1547-2018: reactive power has
 * priority, P = min(u A, volt-watt limit, sqrt(S^2 - Q^2)), Q = S x curve, of the voltage (volt-var) or of P / rated power (watt-var). Q positive is injected.
 *
 * What depends on the voltage is a fixed point of the power flow: local-control.ts. State: P and Q of the last step.
 */
import {
  activeWithinApparent,
  heldCurveValueAt,
  IEEE1547_VOLT_VAR,
  IEEE1547_WATT_VAR,
  ieee1547VoltWatt,
  reactiveWithinApparent,
} from '../../grid/index.js';
import { type DeviceLanes, type DeviceShape, type LaneFrame, readOrders } from './lanes.js';
import type { PvDevice } from './records.js';

const POWER = 0;
const REACTIVE = 1;

const VOLT_WATT = ieee1547VoltWatt();

export function inverterShape({ active = 'agent', reactive = 'agent' }: PvDevice, levels: { active: number; reactive: number }): DeviceShape {
  return {
    orders: [
      ...(active === 'agent' ? [{ name: 'active', low: 0, high: 1, neutral: 1, levels: levels.active }] : []),
      ...(reactive === 'agent' ? [{ name: 'reactive', low: -1, high: 1, neutral: 0, levels: levels.reactive }] : []),
    ],
    shown: [
      { name: 'power', low: 0, high: Number.POSITIVE_INFINITY },
      { name: 'reactive', low: -1, high: 1 },
    ],
    stateLength: 2,
  };
}

/** Columns of one inverter, [lane]. */
export interface InverterColumns {
  /** What it delivers. */
  readonly kw: Float64Array;
  readonly kvar: Float64Array;
  /** Active power that is wanted before limits by voltage and reactive power. */
  readonly wantedKw: Float64Array;
  /** The order of reactive power, -1 to 1; 0 where nobody gives one. */
  readonly share: Float64Array;
}

export function inverterColumns(environments: number): InverterColumns {
  const column = (): Float64Array => new Float64Array(environments);
  return { kw: column(), kvar: column(), wantedKw: column(), share: column() };
}

/** Whether what an inverter does depends on the voltage at its terminals. */
export function followsVoltage({ reactive, voltWatt = false }: PvDevice): boolean {
  return reactive === 'volt-var' || voltWatt;
}

/** What an inverter delivers at a voltage, kW and kvar in `into`. */
export function inverterPowers(device: PvDevice, voltagePu: number, wantedKw: number, share: number, into: Float64Array): void {
  const { ratedKw, kva, reactive = 'agent', voltWatt = false, category = 'B' } = device;
  const limited = voltWatt ? Math.min(wantedKw, heldCurveValueAt(VOLT_WATT, voltagePu) * ratedKw) : wantedKw;
  let kw = Math.min(limited, kva);
  let kvar = 0;
  if (reactive === 'agent') kvar = share === 0 ? 0 : share * Math.sqrt(Math.max(0, kva * kva - kw * kw));
  else if (reactive === 'volt-var') kvar = kva * heldCurveValueAt(IEEE1547_VOLT_VAR[category], voltagePu);
  else if (reactive === 'watt-var') kvar = kva * heldCurveValueAt(IEEE1547_WATT_VAR[category], kw / ratedKw);
  if (reactive === 'volt-var' || reactive === 'watt-var') kw = activeWithinApparent(kw, kvar, kva);
  else kvar = reactiveWithinApparent(kvar, kw, kva);
  into[0] = kw;
  into[1] = kvar;
}

const powers = new Float64Array(2);

/** Reads orders and writes what each inverter delivers where nothing depends on the voltage; for the others, what it delivers at 1 pu, to start from. */
export function actInverter(lanes: DeviceLanes<PvDevice>, columns: InverterColumns, frame: LaneFrame): void {
  const { device } = lanes;
  const { count, sun } = frame;
  const { kw, kvar, wantedKw, share } = columns;
  const { active = 'agent', reactive = 'agent' } = device;
  let order = 0;
  if (active === 'agent') readOrders(lanes, order++, frame, wantedKw);
  else wantedKw.fill(1, 0, count);
  if (reactive === 'agent') readOrders(lanes, order, frame, share);
  else share.fill(0, 0, count);
  for (let j = 0; j < count; j++) {
    wantedKw[j] *= Math.min(sun[j] * device.ratedKw, device.kva);
    inverterPowers(device, 1, wantedKw[j], share[j], powers);
    kw[j] = powers[0];
    kvar[j] = powers[1];
  }
}

/** Keeps what was delivered, when the power flow is settled. */
export function closeInverter({ device, stateAt }: DeviceLanes<PvDevice>, { kw, kvar }: InverterColumns, frame: LaneFrame): void {
  const { which, count, environments, state, sun, hours, pvKw, pvAvailableKw, curtailedKwh } = frame;
  const power = (stateAt + POWER) * environments;
  const reactive = (stateAt + REACTIVE) * environments;
  for (let j = 0; j < count; j++) {
    const e = which[j];
    const available = Math.min(sun[j] * device.ratedKw, device.kva);
    state[power + e] = kw[j];
    // Without negative zeros, which JSON does not have.
    state[reactive + e] = kvar[j] + 0;
    pvKw[j] += kw[j];
    pvAvailableKw[j] += available;
    curtailedKwh[j] += (available - kw[j]) * hours;
  }
}

/** P as a share of rated power, Q as a share of the apparent power. */
export function showInverter(
  { device, shownAt, stateAt }: DeviceLanes<PvDevice>,
  frame: LaneFrame,
  into: Float32Array,
  width: number,
  from: number,
): void {
  const { which, count, environments, state } = frame;
  for (let j = 0; j < count; j++) {
    const e = which[j];
    const at = e * width + from + shownAt;
    into[at] = state[(stateAt + POWER) * environments + e] / device.ratedKw;
    into[at + 1] = state[(stateAt + REACTIVE) * environments + e] / device.kva;
  }
}
