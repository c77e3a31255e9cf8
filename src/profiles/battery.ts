/**
 * A battery in energy and power: limits, efficiencies, self-discharge. Power at the terminals, positive discharging. The rules of OpenDSS's storage element (states,
 * triggers, idling losses, inverter) are in src/grid/storage-state.ts.
 */
import { checkKeys, checkObject, describeValue, InputError, type Storage, storageReserve } from '../grid/index.js';
import { pow } from '../numeric/index.js';

/** What a battery can do. */
export interface Battery {
  maxChargeKw: number;
  maxDischargeKw: number;
  /** Least and most energy stored that requests may lead to, kWh; the most is what the state of charge refers to where `capacityKwh` is absent. */
  minimumKwh: number;
  maximumKwh: number;
  /** Energy at a state of charge of 1. */
  capacityKwh?: number;
  /** Share of the power at the terminals that is stored, and share of the power taken from the store that reaches the terminals; above 0, at most 1. */
  chargeEfficiency: number;
  dischargeEfficiency: number;
  /** Share of the energy stored that is lost an hour, whatever else goes on; default 0. */
  selfDischargePerHour?: number;
}

const NAMES: readonly (keyof Battery)[] = [
  ...(['maxChargeKw', 'maxDischargeKw', 'minimumKwh', 'maximumKwh', 'capacityKwh'] as const),
  ...(['chargeEfficiency', 'dischargeEfficiency', 'selfDischargePerHour'] as const),
];

/**
 * Throws InputError naming what cannot be.
 *
 * @param element whose battery it is, for messages
 */
export function checkBattery(battery: Battery, element = 'battery'): void {
  checkKeys(element === 'battery' ? 'a battery' : `the battery of ${element}`, 'property', battery, NAMES);
  const check = (property: keyof Battery, fine: boolean, must: string): void => {
    if (!fine) throw new InputError(`is ${describeValue(battery[property])}; it must be ${must}`, { element, property });
  };
  for (const name of NAMES) check(name, battery[name] === undefined || typeof battery[name] === 'number', 'a number');
  check('maxChargeKw', battery.maxChargeKw >= 0, 'a number from 0');
  check('maxDischargeKw', battery.maxDischargeKw >= 0, 'a number from 0');
  check('minimumKwh', battery.minimumKwh >= 0, 'a number from 0');
  check('maximumKwh', battery.maximumKwh >= battery.minimumKwh && battery.maximumKwh < Number.POSITIVE_INFINITY, 'a number from minimumKwh');
  check('capacityKwh', (battery.capacityKwh ?? battery.maximumKwh) >= battery.maximumKwh, 'a number from maximumKwh');
  check('chargeEfficiency', battery.chargeEfficiency > 0 && battery.chargeEfficiency <= 1, 'above 0 and at most 1');
  check('dischargeEfficiency', battery.dischargeEfficiency > 0 && battery.dischargeEfficiency <= 1, 'above 0 and at most 1');
  const lost = battery.selfDischargePerHour ?? 0;
  check('selfDischargePerHour', lost >= 0 && lost < 1, 'from 0 and below 1');
}

/** The battery of a storage element's rated data: rated power both ways, from its reserve to its rated energy, without idling losses. */
export function batteryOfStorage(storage: Storage): Battery {
  checkObject('a storage element', storage, 'one of a grid');
  return {
    maxChargeKw: storage.ratedKw,
    maxDischargeKw: storage.ratedKw,
    minimumKwh: storageReserve(storage),
    maximumKwh: storage.ratedKwh,
    capacityKwh: storage.ratedKwh,
    chargeEfficiency: storage.chargeEfficiencyPercent / 100,
    dischargeEfficiency: storage.dischargeEfficiencyPercent / 100,
  };
}

/** What a step has done. */
export interface BatteryStep {
  /** Power at the terminals that was carried out. */
  powerKw: number;
  storedKwh: number;
  /** Energy lost in the step: efficiencies and self-discharge. */
  lossKwh: number;
}

/**
 * Carries a request out as far as limits and energy allow: p is the request within the power limits, at most (E - Emin) eta_d / dt out and (Emax - E) / (eta_c dt) in; then
 * E' = E - p dt / eta_d or E - p dt eta_c. Self-discharge acts on the energy at the beginning of the step.
 *
 * @param hours above 0
 * @param out receives the result; nothing is allocated where it is given
 *
 * Throws InputError for a request that is no number and a step that is none.
 */
export function stepBattery(
  battery: Battery,
  storedKwh: number,
  requestKw: number,
  hours: number,
  out: BatteryStep = { powerKw: 0, storedKwh: 0, lossKwh: 0 },
): BatteryStep {
  checkObject('a battery', battery, 'a record of its limits and efficiencies');
  checkObject('what a step of a battery is written to', out, '{ powerKw, storedKwh, lossKwh }');
  if (!(hours > 0) || requestKw !== requestKw)
    throw new InputError(`a request of ${describeValue(requestKw)} kW over ${describeValue(hours)} hours`, { element: 'battery' });
  const selfDischarge = battery.selfDischargePerHour ?? 0;
  const start = selfDischarge > 0 ? storedKwh * pow(1 - selfDischarge, hours) : storedKwh;
  const idleLoss = storedKwh - start;
  if (requestKw > 0) {
    const most = (Math.max(0, start - battery.minimumKwh) * battery.dischargeEfficiency) / hours;
    const powerKw = Math.min(requestKw, battery.maxDischargeKw, most);
    out.powerKw = powerKw;
    // At the limit the energy is the limit, without what rounding leaves.
    out.storedKwh = powerKw === most && start >= battery.minimumKwh ? battery.minimumKwh : start - (powerKw * hours) / battery.dischargeEfficiency;
    out.lossKwh = idleLoss + powerKw * hours * (1 / battery.dischargeEfficiency - 1);
  } else if (requestKw < 0) {
    const most = Math.max(0, battery.maximumKwh - start) / (battery.chargeEfficiency * hours);
    const powerKw = Math.min(-requestKw, battery.maxChargeKw, most);
    out.powerKw = powerKw === 0 ? 0 : -powerKw;
    out.storedKwh = powerKw === most && start <= battery.maximumKwh ? battery.maximumKwh : start + powerKw * hours * battery.chargeEfficiency;
    out.lossKwh = idleLoss + powerKw * hours * (1 - battery.chargeEfficiency);
  } else {
    out.powerKw = 0;
    out.storedKwh = start;
    out.lossKwh = idleLoss;
  }
  return out;
}

/** Energy stored as a share of the capacity. */
export function stateOfCharge(battery: Battery, storedKwh: number): number {
  checkObject('a battery', battery, 'a record of its limits and efficiencies');
  return storedKwh / (battery.capacityKwh ?? battery.maximumKwh);
}
