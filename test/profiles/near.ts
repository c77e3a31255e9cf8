import { expect } from 'vitest';

/** Fails where a value is further than `tolerance` times max(|reference|, 1) from its reference. */
export function expectNear(value: number, reference: number, tolerance: number, what: string): void {
  const error = Math.abs(value - reference) / Math.max(Math.abs(reference), 1);
  if (!(error <= tolerance)) expect.fail(`${what}: ${value} for ${reference}, off by ${error.toExponential(2)} of max(|x|, 1)`);
}
