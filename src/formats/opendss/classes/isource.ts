/** Class `isource`: an ideal current source. */
import type { CurrentSource } from '../../../grid/index.js';
import { commonSetters, type DssObject, defineClass, emptyTerminal, quiet, type ReaderContext } from '../class-definition.js';
import type { PropertyValue } from '../property-value.js';
import { setDaily, setDuty, setYearly } from './shape-references.js';
import { ShuntObject } from './shunt-buses.js';
import { SEQUENCES } from './vsource.js';

/** Edit state of a current source. */
export class CurrentSourceObject extends ShuntObject<CurrentSource> {
  readonly record: CurrentSource;
  private amps = 0;
  private sourceFrequencyHz: number;

  constructor(name: string, context: ReaderContext) {
    super('isource', name, context);
    this.sourceFrequencyHz = this.baseFrequencyHz;
    this.record = {
      kind: 'isource',
      name,
      enabled: true,
      origin: this.origin,
      phases: 3,
      terminals: [emptyTerminal(), emptyTerminal()],
      amps: 0,
      angleDegrees: 0,
      sequence: 1,
      shapes: {},
    };
    this.buses = [undefined, undefined];
  }

  override copyFrom(other: DssObject): void {
    if (!(other instanceof CurrentSourceObject)) return;
    this.copyCommon(other);
    const { phases, angleDegrees, sequence, shapes } = other.record;
    Object.assign(this.record, { phases, angleDegrees, sequence, shapes: { ...shapes } });
    this.amps = other.amps;
    this.sourceFrequencyHz = other.sourceFrequencyHz;
  }

  setAmps(value: PropertyValue): void {
    this.amps = value.number();
  }

  setFrequency(value: PropertyValue): void {
    this.sourceFrequencyHz = value.positive();
  }

  protected updateRecord(): void {
    const { record } = this;
    this.defaultBuses();
    record.terminals.forEach((terminal, i) => this.fillTerminal(terminal, i, record.phases, record.phases));
    // A source of another frequency than the solution's gives nothing to it.
    record.amps = Math.abs(this.context.frequencyHz - this.sourceFrequencyHz) > 1e-3 ? 0 : this.amps;
  }
}

/** Class `isource`. */
export const isource = defineClass({
  name: 'isource',
  make: CurrentSourceObject,
  setters: {
    ...commonSetters<CurrentSourceObject>(),
    bus1: (object, value) => object.setFirstBus(value),
    bus2: (object, value) => object.setSecondBus(value),
    amps: (object, value) => object.setAmps(value),
    angle: (object, value) => {
      object.record.angleDegrees = value.number();
    },
    frequency: (object, value) => object.setFrequency(value),
    phases: (object, value) => {
      object.record.phases = value.integer(1, 100);
    },
    scantype: quiet,
    sequence: (object, value) => {
      object.record.sequence = value.choice(SEQUENCES);
    },
    yearly: (object, value) => setYearly(object, object.record.shapes, value),
    daily: (object, value) => setDaily(object, object.record.shapes, value),
    duty: (object, value) => setDuty(object, object.record.shapes, value),
  },
});
