import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  clippedPolicyLoss,
  clippedValueLoss,
  discountedReturns,
  generalisedAdvantages,
  huberLoss,
  squaredLoss,
  type ValuedRollout,
  vtrace,
} from '../../src/learning/index.js';
import { normals } from './networks.js';
import { differences, distance } from './oracle.js';

const doubles = (numbers: ArrayLike<number>): Float64Array => Float64Array.from(numbers);

describe('generalised advantages', () => {
  // research/rl-anchors.md B.4, recomputed there in double precision.
  const rollout: ValuedRollout = { environments: 1, rewards: doubles([1, 0, 2]), values: doubles([0.5, 0.4, 0.3]), lastValues: doubles([0.2]) };
  it.each([
    ['no end', {}, [2.47798589, 1.682069, 1.898]],
    ['a termination', { terminations: [0, 1, 0] }, [0.5198, -0.4, 1.898]],
    ['a truncation', { truncations: [0, 1, 0], finalValues: doubles([0, 0.7, 0]) }, [1.1715665, 0.293, 1.898]],
  ])('are the published ones with %s', (_, ends, wanted) => {
    const advantages = new Float64Array(3);
    const returns = new Float64Array(3);
    generalisedAdvantages({ ...rollout, ...ends }, 0.99, 0.95, advantages, returns);
    wanted.forEach((x, t) => {
      expect(advantages[t]).toBeCloseTo(x, 7);
      expect(returns[t]).toBeCloseTo(x + rollout.values[t], 7);
    });
  });

  it('with lambda 1 are discounted returns less values, in each environment for itself', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 5 }), fc.integer({ min: 0, max: 1000 }), (steps, environments, seed) => {
        const count = steps * environments;
        const draw = (k: number): Float64Array => doubles(normals(seed + 7 * k, count));
        const many: ValuedRollout = {
          environments,
          rewards: draw(1),
          values: draw(2),
          lastValues: draw(3).slice(0, environments),
          terminations: draw(4).map((x) => (x > 1 ? 1 : 0)),
          truncations: draw(5).map((x) => (x > 1 ? 1 : 0)),
          finalValues: draw(6),
        };
        const [advantages, returns] = [new Float64Array(count), new Float64Array(count)];
        generalisedAdvantages(many, 0.9, 1, advantages);
        discountedReturns(many, 0.9, returns);
        expect(
          distance(
            advantages.map((a, k) => a + many.values[k]),
            returns,
          ),
        ).toBeLessThan(1e-9);
        // The first environment alone.
        const column = (array: ArrayLike<number>): Float64Array => Float64Array.from({ length: steps }, (_, t) => array[t * environments]);
        const alone = new Float64Array(steps);
        const one = { environments: 1, rewards: column(many.rewards), values: column(many.values), lastValues: many.lastValues.slice(0, 1) };
        const ends = {
          terminations: column(many.terminations ?? []),
          truncations: column(many.truncations ?? []),
          finalValues: column(many.finalValues ?? []),
        };
        generalisedAdvantages({ ...one, ...ends }, 0.9, 1, alone);
        expect(alone).toEqual(column(advantages));
      }),
      { numRuns: 50 },
    );
  });

  it('needs final values where episodes are cut', () => {
    expect(() => generalisedAdvantages({ ...rollout, truncations: [0, 1, 0] }, 0.99, 0.95, new Float64Array(3))).toThrow(
      /final values has 0 numbers/,
    );
  });
});

describe('V-trace', () => {
  // The three vectors of research/rl-anchors.md C; the third is the softmax case of google-deepmind/rlax.
  it('is the published one on five steps', () => {
    const [targets, advantages] = [new Float64Array(5), new Float64Array(5)];
    const values = doubles([0, 1, 2, 3, 4]);
    const logRatios = doubles([-2.5, -1.5, -0.5, 0.5, 1.5]);
    const rollout = { environments: 1, rewards: values, values, lastValues: doubles([1]), logRatios, discounts: new Float64Array(5).fill(0.9) };
    vtrace(rollout, { rhoLimit: 3.7, policyRhoLimit: 2.2 }, targets, advantages);
    [0.20018185, 2.70968245, 8.51362793, 11.93239657, 7.33].forEach((x, t) => expect(targets[t]).toBeCloseTo(x, 7));
    [0.20018185, 1.70968245, 6.51362793, 10.87661422, 1.98].forEach((x, t) => expect(advantages[t]).toBeCloseTo(x, 7));
  });

  it('is the published one on five environments of five steps', () => {
    const grid = (f: (t: number, b: number) => number): Float64Array => Float64Array.from({ length: 25 }, (_, k) => f(Math.floor(k / 5), k % 5));
    const [targets, advantages] = [new Float64Array(25), new Float64Array(25)];
    const rollout = {
      environments: 5,
      rewards: grid((t, b) => 5 * t + b),
      values: grid((t, b) => (5 * t + b) / 5),
      lastValues: doubles([1, 2, 3, 4, 5]),
      logRatios: grid((t, b) => 5 * ((5 * t + b) / 25 - 0.5)),
      discounts: grid((_, b) => 0.9 / (b + 1)),
    };
    vtrace(rollout, { rhoLimit: 3.7, policyRhoLimit: 2.2 }, targets, advantages);
    [0.929816, 12.58608, 53.250231, 84.997052, 66.53].forEach((x, t) => expect(targets[5 * t]).toBeCloseTo(x, 5));
    [1.654995, 8.223335, 31.861155, 76.130182, 79.17].forEach((x, t) => expect(targets[5 * t + 4]).toBeCloseTo(x, 5));
  });

  it('is the published one on softmax policies', () => {
    const cases = [
      {
        mu: [
          [8.9, 0.7],
          [5, 1],
          [0.6, 0.1],
          [-0.9, -0.1],
        ],
        pi: [
          [0.4, 0.5],
          [9.2, 8.8],
          [0.7, 4.4],
          [7.9, 1.4],
        ],
        actions: [0, 1, 0, 0],
        rewards: [-1.3, -1.3, 2.3, 42],
        discounts: [0, 0.89, 0.85, 0.99],
        values: [2.1, 1.1, -3.1, 0],
        last: 8.4,
        wanted: [-1.6155143, -3.4973226, 1.8670533, 50.316],
      },
      {
        mu: [
          [0.3, -5],
          [1, -8],
          [0.3, 1.7],
          [4.7, 3.3],
        ],
        pi: [
          [1, 0.9],
          [1, -1],
          [-4.3, 8.7],
          [0.8, 0.3],
        ],
        actions: [1, 0, 0, 1],
        rewards: [1.3, 5.3, -3.3, -5],
        discounts: [0.88, 1, 0.83, 0.95],
        values: [3.1, 0.1, -1.1, 7.4],
        last: -1.2,
        wanted: [1.4662437, 3.6116405, -8.333e-5, -13.54],
      },
    ];
    const log = (logits: number[], action: number): number => logits[action] - Math.log(logits.reduce((sum, x) => sum + Math.exp(x), 0));
    for (const { mu, pi, actions, rewards, discounts, values, last, wanted } of cases) {
      const logRatios = doubles(actions.map((action, t) => log(pi[t], action) - log(mu[t], action)));
      const [targets, advantages] = [new Float64Array(4), new Float64Array(4)];
      const rollout = {
        environments: 1,
        rewards: doubles(rewards),
        values: doubles(values),
        lastValues: doubles([last]),
        discounts: doubles(discounts),
      };
      vtrace({ ...rollout, logRatios }, {}, targets, advantages);
      wanted.forEach((x, t) => expect(Math.abs(targets[t] - values[t] - x)).toBeLessThan(2e-6 + 1e-7 * Math.abs(x)));
    }
  });

  it('on actions of the policy itself is the n-step return, through terminations and truncations', () => {
    const count = 24;
    const draw = (seed: number): Float64Array => doubles(normals(seed, count));
    const terminations = draw(4).map((x) => (x > 0.8 ? 1 : 0));
    const rollout = {
      environments: 3,
      rewards: draw(1),
      values: draw(2),
      lastValues: draw(3).slice(0, 3),
      truncations: draw(5).map((x) => (x > 0.8 ? 1 : 0)),
      finalValues: draw(6),
    };
    const [targets, advantages, returns] = [new Float64Array(count), new Float64Array(count), new Float64Array(count)];
    discountedReturns({ ...rollout, terminations }, 0.9, returns);
    vtrace({ ...rollout, logRatios: new Float64Array(count), discounts: terminations.map((x) => 0.9 * (1 - x)) }, {}, targets, advantages);
    expect(distance(targets, returns)).toBeLessThan(1e-9);
    expect(
      distance(
        advantages,
        returns.map((x, k) => x - rollout.values[k]),
      ),
    ).toBeLessThan(1e-9);
  });
});

describe('losses', () => {
  const count = 12;
  const draw = (seed: number, scale = 1): Float64Array => doubles(normals(seed, count, scale));
  const [at, targets, old, advantages, weights] = [draw(1), draw(2), draw(3), draw(4), draw(5).map(Math.abs)];
  const scratch = new Float64Array(count);
  it.each<[string, (x: Float64Array, gradient: Float64Array) => number]>([
    ['squared', (x, gradient) => squaredLoss(x, targets, gradient)],
    ['Huber, weighted', (x, gradient) => huberLoss(x, targets, gradient, 0.7, weights)],
    ['clipped policy', (x, gradient) => clippedPolicyLoss(x, old, advantages, gradient, 0.3).loss],
    ['clipped value', (x, gradient) => clippedValueLoss(x, old, targets, gradient, 0.4)],
  ])('%s: its gradient is that of finite differences', (_, loss) => {
    const gradient = new Float64Array(count);
    loss(at, gradient);
    expect(gradient.some((g) => g !== 0)).toBe(true);
    expect(
      distance(
        gradient,
        differences((x) => loss(x, scratch), at),
      ),
    ).toBeLessThan(1e-8);
  });

  it('have the values of their formulas', () => {
    const g = new Float64Array(2);
    expect(squaredLoss(doubles([1, 3]), doubles([0, 0]), g)).toBeCloseTo(2.5, 12);
    expect(huberLoss(doubles([0.5, 3]), doubles([0, 0]), g, 1)).toBeCloseTo((0.125 + 2.5) / 2, 12);
    const report = clippedPolicyLoss(doubles([Math.log(2), Math.log(0.5)]), doubles([0, 0]), doubles([1, 1]), g, 0.2);
    expect(report.loss).toBeCloseTo(-(1.2 + 0.5) / 2, 12);
    expect(report.clippedShare).toBe(1);
    expect(report.divergence).toBeCloseTo((2 - 1 - Math.log(2) + 0.5 - 1 + Math.log(2)) / 2, 12);
    expect(Array.from(g)).toEqual([0, -0.25]);
    expect(clippedValueLoss(doubles([1, 0]), doubles([0, 0]), doubles([1, 1]), g, 0.2)).toBeCloseTo((0.64 + 1) / 4, 12);
    expect(Array.from(g)).toEqual([0, -0.5]);
  });
});
