import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  Categorical,
  DiagonalGaussian,
  type Distribution,
  MultiCategorical,
  ProductDistribution,
  SquashedGaussian,
} from '../../src/learning/index.js';
import { RandomStream } from '../../src/numeric/index.js';
import { normals } from './networks.js';
import { differences, distance } from './oracle.js';

const LANES = 5;
const doubles = (numbers: ArrayLike<number>): Float64Array => Float64Array.from(numbers);
/** Choices 0 of 3 and 2 of 4 are not allowed in every other lane. */
const MASKS = Uint8Array.from({ length: LANES * 7 }, (_, k) => (Math.floor(k / 7) % 2 === 0 && (k % 7 === 0 || k % 7 === 5) ? 0 : 1));

const CASES: [string, Distribution, Uint8Array | undefined][] = [
  ['categorical', new Categorical(6), undefined],
  ['multi-categorical', new MultiCategorical([3, 4]), undefined],
  ['multi-categorical with masks', new MultiCategorical([3, 4]), MASKS],
  ['diagonal Gaussian', new DiagonalGaussian(3), undefined],
  ['squashed Gaussian', new SquashedGaussian(3), undefined],
  ['choices with masks and numbers', new ProductDistribution(new MultiCategorical([3, 4]), new DiagonalGaussian(2)), MASKS],
];

/** Parameters whose deviations are moderate. */
const parametersOf = (distribution: Distribution): Float64Array => doubles(normals(11, LANES * distribution.parameters, 0.7));

describe.each(CASES)('%s', (_, distribution, masks) => {
  const parameters = parametersOf(distribution);
  const actions = new Float64Array(LANES * distribution.actions);
  distribution.sample(parameters, new RandomStream(1), actions, masks);

  it('has the gradients that finite differences give', () => {
    const [byLog, byEntropy] = [3, 4].map((seed) => doubles(normals(seed, LANES)));
    const loss = (at: Float64Array): number => {
      const [logs, entropies] = [new Float64Array(LANES), new Float64Array(LANES)];
      distribution.logProbabilities(at, actions, logs, masks);
      distribution.entropies(at, entropies, masks);
      return logs.reduce((sum, x, k) => sum + x * byLog[k] + entropies[k] * byEntropy[k], 0);
    };
    const found = new Float64Array(parameters.length).fill(9);
    distribution.gradients(parameters, actions, byLog, byEntropy, found, masks);
    expect(distance(found, differences(loss, parameters))).toBeLessThan(1e-8);
    distribution.gradients(parameters, actions, byLog, undefined, found, masks);
    byEntropy.fill(0);
    expect(distance(found, differences(loss, parameters))).toBeLessThan(1e-8);
  });

  it('evaluates all at once to what single calls give', () => {
    const [byLog, byEntropy] = [3, 4].map((seed) => doubles(normals(seed, LANES)));
    const [logs, entropies, wantedLogs, wantedEntropies] = Array.from({ length: 4 }, () => new Float64Array(LANES));
    distribution.logProbabilities(parameters, actions, wantedLogs, masks);
    distribution.entropies(parameters, wantedEntropies, masks);
    distribution.evaluate(parameters, actions, logs, entropies, masks);
    expect(distance(logs, wantedLogs)).toBeLessThan(1e-13);
    expect(distance(entropies, wantedEntropies)).toBeLessThan(1e-13);
    const [found, wanted] = [new Float64Array(parameters.length).fill(9), new Float64Array(parameters.length)];
    for (const spread of [byEntropy, undefined]) {
      distribution.gradients(parameters, actions, byLog, spread, wanted, masks);
      distribution.evaluatedGradients(byLog, spread, found);
      expect(distance(found, wanted)).toBeLessThan(1e-13);
    }
  });

  it('samples the same from the same stream, lane after lane, and draws what its probabilities say', () => {
    const again = new Float64Array(actions.length);
    distribution.sample(parameters, new RandomStream(1), again, masks);
    expect(again).toEqual(actions);
    // The mean of ln p over many samples is minus the entropy.
    const many = 4000;
    const wide = new Float64Array(many * distribution.parameters);
    for (let k = 0; k < many; k++) wide.set(parameters.subarray(0, distribution.parameters), k * distribution.parameters);
    const wideMasks = masks && Uint8Array.from({ length: many * distribution.choices }, (__, k) => masks[k % distribution.choices]);
    const drawn = new Float64Array(many * distribution.actions);
    distribution.sample(wide, new RandomStream(2), drawn, wideMasks);
    const logs = new Float64Array(many);
    distribution.logProbabilities(wide, drawn, logs, wideMasks);
    const entropies = new Float64Array(LANES);
    distribution.entropies(parameters, entropies, masks);
    const mean = logs.reduce((sum, x) => sum + x, 0) / many;
    const deviation = Math.sqrt(logs.reduce((sum, x) => sum + (x - mean) ** 2, 0) / many);
    expect(Math.abs(mean + entropies[0])).toBeLessThan((4 * deviation) / Math.sqrt(many) + 1e-9);
  });

  it('refuses what is not finite and lengths that do not fit', () => {
    const bad = parameters.slice();
    bad[1] = Number.NaN;
    expect(() => distribution.mode(bad, actions, undefined)).toThrow(/lane 0 is NaN/);
    expect(() => distribution.mode(parameters.slice(1), actions, undefined)).toThrow(/no whole number of lanes|must have/);
    expect(() => distribution.logProbabilities(parameters, actions, new Float64Array(LANES + 1), masks)).toThrow(/must have/);
  });
});

describe('categorical', () => {
  it('has probabilities that add up to 1, also under masks and with large logits', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ logit: fc.double({ min: -300, max: 300, noNaN: true }), allowed: fc.boolean() }), { minLength: 1, maxLength: 9 }),
        (choices) => {
          const masks = choices.map(({ allowed }) => (allowed ? 1 : 0));
          const logits = Float64Array.from(choices, ({ logit }) => logit);
          const distribution = new Categorical(choices.length);
          if (!masks.includes(1)) {
            expect(() => distribution.mode(logits, new Int32Array(1), masks)).toThrow(/no choice is allowed in lane 0/);
            return;
          }
          const probability = (action: number): number => {
            const out = new Float64Array(1);
            distribution.logProbabilities(logits, Int32Array.of(action), out, masks);
            return Math.exp(out[0]);
          };
          let sum = 0;
          for (let j = 0; j < choices.length; j++) {
            if (masks[j]) sum += probability(j);
            else expect(() => probability(j)).toThrow(/not one of its allowed choices/);
          }
          expect(sum).toBeCloseTo(1, 12);
          const drawn = new Int32Array(1);
          for (let seed = 0; seed < 20; seed++) {
            distribution.sample(logits, new RandomStream(seed), drawn, masks);
            expect(masks[drawn[0]]).toBe(1);
          }
          distribution.mode(logits, drawn, masks);
          expect(logits[drawn[0]]).toBe(Math.max(...choices.filter(({ allowed }) => allowed).map(({ logit }) => logit)));
        },
      ),
      { numRuns: 60 },
    );
  });

  it('has the closed forms of two choices', () => {
    const distribution = new MultiCategorical([2, 2]);
    const out = new Float64Array(1);
    distribution.logProbabilities(Float64Array.of(Math.log(3), 0, 0, 0), Int32Array.of(0, 1), out);
    expect(out[0]).toBeCloseTo(Math.log(0.75 * 0.5), 12);
    distribution.entropies(Float64Array.of(Math.log(3), 0, 0, 0), out);
    expect(out[0]).toBeCloseTo(-0.75 * Math.log(0.75) - 0.25 * Math.log(0.25) + Math.LN2, 12);
  });
});

describe('Gaussians', () => {
  it('have densities of the closed forms, the squashed one integrating to 1', () => {
    const out = new Float64Array(1);
    new DiagonalGaussian(1).logProbabilities(Float64Array.of(1, Math.log(2)), Float64Array.of(2), out);
    expect(out[0]).toBeCloseTo(Math.log(Math.exp(-0.125) / (2 * Math.sqrt(2 * Math.PI))), 12);
    const squashed = new SquashedGaussian(1);
    let [mass, entropy] = [0, 0];
    const count = 20000;
    for (let k = 0; k < count; k++) {
      squashed.logProbabilities(Float64Array.of(0.3, Math.log(0.5)), Float64Array.of(-1 + (2 * (k + 0.5)) / count), out);
      mass += (2 / count) * Math.exp(out[0]);
      entropy -= (2 / count) * Math.exp(out[0]) * out[0];
    }
    expect(mass).toBeCloseTo(1, 6);
    squashed.entropies(Float64Array.of(0.3, Math.log(0.5)), out);
    expect(out[0]).toBeCloseTo(entropy, 6);
  });

  it('carry gradients of actions through the noise', () => {
    const squashed = new SquashedGaussian(3);
    const parameters = parametersOf(squashed);
    const noise = doubles(normals(5, LANES * 3));
    const byAction = doubles(normals(6, LANES * 3));
    const byLog = doubles(normals(7, LANES));
    const [actions, logs] = [new Float64Array(LANES * 3), new Float64Array(LANES)];
    const loss = (at: Float64Array): number => {
      squashed.actionsOf(at, noise, actions, logs);
      return actions.reduce((sum, a, k) => sum + a * byAction[k], 0) + logs.reduce((sum, x, k) => sum + x * byLog[k], 0);
    };
    const found = new Float64Array(parameters.length);
    squashed.gradientsOfActions(parameters, noise, byAction, byLog, found);
    expect(distance(found, differences(loss, parameters))).toBeLessThan(1e-8);
    // What is made of noise has the density of what is made.
    loss(parameters);
    const direct = new Float64Array(LANES);
    squashed.logProbabilities(parameters, actions, direct);
    expect(distance(direct, logs)).toBeLessThan(1e-9);
  });

  it('stay finite with extreme parameters and actions at the edge, and bounded deviations get no gradient', () => {
    const squashed = new SquashedGaussian(1);
    const parameters = Float64Array.of(50, 30, -50, -90);
    const actions = Float64Array.of(1, -1);
    const [logs, entropies, out] = [new Float64Array(2), new Float64Array(2), new Float64Array(4)];
    squashed.logProbabilities(parameters, actions, logs);
    squashed.entropies(parameters, entropies);
    squashed.gradients(parameters, actions, Float64Array.of(1, 1), Float64Array.of(1, 1), out);
    expect([...logs, ...entropies, ...out].every((x) => Number.isFinite(x))).toBe(true);
    expect([out[1], out[3]]).toEqual([0, 0]);
  });
});
