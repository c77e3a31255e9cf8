/** Class `loadshape`: multipliers over time. */
import { defaultLoadShape, type LoadShape } from '../../../grid/index.js';
import { DssObject, defineClass, notModelled, quiet, type ReaderContext } from '../class-definition.js';
import { readBinaryColumns, readColumns, readSeries } from '../data-files.js';
import type { PropertyValue } from '../property-value.js';

/** Edit state of a load shape. */
export class LoadShapeObject extends DssObject {
  /** The shape in the grid: the same object from creation on. */
  readonly record: LoadShape;
  count = 0;
  maxActive = 1;
  maxReactive = 0;
  private maxReactiveGiven = false;
  private baseActive = 0;
  private baseReactive = 0;
  private hasData = false;
  private warnedOfNoData = false;

  constructor(name: string, context: ReaderContext) {
    super('loadshape', name, context);
    this.record = { name, intervalHours: 1, active: new Float64Array(0), useActual: false };
    context.grid.loadShapes.set(name, this.record);
  }

  get useActual(): boolean {
    return this.record.useActual;
  }

  override copyFrom(other: DssObject): void {
    if (!(other instanceof LoadShapeObject)) return;
    const { intervalHours, hours, active, reactive, useActual } = other.record;
    Object.assign(this.record, { intervalHours, hours: hours?.slice(), active: active.slice(), reactive: reactive?.slice(), useActual });
    this.count = other.count;
    this.baseActive = other.baseActive;
    this.baseReactive = other.baseReactive;
    this.hasData = other.hasData;
  }

  override endEdit(): void {
    const { active, reactive, hours } = this.record;
    if (!this.hasData) return;
    if (hours && hours.length !== active.length && this.record.intervalHours === 0) {
      // The shorter one counts, as where a file ended early.
      const n = Math.min(hours.length, active.length);
      this.record.hours = hours.slice(0, n);
      this.record.active = active.slice(0, n);
    }
    this.setPeaks(this.record.active, reactive);
  }

  override prepare(): void {
    const { hours, intervalHours, active, reactive } = this.record;
    if (active.length === 0) {
      if (!this.warnedOfNoData) this.context.warn(`${this.id} has no multipliers (mult=): what follows it keeps its full power`);
      this.warnedOfNoData = true;
      return;
    }
    if (!this.hasData) return;
    if (intervalHours === 0 && hours === undefined && active.length > 1) this.fail('interval is 0, so the time of each point is needed', 'hour');
    if (intervalHours < 0) this.fail(`must not be negative, but is ${intervalHours} hours`, 'interval');
    if (reactive && reactive.length < active.length) this.fail(`has ${reactive.length} numbers for ${active.length} points`, 'qmult');
  }

  /** Makes this the 24-hour shape that every circuit has. */
  setToDefault(): void {
    Object.assign(this.record, defaultLoadShape());
    this.count = this.record.active.length;
  }

  setCount(count: number): void {
    this.count = count;
  }

  setInterval(hours: number): void {
    this.record.intervalHours = hours;
    if (hours > 0) delete this.record.hours;
  }

  setActive(value: PropertyValue): void {
    this.takeActive(readSeries(this, value, this.wanted));
  }

  setReactive(value: PropertyValue): void {
    this.record.reactive = readSeries(this, value, this.wanted);
  }

  setHours(value: PropertyValue): void {
    const hours = readSeries(this, value, this.wanted);
    for (let i = 1; i < hours.length; i++) {
      if (hours[i] < hours[i - 1]) value.fail(`must rise: point ${i + 1} is ${hours[i]} after ${hours[i - 1]}`);
    }
    this.record.hours = hours;
    this.record.intervalHours = 0;
  }

  /** A text or binary file of multipliers, each after its hour where the interval is 0. */
  setFile(value: PropertyValue, kind: 'csv' | 4 | 8, reactiveToo = false): void {
    const timed = this.record.intervalHours === 0;
    const columns = 1 + (timed ? 1 : 0) + (reactiveToo ? 1 : 0);
    const found = kind === 'csv' ? readColumns(this, value, columns, this.wanted) : readBinaryColumns(this, value, kind, columns, this.wanted);
    if (timed) this.record.hours = found[0];
    const at = timed ? 1 : 0;
    this.takeActive(found[at]);
    if (reactiveToo) this.record.reactive = found[at + 1];
  }

  setPeak(active: number): void {
    this.maxActive = active;
  }

  setReactivePeak(reactive: number): void {
    this.maxReactive = reactive;
    this.maxReactiveGiven = true;
  }

  setBase(which: 'active' | 'reactive', base: number): void {
    if (which === 'active') this.baseActive = base;
    else this.baseReactive = base;
  }

  /** Divides by the base or, where none is set, the largest magnitude. */
  normalize(): void {
    const scale = (values: Float64Array, given: number): void => {
      const base = given > 0 ? given : values.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
      if (base !== 0) for (let i = 0; i < values.length; i++) values[i] /= base;
    };
    scale(this.record.active, this.baseActive);
    if (this.record.reactive) scale(this.record.reactive, this.baseReactive);
    this.record.useActual = false;
  }

  private get wanted(): number | undefined {
    return this.count === 0 ? undefined : this.count;
  }

  private takeActive(values: Float64Array): void {
    this.record.active = values;
    this.count = values.length;
    this.hasData = true;
  }

  private setPeaks(active: Float64Array, reactive: Float64Array | undefined): void {
    let at = 0;
    active.forEach((x, i) => {
      if (Math.abs(x) > Math.abs(active[at])) at = i;
    });
    if (active.length > 0) this.maxActive = active[at];
    if (!this.maxReactiveGiven) this.maxReactive = reactive ? (reactive[at] ?? 0) : 0;
  }
}

/** Class `loadshape`. */
export const loadshape = defineClass({
  name: 'loadshape',
  make: LoadShapeObject,
  setters: {
    npts: (object, value) => object.setCount(value.integer(0, 6_000_000)),
    interval: (object, value) => object.setInterval(value.number()),
    sinterval: (object, value) => object.setInterval(value.number() / 3600),
    minterval: (object, value) => object.setInterval(value.number() / 60),
    mult: (object, value) => object.setActive(value),
    pmult: (object, value) => object.setActive(value),
    qmult: (object, value) => object.setReactive(value),
    hour: (object, value) => object.setHours(value),
    // Used by random modes only, which busbar has not.
    mean: quiet,
    stddev: quiet,
    csvfile: (object, value) => object.setFile(value, 'csv'),
    pqcsvfile: (object, value) => object.setFile(value, 'csv', true),
    sngfile: (object, value) => object.setFile(value, 4),
    dblfile: (object, value) => object.setFile(value, 8),
    action: (object, value) => {
      const action = value.choice([
        ['normalize', 'normalize'],
        ['dblsave', 'save'],
        ['sngsave', 'save'],
      ] as const);
      if (action === 'normalize') object.normalize();
    },
    useactual: (object, value) => {
      object.record.useActual = value.boolean();
    },
    pmax: (object, value) => object.setPeak(value.number()),
    qmax: (object, value) => object.setReactivePeak(value.number()),
    pbase: (object, value) => object.setBase('active', value.number()),
    qbase: (object, value) => object.setBase('reactive', value.number()),
    memorymapping: quiet,
    interpolation: notModelled('points between those of a shape are read otherwise with this interpolation', ['avg', 'average', 'a', 'av']),
  },
});
