/** Load shapes as short texts: each value a ratio of whole numbers, as it was before somebody printed it with 15 decimals. */

/** A load shape: value k is `round(1e15 n / denominator) + correction` units of 1e-15. */
export interface PackedLoadShape {
  readonly denominator: number;
  /** The numbers n, all of as many digits to the base 64 as the denominator has, the highest first. */
  readonly ratios: string;
  /** `places:units` to the base 36, separated by blanks: how far behind the one before a value is that is to be corrected, and by how much; 1 where no number is written. */
  readonly corrections: string;
}

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
/** What values are multiples of. Numbers up to it, and it itself, are doubles without error, so that a quotient is the double next to the decimal number. */
const UNITS = 1e15;

/** Digits to the base 64 of numbers up to `largest`. */
function digitsOf(largest: number): number {
  let digits = 1;
  while (64 ** digits <= largest) digits++;
  return digits;
}

const roundedUnits = (n: number, denominator: number): number => Math.round((n / denominator) * UNITS);

/** Writes values between 0 and 1 of at most 15 decimals. */
export function packLoadShape(values: readonly number[], denominator: number): PackedLoadShape {
  const digits = digitsOf(denominator);
  let ratios = '';
  const corrections: string[] = [];
  let last = -1;
  values.forEach((value, k) => {
    const n = Math.round(value * denominator);
    for (let digit = digits - 1; digit >= 0; digit--) ratios += DIGITS[Math.floor(n / 64 ** digit) % 64];
    const units = Math.round(value * UNITS) - roundedUnits(n, denominator);
    if (units === 0) return;
    corrections.push(`${(k - last).toString(36)}${units === 1 ? '' : `:${units.toString(36)}`}`);
    last = k;
  });
  return { denominator, ratios, corrections: corrections.join(' ') };
}

/** The values of a load shape. */
export function unpackLoadShape({ denominator, ratios, corrections }: PackedLoadShape): Float64Array {
  const digits = digitsOf(denominator);
  const values = new Float64Array(ratios.length / digits);
  for (let k = 0; k < values.length; k++) {
    let n = 0;
    for (let digit = 0; digit < digits; digit++) n = n * 64 + DIGITS.indexOf(ratios[k * digits + digit]);
    values[k] = roundedUnits(n, denominator);
  }
  let at = -1;
  for (const correction of corrections.split(' ')) {
    const [places, units = '1'] = correction.split(':');
    at += Number.parseInt(places, 36);
    values[at] += Number.parseInt(units, 36);
  }
  for (let k = 0; k < values.length; k++) values[k] /= UNITS;
  return values;
}
