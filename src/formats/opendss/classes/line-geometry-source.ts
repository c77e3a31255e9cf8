/** What a line asks of a geometry, or of a spacing with its wires. */
import type { ComplexMatrix } from '../../../grid/index.js';
import { DssObject, type ReaderContext } from '../class-definition.js';
import type { EarthModel } from '../script-options.js';

/** Conditions under which line constants are calculated. */
export interface LineConstantsRequest {
  frequencyHz: number;
  earthModel: EarthModel;
  /** Resistivity of the earth given by the line itself, ohm-metre; undefined: the geometry's own. */
  earthResistivity?: number;
  /** The constants are wanted for a solution, not to check an edit. */
  forSolution?: boolean;
}

/** Line constants per metre, neutrals eliminated where the geometry says so. */
export interface LineConstantsPerMeter {
  seriesOhm: ComplexMatrix;
  shuntSiemens: ComplexMatrix;
}

/** A description of conductors in space. */
export abstract class LineGeometrySource extends DssObject {
  constructor(name: string, context: ReaderContext) {
    super('linegeometry', name, context);
  }

  /** Resistivity of the earth, ohm-metre: the last line that gave one decides for all lines of the geometry. */
  abstract earthResistivity: number;
  /** Conductors that a line of this geometry has. */
  abstract get conductorCount(): number;
  abstract readonly normalAmps: number;
  abstract readonly emergencyAmps: number;
  /** Calculates the line constants; throws an InputError that names what is missing. */
  abstract lineConstants(request: LineConstantsRequest): LineConstantsPerMeter;
}

/** A spacing: positions without wires. */
export abstract class LineSpacingSource extends DssObject {
  constructor(name: string, context: ReaderContext) {
    super('linespacing', name, context);
  }

  /** All positions, and how many of them carry phases. */
  abstract get wireCount(): number;
  abstract get phaseCount(): number;
  /** Line constants of this spacing with wires at its positions, in order (objects of wiredata, cndata or tsdata). */
  abstract lineConstants(wires: readonly DssObject[], request: LineConstantsRequest): LineConstantsPerMeter;
}
