import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { acos, asin, atan, atan2, cos, exp, log, pow, sin, tan } from '../../src/numeric/index.js';

/** Relative difference, of what differs at all. */
function apart(value: number, reference: number): number {
  if (Object.is(value, reference) || value === reference) return 0;
  return Math.abs(value - reference) / Math.max(Math.abs(reference), Number.MIN_VALUE);
}

const between = (min: number, max: number) => fc.double({ min, max, noNaN: true });
const RUNS = { numRuns: 20_000 };

describe('portable elementary functions against those of this engine', () => {
  it.each<[string, (x: number) => number, (x: number) => number, number, number]>([
    ['exp', exp, Math.exp, -700, 709],
    ['exp near 0', exp, Math.exp, -1, 1],
    ['log near 1', log, Math.log, 0.5, 2],
    ['log', log, Math.log, 1e-310, 1e300],
    ['sin', sin, Math.sin, -10, 10],
    ['cos', cos, Math.cos, -10, 10],
    ['sin of large angles', sin, Math.sin, -1e6, 1e6],
    ['cos of large angles', cos, Math.cos, -1e6, 1e6],
    ['tan', tan, Math.tan, -1.5, 1.5],
    ['atan', atan, Math.atan, -3, 3],
    ['atan, wide', atan, Math.atan, -1e9, 1e9],
    ['asin', asin, Math.asin, -1, 1],
    ['acos', acos, Math.acos, -1, 1],
  ])('%s within 1e-15', (_name, own, engine, min, max) => {
    let worst = 0;
    fc.assert(
      fc.property(between(min, max), (x) => {
        worst = Math.max(worst, apart(own(x), engine(x)));
        return apart(own(x), engine(x)) < 1e-15;
      }),
      RUNS,
    );
    // fast-check favours corners; an even grid besides.
    for (let i = 0; i <= 20_000; i++) worst = Math.max(worst, apart(own(min + ((max - min) * i) / 20_000), engine(min + ((max - min) * i) / 20_000)));
    expect(worst).toBeLessThan(1e-15);
  });

  it('pow and atan2 within 1.5e-15', () => {
    fc.assert(
      fc.property(between(1e-6, 1e6), between(-45, 45), (x, y) => apart(pow(x, y), x ** y) < 1.5e-15),
      RUNS,
    );
    fc.assert(
      fc.property(between(-1e3, 1e3), between(-1e3, 1e3), (y, x) => apart(atan2(y, x), Math.atan2(y, x)) < 1e-15),
      RUNS,
    );
  });

  it('multiples of pi/2, the ends of exp, subnormal numbers', () => {
    for (let k = -40; k <= 40; k++) {
      expect(apart(sin((k * Math.PI) / 2), Math.sin((k * Math.PI) / 2))).toBeLessThan(1e-14);
      expect(apart(cos((k * Math.PI) / 2), Math.cos((k * Math.PI) / 2))).toBeLessThan(1e-14);
    }
    expect(exp(-744)).toBe(Math.exp(-744));
    expect(exp(709.78)).toBeCloseTo(Math.exp(709.78), -295);
    expect([exp(710), exp(-746), exp(0), log(1), exp(-Infinity), exp(Infinity)]).toEqual([Infinity, 0, 1, 0, 0, Infinity]);
    expect(log(5e-324)).toBe(Math.log(5e-324));
    expect([log(0), log(Infinity), log(-1), sin(NaN), exp(NaN), acos(1.1), pow(-8, 1 / 3)]).toEqual([-Infinity, Infinity, NaN, NaN, NaN, NaN, NaN]);
    expect(() => sin(1e7)).toThrow(RangeError);
    expect(() => cos(Infinity)).toThrow(RangeError);
  });

  it('special cases of pow and atan2 as the language defines them', () => {
    const specials = [0, -0, 1, -1, 2, -2, 3, -3, 0.5, -0.5, Infinity, -Infinity, NaN, 1e300, -1e300];
    for (const x of specials) {
      for (const y of specials) {
        expect(apart(pow(x, y), x ** y), `pow(${x}, ${y})`).toBeLessThan(1e-15);
        expect(Object.is(Math.sign(pow(x, y)), Math.sign(x ** y)), `sign of pow(${x}, ${y})`).toBe(true);
        expect(Object.is(Math.sign(atan2(x, y)), Math.sign(Math.atan2(x, y))), `sign of atan2(${x}, ${y})`).toBe(true);
        expect(apart(atan2(x, y), Math.atan2(x, y)), `atan2(${x}, ${y})`).toBeLessThan(1e-15);
      }
    }
  });

  it('a hash of many values: the same bits everywhere', () => {
    const values = new Float64Array(7000);
    for (let i = 0; i < 1000; i++) {
      const x = (i * 7919) % 1000;
      values.set([exp(x / 50 - 10), log(x + 0.37), sin(x), cos(x), pow(x / 100 + 0.1, 2.7), atan2(x - 500, i - 300), tan(x / 1000)], 7 * i);
    }
    let hash = 0x811c9dc5;
    for (const byte of new Uint8Array(values.buffer)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
    expect(hash).toBe(HASH);
  });
});

/** Of the bytes of the values above, FNV-1a, on a little-endian machine. */
const HASH = 1029829037;
