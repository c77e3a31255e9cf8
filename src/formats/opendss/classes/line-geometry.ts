/**
 * Class `linegeometry`: conductors and their places.
 *
 * Conductors are set one by one (`cond=2 wire=... x=... h=... units=...`) or all at once (`spacing=... wires=[...]`). The unit given for one conductor holds
 * for those selected after it. Cables come first; `wires=` after `cncables=` or `tscables=` gives the bare neutrals beside them.
 */
import type { LineCrossSection, LineEnvironment, PlacedConductor } from '../../../grid/index.js';
import { defineClass, quiet, type ReaderContext } from '../class-definition.js';
import type { PropertyValue } from '../property-value.js';
import { LENGTH_UNITS, type LengthUnit, metersIn } from '../units.js';
import { ConcentricNeutralDataObject, type ConductorDataObject, TapeShieldDataObject, WireDataObject } from './conductor-data.js';
import { constantsOfSection, DEFAULT_EARTH_RESISTIVITY, earthModelInForce, LineConstantsCache } from './line-geometry-constants.js';
import { type LineConstantsPerMeter, type LineConstantsRequest, LineGeometrySource } from './line-geometry-source.js';
import { conductorCount, LineSpacingObject, MOST_CONDUCTORS } from './line-spacing.js';

/** One conductor of a geometry as the properties gave it. */
interface GeometryConductor {
  data: ConductorDataObject | undefined;
  x: number;
  height: number;
  /** Undefined until the conductor is selected with `cond=`; then places are in metres. */
  unit: LengthUnit | undefined;
}

/** A geometry. */
export class LineGeometryObject extends LineGeometrySource {
  conductors: GeometryConductor[] = [];
  phases = 0;
  reduce = false;
  /** Index of the conductor that `wire=`, `x=`, `h=` and `units=` are about. */
  active = 0;
  lastUnit: LengthUnit = 'ft';
  /** Shared by all lines of this geometry: the last one that gave `rho` decides. */
  override earthResistivity = DEFAULT_EARTH_RESISTIVITY;
  override normalAmps = 0;
  override emergencyAmps = 0;
  lineType = 'oh';
  /** For what the matrices were computed at the last solution; forgotten when a conductor is edited. */
  private computedFor: LineEnvironment | undefined;
  private readonly cache = new LineConstantsCache();

  override copyFrom(other: LineGeometryObject): void {
    this.conductors = other.conductors.map((conductor) => ({ ...conductor }));
    this.phases = other.phases;
    this.reduce = other.reduce;
    this.active = 0;
    this.normalAmps = other.normalAmps;
    this.emergencyAmps = other.emergencyAmps;
    this.lineType = other.lineType;
    // OpenDSS computes a copy at once, with the earth model in force; it stays so until a conductor is edited.
    this.computedFor = {
      frequencyHz: this.context.frequencyHz,
      earthResistivityOhmMeter: DEFAULT_EARTH_RESISTIVITY,
      earthModel: earthModelInForce(this.context.grid),
    };
  }

  override endEdit(): void {
    this.cache.clear();
  }

  /** A new number of conductors forgets all of them. */
  resize(count: number): void {
    if (count !== this.conductors.length) this.earthResistivity = DEFAULT_EARTH_RESISTIVITY;
    this.conductors = Array.from({ length: count }, () => ({ data: undefined, x: 0, height: 0, unit: undefined }));
    this.active = 0;
    this.lastUnit = 'ft';
    this.conductorsChanged();
  }

  /** The conductor selected. Throws where there is none yet. */
  selected(value: PropertyValue): GeometryConductor {
    this.conductorsChanged();
    return this.conductors[this.active] ?? value.fail('set nconds before the conductors');
  }

  /** Sets the conductors from index `first` on. The first conductor of all gives the ratings where none are set. */
  setData(first: number, data: readonly ConductorDataObject[]): void {
    this.conductorsChanged();
    data.forEach((item, i) => {
      this.conductors[first + i].data = item;
    });
    const leading = this.conductors[0]?.data;
    if (first !== 0 || !leading) return;
    if (leading.normalAmps > 0 && this.normalAmps === 0) this.normalAmps = leading.normalAmps;
    if (leading.emergencyAmps > 0 && this.emergencyAmps === 0) this.emergencyAmps = leading.emergencyAmps;
  }

  override get conductorCount(): number {
    return this.reduce ? this.phases : this.conductors.length;
  }

  /** To be called when a conductor changes. */
  conductorsChanged(): void {
    this.computedFor = undefined;
  }

  /**
   * As long as frequency and resistivity stay the same, the earth model of the first line that is computed for a solution holds for all lines of the
   * geometry (as in OpenDSS, which keeps the matrices with the geometry).
   */
  override lineConstants(request: LineConstantsRequest): LineConstantsPerMeter {
    const { frequencyHz, earthModel } = request;
    const earthResistivityOhmMeter = this.earthResistivity;
    let environment: LineEnvironment = { frequencyHz, earthResistivityOhmMeter, earthModel };
    if (request.forSolution) {
      const known = this.computedFor;
      if (known?.frequencyHz === frequencyHz && known.earthResistivityOhmMeter === earthResistivityOhmMeter) environment = known;
      this.computedFor = environment;
    }
    return this.cache.get('', environment, () => constantsOfSection(this, this.crossSection(), environment));
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
      object.conductorsChanged();
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
