/** Class `load`. */
import type { Load } from '../../../grid/index.js';
import {
  commonSetters,
  type DssObject,
  defineClass,
  ElementObject,
  emptyTerminal,
  noEffect,
  quiet,
  type ReaderContext,
} from '../class-definition.js';
import type { PropertyValue } from '../property-value.js';
import { CONNECTIONS } from '../script-options.js';
import { growthFactor } from './growthshape.js';
import type { LoadShapeObject } from './loadshape.js';
import { setDaily, setDuty, setYearly, shapeNamed } from './shape-references.js';

/** Which pair of values a load's power was given by last. */
type Specification = 'kw-pf' | 'kw-kvar' | 'kva-pf' | 'connected' | 'energy';

/** Conductors of a load or generator: wye has a neutral; one- and two-phase deltas have one conductor more than phases. */
export function conductorsOf(phases: number, connection: 'wye' | 'delta'): number {
  return connection === 'wye' || phases <= 2 ? phases + 1 : phases;
}

/** kvar that goes with a power at a signed power factor. */
export function kvarAtPowerFactor(kw: number, powerFactor: number): number {
  return kw * Math.sqrt(1 / (powerFactor * powerFactor) - 1) * (powerFactor < 0 ? -1 : 1);
}

/** A power factor: from -1 to 1, not 0. */
export function readPowerFactor(value: PropertyValue): number {
  const pf = value.number();
  if (pf === 0 || Math.abs(pf) > 1) value.fail(`must lie between -1 and 1 and not be 0, but is ${value.text}`);
  return pf;
}

/** Edit state of a load. */
export class LoadObject extends ElementObject<Load> {
  readonly record: Load;
  private specification: Specification = 'kw-pf';
  private kva = 10 / 0.88;
  private powerFactor = 0.88;
  private powerFactorGiven = false;
  private powerFactorChanged = false;
  private connectedKva = 0;
  private allocation = 0.5;
  private energyKwh = 0;
  private energyDays = 30;
  private energyFactor = 4;

  constructor(name: string, context: ReaderContext) {
    super('load', name, context);
    this.record = {
      kind: 'load',
      name,
      enabled: true,
      origin: this.origin,
      phases: 3,
      terminal: emptyTerminal(),
      connection: 'wye',
      model: 1,
      kv: 12.47,
      powerKw: 10,
      powerKvar: 5,
      minVoltagePu: 0.95,
      maxVoltagePu: 1.05,
      lowVoltagePu: 0.5,
      exponentWatts: 1,
      exponentVars: 2,
      status: 'variable',
      shapes: {},
      customers: 1,
    };
    this.buses = [undefined];
  }

  override copyFrom(other: DssObject): void {
    if (!(other instanceof LoadObject)) return;
    this.copyCommon(other);
    const { kind, name, enabled, origin, terminal, shapes, zip, ...rest } = other.record;
    Object.assign(this.record, rest, { shapes: { ...shapes }, zip: zip && [...zip] });
    this.specification = other.specification;
    this.kva = other.kva;
    this.powerFactor = other.powerFactor;
    this.connectedKva = other.connectedKva;
    this.allocation = other.allocation;
  }

  setPower(value: PropertyValue): void {
    this.record.powerKw = value.number();
    this.specification = 'kw-pf';
  }

  setReactivePower(value: PropertyValue): void {
    this.record.powerKvar = value.number();
    this.specification = 'kw-kvar';
    this.powerFactorGiven = false;
  }

  setApparentPower(value: PropertyValue): void {
    this.kva = value.number();
    this.specification = 'kva-pf';
  }

  setPowerFactor(value: PropertyValue): void {
    this.powerFactor = readPowerFactor(value);
    this.powerFactorGiven = true;
    this.powerFactorChanged = true;
  }

  setConnected(value: PropertyValue): void {
    this.connectedKva = value.number();
    this.specification = 'connected';
    this.allocate();
  }

  setAllocationFactor(factor: number): void {
    this.allocation = factor;
    this.specification = 'connected';
    this.allocate();
  }

  /** The common `set allocationfactors`: loads given by connected kVA only. */
  setCommonAllocationFactor(factor: number): void {
    if (this.specification === 'connected') this.setAllocationFactor(factor);
    this.endEdit();
  }

  /** The common `set cfactors`: loads given by energy only. */
  setCommonEnergyFactor(value: PropertyValue): void {
    if (this.specification === 'energy') this.setEnergy('cfactor', value);
    this.endEdit();
  }

  setEnergy(property: 'kwh' | 'kwhdays' | 'cfactor', value: PropertyValue): void {
    if (property === 'kwh') this.energyKwh = value.number();
    else if (property === 'kwhdays') this.energyDays = value.positive();
    else this.energyFactor = value.number();
    this.specification = 'energy';
    this.allocate();
  }

  /** A shape of actual values brings its own peak as the load's power. */
  applyShape(shape: LoadShapeObject | undefined): void {
    if (!shape?.useActual) return;
    this.record.powerKw = shape.maxActive;
    this.record.powerKvar = shape.maxReactive;
    this.specification = this.powerFactorGiven ? 'kw-pf' : 'kw-kvar';
  }

  protected updateRecord(): void {
    const { record } = this;
    this.settlePower();
    this.fillTerminal(record.terminal, 0, record.phases, conductorsOf(record.phases, record.connection));
    record.specifiedPowerFactor = this.powerFactorGiven ? this.powerFactor : undefined;
    record.growthFactor = growthFactor(this, record.growth);
  }

  private settlePower(): void {
    const { record } = this;
    if (this.specification === 'kw-pf') {
      record.powerKvar = kvarAtPowerFactor(record.powerKw, this.powerFactor);
      this.kva = Math.hypot(record.powerKw, record.powerKvar);
    } else if (this.specification === 'kw-kvar') {
      this.kva = Math.hypot(record.powerKw, record.powerKvar);
      if (this.kva > 0) {
        this.powerFactor = record.powerKw / this.kva;
        if (record.powerKvar !== 0) this.powerFactor *= Math.sign(record.powerKw * record.powerKvar);
      }
    } else if (this.specification === 'kva-pf') {
      record.powerKw = this.kva * Math.abs(this.powerFactor);
      record.powerKvar = kvarAtPowerFactor(record.powerKw, this.powerFactor);
    } else if (this.powerFactorChanged) record.powerKvar = kvarAtPowerFactor(record.powerKw, this.powerFactor);
    this.powerFactorChanged = false;
  }

  private allocate(): void {
    const { record } = this;
    if (this.specification === 'connected') {
      if (!(this.connectedKva > 0)) return;
      record.powerKw = this.connectedKva * this.allocation * Math.abs(this.powerFactor);
    } else record.powerKw = (this.energyKwh / (this.energyDays * 24)) * this.energyFactor;
    record.powerKvar = kvarAtPowerFactor(record.powerKw, this.powerFactor);
  }
}

/** Class `load`. */
export const load = defineClass({
  name: 'load',
  make: LoadObject,
  setters: {
    ...commonSetters<LoadObject>(),
    phases: (object, value) => {
      object.record.phases = value.integer(1, 100);
    },
    bus1: (object, value) => {
      object.buses[0] = value.bus();
    },
    kv: (object, value) => {
      object.record.kv = value.positive();
    },
    kw: (object, value) => object.setPower(value),
    pf: (object, value) => object.setPowerFactor(value),
    model: (object, value) => {
      object.record.model = value.integer(1, 8) as Load['model'];
    },
    yearly: (object, value) => object.applyShape(setYearly(object, object.record.shapes, value)),
    daily: (object, value) => object.applyShape(setDaily(object, object.record.shapes, value)),
    duty: (object, value) => object.applyShape(setDuty(object, object.record.shapes, value)),
    growth: (object, value) => {
      object.record.growth = value.text.trim().toLowerCase() || undefined;
    },
    conn: (object, value) => {
      object.record.connection = value.choice(CONNECTIONS);
    },
    kvar: (object, value) => object.setReactivePower(value),
    // The neutral impedance of a load cancels in the solution (OpenDSS's own behaviour).
    rneut: quiet,
    xneut: quiet,
    status: (object, value) => {
      object.record.status = value.choice([
        ['variable', 'variable'],
        ['fixed', 'fixed'],
        ['exempt', 'exempt'],
      ] as const);
    },
    class: quiet,
    vminpu: (object, value) => {
      object.record.minVoltagePu = value.notNegative();
    },
    vmaxpu: (object, value) => {
      object.record.maxVoltagePu = value.notNegative();
    },
    vlowpu: (object, value) => {
      object.record.lowVoltagePu = value.notNegative();
    },
    vminnorm: quiet,
    vminemerg: quiet,
    xfkva: (object, value) => object.setConnected(value),
    allocationfactor: (object, value) => object.setAllocationFactor(value.number()),
    kva: (object, value) => object.setApparentPower(value),
    '%mean': quiet,
    '%stddev': quiet,
    cvrwatts: (object, value) => {
      object.record.exponentWatts = value.number();
    },
    cvrvars: (object, value) => {
      object.record.exponentVars = value.number();
    },
    kwh: (object, value) => object.setEnergy('kwh', value),
    kwhdays: (object, value) => object.setEnergy('kwhdays', value),
    cfactor: (object, value) => object.setEnergy('cfactor', value),
    cvrcurve: (object, value) => {
      object.record.exponentShape = shapeNamed(object, value)?.name;
    },
    numcust: (object, value) => {
      object.record.customers = value.integer(0);
    },
    zipv: (object, value) => {
      object.record.zip = value.numbersOf(7);
    },
    '%seriesrl': quiet,
    relweight: quiet,
    puxharm: noEffect,
    xrharm: noEffect,
  },
});
