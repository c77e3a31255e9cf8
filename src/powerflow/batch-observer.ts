/**
 * What an environment asks of every solved scenario of a batch, again and again: magnitudes of voltages, how far buses are out of a band, losses, power of the
 * sources, power of a few injections. All arrays are made once.
 */
import { GridError } from '../grid/index.js';
import type { BatchSession } from './batch-session.js';
import { BatchTotals, type TotalsInputs } from './batch-totals.js';
import { nodeName } from './compiled-grid.js';
import { STATUS_CONVERGED, STATUS_CONTROL_LIMIT } from './kernel-layout.js';
import { legFactors } from './legs.js';

/** What is looked at. */
export interface ObserverOptions {
  /** Buses by name, in this order; default: all of the grid, in its order. */
  buses?: readonly string[];
  /** Lowest and highest voltage that is not out of band, per unit. Default 0.95 and 1.05. */
  bandPu?: readonly [number, number];
  /** Injections whose power is metered, as places among `batch.injections`. Default none. */
  meters?: readonly number[];
}

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

  private readonly lanes: number;
  private readonly nodes: Int32Array;
  private readonly perVolt: Float64Array;
  private readonly low: number;
  private readonly high: number;
  private readonly meters: readonly number[];
  private readonly meterLegs: readonly Int32Array[];
  private readonly totals: BatchTotals;
  private readonly voltage: Float64Array<ArrayBuffer>;
  private readonly sums = new Float64Array(4);
  private readonly factors = new Float64Array(2);

  /** Throws {@link GridError} for buses or injections that are not there. */
  constructor(
    private readonly batch: BatchSession,
    { buses, bandPu = [0.95, 1.05], meters = [] }: ObserverOptions = {},
  ) {
    const { compiled } = batch.plan;
    const [low, high] = bandPu;
    if (!(low < high)) throw new GridError(`bandPu is ${low} to ${high}; give the lower end first`);
    [this.low, this.high] = [low, high];
    this.busNames = (buses ?? [...compiled.busNodes.keys()]).map((name) => name.toLowerCase());
    const start = [0];
    const nodes: number[] = [];
    for (const bus of this.busNames) {
      const own = compiled.busNodes.get(bus);
      if (!own) throw new GridError(`there is no bus "${bus}" to observe`);
      nodes.push(...[...own].sort((a, b) => compiled.nodeNumber[a] - compiled.nodeNumber[b]));
      start.push(nodes.length);
    }
    this.busStart = Int32Array.from(start);
    this.nodes = Int32Array.from(nodes);
    this.nodeNames = nodes.map((node) => nodeName(compiled, node));
    this.perVolt = Float64Array.from(nodes, (node) => {
      const { baseKv } = batch.grid.buses.get(compiled.nodeBus[node]) ?? {};
      return baseKv ? 1 / (baseKv * 1000) : 0;
    });
    for (const meter of meters) if (!(meter in batch.injections)) throw new GridError(`meters: there is no injection ${meter}`);
    this.meters = meters;
    this.meterLegs = meters.map((meter) => batch.legsOfInjection(meter));
    this.totals = new BatchTotals(batch);
    this.voltage = new Float64Array(2 * compiled.nodeCount);
    this.lanes = batch.lanes;
    const { scenarios } = batch;
    const column = (): Float64Array => new Float64Array(scenarios);
    this.magnitudes = new Float64Array(Math.ceil(scenarios / this.lanes) * this.lanes * nodes.length);
    this.lossesW = column();
    this.sourceW = column();
    this.sourceVar = column();
    this.abovePu = column();
    this.belowPu = column();
    this.busesOutside = column();
    this.lowestPu = column();
    this.highestPu = column();
    this.meterKw = meters.map(column);
    this.meterKvar = meters.map(column);
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
    const first = this.magnitudeIndex(0, scenario);
    for (let bus = 0; bus + 1 < busStart.length; bus++) {
      let sum = 0;
      for (let node = busStart[bus]; node < busStart[bus + 1]; node++) sum += magnitudes[first + node * lanes];
      into[at + bus] = sum / (busStart[bus + 1] - busStart[bus]);
    }
  }

  /** Looks at all scenarios in use; after `batch.solve()`. */
  observe(): void {
    const { batch } = this;
    const { lanes } = batch.plan;
    const inputs: TotalsInputs = { tapPu: batch.transformers.map((name) => lanes.tapsOf(name)), closed: [], voltagePu: [] };
    if (batch.switches.length > 0 || batch.sources.length > 0)
      throw new GridError('an observer is for batches without switches and source voltages of each scenario’s own');
    for (let scenario = 0; scenario < batch.inUse; scenario++) this.observeOne(scenario, inputs);
  }

  private observeOne(scenario: number, inputs: TotalsInputs): void {
    const { batch, voltage, nodes, perVolt, magnitudes, busStart, sums } = this;
    const status = batch.status[scenario];
    const solved = status === STATUS_CONVERGED || status === STATUS_CONTROL_LIMIT;
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
    if (solved) this.totals.read(scenario, inputs, voltage, sums);
    else sums.fill(Number.NaN);
    const kept = solved ? 0 : Number.NaN;
    this.abovePu[scenario] = above + kept;
    this.belowPu[scenario] = below + kept;
    this.busesOutside[scenario] = outside + kept;
    this.lowestPu[scenario] = lowest + kept;
    this.highestPu[scenario] = highest + kept;
    this.lossesW[scenario] = sums[0];
    this.sourceW[scenario] = sums[2];
    this.sourceVar[scenario] = sums[3];
    this.readMeters(scenario, kept);
  }

  private readMeters(scenario: number, kept: number): void {
    const { batch, voltage, factors } = this;
    const { legs } = batch.plan.compiled;
    const volt = (node: number, part: 0 | 1): number => (node < 0 ? 0 : voltage[2 * node + part]);
    this.meters.forEach((meter, m) => {
      let watts = 0;
      let vars = 0;
      for (const leg of this.meterLegs[m]) {
        const [from, to] = [legs.from[leg], legs.to[leg]];
        const [vr, vi] = [volt(from, 0) - volt(to, 0), volt(from, 1) - volt(to, 1)];
        const square = vr * vr + vi * vi;
        legFactors(legs.laws[leg], Math.sqrt(square), factors);
        const [setWatts, setVars] = batch.legPower(leg, scenario);
        watts += setWatts * factors[0] * square;
        vars += setVars * factors[1] * square;
      }
      const sign = batch.injections[meter].kind === 'load' ? 0.001 : -0.001;
      this.meterKw[m][scenario] = watts * sign + kept;
      this.meterKvar[m][scenario] = vars * sign + kept;
    });
  }
}
