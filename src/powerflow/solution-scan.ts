/**
 * Totals and voltage extremes of a solved grid, without names and without allocating: for who looks at every step of a long run. Same numbers as
 * `powerTotals` and `nodeRows`, to rounding.
 */
import { type CompiledElement, type CompiledGrid, nodeName, sourceCurrents } from './compiled-grid.js';
import type { CompiledSolver } from './grid-solver.js';
import {
  addSourcePower,
  isSeries,
  isSource,
  renewTerms,
  type SeriesTerms,
  seriesPower,
  seriesTerms,
  seriesValues,
  setSeriesValues,
} from './series-terms.js';
import type { PowerTotals } from './solution-record.js';
import { DEAD_PU } from './voltage-summary.js';

/** Lowest and highest per-unit voltage of the live phase nodes (1 to 3) whose bus has a base. */
export interface VoltageExtremes {
  minPu: number;
  /** `bus.node`. */
  minNode: string;
  maxPu: number;
  maxNode: string;
}

/** Looks at the last solution of one solver, again and again. */
export class SolutionScan {
  private compiled: CompiledGrid | undefined;
  private elements: CompiledElement[] = [];
  private terms: SeriesTerms | undefined;
  /** Voltages of the nodes, ground, and the differences of {@link SeriesTerms}, [re, im] each. */
  private values = new Float64Array(0);
  /** The admittances behind the terms: a changed tap brings a new object. */
  private admittances: CompiledElement['primitive'][] = [];
  private sources: CompiledElement[] = [];
  /** Losses and source power, [W, var]. */
  private readonly losses = new Float64Array(2);
  private readonly delivered = new Float64Array(2);
  /** What was found last, and the solution it holds for. */
  private lastTotals: PowerTotals | undefined;
  private totalsOf = -1;
  /** 1 / base in volt of each phase node, 0 for other nodes and where the bus has none. */
  private perBase = new Float64Array(0);

  constructor(private readonly solver: CompiledSolver) {}

  /** Losses of the series elements and power of the sources. */
  totals(): PowerTotals {
    this.follow();
    const { voltages, solutionCount } = this.solver;
    if (this.lastTotals && this.totalsOf === solutionCount) return this.lastTotals;
    this.totalsOf = solutionCount;
    const terms = this.currentSeries();
    setSeriesValues(terms, this.values, voltages);
    const { losses, delivered } = this;
    seriesPower(terms, this.values, voltages, losses);
    delivered.fill(0);
    for (const entry of this.sources) addSourcePower(entry, sourceCurrents(entry), voltages, delivered);
    this.lastTotals = { lossesW: losses[0], lossesVar: losses[1], sourcePowerKw: delivered[0] / 1000, sourcePowerKvar: delivered[1] / 1000 };
    return this.lastTotals;
  }

  /** Voltage extremes, or undefined where no live phase node has a base. */
  extremes(): VoltageExtremes | undefined {
    const compiled = this.follow();
    const { perBase } = this;
    const { voltages } = this.solver;
    let low = Infinity;
    let high = -Infinity;
    let lowNode = -1;
    let highNode = -1;
    // Squares are compared: the root is taken of the two that are kept.
    for (let node = 0; node < perBase.length; node++) {
      const scale = perBase[node];
      if (scale === 0) continue;
      const re = voltages[2 * node] * scale;
      const im = voltages[2 * node + 1] * scale;
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
    if (lowNode < 0 || highNode < 0) return undefined;
    return { minPu: Math.sqrt(low), minNode: nodeName(compiled, lowNode), maxPu: Math.sqrt(high), maxNode: nodeName(compiled, highNode) };
  }

  private currentSeries(): SeriesTerms {
    const { elements, admittances, terms } = this;
    if (terms) {
      let current = true;
      for (let i = 0; i < elements.length; i++) {
        const { primitive } = elements[i];
        if (primitive === admittances[i]) continue;
        admittances[i] = primitive;
        current &&= renewTerms(terms, i, elements[i]);
      }
      if (current) return terms;
    }
    this.admittances = elements.map(({ primitive }) => primitive);
    const { nodeCount } = this.follow();
    const made = seriesTerms(elements, nodeCount);
    this.values = seriesValues(made, nodeCount);
    this.terms = made;
    return made;
  }

  /** Sorts the elements anew where the grid was compiled anew. */
  private follow(): CompiledGrid {
    const { compiled } = this.solver.plans;
    if (compiled === this.compiled) return compiled;
    this.compiled = compiled;
    this.lastTotals = undefined;
    this.elements = compiled.elements.filter(({ element }) => isSeries(element));
    this.terms = undefined;
    this.sources = compiled.elements.filter(({ element }) => isSource(element));
    this.perBase = Float64Array.from(compiled.nodeBus, (bus, node) => {
      const baseKv = compiled.grid.buses.get(bus)?.baseKv;
      return baseKv === undefined || compiled.nodeNumber[node] > 3 ? 0 : 1 / (baseKv * 1000);
    });
    return compiled;
  }
}
