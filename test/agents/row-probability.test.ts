/** Probabilities of rows: they sum to one over all that can be drawn. */
import { describe, expect, it } from 'vitest';
import { actionHead, LearnedPolicy, type PolicyData, type PolicyHead } from '../../src/agents/index.js';
import { rowLogProbability } from '../../src/agents/row-probability.js';
import { Box, Dict, Discrete, makeVector, registerTask, type Space } from '../../src/environments/index.js';
import { createNetwork } from '../../src/learning/index.js';

/** Probability of a row of one number, by the value of the distribution's action. */
function ofNumber(space: Space, form: 'gaussian' | 'squashed', mean: number, log: number): (action: number) => number {
  const head = actionHead(space, { form });
  const parameters = Float32Array.of(mean, log);
  const out = new Float64Array(1);
  return (action) => {
    head.distribution.logProbabilities(parameters, [action] as unknown as Float64Array, out);
    return Math.exp(rowLogProbability(space, head, form === 'squashed', parameters, [action], out[0]));
  };
}

describe('rowLogProbability', () => {
  it.each([
    ['gaussian', 0.3, -0.2],
    ['gaussian', -1.4, -1],
    ['gaussian', 0.9, 1],
    ['squashed', 0.4, -0.5],
    ['squashed', -1, 0.2],
  ] as const)('%s of mean %d: density within the box and the bounds make one', (form, mean, log) => {
    const space = new Box(-3, 7);
    const probability = ofNumber(space, form, mean, log);
    // Over rows, 10 wide: the midpoint rule in the box's units.
    const points = 200_000;
    let sum = 0;
    for (let k = 0; k < points; k++) sum += (probability(-1 + (2 * (k + 0.5)) / points) * 10) / points;
    if (form === 'gaussian') sum += probability(1.2) + probability(-5);
    expect(sum).toBeCloseTo(1, form === 'gaussian' ? 6 : 4);
  });

  it('counts the bound of a cut number as one row, wherever it was drawn', () => {
    const probability = ofNumber(new Box(0, 1), 'gaussian', 0.8, 0);
    expect(probability(1.1)).toBeCloseTo(probability(4), 12);
    // Above 0.2 deviations of a normal number: 0.42074.
    expect(probability(1.1)).toBeCloseTo(0.42074029, 6);
  });

  it.each(['gaussian', 'squashed'] as const)('gives levels drawn as %s numbers probabilities that make one', (form) => {
    const space = new Discrete(9, 3);
    const head = actionHead(space, { form, orderedFrom: 2 });
    const parameters = Float32Array.of(0.4, -1);
    const [out, row] = [new Float64Array(1), new Float64Array(1)];
    const found = new Map<number, number>();
    for (let action = -0.9999; action < 1; action += 0.001) {
      head.distribution.logProbabilities(parameters, Float64Array.of(action), out);
      head.toRows([action], row);
      const probability = Math.exp(rowLogProbability(space, head, form === 'squashed', parameters, [action], out[0]));
      expect(probability).toBeCloseTo(found.get(row[0]) ?? probability, 12);
      found.set(row[0], probability);
    }
    expect([...found.keys()].sort((a, b) => a - b)).toEqual([3, 4, 5, 6, 7, 8, 9, 10, 11]);
    expect([...found.values()].reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 10);
  });

  it('adds nothing for a box that is a point', () => {
    for (const form of ['gaussian', 'squashed'] as const) expect(ofNumber(new Box(2, 2), form, 0.3, -1)(0.25)).toBeCloseTo(1, 9);
  });
});

describe('LearnedPolicy, stochastic', () => {
  const space = new Dict({ level: new Box(0, 4), choice: new Discrete(3) });
  registerTask('row-probability', () => ({
    id: 'row-probability',
    title: 'nothing happens',
    observationSpace: new Box(-1, 1, 2),
    actionSpace: space,
    masksActions: false,
    costNames: [],
    infoNames: [],
    create: () => ({ kernelSeconds: 0, reset: () => {}, step: () => {}, snapshot: () => ({}), restore: () => {}, render: () => '' }),
  }));
  const policy = (head: PolicyHead): PolicyData => ({
    format: 'busbar-policy',
    version: 1,
    agent: 'test',
    task: 'row-probability',
    taskOptions: {},
    seed: 0,
    steps: 0,
    observation: 2,
    actionSpace: space.toJSON(),
    head,
    network: createNetwork({ inputs: 2, layers: [{ kind: 'dense', units: 5, bias: 0.3 }] }, { batch: 1, seed: 4 }).save(),
  });

  it.each(['policy', 'squashed-policy'] as const)('%s: draws with the probabilities that it tells', async (head) => {
    const environments = 4000;
    const vector = await makeVector('row-probability', { environments, autoreset: 'disabled' });
    vector.reset({ seed: 2 });
    const rows = new Float64Array(2 * environments);
    const logs = new Float64Array(environments);
    new LearnedPolicy(policy(head), { stochastic: true, seed: 5 }).act(vector, vector.observations, vector.masks, rows, logs);
    expect(Array.from({ length: environments }, (_, e) => space.contains(rows, 2 * e)).every((isIn) => isIn)).toBe(true);
    // The mean of 1 / probability over what was drawn is the size of what can be drawn (where the density is not small): 3 choices, a box of length 4 and its two bounds.
    const inner = Array.from({ length: environments }, (_, e) => e).filter((e) => rows[2 * e] > 0.5 && rows[2 * e] < 3.5);
    const size = inner.reduce((sum, e) => sum + Math.exp(-logs[e]), 0) / environments;
    expect(Math.abs(size / 9 - 1)).toBeLessThan(0.08);
    // Rows at a bound differ in the choice alone.
    const bound = new Set(
      Array.from({ length: environments }, (_, e) => e)
        .filter((e) => rows[2 * e] === 4)
        .map((e) => `${rows[2 * e + 1]} ${logs[e].toFixed(9)}`),
    );
    expect(bound.size).toBe(head === 'policy' ? 3 : 0);
  });
});
