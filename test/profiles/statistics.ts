import { expect } from 'vitest';

export function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i];
  return sum / values.length;
}

export function standardDeviation(values: ArrayLike<number>): number {
  const centre = mean(values);
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += (values[i] - centre) ** 2;
  return Math.sqrt(sum / values.length);
}

/** Correlation of values `lag` apart. */
export function autocorrelation(values: ArrayLike<number>, lag: number): number {
  const centre = mean(values);
  let above = 0;
  let below = 0;
  for (let i = 0; i < values.length; i++) {
    below += (values[i] - centre) ** 2;
    if (i >= lag) above += (values[i] - centre) * (values[i - lag] - centre);
  }
  return above / below;
}

/** Fails where a value is further than four standard errors from what it should be. */
export function expectWithin(value: number, expected: number, standardError: number, what: string): void {
  const errors = Math.abs(value - expected) / standardError;
  if (!(errors <= 4)) expect.fail(`${what}: ${value} for ${expected}, ${errors.toFixed(1)} standard errors away`);
}
