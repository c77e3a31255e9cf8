/**
 * Totals and voltage extremes of a solved grid, without names and without allocating: for who looks at every step of a long run. Same numbers as
 * `powerTotals` and `nodeRows`, to rounding.
 */
import type { CircuitElement } from '../grid/index.js';
import { type CompiledElement, type CompiledGrid, nodeName, sourceCurrents } from './compiled-grid.js';
import type { CompiledSolver } from './grid-solver.js';
import { isShunt } from './primitive.js';
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
    const { from, to, g, b, start, end, rest } = this.currentSeries();
    const { values } = this;
    values.set(voltages);
    const firstDifference = voltages.length + 2;
    for (let k = 0; k < start.length; k++) {
      values[firstDifference + 2 * k] = values[2 * start[k]] - values[2 * end[k]];
      values[firstDifference + 2 * k + 1] = values[2 * start[k] + 1] - values[2 * end[k] + 1];
    }
    let lossesW = 0;
    let lossesVar = 0;
    for (let k = 0; k < from.length; k++) {
      const i = 2 * from[k];
      const j = 2 * to[k];
      const product = values[i] * values[j] + values[i + 1] * values[j + 1];
      lossesW += g[k] * product;
      lossesVar -= b[k] * product;
    }
    for (const entry of rest) {
      const [watts, vars] = powerInto(entry, voltages);
      lossesW += watts;
      lossesVar += vars;
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
    this.values = new Float64Array(2 * (nodeCount + 1 + made.start.length));
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
    this.sources = compiled.elements.filter(({ element }) => element.kind === 'vsource' || element.kind === 'isource');
    this.perBase = Float64Array.from(compiled.nodeBus, (bus, node) => {
      const baseKv = compiled.grid.buses.get(bus)?.baseKv;
      return baseKv === undefined || compiled.nodeNumber[node] > 3 ? 0 : 1 / (baseKv * 1000);
    });
    return compiled;
  }
}

/**
 * The power that series elements take in, as a sum over pairs of values: with c = conj(x_from) x_to, g Re(c) W and -b Re(c) var. For that admittances
 * have to be symmetric, when V* Y V is the sum of y_ii |V_i|^2 and 2 y_ij Re(c). Values are the nodes' voltages, then ground, then differences between
 * the ends of lines: a switch of 1e-7 ohm needs those, or its losses are what rounding leaves of 1e14 W.
 */
interface SeriesTerms {
  from: Int32Array;
  to: Int32Array;
  g: Float64Array;
  b: Float64Array;
  /** Nodes whose voltages differ: difference k is V_start - V_end. */
  start: Int32Array;
  end: Int32Array;
  /** Elements whose admittance is not symmetric: reactors whose sequences differ. */
  rest: CompiledElement[];
  /** Where each element's terms begin, and behind the last the number of all. */
  first: Int32Array;
}

function isSymmetric({ order, re, im }: NonNullable<CompiledElement['primitive']>): boolean {
  for (let i = 0; i < order; i++) {
    for (let j = 0; j < i; j++) {
      const [at, other] = [i * order + j, j * order + i];
      const size = Math.abs(re[at]) + Math.abs(im[at]);
      if (Math.abs(re[at] - re[other]) + Math.abs(im[at] - im[other]) > 1e-12 * size) return false;
    }
  }
  return true;
}

function seriesTerms(elements: readonly CompiledElement[], nodeCount: number): SeriesTerms {
  const from: number[] = [];
  const to: number[] = [];
  const g: number[] = [];
  const b: number[] = [];
  const start: number[] = [];
  const end: number[] = [];
  const rest: CompiledElement[] = [];
  const firsts: number[] = [];
  let dropsZeros = true;
  const place = (node: number): number => (node < 0 ? nodeCount : node);
  /** Adds a symmetric block: `size` values from `index` on, its upper triangle with what mirrors it. */
  const add = (size: number, index: (i: number) => number, re: (i: number, j: number) => number, im: (i: number, j: number) => number): void => {
    for (let i = 0; i < size; i++) {
      for (let j = i; j < size; j++) {
        const times = i === j ? 1 : 2;
        const [real, imaginary] = [re(i, j) * times, im(i, j) * times];
        const [x, y] = [index(i), index(j)];
        // A transformer keeps its zeros, so that another tap finds the same places.
        if ((real === 0 && imaginary === 0 && dropsZeros) || x === nodeCount || y === nodeCount) continue;
        from.push(x);
        to.push(y);
        g.push(real);
        b.push(imaginary);
      }
    }
  };
  for (const entry of elements) {
    const { element, nodes, primitive } = entry;
    firsts.push(from.length);
    dropsZeros = element.kind !== 'transformer';
    if (!primitive) continue;
    const { order, re, im } = primitive;
    if (!isSymmetric(primitive)) {
      rest.push(entry);
    } else if (element.kind !== 'line' || element.terminals.some((terminal) => terminal.open?.includes(true))) {
      add(
        order,
        (i) => place(nodes[i]),
        (i, j) => re[i * order + j],
        (i, j) => im[i * order + j],
      );
    } else {
      const half = element.phases;
      const { shuntSiemens } = element;
      const first = nodeCount + 1 + start.length;
      for (let i = 0; i < half; i++) {
        start.push(place(nodes[i]));
        end.push(place(nodes[i + half]));
      }
      add(
        half,
        (i) => first + i,
        (i, j) => -re[(i + half) * order + j],
        (i, j) => -im[(i + half) * order + j],
      );
      for (const terminal of [0, half]) {
        add(
          half,
          (i) => place(nodes[terminal + i]),
          (i, j) => shuntSiemens.re[i * half + j] / 2,
          (i, j) => shuntSiemens.im[i * half + j] / 2,
        );
      }
    }
  }
  firsts.push(from.length);
  const numbers = (list: number[]): Float64Array => Float64Array.from(list);
  const places = (list: number[]): Int32Array => Int32Array.from(list);
  return { from: places(from), to: places(to), g: numbers(g), b: numbers(b), start: places(start), end: places(end), rest, first: places(firsts) };
}

/** Takes over a transformer's new admittances; false for what has to be sorted anew. */
function renewTerms({ first, g, b }: SeriesTerms, index: number, { element, nodes, primitive }: CompiledElement): boolean {
  if (element.kind !== 'transformer' || !primitive) return false;
  let at = first[index];
  for (let i = 0; i < primitive.order; i++) {
    for (let j = i; j < primitive.order; j++) {
      if (nodes[i] < 0 || nodes[j] < 0) continue;
      const times = i === j ? 1 : 2;
      g[at] = primitive.re[i * primitive.order + j] * times;
      b[at] = primitive.im[i * primitive.order + j] * times;
      at += 1;
    }
  }
  return at === first[index + 1];
}

function isSeries(element: CircuitElement): boolean {
  if (element.kind === 'line' || element.kind === 'transformer') return true;
  return (element.kind === 'reactor' || element.kind === 'capacitor') && !isShunt(element);
}

/** Power into all conductors of an element, W and var. */
function powerInto({ nodes, primitive }: CompiledElement, voltages: Float64Array): [number, number] {
  let watts = 0;
  let vars = 0;
  for (let i = 0; primitive && i < primitive.order; i++) {
    if (nodes[i] < 0) continue;
    const [ur, ui] = [voltages[2 * nodes[i]], voltages[2 * nodes[i] + 1]];
    for (let j = 0; j < primitive.order; j++) {
      if (nodes[j] < 0) continue;
      const [g, b] = [primitive.re[i * primitive.order + j], primitive.im[i * primitive.order + j]];
      const [vr, vi] = [voltages[2 * nodes[j]], voltages[2 * nodes[j] + 1]];
      const [cr, ci] = [g * vr - b * vi, g * vi + b * vr];
      watts += ur * cr + ui * ci;
      vars += ui * cr - ur * ci;
    }
  }
  return [watts, vars];
}
