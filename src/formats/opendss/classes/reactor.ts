/** Class `reactor`: shunt and series reactors, neutral impedances. */
import { balanced, type ComplexMatrix, curveValueAt, inverse, type Reactor, zeros } from '../../../grid/index.js';
import { commonSetters, type DssObject, defineClass, emptyTerminal, type ReaderContext } from '../class-definition.js';
import type { PropertyValue } from '../property-value.js';
import { CONNECTIONS } from '../script-options.js';
import { type Complex, circulantFromSequence, hasZeroDiagonal } from './sequence-values.js';
import { ShuntObject } from './shunt-buses.js';
import { XyCurveObject } from './xycurve.js';

type Specification = 'kvar' | 'ohm' | 'matrix' | 'sequence';

/** Edit state of a reactor. */
export class ReactorObject extends ShuntObject<Reactor> {
  readonly record: Reactor;
  private specification: Specification = 'kvar';
  private kvar = 100;
  private kv = 12.47;
  private resistance = 0;
  private reactance = 1555.009;
  private parallelResistance = 0;
  private resistanceMatrix: Float64Array | undefined;
  private reactanceMatrix: Float64Array | undefined;
  private parallel = false;
  private z1: Complex = [0, 0];
  private z2: Complex = [0, 0];
  private z0: Complex = [0, 0];
  private z2Given = false;
  private z0Given = false;
  private resistanceCurve: XyCurveObject | undefined;
  private inductanceCurve: XyCurveObject | undefined;

  constructor(name: string, context: ReaderContext) {
    super('reactor', name, context);
    this.record = {
      kind: 'reactor',
      name,
      enabled: true,
      origin: this.origin,
      phases: 3,
      terminals: [emptyTerminal(), emptyTerminal()],
      connection: 'wye',
      impedanceOhm: zeros(3),
      parallelOhm: 0,
    };
    this.buses = [undefined, undefined];
  }

  override copyFrom(other: DssObject): void {
    if (!(other instanceof ReactorObject)) return;
    this.copyCommon(other);
    this.record.phases = other.record.phases;
    this.record.connection = other.record.connection;
    this.specification = other.specification;
    this.kvar = other.kvar;
    this.kv = other.kv;
    this.resistance = other.resistance;
    this.reactance = other.reactance;
    this.parallelResistance = other.parallelResistance;
    this.resistanceMatrix = other.resistanceMatrix?.slice();
    this.reactanceMatrix = other.reactanceMatrix?.slice();
    this.parallel = other.parallel;
    this.z1 = other.z1;
    this.z2 = other.z2;
    this.z0 = other.z0;
    this.z2Given = other.z2Given;
    this.z0Given = other.z0Given;
    this.resistanceCurve = other.resistanceCurve;
    this.inductanceCurve = other.inductanceCurve;
  }

  setKvar(value: PropertyValue): void {
    this.kvar = value.nonZero();
    this.specification = 'kvar';
  }

  setKv(value: PropertyValue): void {
    this.kv = value.positive();
  }

  setResistance(value: PropertyValue): void {
    this.resistance = value.number();
  }

  setReactance(ohm: number): void {
    this.reactance = ohm;
    this.specification = 'ohm';
  }

  setImpedance(value: PropertyValue): void {
    [this.resistance, this.reactance] = value.complex();
    this.specification = 'ohm';
  }

  setMatrix(part: 'r' | 'x', value: PropertyValue): void {
    const matrix = value.symmetricMatrix(this.record.phases);
    if (part === 'r') this.resistanceMatrix = matrix;
    else this.reactanceMatrix = matrix;
    this.specification = 'matrix';
  }

  setSequence(sequence: 0 | 1 | 2, value: PropertyValue): void {
    const z = value.complex();
    if (sequence === 1) {
      this.z1 = z;
      this.specification = 'sequence';
      if (!this.z2Given) this.z2 = z;
      if (!this.z0Given) this.z0 = z;
    } else if (sequence === 2) {
      this.z2 = z;
      this.z2Given = true;
    } else {
      this.z0 = z;
      this.z0Given = true;
    }
  }

  setParallel(parallel: boolean): void {
    this.parallel = parallel;
  }

  setParallelResistance(value: PropertyValue): void {
    this.parallelResistance = value.number();
  }

  setCurve(which: 'r' | 'l', value: PropertyValue): void {
    const curve = this.reference(value, 'xycurve', XyCurveObject);
    if (which === 'r') this.resistanceCurve = curve;
    else this.inductanceCurve = curve;
  }

  override prepare(): void {
    if (!this.record.enabled) return;
    if (hasZeroDiagonal(this.record.impedanceOhm)) this.fail('has no impedance: r and x are both zero; give a small reactance', 'x');
  }

  protected updateRecord(): void {
    const { record } = this;
    this.defaultBuses();
    const delta = record.connection === 'delta';
    if (delta) record.terminals = [record.terminals[0]];
    else if (record.terminals.length === 1) record.terminals = [record.terminals[0], emptyTerminal()];
    record.terminals.forEach((terminal, i) => this.fillTerminal(terminal, i, record.phases, record.phases));
    record.impedanceOhm = this.impedance();
    record.parallelOhm = this.specification === 'kvar' || this.specification === 'ohm' ? this.parallelResistance : 0;
  }

  private impedance(): ComplexMatrix {
    const { phases, connection } = this.record;
    const ratio = this.frequencyRatio;
    if (this.specification === 'matrix') return this.impedanceOfMatrices(ratio);
    if (this.specification === 'sequence') {
      if (phases === 1) return balanced(1, [this.z1[0] / 3, (this.z1[1] * ratio) / 3], [0, 0]);
      const matrix = circulantFromSequence(phases, this.z1, this.z2, this.z0);
      for (let i = 0; i < matrix.im.length; i++) matrix.im[i] *= ratio;
      return matrix;
    }
    if (this.specification === 'kvar') {
      const kv = connection === 'wye' && (phases === 2 || phases === 3) ? this.kv / Math.sqrt(3) : this.kv;
      this.reactance = (kv * kv * 1000) / (this.kvar / phases);
    }
    const hz = this.context.frequencyHz;
    const r = this.resistance * (this.resistanceCurve ? curveValueAt(this.resistanceCurve.record, hz) : 1);
    const x = this.reactance * ratio * (this.inductanceCurve ? curveValueAt(this.inductanceCurve.record, hz) : 1);
    return balanced(phases, [r, x], [0, 0]);
  }

  private impedanceOfMatrices(ratio: number): ComplexMatrix {
    const { phases } = this.record;
    const size = phases * phases;
    const re = this.resistanceMatrix ?? new Float64Array(size);
    const im = this.reactanceMatrix ?? new Float64Array(size);
    if (re.length !== size || im.length !== size)
      this.fail(`its matrices have ${Math.sqrt(re.length)} rows for ${phases} phases; set phases first`, 'rmatrix');
    if (!this.parallel) return { order: phases, re: Float64Array.from(re), im: im.map((x) => x * ratio) };
    const conductance = inverse({ order: phases, re: Float64Array.from(re), im: new Float64Array(size) });
    const susceptance = inverse({ order: phases, re: im.map((x) => -x), im: new Float64Array(size) });
    const admittance = zeros(phases);
    if (conductance) admittance.re.set(conductance.re);
    if (susceptance) admittance.im.set(susceptance.re.map((b) => b / ratio));
    return inverse(admittance) ?? this.fail('its parallel matrices have no inverse; give rmatrix and xmatrix', 'rmatrix');
  }
}

/** Class `reactor`. */
export const reactor = defineClass({
  name: 'reactor',
  make: ReactorObject,
  setters: {
    ...commonSetters<ReactorObject>(),
    bus1: (object, value) => object.setFirstBus(value),
    bus2: (object, value) => object.setSecondBus(value),
    phases: (object, value) => {
      object.record.phases = value.integer(1, 100);
    },
    kvar: (object, value) => object.setKvar(value),
    kv: (object, value) => object.setKv(value),
    conn: (object, value) => {
      object.record.connection = value.choice(CONNECTIONS);
    },
    rmatrix: (object, value) => object.setMatrix('r', value),
    xmatrix: (object, value) => object.setMatrix('x', value),
    parallel: (object, value) => object.setParallel(value.boolean()),
    r: (object, value) => object.setResistance(value),
    x: (object, value) => object.setReactance(value.number()),
    rp: (object, value) => object.setParallelResistance(value),
    z1: (object, value) => object.setSequence(1, value),
    z2: (object, value) => object.setSequence(2, value),
    z0: (object, value) => object.setSequence(0, value),
    z: (object, value) => object.setImpedance(value),
    rcurve: (object, value) => object.setCurve('r', value),
    lcurve: (object, value) => object.setCurve('l', value),
    lmh: (object, value) => object.setReactance(value.number() * 1e-3 * 2 * Math.PI * object.baseFrequencyHz),
  },
});
