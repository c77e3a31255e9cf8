/** Class `storage`. */
import { type Storage, setStoragePower } from '../../../grid/index.js';
import { commonSetters, type DssObject, defineClass, ElementObject, emptyTerminal, quiet, type ReaderContext } from '../class-definition.js';
import type { PropertyValue } from '../property-value.js';
import { CONNECTIONS } from '../script-options.js';
import { inverterSetters, newInverter, phaseBaseVolts, setInverterKva } from './inverter-settings.js';
import { conductorsOf } from './load.js';
import { shapeNamed } from './shape-references.js';

/** Edit state of storage. */
export class StorageObject extends ElementObject<Storage> {
  readonly record: Storage;
  kvarLimitGiven = false;
  absorptionLimitGiven = false;
  private kvaGiven = false;
  private reservePercent = 20;

  constructor(name: string, context: ReaderContext) {
    super('storage', name, context);
    this.record = {
      kind: 'storage',
      name,
      enabled: true,
      origin: this.origin,
      phases: 3,
      terminal: emptyTerminal(),
      connection: 'wye',
      model: 1,
      kv: 12.47,
      inverter: newInverter(25, { resistancePercent: 0, reactancePercent: 50 }),
      ratedKw: 25,
      ratedPercent: 100,
      ratedKwh: 50,
      storedKwh: 50,
      // The language's 20 % counts only from when the rated energy or the reserve is set.
      reservePercent: 0,
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
      shapes: {},
    };
    this.buses = [undefined];
  }

  override copyFrom(other: DssObject): void {
    if (!(other instanceof StorageObject)) return;
    this.copyCommon(other);
    const { kind, name, enabled, origin, terminal, inverter, shapes, ratedPercent, ...rest } = other.record;
    Object.assign(this.record, rest, { shapes: { ...shapes } });
    // The language leaves priorities, the percent limit and whether pf or kvar was set last as they are.
    const { wattPriority, powerFactorPriority, reactiveMode, powerKvar } = this.record.inverter;
    const { state, ...settings } = inverter;
    Object.assign(this.record.inverter, settings, { wattPriority, powerFactorPriority, reactiveMode, powerKvar });
    this.kvarLimitGiven = other.kvarLimitGiven;
    this.absorptionLimitGiven = other.absorptionLimitGiven;
    this.reservePercent = other.reservePercent;
  }

  setApparentPower(value: PropertyValue): void {
    this.kvaGiven = true;
    setInverterKva(this, value.positive());
  }

  /** Rated power; kVA follows until it is given, kvar limits do not. */
  setRatedPower(value: PropertyValue): void {
    this.record.ratedKw = value.positive();
    if (!this.kvaGiven) this.record.inverter.kva = this.record.ratedKw;
  }

  /** Rated energy; storage is taken to be full. */
  setRatedEnergy(value: PropertyValue): void {
    this.record.ratedKwh = value.positive();
    this.record.storedKwh = this.record.ratedKwh;
    this.record.reservePercent = this.reservePercent;
  }

  setReserve(value: PropertyValue): void {
    this.reservePercent = value.number();
    this.record.reservePercent = this.reservePercent;
  }

  /** The language fixes the base voltage when `kv` or `conn` is set, by the phases known then. */
  fixBaseVolts(): void {
    this.record.baseVolts = phaseBaseVolts(this.record.kv, this.record.phases);
  }

  protected updateRecord(): void {
    const { record } = this;
    this.fillTerminal(record.terminal, 0, record.phases, conductorsOf(record.phases, record.connection));
  }
}

/** Class `storage`. */
export const storage = defineClass({
  name: 'storage',
  make: StorageObject,
  setters: {
    ...commonSetters<StorageObject>(),
    ...inverterSetters<StorageObject>(),
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
    conn: (object, value) => {
      object.record.connection = value.choice(CONNECTIONS);
      object.fixBaseVolts();
    },
    kw: (object, value) => setStoragePower(object.record, value.number()),
    kva: (object, value) => object.setApparentPower(value),
    kwrated: (object, value) => object.setRatedPower(value),
    '%kwrated': (object, value) => {
      object.record.ratedPercent = value.number();
    },
    kwhrated: (object, value) => object.setRatedEnergy(value),
    kwhstored: (object, value) => {
      object.record.storedKwh = value.notNegative();
    },
    '%stored': (object, value) => {
      object.record.storedKwh = value.number() * 0.01 * object.record.ratedKwh;
    },
    '%reserve': (object, value) => object.setReserve(value),
    state: (object, value) => {
      object.record.state = value.choice([
        ['charging', 'charging'],
        ['idling', 'idling'],
        ['discharging', 'discharging'],
      ] as const);
    },
    '%discharge': (object, value) => {
      object.record.dischargePercent = value.number();
    },
    '%charge': (object, value) => {
      object.record.chargePercent = value.number();
    },
    '%effcharge': (object, value) => {
      object.record.chargeEfficiencyPercent = value.positive();
    },
    '%effdischarge': (object, value) => {
      object.record.dischargeEfficiencyPercent = value.positive();
    },
    '%idlingkw': (object, value) => {
      object.record.idlingLossPercent = value.number();
    },
    '%idlingkvar': quiet,
    model: (object, value) => {
      const model = value.integer(1, 3);
      if (model === 3) value.fail('a user-written model cannot be run');
      object.record.model = model as Storage['model'];
    },
    yearly: (object, value) => {
      object.record.shapes.yearly = shapeNamed(object, value)?.name;
    },
    daily: (object, value) => {
      object.record.shapes.daily = shapeNamed(object, value)?.name;
    },
    duty: (object, value) => {
      object.record.shapes.duty = shapeNamed(object, value)?.name;
    },
    dispmode: (object, value) => {
      object.record.dispatchMode = value.choice([
        ['default', 'default'],
        ['loadlevel', 'loadlevel'],
        ['price', 'price'],
        ['external', 'external'],
        ['follow', 'follow'],
      ] as const);
    },
    dischargetrigger: (object, value) => {
      object.record.dischargeTrigger = value.number();
    },
    chargetrigger: (object, value) => {
      object.record.chargeTrigger = value.number();
    },
    timechargetrig: (object, value) => {
      object.record.chargeTriggerHour = value.number();
    },
    dynadll: quiet,
    dynadata: quiet,
  },
});
