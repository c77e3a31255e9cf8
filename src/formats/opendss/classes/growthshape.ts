/** Class `growthshape`: growth of load from year to year. */
import { DssObject, defineClass, type ReaderContext } from '../class-definition.js';
import { readColumns, readSeries } from '../data-files.js';
import type { PropertyValue } from '../property-value.js';

/** Edit state of a growth shape: in each year the factor by which load grows over the year before; years between keep the last factor. */
export class GrowthShapeObject extends DssObject {
  count = 0;
  private years: number[] = [];
  private factors: number[] = [];

  constructor(name: string, context: ReaderContext) {
    super('growthshape', name, context);
  }

  override copyFrom(other: DssObject): void {
    if (!(other instanceof GrowthShapeObject)) return;
    this.count = other.count;
    this.years = [...other.years];
    this.factors = [...other.factors];
  }

  set(field: 'years' | 'factors', value: PropertyValue): void {
    const values = Array.from(readSeries(this, value, this.count === 0 ? undefined : this.count));
    this[field] = field === 'years' ? values.map((year) => Math.round(year)) : values;
  }

  setFile(value: PropertyValue): void {
    const [years, factors] = readColumns(this, value, 2, this.count === 0 ? undefined : this.count);
    this.years = Array.from(years, (year) => Math.round(year));
    this.factors = Array.from(factors);
  }

  /** Load in a year over that of the first year of the shape, whose factor counts from the year after; 1 up to that first year. */
  multiplier(year: number): number {
    const n = Math.min(this.years.length, this.factors.length);
    if (n === 0) return 1;
    let product = 1;
    let at = 1;
    for (let y = this.years[0]; y < year && y - this.years[0] < 10_000; y++) {
      while (at < n && this.years[at] <= y) at++;
      product *= this.factors[at - 1];
    }
    return product;
  }
}

/** Growth of a load's power in the simulated year; 1 in year 0. */
export function growthFactor(object: DssObject, shapeName: string | undefined): number {
  const { year, growthRate } = object.context;
  if (year === 0) return 1;
  const shape = shapeName === undefined ? undefined : object.context.find('growthshape', shapeName);
  if (shape instanceof GrowthShapeObject) return shape.multiplier(year);
  return growthRate ** (year - 1);
}

/** Class `growthshape`. */
export const growthshape = defineClass({
  name: 'growthshape',
  make: GrowthShapeObject,
  setters: {
    npts: (object, value) => {
      object.count = value.integer(0, 1_000_000);
    },
    year: (object, value) => object.set('years', value),
    mult: (object, value) => object.set('factors', value),
    csvfile: (object, value) => object.setFile(value),
    sngfile: (object, value) => object.setFile(value),
    dblfile: (object, value) => object.setFile(value),
  },
});
