/** What the classes `transformer` and `autotrans` have in common: the edit state of an element with windings, and how it fills the grid's transformer. */
import type { Transformer, Winding } from '../../../grid/index.js';
import { commonSetters, ElementObject, emptyTerminal, noEffect, quiet, type ReaderContext, type Setter } from '../class-definition.js';
import type { PropertyValue } from '../property-value.js';
import { type HasWindings, setBuses, WindingData, windingSetters } from './winding-data.js';

/** The vector groups' sense, in the language's order of names. */
const LEAD_LAG: ReadonlyArray<readonly [string, 'lag' | 'lead']> = [
  ['lag', 'lag'],
  ['lead', 'lead'],
  ['ansi', 'lag'],
  ['euro', 'lead'],
];

/** Edit state of an element with windings. Present taps live in the grid record: a solution moves them. */
export abstract class WoundElement extends ElementObject<Transformer> implements HasWindings {
  readonly record: Transformer;
  readonly data = new WindingData();
  protected tapsGiven = false;
  /** Resistances and reactances both grow with frequency. */
  private constantRatio = false;

  constructor(className: string, name: string, context: ReaderContext) {
    super(className, name, context);
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

  /** Takes over windings, taps and options of another of the same class (`like=`). */
  protected copyWindings(other: WoundElement): void {
    this.copyCommon(other);
    other.readTaps();
    this.data.copyFrom(other.data);
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

  /** Reactances between the windings' terminals in percent, by pair, at the windings' own frequency. */
  protected abstract pairReactances(): number[];

  /** Turns winding `index` (from 0), a copy of its setting, into the grid's. */
  protected abstract settleWinding(winding: Winding, index: number): void;

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
      this.settleWinding(winding, i);
      winding.resistancePercent *= this.constantRatio ? ratio : 1;
      this.fillTerminal(winding.terminal, i, data.phases, data.phases + 1);
      record.windings[i] = winding;
    });
    record.shortCircuitReactancePercent = this.pairReactances().map((percent) => percent * ratio);
    record.noLoadLossPercent = data.noLoadLossPercent;
    record.magnetizingCurrentPercent = data.magnetizingPercent / ratio;
    record.antiFloatPpm = data.antiFloatPpm;
    record.normalKva = data.normalKva;
  }
}

/** The properties that both classes have. */
export const woundSetters: Record<string, Setter<WoundElement>> = {
  ...commonSetters<WoundElement>(),
  ...(windingSetters as Record<string, Setter<WoundElement>>),
  bus: (object, value) => object.setBus(value),
  buses: (object, value) => object.setAllBuses(value),
  sub: quiet,
  subname: quiet,
  xrconst: (object, value) => object.setConstantRatio(value.boolean()),
  leadlag: (object, value) => {
    object.record.phaseShift = value.choice(LEAD_LAG);
  },
  wdgcurrents: noEffect,
  core: quiet,
};
