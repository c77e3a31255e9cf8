/**
 * Class `linegeometry`: conductors and their places, and what `line` needs to use a geometry or a spacing.
 *
 * Conductors are set one by one (`cond=2 wire=... x=... h=... units=...`) or all at once (`spacing=... wires=[...]`). The unit given for one conductor holds
 * for those selected after it. Cables come first; `wires=` after `cncables=` or `tscables=` gives the bare neutrals beside them.
 */
import { GridError, type LineCrossSection, type LineMatrices, lineMatrices, type PlacedConductor } from '../../../grid/index.js';
import { DssObject, defineClass, quiet, type ReaderContext } from '../class-definition.js';
import type { PropertyValue } from '../property-value.js';
import type { EarthModel } from '../script-options.js';
import { LENGTH_UNITS, type LengthUnit, metersIn } from '../units.js';
import { ConcentricNeutralDataObject, type ConductorDataObject, TapeShieldDataObject, WireDataObject } from './conductor-data.js';
import { conductorCount, LineSpacingObject, MOST_CONDUCTORS } from './line-spacing.js';

/** Resistivity of the earth where none is given, ohm metre. */
export const DEFAULT_EARTH_RESISTIVITY = 100;

/** One conductor of a geometry as the properties gave it. */
interface GeometryConductor {
  data: ConductorDataObject | undefined;
  x: number;
  height: number;
  /** Undefined until the conductor is selected with `cond=`; then places are in metres. */
  unit: LengthUnit | undefined;
}

/** A geometry. */
export class LineGeometryObject extends DssObject {
  conductors: GeometryConductor[] = [];
  phases = 0;
  reduce = false;
  /** Index of the conductor that `wire=`, `x=`, `h=` and `units=` are about. */
  active = 0;
  lastUnit: LengthUnit = 'ft';
  /** Shared by all lines of this geometry: the last one that gave `rho` decides. */
  earthResistivity = DEFAULT_EARTH_RESISTIVITY;
  normalAmps = 0;
  emergencyAmps = 0;
  lineType = 'oh';
  /** For what the matrices were computed last; forgotten when the geometry is edited. */
  computedFor: { frequencyHz: number; earthResistivity: number; earthModel: EarthModel } | undefined;

  constructor(name: string, context: ReaderContext) {
    super('linegeometry', name, context);
  }

  override copyFrom(other: LineGeometryObject): void {
    this.conductors = other.conductors.map((conductor) => ({ ...conductor }));
    this.phases = other.phases;
    this.reduce = other.reduce;
    this.active = 0;
    this.normalAmps = other.normalAmps;
    this.emergencyAmps = other.emergencyAmps;
    this.lineType = other.lineType;
  }

  override endEdit(): void {
    this.computedFor = undefined;
  }

  /** A new number of conductors forgets all of them. */
  resize(count: number): void {
    if (count !== this.conductors.length) this.earthResistivity = DEFAULT_EARTH_RESISTIVITY;
    this.conductors = Array.from({ length: count }, () => ({ data: undefined, x: 0, height: 0, unit: undefined }));
    this.active = 0;
    this.lastUnit = 'ft';
  }

  /** The conductor selected. Throws where there is none yet. */
  selected(value: PropertyValue): GeometryConductor {
    return this.conductors[this.active] ?? value.fail('set nconds before the conductors');
  }

  /** Sets the conductors from index `first` on. The first conductor of all gives the ratings where none are set. */
  setData(first: number, data: readonly ConductorDataObject[]): void {
    data.forEach((item, i) => {
      this.conductors[first + i].data = item;
    });
    const leading = this.conductors[0]?.data;
    if (first !== 0 || !leading) return;
    if (leading.normalAmps > 0 && this.normalAmps === 0) this.normalAmps = leading.normalAmps;
    if (leading.emergencyAmps > 0 && this.emergencyAmps === 0) this.emergencyAmps = leading.emergencyAmps;
  }

  /** Conductors that a line of this geometry has. */
  get lineConductors(): number {
    return this.reduce ? this.phases : this.conductors.length;
  }

  /** The cross-section. Throws an InputError where a conductor has no data. */
  crossSection(): LineCrossSection {
    const conductors = this.conductors.map((conductor, i): PlacedConductor => {
      if (!conductor.data) this.fail(`conductor ${i + 1} has no wire or cable; set it with cond=${i + 1} wire=...`, 'cond');
      const unit = metersIn(conductor.unit ?? 'none');
      return { conductor: conductor.data.conductor(), xMeters: conductor.x * unit, heightMeters: conductor.height * unit };
    });
    return { conductors, phases: this.phases, reduce: this.reduce };
  }
}

/** Sets all conductors of a kind at once, and where these are bare wires beside cables, only those beyond the phases. */
function setAll<T extends ConductorDataObject>(
  object: LineGeometryObject,
  value: PropertyValue,
  className: string,
  type: abstract new (name: string, context: ReaderContext) => T,
): void {
  const total = object.conductors.length;
  if (total === 0) value.fail('set nconds before the conductors');
  const data = value.names().map((name) => object.referenceByName(value, name, className, type));
  if (className !== 'wiredata') {
    if (data.length === 0 || data.length > total) value.fail(`names ${data.length} cables for ${total} conductors`);
    object.setData(0, data);
    // A geometry all of cables has as many phases.
    if (data.length === total) object.phases = total;
    object.active = 0;
    return;
  }
  const beside = object.conductors[object.active]?.data;
  const first = beside && !(beside instanceof WireDataObject) ? object.phases : 0;
  if (data.length !== total - first) value.fail(`names ${data.length} wires where ${total - first} are needed`);
  object.setData(first, data);
  object.active = total - 1;
}

/** Class `linegeometry`. */
export const lineGeometry = defineClass<LineGeometryObject>({
  name: 'linegeometry',
  make: LineGeometryObject,
  setters: {
    nconds: (object, value) => object.resize(conductorCount(value)),
    nphases: (object, value) => {
      object.phases = value.integer(0, MOST_CONDUCTORS);
    },
    cond: (object, value) => {
      object.active = value.integer(1, Math.max(1, object.conductors.length)) - 1;
      const conductor = object.selected(value);
      conductor.unit ??= object.lastUnit;
    },
    wire: (object, value) => {
      object.selected(value);
      object.setData(object.active, [object.reference(value, 'wiredata', WireDataObject)]);
    },
    cncable: (object, value) => {
      object.selected(value);
      object.setData(object.active, [object.reference(value, 'cndata', ConcentricNeutralDataObject)]);
    },
    tscable: (object, value) => {
      object.selected(value);
      object.setData(object.active, [object.reference(value, 'tsdata', TapeShieldDataObject)]);
    },
    wires: (object, value) => setAll(object, value, 'wiredata', WireDataObject),
    cncables: (object, value) => setAll(object, value, 'cndata', ConcentricNeutralDataObject),
    tscables: (object, value) => setAll(object, value, 'tsdata', TapeShieldDataObject),
    x: (object, value) => {
      object.selected(value).x = value.number();
    },
    h: (object, value) => {
      object.selected(value).height = value.number();
    },
    units: (object, value) => {
      const unit = value.choice(LENGTH_UNITS);
      object.selected(value).unit = unit;
      object.lastUnit = unit;
    },
    spacing: (object, value) => {
      const spacing = object.reference(value, 'linespacing', LineSpacingObject);
      if (spacing.conductorCount !== object.conductors.length) {
        value.fail(`"${value.text}" has ${spacing.conductorCount} conductors, this geometry ${object.conductors.length}; set nconds first`);
      }
      object.lastUnit = spacing.unit;
      object.conductors.forEach((conductor, i) => {
        conductor.x = spacing.x[i];
        conductor.height = spacing.height[i];
        conductor.unit = spacing.unit;
      });
    },
    reduce: (object, value) => {
      object.reduce = value.boolean();
    },
    normamps: (object, value) => {
      object.normalAmps = value.number();
    },
    emergamps: (object, value) => {
      object.emergencyAmps = value.number();
    },
    linetype: (object, value) => {
      object.lineType = value.name();
    },
    seasons: quiet,
    ratings: quiet,
  },
});

/** The cross-section of a line given by a spacing and its conductors; conductors beyond the phases are always eliminated. */
export function crossSectionOfSpacing(
  line: DssObject,
  spacing: LineSpacingObject,
  data: readonly (ConductorDataObject | undefined)[],
): LineCrossSection {
  const unit = metersIn(spacing.unit);
  const conductors = Array.from({ length: spacing.conductorCount }, (_, i): PlacedConductor => {
    const conductor = data[i]?.conductor() ?? line.fail(`conductor ${i + 1} of spacing "${spacing.name}" has no wire or cable`, 'wires');
    return { conductor, xMeters: spacing.x[i] * unit, heightMeters: spacing.height[i] * unit };
  });
  return { conductors, phases: spacing.phases, reduce: spacing.conductorCount > spacing.phases };
}

/**
 * Matrices of a line of this cross-section, length (in `unit`; `none` is a metre) and earth.
 * Throws an InputError about the line where they cannot be computed.
 */
export function matricesOfCrossSection(
  line: DssObject,
  section: LineCrossSection,
  length: number,
  unit: LengthUnit,
  earth: { earthResistivity: number; earthModel: EarthModel },
  property: string,
): LineMatrices {
  const environment = {
    frequencyHz: line.context.frequencyHz,
    earthResistivityOhmMeter: earth.earthResistivity,
    earthModel: earth.earthModel,
  };
  try {
    return lineMatrices(section, environment, length * metersIn(unit));
  } catch (error) {
    if (error instanceof GridError) line.fail(error.message, property);
    throw error;
  }
}

/**
 * Matrices of a line of a geometry.
 *
 * The geometry keeps what it was computed for: as in OpenDSS, where the resistivity of the earth does not differ, the earth model of the first line that
 * used it holds for all.
 */
export function matricesOfGeometry(
  line: DssObject,
  geometry: LineGeometryObject,
  length: number,
  unit: LengthUnit,
  earthModel: EarthModel,
): LineMatrices {
  const { frequencyHz } = line.context;
  const { earthResistivity, computedFor } = geometry;
  const same = computedFor?.frequencyHz === frequencyHz && computedFor.earthResistivity === earthResistivity;
  const earth = same ? computedFor : { frequencyHz, earthResistivity, earthModel };
  const matrices = matricesOfCrossSection(line, geometry.crossSection(), length, unit, earth, 'geometry');
  geometry.computedFor = earth;
  return matrices;
}
