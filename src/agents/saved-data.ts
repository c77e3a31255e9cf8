/** What saved states are looked at for: a file may hold anything. */

/** Whether a value is a whole number from 0. */
export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** Whether a value is so many floats, all finite. */
export function areFinite(value: unknown, length: number): value is Float32Array {
  return value instanceof Float32Array && value.length === length && value.every((x) => Number.isFinite(x));
}

/** Whether a value is the numbers from 0 below a length, each once. */
export function isPermutation(value: unknown, length: number): value is Int32Array {
  if (!(value instanceof Int32Array) || value.length !== length) return false;
  const seen = new Uint8Array(length);
  for (const k of value) {
    if (k < 0 || k >= length || seen[k] !== 0) return false;
    seen[k] = 1;
  }
  return true;
}
