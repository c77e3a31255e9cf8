/**
 * What the series elements of a grid (lines, transformers, series reactors and capacitors) take in, as one sum over pairs of voltages: losses without names and
 * without allocating, for who looks at many solutions. And what sources deliver.
 */
import type { CircuitElement } from '../grid/index.js';
import { type CompiledElement } from './compiled-grid.js';
import { isShunt } from './primitive.js';

/**
 * The power that series elements take in, as a sum over pairs of values: with c = conj(x_from) x_to, g Re(c) W and -b Re(c) var. For that admittances
 * have to be symmetric, when V* Y V is the sum of y_ii |V_i|^2 and 2 y_ij Re(c). Values are the nodes' voltages, then ground, then differences between
 * the ends of lines: a switch of 1e-7 ohm needs those, or its losses are what rounding leaves of 1e14 W.
 */
export interface SeriesTerms {
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

/** The terms of some series elements of a grid of `nodeCount` nodes. */
export function seriesTerms(elements: readonly CompiledElement[], nodeCount: number): SeriesTerms {
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
export function renewTerms({ first, g, b }: SeriesTerms, index: number, { element, nodes, primitive }: CompiledElement): boolean {
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

/** Whether what an element takes in is a loss of the circuit, as OpenDSS counts them. */
export function isSeries(element: CircuitElement): boolean {
  if (element.kind === 'line' || element.kind === 'transformer') return true;
  return (element.kind === 'reactor' || element.kind === 'capacitor') && !isShunt(element);
}

/** Power into all conductors of an element at voltages [node][re, im], W and var. */
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

/** Room for the values that terms multiply: nodes, ground and differences, [re, im] each. */
export function seriesValues(terms: SeriesTerms, nodeCount: number): Float64Array<ArrayBuffer> {
  return new Float64Array(2 * (nodeCount + 1 + terms.start.length));
}

/**
 * Sets `values` for voltages of all nodes.
 *
 * @param values from {@link seriesValues}; ground stays 0
 * @param voltages [node][re, im], volt
 */
export function setSeriesValues({ start, end }: SeriesTerms, values: Float64Array, voltages: Float64Array): void {
  values.set(voltages);
  const firstDifference = voltages.length + 2;
  for (let k = 0; k < start.length; k++) {
    values[firstDifference + 2 * k] = values[2 * start[k]] - values[2 * end[k]];
    values[firstDifference + 2 * k + 1] = values[2 * start[k] + 1] - values[2 * end[k] + 1];
  }
}

/** Writes what the elements take in to `into`, [W, var]. */
export function seriesPower({ from, to, g, b, rest }: SeriesTerms, values: Float64Array, voltages: Float64Array, into: Float64Array): void {
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
  into[0] = lossesW;
  into[1] = lossesVar;
}

/**
 * Adds what a source delivers at its first terminal to `into`, [W, var].
 *
 * @param injected its Norton currents, conductor by conductor [re, im]
 * @param voltages [node][re, im], volt
 */
export function addSourcePower(entry: CompiledElement, injected: Float64Array | undefined, voltages: Float64Array, into: Float64Array): void {
  const { nodes, primitive, terminalStart } = entry;
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
    into[0] += voltages[2 * nodes[i]] * currentRe + voltages[2 * nodes[i] + 1] * currentIm;
    into[1] += voltages[2 * nodes[i] + 1] * currentRe - voltages[2 * nodes[i]] * currentIm;
  }
}

/** Whether an element delivers power of its own accord: a voltage or current source. */
export function isSource(element: CircuitElement): boolean {
  return element.kind === 'vsource' || element.kind === 'isource';
}
