/** Decisions between which time passes: returns and advantages against their definition and against a process that is solved by hand. */
import { describe, expect, it } from 'vitest';
import { DecisionBuffer } from '../../../src/agents/index.js';
import { generalisedAdvantages } from '../../../src/learning/index.js';
import { RandomStream } from '../../../src/numeric/index.js';

const GAMMA = 0.9;
const LAMBDA = 0.7;

interface Happening {
  /** [step][environment] */
  readonly decides: boolean[][];
  readonly rewards: number[][];
  /** 0: goes on; 1: ended by its rules; 2: cut. */
  readonly ends: number[][];
  readonly values: number[][];
  readonly finalValues: number[][];
}

/** Something random: decisions now and then, episodes that end. */
function happening(seed: number, steps: number, environments: number): Happening {
  const stream = new RandomStream(seed, 0, 'happening');
  const rows = <T>(make: () => T): T[][] => Array.from({ length: steps }, () => Array.from({ length: environments }, make));
  return {
    decides: rows(() => stream.uniform() < 0.4),
    rewards: rows(() => stream.normal()),
    ends: rows(() => (stream.uniform() < 0.15 ? 1 + stream.integer(2) : 0)),
    values: rows(() => stream.normal()),
    finalValues: rows(() => stream.normal()),
  };
}

/** Puts what happened from one step to another through a buffer; rows carry their step and environment as an observation. */
function feed(buffer: DecisionBuffer, { decides, rewards, ends, values, finalValues }: Happening, from: number, to: number): void {
  for (let t = from; t < to; t++) {
    decides[t].forEach((decides, e) => {
      if (!decides) return;
      const numbers = Float64Array.of(values[t][e]);
      buffer.begin(
        e,
        { observations: Float32Array.of(t, e), masks: Uint8Array.of(1), actions: Float64Array.of(0), logProbabilities: numbers, values: numbers },
        0,
      );
    });
    buffer.reward(Float64Array.from(rewards[t]), GAMMA);
    ends[t].forEach((end, e) => {
      if (end > 0) buffer.end(e, end === 2 ? finalValues[t][e] : undefined);
    });
  }
}

/** By definition, step by step: the advantage of the decision at (t, e) as a sum over all later decisions of the episode, undefined where it is not complete. */
function advantage({ decides, rewards, ends, values, finalValues }: Happening, steps: number, t: number, e: number): number | undefined {
  let [reward, discount] = [0, 1];
  for (let k = t; k < steps; k++) {
    reward += discount * rewards[k][e];
    discount *= GAMMA;
    if (ends[k][e] > 0) return reward + (ends[k][e] === 2 ? discount * finalValues[k][e] : 0) - values[t][e];
    if (k + 1 < steps && decides[k + 1][e]) {
      const later = advantage({ decides, rewards, ends, values, finalValues }, steps, k + 1, e) ?? 0;
      return reward + discount * values[k + 1][e] - values[t][e] + discount * LAMBDA * later;
    }
  }
  return undefined;
}

describe('decisions', () => {
  const STEPS = 60;
  const ENVIRONMENTS = 3;
  const shape = { capacity: STEPS * ENVIRONMENTS, environments: ENVIRONMENTS, observation: 2, choices: 1 };

  it.each([1, 2, 3, 4])('have the advantages of their definition (case %s)', (seed) => {
    const what = happening(seed, STEPS, ENVIRONMENTS);
    const buffer = new DecisionBuffer(shape);
    feed(buffer, what, 0, STEPS);
    const rows = buffer.finish(LAMBDA);
    expect(rows.length).toBe(buffer.complete);
    expect(rows.length).toBeGreaterThan(40);
    const found = new Map(Array.from(rows, (row) => [`${buffer.observations[2 * row]},${buffer.observations[2 * row + 1]}`, row]));
    let expected = 0;
    for (let t = 0; t < STEPS; t++) {
      for (let e = 0; e < ENVIRONMENTS; e++) {
        const wanted = what.decides[t][e] ? advantage(what, STEPS, t, e) : undefined;
        const row = found.get(`${t},${e}`);
        expect(row === undefined).toBe(wanted === undefined);
        if (row === undefined || wanted === undefined) continue;
        expected += 1;
        expect(buffer.advantages[row]).toBeCloseTo(wanted, 10);
        expect(buffer.returns[row]).toBeCloseTo(wanted + what.values[t][e], 10);
      }
    }
    expect(expected).toBe(rows.length);
  });

  it('go on over a learning: those that hold keep their rewards and steps', () => {
    const what = happening(7, STEPS, ENVIRONMENTS);
    // Without ends, so that each decision of the second half has the same later ones, however the whole is cut.
    const calm = { ...what, ends: what.ends.map((row) => row.map(() => 0)) };
    const whole = new DecisionBuffer(shape);
    feed(whole, calm, 0, STEPS);
    whole.finish(LAMBDA);
    const parted = new DecisionBuffer(shape);
    feed(parted, calm, 0, 30);
    const before = parted.length - parted.complete;
    expect(before).toBe(ENVIRONMENTS);
    parted.finish(LAMBDA);
    parted.clear();
    expect([parted.length, parted.complete]).toEqual([ENVIRONMENTS, 0]);
    feed(parted, calm, 30, STEPS);
    const rows = parted.finish(LAMBDA);
    const at = (buffer: DecisionBuffer, row: number): string => `${buffer.observations[2 * row]},${buffer.observations[2 * row + 1]}`;
    const all = new Map(Array.from({ length: whole.length }, (_, row) => [at(whole, row), row]));
    for (const row of rows) {
      const same = all.get(at(parted, row)) as number;
      expect(parted.rewards[row]).toBe(whole.rewards[same]);
      expect(parted.discounts[row]).toBe(whole.discounts[same]);
      expect(parted.advantages[row]).toBeCloseTo(whole.advantages[same], 12);
    }
    expect([...rows].filter((row) => parted.observations[2 * row] < 30)).toHaveLength(ENVIRONMENTS);
  });

  it('go on from what was saved', () => {
    const what = happening(9, STEPS, ENVIRONMENTS);
    const whole = new DecisionBuffer(shape);
    feed(whole, what, 0, 31);
    const again = new DecisionBuffer(shape);
    again.restore(structuredClone(whole.save()));
    for (const buffer of [whole, again]) feed(buffer, what, 31, STEPS);
    expect(again.finish(LAMBDA)).toEqual(whole.finish(LAMBDA));
    expect(again.advantages.subarray(0, whole.length)).toEqual(whole.advantages.subarray(0, whole.length));
    expect(() => new DecisionBuffer({ ...shape, environments: 2 }).restore(whole.save())).toThrow('saved decisions are of other settings');
  });

  it('are those of generalised advantages where there is one in each step', () => {
    const what = happening(11, 20, 2);
    const every = { ...what, decides: what.decides.map((row) => row.map(() => true)) };
    const buffer = new DecisionBuffer({ ...shape, environments: 2 });
    // A 21st decision, whose value is that of what follows the rollout.
    feed(buffer, every, 0, 20);
    const last = [0.3, -0.8];
    last.forEach((value, e) => {
      const numbers = Float64Array.of(value);
      buffer.begin(
        e,
        { observations: Float32Array.of(20, e), masks: Uint8Array.of(1), actions: Float64Array.of(0), logProbabilities: numbers, values: numbers },
        0,
      );
    });
    const rows = buffer.finish(LAMBDA);
    const flat = (numbers: number[][]): Float64Array => Float64Array.from(numbers.flat());
    const advantages = new Float64Array(40);
    generalisedAdvantages(
      {
        environments: 2,
        rewards: flat(what.rewards),
        values: flat(what.values),
        lastValues: Float64Array.from(last),
        terminations: what.ends.flat().map((end) => (end === 1 ? 1 : 0)),
        truncations: what.ends.flat().map((end) => (end === 2 ? 1 : 0)),
        finalValues: flat(what.finalValues),
      },
      GAMMA,
      LAMBDA,
      advantages,
    );
    expect(rows).toHaveLength(40);
    rows.forEach((row) => {
      expect(buffer.advantages[row]).toBeCloseTo(advantages[2 * buffer.observations[2 * row] + buffer.observations[2 * row + 1]], 10);
    });
  });

  it('find the value of a process that is solved by hand', () => {
    // A decision holds for two steps (rewards 1, 2) or, after the other one, for three (rewards 0, 0, 5), in turn, for ever: V1 = 1 + 2 g + g^2 V2, V2 = 5 g^2 + g^3 V1.
    const v1 = (1 + 2 * GAMMA + 5 * GAMMA ** 4) / (1 - GAMMA ** 5);
    const v2 = 5 * GAMMA ** 2 + GAMMA ** 3 * v1;
    const estimates = [0, 0];
    for (let round = 0; round < 60; round++) {
      const buffer = new DecisionBuffer({ capacity: 8, environments: 1, observation: 1, choices: 1 });
      for (let pair = 0; pair < 2; pair++) {
        [
          [1, 2],
          [0, 0, 5],
        ].forEach((rewards, which) => {
          const value = Float64Array.of(estimates[which]);
          buffer.begin(
            0,
            { observations: Float32Array.of(which), masks: Uint8Array.of(1), actions: value, logProbabilities: value, values: value },
            0,
          );
          for (const reward of rewards) buffer.reward(Float64Array.of(reward), GAMMA);
        });
      }
      buffer.finish(0);
      // Dynamic programming by the targets of the value function.
      [estimates[0], estimates[1]] = [buffer.returns[0], buffer.returns[1]];
    }
    expect(estimates[0]).toBeCloseTo(v1, 5);
    expect(estimates[1]).toBeCloseTo(v2, 5);
    // As if decisions were adjacent it would be another one.
    expect(Math.abs((1 + 2 * GAMMA + GAMMA * 5 * GAMMA ** 2) / (1 - GAMMA ** 2) - v1)).toBeGreaterThan(1);
  });

  it('say where there is no room', () => {
    const buffer = new DecisionBuffer({ capacity: 1, environments: 2, observation: 1, choices: 1 });
    const one = {
      observations: Float32Array.of(1),
      masks: Uint8Array.of(1),
      actions: Float64Array.of(0),
      logProbabilities: Float64Array.of(0),
      values: Float64Array.of(0),
    };
    buffer.begin(0, one, 0);
    expect(() => buffer.begin(1, one, 0)).toThrow('there is room for 1 decisions, and for no more');
  });
});
