/**
 * Voltages of a grid with its sources alone, from which voltage bases are chosen.
 *
 * What counts then is the series part of each element, as OpenDSS takes it: lines without charging but with a trace of capacitance at their ends,
 * transformers, shunt banks and loads with 1e-10 of their own admittance, one-phase shunt reactors (neutral reactors) whole. In a grid that
 * only these traces hold to ground, the bases hang on them.
 */
import type { CircuitElement, ComplexMatrix, Line } from '../grid/index.js';
import { zeros } from '../grid/index.js';
import type { CompiledGrid } from './compiled-grid.js';
import { type Factors, makeInjection } from './factored-methods.js';
import { type NodalMatrix, refreshNodalMatrix } from './nodal-matrix.js';
import { isShunt } from './primitive.js';

/** Susceptance at each conductor of a line: 5 kvar at 345 kV. */
const LINE_END_SIEMENS = 4.2e-8;

/** What is left of shunts and loads, so that no node is lost. */
const SHUNT_SHARE = 1e-10;

/**
 * Voltages of all nodes without load and shunts, [node][re, im], volt.
 *
 * @param matrix, factors of the whole grid: its pattern serves the series part too
 */
export function unloadedVoltages(compiled: CompiledGrid, matrix: NodalMatrix, factors: Factors, into: Float64Array): void {
  const elements = compiled.elements.map((entry) =>
    entry.primitive ? { ...entry, primitive: seriesAdmittance(entry.element, entry.primitive) } : entry,
  );
  const series: CompiledGrid = { ...compiled, elements };
  const seriesMatrix: NodalMatrix = { ...matrix, re: new Float64Array(matrix.re.length), im: new Float64Array(matrix.im.length) };
  refreshNodalMatrix(series, seriesMatrix);
  const { session } = makeInjection(series, seriesMatrix, factors, 1, SHUNT_SHARE);
  session.loadInputs();
  session.kernels.solveFixedPoint(session.layoutOffset, 0, Infinity, 1, 1, 1);
  session.readVoltages(0, into);
}

/** The series part of an element; `whole` is its whole matrix. A transformer's magnetising branch lies across a winding and moves no voltage by more than its drop. */
function seriesAdmittance(element: CircuitElement, whole: ComplexMatrix): ComplexMatrix {
  switch (element.kind) {
    case 'line':
      return element.terminals.some((terminal) => terminal.open?.includes(true)) ? whole : lineSeries(element, whole);
    case 'capacitor':
    case 'reactor':
    case 'fault': {
      if (!isShunt(element)) return whole;
      const share = element.kind === 'reactor' && element.phases === 1 ? 1 : SHUNT_SHARE;
      const matrix = zeros(whole.order);
      for (let i = 0; i < whole.order; i++) {
        const at = i * whole.order + i;
        matrix.re[at] = whole.re[at] * share;
        matrix.im[at] = whole.im[at] * share;
      }
      return matrix;
    }
    default:
      return whole;
  }
}

/** A closed line without its charging, but with the trace at its ends. */
function lineSeries(line: Line, whole: ComplexMatrix): ComplexMatrix {
  const matrix = zeros(whole.order);
  matrix.re.set(whole.re);
  matrix.im.set(whole.im);
  const n = line.phases;
  for (let end = 0; end < 2 * n; end += n) {
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) {
        const at = (end + i) * 2 * n + end + j;
        matrix.re[at] -= line.shuntSiemens.re[i * n + j] / 2;
        matrix.im[at] -= line.shuntSiemens.im[i * n + j] / 2;
      }
      matrix.im[(end + i) * (2 * n + 1)] += LINE_END_SIEMENS;
    }
  }
  return matrix;
}
