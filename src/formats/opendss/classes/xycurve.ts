/** Class `xycurve`. */
import type { XyCurve } from '../../../grid/index.js';
import { DssObject, defineClass, quiet, type ReaderContext } from '../class-definition.js';
import { readBinaryColumns, readColumns, readSeries } from '../data-files.js';
import type { PropertyValue } from '../property-value.js';

/** Edit state of a curve. */
export class XyCurveObject extends DssObject {
  /** The curve in the grid: the same object from creation on. */
  readonly record: XyCurve;
  private count = 0;
  private x: Float64Array = new Float64Array(0);
  private y: Float64Array = new Float64Array(0);

  constructor(name: string, context: ReaderContext) {
    super('xycurve', name, context);
    this.record = { name, x: this.x, y: this.y };
    context.grid.xyCurves.set(name, this.record);
  }

  override copyFrom(other: DssObject): void {
    if (!(other instanceof XyCurveObject)) return;
    this.count = other.count;
    this.x = other.x.slice();
    this.y = other.y.slice();
  }

  setCount(count: number): void {
    this.count = count;
  }

  setAxis(axis: 0 | 1, value: PropertyValue): void {
    const values = readSeries(this, value, this.count === 0 ? undefined : this.count);
    if (axis === 0) this.x = values;
    else this.y = values;
    if (this.count === 0) this.count = values.length;
  }

  /** Pairs x1, y1, x2, y2, .. */
  setPoints(value: PropertyValue): void {
    const pairs = readSeries(this, value, this.count === 0 ? undefined : 2 * this.count);
    if (pairs.length % 2 !== 0) value.fail(`needs pairs of numbers, but has ${pairs.length}`);
    this.setBoth(
      pairs.filter((_, i) => i % 2 === 0),
      pairs.filter((_, i) => i % 2 === 1),
    );
  }

  setFile(value: PropertyValue, kind: 'csv' | 4 | 8): void {
    const count = this.count === 0 ? undefined : this.count;
    const [x, y] = kind === 'csv' ? readColumns(this, value, 2, count) : readBinaryColumns(this, value, kind, 2, count);
    this.setBoth(x, y);
  }

  override endEdit(): void {
    const n = Math.min(this.x.length, this.y.length);
    this.record.x = this.x.slice(0, n);
    this.record.y = this.y.slice(0, n);
  }

  override prepare(): void {
    if (this.x.length !== this.y.length) this.fail(`has ${this.x.length} x values and ${this.y.length} y values`, 'xarray');
  }

  private setBoth(x: Float64Array, y: Float64Array): void {
    this.x = x;
    this.y = y;
    this.count = x.length;
  }
}

/** Class `xycurve`. */
export const xycurve = defineClass({
  name: 'xycurve',
  make: XyCurveObject,
  setters: {
    npts: (object, value) => object.setCount(value.integer(0, 6_000_000)),
    points: (object, value) => object.setPoints(value),
    yarray: (object, value) => object.setAxis(1, value),
    xarray: (object, value) => object.setAxis(0, value),
    csvfile: (object, value) => object.setFile(value, 'csv'),
    sngfile: (object, value) => object.setFile(value, 4),
    dblfile: (object, value) => object.setFile(value, 8),
    // Asks for a value; sets nothing.
    x: () => {},
    y: () => {},
    // In OpenDSS these act on values asked for by `x` and `y` only, not on those that elements look up.
    xshift: quiet,
    yshift: quiet,
    xscale: quiet,
    yscale: quiet,
  },
});
