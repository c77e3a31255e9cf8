/** Class `linecode`: impedances per unit length, shared by lines. */
import { type ComplexMatrix, kronReduce } from '../../../grid/index.js';
import { DssObject, defineClass, quiet, type ReaderContext } from '../class-definition.js';
import type { PropertyValue } from '../property-value.js';
import { LENGTH_UNITS, type LengthUnit } from '../units.js';
import { inverseOrZero, matrixFromSequence } from './sequence-values.js';

/** Sequence values per unit length: ohm, and farad. */
export interface LineSequenceValues {
  r1: number;
  x1: number;
  r0: number;
  x0: number;
  c1: number;
  c0: number;
}

/** The language's default line, per thousand feet. */
export const DEFAULT_LINE: Readonly<LineSequenceValues> = { r1: 0.058, x1: 0.1206, r0: 0.1784, x0: 0.4047, c1: 3.4e-9, c0: 1.6e-9 };

/** Admittance matrix in siemens per unit length of capacitances in farad. */
export function shuntFromSequence(order: number, values: LineSequenceValues, frequencyHz: number): ComplexMatrix {
  const omega = 2 * Math.PI * frequencyHz;
  return matrixFromSequence(order, [0, omega * values.c1], [0, omega * values.c0]);
}

/** Edit state of a line code. */
export class LineCodeObject extends DssObject {
  phases = 3;
  baseFrequencyHz: number;
  units: LengthUnit = 'none';
  values: LineSequenceValues = { ...DEFAULT_LINE };
  /** The matrices follow from sequence values. */
  bySequence = true;
  series: ComplexMatrix;
  shunt: ComplexMatrix;
  groundOhm = 0.01805;
  groundReactanceOhm = 0.155081;
  groundResistivity = 100;
  normalAmps = 400;
  emergencyAmps = 600;
  private neutral = 3;

  constructor(name: string, context: ReaderContext) {
    super('linecode', name, context);
    this.baseFrequencyHz = context.fundamentalHz;
    this.series = matrixFromSequence(3, [0, 0], [0, 0]);
    this.shunt = this.series;
    this.calculateMatrices();
  }

  override copyFrom(other: DssObject): void {
    if (!(other instanceof LineCodeObject)) return;
    this.phases = other.phases;
    this.series = other.series;
    this.shunt = other.shunt;
    this.baseFrequencyHz = other.baseFrequencyHz;
    this.values = { ...other.values };
    this.bySequence = other.bySequence;
    this.groundOhm = other.groundOhm;
    this.groundReactanceOhm = other.groundReactanceOhm;
    this.groundResistivity = other.groundResistivity;
    this.neutral = other.neutral;
    this.normalAmps = other.normalAmps;
    this.emergencyAmps = other.emergencyAmps;
  }

  override endEdit(): void {
    if (this.bySequence) this.calculateMatrices();
  }

  setPhases(count: number): void {
    if (count === this.phases) return;
    this.phases = count;
    this.neutral = count;
    this.calculateMatrices();
  }

  setSequence(key: keyof LineSequenceValues, value: number): void {
    this.values[key] = value;
    this.bySequence = true;
  }

  setMatrix(part: 'r' | 'x' | 'c', value: PropertyValue): void {
    const matrix = value.symmetricMatrix(this.phases);
    this.bySequence = false;
    // Lines share these matrices: never change them in place.
    if (part === 'r') this.series = { ...this.series, re: matrix };
    else if (part === 'x') this.series = { ...this.series, im: matrix };
    else {
      const factor = 2 * Math.PI * this.baseFrequencyHz * 1e-9;
      this.shunt = { ...this.shunt, im: matrix.map((c) => c * factor) };
    }
  }

  setNeutral(conductor: number): void {
    this.neutral = conductor;
  }

  /** Eliminates the neutral conductor. */
  reduce(value: PropertyValue): void {
    if (this.bySequence || this.neutral === 0) return;
    if (this.phases < 2) value.fail('cannot eliminate the only conductor');
    if (this.neutral > this.phases) value.fail(`neutral ${this.neutral} is no conductor of this line code`);
    const gone = [this.neutral - 1];
    const series = kronReduce(this.series, gone);
    const potential = inverseOrZero(this.shunt);
    const reduced = potential && kronReduceOrZero(potential, gone);
    const shunt = reduced && inverseOrZero(reduced);
    if (!series || !shunt) value.fail(`conductor ${this.neutral} cannot be eliminated: the matrix is singular`);
    this.phases = series.order;
    this.series = series;
    this.shunt = shunt;
    this.neutral = 0;
  }

  private calculateMatrices(): void {
    const { r1, x1, r0, x0 } = this.values;
    this.series = matrixFromSequence(this.phases, [r1, x1], [r0, x0]);
    this.shunt = shuntFromSequence(this.phases, this.values, this.baseFrequencyHz);
  }
}

function kronReduceOrZero(matrix: ComplexMatrix, gone: readonly number[]): ComplexMatrix | undefined {
  if (matrix.re.every((x) => x === 0) && matrix.im.every((x) => x === 0)) return matrixFromSequence(matrix.order - gone.length, [0, 0], [0, 0]);
  return kronReduce(matrix, gone);
}

/** Class `linecode`. */
export const linecode = defineClass({
  name: 'linecode',
  make: LineCodeObject,
  setters: {
    nphases: (object, value) => object.setPhases(value.integer(1, 100)),
    r1: (object, value) => object.setSequence('r1', value.number()),
    x1: (object, value) => object.setSequence('x1', value.number()),
    r0: (object, value) => object.setSequence('r0', value.number()),
    x0: (object, value) => object.setSequence('x0', value.number()),
    c1: (object, value) => object.setSequence('c1', value.number() * 1e-9),
    c0: (object, value) => object.setSequence('c0', value.number() * 1e-9),
    b1: (object, value) => object.setSequence('c1', (value.number() * 1e-6) / (2 * Math.PI * object.baseFrequencyHz)),
    b0: (object, value) => object.setSequence('c0', (value.number() * 1e-6) / (2 * Math.PI * object.baseFrequencyHz)),
    units: (object, value) => {
      object.units = value.choice(LENGTH_UNITS);
    },
    rmatrix: (object, value) => object.setMatrix('r', value),
    xmatrix: (object, value) => object.setMatrix('x', value),
    cmatrix: (object, value) => object.setMatrix('c', value),
    basefreq: (object, value) => {
      object.baseFrequencyHz = value.positive();
    },
    normamps: (object, value) => {
      object.normalAmps = value.number();
    },
    emergamps: (object, value) => {
      object.emergencyAmps = value.number();
    },
    faultrate: quiet,
    pctperm: quiet,
    repair: quiet,
    kron: (object, value) => {
      if (value.boolean()) object.reduce(value);
    },
    rg: (object, value) => {
      object.groundOhm = value.number();
    },
    xg: (object, value) => {
      object.groundReactanceOhm = value.number();
    },
    rho: (object, value) => {
      object.groundResistivity = value.positive();
    },
    neutral: (object, value) => object.setNeutral(value.integer(0, 100)),
    seasons: quiet,
    ratings: quiet,
    linetype: quiet,
  },
});
