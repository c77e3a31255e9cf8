import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ObservationNormaliser, RewardNormaliser, RunningMoments } from '../../src/learning/index.js';
import { normals } from './networks.js';

describe('running moments', () => {
  it('are those of all rows together, in whatever batches they came, and merged', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.array(fc.tuple(fc.double({ min: -1e3, max: 1e3, noNaN: true }), fc.double({ min: 1e6, max: 1e6 + 1, noNaN: true })), { maxLength: 7 }),
          {
            minLength: 1,
            maxLength: 6,
          },
        ),
        (batches) => {
          const [one, merged] = [new RunningMoments(2), new RunningMoments(2)];
          for (const batch of batches) {
            one.add(batch.flat());
            const part = new RunningMoments(2);
            part.add(batch.flat());
            merged.merge(part);
          }
          const rows = batches.flat();
          expect([one.count, merged.count]).toEqual([rows.length, rows.length]);
          for (const j of [0, 1]) {
            const mean = rows.reduce((sum, row) => sum + row[j] / rows.length, 0);
            const variance = rows.reduce((sum, row) => sum + (row[j] - mean) ** 2 / rows.length, 0);
            for (const found of [one, merged]) {
              expect(Math.abs(found.mean[j] - mean)).toBeLessThan(1e-8);
              expect(Math.abs(found.variance(j) - variance)).toBeLessThan(1e-9 * (1 + variance));
            }
          }
        },
      ),
    );
  });

  it('refuse what is not finite, and come back from JSON', () => {
    const moments = new RunningMoments(3);
    moments.add(normals(1, 30));
    const before = JSON.stringify(moments.save());
    expect(() => moments.add([1, Number.NaN, 2])).toThrow(/number 1 of row 0 is NaN/);
    expect(() => moments.add([1, 2])).toThrow(/no whole number of rows/);
    expect(JSON.stringify(moments.save())).toBe(before);
    const other = new RunningMoments(3);
    other.restore(JSON.parse(before));
    other.add([1, 2, 3]);
    moments.add([1, 2, 3]);
    expect(other.save()).toEqual(moments.save());
    expect(() => new RunningMoments(2).restore(JSON.parse(before))).toThrow(/saved means has 3/);
  });
});

describe('normalisers', () => {
  it('bring observations to mean 0 and deviation 1 and cut them', () => {
    const normaliser = new ObservationNormaliser(2, 3);
    const observations = normals(5, 2000).map((x, k) => (k % 2 === 0 ? 7 + 0.1 * x : -100 * x));
    normaliser.moments.add(observations);
    const out = new Float32Array(2000);
    normaliser.normalise(observations, out);
    for (const j of [0, 1]) {
      const column = out.filter((_, k) => k % 2 === j);
      expect(column.reduce((sum, x) => sum + x, 0) / 1000).toBeCloseTo(0, 1);
      expect(column.reduce((sum, x) => sum + x * x, 0) / 1000).toBeCloseTo(1, 1);
    }
    normaliser.normalise([1e9, -1e9], out.subarray(0, 2));
    expect([out[0], out[1]]).toEqual([3, -3]);
    const constant = new ObservationNormaliser(1);
    constant.moments.add([5, 5, 5]);
    constant.normalise([5], out.subarray(0, 1));
    expect(out[0]).toBe(0);
  });

  it('divide rewards by the deviation of discounted sums, episode by episode', () => {
    const normaliser = new RewardNormaliser(2, 0.5);
    normaliser.add([1, 2], [0, 1]);
    normaliser.add([4, 8], [0, 0]);
    // Sums: 1, 2, then 0.5 + 4 and, begun anew, 8.
    const sums = [1, 2, 4.5, 8];
    const mean = sums.reduce((a, b) => a + b) / 4;
    const deviation = Math.sqrt(sums.reduce((sum, x) => sum + (x - mean) ** 2, 0) / 4 + 1e-8);
    const out = new Float64Array(3);
    normaliser.normalise([1, -2, 1e6], out);
    expect(out[0]).toBeCloseTo(1 / deviation, 12);
    expect(out[1]).toBeCloseTo(-2 / deviation, 12);
    expect(out[2]).toBe(10);
    const other = new RewardNormaliser(2, 0.5);
    other.restore(JSON.parse(JSON.stringify(normaliser.save())));
    for (const one of [normaliser, other]) one.add([1, 1], [0, 0]);
    expect(other.save()).toEqual(normaliser.save());
    expect(() => normaliser.add([1, Number.NaN], [0, 0])).toThrow(/environment 1 is NaN/);
    expect(other.save()).toEqual(normaliser.save());
  });
});
