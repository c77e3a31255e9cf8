/**
 * Formulas that know only the day of the year: the sun's declination, the equation of time, irradiance above the atmosphere, and the analytic position from these.
 * Up to half a degree off the algorithm of solar-position.ts.
 */

import { cos, sin } from '../../numeric/index.js';
import { acosDegrees, atan2Degrees, cosDegrees, RADIANS_PER_DEGREE, sinDegrees, withinTurn } from './degrees.js';

/** W/m2 at one astronomical unit. */
export const SOLAR_CONSTANT = 1366.1;

/** Number of the day within its year in UTC, 1 to 366. */
export function dayOfYearUtc(unixSeconds: number): number {
  const date = new Date(unixSeconds * 1000);
  return Math.floor((date.getTime() - Date.UTC(date.getUTCFullYear(), 0, 1)) / 86_400_000) + 1;
}

/** 2 pi (n - 1) / 365, radians. */
function dayAngle(dayOfYear: number): number {
  return (2 * Math.PI * (dayOfYear - 1)) / 365;
}

/** Irradiance above the atmosphere on a plane facing the sun, W/m2: Spencer's series (1971). */
export function extraterrestrialSpencer(dayOfYear: number, solarConstant = SOLAR_CONSTANT): number {
  const b = dayAngle(dayOfYear);
  return solarConstant * (1.00011 + 0.034221 * cos(b) + 0.00128 * sin(b) + 0.000719 * cos(2 * b) + 7.7e-5 * sin(2 * b));
}

/** The same by ASCE (2005): 1 + 0.033 cos(2 pi n / 365). */
export function extraterrestrialAsce(dayOfYear: number, solarConstant = SOLAR_CONSTANT): number {
  return solarConstant * (1 + 0.033 * cos((2 * Math.PI * dayOfYear) / 365));
}

/** The same from the distance of the sun, astronomical units. */
export function extraterrestrialAtDistance(distanceAu: number, solarConstant = SOLAR_CONSTANT): number {
  return solarConstant / (distanceAu * distanceAu);
}

/** Declination, degrees: Spencer (1971). */
export function declinationSpencer(dayOfYear: number): number {
  const b = dayAngle(dayOfYear);
  const radians =
    0.006918 - 0.399912 * cos(b) + 0.070257 * sin(b) - 0.006758 * cos(2 * b) + 0.000907 * sin(2 * b) - 0.002697 * cos(3 * b) + 0.00148 * sin(3 * b);
  return radians / RADIANS_PER_DEGREE;
}

/** Declination, degrees: Cooper (1969). */
export function declinationCooper(dayOfYear: number): number {
  return 23.45 * sin((2 * Math.PI * (dayOfYear + 284)) / 365);
}

/** Equation of time, minutes: Spencer (1971), with the constant 7.5e-6 of Iqbal. */
export function equationOfTimeSpencer(dayOfYear: number): number {
  const b = dayAngle(dayOfYear);
  return (720 / Math.PI) * (0.0000075 + 0.001868 * cos(b) - 0.032077 * sin(b) - 0.014615 * cos(2 * b) - 0.040849 * sin(2 * b));
}

/** Equation of time, minutes: PVCDROM (Honsberg, Bowden). */
export function equationOfTimePvcdrom(dayOfYear: number): number {
  const b = dayAngle(dayOfYear - 80);
  return 9.87 * sin(2 * b) - 7.53 * cos(b) - 1.5 * sin(b);
}

/**
 * Hour angle, degrees, 0 at noon and positive in the afternoon; not brought within a turn.
 *
 * @param utcHours hours since midnight UTC of the day that is local (may be below 0 or above 24)
 */
export function hourAngle(utcHours: number, longitudeDegrees: number, equationOfTimeMinutes: number): number {
  return 15 * (utcHours - 12) + longitudeDegrees + equationOfTimeMinutes / 4;
}

/** Zenith, degrees, without refraction. */
export function analyticZenith(latitudeDegrees: number, hourAngleDegrees: number, declinationDegrees: number): number {
  const vertical = sinDegrees(declinationDegrees) * sinDegrees(latitudeDegrees);
  return acosDegrees(cosDegrees(declinationDegrees) * cosDegrees(latitudeDegrees) * cosDegrees(hourAngleDegrees) + vertical);
}

/** Azimuth, degrees clockwise from north, for any hour angle (whole turns make no difference). */
export function analyticAzimuth(latitudeDegrees: number, hourAngleDegrees: number, declinationDegrees: number): number {
  const y = sinDegrees(hourAngleDegrees) * cosDegrees(declinationDegrees);
  const x =
    cosDegrees(hourAngleDegrees) * sinDegrees(latitudeDegrees) * cosDegrees(declinationDegrees) -
    sinDegrees(declinationDegrees) * cosDegrees(latitudeDegrees);
  return withinTurn(atan2Degrees(y, x) + 180);
}
