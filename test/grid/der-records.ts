/** Records with OpenDSS's defaults, for tests of generators, PV systems and storage. */
import type { Generator, Inverter, Load, PvSystem, Storage } from '../../src/grid/index.js';

const terminal = { bus: 'b', nodes: [1, 2, 3, 0] };
const common = { enabled: true, phases: 3, terminal, connection: 'wye' as const, model: 1 as const, kv: 12.47, shapes: {} };

/** An inverter of so many kVA, unlimited but for them. */
export function inverter(kva: number, changes: Partial<Inverter> = {}): Inverter {
  return {
    kva,
    maxKvar: kva,
    maxAbsorbedKvar: kva,
    cutInPercent: 0,
    cutOutPercent: 0,
    wattPriority: false,
    powerFactorPriority: false,
    minPowerNoVarsPercent: 0,
    minPowerFullVarsPercent: 0,
    varFollowInverter: false,
    minVoltagePu: 0.9,
    maxVoltagePu: 1.1,
    limitCurrent: false,
    balanced: false,
    resistancePercent: 50,
    reactancePercent: 0,
    reactiveMode: 'powerFactor',
    powerFactor: 1,
    powerKvar: 0,
    ...changes,
  };
}

/** A PV system of 500 kW and 500 kVA at full sun, no cut-in or cut-out power. */
export function pvSystem(changes: Partial<PvSystem> = {}, ofInverter: Partial<Inverter> = {}): PvSystem {
  return {
    ...common,
    kind: 'pvsystem',
    name: 'pv',
    inverter: inverter(ofInverter.kva ?? 500, ofInverter),
    ratedKw: 500,
    ratedPercent: 100,
    irradianceKwPerM2: 1,
    temperatureC: 25,
    temperatureShapes: {},
    ...changes,
  };
}

/** Storage of 25 kW and 50 kWh, full and idling. */
export function storageUnit(changes: Partial<Storage> = {}, ofInverter: Partial<Inverter> = {}): Storage {
  return {
    ...common,
    kind: 'storage',
    name: 'battery',
    inverter: inverter(ofInverter.kva ?? 25, ofInverter),
    ratedKw: 25,
    ratedPercent: 100,
    ratedKwh: 50,
    storedKwh: 50,
    reservePercent: 20,
    state: 'idling',
    dischargePercent: 100,
    chargePercent: 100,
    chargeEfficiencyPercent: 90,
    dischargeEfficiencyPercent: 90,
    idlingLossPercent: 1,
    dispatchMode: 'default',
    dischargeTrigger: 0,
    chargeTrigger: 0,
    chargeTriggerHour: 2,
    ...changes,
  };
}

/** A load of 10 kW and 5 kvar. */
export function loadOf(changes: Partial<Load> = {}): Load {
  return {
    ...common,
    kind: 'load',
    name: 'load',
    powerKw: 10,
    powerKvar: 5,
    minVoltagePu: 0.95,
    maxVoltagePu: 1.05,
    lowVoltagePu: 0.5,
    exponentWatts: 1,
    exponentVars: 2,
    status: 'variable',
    customers: 1,
    ...changes,
  };
}

/** A generator of 1000 kW and 60 kvar. */
export function generatorOf(changes: Partial<Generator> = {}): Generator {
  return {
    ...common,
    kind: 'generator',
    name: 'generator',
    powerKw: 1000,
    powerKvar: 60,
    kva: 1200,
    minVoltagePu: 0.9,
    maxVoltagePu: 1.1,
    targetVoltagePu: 1,
    maxKvar: 120,
    minKvar: -120,
    voltageControlFactor: 0.1,
    status: 'variable',
    dispatchMode: 'default',
    dispatchValue: 0,
    forceOn: false,
    ...changes,
  };
}
