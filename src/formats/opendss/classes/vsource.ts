/** Class `vsource`: a voltage source behind its short-circuit impedance; `circuit` is its first. */
import { balanced, type ComplexMatrix, type VoltageSource } from '../../../grid/index.js';
import { commonSetters, type DssObject, defineClass, ElementObject, emptyTerminal, quiet, type ReaderContext } from '../class-definition.js';
import type { PropertyValue } from '../property-value.js';
import { type Complex, circulantFromSequence, matrixFromSequence } from './sequence-values.js';
import { setDaily, setDuty, setYearly } from './shape-references.js';

/** Order of the phases, in the language's order of names. */
export const SEQUENCES: ReadonlyArray<readonly [string, 1 | -1 | 0]> = [
  ['negative', -1],
  ['zero', 0],
  ['positive', 1],
];

type ImpedanceFrom = 'power' | 'current' | 'ohm';

/** Edit state of a voltage source. */
export class VoltageSourceObject extends ElementObject<VoltageSource> {
  readonly record: VoltageSource;
  private secondBusGiven = false;
  private impedanceFrom: ImpedanceFrom = 'power';
  private mvaShortCircuit3 = 2000;
  private mvaShortCircuit1 = 2100;
  private ampsShortCircuit3 = 10000;
  private ampsShortCircuit1 = 10540;
  private ratioX1R1 = 4;
  private ratioX0R0 = 3;
  private z1: Complex = [1.65, 6.6];
  private z2: Complex = [1.65, 6.6];
  private z0: Complex = [1.9, 5.7];
  private perUnitZ1: Complex | undefined;
  private perUnitZ2: Complex | undefined;
  private perUnitZ0: Complex | undefined;
  private z2Given = false;
  private z0Given = false;
  private perUnitIdeal: Complex = [1e-6, 0.001];
  private ideal = false;
  private baseMva = 100;
  private voltagePu = 1;
  private sourceFrequencyHz: number;

  constructor(name: string, context: ReaderContext) {
    super('vsource', name, context);
    this.sourceFrequencyHz = this.baseFrequencyHz;
    this.record = {
      kind: 'vsource',
      name,
      enabled: true,
      origin: this.origin,
      phases: 3,
      terminals: [emptyTerminal(), emptyTerminal()],
      baseKv: 115,
      voltagePu: 1,
      angleDegrees: 0,
      sequence: 1,
      impedanceOhm: balanced(3, [0, 0], [0, 0]),
      shapes: {},
    };
    this.buses = [undefined, undefined];
  }

  override copyFrom(other: DssObject): void {
    if (!(other instanceof VoltageSourceObject)) return;
    this.copyCommon(other);
    const { phases, baseKv, angleDegrees, sequence, shapes } = other.record;
    Object.assign(this.record, { phases, baseKv, angleDegrees, sequence, shapes: { ...shapes } });
    this.impedanceFrom = other.impedanceFrom;
    this.mvaShortCircuit3 = other.mvaShortCircuit3;
    this.mvaShortCircuit1 = other.mvaShortCircuit1;
    this.ratioX1R1 = other.ratioX1R1;
    this.ratioX0R0 = other.ratioX0R0;
    this.z1 = other.z1;
    this.z2 = other.z2;
    this.z0 = other.z0;
    this.perUnitZ1 = other.perUnitZ1;
    this.perUnitZ2 = other.perUnitZ2;
    this.perUnitZ0 = other.perUnitZ0;
    this.z2Given = other.z2Given;
    this.z0Given = other.z0Given;
    this.perUnitIdeal = other.perUnitIdeal;
    this.ideal = other.ideal;
    this.baseMva = other.baseMva;
    this.voltagePu = other.voltagePu;
    this.sourceFrequencyHz = other.sourceFrequencyHz;
    this.secondBusGiven = other.secondBusGiven;
  }

  setBus(index: 0 | 1, value: PropertyValue): void {
    this.buses[index] = value.bus();
    if (index === 1) this.secondBusGiven = true;
    else if (!this.secondBusGiven) this.buses[1] = { bus: this.buses[0]?.bus ?? '', nodes: [] };
  }

  setVoltage(property: 'basekv' | 'pu' | 'angle' | 'frequency', value: PropertyValue): void {
    if (property === 'basekv') this.record.baseKv = value.positive();
    else if (property === 'pu') this.voltagePu = value.number();
    else if (property === 'angle') this.record.angleDegrees = value.number();
    else this.sourceFrequencyHz = value.positive();
  }

  setShortCircuit(property: 'mvasc3' | 'mvasc1' | 'isc3' | 'isc1', value: PropertyValue): void {
    const level = value.positive();
    this.impedanceFrom = property.startsWith('m') ? 'power' : 'current';
    if (property === 'mvasc3') this.mvaShortCircuit3 = level;
    else if (property === 'mvasc1') this.mvaShortCircuit1 = level;
    else if (property === 'isc3') this.ampsShortCircuit3 = level;
    else this.ampsShortCircuit1 = level;
  }

  setRatio(property: 'x1r1' | 'x0r0', value: PropertyValue): void {
    if (property === 'x1r1') this.ratioX1R1 = value.nonZero();
    else this.ratioX0R0 = value.number();
  }

  setOhms(property: 'r1' | 'x1' | 'r0' | 'x0', value: PropertyValue): void {
    const ohms = value.number();
    this.impedanceFrom = 'ohm';
    if (property === 'r1') {
      this.z1 = [ohms, this.z1[1]];
      this.z2 = [ohms, this.z2[1]];
    } else if (property === 'x1') {
      this.z1 = [this.z1[0], ohms];
      this.z2 = [this.z2[0], ohms];
    } else if (property === 'r0') this.z0 = [ohms, this.z0[1]];
    else this.z0 = [this.z0[0], ohms];
  }

  setImpedance(sequence: 0 | 1 | 2, value: PropertyValue): void {
    const z = value.complex();
    this.impedanceFrom = 'ohm';
    if (sequence === 1) {
      this.z1 = z;
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

  setPerUnitImpedance(sequence: 0 | 1 | 2, value: PropertyValue): void {
    const z = value.complex();
    this.impedanceFrom = 'ohm';
    if (sequence === 1) this.perUnitZ1 = z;
    else if (sequence === 2) this.perUnitZ2 = z;
    else this.perUnitZ0 = z;
  }

  setIdeal(ideal: boolean): void {
    this.ideal = ideal;
  }

  setIdealImpedance(value: PropertyValue): void {
    this.perUnitIdeal = value.complex();
  }

  setBaseMva(value: PropertyValue): void {
    this.baseMva = value.positive();
  }

  protected updateRecord(): void {
    const { record } = this;
    this.fillTerminal(record.terminals[0], 0, record.phases, record.phases);
    this.fillTerminal(record.terminals[1], 1, this.secondBusGiven ? record.phases : 0, record.phases);
    record.impedanceOhm = this.impedance();
    // A source of another frequency than the solution's is a short circuit to it.
    record.voltagePu = Math.abs(this.context.frequencyHz - this.sourceFrequencyHz) > 1e-3 ? 0 : this.voltagePu;
  }

  private impedance(): ComplexMatrix {
    const { phases, baseKv } = this.record;
    const ratio = this.frequencyRatio;
    const baseOhm = (baseKv * baseKv) / this.baseMva;
    if (this.ideal && ratio - 1 < 1e-12) {
      return balanced(phases, [this.perUnitIdeal[0] * baseOhm, this.perUnitIdeal[1] * baseOhm], [0, 0]);
    }
    this.calculateSequenceValues(baseOhm);
    const symmetric = this.z1[0] === this.z2[0] && this.z1[1] === this.z2[1];
    const matrix = symmetric ? matrixFromSequence(phases, this.z1, this.z0) : circulantFromSequence(phases, this.z1, this.z2, this.z0);
    for (let i = 0; i < matrix.im.length; i++) matrix.im[i] *= ratio;
    return matrix;
  }

  /** Brings z1, z2, z0 in line with what was given last. */
  private calculateSequenceValues(baseOhm: number): void {
    const { phases, baseKv } = this.record;
    const factor = phases === 1 ? 1 : Math.sqrt(3);
    if (this.impedanceFrom === 'ohm') {
      if (this.perUnitZ1) {
        const ohms = (z: Complex): Complex => [z[0] * baseOhm, z[1] * baseOhm];
        this.z1 = ohms(this.perUnitZ1);
        this.z2 = ohms(this.perUnitZ2 ?? this.perUnitZ1);
        this.z0 = ohms(this.perUnitZ0 ?? this.perUnitZ1);
      }
      if (phases === 1) {
        this.z0 = this.z1;
        this.z2 = this.z1;
      }
      return;
    }
    if (this.impedanceFrom === 'power') {
      this.ampsShortCircuit3 = (this.mvaShortCircuit3 * 1000) / (Math.sqrt(3) * baseKv);
      this.ampsShortCircuit1 = (this.mvaShortCircuit1 * 1000) / (factor * baseKv);
    } else {
      this.mvaShortCircuit3 = (Math.sqrt(3) * baseKv * this.ampsShortCircuit3) / 1000;
      this.mvaShortCircuit1 = (factor * baseKv * this.ampsShortCircuit1) / 1000;
    }
    const x1 = (baseKv * baseKv) / this.mvaShortCircuit3 / Math.sqrt(1 + 1 / (this.ratioX1R1 * this.ratioX1R1));
    const r1 = x1 / this.ratioX1R1;
    const k = this.ratioX0R0;
    const a = 1 + k * k;
    const b = 4 * (r1 + x1 * k);
    const c = 4 * (r1 * r1 + x1 * x1) - ((3 * baseKv * 1000) / factor / this.ampsShortCircuit1) ** 2;
    const root = b * b - 4 * a * c;
    if (!(root >= 0)) this.fail('no zero-sequence impedance gives these short-circuit levels; check MVAsc3 and MVAsc1 (or Isc3 and Isc1)', 'mvasc1');
    const r0 = (-b + Math.sqrt(root)) / (2 * a);
    this.z1 = [r1, x1];
    this.z2 = [r1, x1];
    this.z0 = [r0, r0 * k];
  }
}

/** Class `vsource`. */
export const vsource = defineClass({
  name: 'vsource',
  make: VoltageSourceObject,
  setters: {
    ...commonSetters<VoltageSourceObject>(),
    bus1: (object, value) => object.setBus(0, value),
    bus2: (object, value) => object.setBus(1, value),
    basekv: (object, value) => object.setVoltage('basekv', value),
    pu: (object, value) => object.setVoltage('pu', value),
    angle: (object, value) => object.setVoltage('angle', value),
    frequency: (object, value) => object.setVoltage('frequency', value),
    phases: (object, value) => {
      object.record.phases = value.integer(1, 100);
    },
    mvasc3: (object, value) => object.setShortCircuit('mvasc3', value),
    mvasc1: (object, value) => object.setShortCircuit('mvasc1', value),
    isc3: (object, value) => object.setShortCircuit('isc3', value),
    isc1: (object, value) => object.setShortCircuit('isc1', value),
    x1r1: (object, value) => object.setRatio('x1r1', value),
    x0r0: (object, value) => object.setRatio('x0r0', value),
    r1: (object, value) => object.setOhms('r1', value),
    x1: (object, value) => object.setOhms('x1', value),
    r0: (object, value) => object.setOhms('r0', value),
    x0: (object, value) => object.setOhms('x0', value),
    z1: (object, value) => object.setImpedance(1, value),
    z2: (object, value) => object.setImpedance(2, value),
    z0: (object, value) => object.setImpedance(0, value),
    puz1: (object, value) => object.setPerUnitImpedance(1, value),
    puz2: (object, value) => object.setPerUnitImpedance(2, value),
    puz0: (object, value) => object.setPerUnitImpedance(0, value),
    puzideal: (object, value) => object.setIdealImpedance(value),
    basemva: (object, value) => object.setBaseMva(value),
    model: (object, value) =>
      object.setIdeal(
        value.choice([
          ['thevenin', false],
          ['ideal', true],
        ]),
      ),
    scantype: quiet,
    sequence: (object, value) => {
      object.record.sequence = value.choice(SEQUENCES);
    },
    yearly: (object, value) => setYearly(object, object.record.shapes, value),
    daily: (object, value) => setDaily(object, object.record.shapes, value),
    duty: (object, value) => setDuty(object, object.record.shapes, value),
  },
});
