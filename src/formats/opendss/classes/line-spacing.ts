/** Class `linespacing`: places of conductors in the cross-section of a line. */
import type { LineCrossSection, PlacedConductor } from '../../../grid/index.js';
import { type DssObject, defineClass } from '../class-definition.js';
import type { PropertyValue } from '../property-value.js';
import { LENGTH_UNITS, type LengthUnit, metersIn } from '../units.js';
import { ConductorDataObject } from './conductor-data.js';
import { constantsOfSection, DEFAULT_EARTH_RESISTIVITY, LineConstantsCache } from './line-geometry-constants.js';
import { type LineConstantsPerMeter, type LineConstantsRequest, LineSpacingSource } from './line-geometry-source.js';

/** A spacing: horizontal places and heights of its conductors, in one unit. */
export class LineSpacingObject extends LineSpacingSource {
  conductorCount = 3;
  phases = 3;
  x: number[] = [0, 0, 0];
  height: number[] = [0, 0, 0];
  unit: LengthUnit = 'ft';
  private readonly cache = new LineConstantsCache();

  override copyFrom(other: LineSpacingObject): void {
    this.conductorCount = other.conductorCount;
    this.phases = other.phases;
    this.x = [...other.x];
    this.height = [...other.height];
    this.unit = other.unit;
  }

  override get wireCount(): number {
    return this.conductorCount;
  }

  override get phaseCount(): number {
    return this.phases;
  }

  /** Conductors beyond the phases are always eliminated. */
  override lineConstants(wires: readonly DssObject[], request: LineConstantsRequest): LineConstantsPerMeter {
    const environment = {
      frequencyHz: request.frequencyHz,
      earthResistivityOhmMeter: request.earthResistivity ?? DEFAULT_EARTH_RESISTIVITY,
      earthModel: request.earthModel,
    };
    const key = wires.map((wire) => wire.id).join(' ');
    return this.cache.get(key, environment, () => constantsOfSection(this, this.crossSection(wires), environment));
  }

  private crossSection(wires: readonly DssObject[]): LineCrossSection {
    const unit = metersIn(this.unit);
    const conductors = this.x.map((x, i): PlacedConductor => {
      const wire = wires[i];
      if (!(wire instanceof ConductorDataObject)) this.fail(`position ${i + 1} has no wire or cable`, 'x');
      return { conductor: wire.conductor(), xMeters: x * unit, heightMeters: this.height[i] * unit };
    });
    return { conductors, phases: this.phases, reduce: this.conductorCount > this.phases };
  }

  override endEdit(): void {
    this.cache.clear();
  }

  /** Sets the number of conductors, which puts all places back to nought and the unit back to feet. */
  resize(count: number): void {
    this.conductorCount = count;
    this.x = new Array<number>(count).fill(0);
    this.height = new Array<number>(count).fill(0);
    this.unit = 'ft';
  }
}

/** Most conductors a geometry may have: far beyond any tower, and small enough that a slip of the pen cannot fill the memory. */
export const MOST_CONDUCTORS = 100;

/** Number of conductors from a value. */
export function conductorCount(value: PropertyValue): number {
  return value.integer(1, MOST_CONDUCTORS);
}

/** Class `linespacing`. */
export const lineSpacing = defineClass<LineSpacingObject>({
  name: 'linespacing',
  make: LineSpacingObject,
  setters: {
    nconds: (object, value) => object.resize(conductorCount(value)),
    nphases: (object, value) => {
      object.phases = value.integer(1, MOST_CONDUCTORS);
    },
    x: (object, value) => {
      object.x = value.numbersOf(object.conductorCount);
    },
    h: (object, value) => {
      object.height = value.numbersOf(object.conductorCount);
    },
    units: (object, value) => {
      object.unit = value.choice(LENGTH_UNITS);
    },
  },
});
