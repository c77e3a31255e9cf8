/**
 * Voltages of a grid with its sources alone, from which voltage bases are chosen.
 *
 * What counts then is the series part of each element, as OpenDSS takes it: lines without charging but with a trace of capacitance at their ends, transformers
 * without magnetising branch, shunt banks and loads with 1e-10 of their own admittance, one-phase shunt reactors (neutral reactors) whole. In a grid that
 * only these traces hold to ground, the bases hang on them.
 */
import type { CircuitElement, ComplexMatrix } from '../grid/index.js';
import { zeros } from '../grid/index.js';
import type { CompiledGrid } from './compiled-grid.js';
import { analyseFactors, makeInjection } from './factored-methods.js';
import { buildNodalMatrix } from './nodal-matrix.js';
import { isShunt, primitiveAdmittance } from './primitive.js';

/** Susceptance at each conductor of a line: 5 kvar at 345 kV. */
const LINE_END_SIEMENS = 4.2e-8;

/** What is left of shunts and loads, so that no node is lost. */
const SHUNT_SHARE = 1e-10;

/** Voltages of all nodes without load and shunts, [node][re, im], volt. */
export function unloadedVoltages(compiled: CompiledGrid, into: Float64Array): void {
  const { frequencyHz } = compiled.grid;
  const elements = compiled.elements.map((entry) =>
    entry.primitive ? { ...entry, primitive: seriesAdmittance(entry.element, entry.primitive, frequencyHz) } : entry,
  );
  const series: CompiledGrid = { ...compiled, elements };
  const matrix = buildNodalMatrix(series);
  const { session } = makeInjection(series, matrix, analyseFactors(matrix), 1, SHUNT_SHARE);
  session.loadInputs();
  session.kernels.solveFixedPoint(session.layoutOffset, 0, Infinity, 1, 1, 1);
  session.readVoltages(0, into);
}

/** The series part of an element; `whole` is its whole matrix. */
function seriesAdmittance(element: CircuitElement, whole: ComplexMatrix, frequencyHz: number): ComplexMatrix {
  switch (element.kind) {
    case 'line': {
      const matrix = primitiveAdmittance({ ...element, shuntSiemens: zeros(element.phases) }, frequencyHz);
      for (let i = 0; i < matrix.order; i++) matrix.im[i * matrix.order + i] += LINE_END_SIEMENS;
      return matrix;
    }
    case 'transformer':
      if (element.noLoadLossPercent === 0 && element.magnetizingCurrentPercent === 0) return whole;
      return primitiveAdmittance({ ...element, noLoadLossPercent: 0, magnetizingCurrentPercent: 0 }, frequencyHz);
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
