/** Class `line`: lines, cables and switches, by sequence values, matrices, line code, geometry, or spacing and wires. */
import type { ComplexMatrix, Line } from '../../../grid/index.js';
import { commonSetters, DssObject, defineClass, ElementObject, emptyTerminal, quiet, type ReaderContext } from '../class-definition.js';
import type { PropertyValue } from '../property-value.js';
import { EARTH_MODELS, type EarthModel } from '../script-options.js';
import { LENGTH_UNITS, type LengthUnit, metersIn, unitRatio } from '../units.js';
import { DEFAULT_EARTH_RESISTIVITY, earthModelInForce, setEarthModelInForce } from './line-geometry-constants.js';
import { LineGeometrySource, LineSpacingSource } from './line-geometry-source.js';
import { DEFAULT_LINE, LineCodeObject, type LineSequenceValues, shuntFromSequence } from './linecode.js';
import { longLineMatrices } from './long-line.js';
import { hasZeroDiagonal, matrixFromSequence } from './sequence-values.js';

type WireKind = 'wiredata' | 'cndata' | 'tsdata';

/** Edit state of a line. */
export class LineObject extends ElementObject<Line> {
  readonly record: Line;
  phases = 3;
  private length = 1;
  private units: LengthUnit = 'none';
  /** How many units of length make one unit of the impedances. */
  private unitFactor = 1;
  private codeUnits: LengthUnit = 'none';
  private values: LineSequenceValues = { ...DEFAULT_LINE };
  private bySequence = true;
  private sequenceChanged = false;
  private capacitanceGiven = false;
  /** Per unit length at the base frequency. Never changed in place: line codes and copies share them. */
  private series: ComplexMatrix;
  private shunt: ComplexMatrix;
  private groundOhm = 0.01805;
  private groundReactanceOhm = 0.155081;
  private groundResistivity = 100;
  private groundFactor = 0;
  private resistivityGiven = false;
  private code: LineCodeObject | undefined;
  private geometry: LineGeometrySource | undefined;
  private spacing: LineSpacingSource | undefined;
  private wires: (DssObject | undefined)[] = [];
  /** The kind of the phase wires once they are known. */
  private wireKind: WireKind | undefined;
  private earthModel: EarthModel;
  /** Line constants were computed since the last edit. */
  private settled = false;

  constructor(name: string, context: ReaderContext) {
    super('line', name, context);
    this.earthModel = context.earthModel;
    const initial = initialMatrices(this.baseFrequencyHz);
    this.series = initial.series;
    this.shunt = initial.shunt;
    this.setGroundFactor();
    this.record = {
      kind: 'line',
      name,
      enabled: true,
      origin: this.origin,
      phases: 3,
      terminals: [emptyTerminal(), emptyTerminal()],
      seriesOhm: this.series,
      shuntSiemens: this.shunt,
      lengthMeters: 1,
      isSwitch: false,
      normalAmps: 400,
      emergencyAmps: 600,
    };
    this.buses = [undefined, undefined];
  }

  override copyFrom(other: DssObject): void {
    if (!(other instanceof LineObject)) return;
    this.copyCommon(other);
    this.phases = other.phases;
    this.series = other.series;
    this.shunt = other.shunt;
    this.values = { ...other.values };
    this.length = other.length;
    this.bySequence = other.bySequence;
    this.capacitanceGiven = other.capacitanceGiven;
    // Geometry has no matrix of its own to copy: the reference is shared.
    this.geometry = other.geometry;
    this.spacing = other.spacing;
    this.wires = [...other.wires];
    this.wireKind = other.wireKind;
    if (other.geometry || other.spacingComplete) this.units = other.units;
  }

  setCode(value: PropertyValue): void {
    const code = this.reference(value, 'linecode', LineCodeObject);
    this.code = code;
    this.baseFrequencyHz = code.baseFrequencyHz;
    this.bySequence = code.bySequence;
    if (code.bySequence) this.values = { ...code.values };
    this.groundOhm = code.groundOhm;
    this.groundReactanceOhm = code.groundReactanceOhm;
    this.groundResistivity = code.groundResistivity;
    this.setGroundFactor();
    this.codeUnits = code.units;
    this.unitFactor = unitRatio(this.codeUnits, this.units);
    this.record.normalAmps = code.normalAmps;
    this.record.emergencyAmps = code.emergencyAmps;
    this.phases = code.phases;
    if (code.bySequence) this.calculateMatrices();
    else {
      this.series = code.series;
      this.shunt = code.shunt;
    }
    this.dropSpacing();
    this.geometry = undefined;
  }

  setLength(value: PropertyValue): void {
    this.length = value.number();
    if (this.length === 0) value.fail('must not be zero: a line without length has no impedance; use a small length');
    if (this.length < 0) value.fail(`must be greater than zero, not ${this.length}`);
  }

  setUnits(value: PropertyValue): void {
    const units = value.choice(LENGTH_UNITS);
    if (this.code) this.unitFactor = unitRatio(this.codeUnits, units);
    else this.unitFactor *= unitRatio(this.units, units);
    this.units = units;
  }

  setPhases(value: PropertyValue): void {
    const count = value.integer(1, 100);
    if (count === this.phases) return;
    if (this.geometry || !this.bySequence) {
      value.fail(`cannot be changed from ${this.phases} to ${count}: the impedances were given as matrices or by geometry; set phases first`);
    }
    this.phases = count;
    this.calculateMatrices();
  }

  setSequence(key: keyof LineSequenceValues, value: number): void {
    this.values[key] = value;
    if (key === 'c1' || key === 'c0') this.capacitanceGiven = true;
    this.code = undefined;
    this.geometry = undefined;
    this.dropSpacing();
    this.resetUnits();
    this.sequenceChanged = true;
    this.bySequence = true;
  }

  setMatrix(part: 'r' | 'x' | 'c', value: PropertyValue): void {
    const matrix = value.symmetricMatrix(this.phases);
    if (part === 'r') this.series = { ...this.series, re: matrix };
    else if (part === 'x') this.series = { ...this.series, im: matrix };
    else {
      const factor = 2 * Math.PI * this.baseFrequencyHz * 1e-9;
      this.shunt = { ...this.shunt, im: matrix.map((c) => c * factor) };
      this.capacitanceGiven = true;
    }
    this.code = undefined;
    this.bySequence = false;
    this.resetUnits();
    this.geometry = undefined;
    this.dropSpacing();
  }

  setSwitch(isSwitch: boolean): void {
    this.record.isSwitch = isSwitch;
    if (!isSwitch) return;
    this.code = undefined;
    this.geometry = undefined;
    this.dropSpacing();
    this.sequenceChanged = true;
    this.values = { r1: 1, x1: 1, r0: 1, x0: 1, c1: 1.1e-9, c0: 1e-9 };
    this.length = 0.001;
    this.resetUnits();
  }

  setGround(property: 'rg' | 'xg' | 'rho', value: PropertyValue): void {
    if (property === 'rg') this.groundOhm = value.number();
    else if (property === 'xg') this.groundReactanceOhm = value.number();
    else {
      this.groundResistivity = value.positive();
      this.resistivityGiven = true;
      if (this.geometry) this.geometry.earthResistivity = this.groundResistivity;
    }
    this.setGroundFactor();
  }

  setGeometry(value: PropertyValue): void {
    this.geometry = this.reference(value, 'linegeometry', LineGeometrySource);
    if (this.resistivityGiven) this.geometry.earthResistivity = this.groundResistivity;
    this.code = undefined;
    this.dropSpacing();
    this.record.normalAmps = this.geometry.normalAmps;
    this.record.emergencyAmps = this.geometry.emergencyAmps;
    this.phases = this.geometry.conductorCount;
    this.bySequence = false;
    this.sequenceChanged = false;
  }

  setSpacing(value: PropertyValue): void {
    this.spacing = this.reference(value, 'linespacing', LineSpacingSource);
    this.code = undefined;
    this.geometry = undefined;
    this.phases = this.spacing.phaseCount;
    this.wires = new Array<DssObject | undefined>(this.spacing.wireCount).fill(undefined);
    this.wireKind = undefined;
  }

  setWires(kind: WireKind, value: PropertyValue): void {
    const spacing = this.spacing;
    if (!spacing) value.fail('needs spacing= before it');
    const objects = value.names().map((name) => this.wire(kind, name, value));
    // Bare wires after cables are the neutrals that follow the phases.
    const start = kind === 'wiredata' && this.wireKind && this.wireKind !== 'wiredata' ? spacing.phaseCount : 0;
    const most = kind === 'wiredata' ? spacing.wireCount - start : spacing.wireCount;
    const least = kind === 'wiredata' ? most : spacing.phaseCount;
    if (objects.length < least || objects.length > most) {
      value.fail(`needs ${least === most ? least : `${least} to ${most}`} names for this spacing, but has ${objects.length}`);
    }
    objects.forEach((object, i) => {
      this.wires[start + i] = object;
    });
    if (start === 0) this.wireKind = kind;
    this.code = undefined;
    this.geometry = undefined;
    this.bySequence = false;
    this.sequenceChanged = false;
  }

  setEarthModel(value: PropertyValue): void {
    this.earthModel = value.choice(EARTH_MODELS);
  }

  override prepare(): void {
    if (!this.record.enabled) return;
    if (this.sequenceChanged) {
      // From here on matrices may be given that are not overridden by the earlier sequence values.
      this.values = this.effectiveValues();
      this.capacitanceGiven = true;
      this.sequenceChanged = false;
      this.calculateMatrices();
    }
    if (this.spacing && !this.spacingComplete)
      this.fail(`spacing "${this.spacing.name}" has ${this.spacing.wireCount} positions, but not all have a wire`, 'wires');
    this.settleGeometry();
    if (hasZeroDiagonal(this.record.seriesOhm)) this.fail('has no impedance: r and x are both zero; give a small reactance', 'x1');
  }

  protected updateRecord(): void {
    const { record } = this;
    record.phases = this.phases;
    this.fillTerminal(record.terminals[0], 0, this.phases, this.phases);
    this.fillTerminal(record.terminals[1], 1, this.phases, this.phases);
    record.lengthMeters = this.length * metersIn(this.units);
    record.lengthUnitKnown = this.units !== 'none';
    this.settled = false;
    if (this.geometry || this.spacingComplete) this.calculateFromGeometry(this.earthModel, false);
    else this.calculateTotals();
  }

  /**
   * Line constants for the solution that follows. OpenDSS computes them only now, line by line in order of creation, and a spacing is computed with the
   * earth model of the line before it (deri for the first), unless the line gives a resistivity other than the default.
   */
  private settleGeometry(): void {
    if (this.settled || !(this.geometry || this.spacingComplete)) return;
    this.settled = true;
    const before = earthModelInForce(this.context.grid);
    setEarthModelInForce(this.context.grid, this.earthModel);
    const own = this.geometry !== undefined || (this.resistivityGiven && this.groundResistivity !== DEFAULT_EARTH_RESISTIVITY);
    this.calculateFromGeometry(own ? this.earthModel : before, true);
  }

  private get spacingComplete(): boolean {
    return this.spacing !== undefined && this.wires.length > 0 && this.wires.every((wire) => wire !== undefined);
  }

  private wire(kind: WireKind, name: string, value: PropertyValue): DssObject {
    const dot = name.indexOf('.');
    const object = dot > 0 ? this.context.find(name.slice(0, dot), name.slice(dot + 1)) : this.context.find(kind, name);
    return object ?? value.fail(`there is no ${kind} named "${name}"; define it before it is used`);
  }

  private calculateFromGeometry(earthModel: EarthModel, forSolution: boolean): void {
    const request = {
      frequencyHz: this.context.frequencyHz,
      earthModel,
      forSolution,
      earthResistivity: this.resistivityGiven ? this.groundResistivity : undefined,
    };
    const constants = this.geometry
      ? this.geometry.lineConstants(request)
      : this.spacing?.lineConstants(
          this.wires.filter((wire) => wire !== undefined),
          request,
        );
    if (!constants) return;
    if (constants.seriesOhm.order !== this.phases)
      this.fail(`its geometry now has ${constants.seriesOhm.order} conductors, not ${this.phases}`, 'geometry');
    const meters = this.length * metersIn(this.units);
    this.record.seriesOhm = totals(constants.seriesOhm, meters, meters);
    this.record.shuntSiemens = totals(constants.shuntSiemens, meters, meters);
  }

  private calculateTotals(): void {
    const ratio = this.frequencyRatio;
    const length = this.length / this.unitFactor;
    // Sequence values win over matrices given after them, until a solution has been made.
    if (this.bySequence || this.sequenceChanged) {
      const values = this.effectiveValues();
      if (this.bySequence && this.context.longLineCorrection) {
        const corrected = longLineMatrices(this.phases, values, this.length, this.baseFrequencyHz, this.context.frequencyHz);
        this.record.seriesOhm = totals(corrected.seriesOhm, length, length);
        this.record.shuntSiemens = totals(corrected.shuntSiemens, 1, length);
        return;
      }
      this.series = matrixFromSequence(this.phases, [values.r1, values.x1], [values.r0, values.x0]);
      this.shunt = shuntFromSequence(this.phases, values, this.baseFrequencyHz);
    }
    const series = totals(this.series, length, length * ratio);
    if (ratio !== 1) {
      const earthResistance = this.groundOhm * (ratio - 1) * length;
      const earthReactance = this.groundReactanceOhm === 0 ? 0 : 0.5 * this.groundFactor * Math.log(ratio) * length * ratio;
      for (let i = 0; i < series.re.length; i++) {
        series.re[i] += earthResistance;
        series.im[i] -= earthReactance;
      }
    }
    this.record.seriesOhm = series;
    this.record.shuntSiemens = totals(this.shunt, 0, length * ratio);
  }

  /**
   * The sequence values in force: the default capacitances are per thousand feet and are converted where other values were given but they were not;
   * a line of one phase has no zero sequence of its own.
   */
  private effectiveValues(): LineSequenceValues {
    const values = { ...this.values };
    if (this.sequenceChanged && !this.capacitanceGiven) {
      const factor = unitRatio('kft', this.units);
      values.c1 /= factor;
      values.c0 /= factor;
    }
    if (this.phases === 1) {
      values.r0 = values.r1;
      values.x0 = values.x1;
      values.c0 = values.c1;
    }
    return values;
  }

  private calculateMatrices(): void {
    if (this.phases === 1) {
      this.values.r0 = this.values.r1;
      this.values.x0 = this.values.x1;
      this.values.c0 = this.values.c1;
    }
    const { r1, x1, r0, x0 } = this.values;
    this.series = matrixFromSequence(this.phases, [r1, x1], [r0, x0]);
    this.shunt = shuntFromSequence(this.phases, this.values, this.baseFrequencyHz);
  }

  private setGroundFactor(): void {
    this.groundFactor = this.groundReactanceOhm / Math.log(658.5 * Math.sqrt(this.groundResistivity / this.baseFrequencyHz));
  }

  private resetUnits(): void {
    this.unitFactor = 1;
    this.units = 'none';
  }

  private dropSpacing(): void {
    this.spacing = undefined;
    this.wires = [];
    this.wireKind = undefined;
  }
}

const initialByFrequency = new Map<number, { series: ComplexMatrix; shunt: ComplexMatrix }>();

/** The matrices of a fresh line. */
function initialMatrices(frequencyHz: number): { series: ComplexMatrix; shunt: ComplexMatrix } {
  let initial = initialByFrequency.get(frequencyHz);
  if (!initial) {
    const { r1, x1, r0, x0 } = DEFAULT_LINE;
    initial = { series: matrixFromSequence(3, [r1, x1], [r0, x0]), shunt: shuntFromSequence(3, DEFAULT_LINE, frequencyHz) };
    if (initialByFrequency.size < 100) initialByFrequency.set(frequencyHz, initial);
  }
  return initial;
}

function totals(matrix: ComplexMatrix, realFactor: number, imaginaryFactor: number): ComplexMatrix {
  return { order: matrix.order, re: matrix.re.map((x) => x * realFactor), im: matrix.im.map((x) => x * imaginaryFactor) };
}

const susceptance =
  (key: 'c1' | 'c0') =>
  (object: LineObject, value: PropertyValue): void =>
    object.setSequence(key, (value.number() * 1e-6) / (2 * Math.PI * object.baseFrequencyHz));

/** Class `line`. */
export const line = defineClass({
  name: 'line',
  make: LineObject,
  setters: {
    ...commonSetters<LineObject>(),
    bus1: (object, value) => {
      object.buses[0] = value.bus();
    },
    bus2: (object, value) => {
      object.buses[1] = value.bus();
    },
    linecode: (object, value) => object.setCode(value),
    length: (object, value) => object.setLength(value),
    phases: (object, value) => object.setPhases(value),
    r1: (object, value) => object.setSequence('r1', value.number()),
    x1: (object, value) => object.setSequence('x1', value.number()),
    r0: (object, value) => object.setSequence('r0', value.number()),
    x0: (object, value) => object.setSequence('x0', value.number()),
    c1: (object, value) => object.setSequence('c1', value.number() * 1e-9),
    c0: (object, value) => object.setSequence('c0', value.number() * 1e-9),
    b1: susceptance('c1'),
    b0: susceptance('c0'),
    rmatrix: (object, value) => object.setMatrix('r', value),
    xmatrix: (object, value) => object.setMatrix('x', value),
    cmatrix: (object, value) => object.setMatrix('c', value),
    switch: (object, value) => object.setSwitch(value.boolean()),
    rg: (object, value) => object.setGround('rg', value),
    xg: (object, value) => object.setGround('xg', value),
    rho: (object, value) => object.setGround('rho', value),
    geometry: (object, value) => object.setGeometry(value),
    units: (object, value) => object.setUnits(value),
    spacing: (object, value) => object.setSpacing(value),
    wires: (object, value) => object.setWires('wiredata', value),
    cncables: (object, value) => object.setWires('cndata', value),
    tscables: (object, value) => object.setWires('tsdata', value),
    earthmodel: (object, value) => object.setEarthModel(value),
    linetype: quiet,
    normamps: (object, value) => {
      object.record.normalAmps = value.number();
    },
    emergamps: (object, value) => {
      object.record.emergencyAmps = value.number();
    },
  },
});
