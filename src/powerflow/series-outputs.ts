/** Columns out of a chunk of scenarios: what is asked for, looked up once, then read scenario by scenario without allocating. */
import { describeValue, GridError } from '../grid/index.js';
import type { BatchColumns } from './batch-session.js';
import { BatchTotals, type TotalsInputs } from './batch-totals.js';
import { STATUS_CONVERGED } from './kernel-layout.js';
import { MISMATCH_BASE_VA } from './mismatch.js';
import { DEAD_PU } from './voltage-summary.js';

/** Columns of a scenario as a whole, one number a scenario; NaN (-1 for nodes) where it has no solution. */
export interface SummaryColumns {
  /** Lowest and highest voltage, per unit, of the live phase nodes (1 to 3) whose bus has a base; NaN where there is none. */
  minVoltagePu: Float64Array;
  maxVoltagePu: Float64Array;
  /** Where they are, as places among `nodeNames`; -1 where there is none. */
  minVoltageNode: Int32Array;
  maxVoltageNode: Int32Array;
  /** Losses of lines, transformers and series reactors and capacitors, as `powerTotals` counts them. */
  lossesKw: Float64Array;
  lossesKvar: Float64Array;
  /** Power delivered by all sources. */
  sourceKw: Float64Array;
  sourceKvar: Float64Array;
}

/** Name of a column that can be asked for. */
export type SummaryName = keyof SummaryColumns;

/** What is to come out. Nodes are named `bus.node`, or `bus` for all nodes of one; `true` for all that there are. */
export interface SeriesRequest<K extends SummaryName = SummaryName> {
  /** Default all. */
  outputs?: readonly K[];
  /** Nodes whose voltage to ground is wanted per unit of the bus's base. `true`: all whose bus has a base. Default none. */
  voltagesPu?: readonly string[] | true;
  /** In volt. Default none. */
  voltagesVolt?: readonly string[] | true;
  /** Complex, in volt. Default none. */
  voltagesComplex?: readonly string[] | true;
}

/** What is always there. Voltages are those of the nodes that were asked for, by `bus.node`. */
export interface ScenarioResults {
  /** Names of all nodes, `bus.node`. */
  nodeNames: readonly string[];
  /** [scenario]: 1 converged, 2 iteration limit, 3 diverged, 4 islanded. */
  status: Int32Array;
  iterations: Int32Array;
  /** Largest power mismatch at any node as the method sees it, per unit on 1 MVA, where there is no solution too. */
  mismatchPu: Float64Array;
  /** [scenario], NaN where it has no solution. */
  voltagesPu: ReadonlyMap<string, Float64Array>;
  voltagesVolt: ReadonlyMap<string, Float64Array>;
  /** [scenario][re, im], volt. */
  voltagesComplex: ReadonlyMap<string, Float64Array>;
}

/** What came of some scenarios. */
export type SeriesColumns<K extends SummaryName = SummaryName> = ScenarioResults & Pick<SummaryColumns, K>;

/** Every summary column; the type has the compiler say when one is missing here. */
const SUMMARY: Record<SummaryName, true> = {
  minVoltagePu: true,
  maxVoltagePu: true,
  minVoltageNode: true,
  maxVoltageNode: true,
  lossesKw: true,
  lossesKvar: true,
  sourceKw: true,
  sourceKvar: true,
};
const SUMMARY_NAMES = Object.keys(SUMMARY) as SummaryName[];
const TOTALS: readonly SummaryName[] = ['lossesKw', 'lossesKvar', 'sourceKw', 'sourceKvar'];
const PLACES: readonly SummaryName[] = ['minVoltageNode', 'maxVoltageNode'];
const EXTREMES: readonly SummaryName[] = ['minVoltagePu', 'maxVoltagePu', ...PLACES];
const VOLTAGES = ['voltagesPu', 'voltagesVolt', 'voltagesComplex'] as const;

/** Whether voltages of all nodes have to be known for what is asked for. Throws {@link GridError} for a request that cannot be. */
export function needsVoltages(request: SeriesRequest): boolean {
  const { outputs = SUMMARY_NAMES } = request;
  if (!Array.isArray(outputs)) throw new GridError(`outputs is ${describeValue(outputs)}; give an array of names: ${SUMMARY_NAMES.join(', ')}`);
  for (const name of outputs) {
    if (!SUMMARY_NAMES.includes(name))
      throw new GridError(`outputs: there is no column ${describeValue(name)}; there are ${SUMMARY_NAMES.join(', ')}`);
  }
  for (const option of VOLTAGES) {
    const names = request[option];
    if (names !== undefined && names !== true && !(Array.isArray(names) && names.every((name) => typeof name === 'string')))
      throw new GridError(`${option} takes an array of nodes (bus.node) or buses, or true for all, not ${describeValue(names)}`);
  }
  return outputs.length > 0 || VOLTAGES.some((option) => request[option] === true || (request[option] ?? []).length > 0);
}

/** A node whose voltage is asked for. */
interface Wanted {
  name: string;
  /** Place in the batch's voltages. */
  node: number;
  /** 1 / base in volt; 0 where there is none. */
  perBase: number;
}

/** Reads what is asked for out of a batch, chunk after chunk. */
export class SeriesReader {
  readonly nodeNames: readonly string[];
  private readonly names: readonly SummaryName[];
  private readonly asked: Record<(typeof VOLTAGES)[number], readonly Wanted[]>;
  private readonly nodePlace: ReadonlyMap<string, number>;
  /** 1 / base in volt of each node, 0 where the bus has none. */
  private readonly perBase: Float64Array;
  /** 1 for phase nodes (1 to 3). */
  private readonly isPhase: Uint8Array;
  private readonly totals: BatchTotals | undefined;
  private readonly voltage: Float64Array<ArrayBuffer>;
  private readonly power = new Float64Array(4);
  private readonly readsVoltages: boolean;
  private readonly readsExtremes: boolean;

  /** Throws {@link GridError} for a node that there is not, one without a base that is wanted per unit, and what {@link BatchTotals} throws. */
  constructor(
    private readonly batch: BatchColumns,
    request: SeriesRequest,
  ) {
    const { compiled } = batch.plan;
    this.readsVoltages = needsVoltages(request);
    this.names = [...new Set(request.outputs ?? SUMMARY_NAMES)];
    this.readsExtremes = this.names.some((name) => EXTREMES.includes(name));
    this.nodeNames = batch.nodeNames();
    this.nodePlace = new Map(this.nodeNames.map((name, node) => [name, node]));
    this.perBase = Float64Array.from(compiled.nodeBus, (bus) => {
      const baseKv = batch.grid.buses.get(bus)?.baseKv;
      return baseKv === undefined ? 0 : 1 / (baseKv * 1000);
    });
    this.isPhase = Uint8Array.from(compiled.nodeNumber, (number) => Number(number <= 3));
    this.asked = {
      voltagesPu: this.lookUp('voltagesPu', request),
      voltagesVolt: this.lookUp('voltagesVolt', request),
      voltagesComplex: this.lookUp('voltagesComplex', request),
    };
    this.totals = this.names.some((name) => TOTALS.includes(name)) ? new BatchTotals(batch) : undefined;
    this.voltage = new Float64Array(2 * compiled.nodeCount);
  }

  private lookUp(option: (typeof VOLTAGES)[number], request: SeriesRequest): Wanted[] {
    const names = request[option];
    if (names === undefined) return [];
    const found = new Map<string, Wanted>();
    const add = (node: number): void => {
      const name = this.nodeNames[node];
      found.set(name, { name, node, perBase: this.perBase[node] });
    };
    if (names === true) {
      for (let node = 0; node < this.nodeNames.length; node++) if (option !== 'voltagesPu' || this.perBase[node] > 0) add(node);
      return [...found.values()];
    }
    for (const given of names) {
      const wanted = given.toLowerCase();
      const node = this.nodePlace.get(wanted);
      const nodes = node === undefined ? this.batch.plan.compiled.busNodes.get(wanted) : [node];
      if (!nodes) throw new GridError(`${option}: there is no node or bus "${given}" in service; nodes are written bus.node, as in 671.1`);
      for (const one of nodes) {
        if (option === 'voltagesPu' && this.perBase[one] === 0)
          throw new GridError(`voltagesPu: the bus of ${this.nodeNames[one]} has no voltage base; ask for it in voltagesVolt`);
        add(one);
      }
    }
    return [...found.values()];
  }

  /** Columns for so many scenarios; NaN (-1 for nodes) until they are read. */
  make(count: number): SeriesColumns {
    const numbers = (length = count): Float64Array => new Float64Array(length).fill(Number.NaN);
    const byName = (wanted: readonly Wanted[], length?: number): Map<string, Float64Array> =>
      new Map(wanted.map(({ name }) => [name, numbers(length)]));
    const { voltagesPu, voltagesVolt, voltagesComplex } = this.asked;
    const results: ScenarioResults = {
      nodeNames: this.nodeNames,
      status: new Int32Array(count),
      iterations: new Int32Array(count),
      mismatchPu: numbers(),
      voltagesPu: byName(voltagesPu),
      voltagesVolt: byName(voltagesVolt),
      voltagesComplex: byName(voltagesComplex, 2 * count),
    };
    const places = (): Int32Array => new Int32Array(count).fill(-1);
    const summary = this.names.map((name) => [name, PLACES.includes(name) ? places() : numbers()] as const);
    // The type has all summary columns; who knows which were asked for narrows it.
    return Object.assign(results, Object.fromEntries(summary) as unknown as SummaryColumns);
  }

  /**
   * Reads the first scenarios of the batch.
   *
   * @param inputs what differs among them
   * @param columns from {@link make}
   * @param at where the first goes
   */
  read(count: number, inputs: TotalsInputs, columns: SeriesColumns, at: number): void {
    const { batch, asked, voltage } = this;
    columns.status.set(batch.status.subarray(0, count), at);
    columns.iterations.set(batch.iterations.subarray(0, count), at);
    for (let scenario = 0; scenario < count; scenario++) columns.mismatchPu[at + scenario] = batch.mismatchVa[scenario] / MISMATCH_BASE_VA;
    if (!this.readsVoltages) return;
    const perUnit = asked.voltagesPu.map(({ name }) => columns.voltagesPu.get(name) as Float64Array);
    const volts = asked.voltagesVolt.map(({ name }) => columns.voltagesVolt.get(name) as Float64Array);
    const complex = asked.voltagesComplex.map(({ name }) => columns.voltagesComplex.get(name) as Float64Array);
    for (let scenario = 0; scenario < count; scenario++) {
      if (batch.status[scenario] !== STATUS_CONVERGED) continue;
      batch.voltages(scenario, voltage);
      const to = at + scenario;
      if (this.readsExtremes) this.readExtremes(columns, to);
      if (this.totals) this.readTotals(this.totals, scenario, inputs, columns, to);
      for (let k = 0; k < perUnit.length; k++) {
        const { node, perBase } = asked.voltagesPu[k];
        perUnit[k][to] = Math.hypot(voltage[2 * node], voltage[2 * node + 1]) * perBase;
      }
      for (let k = 0; k < volts.length; k++) {
        const { node } = asked.voltagesVolt[k];
        volts[k][to] = Math.hypot(voltage[2 * node], voltage[2 * node + 1]);
      }
      for (let k = 0; k < complex.length; k++) {
        const { node } = asked.voltagesComplex[k];
        complex[k][2 * to] = voltage[2 * node];
        complex[k][2 * to + 1] = voltage[2 * node + 1];
      }
    }
  }

  private readExtremes(columns: Partial<SummaryColumns>, to: number): void {
    const { voltage, perBase, isPhase } = this;
    let low = Infinity;
    let high = -Infinity;
    let lowNode = -1;
    let highNode = -1;
    // Squares are compared: the root is taken of the two that are kept.
    for (let node = 0; node < perBase.length; node++) {
      if (isPhase[node] === 0 || perBase[node] === 0) continue;
      const re = voltage[2 * node] * perBase[node];
      const im = voltage[2 * node + 1] * perBase[node];
      const square = re * re + im * im;
      if (!(square > DEAD_PU * DEAD_PU)) continue;
      if (square < low) {
        low = square;
        lowNode = node;
      }
      if (square > high) {
        high = square;
        highNode = node;
      }
    }
    if (lowNode < 0) return;
    const { minVoltagePu, maxVoltagePu, minVoltageNode, maxVoltageNode } = columns;
    if (minVoltagePu) minVoltagePu[to] = Math.sqrt(low);
    if (maxVoltagePu) maxVoltagePu[to] = Math.sqrt(high);
    if (minVoltageNode) minVoltageNode[to] = lowNode;
    if (maxVoltageNode) maxVoltageNode[to] = highNode;
  }

  private readTotals(totals: BatchTotals, scenario: number, inputs: TotalsInputs, columns: Partial<SummaryColumns>, to: number): void {
    const { power } = this;
    totals.read(scenario, inputs, this.voltage, power);
    const { lossesKw, lossesKvar, sourceKw, sourceKvar } = columns;
    if (lossesKw) lossesKw[to] = power[0] / 1000;
    if (lossesKvar) lossesKvar[to] = power[1] / 1000;
    if (sourceKw) sourceKw[to] = power[2] / 1000;
    if (sourceKvar) sourceKvar[to] = power[3] / 1000;
  }
}
