/**
 * Primitive admittance matrices: the linear part of each element over its own conductors.
 *
 * Nomenclature: an element with terminals t = 0.. and c conductors a terminal has conductors numbered through, terminal by terminal; Y is the matrix with
 * I = Y V, currents into the element. Loads, generators and the like have no linear part here; their currents are the legs of `legs.ts`.
 * Conventions follow OpenDSS (pi lines with half the shunt at each end, sources as Norton equivalents, open conductors eliminated with 1e-12 S left).
 */
import {
  type Capacitor,
  type CircuitElement,
  type ComplexMatrix,
  elementId,
  GridError,
  inverse,
  type Line,
  type Reactor,
  type Terminal,
  terminalsOf,
  type VoltageSource,
  zeros,
} from '../grid/index.js';
import { phaseVolts } from './rated-voltage.js';
import { transformerAdmittance } from './transformer-admittance.js';

/** Conductance left on an opened conductor, siemens. */
export const OPEN_CONDUCTANCE = 1e-12;

/** Whether an element has a linear part in the admittance matrix. */
export function isLinear(element: CircuitElement): boolean {
  switch (element.kind) {
    case 'vsource':
    case 'line':
    case 'transformer':
    case 'capacitor':
    case 'reactor':
    case 'fault':
      return true;
    default:
      return false;
  }
}

/** Whether an element is a shunt: all it connects lies between one bus and ground, or within one bus. Its losses are not circuit losses. */
export function isShunt(element: CircuitElement): boolean {
  if (element.kind === 'fault') return true;
  if (element.kind !== 'capacitor' && element.kind !== 'reactor') return false;
  return element.terminals.length === 1 || element.terminals[0].bus === element.terminals[1].bus;
}

/**
 * The primitive matrix of a linear element at its present taps, steps and open conductors, in siemens.
 * Throws {@link GridError} that names the element where an impedance is zero or not finite.
 */
export function primitiveAdmittance(element: CircuitElement, frequencyHz: number): ComplexMatrix {
  const matrix = closedAdmittance(element, frequencyHz);
  for (let i = 0; i < matrix.re.length; i++) {
    if (!Number.isFinite(matrix.re[i]) || !Number.isFinite(matrix.im[i])) {
      throw new GridError(`${elementId(element)}: its admittance is not finite; check its impedances and ratings`);
    }
  }
  openConductors(matrix, terminalsOf(element));
  return matrix;
}

function closedAdmittance(element: CircuitElement, frequencyHz: number): ComplexMatrix {
  switch (element.kind) {
    case 'vsource':
      return seriesAdmittance(element, element.impedanceOhm, element.phases);
    case 'line':
      return lineAdmittance(element);
    case 'transformer':
      return transformerAdmittance(element);
    case 'capacitor':
      return capacitorAdmittance(element, frequencyHz);
    case 'reactor':
      return reactorAdmittance(element);
    case 'fault': {
      const n = element.phases;
      const between = zeros(n);
      between.re.set(element.conductanceSiemens);
      return twoTerminal(between, n);
    }
    default:
      throw new GridError(`${elementId(element)} has no linear part`);
  }
}

/** [y, -y; -y, y] */
function twoTerminal(y: ComplexMatrix, n: number): ComplexMatrix {
  const matrix = zeros(2 * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      const re = y.re[i * n + j];
      const im = y.im[i * n + j];
      const at = (row: number, column: number): number => row * 2 * n + column;
      matrix.re[at(i, j)] = re;
      matrix.im[at(i, j)] = im;
      matrix.re[at(i + n, j + n)] = re;
      matrix.im[at(i + n, j + n)] = im;
      matrix.re[at(i, j + n)] = -re;
      matrix.im[at(i, j + n)] = -im;
      matrix.re[at(i + n, j)] = -re;
      matrix.im[at(i + n, j)] = -im;
    }
  }
  return matrix;
}

function invertImpedance(element: CircuitElement, impedance: ComplexMatrix): ComplexMatrix {
  const admittance = inverse(impedance);
  if (!admittance)
    throw new GridError(
      `${elementId(element)}: its series impedance is zero or singular, or its sequences lie too many digits apart; give it a small impedance, or sequences within 1e12 of each other`,
    );
  return admittance;
}

function seriesAdmittance(element: VoltageSource, impedance: ComplexMatrix, n: number): ComplexMatrix {
  return twoTerminal(invertImpedance(element, impedance), n);
}

function lineAdmittance(line: Line): ComplexMatrix {
  const n = line.phases;
  const matrix = twoTerminal(invertImpedance(line, line.seriesOhm), n);
  for (let end = 0; end < 2; end++) {
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) {
        const at = (i + end * n) * 2 * n + j + end * n;
        matrix.re[at] += line.shuntSiemens.re[i * n + j] / 2;
        matrix.im[at] += line.shuntSiemens.im[i * n + j] / 2;
      }
    }
  }
  return matrix;
}

/** Adds a branch of admittance (re, im) between each pair of phases, as delta banks are built. */
function deltaBank(n: number, re: number, im: number): ComplexMatrix {
  const matrix = zeros(n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      matrix.re[i * n + j] = i === j ? 2 * re : -re;
      matrix.im[i * n + j] = i === j ? 2 * im : -im;
    }
  }
  return matrix;
}

function capacitorAdmittance(bank: Capacitor, frequencyHz: number): ComplexMatrix {
  const n = bank.phases;
  const order = bank.terminals.length * n;
  const total = zeros(order);
  const omega = 2 * Math.PI * frequencyHz;
  const volts = phaseVolts(bank.kv, n, bank.connection);
  for (const step of bank.steps) {
    if (!step.closed) continue;
    const susceptance = ((step.kvar / n) * 1000) / (volts * volts);
    const hasFilter = step.resistanceOhm !== 0 || step.reactanceOhm !== 0;
    let part: ComplexMatrix;
    if (bank.capacitanceFarad) {
      const between = zeros(n);
      for (let i = 0; i < n * n; i++) between.im[i] = omega * bank.capacitanceFarad[i];
      part = twoTerminal(hasFilter ? withSeries(bank, between, step.resistanceOhm, step.reactanceOhm) : between, n);
    } else if (bank.connection === 'delta') {
      part = deltaBank(n, 0, susceptance);
      if (hasFilter) {
        // Taken as stated by the reference engine: a touch more on the diagonal, so that the floating bank can be inverted.
        for (let i = 0; i < n; i++) part.im[i * n + i] *= 1.000001;
        part = withSeries(bank, part, step.resistanceOhm, step.reactanceOhm);
      }
      if (bank.terminals.length === 2) part = padded(part, order);
    } else {
      const between = zeros(n);
      const [re, im] = hasFilter ? seriesOf(step.resistanceOhm, step.reactanceOhm - 1 / susceptance) : [0, susceptance];
      for (let i = 0; i < n; i++) {
        between.re[i * n + i] = re;
        between.im[i * n + i] = im;
      }
      part = twoTerminal(between, n);
    }
    for (let i = 0; i < total.re.length; i++) {
      total.re[i] += part.re[i];
      total.im[i] += part.im[i];
    }
  }
  return total;
}

/** 1 / (r + jx) */
function seriesOf(r: number, x: number): readonly [number, number] {
  const size = r * r + x * x;
  return [r / size, -x / size];
}

function padded(matrix: ComplexMatrix, order: number): ComplexMatrix {
  const result = zeros(order);
  for (let i = 0; i < matrix.order; i++) {
    for (let j = 0; j < matrix.order; j++) {
      result.re[i * order + j] = matrix.re[i * matrix.order + j];
      result.im[i * order + j] = matrix.im[i * matrix.order + j];
    }
  }
  return result;
}

/** Puts r + jx in series with every conductor of an admittance. */
function withSeries(element: CircuitElement, admittance: ComplexMatrix, r: number, x: number): ComplexMatrix {
  const impedance = inverse(admittance);
  if (!impedance) throw new GridError(`${elementId(element)}: its capacitance matrix is singular`);
  for (let i = 0; i < impedance.order; i++) {
    impedance.re[i * impedance.order + i] += r;
    impedance.im[i * impedance.order + i] += x;
  }
  return invertImpedance(element, impedance);
}

function reactorAdmittance(reactor: Reactor): ComplexMatrix {
  const n = reactor.phases;
  const parallel = reactor.parallelOhm !== 0 ? 1 / reactor.parallelOhm : 0;
  if (reactor.connection === 'delta') {
    const [re, im] = seriesOf(reactor.impedanceOhm.re[0], reactor.impedanceOhm.im[0]);
    const bank = deltaBank(n, re + parallel, im);
    return reactor.terminals.length === 2 ? padded(bank, 2 * n) : bank;
  }
  const admittance = invertImpedance(reactor, reactor.impedanceOhm);
  for (let i = 0; i < n; i++) admittance.re[i * n + i] += parallel;
  if (reactor.terminals.length === 1) return admittance;
  return twoTerminal(admittance, n);
}

/** Eliminates opened conductors in place and leaves a trace of conductance, so that no node is lost. */
function openConductors(matrix: ComplexMatrix, terminals: readonly Terminal[]): void {
  const n = matrix.order;
  const opened: number[] = [];
  let conductor = 0;
  for (const terminal of terminals) {
    for (let c = 0; c < terminal.nodes.length; c++) {
      if (terminal.open?.[c]) opened.push(conductor + c);
    }
    conductor += terminal.nodes.length;
  }
  if (opened.length === 0) return;
  const gone = new Uint8Array(n);
  for (const k of opened) {
    gone[k] = 1;
    let pr = matrix.re[k * n + k];
    let pi = matrix.im[k * n + k];
    if (pr === 0 && pi === 0) pr = OPEN_CONDUCTANCE;
    const size = pr * pr + pi * pi;
    pr /= size;
    pi /= -size;
    for (let i = 0; i < n; i++) {
      if (gone[i]) continue;
      const fr = matrix.re[i * n + k] * pr - matrix.im[i * n + k] * pi;
      const fi = matrix.re[i * n + k] * pi + matrix.im[i * n + k] * pr;
      for (let j = 0; j < n; j++) {
        if (gone[j]) continue;
        matrix.re[i * n + j] -= fr * matrix.re[k * n + j] - fi * matrix.im[k * n + j];
        matrix.im[i * n + j] -= fr * matrix.im[k * n + j] + fi * matrix.re[k * n + j];
      }
    }
    for (let j = 0; j < n; j++) {
      matrix.re[k * n + j] = 0;
      matrix.im[k * n + j] = 0;
      matrix.re[j * n + k] = 0;
      matrix.im[j * n + k] = 0;
    }
  }
  for (let i = 0; i < n; i++) matrix.re[i * n + i] += OPEN_CONDUCTANCE;
}
