/** Correction of long lines for the wave along them: the equivalent pi section of the hyperbolic line equations. */
import type { ComplexMatrix } from '../../../grid/index.js';
import type { LineSequenceValues } from './linecode.js';
import type { Complex } from './sequence-values.js';
import { matrixFromSequence } from './sequence-values.js';

const times = (a: Complex, b: Complex): Complex => [a[0] * b[0] - a[1] * b[1], a[0] * b[1] + a[1] * b[0]];
const over = (a: Complex, b: Complex): Complex => {
  const size = b[0] * b[0] + b[1] * b[1];
  return [(a[0] * b[0] + a[1] * b[1]) / size, (a[1] * b[0] - a[0] * b[1]) / size];
};
const root = (z: Complex): Complex => {
  const modulus = Math.sqrt(Math.hypot(z[0], z[1]));
  const angle = Math.atan2(z[1], z[0]) / 2;
  return [modulus * Math.cos(angle), modulus * Math.sin(angle)];
};

interface Corrected {
  /** Per unit length. */
  series: Complex;
  /** Whole line: conductance; per unit length: susceptance. */
  shunt: Complex;
}

function correct(ohm: number, reactance: number, farad: number, length: number, baseHz: number, hz: number): Corrected {
  // A trace of conductance lets lines without capacitance pass.
  const z: Complex = [ohm * length, (reactance * length * hz) / baseHz];
  const y: Complex = [1e-12, 2 * Math.PI * hz * farad * length];
  const gamma = root(times(z, y));
  const wave = root(over(z, y));
  const plus: Complex = [Math.exp(gamma[0]) * Math.cos(gamma[1]), Math.exp(gamma[0]) * Math.sin(gamma[1])];
  const minus = over([1, 0], plus);
  const sinh: Complex = [(plus[0] - minus[0]) / 2, (plus[1] - minus[1]) / 2];
  const coshLess1: Complex = [(plus[0] + minus[0]) / 2 - 1, (plus[1] + minus[1]) / 2];
  const series = times(wave, sinh);
  const shunt = times(over([1, 0], wave), over([2 * coshLess1[0], 2 * coshLess1[1]], sinh));
  return { series: [series[0] / length, series[1] / length], shunt: [shunt[0], shunt[1] / length] };
}

/** Matrices of a line of sequence values: series ohm per unit length; shunt conductance of the whole line, susceptance per unit length, siemens. */
export function longLineMatrices(
  phases: number,
  values: LineSequenceValues,
  length: number,
  baseHz: number,
  hz: number,
): { seriesOhm: ComplexMatrix; shuntSiemens: ComplexMatrix } {
  const positive = correct(values.r1, values.x1, values.c1, length, baseHz, hz);
  const zero = phases > 1 ? correct(values.r0, values.x0, values.c0, length, baseHz, hz) : positive;
  return {
    seriesOhm: matrixFromSequence(phases, positive.series, zero.series),
    shuntSiemens: matrixFromSequence(phases, positive.shunt, zero.shunt),
  };
}
