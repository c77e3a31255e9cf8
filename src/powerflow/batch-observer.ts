/**
 * What an environment asks of every solved scenario of a batch, again and again: magnitudes of voltages, how far buses are out of a band, losses, power of the
 * sources, power of a few injections. All arrays are made once.
 */
import { describeValue, GridError } from '../grid/index.js';
import type { BatchSession } from './batch-session.js';
import { BatchTotals, type TotalsInputs } from './batch-totals.js';
import { nodeName } from './compiled-grid.js';
import { STATUS_CONTROL_LIMIT, STATUS_CONVERGED } from './kernel-layout.js';
import { legFactors } from './legs.js';
import * as layout from './observer-layout.js';
import { type ObserverOptions, type ObserverTables, observedBand, observedNodes } from './observer-tables.js';

/** What is looked at. */
export interface BatchObserverOptions extends ObserverOptions {
  /** Injections whose power is metered, as places among `batch.injections`. Default none. */
  meters?: readonly number[];
}

/** Rows longer than this are copied in one piece. */
const LONG_ROW = 48;

/** Looks at the scenarios of one batch. All per-scenario numbers are NaN where a scenario has no solution. */
export class BatchObserver {
  /** Names of the buses looked at, and of their nodes, bus by bus and rising within a bus; the nodes of bus b are `busStart[b]` to `busStart[b + 1] - 1`. */
  readonly busNames: readonly string[];
  readonly nodeNames: readonly string[];
  readonly busStart: Int32Array;
  /** Magnitudes of the nodes' voltages, per unit of the bus's base (0 where it has none); {@link magnitudeIndex} says where. */
  readonly magnitudes: Float64Array;
  /** [scenario]: losses of lines, transformers and other series elements. */
  readonly lossesW: Float64Array;
  /** [scenario]: power delivered by all sources. */
  readonly sourceW: Float64Array;
  readonly sourceVar: Float64Array;
  /** [scenario]: sum over buses of how far the highest of a bus's voltages is above the band, and the lowest below it, per unit. */
  readonly abovePu: Float64Array;
  readonly belowPu: Float64Array;
  /** [scenario]: buses of which some voltage is out of the band. */
  readonly busesOutside: Float64Array;
  /** [scenario]: lowest and highest of all voltages, per unit. */
  readonly lowestPu: Float64Array;
  readonly highestPu: Float64Array;
  /** [meter][scenario]: what the metered injections take (loads) or deliver (all others), kW and kvar of all phases. */
  readonly meterKw: readonly Float64Array[];
  readonly meterKvar: readonly Float64Array[];

  /** Whether the batch's kernels look (batch option `observe`), all scenarios of a block at once, or scenarios are looked at one by one. */
  readonly inKernel: boolean;

  /** Numbers of a row ({@link copyRow}); 0 where the option `rows` is not given. */
  readonly rowLength: number;
  /** [scenario][node or bus], where kernels look. */
  private readonly rows: Float32Array | undefined;
  private readonly rowsOfBuses: boolean;
  private readonly lanes: number;
  private readonly nodes: Int32Array;
  private readonly perVolt: Float64Array;
  private readonly low: number;
  private readonly high: number;
  private readonly meters: readonly number[];
  private readonly meterLegs: readonly Int32Array[];
  private readonly tables: ObserverTables | undefined;
  private readonly parameters: Float64Array = new Float64Array(0);
  private readonly totals: BatchTotals | undefined;
  private readonly voltage: Float64Array<ArrayBuffer>;
  private readonly sums = new Float64Array(4);
  private readonly factors = new Float64Array(2);

  /**
   * Looks at what the batch was told to observe, by its kernels where they can; or, where the batch has no option `observe`, at what is asked for here, scenario by scenario.
   * Throws {@link GridError} for buses or injections that are not there.
   */
  constructor(
    private readonly batch: BatchSession,
    { meters = [], ...asked }: BatchObserverOptions = {},
  ) {
    const { compiled, observe, observer } = batch.plan;
    if (observe && Object.keys(asked).length > 0)
      throw new GridError('buses and band of this observer are those of the batch’s option observe; give them there');
    if (batch.switches.length > 0 || batch.sources.length > 0)
      throw new GridError('an observer is for batches without switches and source voltages of each scenario’s own');
    if (batch.precision !== 'double') throw new GridError('an observer is for batches in double precision');
    const options = observe ?? asked;
    [this.low, this.high] = observedBand(options);
    const { busNames, busStart, nodes, perVolt } = observedNodes(compiled, options.buses);
    this.busNames = busNames;
    this.busStart = busStart;
    this.nodes = nodes;
    this.nodeNames = Array.from(nodes, (node) => nodeName(compiled, node));
    this.perVolt = perVolt;
    if (!Array.isArray(meters)) throw new GridError('meters are an array of places among the injections');
    for (const meter of meters) {
      if (!Number.isInteger(meter) || !(meter in batch.injections))
        throw new GridError(`meters: there is no injection ${describeValue(meter)}; they are counted from 0 to ${batch.injections.length - 1}`);
    }
    this.meters = meters;
    this.meterLegs = meters.map((meter) => batch.legs.of(meter));
    this.voltage = new Float64Array(2 * Math.max(compiled.nodeCount, batch.lanes));
    this.lanes = batch.lanes;
    this.tables = observer;
    this.inKernel = observer !== undefined;
    const { scenarios } = batch;
    const own = (): Float64Array => new Float64Array(scenarios);
    const views = observer && batch.observerViews(observer);
    const column = (quantity: number): Float64Array => views?.quantity(quantity) ?? own();
    this.rowsOfBuses = options.rows === 'buses';
    this.rowLength = options.rows === undefined ? 0 : this.rowsOfBuses ? busNames.length : nodes.length;
    this.rows = this.rowLength > 0 ? views?.rows : undefined;
    if (views) this.parameters = views.parameters;
    else this.totals = new BatchTotals(batch);
    this.magnitudes = views?.magnitudes ?? new Float64Array(Math.ceil(scenarios / this.lanes) * this.lanes * nodes.length);
    this.lossesW = column(layout.QUANTITY_LOSSES);
    this.sourceW = column(layout.QUANTITY_SOURCE_WATTS);
    this.sourceVar = column(layout.QUANTITY_SOURCE_VARS);
    this.abovePu = column(layout.QUANTITY_ABOVE);
    this.belowPu = column(layout.QUANTITY_BELOW);
    this.busesOutside = column(layout.QUANTITY_OUTSIDE);
    this.lowestPu = column(layout.QUANTITY_LOWEST);
    this.highestPu = column(layout.QUANTITY_HIGHEST);
    this.meterKw = meters.map(own);
    this.meterKvar = meters.map(own);
  }

  /** Place of a node's magnitude (by its place among `nodeNames`) in one scenario; the next node stands `batch.lanes` further. */
  magnitudeIndex(node: number, scenario: number): number {
    const block = Math.floor(scenario / this.lanes);
    return (block * this.nodes.length + node) * this.lanes + (scenario % this.lanes);
  }

  /** Copies the magnitudes of one scenario, [node], to `into` from `at` on. */
  copyMagnitudes(scenario: number, into: Float32Array | Float64Array, at = 0): void {
    const { magnitudes, lanes } = this;
    let from = this.magnitudeIndex(0, scenario);
    for (let node = 0; node < this.nodes.length; node++) {
      into[at + node] = magnitudes[from];
      from += lanes;
    }
  }

  /** Copies the mean magnitude of each bus in one scenario, [bus], to `into` from `at` on. */
  copyBusMeans(scenario: number, into: Float32Array | Float64Array, at = 0): void {
    const { magnitudes, lanes, busStart } = this;
    const buses = busStart.length - 1;
    let from = this.magnitudeIndex(0, scenario);
    for (let bus = 0; bus < buses; bus++) {
      const count = busStart[bus + 1] - busStart[bus];
      // Most buses have one phase or three.
      if (count === 1) into[at + bus] = magnitudes[from];
      else if (count === 3) into[at + bus] = (magnitudes[from] + magnitudes[from + lanes] + magnitudes[from + 2 * lanes]) / 3;
      else {
        let sum = 0;
        for (let node = 0; node < count; node++) sum += magnitudes[from + node * lanes];
        into[at + bus] = sum / count;
      }
      from += count * lanes;
    }
  }

  /** Copies the row of one scenario that has a solution, {@link rowLength} numbers by the option `rows`, to `into` from `at` on. Throws {@link GridError} without that option. */
  copyRow(scenario: number, into: Float32Array, at = 0): void {
    const { rows, rowLength } = this;
    if (rowLength === 0) throw new GridError('there are no rows to copy; give rows: "nodes" or "buses" in the option observe');
    if (!rows) {
      if (this.rowsOfBuses) this.copyBusMeans(scenario, into, at);
      else this.copyMagnitudes(scenario, into, at);
      return;
    }
    const first = scenario * rowLength;
    if (rowLength > LONG_ROW) into.set(rows.subarray(first, first + rowLength), at);
    else for (let k = 0; k < rowLength; k++) into[at + k] = rows[first + k];
  }

  /** Looks at all scenarios in use; after `batch.solve()`. */
  observe(): void {
    const { batch, tables } = this;
    if (tables) {
      this.writeParameters();
      batch.runObserver(tables);
      for (let scenario = 0; scenario < batch.inUse; scenario++) if (!this.isSolved(scenario)) this.blank(scenario);
      for (let meter = 0; meter < this.meters.length; meter++) this.readMeter(meter);
      return;
    }
    const { lanes } = batch.plan;
    const inputs: TotalsInputs = { tapPu: batch.transformers.map((name) => lanes.tapsOf(name)), closed: [], voltagePu: [] };
    for (let scenario = 0; scenario < batch.inUse; scenario++) this.observeOne(scenario, inputs);
    for (let meter = 0; meter < this.meters.length; meter++) this.readMeter(meter);
  }

  private isSolved(scenario: number): boolean {
    const status = this.batch.status[scenario];
    return status === STATUS_CONVERGED || status === STATUS_CONTROL_LIMIT;
  }

  /** 1 / tap of the transformers with taps of each scenario's own. */
  private writeParameters(): void {
    const { batch, parameters, lanes } = this;
    const count = batch.transformers.length;
    const stride = (parameters.length / Math.ceil(batch.scenarios / lanes)) | 0;
    for (let k = 0; k < count; k++) {
      const taps = batch.plan.lanes.presentTaps(k);
      for (let scenario = 0; scenario < batch.inUse; scenario++) {
        const lane = scenario % lanes;
        parameters[((scenario - lane) / lanes) * stride + k * lanes + lane] = 1 / taps[scenario];
      }
    }
  }

  /** What is said of a scenario without a solution. */
  private blank(scenario: number): void {
    const { nodes, magnitudes, lanes } = this;
    const first = this.magnitudeIndex(0, scenario);
    for (let k = 0; k < nodes.length; k++) magnitudes[first + k * lanes] = Number.NaN;
    for (const column of [this.lossesW, this.sourceW, this.sourceVar, this.abovePu, this.belowPu, this.busesOutside, this.lowestPu, this.highestPu])
      column[scenario] = Number.NaN;
  }

  private observeOne(scenario: number, inputs: TotalsInputs): void {
    const { batch, voltage, nodes, perVolt, magnitudes, busStart, sums, totals } = this;
    if (!this.isSolved(scenario)) {
      this.blank(scenario);
      return;
    }
    batch.voltages(scenario, voltage);
    const first = this.magnitudeIndex(0, scenario);
    let above = 0;
    let below = 0;
    let outside = 0;
    let lowest = Number.POSITIVE_INFINITY;
    let highest = 0;
    for (let bus = 0; bus + 1 < busStart.length; bus++) {
      let low = Number.POSITIVE_INFINITY;
      let high = 0;
      for (let k = busStart[bus]; k < busStart[bus + 1]; k++) {
        const [re, im] = [voltage[2 * nodes[k]], voltage[2 * nodes[k] + 1]];
        const pu = Math.sqrt(re * re + im * im) * perVolt[k];
        magnitudes[first + k * this.lanes] = pu;
        if (pu < low) low = pu;
        if (pu > high) high = pu;
      }
      const over = high - this.high;
      const under = this.low - low;
      if (over > 0) above += over;
      if (under > 0) below += under;
      if (over > 0 || under > 0) outside += 1;
      if (low < lowest) lowest = low;
      if (high > highest) highest = high;
    }
    totals?.read(scenario, inputs, voltage, sums);
    this.abovePu[scenario] = above;
    this.belowPu[scenario] = below;
    this.busesOutside[scenario] = outside;
    this.lowestPu[scenario] = lowest;
    this.highestPu[scenario] = highest;
    this.lossesW[scenario] = sums[0];
    this.sourceW[scenario] = sums[2];
    this.sourceVar[scenario] = sums[3];
  }

  /** Power of a metered injection in all scenarios, by the laws of its legs at the voltages found. */
  private readMeter(m: number): void {
    const { batch, factors, voltage } = this;
    const { legs } = batch.plan.compiled;
    const factor = batch.injections[this.meters[m]].kind === 'load' ? 0.001 : -0.001;
    const [kw, kvar] = [this.meterKw[m], this.meterKvar[m]];
    kw.fill(0, 0, batch.inUse);
    kvar.fill(0, 0, batch.inUse);
    const { lanes } = this;
    const { powers } = batch.legs;
    for (const leg of this.meterLegs[m]) {
      const law = legs.laws[leg];
      const first = batch.legs.powerIndex(leg, 0);
      const stride = batch.legs.powerIndex(leg, lanes) - first;
      for (let block = 0, at = first; block < batch.inUse; block += lanes, at += stride) {
        const end = Math.min(lanes, batch.inUse - block);
        batch.legs.voltages(leg, block, voltage);
        for (let lane = 0; lane < end; lane++) {
          const square = voltage[lane] * voltage[lane] + voltage[lanes + lane] * voltage[lanes + lane];
          legFactors(law, Math.sqrt(square), factors);
          kw[block + lane] += powers[at + lane] * factors[0] * square * factor;
          kvar[block + lane] += powers[at + lanes + lane] * factors[1] * square * factor;
        }
      }
    }
    for (let scenario = 0; scenario < batch.inUse; scenario++) {
      if (this.isSolved(scenario)) continue;
      kw[scenario] = Number.NaN;
      kvar[scenario] = Number.NaN;
    }
  }
}
