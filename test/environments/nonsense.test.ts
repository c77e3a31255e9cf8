/** Every public function of the environments, and every method, with nonsense in the place of each of its arguments. */
import { describe, expect, it } from 'vitest';
import * as environments from '../../src/environments/node-index.js';
import { loadFeeder } from '../../src/feeders/index.js';
import { RandomStream } from '../../src/numeric/index.js';
import { callable, type GoodCall, refusesNonsense } from '../nonsense.js';
import './toy-task.js';

const { Box, Dict, Discrete, makeTask, makeVector } = environments;

type Values = () => readonly unknown[] | Promise<readonly unknown[]>;

const SHORT = { episodes: 1, maxSteps: 2 };
const vectorOf = (): Promise<environments.VectorEnvironment> => makeVector('cartpole', { autoreset: 'disabled' });
const left = async (): Promise<environments.Policy> => environments.fixedPolicy('left', await makeTask('cartpole'), [0]);
const definition = (): environments.TaskDefinition => ({
  id: 'mine',
  grid: 'ieee13',
  devices: [{ kind: 'capacitor', name: 'cap1' }],
  profiles: environments.seriesProfiles({ stepSeconds: 900, load: [0.5, 0.6] }),
});
const pv: environments.Device = { kind: 'pv', name: 'a', bus: '675', ratedKw: 500, kva: 550 };
const makeTrials = (lanes: number): Promise<environments.VectorEnvironment> => makeVector('cartpole', { environments: lanes });
let registered = 0;

const CALLS: Readonly<Record<string, Values>> = {
  Box: () => [[0, 0], [1, 1], [2]],
  Dict: () => [{ a: new Discrete(2) }],
  Discrete: () => [3, 1],
  Environment: async () => [await makeTask('cartpole'), { backend: 'auto' }],
  InfoTable: () => [['a'], new Float64Array(1), 1],
  MaskFit: () => [new Float32Array(16), [0, 0], new Float64Array(32)],
  MaskSearch: () => [],
  MultiBinary: () => [3],
  MultiDiscrete: () => [
    [2, 3],
    [0, 1],
  ],
  VectorEnvironment: async () => [await makeTask('cartpole'), { environments: 2 }],
  bestMask: () => [new Float64Array(16)],
  capacitorTask: () => [{ tolerance: 1e-6 }],
  cartpole: () => [{}],
  checkPolicyName: async () => ['left', await makeTask('cartpole')],
  collectEpisodes: async () => [await vectorOf(), await left(), { seed: 0, ...SHORT }],
  cutRecord: async () => [environments.collectEpisodes(await vectorOf(), await left(), { seed: 0, ...SHORT })[0], 1],
  defineTask: () => [definition()],
  deviceId: () => [pv],
  drawCapacitorScenario: () => [0, 0, new Float64Array(91)],
  dsoTask: () => [{ noise: 0 }],
  evaluate: async () => ['cartpole', await left(), SHORT],
  evaluateSteps: async () => [await vectorOf(), await left(), SHORT],
  evaluateIn: async () => [await vectorOf(), await left(), SHORT],
  evaluateWith: async () => [makeVector, 'cartpole', 'left', SHORT],
  fixedPolicy: async () => ['left', await makeTask('cartpole'), [0]],
  frozenLakeTransitions: () => ['8x8', true],
  frozenlake: () => [{ map: '8x8' }],
  greedyCourse: () => [new Float64Array(16), 0],
  greedyMask: () => [new Float64Array(16), 0],
  invertersTask: () => [{ voltWatt: false }],
  listTasks: () => [],
  microgridTask: () => ['microgrid-6', { loadNoise: 0 }],
  parallelForm: async () => [await environments.make('microgrid-6')],
  policyTitle: async () => ['rule', await makeTask('microgrid-6')],
  loadTaskModule: () => ['no-such-task', undefined],
  make: () => ['cartpole', { backend: 'auto' }],
  makePolicy: async () => ['random', { task: await makeTask('cartpole'), seed: 0, makeTrials }],
  makeTask: () => ['frozenlake', { slippery: false }],
  makeVector: () => ['cartpole', { environments: 2 }],
  onceCapacitorTask: () => [{ tolerance: 1e-6 }],
  pendulum: () => [{}],
  placeBySensitivity: async () => [await loadFeeder('ieee13'), 2, { spacing: 2 }],
  placementScores: async () => [await loadFeeder('ieee13'), { by: 'active' }],
  policyLimits: async () => [await makeTask('cartpole')],
  policyNames: async () => [await makeTask('cartpole')],
  policyTaskOptions: async () => ['native', await makeTask('voltvar-ieee13')],
  randomPolicy: () => [0],
  registerTask: () => [`own-${registered++}`, () => makeTask('cartpole'), 'a title'],
  runEpisodes: async () => [await vectorOf(), await left(), { seed: 0, ...SHORT }, {}],
  sampleLogProbability: () => [new Discrete(2), Float64Array.of(1)],
  seriesProfiles: () => [{ stepSeconds: 900, load: [1, 2] }],
  seriousCapacitorTask: () => [{ tolerance: 1e-6 }],
  setUp: async () => [makeVector, 'cartpole', await left(), { environments: 1 }],
  siteProfiles: () => [{ year: 2022 }],
  spaceFromJSON: () => [new Dict({ a: new Discrete(2), b: new Box(0, 1) }).toJSON()],
  spreadOf: () => [Float64Array.of(1, 2)],
  taskOptions: () => ['mine', { a: 2 }, { a: 1 }],
  voltVarTask: () => ['voltvar-ieee13', { soc: true }],
  topologySetup: () => ['topology-case5', { scenarios: 2 }],
  topologyTask: () => ['topology-case5', { scenarios: 2 }],
  voltVarVariant: () => ['voltvar-ieee13-cbat', { loadScale: 2 }],
};

/** Errors, which take what they are given; the class of all spaces, which nobody makes; and what is made of nothing. */
const LEFT_OUT = ['EnvironmentError', 'Space', 'EpisodeMemory'];

const ANYTHING: Readonly<Record<string, GoodCall['anything']>> = {
  InfoTable: { 0: 'made by vectors only', 1: 'made by vectors only' },
  loadTaskModule: { 0: 'no module is wanted' },
};

describe('environments, with nonsense for each argument', () => {
  it('are all called', () => {
    const functions = Object.entries(environments).flatMap(([name, value]) => (typeof value === 'function' ? [name] : []));
    expect(functions.filter((name) => !(name in CALLS) && !LEFT_OUT.includes(name))).toEqual([]);
  });

  for (const [name, values] of Object.entries(CALLS)) {
    if (name === 'MaskSearch') continue;
    refusesNonsense(name, { call: callable(environments, name), values, anything: ANYTHING[name] });
  }

  refusesNonsense('MaskSearch.create', { call: (options) => environments.MaskSearch.create(options as never), values: () => [{ tolerance: 1e-6 }] });
  it('MaskSearch', async () => {
    for (const grids of [null, 5]) expect(() => new environments.MaskSearch(grids as never)).toThrow('MaskSearch.create');
    const search = await environments.MaskSearch.create();
    for (const row of [null, undefined, 'x', {}]) expect(() => search.search(row as never)).toThrow(/^multipliers is/);
  });
});

describe('scenarios of capacitor tasks, with nonsense', () => {
  const row = Array<number>(91).fill(0.5);
  refusesNonsense('rows', { call: (rows) => environments.capacitorTask({ rows } as never), values: () => [[row]] });
  refusesNonsense('masks', { call: (masks) => environments.capacitorTask({ rows: [row], masks } as never), values: () => [[3]] });
  const fit = new environments.MaskFit(new Float32Array(16), [0, 0], new Float64Array(32));
  refusesNonsense('MaskFit.choose', { call: (...given) => fit.choose(...(given as [never, never])), values: () => [new Float32Array(8), [0]] });
});

describe('parts of definitions, with nonsense', () => {
  const parts: Readonly<Record<string, unknown>> = {
    ...definition(),
    ...{ title: 't', actions: 'discrete', levels: { active: 3 }, reward: ({ rewards }: { rewards: Float64Array }) => void rewards.fill(0) },
    ...{ costs: ['losses'], bandPu: [0.9, 1.1], failureReward: -1, tolerance: 1e-6, baseMultiplier: 0.5 },
  };
  for (const [name, part] of Object.entries(parts))
    refusesNonsense(name, { call: (value) => environments.defineTask({ ...definition(), [name]: value } as never), values: () => [part] });

  const devices: readonly environments.Device[] = [
    { ...pv, nodes: [1, 2, 3], active: 'full', reactive: 'volt-var', voltWatt: true, category: 'A' } as environments.Device,
    { kind: 'capacitor', name: 'cap1', initial: 0 },
    { kind: 'tap', name: 'reg1', initial: 0 },
    { kind: 'flexible-load', name: '671', curtailShare: 0.1, shiftShare: 0.1, shiftSteps: 2 },
    {
      ...{ kind: 'battery', name: 'b', bus: '671', nodes: [1], initialCharge: 0.5 },
      battery: { maxChargeKw: 1, maxDischargeKw: 1, minimumKwh: 0, maximumKwh: 1, chargeEfficiency: 1, dischargeEfficiency: 1 },
    } as environments.Device,
  ];
  for (const device of devices) {
    for (const [name, part] of Object.entries(device)) {
      // A second device, so that there is something to decide.
      const call = (value: unknown): unknown =>
        environments.defineTask({
          ...definition(),
          devices: [
            { ...device, [name]: value },
            { kind: 'capacitor', name: 'cap2' },
          ],
        } as never);
      refusesNonsense(`${device.kind}.${name}`, { call, values: () => [part] });
    }
  }
});

describe('methods, with nonsense', async () => {
  const vector = await makeVector('toy', { environments: 1 });
  const environment = await environments.make('cartpole');
  const space = new Dict({ a: new Discrete(3), b: new Box(0, 1) });
  vector.reset({ seed: 1 });
  environment.reset({ seed: 1 });
  const actions = (): Float64Array => Float64Array.from(vector.sampleActions());
  const toys = vector as unknown as Record<string, (...values: readonly unknown[]) => unknown>;
  const one = environment as unknown as Record<string, (...values: readonly unknown[]) => unknown>;
  const spaces = space as unknown as Record<string, (...values: readonly unknown[]) => unknown>;
  const infos = vector.infos as unknown as Record<string, (...values: readonly unknown[]) => unknown>;
  const METHODS: readonly (readonly [Record<string, (...values: readonly unknown[]) => unknown>, string, string, Values])[] = [
    [toys, 'vector', 'reset', () => [{ seed: 1, options: { height: 0.5 } }]],
    [toys, 'vector', 'step', () => [actions()]],
    [toys, 'vector', 'stepRandom', () => [3]],
    [toys, 'vector', 'sampleActions', () => [3]],
    [toys, 'vector', 'info', () => ['height', new Float64Array(1)]],
    [toys, 'vector', 'snapshot', () => [0]],
    [toys, 'vector', 'restore', () => [vector.snapshot(0), 0]],
    [toys, 'vector', 'render', () => [0, 'svg']],
    [one, 'environment', 'reset', () => [{ seed: 1 }]],
    [one, 'environment', 'restore', () => [environment.snapshot()]],
    [one, 'environment', 'render', () => ['svg']],
    [one, 'environment', 'sampleAction', () => [1]],
    [spaces, 'space', 'sample', () => [new RandomStream(1), new Float64Array(2)]],
    [spaces, 'space', 'contains', () => [[0, 0.5]]],
    [spaces, 'space', 'firstFault', () => [[0, 0.5]]],
    [spaces, 'space', 'describeEntry', () => [1]],
    [spaces, 'space', 'part', () => [new Float64Array(2), 'b']],
    [infos, 'infos', 'value', () => [0, 'height']],
    [infos, 'infos', 'column', () => ['height', new Float64Array(1)]],
    [infos, 'infos', 'record', () => [0]],
  ];
  for (const [owner, what, name, values] of METHODS) refusesNonsense(`${what}.${name}`, { call: (...given) => owner[name](...given), values });

  it('environment.step', () => {
    environment.reset({ seed: 1 });
    for (const action of [null, undefined, 'left', {}, [], [null], [0, 1], Number.NaN])
      expect(() => environment.step(action as never)).toThrow(/^(the actions? |there are )/);
    expect(environment.step(0).reward).toBe(1);
  });

  it('settings of reset', () => {
    const settings: readonly (readonly [object, RegExp])[] = [
      [{ seed: null }, /^the seed is null/],
      [{ seed: 'x' }, /^the seed is "x"/],
      [{ seed: {} }, /^there are an object seeds/],
      [{ options: null }, /^the options of a reset is null/],
      [{ options: 'day' }, /^the options of a reset is "day"/],
      [{ mask: null }, /^the mask of a reset must be an array/],
      [{ mask: 'x' }, /^the mask of a reset must be an array/],
    ];
    for (const [given, message] of settings) expect(() => vector.reset(given as never)).toThrow(message);
  });

  it('vectors of snapshots', () => {
    for (const snapshot of [null, undefined, 'x', {}, { environments: null }, { environments: [null] }])
      expect(() => vector.restore(snapshot as never)).toThrow(/snapshot/);
  });
});
