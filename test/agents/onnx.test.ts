/** Policies as ONNX models: what onnxruntime makes of them is what the policy does. */
import { InferenceSession, env as runtime, Tensor } from 'onnxruntime-web';
import { describe, expect, it } from 'vitest';
import { actionHead, LearnedPolicy, type PolicyData, type PolicyHead, policyToOnnx } from '../../src/agents/index.js';
import { Box, Dict, Discrete, MultiBinary, MultiDiscrete, type Space } from '../../src/environments/index.js';
import { type ActivationName, createNetwork, type LayerSpec, loadNetwork, ObservationNormaliser } from '../../src/learning/index.js';
import { RandomStream } from '../../src/numeric/index.js';

runtime.wasm.numThreads = 1;

const WIDTH = 7;
const ROWS = 300;

interface Wanted {
  readonly space: Space;
  readonly head?: PolicyHead;
  readonly activation?: ActivationName;
  readonly normalised?: boolean;
  readonly layers?: readonly LayerSpec[];
  readonly orderedFrom?: number;
}

/** A policy of random weights, large enough that choices are clear and numbers reach the ends of their box. */
function policyOf({ space, head = 'policy', activation = 'tanh', normalised = false, layers, orderedFrom }: Wanted): PolicyData {
  const skip = head === 'dueling-values' ? 1 : 0;
  const units = actionHead(space, { orderedFrom }).parameters + skip;
  const hidden: LayerSpec[] = [20, 13].map((count) => ({ kind: 'dense', units: count, activation, slope: 0.2, bias: 0.1 }));
  const network = createNetwork({ inputs: WIDTH, layers: layers ?? [...hidden, { kind: 'dense', units, gain: 1.5 }] }, { batch: 1, seed: 11 });
  const normaliser = new ObservationNormaliser(WIDTH, 3);
  normaliser.moments.add(observations(5));
  return {
    format: 'busbar-policy',
    version: 1,
    agent: 'test',
    task: 'test-task',
    taskOptions: { day: 1 },
    seed: 3,
    steps: 1000,
    observation: WIDTH,
    actionSpace: space.toJSON(),
    head,
    orderedFrom,
    network: network.save(),
    ...(normalised ? { normaliser: { moments: normaliser.moments.save(), limit: 3 } } : {}),
  };
}

/** Rows of which one number has a mean far above its deviation. */
function observations(seed: number): Float32Array {
  const stream = new RandomStream(seed, 0, 'observations');
  return Float32Array.from({ length: ROWS * WIDTH }, (_, k) => (k % WIDTH === 2 ? 4000.3 + 0.7 * stream.normal() : 2 * stream.normal() + (k % 3)));
}

/** Small numbers, for networks that nothing is normalised for. */
function plainObservations(seed: number): Float32Array {
  const stream = new RandomStream(seed, 0, 'observations');
  return Float32Array.from({ length: ROWS * WIDTH }, () => 2 * stream.normal());
}

/** About half of the choices of each entry, at least one. */
function masksOf(space: Space): Uint8Array {
  const stream = new RandomStream(9, 0, 'masks');
  const masks = Uint8Array.from({ length: ROWS * space.choices }, () => (stream.uniform() < 0.5 ? 1 : 0));
  for (let r = 0; r < ROWS; r++) {
    for (let k = 0; k < space.length; k++)
      if (space.counts[k] > 0) masks[r * space.choices + space.maskStarts[k] + stream.integer(space.counts[k])] = 1;
  }
  return masks;
}

/** The largest error; NaN where one is. */
function worst(values: ArrayLike<number>, error: (k: number) => number): number {
  return Array.from({ length: values.length }, (_, k) => error(k)).reduce((a, b) => (a >= b ? a : b), 0);
}

async function checkAgainstRuntime(data: PolicyData, space: Space, masks?: Uint8Array): Promise<void> {
  const session = await InferenceSession.create(policyToOnnx(data, { masked: masks !== undefined }));
  expect(session.inputNames).toEqual(masks ? ['observations', 'mask'] : ['observations']);
  expect(session.outputNames).toEqual(['parameters', 'action']);
  const rows = data.normaliser ? observations(6) : plainObservations(6);
  const network = loadNetwork(data.network, { batch: ROWS });
  let inputs = rows;
  if (data.normaliser) {
    const normaliser = new ObservationNormaliser(WIDTH, data.normaliser.limit);
    normaliser.moments.restore(data.normaliser.moments);
    inputs = new Float32Array(rows.length);
    normaliser.normalise(rows, inputs);
  }
  const parameters = network.forward(inputs);
  const chosen = new Float64Array(ROWS * space.length);
  new LearnedPolicy(data).choose(rows, masks ?? new Uint8Array(0), chosen);
  // The batch is of any size: all rows at once, and the first three.
  for (const count of [ROWS, 3]) {
    const feeds: Record<string, Tensor> = { observations: new Tensor('float32', rows.slice(0, count * WIDTH), [count, WIDTH]) };
    if (masks) feeds.mask = new Tensor('bool', masks.slice(0, count * space.choices), [count, space.choices]);
    const results = await session.run(feeds);
    expect(results.parameters.dims).toEqual([count, network.outputs]);
    expect(results.action.dims).toEqual([count, space.length]);
    const found = results.parameters.data as Float32Array;
    const actions = results.action.data as Float32Array;
    expect(worst(found, (k) => Math.abs(found[k] - parameters[k]) / Math.max(1, Math.abs(parameters[k])))).toBeLessThan(1e-5);
    const error = (k: number): number => {
      const entry = k % space.length;
      const scale = space.counts[entry] > 0 ? 0 : Math.max(1, Math.abs(space.low[entry]), Math.abs(space.high[entry]));
      // Choices are equal or wrong.
      return actions[k] === chosen[k] ? 0 : Math.abs(actions[k] - chosen[k]) / scale;
    };
    expect(worst(actions, error)).toBeLessThan(1e-5);
    const rowsIn = Array.from({ length: count }, (_, r) => space.contains(actions, r * space.length, masks, r * space.choices));
    expect(rowsIn.every((isIn) => isIn)).toBe(true);
  }
  await session.release();
}

const MIXED = new Dict({
  power: new Box([-2, 0.1], [3, 0.7]),
  switches: new MultiBinary(3),
  tap: new Discrete(33, -16),
  more: new Box(5, 6),
});
const SPACES: Record<string, Space> = {
  discrete: new Discrete(5),
  'discrete from 3': new Discrete(4, 3),
  'multi-discrete': new MultiDiscrete([3, 3, 5, 2, 2, 2, 3], [0, -1, 2, 0, 0, 7, 0]),
  box: new Box([-2, 0, -1], [2, 1, 1]),
  mixed: MIXED,
};

describe('policyToOnnx', () => {
  it.each(Object.keys(SPACES))('gives parameters and actions of a policy: %s', async (name) => {
    await checkAgainstRuntime(policyOf({ space: SPACES[name], normalised: true }), SPACES[name]);
  });

  it.each([
    ['squashed-policy', 'box', 'relu'],
    ['squashed-policy', 'mixed', 'leaky-relu'],
    ['values', 'discrete', 'relu'],
    ['values', 'multi-discrete', 'sigmoid'],
    ['dueling-values', 'discrete from 3', 'relu'],
    ['dueling-values', 'multi-discrete', 'tanh'],
    ['policy', 'mixed', 'linear'],
  ] as const)('head %s, %s, %s', async (head, name, activation) => {
    await checkAgainstRuntime(policyOf({ space: SPACES[name], head, activation }), SPACES[name]);
  });

  it.each([
    ['policy', 'multi-discrete'],
    ['policy', 'mixed'],
    ['dueling-values', 'discrete from 3'],
    ['values', 'discrete'],
  ] as const)('takes masks: head %s, %s', async (head, name) => {
    await checkAgainstRuntime(policyOf({ space: SPACES[name], head }), SPACES[name], masksOf(SPACES[name]));
  });

  it.each([
    ['policy', 'mixed', 16],
    ['policy', 'multi-discrete', 3],
    ['squashed-policy', 'multi-discrete', 2],
    ['squashed-policy', 'mixed', 2],
  ] as const)('rounds levels that are numbers: head %s, %s, from %d levels', async (head, name, orderedFrom) => {
    await checkAgainstRuntime(policyOf({ space: SPACES[name], head, orderedFrom }), SPACES[name]);
  });

  it.each(['relu', 'leaky-relu', 'sigmoid'] as const)('takes %s as the last activation', async (activation) => {
    const space = new Discrete(4);
    await checkAgainstRuntime(policyOf({ space, head: 'values', layers: [{ kind: 'dense', units: 4, activation }] }), space);
  });

  it('refuses what it cannot export, and says why', () => {
    const lstm = policyOf({
      space: new Discrete(2),
      layers: [
        { kind: 'lstm', units: 8 },
        { kind: 'dense', units: 2 },
      ],
    });
    expect(() => policyToOnnx(lstm)).toThrow(
      "layer 0 of the policy's network is lstm; only policies of dense layers, which keep no state, are exported",
    );
    expect(() => policyToOnnx(policyOf({ space: new Box(0, 1) }), { masked: true })).toThrow('nothing to mask; leave out masked');
    expect(() => policyToOnnx(policyOf({ space: new Discrete(2, 2 ** 24) }))).toThrow(
      'a model gives floats, which hold whole numbers up to 16777216',
    );
    // Floats end where doubles do not.
    expect(() => policyToOnnx(policyOf({ space: new Box(-1e39, 1) }))).toThrow(
      /^entry 0 of the actions is a number from -1e\+39 to 1; a model gives floats, which end at 3\.4\d+e\+38/,
    );
    expect(() => policyToOnnx(policyOf({ space: new Box(-3e38, 3e38) }))).not.toThrow();
    const far = policyOf({ space: new Box(0, 1), normalised: true });
    const { mean } = far.normaliser?.moments ?? { mean: [] };
    const moments = { count: 1, mean: mean.map(() => 1e39), squares: mean.map(() => 0) };
    expect(() => policyToOnnx({ ...far, normaliser: { moments, limit: 10 } })).toThrow('number 0 of the observations has the mean 1e+39');
    const wrong = { ...policyOf({ space: new Discrete(2) }), actionSpace: new Discrete(3).toJSON() };
    expect(() => policyToOnnx(wrong)).toThrow("the policy's network gives 2 numbers, and its actions need 3");
  });
});
