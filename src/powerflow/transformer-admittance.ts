/**
 * Primitive admittance of a transformer of any number of windings (wye, delta, open delta, centre tap), as OpenDSS builds it.
 *
 * Nomenclature, all on a one-volt base of one phase:
 *   ZB   (n-1 x n-1) short-circuit impedances seen from winding 1: ZB_ii = r1 + r(i+1) + j x(1,i+1), ZB_ij = (ZB_ii + ZB_jj - z(i+1,j+1)) / 2
 *   A    (n-1 x n)   incidence: row i has -1 at winding 1 and +1 at winding i+1
 *   Y1   (n x n)     A' ZB^-1 A, plus the magnetising branch on winding 2
 * Steps: Y1 is turned to winding ends by the turns ratios 1 / (volts tap), the anti-float susceptance goes to both ends of each winding, and
 * each phase's 2n x 2n block is added where the winding ends are tied: wye to phase and neutral conductor, delta to two phase conductors.
 */
import { type ComplexMatrix, elementId, GridError, inverse, type Transformer, zeros } from '../grid/index.js';
import { phaseVolts } from './rated-voltage.js';

/** Conductance of a solidly grounded neutral, siemens. */
const SOLID_GROUND = 1e6;

/** Rated volts across one phase of a winding. */
export function windingVolts(transformer: Transformer, winding: number): number {
  const { kv, connection } = transformer.windings[winding];
  return phaseVolts(kv, transformer.phases, connection);
}

/** The conductor to which a delta winding's far end of phase i is tied, counted from 0 within its terminal. */
function nextPhase(phase: number, phases: number, direction: number): number {
  const next = phase + direction;
  if (phases > 2) return (next + phases) % phases;
  // An open delta of two units: beyond phase 2 comes the third conductor of the terminal.
  return next < 0 ? 2 : next;
}

/** Direction in which delta phases are chained: 1, or -1 where the vector group asks for the other way round. */
function deltaDirection(transformer: Transformer): number {
  const [first, second] = transformer.windings;
  if (!second || first.connection === second.connection) return 1;
  const high = first.kv >= second.kv ? first : second;
  const lead = transformer.phaseShift === 'lead';
  return (high.connection === 'wye') === lead ? -1 : 1;
}

/** The conductor (counted from 0 within its terminal) on which the delta leg that starts at conductor `phase` ends. */
export function rotatedPhase(transformer: Transformer, phase: number): number {
  return nextPhase(phase, transformer.phases, deltaDirection(transformer));
}

/** Conductor numbers of both ends of each winding of a phase, `[w0 start, w0 end, w1 start, ..]`. */
export function windingEnds(transformer: Transformer, phase: number): number[] {
  const conductors = transformer.phases + 1;
  const direction = deltaDirection(transformer);
  const ends: number[] = [];
  transformer.windings.forEach((winding, w) => {
    const offset = w * conductors;
    ends.push(offset + phase);
    // The series winding of an autotransformer ends where the common winding begins.
    if (transformer.isAuto && w === 0) ends.push(conductors + phase);
    else if (transformer.phases === 1 || winding.connection === 'wye') ends.push(offset + conductors - 1);
    else ends.push(offset + nextPhase(phase, transformer.phases, direction));
  });
  return ends;
}

/** The n x n matrix of one phase over windings on one volt, the magnetising branch included. Throws {@link GridError} where the short-circuit impedance is singular. */
export function oneVoltAdmittance(transformer: Transformer): ComplexMatrix {
  const { windings, phases } = transformer;
  const n = windings.length;
  const ratedVa = windings[0].kva * 1000;
  const zBase = 1 / (ratedVa / phases);
  const oneVolt = zeros(n);
  const reactance = transformer.shortCircuitReactancePercent;
  const m = n - 1;
  const shortCircuit = zeros(m);
  for (let i = 0; i < m; i++) {
    shortCircuit.re[i * m + i] = ((windings[0].resistancePercent + windings[i + 1].resistancePercent) / 100) * zBase;
    shortCircuit.im[i * m + i] = (reactance[i] / 100) * zBase;
  }
  let pair = m;
  for (let i = 0; i < m; i++) {
    for (let j = i + 1; j < m; j++) {
      const r = ((windings[i + 1].resistancePercent + windings[j + 1].resistancePercent) / 100) * zBase;
      const x = (reactance[pair++] / 100) * zBase;
      const re = (shortCircuit.re[i * m + i] + shortCircuit.re[j * m + j] - r) / 2;
      const im = (shortCircuit.im[i * m + i] + shortCircuit.im[j * m + j] - x) / 2;
      shortCircuit.re[i * m + j] = shortCircuit.re[j * m + i] = re;
      shortCircuit.im[i * m + j] = shortCircuit.im[j * m + i] = im;
    }
  }
  const y = inverse(shortCircuit);
  if (!y) throw new GridError(`${elementId(transformer)}: its short-circuit impedance is zero or singular; give %r or xhl a value above 0`);
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < m; j++) {
      const re = y.re[i * m + j];
      const im = y.im[i * m + j];
      oneVolt.re[(i + 1) * n + j + 1] += re;
      oneVolt.im[(i + 1) * n + j + 1] += im;
      oneVolt.re[j + 1] -= re;
      oneVolt.im[j + 1] -= im;
      oneVolt.re[(i + 1) * n] -= re;
      oneVolt.im[(i + 1) * n] -= im;
      oneVolt.re[0] += re;
      oneVolt.im[0] += im;
    }
  }
  oneVolt.re[n + 1] += transformer.noLoadLossPercent / 100 / zBase;
  oneVolt.im[n + 1] -= transformer.magnetizingCurrentPercent / 100 / zBase;
  return oneVolt;
}

/** The 2n x 2n matrix of one phase over winding ends. */
function phaseAdmittance(transformer: Transformer): ComplexMatrix {
  const { windings } = transformer;
  const n = windings.length;
  const oneVolt = oneVoltAdmittance(transformer);
  const ends = zeros(2 * n);
  const turns = windings.map((winding, w) => 1 / (windingVolts(transformer, w) * (winding.tapPu === 0 ? 1e-4 : winding.tapPu)));
  for (let i = 0; i < 2 * n; i++) {
    for (let j = 0; j < 2 * n; j++) {
      const a = i >> 1;
      const b = j >> 1;
      const factor = turns[a] * turns[b] * ((i & 1) === (j & 1) ? 1 : -1);
      ends.re[i * 2 * n + j] = oneVolt.re[a * n + b] * factor;
      ends.im[i * 2 * n + j] = oneVolt.im[a * n + b] * factor;
    }
  }
  for (let i = 0; i < 2 * n; i++) ends.im[i * 2 * n + i] += antiFloat(transformer, i >> 1);
  return ends;
}

/** Susceptance (negative) put on each end of a winding so that it does not float, siemens. */
export function antiFloat(transformer: Transformer, winding: number): number {
  const volts = windingVolts(transformer, winding);
  const vaPerPhase = (transformer.windings[0].kva * 1000) / transformer.phases;
  return (-transformer.antiFloatPpm * 1e-6) / ((volts * volts) / vaPerPhase) / 2;
}

/** The primitive admittance over windings x (phases + 1) conductors. */
export function transformerAdmittance(transformer: Transformer): ComplexMatrix {
  const { windings, phases } = transformer;
  const conductors = phases + 1;
  const order = windings.length * conductors;
  const matrix = zeros(order);
  const phaseMatrix = phaseAdmittance(transformer);
  const size = phaseMatrix.order;
  for (let phase = 0; phase < phases; phase++) {
    const ends = windingEnds(transformer, phase);
    for (let i = 0; i < size; i++) {
      for (let j = 0; j < size; j++) {
        matrix.re[ends[i] * order + ends[j]] += phaseMatrix.re[i * size + j];
        matrix.im[ends[i] * order + ends[j]] += phaseMatrix.im[i * size + j];
      }
    }
  }
  windings.forEach((_, w) => {
    const neutral = neutralAdmittance(transformer, w);
    if (!neutral) return;
    const at = ((w + 1) * conductors - 1) * (order + 1);
    matrix.re[at] += neutral[0];
    matrix.im[at] += neutral[1];
  });
  return matrix;
}

/** Admittance from a wye winding's neutral conductor to ground, [g, b] in siemens; undefined where the winding has no neutral of its own. */
export function neutralAdmittance(transformer: Transformer, winding: number): readonly [number, number] | undefined {
  const { connection, neutralOhm: r, neutralReactanceOhm: x } = transformer.windings[winding];
  if (connection !== 'wye' || transformer.isAuto) return undefined;
  if (r < 0) return [0, antiFloat(transformer, winding)];
  if (r === 0 && x === 0) return [SOLID_GROUND, 0];
  return [r / (r * r + x * x), -x / (r * r + x * x)];
}
