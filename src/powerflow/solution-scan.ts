/**
 * Totals and voltage extremes of a solved grid, without names and without allocating: for who looks at every step of a long run. Same numbers as
 * `powerTotals` and `nodeRows`, to rounding.
 */
import { type CompiledElement, type CompiledGrid, nodeName, sourceCurrents } from './compiled-grid.js';
import type { CompiledSolver } from './grid-solver.js';
import { isShunt } from './primitive.js';
import type { PowerTotals } from './solution-record.js';

/** Lowest and highest per-unit voltage of the nodes whose bus has a base. */
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
  private series: CompiledElement[] = [];
  private sources: CompiledElement[] = [];
  /** What was found last, and the solution it holds for. */
  private lastTotals: PowerTotals | undefined;
  private totalsOf = -1;
  /** 1 / base in volt of each node, 0 where its bus has none. */
  private perBase = new Float64Array(0);

  constructor(private readonly solver: CompiledSolver) {}

  /** Losses of the series elements and power of the sources. */
  totals(): PowerTotals {
    this.follow();
    const { voltages, solutionCount } = this.solver;
    if (this.lastTotals && this.totalsOf === solutionCount) return this.lastTotals;
    this.totalsOf = solutionCount;
    let lossesW = 0;
    let lossesVar = 0;
    for (const { nodes, primitive } of this.series) {
      if (!primitive) continue;
      const { order, re, im } = primitive;
      for (let i = 0; i < order; i++) {
        const to = nodes[i];
        if (to < 0) continue;
        let currentRe = 0;
        let currentIm = 0;
        for (let j = 0; j < order; j++) {
          const from = nodes[j];
          if (from < 0) continue;
          const g = re[i * order + j];
          const b = im[i * order + j];
          const vr = voltages[2 * from];
          const vi = voltages[2 * from + 1];
          currentRe += g * vr - b * vi;
          currentIm += g * vi + b * vr;
        }
        lossesW += voltages[2 * to] * currentRe + voltages[2 * to + 1] * currentIm;
        lossesVar += voltages[2 * to + 1] * currentRe - voltages[2 * to] * currentIm;
      }
    }
    let sourceW = 0;
    let sourceVar = 0;
    for (const entry of this.sources) {
      const [watts, vars] = this.sourcePower(entry);
      sourceW += watts;
      sourceVar += vars;
    }
    this.lastTotals = { lossesW, lossesVar, sourcePowerKw: sourceW / 1000, sourcePowerKvar: sourceVar / 1000 };
    return this.lastTotals;
  }

  /** Voltage extremes, or undefined where no bus has a base. */
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

  /** Power a source delivers at its first terminal. */
  private sourcePower(entry: CompiledElement): [number, number] {
    const { voltages } = this.solver;
    const { nodes, primitive, terminalStart } = entry;
    const injected = sourceCurrents(entry);
    let watts = 0;
    let vars = 0;
    for (let i = 0; i < terminalStart[1]; i++) {
      if (nodes[i] < 0) continue;
      let currentRe = injected ? injected[2 * i] : 0;
      let currentIm = injected ? injected[2 * i + 1] : 0;
      for (let j = 0; primitive && j < primitive.order; j++) {
        if (nodes[j] < 0) continue;
        const g = primitive.re[i * primitive.order + j];
        const b = primitive.im[i * primitive.order + j];
        const vr = voltages[2 * nodes[j]];
        const vi = voltages[2 * nodes[j] + 1];
        currentRe -= g * vr - b * vi;
        currentIm -= g * vi + b * vr;
      }
      watts += voltages[2 * nodes[i]] * currentRe + voltages[2 * nodes[i] + 1] * currentIm;
      vars += voltages[2 * nodes[i] + 1] * currentRe - voltages[2 * nodes[i]] * currentIm;
    }
    return [watts, vars];
  }

  /** Sorts the elements anew where the grid was compiled anew. */
  private follow(): CompiledGrid {
    const { compiled } = this.solver.plans;
    if (compiled === this.compiled) return compiled;
    this.compiled = compiled;
    this.lastTotals = undefined;
    this.series = compiled.elements.filter(
      ({ element }) =>
        element.kind === 'line' ||
        element.kind === 'transformer' ||
        ((element.kind === 'reactor' || element.kind === 'capacitor') && !isShunt(element)),
    );
    this.sources = compiled.elements.filter(({ element }) => element.kind === 'vsource' || element.kind === 'isource');
    this.perBase = Float64Array.from(compiled.nodeBus, (bus) => {
      const baseKv = compiled.grid.buses.get(bus)?.baseKv;
      return baseKv === undefined ? 0 : 1 / (baseKv * 1000);
    });
    return compiled;
  }
}
