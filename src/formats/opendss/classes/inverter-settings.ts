/** What classes with an inverter (`pvsystem`, `storage`) share. */
import type { Inverter } from '../../../grid/index.js';
import { type DssObject, notModelled, quiet, type Setter } from '../class-definition.js';
import type { PropertyValue } from '../property-value.js';
import { readPowerFactor } from './load.js';
import { XyCurveObject } from './xycurve.js';

/** Base voltage of one phase, volt: to neutral for two and three phases, in delta too; as given for others. */
export function phaseBaseVolts(kv: number, phases: number): number {
  return phases === 2 || phases === 3 ? (kv * 1000) / Math.sqrt(3) : kv * 1000;
}

/** The name of the XY curve named by a value; undefined for `none` or nothing. */
export function curveNamed(object: DssObject, value: PropertyValue): string | undefined {
  const name = value.text.trim().toLowerCase();
  return name === '' || name === 'none' ? undefined : object.reference(value, 'xycurve', XyCurveObject).name;
}

/** An object with an inverter, and which of its limits have been given. */
export interface WithInverter extends DssObject {
  readonly record: { readonly inverter: Inverter };
  kvarLimitGiven: boolean;
  absorptionLimitGiven: boolean;
}

/** An inverter as the language has it at first. */
export function newInverter(kva: number, changes: Partial<Inverter>): Inverter {
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

/** Sets the rated kVA; limits of reactive power that were not given follow. */
export function setInverterKva(object: WithInverter, kva: number): void {
  const { inverter } = object.record;
  inverter.kva = kva;
  if (object.kvarLimitGiven) return;
  inverter.maxKvar = kva;
  if (!object.absorptionLimitGiven) inverter.maxAbsorbedKvar = kva;
}

/** Setters of the properties that concern the inverter alone. */
export function inverterSetters<T extends WithInverter>(): Record<string, Setter<T>> {
  return {
    pf: (object, value) => {
      object.record.inverter.powerFactor = readPowerFactor(value);
      object.record.inverter.reactiveMode = 'powerFactor';
    },
    kvar: (object, value) => {
      object.record.inverter.powerKvar = value.number();
      object.record.inverter.reactiveMode = 'kvar';
    },
    '%cutin': (object, value) => {
      object.record.inverter.cutInPercent = value.number();
    },
    '%cutout': (object, value) => {
      object.record.inverter.cutOutPercent = value.number();
    },
    effcurve: (object, value) => {
      object.record.inverter.efficiencyCurve = curveNamed(object, value);
    },
    varfollowinverter: (object, value) => {
      object.record.inverter.varFollowInverter = value.boolean();
    },
    kvarmax: (object, value) => {
      const { inverter } = object.record;
      inverter.maxKvar = Math.abs(value.number());
      object.kvarLimitGiven = true;
      if (!object.absorptionLimitGiven) inverter.maxAbsorbedKvar = inverter.maxKvar;
    },
    kvarmaxabs: (object, value) => {
      object.record.inverter.maxAbsorbedKvar = Math.abs(value.number());
      object.absorptionLimitGiven = true;
    },
    wattpriority: (object, value) => {
      object.record.inverter.wattPriority = value.boolean();
    },
    pfpriority: (object, value) => {
      object.record.inverter.powerFactorPriority = value.boolean();
    },
    '%pminnovars': (object, value) => {
      object.record.inverter.minPowerNoVarsPercent = value.number();
    },
    '%pminkvarmax': (object, value) => {
      object.record.inverter.minPowerFullVarsPercent = value.number();
    },
    '%r': (object, value) => {
      object.record.inverter.resistancePercent = value.number();
    },
    '%x': (object, value) => {
      object.record.inverter.reactancePercent = value.number();
    },
    vminpu: (object, value) => {
      object.record.inverter.minVoltagePu = value.notNegative();
    },
    vmaxpu: (object, value) => {
      object.record.inverter.maxVoltagePu = value.notNegative();
    },
    balanced: (object, value) => {
      object.record.inverter.balanced = value.boolean();
    },
    limitcurrent: (object, value) => {
      object.record.inverter.limitCurrent = value.boolean();
    },
    class: quiet,
    usermodel: quiet,
    userdata: quiet,
    debugtrace: quiet,
    kvdc: quiet,
    kp: quiet,
    pitol: quiet,
    safevoltage: quiet,
    safemode: quiet,
    dynamiceq: quiet,
    dynout: quiet,
    controlmode: notModelled('an inverter that forms the grid', ['gfl', '']),
    amplimit: quiet,
    amplimitgain: quiet,
  };
}
