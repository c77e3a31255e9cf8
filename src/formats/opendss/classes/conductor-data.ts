/**
 * Conductors of line geometry: `wiredata` (bare wires), `cndata` (cables with a concentric neutral) and `tsdata` (cables with a tape shield).
 *
 * Resistances are in `runits`, geometric mean radii in `gmrunits`, all other lengths in `radunits`; a unit of `none` is a metre. What is not given follows
 * from what is: ac resistance 1.02 times the dc one, geometric mean radius 0.7788 times the radius, and the reverse.
 */
import type { BareWire, ConcentricNeutralCable, Conductor, TapeShieldCable } from '../../../grid/index.js';
import { type ClassSpecification, DssObject, defineClass, quiet, type ReaderContext, type Setter } from '../class-definition.js';
import { LENGTH_UNITS, type LengthUnit, metersIn } from '../units.js';
import { noteConductorEdit } from './line-geometry-constants.js';

/** Ratio of geometric mean radius to radius of a solid round conductor, as OpenDSS has it. */
const SOLID_GMR = 0.7788;
/** Ratio of ac to dc resistance where only one is given. */
const AC_OVER_DC = 1.02;

/** What all three classes share. Negative numbers stand for what was not given. */
export abstract class ConductorDataObject extends DssObject {
  dcResistance = -1;
  acResistance = -1;
  gmr = -1;
  radius = -1;
  capacitanceRadius = -1;
  resistanceUnit: LengthUnit = 'none';
  gmrUnit: LengthUnit = 'none';
  radiusUnit: LengthUnit = 'none';
  normalAmps = -1;
  emergencyAmps = -1;

  override copyFrom(other: ConductorDataObject): void {
    this.dcResistance = other.dcResistance;
    this.acResistance = other.acResistance;
    this.gmr = other.gmr;
    this.radius = other.radius;
    this.capacitanceRadius = other.capacitanceRadius;
    this.resistanceUnit = other.resistanceUnit;
    this.gmrUnit = other.gmrUnit;
    this.radiusUnit = other.radiusUnit;
    this.normalAmps = other.normalAmps;
    this.emergencyAmps = other.emergencyAmps;
  }

  override endEdit(): void {
    noteConductorEdit();
  }

  /** The conductor in SI units. What is missing is negative there and refused when line constants are computed. */
  abstract conductor(): Conductor;

  /** Metres of a length in `radunits`. */
  protected length(value: number): number {
    return value * metersIn(this.radiusUnit);
  }

  protected metal(): Omit<BareWire, 'kind' | 'capacitanceRadiusMeters'> {
    return {
      dcResistanceOhmPerMeter: this.dcResistance / metersIn(this.resistanceUnit),
      acResistanceOhmPerMeter: this.acResistance / metersIn(this.resistanceUnit),
      gmrMeters: this.gmr * metersIn(this.gmrUnit),
      radiusMeters: this.length(this.radius),
    };
  }
}

/** A bare wire. */
export class WireDataObject extends ConductorDataObject {
  constructor(name: string, context: ReaderContext) {
    super('wiredata', name, context);
  }

  override conductor(): BareWire {
    const wire: BareWire = { kind: 'bare', ...this.metal() };
    if (this.capacitanceRadius >= 0) wire.capacitanceRadiusMeters = this.length(this.capacitanceRadius);
    return wire;
  }
}

/** What both kinds of cable share. */
export abstract class CableDataObject extends ConductorDataObject {
  relativePermittivity = 2.3;
  insulationThickness = -1;
  insulationDiameter = -1;
  cableDiameter = -1;

  override copyFrom(other: CableDataObject): void {
    super.copyFrom(other);
    this.relativePermittivity = other.relativePermittivity;
    this.insulationThickness = other.insulationThickness;
    this.insulationDiameter = other.insulationDiameter;
    this.cableDiameter = other.cableDiameter;
  }

  protected core(): Omit<TapeShieldCable, 'kind' | 'shieldDiameterMeters' | 'tapeThicknessMeters' | 'tapeLapPercent'> {
    return {
      ...this.metal(),
      relativePermittivity: this.relativePermittivity,
      insulationThicknessMeters: this.length(this.insulationThickness),
      insulationDiameterMeters: this.length(this.insulationDiameter),
      cableDiameterMeters: this.length(this.cableDiameter),
    };
  }
}

/** A cable with a concentric neutral. */
export class ConcentricNeutralDataObject extends CableDataObject {
  strandCount = 2;
  strandDiameter = -1;
  strandGmr = -1;
  strandResistance = -1;

  constructor(name: string, context: ReaderContext) {
    super('cndata', name, context);
  }

  override copyFrom(other: ConcentricNeutralDataObject): void {
    super.copyFrom(other);
    this.strandCount = other.strandCount;
    this.strandDiameter = other.strandDiameter;
    this.strandGmr = other.strandGmr;
    this.strandResistance = other.strandResistance;
  }

  override conductor(): ConcentricNeutralCable {
    return {
      kind: 'concentric-neutral',
      ...this.core(),
      strandCount: this.strandCount,
      strandDiameterMeters: this.length(this.strandDiameter),
      strandGmrMeters: this.strandGmr * metersIn(this.gmrUnit),
      strandResistanceOhmPerMeter: this.strandResistance / metersIn(this.resistanceUnit),
    };
  }
}

/** A cable with a tape shield. */
export class TapeShieldDataObject extends CableDataObject {
  shieldDiameter = -1;
  tapeThickness = -1;
  tapeLapPercent = 20;

  constructor(name: string, context: ReaderContext) {
    super('tsdata', name, context);
  }

  override copyFrom(other: TapeShieldDataObject): void {
    super.copyFrom(other);
    this.shieldDiameter = other.shieldDiameter;
    this.tapeThickness = other.tapeThickness;
    this.tapeLapPercent = other.tapeLapPercent;
  }

  override conductor(): TapeShieldCable {
    return {
      kind: 'tape-shield',
      ...this.core(),
      shieldDiameterMeters: this.length(this.shieldDiameter),
      tapeThicknessMeters: this.length(this.tapeThickness),
      tapeLapPercent: this.tapeLapPercent,
    };
  }
}

/** Sets the radius and, where they are not given yet, what follows from it. */
function setRadius(object: ConductorDataObject, radius: number): void {
  object.radius = radius;
  if (object.gmr < 0) object.gmr = SOLID_GMR * radius;
  if (object.capacitanceRadius < 0) object.capacitanceRadius = radius;
}

const conductorSetters: Record<string, Setter<ConductorDataObject>> = {
  rdc: (object, value) => {
    object.dcResistance = value.notNegative();
    if (object.acResistance < 0) object.acResistance = AC_OVER_DC * object.dcResistance;
  },
  rac: (object, value) => {
    object.acResistance = value.notNegative();
    if (object.dcResistance < 0) object.dcResistance = object.acResistance / AC_OVER_DC;
  },
  runits: (object, value) => {
    object.resistanceUnit = value.choice(LENGTH_UNITS);
  },
  gmrac: (object, value) => {
    object.gmr = value.positive();
    if (object.radius < 0) object.radius = object.gmr / SOLID_GMR;
  },
  gmrunits: (object, value) => {
    object.gmrUnit = value.choice(LENGTH_UNITS);
    if (object.radiusUnit === 'none') object.radiusUnit = object.gmrUnit;
  },
  radius: (object, value) => setRadius(object, value.positive()),
  diam: (object, value) => setRadius(object, value.positive() / 2),
  radunits: (object, value) => {
    object.radiusUnit = value.choice(LENGTH_UNITS);
    if (object.gmrUnit === 'none') object.gmrUnit = object.radiusUnit;
  },
  capradius: (object, value) => {
    object.capacitanceRadius = value.nonZero();
  },
  normamps: (object, value) => {
    object.normalAmps = value.number();
    if (object.emergencyAmps < 0) object.emergencyAmps = 1.5 * object.normalAmps;
  },
  emergamps: (object, value) => {
    object.emergencyAmps = value.number();
    if (object.normalAmps < 0) object.normalAmps = object.emergencyAmps / 1.5;
  },
  seasons: quiet,
  ratings: quiet,
};

const cableSetters: Record<string, Setter<CableDataObject>> = {
  ...(conductorSetters as Record<string, Setter<CableDataObject>>),
  epsr: (object, value) => {
    const permittivity = value.number();
    if (!(permittivity >= 1)) value.fail(`the permittivity of insulation is at least 1, not ${value.text}`);
    object.relativePermittivity = permittivity;
  },
  inslayer: (object, value) => {
    object.insulationThickness = value.positive();
  },
  diains: (object, value) => {
    object.insulationDiameter = value.positive();
  },
  diacable: (object, value) => {
    object.cableDiameter = value.positive();
  },
};

const wireDataSpecification: ClassSpecification<WireDataObject> = {
  name: 'wiredata',
  make: WireDataObject,
  setters: conductorSetters as Record<string, Setter<WireDataObject>>,
};

/** Class `wiredata`. */
export const wireData = defineClass(wireDataSpecification);

/** Class `cndata`. */
export const concentricNeutralData = defineClass<ConcentricNeutralDataObject>({
  name: 'cndata',
  make: ConcentricNeutralDataObject,
  setters: {
    ...(cableSetters as Record<string, Setter<ConcentricNeutralDataObject>>),
    k: (object, value) => {
      object.strandCount = value.integer(2);
    },
    diastrand: (object, value) => {
      object.strandDiameter = value.positive();
      if (object.strandGmr <= 0) object.strandGmr = (SOLID_GMR * object.strandDiameter) / 2;
    },
    gmrstrand: (object, value) => {
      object.strandGmr = value.positive();
    },
    rstrand: (object, value) => {
      object.strandResistance = value.positive();
    },
  },
});

/** Class `tsdata`. */
export const tapeShieldData = defineClass<TapeShieldDataObject>({
  name: 'tsdata',
  make: TapeShieldDataObject,
  setters: {
    ...(cableSetters as Record<string, Setter<TapeShieldDataObject>>),
    diashield: (object, value) => {
      object.shieldDiameter = value.positive();
    },
    tapelayer: (object, value) => {
      object.tapeThickness = value.positive();
    },
    tapelap: (object, value) => {
      const lap = value.number();
      if (!(lap >= 0 && lap < 100)) value.fail(`the lap of a tape is from 0 to below 100 percent, not ${value.text}`);
      object.tapeLapPercent = lap;
    },
  },
});
