/**
 * Line constants: series impedance and shunt admittance per metre of an overhead line or of cables, from conductors and their places.
 *
 * Steps: (1) the impedance of every loop of two conductors through the earth, sheaths of cables being conductors of their own; (2) sheaths, then (on
 * request) neutrals are grounded and eliminated by Kron reduction; (3) capacitances: overhead from potential coefficients of conductors and their
 * images, cables from their own insulation only. Between 40 and 1000 Hz the geometric mean radius stands for the reactance inside the metal;
 * outside of that the internal reactance is added to that of the bare radius. Sheath models: Kersting, Distribution System Modeling and Analysis.
 * The rules and constants are those of OpenDSS 9.8, with which results agree to rounding.
 */
import { type ComplexMatrix, inverse, kronReduce, scaled, zeros } from './complex-matrix.js';
import { GridError } from './errors.js';
import { axialDistance, checkCrossSection, isCableLine, type LineCrossSection, type PlacedConductor } from './line-constants-conductors.js';
import {
  angularFrequency,
  type Complex,
  earthReturnImpedance,
  internalImpedance,
  type LineEnvironment,
  TWO_PI,
  VACUUM_PERMEABILITY,
  VACUUM_PERMITTIVITY,
} from './line-constants-earth.js';

/** Resistivity of a copper tape shield, ohm metre, as OpenDSS has it. */
const TAPE_RESISTIVITY = 2.3718e-8;
/** 1 / pi as OpenDSS has it in the resistance of a tape shield. */
const TAPE_FACTOR = 0.3183;

/** Constants of a line; both matrices have one row a remaining conductor (the phases where reduced). */
export interface LineConstants {
  /** Ohm per metre. */
  seriesOhmPerMeter: ComplexMatrix;
  /** Siemens per metre. */
  shuntSiemensPerMeter: ComplexMatrix;
}

/** Totals of a line of some length. */
export interface LineMatrices {
  /** Ohm. */
  seriesOhm: ComplexMatrix;
  /** Siemens; half belongs to each end. */
  shuntSiemens: ComplexMatrix;
}

/**
 * Series impedance and shunt admittance per metre.
 * Throws {@link GridError} for conductors or an environment of which nothing can be computed.
 */
export function lineConstants(section: LineCrossSection, environment: LineEnvironment): LineConstants {
  checkCrossSection(section);
  for (const [name, value] of [
    ['frequency', environment.frequencyHz],
    ['earth resistivity', environment.earthResistivityOhmMeter],
  ] as const) {
    if (!(value > 0) || !Number.isFinite(value)) throw new GridError(`line constants need a positive ${name}, not ${value}`);
  }
  const full: LineConstants = isCableLine(section)
    ? { seriesOhmPerMeter: cableImpedance(section, environment), shuntSiemensPerMeter: cableAdmittance(section, environment) }
    : {
        seriesOhmPerMeter: conductorImpedance(section.conductors, environment, section.conductors.length),
        shuntSiemensPerMeter: overheadAdmittance(section, environment),
      };
  return section.reduce && section.phases < section.conductors.length ? groundNeutrals(full, section.phases) : full;
}

/**
 * Totals of a line of this length (m). Throws as {@link lineConstants}.
 */
export function lineMatrices(section: LineCrossSection, environment: LineEnvironment, lengthMeters: number): LineMatrices {
  const constants = lineConstants(section, environment);
  return {
    seriesOhm: scaled(constants.seriesOhmPerMeter, lengthMeters),
    shuntSiemens: scaled(constants.shuntSiemensPerMeter, lengthMeters),
  };
}

/** Impedances of the loops of all metal cores, in a matrix that has room for `order` conductors. */
function conductorImpedance(conductors: readonly PlacedConductor[], environment: LineEnvironment, order: number): ComplexMatrix {
  const matrix = zeros(order);
  const atPowerFrequency = environment.frequencyHz > 40 && environment.frequencyHz < 1000;
  conductors.forEach((placed, i) => {
    const { conductor } = placed;
    const internal = internalImpedance(environment, conductor.dcResistanceOhmPerMeter, conductor.acResistanceOhmPerMeter);
    const own: Complex = atPowerFrequency ? [internal[0], 0] : internal;
    setLoop(matrix, environment, i, i, placed, placed, atPowerFrequency ? conductor.gmrMeters : conductor.radiusMeters, own);
    for (let k = 0; k < i; k++) setLoop(matrix, environment, i, k, placed, conductors[k], axialDistance(placed, conductors[k]));
  });
  return matrix;
}

/** Enters one loop: own impedance, the logarithm of the distance and the return through the earth. */
function setLoop(
  matrix: ComplexMatrix,
  environment: LineEnvironment,
  row: number,
  column: number,
  a: PlacedConductor,
  b: PlacedConductor,
  distance: number,
  own: Complex = [0, 0],
): void {
  const factor = (angularFrequency(environment) * VACUUM_PERMEABILITY) / TWO_PI;
  const earth = earthReturnImpedance(environment, Math.abs(a.heightMeters), Math.abs(b.heightMeters), Math.abs(a.xMeters - b.xMeters));
  const re = own[0] + earth[0];
  const im = own[1] + factor * Math.log(1 / distance) + earth[1];
  if (!Number.isFinite(re) || !Number.isFinite(im)) {
    throw new GridError(`the impedance between (${a.xMeters}, ${a.heightMeters}) m and (${b.xMeters}, ${b.heightMeters}) m is not finite`);
  }
  for (const at of [row * matrix.order + column, column * matrix.order + row]) {
    matrix.re[at] = re;
    matrix.im[at] = im;
  }
}

/** The sheath of a cable as a conductor of its own. */
interface Sheath {
  resistance: number;
  gmr: number;
  /** Radius of the circle on which it lies. */
  radius: number;
  /** Number of strands; a tape counts as closed, which is 0 here. */
  strands: number;
}

function sheathOf(placed: PlacedConductor): Sheath {
  const { conductor } = placed;
  if (conductor.kind === 'concentric-neutral') {
    const strands = conductor.strandCount;
    const radius = 0.5 * (conductor.cableDiameterMeters - conductor.strandDiameterMeters);
    return {
      resistance: conductor.strandResistanceOhmPerMeter / strands,
      gmr: (conductor.strandGmrMeters * strands * radius ** (strands - 1)) ** (1 / strands),
      radius,
      strands,
    };
  }
  if (conductor.kind === 'tape-shield') {
    const overlap = Math.sqrt(50 / (100 - conductor.tapeLapPercent));
    const radius = 0.5 * (conductor.shieldDiameterMeters - conductor.tapeThicknessMeters);
    return {
      resistance: (TAPE_FACTOR * TAPE_RESISTIVITY) / (conductor.shieldDiameterMeters * conductor.tapeThicknessMeters * overlap),
      gmr: radius,
      radius,
      strands: 0,
    };
  }
  throw new GridError('a bare wire has no sheath');
}

/** Mean geometric distance from a sheath to the axis of another conductor, m. */
function sheathDistance(sheath: Sheath, axial: number): number {
  if (sheath.strands === 0) return axial;
  const reduced = axial ** sheath.strands - sheath.radius ** sheath.strands;
  if (!(reduced > 0)) throw new GridError(`conductors ${axial} m apart lie within a concentric neutral of radius ${sheath.radius} m`);
  return reduced ** (1 / sheath.strands);
}

/** Impedance of cables and bare neutrals with the sheaths of the phases grounded and eliminated. */
function cableImpedance(section: LineCrossSection, environment: LineEnvironment): ComplexMatrix {
  const { conductors, phases } = section;
  const count = conductors.length;
  const matrix = conductorImpedance(conductors, environment, count + phases);
  for (let i = 0; i < phases; i++) {
    const cable = conductors[i];
    const sheath = sheathOf(cable);
    const row = count + i;
    setLoop(matrix, environment, row, row, cable, cable, sheath.gmr, [sheath.resistance, 0]);
    for (let k = 0; k < i; k++) setLoop(matrix, environment, row, count + k, cable, conductors[k], axialDistance(cable, conductors[k]));
    for (let k = 0; k < count; k++) {
      const distance = k === i ? sheath.radius : sheathDistance(sheath, axialDistance(cable, conductors[k]));
      setLoop(matrix, environment, row, k, cable, conductors[k], distance);
    }
  }
  return reduced(matrix, count);
}

/** Shielded cables have a capacitance to their own sheath only. */
function cableAdmittance(section: LineCrossSection, environment: LineEnvironment): ComplexMatrix {
  const count = section.conductors.length;
  const matrix = zeros(count);
  for (let i = 0; i < section.phases; i++) {
    const { conductor } = section.conductors[i];
    if (conductor.kind === 'bare') throw new GridError(`conductor ${i + 1} is a phase among cables and must be a cable itself`);
    const outer = 0.5 * conductor.insulationDiameterMeters;
    const inner = outer - conductor.insulationThicknessMeters;
    matrix.im[i * count + i] =
      (TWO_PI * VACUUM_PERMITTIVITY * conductor.relativePermittivity * angularFrequency(environment)) / Math.log(outer / inner);
  }
  return matrix;
}

/** Overhead: the inverse of the potential coefficients of all conductors. */
function overheadAdmittance(section: LineCrossSection, environment: LineEnvironment): ComplexMatrix {
  const { conductors } = section;
  const count = conductors.length;
  const potential = zeros(count);
  const factor = -1 / TWO_PI / VACUUM_PERMITTIVITY / angularFrequency(environment);
  conductors.forEach((a, i) => {
    const { conductor } = a;
    const radius = conductor.kind === 'bare' ? (conductor.capacitanceRadiusMeters ?? conductor.radiusMeters) : conductor.radiusMeters;
    potential.im[i * count + i] = factor * Math.log((2 * a.heightMeters) / radius);
    for (let k = 0; k < i; k++) {
      const b = conductors[k];
      const image = Math.hypot(a.xMeters - b.xMeters, a.heightMeters + b.heightMeters);
      const value = factor * Math.log(image / axialDistance(a, b));
      potential.im[i * count + k] = value;
      potential.im[k * count + i] = value;
    }
  });
  const admittance = inverse(potential);
  if (!admittance) throw new GridError('the potential coefficients of the line cannot be inverted; check heights and radii');
  return admittance;
}

/** Grounds the conductors beyond the phases: impedances are reduced, admittances lose their rows. */
function groundNeutrals(full: LineConstants, phases: number): LineConstants {
  const shunt = zeros(phases);
  const order = full.shuntSiemensPerMeter.order;
  for (let i = 0; i < phases; i++) {
    for (let k = 0; k < phases; k++) {
      shunt.re[i * phases + k] = full.shuntSiemensPerMeter.re[i * order + k];
      shunt.im[i * phases + k] = full.shuntSiemensPerMeter.im[i * order + k];
    }
  }
  return { seriesOhmPerMeter: reduced(full.seriesOhmPerMeter, phases), shuntSiemensPerMeter: shunt };
}

/** Kron reduction to the first `keep` conductors. */
function reduced(matrix: ComplexMatrix, keep: number): ComplexMatrix {
  const eliminate = Array.from({ length: matrix.order - keep }, (_, i) => keep + i);
  const result = kronReduce(matrix, eliminate);
  if (!result) throw new GridError('the neutral conductors of the line cannot be eliminated; check their resistances and places');
  return result;
}
