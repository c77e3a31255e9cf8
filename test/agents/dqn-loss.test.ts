import { describe, expect, it } from 'vitest';
import { epsilonAt, explore } from '../../src/agents/dqn/exploration.js';
import { bestChoice, choiceValue, type DqnLoss, DqnScratch, dqnLoss, dqnTargets, valueLayout } from '../../src/agents/index.js';
import { InputError } from '../../src/grid/index.js';
import { LearningError } from '../../src/learning/index.js';
import { RandomStream } from '../../src/numeric/index.js';

/** Numbers around 0. */
function numbers(count: number, seed: number): Float64Array {
  const out = new Float64Array(count);
  new RandomStream(seed, 0, 'test').fillNormal(out);
  return out;
}

describe('values of choices', () => {
  it('of a dueling network are V + A less the mean of the allowed A', () => {
    const layout = valueLayout([3, 2], true);
    expect(layout).toMatchObject({ outputs: 6, choices: 5, starts: [0, 3] });
    // The second row: V 10, advantages 1, 2, 6 of the first entry, -1, 3 of the second.
    const outputs = Float64Array.of(0, 0, 0, 0, 0, 0, 10, 1, 2, 6, -1, 3);
    const q = (masks: number[], entry: number, choice: number): number => choiceValue(layout, outputs, masks, 1, entry, choice);
    expect([q([], 0, 0), q([], 0, 1), q([], 0, 2), q([], 1, 0), q([], 1, 1)]).toEqual([8, 9, 13, 8, 12]);
    const masks = [1, 1, 1, 1, 1, 1, 1, 0, 0, 1];
    expect([q(masks, 0, 0), q(masks, 0, 1), q(masks, 1, 1)]).toEqual([9.5, 10.5, 10]);
    expect(bestChoice(layout, outputs, [], 1, 0)).toBe(2);
    expect(bestChoice(layout, outputs, masks, 1, 0)).toBe(1);
  });

  it('of a plain network are its outputs', () => {
    const layout = valueLayout([3, 2], false);
    const outputs = numbers(10, 1);
    for (const [entry, choice] of [
      [0, 2],
      [1, 0],
    ])
      expect(choiceValue(layout, outputs, [], 1, entry, choice)).toBe(outputs[5 + 3 * entry + choice]);
  });

  it('refuse a mask that allows nothing, and values that are none', () => {
    const layout = valueLayout([2], true);
    expect(() => bestChoice(layout, Float64Array.of(1, 2, 3), [0, 0], 0, 0)).toThrow(InputError);
    expect(() => choiceValue(layout, Float64Array.of(1, 2, 3), [0, 0], 0, 0, 0)).toThrow('no choice of entry 0 is allowed in row 0');
    expect(() => bestChoice(layout, Float64Array.of(1, Number.NaN, 3), [], 0, 0)).toThrow(LearningError);
  });
});

describe('targets', () => {
  const rewards = [1, 2, 3];
  const discounts = [0.9, 0, 0.5];

  it('of one entry are those of double DQN', () => {
    const layout = valueLayout([3], false);
    const [choosing, valuing] = [Float64Array.of(0, 5, 1, 9, 9, 9, 4, 2, 3), Float64Array.of(7, 8, 9, 9, 9, 9, 1, 2, 3)];
    const targets = new Float64Array(3);
    dqnTargets(layout, choosing, valuing, { rewards, discounts, nextMasks: [] }, targets);
    expect([...targets]).toEqual([1 + 0.9 * 8, 2, 3 + 0.5 * 1]);
    dqnTargets(layout, valuing, valuing, { rewards, discounts, nextMasks: [] }, targets);
    expect([...targets]).toEqual([1 + 0.9 * 9, 2, 3 + 0.5 * 3]);
  });

  it('never look at what is not allowed next, nor at masks behind a termination', () => {
    const layout = valueLayout([3], false);
    const values = Float64Array.of(0, 100, 1, 9, 9, 9, 4, 2, 3);
    const targets = new Float64Array(3);
    const nextMasks = [1, 0, 1, 0, 0, 0, 0, 1, 1];
    dqnTargets(layout, values, values, { rewards, discounts, nextMasks }, targets);
    expect([...targets]).toEqual([1 + 0.9 * 1, 2, 3 + 0.5 * 3]);
    const none = { rewards, discounts: [0.9, 0.9, 0.5], nextMasks };
    expect(() => dqnTargets(layout, values, values, none, targets)).toThrow('no choice of entry 0 is allowed in row 1');
  });

  it('of several entries take the mean over them, of a dueling network by the masks of the next state', () => {
    const layout = valueLayout([2, 3], true);
    const choosing = Float64Array.of(0, 1, 2, 3, 2, 1);
    const valuing = Float64Array.of(4, 10, 20, 1, 2, 6);
    const targets = new Float64Array(1);
    // The first entry has its second choice; of the second, whose first is not allowed, the second.
    dqnTargets(layout, choosing, valuing, { rewards: [1], discounts: [0.5], nextMasks: [1, 1, 0, 1, 1] }, targets);
    expect(targets[0]).toBeCloseTo(1 + 0.5 * ((4 + 20 - 15 + (4 + 2 - 4)) / 2), 12);
  });
});

describe('the loss', () => {
  const rows = 4;
  const counts = [3, 2];
  const batch = {
    actions: [0, 1, 2, 0, 1, 0, 2, 1],
    targets: numbers(rows, 5),
    masks: [1, 1, 0, 1, 1, 1, 0, 1, 1, 0, 0, 1, 0, 1, 1, 1, 1, 1, 0, 1],
    weights: [1, 0.5, 0.25, 0.8],
  };
  const lossOf = (
    dueling: boolean,
    outputs: Float64Array,
    huber: number,
    from: typeof batch,
    gradient: Float64Array,
  ): DqnLoss & { errors: Float64Array } => {
    const errors = new Float64Array(rows);
    return { ...dqnLoss(valueLayout(counts, dueling), outputs, from, huber, new DqnScratch(rows, counts.length), gradient, errors), errors };
  };

  for (const dueling of [false, true]) {
    for (const huber of [0, 0.7]) {
      for (const masks of [batch.masks, []]) {
        it(`has the gradient that differences have${dueling ? ', dueling' : ''}, limit ${huber}, ${masks.length > 0 ? 'masked' : 'free'}`, () => {
          const width = 5 + Number(dueling);
          const outputs = numbers(rows * width, 7);
          const gradient = new Float64Array(rows * width);
          const from = { ...batch, masks };
          lossOf(dueling, outputs, huber, from, gradient);
          const other = new Float64Array(rows * width);
          const h = 1e-6;
          for (let k = 0; k < outputs.length; k++) {
            const at = (shift: number): number => lossOf(dueling, outputs.with(k, outputs[k] + shift), huber, from, other).loss;
            expect(gradient[k]).toBeCloseTo((at(h) - at(-h)) / (2 * h), 8);
          }
          expect(gradient.some((x) => x !== 0)).toBe(true);
          // What is not allowed gets none.
          for (let k = 0; k < masks.length; k++) {
            if (masks[k] === 0) expect(gradient[Math.floor(k / 5) * width + Number(dueling) + (k % 5)]).toBe(0);
          }
        });
      }
    }
  }

  it('of one entry is that of plain DQN: half the weighted mean of squares; errors are their sizes', () => {
    const outputs = Float64Array.of(1, 2, 3, 4, 5, 6);
    const gradient = new Float64Array(6);
    const errors = new Float64Array(2);
    const one = { actions: [2, 0], targets: [1, 7], masks: [], weights: [1, 0.5] };
    const { loss, value, target } = dqnLoss(valueLayout([3], false), outputs, one, 0, new DqnScratch(2, 1), gradient, errors);
    expect([loss, value, target]).toEqual([(4 + 0.5 * 9) / 4, 3.5, 4]);
    expect([...gradient]).toEqual([0, 0, 1, -0.75, 0, 0]);
    expect([...errors]).toEqual([2, 3]);
  });

  it('of several entries is the mean over them, and so are the errors', () => {
    const gradient = new Float64Array(rows * 5);
    const outputs = numbers(rows * 5, 9);
    const { loss, errors } = lossOf(false, outputs, 0, batch, gradient);
    let wanted = 0;
    for (let row = 0; row < rows; row++) {
      const both = [0, 1].map((d) => outputs[5 * row + 3 * d + batch.actions[2 * row + d]] - batch.targets[row]);
      wanted += (batch.weights[row] * (both[0] ** 2 + both[1] ** 2)) / 2 / (2 * rows);
      expect(errors[row]).toBeCloseTo((Math.abs(both[0]) + Math.abs(both[1])) / 2, 12);
    }
    expect(loss).toBeCloseTo(wanted, 12);
  });

  it('refuses actions that are none, or were not allowed', () => {
    const gradient = new Float64Array(rows * 5);
    const outputs = numbers(rows * 5, 9);
    for (const wrong of [2, 3, -1, 0.5, Number.NaN]) {
      const actions = [...batch.actions];
      actions[0] = wrong;
      expect(() => lossOf(false, outputs, 0, { ...batch, actions }, gradient)).toThrow('action 0 of row 0');
    }
  });
});

describe('exploration', () => {
  it('falls evenly over a share of the training', () => {
    const settings = { epsilonStart: 1, epsilonEnd: 0.2, explorationShare: 0.5 };
    expect([0, 25, 50, 100].map((steps) => epsilonAt(settings, steps, 100))).toEqual([1, 0.6, 0.2, 0.2]);
    expect(epsilonAt({ ...settings, explorationShare: 0 }, 0, 100)).toBe(0.2);
  });

  it.each(['together', 'each'] as const)('draws allowed choices alone, all equally often, %s', (how) => {
    const layout = valueLayout([4, 2], false);
    const rows = 20_000;
    const masks = new Uint8Array(6 * rows);
    for (let row = 0; row < rows; row++) masks.set([1, 0, 1, 1, 0, 1], 6 * row);
    // -1 stands for what was best.
    const choices = new Float64Array(2 * rows).fill(-1);
    explore(layout, choices, masks, 0.3, how === 'each', new RandomStream(4));
    const first = new Map<number, number>();
    let [drawn, both, forbidden] = [0, 0, 0];
    for (let row = 0; row < rows; row++) {
      const [a, b] = choices.subarray(2 * row, 2 * row + 2);
      first.set(a, (first.get(a) ?? 0) + 1);
      if (b === 0) forbidden += 1;
      if (b === 1) drawn += 1;
      if (a >= 0 && b >= 0) both += 1;
    }
    expect(forbidden).toBe(0);
    expect([...first.keys()].sort((a, b) => a - b)).toEqual([-1, 0, 2, 3]);
    // 2000 expected of each, deviation 42; 6000 of the second entry, deviation 65.
    for (const choice of [0, 2, 3]) expect(Math.abs((first.get(choice) ?? 0) - 2000)).toBeLessThan(200);
    expect(Math.abs(drawn - 6000)).toBeLessThan(300);
    if (how === 'together') expect(both).toBe(drawn);
    else expect(Math.abs(both - 1800)).toBeLessThan(200);
  });
});
