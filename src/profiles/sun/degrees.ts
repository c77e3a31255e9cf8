/** Trigonometry in degrees, from portable arithmetic. */
import { acos, asin, atan2, cos, sin } from '../../numeric/index.js';

export const RADIANS_PER_DEGREE = Math.PI / 180;

/** The angle within [0, 360). */
export function withinTurn(degrees: number): number {
  const turns = degrees / 360;
  return 360 * (turns - Math.floor(turns));
}

/** The angle within [-180, 180). */
export function withinHalfTurn(degrees: number): number {
  return withinTurn(degrees + 180) - 180;
}

export function sinDegrees(degrees: number): number {
  return sin((degrees % 360) * RADIANS_PER_DEGREE);
}

export function cosDegrees(degrees: number): number {
  return cos((degrees % 360) * RADIANS_PER_DEGREE);
}

export function asinDegrees(x: number): number {
  return asin(x) / RADIANS_PER_DEGREE;
}

/** The argument is taken within [-1, 1]: rounding may carry a cosine over. */
export function acosDegrees(x: number): number {
  return acos(Math.min(1, Math.max(-1, x))) / RADIANS_PER_DEGREE;
}

export function atan2Degrees(y: number, x: number): number {
  return atan2(y, x) / RADIANS_PER_DEGREE;
}
