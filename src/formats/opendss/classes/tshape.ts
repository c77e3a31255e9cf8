/** Class `tshape`: temperatures over time. */
import type { LoadShape } from '../../../grid/index.js';
import { DssObject, defineClass, quiet, type ReaderContext } from '../class-definition.js';
import { readBinaryColumns, readColumns, readSeries } from '../data-files.js';
import type { PropertyValue } from '../property-value.js';

/** Edit state of a temperature shape. */
export class TemperatureShapeObject extends DssObject {
  /** The shape in the grid: the same object from creation on. */
  readonly record: LoadShape;
  private count = 0;

  constructor(name: string, context: ReaderContext) {
    super('tshape', name, context);
    this.record = { name, intervalHours: 1, active: new Float64Array(0), useActual: true };
    context.grid.temperatureShapes.set(name, this.record);
  }

  override copyFrom(other: DssObject): void {
    if (!(other instanceof TemperatureShapeObject)) return;
    const { intervalHours, hours, active } = other.record;
    Object.assign(this.record, { intervalHours, hours: hours?.slice(), active: active.slice() });
    this.count = other.count;
  }

  setCount(count: number): void {
    this.count = count;
  }

  setInterval(hours: number): void {
    this.record.intervalHours = hours;
    if (hours > 0) delete this.record.hours;
  }

  setTemperatures(value: PropertyValue): void {
    this.record.active = readSeries(this, value, this.wanted);
    this.count = this.record.active.length;
  }

  setHours(value: PropertyValue): void {
    this.record.hours = readSeries(this, value, this.wanted);
  }

  /** A file of temperatures, each after its hour where the interval is 0. */
  setFile(value: PropertyValue, kind: 'csv' | 4 | 8): void {
    const timed = this.record.intervalHours === 0;
    const columns = timed ? 2 : 1;
    const found = kind === 'csv' ? readColumns(this, value, columns, this.wanted) : readBinaryColumns(this, value, kind, columns, this.wanted);
    if (timed) this.record.hours = found[0];
    this.record.active = found[columns - 1];
    this.count = this.record.active.length;
  }

  override prepare(): void {
    const { hours, intervalHours, active } = this.record;
    if (intervalHours < 0) this.fail(`must not be negative, but is ${intervalHours} hours`, 'interval');
    if (intervalHours === 0 && active.length > 1 && hours?.length !== active.length)
      this.fail(`interval is 0, so the time of each of its ${active.length} points is needed`, 'hour');
  }

  private get wanted(): number | undefined {
    return this.count === 0 ? undefined : this.count;
  }
}

/** Class `tshape`. */
export const tshape = defineClass({
  name: 'tshape',
  make: TemperatureShapeObject,
  setters: {
    npts: (object, value) => object.setCount(value.integer(0, 6_000_000)),
    interval: (object, value) => object.setInterval(value.number()),
    temp: (object, value) => object.setTemperatures(value),
    hour: (object, value) => object.setHours(value),
    mean: quiet,
    stddev: quiet,
    csvfile: (object, value) => object.setFile(value, 'csv'),
    sngfile: (object, value) => object.setFile(value, 4),
    dblfile: (object, value) => object.setFile(value, 8),
    sinterval: (object, value) => object.setInterval(value.number() / 3600),
    minterval: (object, value) => object.setInterval(value.number() / 60),
    action: quiet,
  },
});
