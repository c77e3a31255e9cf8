/** Losses and source power of the scenarios of a batch, from their voltages: as `powerTotals` counts them, without allocating. */
import { GridError } from '../grid/index.js';
import type { BatchColumns } from './batch-session.js';
import { type CompiledElement, sourceCurrents } from './compiled-grid.js';
import { type LaneEntry, makeLaneElements } from './lane-elements.js';
import { buildNodalMatrix } from './nodal-matrix.js';
import { isShunt } from './primitive.js';
import { addSourcePower, isSeries, isSource, type SeriesTerms, seriesPower, seriesTerms, seriesValues, setSeriesValues } from './series-terms.js';

/** What differs from scenario to scenario, each in the order of the batch's names, [element][scenario]. */
export interface TotalsInputs {
  tapPu: readonly Float64Array[];
  /** 1 closed, 0 open. */
  closed: readonly Float64Array[];
  voltagePu: readonly Float64Array[];
}

/** A source, its Norton currents (per unit of its voltage where that differs from scenario to scenario), and room for those of one scenario. */
interface TotalsSource {
  entry: CompiledElement;
  currents: Float64Array;
  present: Float64Array;
  /** Place among the batch's sources, -1 where its voltage is the grid's. */
  own: number;
}

/** Totals of one batch's scenarios. */
export class BatchTotals {
  /** Series elements that are the same in all scenarios. */
  private readonly terms: SeriesTerms;
  private readonly values: Float64Array;
  /** Those that are not. */
  private readonly entries: readonly LaneEntry[];
  private readonly parameters: Float64Array;
  private readonly switchCount: number;
  private readonly sources: readonly TotalsSource[];
  private readonly sums = new Float64Array(2);

  /** Throws {@link GridError} where a capacitor with steps of each scenario's own lies between two buses: its losses would be losses of the circuit. */
  constructor(batch: BatchColumns) {
    const { compiled } = batch.plan;
    for (const name of batch.capacitors) {
      if (!isShunt(batch.grid.require('capacitor', name)))
        throw new GridError(`capacitor.${name} ends at another bus, and losses do not follow its steps; end it at its own bus, or leave losses out`);
    }
    const any = batch.transformers.length + batch.switches.length > 0;
    const { windings } = batch.plan.lanes;
    const lanes = any ? makeLaneElements(compiled, buildNodalMatrix(compiled), batch.transformers, windings, batch.switches, []) : undefined;
    this.entries = lanes?.entries ?? [];
    this.parameters = new Float64Array(lanes?.parameters ?? 0).fill(1);
    this.switchCount = batch.switches.length;
    const shared = compiled.elements.filter(({ element }, index) => isSeries(element) && !lanes?.own.has(index));
    this.terms = seriesTerms(shared, compiled.nodeCount);
    this.values = seriesValues(this.terms, compiled.nodeCount);
    this.sources = compiled.elements
      .filter(({ element }) => isSource(element))
      .map((entry) => {
        const own = entry.element.kind === 'vsource' ? batch.sources.indexOf(entry.element.name.toLowerCase()) : -1;
        const currents = sourceCurrents(own < 0 ? entry : { ...entry, sourceValue: 1 }) ?? new Float64Array(2 * entry.nodes.length);
        return { entry, currents, present: Float64Array.from(currents), own };
      });
  }

  /**
   * Writes losses and source power of one scenario to `into`, [W, var, W, var].
   *
   * @param voltages [node][re, im], volt
   */
  read(scenario: number, inputs: TotalsInputs, voltages: Float64Array, into: Float64Array): void {
    const { terms, values, parameters, sums } = this;
    setSeriesValues(terms, values, voltages);
    seriesPower(terms, values, voltages, sums);
    const taps = inputs.tapPu.length;
    for (let k = 0; k < taps; k++) parameters[k] = 1 / inputs.tapPu[k][scenario];
    for (let k = 0; k < this.switchCount; k++) parameters[taps + k] = inputs.closed[k][scenario];
    for (const entry of this.entries) this.addEntry(entry, voltages);
    into[0] = sums[0];
    into[1] = sums[1];
    sums.fill(0);
    for (const { entry, currents, present, own } of this.sources) {
      if (own >= 0) {
        const voltagePu = inputs.voltagePu[own][scenario];
        for (let k = 0; k < present.length; k++) present[k] = currents[k] * voltagePu;
      }
      addSourcePower(entry, present, voltages, sums);
    }
    into[2] = sums[0];
    into[3] = sums[1];
  }

  /** Adds the power that an entry takes in: (V_r - V_s) conj(y (V_p - V_q)). Ground is 0. */
  private addEntry({ parameter, across, into, polynomial }: LaneEntry, voltages: Float64Array): void {
    const x = this.parameters[parameter];
    const g = polynomial[0] + x * (polynomial[2] + x * polynomial[4]);
    const b = polynomial[1] + x * (polynomial[3] + x * polynomial[5]);
    const vr = part(voltages, across[0], 0) - part(voltages, across[1], 0);
    const vi = part(voltages, across[0], 1) - part(voltages, across[1], 1);
    const ur = part(voltages, into[0], 0) - part(voltages, into[1], 0);
    const ui = part(voltages, into[0], 1) - part(voltages, into[1], 1);
    const ir = g * vr - b * vi;
    const ii = g * vi + b * vr;
    this.sums[0] += ur * ir + ui * ii;
    this.sums[1] += ui * ir - ur * ii;
  }
}

function part(voltages: Float64Array, node: number, of: 0 | 1): number {
  return node < 0 ? 0 : voltages[2 * node + of];
}
