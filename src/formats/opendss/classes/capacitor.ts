/** Class `capacitor`: shunt and series banks with switched steps. */
import type { Capacitor, CapacitorStep } from '../../../grid/index.js';
import { commonSetters, type DssObject, defineClass, emptyTerminal, type ReaderContext } from '../class-definition.js';
import type { PropertyValue } from '../property-value.js';
import { CONNECTIONS } from '../script-options.js';
import { ShuntObject } from './shunt-buses.js';

/** What the size was given by last. */
type Specification = 'kvar' | 'farad' | 'matrix';

/** Edit state of a capacitor. Which steps are closed lives in the grid record: a solution moves them. */
export class CapacitorObject extends ShuntObject<Capacitor> {
  readonly record: Capacitor;
  private specification: Specification = 'kvar';
  private kvar: number[] = [1200];
  private farad: number[];
  private resistance: number[] = [0];
  private reactance: number[] = [0];
  private harmonic: number[] = [0];
  private tuned = false;
  private matrix: Float64Array | undefined;

  constructor(name: string, context: ReaderContext) {
    super('capacitor', name, context);
    this.farad = [1 / ((2 * Math.PI * this.baseFrequencyHz * 12.47 * 12.47 * 1000) / 1200)];
    this.record = {
      kind: 'capacitor',
      name,
      enabled: true,
      origin: this.origin,
      phases: 3,
      terminals: [emptyTerminal(), emptyTerminal()],
      connection: 'wye',
      kv: 12.47,
      steps: [{ kvar: 1200, resistanceOhm: 0, reactanceOhm: 0, closed: true }],
    };
    this.buses = [undefined, undefined];
  }

  override copyFrom(other: DssObject): void {
    if (!(other instanceof CapacitorObject)) return;
    this.copyCommon(other);
    const { phases, kv, connection, steps } = other.record;
    Object.assign(this.record, { phases, kv, connection, steps: steps.map((step) => ({ ...step })) });
    this.kvar = [...other.kvar];
    this.farad = [...other.farad];
    this.resistance = [...other.resistance];
    this.reactance = [...other.reactance];
    this.harmonic = [...other.harmonic];
    this.specification = other.specification;
    this.matrix = other.matrix?.slice();
  }

  setSizes(what: 'kvar' | 'farad', value: PropertyValue): void {
    if (what === 'kvar') {
      this.kvar = this.perStep(value);
      this.specification = 'kvar';
      if (this.kvar[0] === 0) value.fail('the first step must not be zero: all steps take its size');
    } else {
      this.farad = this.perStep(value).map((c) => c * 1e-6);
      this.specification = 'farad';
    }
  }

  setMatrix(value: PropertyValue): void {
    this.matrix = value.symmetricMatrix(this.record.phases).map((c) => c * 1e-6);
    this.specification = 'matrix';
  }

  setSeries(what: 'r' | 'xl' | 'harm', value: PropertyValue): void {
    const values = this.perStep(value);
    if (what === 'r') this.resistance = values;
    else if (what === 'xl') {
      this.reactance = values;
      // A trace of resistance, so that a tuned branch does not become a short circuit.
      this.resistance = this.resistance.map((r, i) => (values[i] !== 0 && r === 0 ? Math.abs(values[i]) / 1000 : r));
      this.tuned = false;
    } else {
      this.harmonic = values;
      this.tuned = true;
    }
  }

  /** A bank of one step is divided; all steps of it are closed then. */
  setStepCount(count: number): void {
    const { steps } = this.record;
    const single = steps.length === 1;
    const grow = (values: number[]): number[] => Array.from({ length: count }, (_, i) => values[Math.min(i, values.length - 1)]);
    if (single) {
      if (this.specification === 'kvar') {
        this.kvar = [this.kvar[0] / count];
        this.resistance = [this.resistance[0] * count];
        this.reactance = [this.reactance[0] * count];
      }
    }
    this.kvar = grow(this.kvar);
    this.farad = grow(this.farad);
    this.resistance = grow(this.resistance);
    this.reactance = grow(this.reactance);
    this.harmonic = grow(this.harmonic);
    this.record.steps = Array.from({ length: count }, (_, i): CapacitorStep => {
      const step = steps[i] ?? { kvar: 0, resistanceOhm: 0, reactanceOhm: 0, closed: true };
      return single ? { ...step, closed: true } : step;
    });
  }

  setStates(value: PropertyValue): void {
    const states = this.perStep(value);
    this.record.steps.forEach((step, i) => {
      step.closed = Math.round(states[i]) === 1;
    });
  }

  override prepare(): void {
    const { record } = this;
    if (record.enabled && this.specification === 'matrix' && record.connection === 'delta') {
      this.fail('a delta bank by capacitance matrix is not modelled; give kvar or cuf', 'cmatrix');
    }
  }

  protected updateRecord(): void {
    const { record } = this;
    this.defaultBuses();
    const delta = record.connection === 'delta';
    if (delta) record.terminals = [record.terminals[0]];
    else if (record.terminals.length === 1) record.terminals = [record.terminals[0], emptyTerminal()];
    record.terminals.forEach((terminal, i) => this.fillTerminal(terminal, i, record.phases, record.phases));
    const ratio = this.frequencyRatio;
    const omega = 2 * Math.PI * this.baseFrequencyHz;
    const volts = !delta && (record.phases === 2 || record.phases === 3) ? (record.kv * 1000) / Math.sqrt(3) : record.kv * 1000;
    const faradOf = (i: number): number =>
      this.specification === 'kvar' ? ((this.kvar[0] / record.phases) * 1000) / (omega * volts * volts) : this.farad[i];
    record.capacitanceFarad = this.specification === 'matrix' ? this.matrix : undefined;
    record.steps.forEach((step, i) => {
      const farad = faradOf(i);
      if (this.tuned) {
        const h = this.harmonic[i];
        this.reactance[i] = h === 0 ? 0 : 1 / (omega * farad) / (h * h);
        if (this.resistance[i] === 0) this.resistance[i] = this.reactance[i] / 1000;
      }
      // Every step has the capacitance that the first one's kvar says.
      step.kvar = (farad * omega * ratio * volts * volts * record.phases) / 1000;
      step.resistanceOhm = this.resistance[i];
      step.reactanceOhm = this.reactance[i] * ratio;
    });
  }

  /** A value a step: missing ones are 0, as in the language. */
  private perStep(value: PropertyValue): number[] {
    const count = this.record.steps.length;
    const numbers = value.numbers();
    if (numbers.length === 0) value.fail('needs a number');
    if (numbers.length > count) value.fail(`has ${numbers.length} values for ${count} step${count === 1 ? '' : 's'}; set numsteps first`);
    return Array.from({ length: count }, (_, i) => numbers[i] ?? 0);
  }
}

/** Class `capacitor`. */
export const capacitor = defineClass({
  name: 'capacitor',
  make: CapacitorObject,
  setters: {
    ...commonSetters<CapacitorObject>(),
    bus1: (object, value) => object.setFirstBus(value),
    bus2: (object, value) => object.setSecondBus(value),
    phases: (object, value) => {
      object.record.phases = value.integer(1, 100);
    },
    kvar: (object, value) => object.setSizes('kvar', value),
    kv: (object, value) => {
      object.record.kv = value.positive();
    },
    conn: (object, value) => {
      object.record.connection = value.choice(CONNECTIONS);
    },
    cmatrix: (object, value) => object.setMatrix(value),
    cuf: (object, value) => object.setSizes('farad', value),
    r: (object, value) => object.setSeries('r', value),
    xl: (object, value) => object.setSeries('xl', value),
    harm: (object, value) => object.setSeries('harm', value),
    numsteps: (object, value) => object.setStepCount(value.integer(1, 1000)),
    states: (object, value) => object.setStates(value),
  },
});
