/** Numbers as they are printed. */

/** A number with six digits that matter, plain where that is short; a dash for none. */
export function sixDigits(value: number): string {
  if (Number.isNaN(value)) return '-';
  return String(Number(value.toPrecision(6)));
}
