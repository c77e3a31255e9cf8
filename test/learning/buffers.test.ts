import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NStepTransitions, ReplayBuffer, RolloutBuffer, SumTree, shuffle, standardise } from '../../src/learning/index.js';
import { RandomStream } from '../../src/numeric/index.js';

describe('rollouts', () => {
  const shape = { steps: 3, environments: 2, observation: 2, action: 1, choices: 2 };
  /** Step t of two environments; the second ends its episode at t = 1. */
  const step = (t: number) => ({
    observations: [t, 0, t, 1],
    actions: [10 + t, 20 + t],
    masks: [1, 0, 0, 1],
    logProbabilities: [-t, -2 * t],
    values: [0.5, 0.4],
    rewards: [1, t],
    terminations: [0, t === 1 ? 1 : 0],
    truncations: [0, 0],
  });

  it('keep steps, say where episodes begin, and hand out rows with advantages', () => {
    const rollout = new RolloutBuffer(shape);
    for (const round of [0, 1]) {
      for (let t = 0; t < 3; t++) rollout.add(step(t));
      expect(Array.from(rollout.starts)).toEqual(round === 0 ? [1, 1, 0, 0, 0, 1] : [0, 0, 0, 0, 0, 1]);
      rollout.finish(Float64Array.of(0.2, 0.3), 1, 1);
      // lambda 1: returns are sums of rewards to the end of the episode or the last value.
      [3.2, 1, 2.2, 1, 1.2, 2.3].forEach((x, k) => expect(rollout.returns[k]).toBeCloseTo(x, 12));
      const batch = rollout.batch(4);
      rollout.gather([5, 0, 3], 0, 3, batch);
      expect(batch.rows).toBe(3);
      expect(Array.from(batch.observations.subarray(0, 6))).toEqual([2, 1, 0, 0, 1, 1]);
      expect(Array.from(batch.actions.subarray(0, 3))).toEqual([22, 10, 21]);
      expect(Array.from(batch.masks.subarray(0, 6))).toEqual([0, 1, 1, 0, 0, 1]);
      expect(batch.advantages[0]).toBeCloseTo(1.9, 12);
      expect(() => rollout.add(step(3))).toThrow(/3 steps is full/);
      expect(() => rollout.gather([0, 0, 0, 0, 0], 0, 5, batch)).toThrow(/no room for 5/);
      rollout.clear();
    }
    expect(() => rollout.finish(Float64Array.of(0, 0), 1, 1)).toThrow(/has 0 only/);
    expect(() => rollout.add({ ...step(0), truncations: [1, 0] })).toThrow(/environment 0 was cut/);
    expect(() => rollout.add({ ...step(0), rewards: [1] })).toThrow(/rewards has 1 numbers; it must have 2/);
  });

  it('are shuffled into every order equally often, and standardised', () => {
    const seen = new Map<string, number>();
    const random = new RandomStream(3);
    for (let k = 0; k < 6000; k++) {
      const list = Int32Array.of(0, 1, 2);
      shuffle(list, random);
      seen.set(list.join(), (seen.get(list.join()) ?? 0) + 1);
    }
    expect(seen.size).toBe(6);
    // 1000 expected of each, standard deviation 29.
    for (const count of seen.values()) expect(Math.abs(count - 1000)).toBeLessThan(130);
    const numbers = Float64Array.of(1, 2, 3, 6);
    standardise(numbers);
    expect(numbers.reduce((sum, x) => sum + x, 0)).toBeCloseTo(0, 12);
    expect(numbers.reduce((sum, x) => sum + x * x, 0) / 4).toBeCloseTo(1, 6);
  });
});

describe('the sum tree', () => {
  it('finds what a search through all would find, after any changes', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 20 }),
        fc.array(fc.tuple(fc.nat(19), fc.integer({ min: 0, max: 9 })), { maxLength: 60 }),
        fc.array(fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }), { minLength: 5, maxLength: 5 }),
        (size, changes, shares) => {
          const tree = new SumTree(size);
          const plain = new Float64Array(size);
          for (const [leaf, value] of changes) {
            if (leaf >= size) continue;
            tree.set(leaf, value);
            plain[leaf] = value;
          }
          const total = plain.reduce((sum, x) => sum + x, 0);
          expect(tree.total).toBe(total);
          if (total === 0) return;
          for (const share of shares) {
            let left = share * total;
            let leaf = 0;
            while (left >= plain[leaf]) left -= plain[leaf++];
            expect(tree.find(share * total)).toBe(leaf);
          }
          expect(plain[tree.find(total)]).toBeGreaterThan(0);
        },
      ),
    );
    expect(() => new SumTree(3).set(0, Number.NaN)).toThrow(/priority is NaN/);
  });
});

describe('replay buffers', () => {
  const fill = (buffer: ReplayBuffer, from: number, to: number): void => {
    for (let k = from; k < to; k++) buffer.add([k], [2 * k], 3 * k, 0.5, [k + 1], [k % 2, 1]);
  };
  const shape = { capacity: 8, observation: 1, action: 1, choices: 2 };

  it('keep the newest and draw them evenly', () => {
    const buffer = new ReplayBuffer(shape);
    fill(buffer, 0, 11);
    expect(buffer.length).toBe(8);
    const batch = buffer.batch(4000);
    buffer.sample(new RandomStream(1), batch);
    const counts = new Map<number, number>();
    for (let k = 0; k < batch.rows; k++) {
      const o = batch.observations[k];
      counts.set(o, (counts.get(o) ?? 0) + 1);
      expect([batch.actions[k], batch.rewards[k], batch.nextObservations[k], batch.nextMasks[2 * k], batch.weights[k]]).toEqual([
        2 * o,
        3 * o,
        o + 1,
        o % 2,
        1,
      ]);
    }
    expect([...counts.keys()].sort((a, b) => a - b)).toEqual([3, 4, 5, 6, 7, 8, 9, 10]);
    for (const count of counts.values()) expect(Math.abs(count - 500)).toBeLessThan(110);
    expect(() => new ReplayBuffer(shape).sample(new RandomStream(1), batch)).toThrow(/empty replay buffer/);
    expect(() => buffer.add([1, 2], [1], 0, 0, [1])).toThrow(/observation has 2 numbers/);
    expect(() => buffer.add([1], [1], Number.NaN, 0, [1], [1, 1])).toThrow(/reward is NaN/);
  });

  it('draw by priority, with weights that undo it', () => {
    const buffer = new ReplayBuffer({ ...shape, choices: 0 }, { alpha: 1, least: 1e-6 });
    for (let k = 0; k < 4; k++) buffer.add([k], [0], 0, 1, [0]);
    buffer.setErrors([0, 1, 2, 3], [1, -2, 3, 4]);
    const batch = buffer.batch(1000);
    buffer.sample(new RandomStream(1), batch, 1);
    const counts = [0, 0, 0, 0];
    for (let k = 0; k < 1000; k++) counts[batch.observations[k]] += 1;
    // One of each share of a thousandth: off by one at most.
    counts.forEach((count, k) => expect(Math.abs(count - 100 * (k + 1))).toBeLessThanOrEqual(1));
    // (count p)^-1 = total / (4 priority), the largest 1.
    for (let k = 0; k < 1000; k++) expect(batch.weights[k]).toBeCloseTo(1 / (batch.observations[k] + 1), 5);
    // The newest gets the largest priority that there was.
    buffer.add([4], [0], 0, 1, [0]);
    buffer.sample(new RandomStream(2), batch, 0);
    expect(Math.abs(Array.from(batch.observations).filter((o) => o === 4).length - 1000 * (4 / 14))).toBeLessThanOrEqual(1);
    expect(batch.weights.every((w) => w === 1)).toBe(true);
  });

  it.each([undefined, { alpha: 0.6 }])('go on from a snapshot to the same draws, priority %o', (priority) => {
    const [one, other] = [new ReplayBuffer(shape, priority), new ReplayBuffer(shape, priority)];
    fill(one, 0, 10);
    one.setErrors([1, 5], [7, 0.1]);
    other.restore(structuredClone(one.save()));
    const draws = [one, other].map((buffer) => {
      fill(buffer, 10, 12);
      const batch = buffer.batch(20);
      buffer.sample(new RandomStream(4), batch, 0.5);
      return batch;
    });
    expect(draws[1]).toEqual(draws[0]);
    expect(() => new ReplayBuffer({ ...shape, capacity: 9 }, priority).restore(one.save())).toThrow(/must have 9/);
  });
});

describe('returns of several steps', () => {
  it('are sums over n steps within episodes', () => {
    const got: unknown[] = [];
    const shape = { steps: 3, gamma: 0.5, environments: 2, observation: 1, action: 1 };
    const transitions = new NStepTransitions(shape, (e, observation, action, reward, discount, next) =>
      got.push([e, observation[0], action[0], reward, discount, next[0]]),
    );
    // Environment 0 never ends; environment 1 is cut at t = 1 and terminates at t = 3.
    for (let t = 0; t < 4; t++) transitions.add([t, 10 + t], [t, -t], [2 ** t, 1], [0, t === 3 ? 1 : 0], [0, t === 1 ? 1 : 0], [t + 1, 11 + t]);
    expect(got).toEqual([
      [1, 10, -0, 1.5, 0.25, 12],
      [1, 11, -1, 1, 0.5, 12],
      [0, 0, 0, 3, 0.125, 3],
      [0, 1, 1, 6, 0.125, 4],
      [1, 12, -2, 1.5, 0, 14],
      [1, 13, -3, 1, 0, 14],
    ]);
  });

  it('carry masks of both observations, into a replay buffer', () => {
    const shape = { observation: 1, action: 1, choices: 2, bothMasks: true };
    const buffer = new ReplayBuffer({ ...shape, capacity: 4 });
    const transitions = new NStepTransitions({ ...shape, steps: 2, gamma: 1, environments: 1 }, (_e, ...transition) => buffer.add(...transition));
    // Allowed at t = 0, 1, 2 and, at the end, 3.
    const masks = [
      [1, 0],
      [0, 1],
      [1, 1],
      [0, 0],
    ];
    for (let t = 0; t < 3; t++) transitions.add([t], [0], [1], [t === 2 ? 1 : 0], [0], [t + 1], masks[t + 1], masks[t]);
    const saved = buffer.save();
    const batch = buffer.batch(50);
    buffer.sample(new RandomStream(1), batch);
    expect(new Set(batch.observations)).toEqual(new Set([0, 1, 2]));
    for (let k = 0; k < 50; k++) {
      const t = batch.observations[k];
      expect(Array.from(batch.masks.subarray(2 * k, 2 * k + 2))).toEqual(masks[t]);
      expect(Array.from(batch.nextMasks.subarray(2 * k, 2 * k + 2))).toEqual(masks[Math.min(3, t + 2)]);
    }
    const other = new ReplayBuffer({ ...shape, capacity: 4 });
    other.restore(saved);
    expect(other.save()).toEqual(saved);
    expect(() => buffer.add([1], [1], 0, 1, [1], [1, 1])).toThrow(/the mask has 0 numbers; it must have 2/);
    expect(() => transitions.add([0], [0], [1], [0], [0], [1], [1, 1])).toThrow(/the masks has 0 numbers/);
  });

  it('go on from a snapshot to the same transitions', () => {
    const shape = { steps: 3, gamma: 0.9, environments: 2, observation: 2, action: 1, choices: 2, bothMasks: true };
    const make = () => {
      const got: unknown[] = [];
      const transitions = new NStepTransitions(shape, (e, o, a, reward, discount, next, nextMask, mask) =>
        got.push([e, [...o], [...a], reward, discount, Array.from(next), Array.from(nextMask), [...mask]]),
      );
      const random = new RandomStream(8);
      const draws = (count: number, bound: number): number[] => Array.from({ length: count }, () => random.integer(bound));
      return {
        got,
        transitions,
        step: () =>
          transitions.add(
            draws(4, 9),
            draws(2, 9),
            draws(2, 9),
            draws(2, 5).map((x) => Number(x === 0)),
            draws(2, 5).map((x) => Number(x === 0)),
            draws(4, 9),
            draws(4, 2),
            draws(4, 2),
          ),
        random,
      };
    };
    const [one, other] = [make(), make()];
    for (let t = 0; t < 7; t++) one.step();
    const before = one.got.length;
    other.transitions.restore(structuredClone(one.transitions.save()));
    other.random.restore(one.random.state());
    for (let t = 0; t < 20; t++) {
      one.step();
      other.step();
    }
    expect(before).toBeGreaterThan(0);
    expect(other.got.length).toBeGreaterThan(20);
    expect(other.got).toEqual(one.got.slice(before));
    const saved = one.transitions.save();
    expect(() => new NStepTransitions({ ...shape, steps: 2 }, () => {}).restore(saved)).toThrow(
      /observations of saved steps has 12 numbers; it must have 8/,
    );
    expect(() => one.transitions.restore({ ...saved, held: Int32Array.of(0, 3) })).toThrow(/steps held of environment 1 is 3/);
    expect(() => one.transitions.restore(undefined as never)).toThrow(/observations of saved steps has no numbers/);
    expect(one.transitions.save()).toEqual(saved);
  });

  it('of one step are the steps themselves, and add up to what a plain sum over each episode gives', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5 }),
        fc.array(fc.tuple(fc.integer({ min: -3, max: 3 }), fc.nat(9)), { minLength: 1, maxLength: 40 }),
        (steps, story) => {
          const got: number[][] = [];
          const transitions = new NStepTransitions(
            { steps, gamma: 0.5, environments: 1, observation: 1, action: 1 },
            (_e, o, _a, reward, discount, next) => got.push([o[0], reward, discount, next[0]]),
          );
          story.forEach(([reward, end], t) => transitions.add([t], [0], [reward], [end === 0 ? 1 : 0], [end === 1 ? 1 : 0], [t + 1]));
          const wanted = story.flatMap((_, t) => {
            let [reward, k] = [0, 0];
            for (;;) {
              const [r, end] = story[t + k];
              reward += 0.5 ** k * r;
              k += 1;
              if (end <= 1) return [[t, reward, end === 0 ? 0 : 0.5 ** k, t + k]];
              if (k === steps) return [[t, reward, 0.5 ** k, t + k]];
              if (t + k === story.length) return [];
            }
          });
          expect(got).toEqual(wanted);
        },
      ),
    );
  });
});
