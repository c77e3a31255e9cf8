/** Class `pvsystem`. */
import type { PvSystem } from '../../../grid/index.js';
import { commonSetters, type DssObject, defineClass, ElementObject, emptyTerminal, type ReaderContext } from '../class-definition.js';
import type { PropertyValue } from '../property-value.js';
import { CONNECTIONS } from '../script-options.js';
import { curveNamed, inverterSetters, newInverter, setInverterKva } from './inverter-settings.js';
import { conductorsOf } from './load.js';
import { shapeNamed } from './shape-references.js';
import { TemperatureShapeObject } from './tshape.js';

/** Edit state of a PV system. */
export class PvSystemObject extends ElementObject<PvSystem> {
  readonly record: PvSystem;
  kvarLimitGiven = false;
  absorptionLimitGiven = false;

  constructor(name: string, context: ReaderContext) {
    super('pvsystem', name, context);
    this.record = {
      kind: 'pvsystem',
      name,
      enabled: true,
      origin: this.origin,
      phases: 3,
      terminal: emptyTerminal(),
      connection: 'wye',
      model: 1,
      kv: 12.47,
      inverter: newInverter(500, { cutInPercent: 20, cutOutPercent: 20 }),
      ratedKw: 500,
      ratedPercent: 100,
      irradianceKwPerM2: 1,
      temperatureC: 25,
      shapes: {},
      temperatureShapes: {},
    };
    this.buses = [undefined];
  }

  override copyFrom(other: DssObject): void {
    if (!(other instanceof PvSystemObject)) return;
    this.copyCommon(other);
    const { kind, name, enabled, origin, terminal, inverter, shapes, temperatureShapes, ratedPercent, ...rest } = other.record;
    Object.assign(this.record, rest, { shapes: { ...shapes }, temperatureShapes: { ...temperatureShapes } });
    // The language leaves priorities, the percent limit and whether pf or kvar was set last as they are.
    const { wattPriority, powerFactorPriority, reactiveMode, powerKvar } = this.record.inverter;
    const { state, ...settings } = inverter;
    Object.assign(this.record.inverter, settings, { wattPriority, powerFactorPriority, reactiveMode, powerKvar });
    this.kvarLimitGiven = other.kvarLimitGiven;
    this.absorptionLimitGiven = other.absorptionLimitGiven;
  }

  /** The temperature shape named by a value; undefined for `none` or nothing. */
  temperatureShape(value: PropertyValue): string | undefined {
    const name = value.text.trim().toLowerCase();
    return name === '' || name === 'none' ? undefined : this.reference(value, 'tshape', TemperatureShapeObject).name;
  }

  protected updateRecord(): void {
    const { record } = this;
    this.fillTerminal(record.terminal, 0, record.phases, conductorsOf(record.phases, record.connection));
  }
}

/** Class `pvsystem`. */
export const pvsystem = defineClass({
  name: 'pvsystem',
  make: PvSystemObject,
  setters: {
    ...commonSetters<PvSystemObject>(),
    ...inverterSetters<PvSystemObject>(),
    phases: (object, value) => {
      object.record.phases = value.integer(1, 24);
    },
    bus1: (object, value) => {
      object.buses[0] = value.bus();
    },
    kv: (object, value) => {
      object.record.kv = value.positive();
    },
    irradiance: (object, value) => {
      object.record.irradianceKwPerM2 = value.number();
    },
    pmpp: (object, value) => {
      object.record.ratedKw = value.number();
    },
    '%pmpp': (object, value) => {
      object.record.ratedPercent = value.number();
    },
    temperature: (object, value) => {
      object.record.temperatureC = value.number();
    },
    conn: (object, value) => {
      object.record.connection = value.choice(CONNECTIONS);
    },
    kva: (object, value) => setInverterKva(object, value.positive()),
    'p-tcurve': (object, value) => {
      object.record.temperatureCurve = curveNamed(object, value);
    },
    model: (object, value) => {
      const model = value.integer(1, 3);
      if (model === 3) value.fail('a user-written model cannot be run');
      object.record.model = model as PvSystem['model'];
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
    tyearly: (object, value) => {
      object.record.temperatureShapes.yearly = object.temperatureShape(value);
    },
    tdaily: (object, value) => {
      object.record.temperatureShapes.daily = object.temperatureShape(value);
    },
    tduty: (object, value) => {
      object.record.temperatureShapes.duty = object.temperatureShape(value);
    },
    dutystart: (object, value) => {
      object.record.dutyStartHours = value.number();
    },
  },
});
