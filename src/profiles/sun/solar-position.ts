/**
 * Where the sun stands: the NREL Solar Position Algorithm (I. Reda, A. Andreas, NREL/TP-560-34302, revised January 2008), good to 0.0003 degrees from the year -2000
 * to 6000. Angles in degrees, azimuth clockwise from north, longitude positive to the east.
 */
import { checkKeys, checkObject, describeValue, InputError } from '../../grid/index.js';
import { cos, sin } from '../../numeric/index.js';
import { pressureAtAltitude } from './air-mass.js';
import { asinDegrees, atan2Degrees, cosDegrees, RADIANS_PER_DEGREE, sinDegrees, withinTurn } from './degrees.js';
import { LATITUDE_TERMS, LONGITUDE_TERMS, NUTATION_FACTORS, NUTATION_TERMS, type PeriodicTerms, RADIUS_TERMS } from './spa-terms.js';

/** A place from which the sun is seen. */
export interface Observer {
  latitudeDegrees: number;
  longitudeDegrees: number;
  /** Above sea level. */
  altitudeMetres: number;
}

/** What the position depends on besides place and time. */
export interface SolarPositionOptions {
  /** Terrestrial time less universal time, s; default 67. It was 64 in 2000 and 69 in 2023; 2 s move the sun by less than 1e-4 degrees. */
  deltaTSeconds?: number;
  /** Pressure of the air at the place, Pa, for the refraction; default by altitude. */
  pressurePascal?: number;
  /** Temperature of the air, C, for the refraction; default 12. */
  temperatureC?: number;
  /** Refraction at sunrise and sunset, degrees; default 0.5667. Lower than this and the sun's radius below the horizon nothing is refracted. */
  horizonRefractionDegrees?: number;
}

const OPTION_NAMES = ['deltaTSeconds', 'pressurePascal', 'temperatureC', 'horizonRefractionDegrees'];

function checkObserver(observer: Observer): void {
  checkObject('the place', observer, '{ latitudeDegrees, longitudeDegrees, altitudeMetres }');
}

/** The sun as seen from the centre of the earth, with the steps towards it. Angles in degrees. */
export interface GeocentricSun {
  /** Days since 2000-01-01 12:00 of universal time. */
  daysSince2000: number;
  heliocentricLongitude: number;
  heliocentricLatitude: number;
  /** Earth to sun, astronomical units. */
  distanceAu: number;
  nutationLongitude: number;
  nutationObliquity: number;
  trueObliquity: number;
  apparentLongitude: number;
  apparentSiderealTime: number;
  rightAscension: number;
  declination: number;
  /** Sun's mean longitude, not brought within a turn. */
  meanLongitude: number;
  /** Apparent less mean solar time, minutes, -20 to 20. */
  equationOfTimeMinutes: number;
}

/** The sun as seen from a place. Angles in degrees. */
export interface SolarPosition {
  /** Angle from the vertical, without refraction. */
  zenithDegrees: number;
  /** Angle from the vertical as the atmosphere refracts it. */
  apparentZenithDegrees: number;
  /** Clockwise from north, 0 to 360. */
  azimuthDegrees: number;
  equationOfTimeMinutes: number;
  distanceAu: number;
  /** As seen from the place. */
  declinationDegrees: number;
  /** As seen from the place, 0 to 360, from the meridian westward. */
  hourAngleDegrees: number;
}

/** 2000-01-01 12:00 UTC. */
const J2000_UNIX_SECONDS = 946728000;

function polynomialInMillennia(terms: PeriodicTerms, millennia: number): number {
  let sum = 0;
  for (let power = terms.length - 1; power >= 0; power--) {
    const rows = terms[power];
    let part = 0;
    for (let at = 0; at < rows.length; at += 3) part += rows[at] * cos(rows[at + 1] + rows[at + 2] * millennia);
    sum = sum * millennia + part;
  }
  return sum * 1e-8;
}

/** Nutation in longitude and obliquity, degrees. */
function nutation(centuries: number): { longitude: number; obliquity: number } {
  const t = centuries;
  const x0 = 297.85036 + t * (445267.11148 + t * (-0.0019142 + t / 189474));
  const x1 = 357.52772 + t * (35999.05034 + t * (-0.0001603 - t / 300000));
  const x2 = 134.96298 + t * (477198.867398 + t * (0.0086972 + t / 56250));
  const x3 = 93.27191 + t * (483202.017538 + t * (-0.0036825 + t / 327270));
  const x4 = 125.04452 + t * (-1934.136261 + t * (0.0020708 + t / 450000));
  let longitude = 0;
  let obliquity = 0;
  for (let row = 0; row < NUTATION_TERMS.length / 4; row++) {
    const f = 5 * row;
    const degrees =
      NUTATION_FACTORS[f] * x0 +
      NUTATION_FACTORS[f + 1] * x1 +
      NUTATION_FACTORS[f + 2] * x2 +
      NUTATION_FACTORS[f + 3] * x3 +
      NUTATION_FACTORS[f + 4] * x4;
    const angle = withinTurn(degrees) * RADIANS_PER_DEGREE;
    longitude += (NUTATION_TERMS[4 * row] + NUTATION_TERMS[4 * row + 1] * t) * sin(angle);
    obliquity += (NUTATION_TERMS[4 * row + 2] + NUTATION_TERMS[4 * row + 3] * t) * cos(angle);
  }
  return { longitude: longitude / 36e6, obliquity: obliquity / 36e6 };
}

/** Mean obliquity of the ecliptic, degrees. */
function meanObliquity(millennia: number): number {
  const u = millennia / 10;
  const coefficients = [84381.448, -4680.93, -1.55, 1999.25, -51.38, -249.67, -39.05, 7.12, 27.87, 5.79, 2.45];
  return coefficients.reduceRight((sum, coefficient) => sum * u + coefficient, 0) / 3600;
}

/**
 * The sun as seen from the earth's centre.
 *
 * @param unixSeconds seconds since 1970-01-01 00:00 UTC
 *
 * Throws InputError for a moment that is no number or thousands of years away.
 */
export function geocentricSun(unixSeconds: number, deltaTSeconds = 67): GeocentricSun {
  const days = (unixSeconds - J2000_UNIX_SECONDS) / 86400;
  if (!(Math.abs(days) < 4.1 * 365250))
    throw new InputError(`the moment ${describeValue(unixSeconds)} s; the sun's position is known from the year -2000 to 6000`);
  const centuries = days / 36525;
  const ephemerisCenturies = (days + deltaTSeconds / 86400) / 36525;
  const millennia = ephemerisCenturies / 10;
  const heliocentricLongitude = withinTurn(polynomialInMillennia(LONGITUDE_TERMS, millennia) / RADIANS_PER_DEGREE);
  const heliocentricLatitude = polynomialInMillennia(LATITUDE_TERMS, millennia) / RADIANS_PER_DEGREE;
  const distanceAu = polynomialInMillennia(RADIUS_TERMS, millennia);
  const latitude = -heliocentricLatitude;
  const { longitude: nutationLongitude, obliquity: nutationObliquity } = nutation(ephemerisCenturies);
  const trueObliquity = meanObliquity(millennia) + nutationObliquity;
  const aberration = -20.4898 / (3600 * distanceAu);
  const apparentLongitude = withinTurn(heliocentricLongitude + 180 + nutationLongitude + aberration);
  const meanSiderealTime = 280.46061837 + 360.98564736629 * days + centuries * centuries * (0.000387933 - centuries / 38710000);
  const nutationInRightAscension = nutationLongitude * cosDegrees(trueObliquity);
  const sinLongitude = sinDegrees(apparentLongitude);
  const sinObliquity = sinDegrees(trueObliquity);
  const cosObliquity = cosDegrees(trueObliquity);
  const sinLatitude = sinDegrees(latitude);
  const cosLatitude = cosDegrees(latitude);
  const rightAscension = withinTurn(
    atan2Degrees(sinLongitude * cosObliquity - (sinLatitude / cosLatitude) * sinObliquity, cosDegrees(apparentLongitude)),
  );
  const declination = asinDegrees(sinLatitude * cosObliquity + cosLatitude * sinObliquity * sinLongitude);
  const m = millennia;
  const meanLongitude = 280.4664567 + m * (360007.6982779 + m * (0.03032028 + m * (1 / 49931 + m * (-1 / 15300 - m / 2000000))));
  const minutes = 4 * (withinTurn(meanLongitude) - 0.0057183 - rightAscension + nutationInRightAscension);
  const equationOfTimeMinutes = minutes > 20 ? minutes - 1440 : minutes < -20 ? minutes + 1440 : minutes;
  return {
    daysSince2000: days,
    heliocentricLongitude,
    heliocentricLatitude,
    distanceAu,
    nutationLongitude,
    nutationObliquity,
    trueObliquity,
    apparentLongitude,
    apparentSiderealTime: withinTurn(meanSiderealTime) + nutationInRightAscension,
    rightAscension,
    declination,
    meanLongitude,
    equationOfTimeMinutes,
  };
}

/** Refraction of the atmosphere, degrees, at an elevation without it. */
export function refractionDegrees(elevationDegrees: number, pressurePascal: number, temperatureC: number, horizonRefractionDegrees = 0.5667): number {
  // The sun's radius is 0.26667 degrees.
  if (elevationDegrees < -(0.26667 + horizonRefractionDegrees)) return 0;
  const angle = elevationDegrees + 10.3 / (elevationDegrees + 5.11);
  return ((pressurePascal / 101000) * (283 / (273 + temperatureC)) * 1.02 * cosDegrees(angle)) / (60 * sinDegrees(angle));
}

/**
 * The sun as seen from a place.
 *
 * @param unixSeconds seconds since 1970-01-01 00:00 UTC
 */
export function solarPosition(unixSeconds: number, observer: Observer, options: SolarPositionOptions = {}): SolarPosition {
  checkObserver(observer);
  checkKeys('the position of the sun', 'option', options, OPTION_NAMES);
  const sun = geocentricSun(unixSeconds, options.deltaTSeconds ?? 67);
  const { latitudeDegrees: latitude, altitudeMetres: altitude } = observer;
  const sinLatitude = sinDegrees(latitude);
  const cosLatitude = cosDegrees(latitude);
  const hourAngle = withinTurn(sun.apparentSiderealTime + observer.longitudeDegrees - sun.rightAscension);
  const parallax = 8.794 / (3600 * sun.distanceAu);
  // tan u = 0.99664719 tan(latitude); written without the tangent, so that the poles are places as others.
  const reducedSine = 0.99664719 * sinLatitude;
  const reducedLength = Math.sqrt(reducedSine * reducedSine + cosLatitude * cosLatitude);
  const x = cosLatitude / reducedLength + (altitude / 6378140) * cosLatitude;
  const y = (0.99664719 * reducedSine) / reducedLength + (altitude / 6378140) * sinLatitude;
  const sinParallax = sinDegrees(parallax);
  const cosDeclination = cosDegrees(sun.declination);
  const along = cosDeclination - x * sinParallax * cosDegrees(hourAngle);
  const shift = atan2Degrees(-x * sinParallax * sinDegrees(hourAngle), along);
  const declination = atan2Degrees((sinDegrees(sun.declination) - y * sinParallax) * cosDegrees(shift), along);
  const localHourAngle = hourAngle - shift;
  const sinLocal = sinDegrees(declination);
  const cosLocal = cosDegrees(declination);
  const cosHour = cosDegrees(localHourAngle);
  const elevation = asinDegrees(sinLatitude * sinLocal + cosLatitude * cosLocal * cosHour);
  const refraction = refractionDegrees(
    elevation,
    options.pressurePascal ?? pressureAtAltitude(altitude),
    options.temperatureC ?? 12,
    options.horizonRefractionDegrees ?? 0.5667,
  );
  const fromSouth = atan2Degrees(sinDegrees(localHourAngle) * cosLocal, cosHour * sinLatitude * cosLocal - sinLocal * cosLatitude);
  return {
    zenithDegrees: 90 - elevation,
    apparentZenithDegrees: 90 - elevation - refraction,
    azimuthDegrees: withinTurn(fromSouth + 180),
    equationOfTimeMinutes: sun.equationOfTimeMinutes,
    distanceAu: sun.distanceAu,
    declinationDegrees: declination,
    hourAngleDegrees: withinTurn(localHourAngle),
  };
}

/** Sunrise, transit and sunset of a day, in seconds since 1970-01-01 00:00 UTC. */
export interface SunEvents {
  /** Undefined where the sun does not rise or set within half a day of its transit. */
  sunriseUnixSeconds: number | undefined;
  transitUnixSeconds: number;
  sunsetUnixSeconds: number | undefined;
}

/** Zenith of the sun's centre when its upper edge is on the horizon, with usual refraction, degrees. */
const RISING_ZENITH_DEGREES = 90.8333;

/** The root of a function between two places of opposite sign, by halving, to the last digit of a time. */
function root(of: (time: number) => number, from: number, to: number): number {
  let low = from;
  let high = to;
  const lowPositive = of(low) > 0;
  while (high - low > 1e-4) {
    const middle = 0.5 * (low + high);
    if (of(middle) > 0 === lowPositive) low = middle;
    else high = middle;
  }
  return 0.5 * (low + high);
}

/**
 * Sunrise, transit and sunset nearest to a noon: instants at which the zenith without refraction, seen from sea level, is 90.8333 degrees, and at which the hour angle is 0.
 *
 * @param noonUnixSeconds the middle of the local day (any instant within six hours of the transit)
 */
export function sunEvents(noonUnixSeconds: number, observer: Observer, options: SolarPositionOptions = {}): SunEvents {
  checkObserver(observer);
  const place = { ...observer, altitudeMetres: 0 };
  const at = (time: number): SolarPosition => solarPosition(time, place, options);
  const meridian = (time: number): number => {
    const angle = at(time).hourAngleDegrees;
    return angle > 180 ? angle - 360 : angle;
  };
  // The hour angle grows by 15 degrees an hour: two steps bring the transit within seconds.
  let near = noonUnixSeconds;
  for (let step = 0; step < 3; step++) near -= meridian(near) * 240;
  const transitUnixSeconds = root(meridian, near - 60, near + 60);
  const above = (time: number): number => RISING_ZENITH_DEGREES - at(time).zenithDegrees;
  const crosses = (end: number): boolean => above(transitUnixSeconds) > 0 !== above(end) > 0;
  const before = transitUnixSeconds - 43200;
  const after = transitUnixSeconds + 43200;
  return {
    sunriseUnixSeconds: crosses(before) ? root(above, before, transitUnixSeconds) : undefined,
    transitUnixSeconds,
    sunsetUnixSeconds: crosses(after) ? root(above, transitUnixSeconds, after) : undefined,
  };
}
