/**
 * What an inverter does of its own under IEEE 1547-2018: volt-var, volt-watt, watt-var and frequency droop as functions, reactive capability, limits of apparent power,
 * trips. Pure functions on per-unit numbers, for local control without a control loop; the loop around OpenDSS's InvControl is in src/controls.
 *
 * Voltage in per unit of nominal; reactive power in per unit of nameplate kVA, positive injected; active power in per unit of nameplate kW, positive generated; Hz; s.
 */
import { InputError } from './errors.js';
import { IEEE1547_VOLT_VAR, IEEE1547_WATT_VAR, type Ieee1547Category, ieee1547VoltWatt } from './ieee1547-curves.js';
import type { XyCurve } from './xy-curve.js';

/** A curve's value with its ends held, without the neighbourhoods of {@link curveValueAt}: what the standard asks for. At a step (two points of one x) the later point. */
export function heldCurveValueAt(curve: XyCurve, x: number): number {
  const { x: xs, y: ys } = curve;
  const last = xs.length - 1;
  if (last < 0) return 0;
  if (x >= xs[last]) return ys[last];
  if (x < xs[0]) return ys[0];
  let i = 1;
  while (xs[i] <= x) i++;
  return ys[i - 1] + ((x - xs[i - 1]) / (xs[i] - xs[i - 1])) * (ys[i] - ys[i - 1]);
}

/** Reactive power that the volt-var function asks for. */
export function voltVar(category: Ieee1547Category, voltagePu: number): number {
  return heldCurveValueAt(IEEE1547_VOLT_VAR[category], voltagePu);
}

/** Settings of a volt-var curve of one's own, per unit. */
export interface VoltVarSettings {
  /** V1 to V4 for a reference voltage of 1. */
  voltages: readonly [number, number, number, number];
  /** Q1 to Q4; Q2 and Q3 are 0 by default of the standard. */
  reactive: readonly [number, number, number, number];
  /** VRef; the voltages move with it. Default 1. */
  referencePu?: number;
}

/** A volt-var curve of one's own. Throws InputError for voltages that do not rise or reactive powers that do. */
export function voltVarCurve(settings: VoltVarSettings, name = 'volt-var'): XyCurve {
  const { voltages, reactive, referencePu = 1 } = settings;
  for (let i = 0; i < 4; i++) {
    if (!Number.isFinite(voltages[i]) || !Number.isFinite(reactive[i]))
      throw new InputError('a voltage or reactive power is no number', { property: 'voltVar' });
    if (i === 0) continue;
    if (voltages[i] < voltages[i - 1])
      throw new InputError(`V${i + 1} = ${voltages[i]} is below V${i} = ${voltages[i - 1]}`, { property: 'voltVar' });
    if (reactive[i] > reactive[i - 1])
      throw new InputError(`Q${i + 1} = ${reactive[i]} is above Q${i} = ${reactive[i - 1]}`, { property: 'voltVar' });
  }
  return { name, x: Float64Array.from(voltages, (v) => v + referencePu - 1), y: Float64Array.from(reactive) };
}

const VOLT_WATT = ieee1547VoltWatt();
const VOLT_WATT_ABSORBING = ieee1547VoltWatt(0);

/** Limit of active power that the volt-watt function sets; 0.2 from 1.1 pu on, or 0 for units that can absorb. */
export function voltWatt(voltagePu: number, absorbs = false): number {
  return heldCurveValueAt(absorbs ? VOLT_WATT_ABSORBING : VOLT_WATT, voltagePu);
}

/** Reactive power that the watt-var function asks for. */
export function wattVar(category: Ieee1547Category, powerPu: number): number {
  return heldCurveValueAt(IEEE1547_WATT_VAR[category], powerPu);
}

/** Settings of the frequency droop; the defaults of the standard are the same in all categories. */
export interface FrequencyDroop {
  /** Dead bands above and below nominal, Hz; default 0.036. */
  overDeadBandHz?: number;
  underDeadBandHz?: number;
  /** Change of frequency, per unit of nominal, for a change of power of 1; default 0.05. */
  overDroop?: number;
  underDroop?: number;
  /** Default 60. */
  nominalHz?: number;
}

/**
 * Active power under the frequency droop, per unit.
 *
 * @param before power when the frequency left the dead band
 * @param available most power there is
 * @param least least power of the unit
 */
export function frequencyDroop(frequencyHz: number, before: number, available: number, least: number, settings: FrequencyDroop = {}): number {
  const { overDeadBandHz = 0.036, underDeadBandHz = 0.036, overDroop = 0.05, underDroop = 0.05, nominalHz = 60 } = settings;
  const over = frequencyHz - (nominalHz + overDeadBandHz);
  if (over > 0) return Math.max(before - over / (nominalHz * overDroop), least);
  const under = nominalHz - underDeadBandHz - frequencyHz;
  if (under > 0) return Math.min(before + under / (nominalHz * underDroop), available);
  return before;
}

/** Reactive power that a unit must at least be able to inject and absorb at an active power: none below 5 % of rating, in proportion up to 20 %, then full. */
export function reactiveCapability(category: Ieee1547Category, powerPu: number): { injection: number; absorption: number } {
  const power = Math.abs(powerPu);
  const share = power < 0.05 ? 0 : Math.min(power / 0.2, 1);
  return { injection: 0.44 * share, absorption: (category === 'A' ? 0.25 : 0.44) * share };
}

/** Active power left within the apparent power when reactive power has priority: min(P, sqrt(S^2 - Q^2)); 0 where Q takes all. */
export function activeWithinApparent(powerKw: number, powerKvar: number, kva: number): number {
  const left = Math.sqrt(Math.max(0, kva * kva - powerKvar * powerKvar));
  return Math.min(Math.max(powerKw, -left), left);
}

/** Reactive power left within the apparent power when active power has priority: Q clipped to sqrt(S^2 - P^2). */
export function reactiveWithinApparent(powerKvar: number, powerKw: number, kva: number): number {
  const left = Math.sqrt(Math.max(0, kva * kva - powerKw * powerKw));
  return Math.min(Math.max(powerKvar, -left), left);
}

/** Category of ride-through. */
export type RideThroughCategory = 'I' | 'II' | 'III';

/** Default trips by voltage: beyond the voltage for the time, seconds, the unit stops. From the inner limit to the outer. */
export const IEEE1547_VOLTAGE_TRIPS: Readonly<
  Record<RideThroughCategory, { over: readonly [number, number][]; under: readonly [number, number][] }>
> = {
  I: {
    over: [
      [1.1, 2],
      [1.2, 0.16],
    ],
    under: [
      [0.7, 2],
      [0.45, 0.16],
    ],
  },
  II: {
    over: [
      [1.1, 2],
      [1.2, 0.16],
    ],
    under: [
      [0.7, 10],
      [0.45, 0.16],
    ],
  },
  III: {
    over: [
      [1.1, 13],
      [1.2, 0.16],
    ],
    under: [
      [0.88, 21],
      [0.5, 2],
    ],
  },
};

/** Seconds after which a voltage that stays trips the unit under the default settings; Infinity for one that does not. */
export function voltageTripSeconds(category: RideThroughCategory, voltagePu: number): number {
  const { over, under } = IEEE1547_VOLTAGE_TRIPS[category];
  let seconds = Number.POSITIVE_INFINITY;
  for (const [limit, time] of over) if (voltagePu >= limit) seconds = Math.min(seconds, time);
  for (const [limit, time] of under) if (voltagePu <= limit) seconds = Math.min(seconds, time);
  return seconds;
}
