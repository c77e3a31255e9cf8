/** The estimator of mutual information. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { digamma, mutualInformation, publishedNeighbours } from '../../src/decomposition/index.js';
import { NeighbourSearch } from '../../src/decomposition/neighbour-search.js';
import { sortColumn } from '../../src/decomposition/sorted-column.js';
import { InputError } from '../../src/grid/index.js';
import { RandomStream } from '../../src/numeric/index.js';

/** For each point, by the definition: e, k_i, n_x, n_y. */
function bruteForce(x: readonly number[], y: readonly number[], k: number): number[][] {
  return x.map((_, i) => {
    const distances = x.map((value, j) => Math.max(Math.abs(value - x[i]), Math.abs(y[j] - y[i])));
    const e = distances.slice().sort((a, b) => a - b)[k];
    const within = (values: readonly number[]): number => values.filter((value) => Math.abs(value - values[i]) <= e).length;
    return [e, e === 0 ? distances.filter((distance) => distance === 0).length : k, within(x), within(y)];
  });
}

function estimate(points: readonly number[][]): number {
  const sum = points.reduce((all, [, k, nx, ny]) => all + digamma(k) - digamma(nx) - digamma(ny), 0);
  return sum / points.length + Math.log(points.length);
}

const byOrder = (a: readonly number[], b: readonly number[]): number => a.map((value, i) => value - b[i]).find((difference) => difference !== 0) ?? 0;

/** Numbers of many kinds: continuous, on a grid with ties, few values, of very different size. */
const coordinate = fc.oneof(
  fc.double({ min: -1, max: 1, noNaN: true }),
  fc.integer({ min: -4, max: 4 }),
  fc.integer({ min: 0, max: 9 }).map((value) => value / 10),
  fc.constantFrom(0, -0, 1, 0.3, 1e-300, 1e15, -1e15),
);

describe('digamma', () => {
  it('has the known values', () => {
    const euler = 0.5772156649015329;
    expect(Math.abs(digamma(1) + euler)).toBeLessThan(2e-15);
    expect(digamma(0.5)).toBeCloseTo(-euler - 2 * Math.LN2, 14);
    expect(digamma(10)).toBeCloseTo(2.251752589066721, 14);
    expect(digamma(100000)).toBeCloseTo(11.512920464961896, 13);
    let sum = -euler;
    for (let n = 1; n < 300; n++) {
      expect(Math.abs(digamma(n) - sum)).toBeLessThan(2e-14);
      sum += 1 / n;
    }
    expect(digamma(0)).toBeNaN();
    expect(digamma(-1)).toBeNaN();
  });
});

describe('mixed KSG', () => {
  it('finds for every point what the definition says, ties and any k', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(coordinate, coordinate), { minLength: 2, maxLength: 120 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (points, share) => {
          const x = points.map(([value]) => value);
          const y = points.map(([, value]) => value);
          const k = 1 + Math.floor(share * (x.length - 2));
          const found: number[][] = [];
          new NeighbourSearch(sortColumn(x), sortColumn(y)).forEach(k, ({ distance, neighbours, nearX, nearY }) =>
            found.push([distance, neighbours, nearX, nearY]),
          );
          expect(found.sort(byOrder)).toEqual(bruteForce(x, y, k).sort(byOrder));
        },
      ),
      { numRuns: 400 },
    );
  });

  it('agrees with the definition where there are many cells, continuous and tied', () => {
    const stream = new RandomStream(5);
    for (const rounding of [0, 3]) {
      const x = Array.from({ length: 400 }, () => stream.normal());
      const y = x.map((value) => (stream.uniform() < 0.2 ? value : 0.7 * value + stream.normal()));
      const round = (values: number[]): number[] => (rounding === 0 ? values : values.map((value) => Math.round(value * rounding) / 7));
      for (const k of [1, 20, 399]) {
        const [u, v] = [round(x), round(y)];
        expect(mutualInformation(u, v, k)).toBeCloseTo(estimate(bruteForce(u, v, k)), 11);
        expect(mutualInformation(v, u, k)).toBeCloseTo(mutualInformation(u, v, k), 11);
      }
    }
  });

  it('knows the information of bivariate normals', () => {
    const stream = new RandomStream(11);
    for (const correlation of [0, 0.3, 0.6, 0.9]) {
      const x = Array.from({ length: 10000 }, () => stream.normal());
      const y = x.map((value) => correlation * value + Math.sqrt(1 - correlation ** 2) * stream.normal());
      // What a sample of 10,000 says itself scatters by correlation / 100; the rest is the estimator's bias.
      for (const k of [5, 50])
        expect(Math.abs(mutualInformation(x, y, k) + 0.5 * Math.log(1 - correlation ** 2))).toBeLessThan(0.01 + 0.03 * correlation);
    }
  });

  it('knows the information of discrete pairs and of mixtures with ties', () => {
    const stream = new RandomStream(12);
    const count = 10000;
    // A bit through a channel that turns a fifth of them over.
    const bits = Array.from({ length: count }, () => stream.integer(2));
    const heard = bits.map((bit) => (stream.uniform() < 0.2 ? 1 - bit : bit));
    const entropy = -0.2 * Math.log(0.2) - 0.8 * Math.log(0.8);
    expect(Math.abs(mutualInformation(bits, heard) - (Math.LN2 - entropy))).toBeLessThan(0.012);
    // Gao et al., experiment II: x of m values, y uniform in [x, x + 2]; I = ln m - (m - 1) ln 2 / m.
    const values = 5;
    const x = Array.from({ length: count }, () => stream.integer(values));
    const y = x.map((value) => value + 2 * stream.uniform());
    // Bias: about -0.65 / k, as the edge and the point itself count in n_y, and more at the ends of y.
    expect(Math.abs(mutualInformation(x, y, 100) - (Math.log(values) - ((values - 1) * Math.LN2) / values))).toBeLessThan(0.03);
    // Gao et al., experiment III without inflation: exponential, and Poisson with that mean; I = 2 ln 2 - gamma - sum of ln k / 2^k.
    const mean = Array.from({ length: count }, () => -Math.log(1 - stream.uniform()));
    const events = mean.map((expected) => {
      let number = 0;
      for (let product = stream.uniform(); product > Math.exp(-expected); product *= stream.uniform()) number += 1;
      return number;
    });
    let series = 0;
    for (let k = 1; k < 60; k++) series += Math.log(k) / 2 ** k;
    expect(Math.abs(mutualInformation(mean, events, 20) - (2 * Math.LN2 - 0.5772156649015329 - series))).toBeLessThan(0.03);
  });

  it('gives nothing to what never changes, and refuses what cannot be', () => {
    const rising = Array.from({ length: 40 }, (_, i) => i);
    expect(
      mutualInformation(
        rising,
        rising.map(() => 3),
      ),
    ).toBe(0);
    expect(publishedNeighbours(100000)).toBe(5000);
    expect(publishedNeighbours(25)).toBe(1);
    const refused: [() => unknown, RegExp][] = [
      [() => mutualInformation(rising, rising.slice(1)), /x has 40 samples and y 39/],
      [() => mutualInformation([1, 2, 3], [1, 2, 3]), /there are 3 samples; give 20/],
      [() => mutualInformation(rising, rising, 40), /k is 40; with 40 samples it must be a whole number from 1 to 39/],
      [() => mutualInformation(rising, rising, 0.5), /k is 0.5/],
      [
        () =>
          mutualInformation(
            rising,
            rising.map((value) => (value === 7 ? Number.NaN : value)),
          ),
        /y is NaN in sample 7/,
      ],
    ];
    for (const [call, message] of refused) {
      expect(call).toThrow(InputError);
      expect(call).toThrow(message);
    }
  });
});
