/** Class `generator`. */
import type { Generator } from '../../../grid/index.js';
import {
  commonSetters,
  type DssObject,
  defineClass,
  ElementObject,
  emptyTerminal,
  noEffect,
  notModelled,
  quiet,
  type ReaderContext,
} from '../class-definition.js';
import type { PropertyValue } from '../property-value.js';
import { CONNECTIONS } from '../script-options.js';
import { phaseBaseVolts } from './inverter-settings.js';
import { conductorsOf, kvarAtPowerFactor, readPowerFactor } from './load.js';
import type { LoadShapeObject } from './loadshape.js';
import { setDuty, setYearly, shapeNamed } from './shape-references.js';

/** Edit state of a generator. */
export class GeneratorObject extends ElementObject<Generator> {
  readonly record: Generator;
  private powerFactor = 0.88;
  private kvaGiven = false;
  private forcedBalance = false;

  constructor(name: string, context: ReaderContext) {
    super('generator', name, context);
    this.record = {
      kind: 'generator',
      name,
      enabled: true,
      origin: this.origin,
      phases: 3,
      terminal: emptyTerminal(),
      connection: 'wye',
      model: 1,
      kv: 12.47,
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
      shapes: {},
    };
    this.buses = [undefined];
  }

  override copyFrom(other: DssObject): void {
    if (!(other instanceof GeneratorObject)) return;
    this.copyCommon(other);
    const { kind, name, enabled, origin, terminal, shapes, ...rest } = other.record;
    Object.assign(this.record, rest, { shapes: { ...shapes } });
    this.powerFactor = other.powerFactor;
    this.kvaGiven = other.kvaGiven;
    this.forcedBalance = other.forcedBalance;
  }

  /** kW keeps the power factor. */
  setPower(value: PropertyValue): void {
    this.record.powerKw = value.number();
    this.followPowerFactor();
  }

  setPowerFactor(value: PropertyValue): void {
    this.powerFactor = readPowerFactor(value);
    this.followPowerFactor();
  }

  setReactivePower(kvar: number): void {
    const { record } = this;
    record.powerKvar = kvar;
    const kva = Math.hypot(record.powerKw, kvar);
    this.powerFactor = kva === 0 ? 1 : record.powerKw / kva;
    if (record.powerKw * kvar < 0) this.powerFactor = -this.powerFactor;
    record.maxKvar = 2 * kvar;
    record.minKvar = -record.maxKvar;
  }

  setApparentPower(kva: number): void {
    this.record.kva = kva;
    this.kvaGiven = true;
  }

  setBalance(value: PropertyValue): void {
    this.forcedBalance = value.boolean();
  }

  /** A shape of actual values brings its own peak as the generator's power. */
  applyShape(shape: LoadShapeObject | undefined): void {
    if (!shape?.useActual) return;
    this.record.powerKw = shape.maxActive;
    this.setReactivePower(shape.maxReactive);
  }

  /** The language fixes the base voltage when `kv` or `conn` is set, by the phases known then. */
  fixBaseVolts(): void {
    this.record.baseVolts = phaseBaseVolts(this.record.kv, this.record.phases);
  }

  override prepare(): void {
    const { record } = this;
    if (!record.enabled) return;
    if (record.model === 7 && this.forcedBalance) this.fail('equal currents at unequal voltages are not modelled; leave it out', 'balanced');
    if (record.maxKvar < record.minKvar && record.model === 3) this.fail(`must not be below minkvar (${record.minKvar})`, 'maxkvar');
  }

  protected updateRecord(): void {
    const { record } = this;
    this.fillTerminal(record.terminal, 0, record.phases, conductorsOf(record.phases, record.connection));
  }

  private followPowerFactor(): void {
    const { record } = this;
    const kvar = kvarAtPowerFactor(record.powerKw, this.powerFactor);
    record.powerKvar = kvar;
    // Limits follow the size of the vars, whatever the sign of the power factor.
    record.maxKvar = 2 * (this.powerFactor < 0 ? -kvar : kvar);
    record.minKvar = -record.maxKvar;
    if (!this.kvaGiven) record.kva = record.powerKw * 1.2;
  }
}

/** Class `generator`. */
export const generator = defineClass({
  name: 'generator',
  make: GeneratorObject,
  setters: {
    ...commonSetters<GeneratorObject>(),
    phases: (object, value) => {
      object.record.phases = value.integer(1, 24);
    },
    bus1: (object, value) => {
      object.buses[0] = value.bus();
    },
    kv: (object, value) => {
      object.record.kv = value.positive();
      object.fixBaseVolts();
    },
    kw: (object, value) => object.setPower(value),
    pf: (object, value) => object.setPowerFactor(value),
    kvar: (object, value) => object.setReactivePower(value.number()),
    model: (object, value) => {
      const model = value.integer(1, 7);
      if (model === 6) value.fail('a user-written model cannot be run');
      object.record.model = model as Generator['model'];
    },
    vminpu: (object, value) => {
      object.record.minVoltagePu = value.notNegative();
    },
    vmaxpu: (object, value) => {
      object.record.maxVoltagePu = value.notNegative();
    },
    yearly: (object, value) => object.applyShape(setYearly(object, object.record.shapes, value)),
    // Unlike a load's, a generator's daily shape does not become its yearly one.
    daily: (object, value) => {
      const shape = shapeNamed(object, value);
      object.record.shapes.daily = shape?.name;
      object.applyShape(shape);
    },
    duty: (object, value) => object.applyShape(setDuty(object, object.record.shapes, value)),
    dispmode: (object, value) => {
      object.record.dispatchMode = value.choice([
        ['default', 'default'],
        ['loadlevel', 'loadlevel'],
        ['price', 'price'],
      ] as const);
    },
    dispvalue: (object, value) => {
      object.record.dispatchValue = value.number();
    },
    conn: (object, value) => {
      object.record.connection = value.choice(CONNECTIONS);
      object.fixBaseVolts();
    },
    status: (object, value) => {
      object.record.status = value.choice([
        ['variable', 'variable'],
        ['fixed', 'fixed'],
      ] as const);
    },
    class: quiet,
    vpu: (object, value) => {
      object.record.targetVoltagePu = value.positive();
    },
    maxkvar: (object, value) => {
      object.record.maxKvar = value.number();
    },
    minkvar: (object, value) => {
      object.record.minKvar = value.number();
    },
    pvfactor: (object, value) => {
      object.record.voltageControlFactor = value.positive();
    },
    forceon: (object, value) => {
      object.record.forceOn = value.boolean();
    },
    kva: (object, value) => object.setApparentPower(value.number()),
    mva: (object, value) => object.setApparentPower(value.number() * 1000),
    xd: quiet,
    xdp: quiet,
    xdpp: quiet,
    h: quiet,
    d: quiet,
    usermodel: noEffect,
    userdata: quiet,
    shaftmodel: noEffect,
    shaftdata: quiet,
    dutystart: (object, value) => {
      object.record.dutyStartHours = value.number();
    },
    debugtrace: quiet,
    balanced: (object, value) => object.setBalance(value),
    xrdp: quiet,
    usefuel: notModelled('a generator that runs out of fuel', ['no', 'n', 'false', 'f', '0', '']),
    fuelkwh: quiet,
    '%fuel': quiet,
    '%reserve': quiet,
    refuel: quiet,
    dynamiceq: quiet,
    dynout: quiet,
  },
});
