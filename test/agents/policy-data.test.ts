/** Saved policies that are odd: refused in one line, whatever stands where. */
import { beforeAll, describe, expect, it } from 'vitest';
import { checkPolicyFits, LearnedPolicy, type PolicyData, type PolicyJSON, policyFromJSON, policyToJSON, train } from '../../src/agents/index.js';
import { Box, Dict, Discrete, MultiBinary, MultiDiscrete, makeTask, type Space, type Task } from '../../src/environments/index.js';
import { BusbarError } from '../../src/grid/index.js';

type Plain = { readonly [name: string]: unknown };

let pole: PolicyJSON;
let swing: PolicyJSON;
let values: PolicyJSON;

beforeAll(async () => {
  const of = async (task: string, agent: string, settings: object): Promise<PolicyJSON> => {
    const options = { steps: 128, evaluations: 0, evaluationEpisodes: 1, settings: { hidden: [4], normaliseObservations: true, ...settings } };
    return JSON.parse(JSON.stringify(policyToJSON((await train(task, agent, options)).policy))) as PolicyJSON;
  };
  pole = await of('cartpole', 'ppo', { rolloutSteps: 32 });
  swing = await of('pendulum', 'sac', { randomSteps: 100, batch: 8 });
  values = await of('cartpole', 'dqn', { learningStarts: 100, environments: 1, dueling: true });
});

/** A copy with something else, or nothing, in a place. */
function changed(data: unknown, [name, ...rest]: readonly string[], by: unknown): unknown {
  if (rest.length === 0 && by === undefined) {
    const { [name]: _left, ...kept } = data as Plain;
    return kept;
  }
  const inner = rest.length > 0 ? changed((data as Plain)[name], rest, by) : by;
  return Array.isArray(data) ? data.map((entry: unknown, k) => (String(k) === name ? inner : entry)) : { ...(data as Plain), [name]: inner };
}

function* places(data: unknown, path: readonly string[] = []): Generator<readonly string[]> {
  if (path.length > 0) yield path;
  if (typeof data !== 'object' || data === null) return;
  for (const name of Object.keys(data)) yield* places((data as Plain)[name], [...path, name]);
}

/** What using a saved policy throws; undefined where it acts. */
function refusalOf(json: unknown): unknown {
  try {
    const policy = new LearnedPolicy(policyFromJSON(json), { learningBackend: 'wasm' });
    const into = new Float64Array(policy.head.actions);
    policy.choose(new Float32Array(policy.data.observation), new Uint8Array(0), into);
    if (!into.every((x) => Number.isFinite(x))) return new Error(`it acts by ${into.join(', ')}`);
  } catch (error) {
    return error;
  }
  return undefined;
}

describe('a saved policy', () => {
  it('is taken as it is', () => {
    for (const policy of [pole, swing, values]) {
      expect(refusalOf(policy)).toBeUndefined();
      expect(policyToJSON(policyFromJSON(policy))).toEqual(policy);
    }
  });

  it('is refused in one line or acts, whatever stands where', () => {
    const nonsense = [undefined, null, 'x', '', -1, 0.5, 1e300, [], {}, [null], true];
    let [tried, refused] = [0, 0];
    for (const policy of [pole, swing, values]) {
      for (const place of places(policy)) {
        for (const by of nonsense) {
          const error = refusalOf(changed(policy, place, by));
          tried += 1;
          if (error === undefined) continue;
          refused += 1;
          const what = `${place.join('.')} as ${JSON.stringify(by)}: ${String(error)}`;
          expect(error, what).toBeInstanceOf(BusbarError);
          expect((error as Error).message, what).not.toMatch(/\n|Cannot|undefined \(/);
        }
      }
    }
    expect(tried).toBeGreaterThan(1000);
    expect(refused / tried).toBeGreaterThan(0.75);
  });

  it.each([
    ['pole', ['network', 'spec', 'layers', '0', 'slope'], null, 'layer 0 of a saved network has the slope null; it must be written out, as in 0.01'],
    ['pole', ['seed'], 1e300, 'the seed of a saved policy is 1e+300; it must be a whole number from 0 to 9007199254740991'],
    ['pole', ['head'], 'squashed-policy', 'the head of a saved policy is "squashed-policy"; it must be another where actions are choices'],
    ['pole', ['head'], 'dueling-values', 'network gives 2 numbers, and its actions Discrete(2) with the head dueling-values need 3'],
    ['values', ['head'], 'values', 'network gives 3 numbers, and its actions Discrete(2) with the head values need 2'],
    ['swing', ['head'], 'values', 'the head of a saved policy is "values"; it must be policy or squashed-policy where actions are numbers'],
    ['pole', ['network', 'parameters'], 'AAAAAA==', 'parameters must be 30 numbers of a Float32Array'],
    ['pole', ['network', 'parameters'], 'AAAA', 'end in the middle of one'],
    ['pole', ['network', 'optimiser', 'epsilon'], undefined, "a saved network's optimiser has the epsilon undefined; it must be written out"],
    [
      'pole',
      ['normaliser', 'moments', 'mean'],
      [1, 2, null, 4],
      "the normaliser's mean of a saved policy is an array; it must be an array of 4 finite numbers",
    ],
    ['pole', ['normaliser', 'moments', 'mean'], [1, 2, 3], 'it must be an array of 4 finite numbers, as many as an observation has'],
    ['pole', ['normaliser', 'moments', 'squares'], [1, 2, -3, 4], "the normaliser's squares of a saved policy"],
    ['pole', ['normaliser', 'limit'], 0, 'the limit of observations is 0'],
    ['pole', ['observationSpace'], { kind: 'discrete', n: 4, start: 0 }, 'it must be one of 4 numbers, as observation says'],
  ] as [string, string[], unknown, string][])('%s, %j', (name, place, by, message) => {
    const policy = { pole, swing, values }[name];
    expect(() => policyFromJSON(changed(policy, place, by))).toThrow(message);
  });
});

describe('a policy and a task', () => {
  const task: Task = { id: 'other' } as Task;
  const with_ = (actionSpace: Space, observationSpace: Space = new Box(-1, 1, 3)): Task => ({ ...task, actionSpace, observationSpace });
  const policyFor = ({ actionSpace, observationSpace }: Task): PolicyData =>
    ({
      task: 'mine',
      observation: observationSpace.length,
      observationSpace: observationSpace.toJSON(),
      actionSpace: actionSpace.toJSON(),
    }) as PolicyData;

  it.each([
    [new Discrete(3), new Discrete(4), 'entry 0 of actions is a whole number from 0 to 2 there, and a whole number from 0 to 3 here'],
    [new Discrete(3), new Discrete(3, 1), 'entry 0 of actions is a whole number from 0 to 2 there, and a whole number from 1 to 3 here'],
    [new Discrete(2), new MultiBinary(1), 'actions Discrete(2) there, MultiBinary(1) here'],
    [new MultiDiscrete([2, 3]), new MultiDiscrete([3, 2]), 'entry 0 of actions'],
    // The ranges of all entries together are the same.
    [
      new Box([-1, -2, -1], [1, 2, 1]),
      new Box([-1, -1, -2], [1, 1, 2]),
      'entry 1 of actions is a number from -2 to 2 there, and a number from -1 to 1 here',
    ],
    [new Box(-1, 1, 2), new Box(-1, 1, 3), 'actions Box(-1, 1, 2) there, Box(-1, 1, 3) here'],
    [new Dict({ a: new Discrete(2) }), new Dict({ b: new Discrete(2) }), 'actions Dict(a: Discrete(2)) there, Dict(b: Discrete(2)) here'],
  ])('fit where actions are the same: %#', (mine, other, message) => {
    expect(() => checkPolicyFits(policyFor(with_(mine)), with_(mine))).not.toThrow();
    expect(() => checkPolicyFits(policyFor(with_(mine)), with_(other))).toThrow(`the policy was trained on mine and does not fit other: ${message}`);
  });

  it('fit where observations are the same', async () => {
    const lake = await makeTask('frozenlake', { map: '4x4' });
    const wide = await makeTask('frozenlake', { map: '8x8' });
    // One number each.
    expect(() => checkPolicyFits(policyFor(lake), wide)).toThrow(
      'entry 0 of observations is a whole number from 0 to 15 there, and a whole number from 0 to 63 here',
    );
    expect(() => checkPolicyFits(policyFor(lake), lake)).not.toThrow();
    const cartpole = await makeTask('cartpole');
    expect(() => checkPolicyFits(policyFromJSON(pole), cartpole)).not.toThrow();
    const { observationSpace: _left, ...without } = policyFromJSON(pole);
    expect(() => checkPolicyFits(without, cartpole)).not.toThrow();
    expect(() => checkPolicyFits(without, with_(new Discrete(2)))).toThrow('4 observations there, 3 here');
  });
});
