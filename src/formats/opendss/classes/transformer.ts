/** Class `transformer`. */
import type { Transformer, Winding } from '../../../grid/index.js';
import {
  commonSetters,
  type DssObject,
  defineClass,
  ElementObject,
  emptyTerminal,
  noEffect,
  quiet,
  type ReaderContext,
  type Setter,
} from '../class-definition.js';
import type { PropertyValue } from '../property-value.js';
import { setBuses, WindingData, windingSetters } from './winding-data.js';
import { TransformerCodeObject } from './xfmrcode.js';

/** The vector groups' sense, in the language's order of names. */
export const LEAD_LAG: ReadonlyArray<readonly [string, 'lag' | 'lead']> = [
  ['lag', 'lag'],
  ['lead', 'lead'],
  ['ansi', 'lag'],
  ['euro', 'lead'],
];

/** Edit state of a transformer. Present taps live in the grid record: a solution moves them. */
export class TransformerObject extends ElementObject<Transformer> {
  readonly record: Transformer;
  readonly data = new WindingData();
  private tapsGiven = false;
  /** Resistances and reactances both grow with frequency. */
  private constantRatio = false;

  constructor(name: string, context: ReaderContext) {
    super('transformer', name, context);
    this.record = {
      kind: 'transformer',
      name,
      enabled: true,
      origin: this.origin,
      phases: 3,
      windings: [],
      shortCircuitReactancePercent: [],
      noLoadLossPercent: 0,
      magnetizingCurrentPercent: 0,
      antiFloatPpm: 1,
      phaseShift: 'lag',
      normalKva: 1100,
    };
  }

  override copyFrom(other: DssObject): void {
    if (!(other instanceof TransformerObject)) return;
    this.copyCommon(other);
    other.readTaps();
    this.data.copyFrom(other.data);
    this.record.bank = other.record.bank;
    this.constantRatio = other.constantRatio;
    this.tapsGiven = true;
  }

  tapsSet(): void {
    this.tapsGiven = true;
  }

  windingsSet(): void {
    this.tapsGiven = true;
    this.context.busesChanged();
  }

  setCode(value: PropertyValue): void {
    const code = this.reference(value, 'xfmrcode', TransformerCodeObject);
    this.data.copyFrom(code.data);
    this.data.magnetizingPercent = code.data.magnetizingPercent;
    this.data.antiFloatPpm = code.data.antiFloatPpm;
    this.data.reactancesChanged = false;
    this.tapsGiven = true;
  }

  setBus(value: PropertyValue): void {
    this.buses[this.data.active] = value.bus();
  }

  setAllBuses(value: PropertyValue): void {
    setBuses(this.buses, this.data.windings.length, value);
    this.data.active = this.data.windings.length - 1;
  }

  setConstantRatio(on: boolean): void {
    this.constantRatio = on;
  }

  /** Takes the present taps out of the grid record into the edit state, before an edit. */
  readTaps(): void {
    if (this.tapsGiven) return;
    this.record.windings.forEach((winding, i) => {
      const setting = this.data.windings[i];
      if (setting) setting.tapPu = winding.tapPu;
    });
  }

  override beginEdit(): void {
    this.readTaps();
  }

  protected updateRecord(): void {
    const { record, data } = this;
    data.settleReactances();
    // Where one winding's tap was set, the others' stand as read when the edit began.
    this.tapsGiven = false;
    const ratio = this.frequencyRatio;
    record.phases = data.phases;
    record.windings.length = Math.min(record.windings.length, data.windings.length);
    data.windings.forEach((setting, i) => {
      const winding: Winding = record.windings[i] ?? { terminal: emptyTerminal(), ...setting };
      Object.assign(winding, setting);
      winding.resistancePercent *= this.constantRatio ? ratio : 1;
      winding.neutralReactanceOhm *= ratio;
      this.fillTerminal(winding.terminal, i, data.phases, data.phases + 1);
      record.windings[i] = winding;
    });
    record.shortCircuitReactancePercent = data.shortCircuit.map((percent) => percent * ratio);
    record.noLoadLossPercent = data.noLoadLossPercent;
    record.magnetizingCurrentPercent = data.magnetizingPercent / ratio;
    record.antiFloatPpm = data.antiFloatPpm;
    record.normalKva = data.normalKva;
  }
}

/** Class `transformer`. */
export const transformer = defineClass({
  name: 'transformer',
  make: TransformerObject,
  setters: {
    ...commonSetters<TransformerObject>(),
    ...(windingSetters as Record<string, Setter<TransformerObject>>),
    bus: (object, value) => object.setBus(value),
    buses: (object, value) => object.setAllBuses(value),
    sub: quiet,
    subname: quiet,
    bank: (object, value) => {
      object.record.bank = value.text.trim().toLowerCase() || undefined;
    },
    xfmrcode: (object, value) => object.setCode(value),
    xrconst: (object, value) => object.setConstantRatio(value.boolean()),
    leadlag: (object, value) => {
      object.record.phaseShift = value.choice(LEAD_LAG);
    },
    wdgcurrents: noEffect,
    core: quiet,
  },
});
