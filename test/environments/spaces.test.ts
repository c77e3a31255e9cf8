import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Box, Dict, Discrete, MultiBinary, MultiDiscrete, type Space, type SpaceRecord, spaceFromJSON } from '../../src/environments/index.js';
import { InputError } from '../../src/grid/index.js';
import { RandomStream } from '../../src/numeric/index.js';

const bound = fc.oneof(fc.double({ min: -1e6, max: 1e6, noNaN: true }), fc.constantFrom(-Infinity, Infinity, 0.1, -1e300, 1e300));
const box = fc
  .array(fc.tuple(bound, bound), { minLength: 1, maxLength: 5 })
  .filter((pairs) => pairs.every(([a, b]) => a !== b || Number.isFinite(a)))
  .map(
    (pairs) =>
      new Box(
        pairs.map(([a, b]) => Math.min(a, b)),
        pairs.map(([a, b]) => Math.max(a, b)),
      ),
  );
const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 6 });
const plain: fc.Arbitrary<Space> = fc.oneof(
  fc.tuple(fc.integer({ min: 1, max: 12 }), fc.integer({ min: -5, max: 5 })).map(([n, start]) => new Discrete(n, start)),
  sizes.map((counts) => new MultiDiscrete(counts)),
  sizes.map(
    (counts) =>
      new MultiDiscrete(
        counts,
        counts.map((n) => n - 4),
      ),
  ),
  fc.integer({ min: 1, max: 6 }).map((n) => new MultiBinary(n)),
  box,
);
const space: fc.Arbitrary<Space> = fc.oneof(
  plain,
  fc.array(plain, { minLength: 1, maxLength: 4 }).map((parts) => new Dict(Object.fromEntries(parts.map((part, i) => [`part${i}`, part])))),
);
const seed = fc.integer({ min: 0, max: 2 ** 31 });

/** A mask that allows at least one choice of each entry. */
function maskOf(of: Space, stream: RandomStream): Uint8Array {
  const mask = Uint8Array.from({ length: of.choices }, () => stream.integer(2));
  of.counts.forEach((count, entry) => {
    if (count > 0) mask[of.maskStarts[entry] + stream.integer(count)] = 1;
  });
  return mask;
}

describe('spaces', () => {
  it('contain what they draw, in double and in single precision, at any place', () => {
    fc.assert(
      fc.property(space, seed, fc.integer({ min: 0, max: 3 }), (one, s, at) => {
        const row = new Float64Array(one.length + 5).fill(NaN);
        one.sample(new RandomStream(s), row, at);
        expect(one.contains(row, at)).toBe(true);
        expect(row.filter((x) => Number.isNaN(x))).toHaveLength(5);
        // 1e300 has no single precision.
        if (one.low.every((x) => x === -Infinity || Math.abs(x) < 1e30) && one.high.every((x) => x === Infinity || Math.abs(x) < 1e30)) {
          expect(one.contains(Float32Array.from(row), at)).toBe(true);
        }
        expect(one.contains(row, at + 6)).toBe(false);
        expect(one.contains(row, -1)).toBe(false);
      }),
    );
  });

  it('draw the same from the same stream, and with a mask that allows all what they draw without one', () => {
    fc.assert(
      fc.property(space, seed, (one, s) => {
        const [a, b, c] = [0, 1, 2].map(() => new Float64Array(one.length));
        one.sample(new RandomStream(s), a);
        one.sample(new RandomStream(s), b);
        one.sample(new RandomStream(s), c, 0, new Uint8Array(one.choices).fill(1));
        expect(b).toEqual(a);
        expect(c).toEqual(a);
      }),
    );
  });

  it('draw what masks allow, and refuse what they do not', () => {
    fc.assert(
      fc.property(space, seed, (one, s) => {
        const stream = new RandomStream(s);
        const mask = new Uint8Array(one.choices + 2);
        mask.set(maskOf(one, stream), 2);
        const row = new Float64Array(one.length);
        for (let k = 0; k < 5; k++) {
          one.sample(stream, row, 0, mask, 2);
          expect(one.firstFault(row, 0, mask, 2)).toBe(-1);
          one.counts.forEach((count, entry) => {
            for (let choice = 0; choice < count; choice++) {
              const other = row.with(entry, one.low[entry] + choice);
              expect(one.contains(other)).toBe(true);
              expect(one.contains(other, 0, mask, 2)).toBe(mask[2 + one.maskStarts[entry] + choice] === 1);
            }
          });
        }
      }),
    );
  });

  it('do not contain what is past their bounds, between whole numbers, or no number', () => {
    fc.assert(
      fc.property(space, seed, (one, s) => {
        const row = new Float64Array(one.length);
        one.sample(new RandomStream(s), row);
        for (let entry = 0; entry < one.length; entry++) {
          const wrong = [NaN, Infinity, -Infinity];
          const [low, high] = [one.low[entry], one.high[entry]];
          if (low > -1e200) wrong.push(low - Math.max(1, Math.abs(low)));
          if (high < 1e200) wrong.push(high + Math.max(1, Math.abs(high)));
          if (one.counts[entry] > 1) wrong.push(low + 0.5);
          for (const value of wrong) expect(one.firstFault(row.with(entry, value)), `${one.describeEntry(entry)}: ${value}`).toBe(entry);
        }
      }),
    );
  });

  it('come back from JSON', () => {
    fc.assert(
      fc.property(space, seed, (one, s) => {
        const back = spaceFromJSON(JSON.parse(JSON.stringify(one)) as SpaceRecord);
        expect(back.toJSON()).toEqual(one.toJSON());
        expect(back.describe()).toBe(one.describe());
        expect([back.low, back.high, back.counts, back.choices]).toEqual([one.low, one.high, one.counts, one.choices]);
        const [a, b] = [new Float64Array(one.length), new Float64Array(one.length)];
        one.sample(new RandomStream(s), a);
        back.sample(new RandomStream(s), b);
        expect(b).toEqual(a);
      }),
    );
  });

  it('of several names are their spaces one behind the other', () => {
    fc.assert(
      fc.property(fc.array(plain, { minLength: 1, maxLength: 4 }), seed, (parts, s) => {
        const names = parts.map((_, i) => `z${9 - i}`);
        const whole = new Dict(Object.fromEntries(parts.map((part, i) => [names[i], part])));
        const row = new Float64Array(whole.length);
        whole.sample(new RandomStream(s), row);
        const stream = new RandomStream(s);
        let at = 0;
        parts.forEach((part, i) => {
          const own = new Float64Array(part.length);
          part.sample(stream, own);
          expect(whole.part(row, names[i])).toEqual(own);
          expect(whole.starts[names[i]]).toBe(at);
          at += part.length;
        });
        expect(at).toBe(whole.length);
        expect(whole.choices).toBe(parts.reduce((sum, part) => sum + part.choices, 0));
      }),
    );
  });

  it('draw evenly', () => {
    const stream = new RandomStream(4);
    const [one] = [new MultiDiscrete([2, 33])];
    const row = new Float64Array(2);
    const counts = new Float64Array(33);
    const draws = 33_000;
    for (let k = 0; k < draws; k++) {
      one.sample(stream, row);
      counts[row[1]] += 1;
    }
    // Chi-square of 32 degrees of freedom: 99.9 % are below 62.5.
    expect(counts.reduce((sum, n) => sum + (n - 1000) ** 2 / 1000, 0)).toBeLessThan(62.5);
    const wide = new Box([-2, 3, -Infinity, -Infinity], [6, Infinity, 5, Infinity]);
    const sums = new Float64Array(4);
    const draw = new Float64Array(4);
    for (let k = 0; k < draws; k++) {
      wide.sample(stream, draw);
      for (let i = 0; i < 4; i++) sums[i] += draw[i] / draws;
    }
    // Means 2, 3 + 1, 5 - 1 and 0, within four of their deviations.
    [2, 4, 4, 0].forEach((mean, i) => expect(Math.abs(sums[i] - mean)).toBeLessThan((4 * (i === 0 ? 8 / Math.sqrt(12) : 1)) / Math.sqrt(draws)));
  });

  it('take a bound in single precision for the bound', () => {
    const one = new Box(0.1, 0.3);
    expect(one.contains([Math.fround(0.1)])).toBe(true);
    expect(one.contains([Math.fround(0.3)])).toBe(true);
    expect(one.contains([0.0999999])).toBe(false);
    expect(one.contains([0.3000001])).toBe(false);
  });

  it('describe themselves', () => {
    const shown = new Dict({
      taps: new MultiDiscrete([2, 33, 33, 33]),
      on: new MultiBinary(2),
      which: new Discrete(3, 1),
      power: new Box(-1, [1, 2]),
      image: new Box(0, 1, [2, 3]),
    });
    expect(shown.describe()).toBe(
      'Dict(taps: MultiDiscrete([2, 33 x 3]), on: MultiBinary(2), which: Discrete(3, start 1), power: Box(-1, 1 to 2, 2), image: Box(0, 1, 2 x 3))',
    );
    expect([shown.length, shown.choices]).toEqual([15, 2 + 99 + 4 + 3]);
    expect([shown.describeEntry(1), shown.describeEntry(7), new Box(-Infinity, 2).describeEntry(0), new Discrete(1).describeEntry(0)]).toEqual([
      'a whole number from 0 to 32',
      'a number from -1 to 1',
      'a number of 2 or less',
      'the number 0',
    ]);
  });

  it.each([
    ['n of a discrete space is 0', () => new Discrete(0)],
    ['n of a discrete space is 2.5', () => new Discrete(2.5)],
    ['start of a discrete space is NaN', () => new Discrete(2, NaN)],
    ['size 1 of a multi-discrete space is -1', () => new MultiDiscrete([2, -1])],
    ['must be an array', () => new MultiDiscrete([])],
    ['must be an array', () => new MultiDiscrete(3 as never)],
    ['2 sizes and 1 starts', () => new MultiDiscrete([2, 2], [0])],
    ['n of a multi-binary space', () => new MultiBinary(0)],
    ['low 1 and high 0', () => new Box(1, 0)],
    ['low NaN', () => new Box(NaN, 0)],
    ['low Infinity', () => new Box(Infinity, Infinity)],
    ['has 3 numbers; its shape has 2', () => new Box([0, 0], [1, 1, 1])],
    ['a dimension of a box is 0', () => new Box(0, 1, [2, 0])],
    ['at least one', () => new Dict({})],
    ['a space named "1"', () => new Dict({ 1: new Discrete(2) })],
    ['it must be a space', () => new Dict({ a: 3 as never })],
    ['the mask allows no choice of entry 1', () => new MultiDiscrete([1, 2]).sample(new RandomStream(1), [0, 0], 0, [1, 0, 0])],
    ['there is no "b" in this space; there are a', () => new Dict({ a: new Discrete(2) }).part(new Float64Array(1), 'b')],
    ['a space is described by its kind', () => spaceFromJSON({ kind: 'sphere' } as never)],
    ['a space is described by its kind', () => spaceFromJSON(null as never)],
  ])('say what is wrong: %s', (message, make) => {
    expect(make).toThrow(InputError);
    expect(make).toThrow(message);
  });
});
