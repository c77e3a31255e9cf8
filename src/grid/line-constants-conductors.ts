/** Conductors and their places: what line constants are computed from. All lengths in metres, resistances in ohm per metre. */
import { GridError } from './errors.js';

/** What every conductor has: its metal. */
interface ConductorMetal {
  /** Resistance to direct current, ohm/m; the Deri earth model computes the skin effect from it. */
  dcResistanceOhmPerMeter: number;
  /** Resistance at the grid's frequency, ohm/m; used as it stands by Carson's models. */
  acResistanceOhmPerMeter: number;
  /** Geometric mean radius, m. */
  gmrMeters: number;
  /** Outer radius of the metal, m. */
  radiusMeters: number;
}

/** A bare (overhead or buried neutral) wire. */
export interface BareWire extends ConductorMetal {
  kind: 'bare';
  /** Radius for capacitances where it differs from the outer one, as for bundles, m. */
  capacitanceRadiusMeters?: number;
}

/** A core with insulation around it. */
interface InsulatedCore extends ConductorMetal {
  /** Permittivity of the insulation over that of vacuum, >= 1. */
  relativePermittivity: number;
  /** Thickness of the insulation, m. */
  insulationThicknessMeters: number;
  /** Diameter over the insulation, m. */
  insulationDiameterMeters: number;
  /** Diameter over the whole cable, m. */
  cableDiameterMeters: number;
}

/** A cable whose neutral is a ring of strands around the insulation. */
export interface ConcentricNeutralCable extends InsulatedCore {
  kind: 'concentric-neutral';
  /** Number of strands, >= 2. */
  strandCount: number;
  strandDiameterMeters: number;
  strandGmrMeters: number;
  strandResistanceOhmPerMeter: number;
}

/** A cable with a copper tape wound around the insulation. */
export interface TapeShieldCable extends InsulatedCore {
  kind: 'tape-shield';
  /** Outer diameter of the shield, m. */
  shieldDiameterMeters: number;
  tapeThicknessMeters: number;
  /** Overlap of the tape's turns, percent, 0 to below 100. */
  tapeLapPercent: number;
}

/** Any conductor of a line. */
export type Conductor = BareWire | ConcentricNeutralCable | TapeShieldCable;

/** A conductor at its place in the cross-section. */
export interface PlacedConductor {
  conductor: Conductor;
  /** Horizontal place, m. */
  xMeters: number;
  /** Height above the ground, m; zero or negative for buried cables. */
  heightMeters: number;
}

/** The cross-section of a line. */
export interface LineCrossSection {
  /** Phase conductors first. */
  conductors: readonly PlacedConductor[];
  /** How many of them are phases; sheaths of cables count for these only. */
  phases: number;
  /** Eliminate the conductors beyond the phases, taking them as grounded. */
  reduce: boolean;
}

/** True where any conductor is a cable: then the rules for buried lines hold (no capacitance between conductors). */
export function isCableLine(section: LineCrossSection): boolean {
  return section.conductors.some(({ conductor }) => conductor.kind !== 'bare');
}

/** Distance between the axes of two conductors, m. */
export function axialDistance(a: PlacedConductor, b: PlacedConductor): number {
  return Math.hypot(a.xMeters - b.xMeters, a.heightMeters - b.heightMeters);
}

/**
 * Checks a cross-section before anything is computed.
 * Throws {@link GridError} naming the conductor (counted from 1) and the datum that is missing, not positive or not possible.
 */
export function checkCrossSection(section: LineCrossSection): void {
  const { conductors, phases, reduce } = section;
  if (conductors.length === 0) throw new GridError('a line geometry needs at least one conductor');
  if (!Number.isInteger(phases) || phases < 0 || phases > conductors.length) {
    throw new GridError(`a line geometry of ${conductors.length} conductors cannot have ${phases} phases`);
  }
  const cables = isCableLine(section);
  if (phases === 0 && (reduce || cables)) throw new GridError('a line geometry that is reduced or holds cables needs its number of phases');
  conductors.forEach((placed, index) => {
    checkConductor(placed, index, cables && index < phases);
    if (!cables && !(placed.heightMeters > 0)) {
      throw new GridError(`conductor ${index + 1} must have a height above 0, not ${placed.heightMeters}`);
    }
  });
  conductors.forEach((first, i) => {
    for (let j = i + 1; j < conductors.length; j++) {
      const reach = bodyRadius(first, i < phases) + bodyRadius(conductors[j], j < phases);
      const apart = axialDistance(first, conductors[j]);
      if (apart < reach || apart === 0) throw new GridError(`conductors ${i + 1} and ${j + 1} occupy the same space`);
    }
  });

  function bodyRadius({ conductor }: PlacedConductor, isPhase: boolean): number {
    if (!cables || isPhase) return conductor.radiusMeters;
    return conductor.kind === 'bare' ? 0 : conductor.cableDiameterMeters / 2;
  }
}

function checkConductor(placed: PlacedConductor, index: number, needsSheath: boolean): void {
  const { conductor } = placed;
  const fail = (datum: string, value: number): never => {
    throw new GridError(`conductor ${index + 1}: ${datum} must be a positive number, not ${value}; give it in the conductor's data`);
  };
  const positive = (datum: string, value: number): void => {
    if (!(value > 0) || !Number.isFinite(value)) fail(datum, value);
  };
  if (!Number.isFinite(placed.xMeters) || !Number.isFinite(placed.heightMeters)) {
    throw new GridError(`conductor ${index + 1}: its place (${placed.xMeters}, ${placed.heightMeters}) is not a number`);
  }
  for (const value of [conductor.dcResistanceOhmPerMeter, conductor.acResistanceOhmPerMeter]) if (value !== 0) positive('resistance', value);
  positive('geometric mean radius', conductor.gmrMeters);
  positive('radius', conductor.radiusMeters);
  if (conductor.kind === 'bare') {
    if (conductor.capacitanceRadiusMeters !== undefined) positive('radius for capacitance', conductor.capacitanceRadiusMeters);
    if (needsSheath) throw new GridError(`conductor ${index + 1} is a phase among cables and must be a cable itself, not a bare wire`);
    return;
  }
  if (!needsSheath) return;
  if (!(conductor.relativePermittivity >= 1)) {
    throw new GridError(`conductor ${index + 1}: relative permittivity must be at least 1, not ${conductor.relativePermittivity}`);
  }
  positive('insulation thickness', conductor.insulationThicknessMeters);
  positive('diameter over insulation', conductor.insulationDiameterMeters);
  positive('radius inside the insulation', conductor.insulationDiameterMeters / 2 - conductor.insulationThicknessMeters);
  if (conductor.kind === 'tape-shield') {
    positive('shield diameter', conductor.shieldDiameterMeters);
    positive('tape thickness', conductor.tapeThicknessMeters);
    positive('shield diameter less tape thickness', conductor.shieldDiameterMeters - conductor.tapeThicknessMeters);
    if (!(conductor.tapeLapPercent >= 0 && conductor.tapeLapPercent < 100)) {
      throw new GridError(`conductor ${index + 1}: tape lap must be from 0 to below 100 percent, not ${conductor.tapeLapPercent}`);
    }
    return;
  }
  if (!(conductor.strandCount >= 2) || !Number.isInteger(conductor.strandCount)) {
    throw new GridError(`conductor ${index + 1}: a concentric neutral needs at least 2 strands, not ${conductor.strandCount}`);
  }
  positive('strand diameter', conductor.strandDiameterMeters);
  positive('strand geometric mean radius', conductor.strandGmrMeters);
  positive('strand resistance', conductor.strandResistanceOhmPerMeter);
  positive('cable diameter less strand diameter', conductor.cableDiameterMeters - conductor.strandDiameterMeters);
}
