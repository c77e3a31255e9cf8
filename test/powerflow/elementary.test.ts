import { describe, expect, it } from 'vitest';
import { exp, log, pow, tanh } from '../../assembly/elementary.js';
import { randomSource } from '../../src/cli/bench-measure.js';

/** What is within 1e-15 of the engine's own function (itself within 1 ulp) counts as equal. */
function near(found: number, wanted: number, what: string): void {
  if (Object.is(found, wanted)) return;
  const error = Math.abs(found - wanted) / Math.abs(wanted);
  if (!(error <= 1e-15)) throw new Error(`${what}: ${found} for ${wanted}, off by ${error}`);
}

describe('elementary functions of the kernels', () => {
  it('are within 1e-15 of Math over the whole range', () => {
    const random = randomSource(7);
    const between = (low: number, high: number) => low + (high - low) * random();
    for (let i = 0; i < 50_000; i++) {
      for (const x of [between(-708, 709), between(-2, 2), between(-1e-3, 1e-3)]) near(exp(x), Math.exp(x), `exp ${x}`);
      for (const x of [2 ** between(-1070, 1023), between(0.5, 2), 1 + between(-1e-6, 1e-6)]) near(log(x), Math.log(x), `log ${x}`);
      for (const x of [between(-25, 25), between(-1, 1), between(-1e-4, 1e-4)]) near(tanh(x), Math.tanh(x), `tanh ${x}`);
      for (const [x, y] of [
        [between(0, 2), between(-8, 8)],
        [2 ** between(-70, 70), between(-14, 14)],
        [1 + between(-1e-4, 1e-4), between(-1e6, 1e6)],
      ]) {
        near(pow(x, y), x ** y, `pow ${x} ${y}`);
      }
    }
  });

  it('have the limits of Math', () => {
    for (const x of [0, 1, -1, 709.7, 710, 1e9, -708, -746, -1e9, Infinity, -Infinity, NaN]) {
      near(exp(x), Math.exp(x), `exp ${x}`);
      near(tanh(x), Math.tanh(x), `tanh ${x}`);
    }
    for (const x of [0, 1, 2, Infinity, -1, NaN, Number.MAX_VALUE, Number.MIN_VALUE]) near(log(x), Math.log(x), `log ${x}`);
    for (const x of [0, 0.5, 1, 2, Infinity, Number.MAX_VALUE, Number.MIN_VALUE]) {
      for (const y of [0, 1, -1, 2, 0.5, 1e4, -1e4, 1e300, -1e300]) near(pow(x, y), x ** y, `pow ${x} ${y}`);
    }
    expect(pow(-1, 2)).toBeNaN();
    expect(pow(NaN, 1)).toBeNaN();
  });
});
