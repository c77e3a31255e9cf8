/** The classic tasks against published vectors (recomputed independently, see ../shared/research/rl-anchors.md B.4 and D.4) and exact dynamic programming. */
import { describe, expect, it } from 'vitest';
import { frozenLakeTransitions, type LakeMap, make, makeVector } from '../../src/environments/index.js';
import { InputError } from '../../src/grid/index.js';

/** State of an environment in doubles, which observations are not. */
async function numbersAfter(
  id: string,
  state: readonly number[],
  actions: readonly number[],
): Promise<{ numbers: number[]; rewards: number[]; ended: number }> {
  const environment = await make(id);
  environment.reset({ seed: 1, options: { state } });
  const rewards: number[] = [];
  let ended = -1;
  for (const action of actions) {
    const { reward, terminated } = environment.step(action);
    rewards.push(reward);
    if (terminated) {
      ended = rewards.length;
      break;
    }
  }
  return { numbers: environment.snapshot().state.numbers as number[], rewards, ended };
}

function expectNear(actual: readonly number[], expected: readonly number[], tolerance = 1e-13): void {
  expect(actual).toHaveLength(expected.length);
  actual.forEach((x, i) => expect(Math.abs(x - expected[i]), `entry ${i}: ${x}`).toBeLessThanOrEqual(tolerance));
}

describe('cartpole', () => {
  const start = [0.01, -0.02, 0.03, 0.04];

  it('moves as published', async () => {
    expectNear((await numbersAfter('cartpole', start, [1])).numbers, [0.0096, 0.17467919574755525, 0.0308, -0.24306871796000815]);
    const { numbers, rewards, ended } = await numbersAfter('cartpole', start, Array<number>(20).fill(1));
    expect(ended).toBe(10);
    expect(rewards).toEqual(Array(10).fill(1));
    expectNear(numbers, [0.18148412486073115, 1.9330643896994748, -0.22356918082475483, -2.984082745435586]);
  });

  it('starts within 0.05 of rest and is cut after 500 steps', async () => {
    const vector = await makeVector('cartpole', { environments: 200, autoreset: 'disabled' });
    const { observations } = vector.reset({ seed: 3 });
    expect(Math.max(...observations)).toBeLessThanOrEqual(0.05);
    expect(Math.min(...observations)).toBeGreaterThanOrEqual(-0.05);
    expect(Math.max(...observations) - Math.min(...observations)).toBeGreaterThan(0.095);

    // A linear law that holds the pole: the sum of both angles' signs.
    const environment = await make('cartpole');
    let { observation } = environment.reset({ seed: 5 });
    for (let step = 1; step <= 500; step++) {
      const [position, speed, angle, turn] = observation;
      const result = environment.step(0.1 * position + 0.3 * speed + 3 * angle + turn > 0 ? 1 : 0);
      observation = result.observation;
      expect([result.terminated, result.truncated, result.reward]).toEqual([false, step === 500, 1]);
    }
  });

  it('ends beyond 2.4 m and beyond 12 degrees', async () => {
    expect((await numbersAfter('cartpole', [2.39, 1, 0, 0], [0])).ended).toBe(1);
    expect((await numbersAfter('cartpole', [-2.39, -1, 0, 0], [0])).ended).toBe(1);
    expect((await numbersAfter('cartpole', [0, 0, 0.2, 0.4], [0])).ended).toBe(-1);
    expect((await numbersAfter('cartpole', [0, 0, 0.2, 0.5], [0])).ended).toBe(1);
  });
});

describe('pendulum', () => {
  it('moves as published', async () => {
    const { numbers, rewards } = await numbersAfter('pendulum', [1, 0.5], [1]);
    expectNear(numbers, [1.064055161930296, 1.2811032386059225]);
    expectNear(rewards, [-1.026]);
  });

  it('without torque returns what is published, and is cut after 200 steps', async () => {
    const environment = await make('pendulum');
    environment.reset({ seed: 1, options: { state: [1, 0.5] } });
    let sum = 0;
    for (let step = 1; step <= 200; step++) {
      const { reward, truncated, terminated } = environment.step(0);
      sum += reward;
      expect([truncated, terminated]).toEqual([step === 200, false]);
    }
    expect(Math.abs(sum + 1066.0687953)).toBeLessThan(5e-8);
  });

  it('refuses torques beyond 2, but takes the bound in single precision', async () => {
    const environment = await make('pendulum');
    environment.reset({ seed: 1 });
    expect(() => environment.step(2.0001)).toThrow('the action of environment 0 is 2.0001; it must be a number from -2 to 2');
    expect(environment.step(-2).reward).toBeLessThan(0);
  });
});

/** Optimal values of a lake's states by value iteration. */
function values(map: LakeMap, gamma: number, pick: (q: number[]) => number): number[] {
  const model = frozenLakeTransitions(map);
  let v = model.map(() => 0);
  for (let sweep = 0; sweep < 100_000; sweep++) {
    const next = model.map((actions) =>
      pick(actions.map((ways) => ways.reduce((sum, way) => sum + way.probability * (way.reward + (way.ended ? 0 : gamma * v[way.next])), 0))),
    );
    const change = Math.max(...next.map((x, s) => Math.abs(x - v[s])));
    v = next;
    if (change < 1e-15) break;
  }
  return v;
}

const best = (q: number[]): number => Math.max(...q);
const mean = (q: number[]): number => q.reduce((a, b) => a + b) / q.length;

describe('frozenlake', () => {
  it.each([
    [1, 0.8235294],
    [0.99, 0.542026],
    [0.95, 0.180472],
    [0.9, 0.068891],
  ])('has the published optimal value at gamma %d', (gamma, expected) => {
    expect(Math.abs(values('4x4', gamma, best)[0] - expected)).toBeLessThan(6e-7);
  });

  it.each([
    [1, 0.0139398],
    [0.99, 0.01235614],
  ])('has the published value of the uniform policy at gamma %d', (gamma, expected) => {
    expect(Math.abs(values('4x4', gamma, mean)[0] - expected)).toBeLessThan(5e-9);
  });

  it('has the published best chance within 100 steps', () => {
    const model = frozenLakeTransitions();
    let v = model.map(() => 0);
    for (let left = 0; left < 100; left++) {
      v = model.map((actions) =>
        best(actions.map((ways) => ways.reduce((sum, way) => sum + way.probability * (way.reward + (way.ended ? 0 : v[way.next])), 0))),
      );
    }
    expect(Math.abs(v[0] - 0.74419)).toBeLessThan(5e-6);
  });

  it.each(['4x4', '8x8'] as const)('%s: steps are drawn from the model', async (map) => {
    const environments = 64;
    const vector = await makeVector('frozenlake', { environments, map });
    const model = frozenLakeTransitions(map);
    let { observations: before } = vector.reset({ seed: 7 });
    before = before.slice();
    const counts = [0, 0, 0];
    let checked = 0;
    for (let step = 0; step < 300; step++) {
      const actions = vector.sampleActions();
      const { observations, finalObservations, hasFinal, rewards, terminations } = vector.step(actions);
      for (let i = 0; i < environments; i++) {
        const next = hasFinal[i] ? finalObservations[i] : observations[i];
        const ways = model[before[i]][actions[i]];
        const way = ways.findIndex((one) => one.next === next);
        expect(way).toBeGreaterThanOrEqual(0);
        expect([rewards[i], terminations[i] === 1]).toEqual([ways[way].reward, ways[way].ended]);
        if (new Set(ways.map((one) => one.next)).size === 3) {
          counts[way] += 1;
          checked += 1;
        }
      }
      before = observations.slice();
    }
    // Three standard deviations of a third.
    for (const count of counts) expect(Math.abs(count / checked - 1 / 3)).toBeLessThan(3 * Math.sqrt(2 / 9 / checked));
  });

  it('without slipping goes where it is sent', async () => {
    const environment = await make('frozenlake', { slippery: false });
    environment.reset({ seed: 0 });
    const steps = [1, 1, 2, 2, 1, 2].map((action) => environment.step(action));
    expect(steps.map(({ observation }) => observation[0])).toEqual([4, 8, 9, 10, 14, 15]);
    expect(steps.at(-1)).toMatchObject({ reward: 1, terminated: true, truncated: false, info: { probability: 1 } });
  });

  it('refuses options that it does not know', async () => {
    await expect(make('frozenlake', { size: 4 })).rejects.toThrow(InputError);
    await expect(make('frozenlake', { size: 4 })).rejects.toThrow('the task frozenlake has no option "size"; it has map, slippery');
    await expect(make('frozenlake', { map: '5x5' })).rejects.toThrow('the option map of frozenlake is "5x5"; it must be 4x4 or 8x8');
  });
});

describe('pictures', () => {
  it.each(['cartpole', 'pendulum'])('%s has a background, so that it can be seen on any page', async (id) => {
    const environment = await make(id);
    environment.reset({ seed: 1 });
    const svg = environment.render('svg');
    const [, width, height] = /^<svg [^>]*viewBox="0 0 (\d+) (\d+)"/.exec(svg) ?? [];
    // The first thing drawn, as large as the picture.
    expect(svg.split('\n')[1]).toBe(`<rect width="${width}" height="${height}" fill="#ffffff"/>`);
  });
});
