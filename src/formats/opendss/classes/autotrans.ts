/**
 * Class `autotrans`: autotransformers.
 *
 * The first winding is the series one, between the terminals of windings 1 and 2; the second is the common one. It becomes a transformer of the grid whose
 * first winding is rated for the difference of both voltages; its impedances, given between terminals, are brought to windings (H. W. Dommel, EMTP Theory
 * Book, section 6.7).
 */
import type { Winding } from '../../../grid/index.js';
import { type DssObject, defineClass, quiet, type ReaderContext, type Setter } from '../class-definition.js';
import type { PropertyValue } from '../property-value.js';
import { WoundElement, woundSetters } from './wound-element.js';

/** Connections of windings after the second, in the language's order; the first two are always series and wye. */
const AUTO_CONNECTIONS: ReadonlyArray<readonly [string, 'series' | 'wye' | 'delta']> = [
  ['wye', 'wye'],
  ['delta', 'delta'],
  ['series', 'series'],
  ['y', 'wye'],
  ['ln', 'wye'],
  ['ll', 'delta'],
];

/** Edit state of an autotransformer. */
export class AutotransformerObject extends WoundElement {
  constructor(name: string, context: ReaderContext) {
    super('autotrans', name, context);
    this.data.windings[0].kv = 115;
    this.data.reactances = [10, 35, 30];
    this.data.shortCircuit = [10];
    this.record.isAuto = true;
  }

  override copyFrom(other: DssObject): void {
    if (other instanceof AutotransformerObject) this.copyWindings(other);
  }

  override windingsSet(): void {
    this.data.windings[0].kv = 115;
    super.windingsSet();
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

  override prepare(): void {
    if (!this.record.enabled) return;
    if (this.data.windings.length > 3) this.fail('autotransformers of more than three windings are not modelled', 'windings');
  }

  protected pairReactances(): number[] {
    return this.windingValues().reactances;
  }

  protected settleWinding(winding: Winding, index: number): void {
    const { resistances, seriesKv } = this.windingValues();
    if (index === 0) winding.kv = seriesKv;
    winding.resistancePercent = resistances[index] ?? winding.resistancePercent;
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
    ...(woundSetters as Record<string, Setter<AutotransformerObject>>),
    conn: (object, value) => object.setConnection(object.data.active, value.choice(AUTO_CONNECTIONS), value),
    conns: (object, value) => object.setConnections(value),
    xhx: (object, value) => object.data.setReactance(0, object, value),
    xht: (object, value) => object.data.setReactance(1, object, value),
    xxt: (object, value) => object.data.setReactance(2, object, value),
    bank: quiet,
  },
});
