/**
 * Class `autotrans`: autotransformers.
 *
 * The first winding is the series one, between the terminals of windings 1 and 2; the second is the common one. It becomes a transformer of the grid whose
 * first winding is rated for the difference of both voltages; its impedances, given between terminals, are brought to windings (H. W. Dommel, EMTP Theory
 * Book, section 6.7).
 */
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
import { LEAD_LAG } from './transformer.js';
import { type HasWindings, setBuses, WindingData, windingSetters } from './winding-data.js';

/** Connections of windings after the second, in the language's order; the first two are always series and wye. */
const AUTO_CONNECTIONS: ReadonlyArray<readonly [string, 'series' | 'wye' | 'delta']> = [
  ['wye', 'wye'],
  ['delta', 'delta'],
  ['series', 'series'],
  ['y', 'wye'],
  ['ln', 'wye'],
  ['ll', 'delta'],
];

/** Edit state of an autotransformer. Present taps live in the grid record: a solution moves them. */
export class AutotransformerObject extends ElementObject<Transformer> implements HasWindings {
  readonly record: Transformer;
  readonly data = new WindingData();
  private tapsGiven = false;
  private constantRatio = false;

  constructor(name: string, context: ReaderContext) {
    super('autotrans', name, context);
    this.data.windings[0].kv = 115;
    this.data.reactances = [10, 35, 30];
    this.data.shortCircuit = [10];
    this.record = {
      kind: 'transformer',
      name,
      enabled: true,
      origin: this.origin,
      isAuto: true,
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
    if (!(other instanceof AutotransformerObject)) return;
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
    this.data.windings[0].kv = 115;
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

  /** The connection of a winding; the first two keep theirs. */
  setConnection(winding: number, connection: 'series' | 'wye' | 'delta', value: PropertyValue): void {
    if (winding < 2) return;
    if (connection === 'series') value.fail('only the first winding of an autotransformer is a series winding');
    this.data.windings[winding].connection = connection;
  }

  setConnections(value: PropertyValue): void {
    const connections = value.choiceList(AUTO_CONNECTIONS);
    const count = this.data.windings.length;
    if (connections.length > count) value.fail(`has ${connections.length} values for ${count} windings; set windings= first`);
    connections.forEach((connection, i) => {
      if (connection) this.setConnection(i, connection, value);
    });
    this.data.active = count - 1;
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

  override prepare(): void {
    if (!this.record.enabled) return;
    if (this.data.windings.length > 3) this.fail('autotransformers of more than three windings are not modelled', 'windings');
  }

  protected updateRecord(): void {
    const { record, data } = this;
    data.settleReactances();
    this.tapsGiven = false;
    const ratio = this.frequencyRatio;
    record.phases = data.phases;
    record.windings.length = Math.min(record.windings.length, data.windings.length);
    const { resistances, reactances, seriesKv } = this.windingValues();
    data.windings.forEach((setting, i) => {
      const winding: Winding = record.windings[i] ?? { terminal: emptyTerminal(), ...setting };
      Object.assign(winding, setting);
      if (i === 0) winding.kv = seriesKv;
      winding.resistancePercent = (resistances[i] ?? setting.resistancePercent) * (this.constantRatio ? ratio : 1);
      this.fillTerminal(winding.terminal, i, data.phases, data.phases + 1);
      record.windings[i] = winding;
    });
    record.shortCircuitReactancePercent = reactances.map((percent) => percent * ratio);
    record.noLoadLossPercent = data.noLoadLossPercent;
    record.magnetizingCurrentPercent = data.magnetizingPercent / ratio;
    record.antiFloatPpm = data.antiFloatPpm;
    record.normalKva = data.normalKva;
  }

  /** Values of the windings that give the values between terminals: 1 series, 2 common, 3 tertiary. */
  private windingValues(): { resistances: number[]; reactances: number[]; seriesKv: number } {
    const { windings, shortCircuit, phases } = this.data;
    const difference = windings[0].kv - windings[1].kv;
    // A series winding without voltage is given a trace of it, as by the reference engine (per phase there, between lines here).
    const trace = windings[0].kv * 0.0001 * (phases === 2 || phases === 3 ? Math.sqrt(3) : 1);
    const seriesKv = difference === 0 ? trace : difference;
    const common = windings[1].kv / seriesKv;
    const factor = (1 + common) ** 2;
    const [r1, r2, r3 = 0] = windings.map((winding) => winding.resistancePercent);
    const reactances = [...shortCircuit];
    reactances[0] = shortCircuit[0] * factor;
    if (windings.length < 3) return { resistances: [r1 * factor, r2 * factor], reactances, seriesKv };
    reactances[1] = shortCircuit[0] * (1 + common) * common + shortCircuit[1] * (1 + common) - shortCircuit[2] * common;
    // r1' + r2' = factor (r1 + r2), r1' + r3' = r1 + r3, r2' + r3' = r2 + r3
    const first = (factor * (r1 + r2) + r1 - r2) / 2;
    return { resistances: [first, first - r1 + r2, r3 + r1 - first], reactances, seriesKv };
  }
}

/** Class `autotrans`. */
export const autotrans = defineClass({
  name: 'autotrans',
  make: AutotransformerObject,
  setters: {
    ...commonSetters<AutotransformerObject>(),
    ...(windingSetters as Record<string, Setter<AutotransformerObject>>),
    bus: (object, value) => object.setBus(value),
    buses: (object, value) => object.setAllBuses(value),
    conn: (object, value) => object.setConnection(object.data.active, value.choice(AUTO_CONNECTIONS), value),
    conns: (object, value) => object.setConnections(value),
    xhx: (object, value) => object.data.setReactance(0, object, value),
    xht: (object, value) => object.data.setReactance(1, object, value),
    xxt: (object, value) => object.data.setReactance(2, object, value),
    sub: quiet,
    subname: quiet,
    bank: quiet,
    xrconst: (object, value) => object.setConstantRatio(value.boolean()),
    leadlag: (object, value) => {
      object.record.phaseShift = value.choice(LEAD_LAG);
    },
    wdgcurrents: noEffect,
    core: quiet,
  },
});
