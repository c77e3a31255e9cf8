/** Class `fault`: a conductance between two sets of nodes. */
import type { Fault } from '../../../grid/index.js';
import { commonSetters, type DssObject, defineClass, emptyTerminal, quiet, type ReaderContext } from '../class-definition.js';
import type { PropertyValue } from '../property-value.js';
import { ShuntObject } from './shunt-buses.js';

/** Edit state of a fault. */
export class FaultObject extends ShuntObject<Fault> {
  readonly record: Fault;
  private conductance = 10000;
  private matrix: Float64Array | undefined;
  private onTimeSeconds = 0;

  constructor(name: string, context: ReaderContext) {
    super('fault', name, context);
    this.record = {
      kind: 'fault',
      name,
      enabled: true,
      origin: this.origin,
      phases: 1,
      terminals: [emptyTerminal(), emptyTerminal()],
      conductanceSiemens: Float64Array.of(10000),
    };
    this.buses = [undefined, undefined];
  }

  override copyFrom(other: DssObject): void {
    if (!(other instanceof FaultObject)) return;
    this.copyCommon(other);
    this.record.phases = other.record.phases;
    this.conductance = other.conductance;
    this.matrix = other.matrix?.slice();
    this.onTimeSeconds = other.onTimeSeconds;
  }

  setResistance(value: PropertyValue): void {
    const ohm = value.notNegative();
    this.conductance = ohm === 0 ? 10000 : 1 / ohm;
    this.matrix = undefined;
  }

  setMatrix(value: PropertyValue): void {
    this.matrix = value.symmetricMatrix(this.record.phases);
  }

  setOnTime(value: PropertyValue): void {
    this.onTimeSeconds = value.number();
    if (this.onTimeSeconds > 0) value.fail('faults that come on later are not modelled; enable the fault when it is wanted');
  }

  protected updateRecord(): void {
    const { record } = this;
    const n = record.phases;
    this.defaultBuses();
    record.terminals.forEach((terminal, i) => this.fillTerminal(terminal, i, n, n));
    if (this.matrix) {
      if (this.matrix.length !== n * n) this.fail(`its matrix does not fit ${n} phases; set phases first`, 'gmatrix');
      record.conductanceSiemens = Float64Array.from(this.matrix);
      return;
    }
    record.conductanceSiemens = new Float64Array(n * n);
    for (let i = 0; i < n; i++) record.conductanceSiemens[i * n + i] = this.conductance;
  }
}

/** Class `fault`. */
export const fault = defineClass({
  name: 'fault',
  make: FaultObject,
  setters: {
    ...commonSetters<FaultObject>(),
    bus1: (object, value) => object.setFirstBus(value),
    bus2: (object, value) => object.setSecondBus(value),
    phases: (object, value) => {
      object.record.phases = value.integer(1, 100);
    },
    r: (object, value) => object.setResistance(value),
    gmatrix: (object, value) => object.setMatrix(value),
    ontime: (object, value) => object.setOnTime(value),
    // These three count in dynamics and random studies only.
    '%stddev': quiet,
    temporary: quiet,
    minamps: quiet,
  },
});
