import { describe, expect, it } from 'vitest';
import { exp, log, pow, tanh } from '../../assembly/elementary.js';
import { randomSource } from '../../src/cli/bench-measure.js';
import { addon } from './native.js';

const COUNT = 4096;
const random = randomSource(11);

/** Doubles of random bits: all sizes, both zeros, infinities, subnormals, a few NaN. */
function randomBits(): Float64Array {
  const values = new Float64Array(COUNT);
  const words = new Uint32Array(values.buffer);
  for (let i = 0; i < words.length; i++) words[i] = random() * 4294967296;
  for (let i = 0; i < COUNT; i += 3) values[i] = Math.fround(20 * random() - 10);
  const special = [0, -0, Infinity, -Infinity, NaN, 5e-324, -5e-324, Number.MAX_VALUE, 1];
  for (let i = 0; i < COUNT; i += 7) values[i] = special[Math.floor(random() * special.length)];
  return values;
}

/** Rounds to a precision. */
const rounding = { double: (x: number): number => x, single: Math.fround };

/** Equal bits, where NaN equals NaN. */
function expectSame(found: Float64Array, wanted: (k: number) => number, what: string): void {
  for (let k = 0; k < found.length; k++) {
    if (!Object.is(found[k], wanted(k))) throw new Error(`${what} at ${k}: ${found[k]} for ${wanted(k)}`);
  }
}

describe.skipIf(!addon)('native lane operations and elementary functions', () => {
  const widths = addon?.widths ?? [];

  it.each(widths.map((one) => [one.name, one.precision, one] as const))(
    '%s, %s: each operation rounds as JavaScript does, on random bits',
    (name, precision, { width, lanes }) => {
      const round = rounding[precision];
      const [wideA, wideB, wideC, out] = [randomBits(), randomBits(), randomBits(), new Float64Array(COUNT)];
      // What the kernels make of these when they are asked to compute in floats.
      const [a, b, c] = [wideA, wideB, wideC].map((values) => values.map(round));
      const inBlock = (k: number, test: (i: number) => boolean, every: boolean): number => {
        const block = Array.from({ length: lanes }, (_, lane) => test(k - (k % lanes) + lane));
        return Number(every ? block.every(Boolean) : block.some(Boolean));
      };
      const wanted: ((k: number) => number)[] = [
        (k) => round(a[k] + b[k]),
        (k) => round(a[k] - b[k]),
        (k) => round(a[k] * b[k]),
        (k) => round(a[k] / b[k]),
        (k) => round(Math.sqrt(a[k])),
        (k) => (a[k] > b[k] ? a[k] : b[k]),
        (k) => (a[k] > c[k] ? a[k] : b[k]),
        (k) => (a[k] <= c[k] ? a[k] : b[k]),
        (k) => (a[k] > c[k] && b[k] <= c[k] ? a[k] : b[k]),
        (k) => (a[k] > c[k] || !(b[k] <= c[k]) ? a[k] : b[k]),
        (k) => inBlock(k, (i) => a[i] > b[i], false),
        (k) => inBlock(k, (i) => a[i] > b[i], true),
        (k) => a[k - (k % lanes)],
      ];
      wanted.forEach((value, operation) => {
        addon?.probeLanes(width, operation, wideA, wideB, wideC, out);
        expectSame(out, value, `${name}, operation ${operation}`);
      });
    },
  );

  it.each(widths.map(({ name, precision, width }) => [name, precision, width] as const))(
    '%s, %s: exp, log, pow and tanh have the bits of the program in assembly/',
    (name, _, width) => {
      const wild = randomBits();
      const tame = Float64Array.from({ length: COUNT }, () => 1500 * (random() - 0.5));
      const small = Float64Array.from({ length: COUNT }, () => 2 * random());
      const exponents = Float64Array.from({ length: COUNT }, () => 12 * (random() - 0.5));
      const out = new Float64Array(COUNT);
      const functions = [exp, log, pow, tanh];
      for (const [x, y] of [
        [wild, wild],
        [wild, exponents],
        [tame, exponents],
        [small, exponents],
        [small, tame],
      ]) {
        functions.forEach((f, which) => {
          addon?.probeElementary(width, which, x, y, out);
          expectSame(out, (k) => f(x[k], y[k]), `${name}, function ${which}`);
        });
      }
    },
  );

  it('refuses what is no memory, and works in place on shared memory', () => {
    const call = addon as unknown as Record<string, (...given: unknown[]) => unknown>;
    expect(() => call.solveNewton({}, 0, 1, 1, 1)).toThrow('no memory is attached');
    expect(() => call.solveNewton(1)).toThrow('too few arguments');
    expect(() => call.attach([], 2)).toThrow('typed array');
    expect(addon?.attach(new Uint8Array(64), 3)).toBeUndefined();
    const small = addon?.attach(new Uint8Array(64), 2);
    expect(() => call.factorShared(small, 0)).toThrow('outside the memory');
    const shared = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
    expect(addon?.attach(new Uint8Array(shared.buffer), 2)).toBeTypeOf('object');
  });
});
