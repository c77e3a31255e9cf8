/** Tasks of one's own: the example as it stands, what is refused, and power flows without a solution. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { loadCase } from '../../../src/cases/index.js';
import {
  type Device,
  defineTask,
  make,
  makeVector,
  seriesProfiles,
  siteProfiles,
  type TaskDefinition,
} from '../../../src/environments/node-index.js';
import { loadFeeder } from '../../../src/feeders/index.js';
import { GridError, InputError } from '../../../src/grid/index.js';
import { RandomStream } from '../../../src/profiles/index.js';
import { bareSlice } from './slices.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const profiles = seriesProfiles({ stepSeconds: 900, load: [0.5, 0.6, 0.7], sun: [0, 0.5, 1] });
const pv: Device = { kind: 'pv', name: 'a', bus: '675', ratedKw: 500, kva: 550 };
const plain: TaskDefinition = { id: 'mine', grid: 'ieee13', devices: [pv], profiles };
const battery = { maxChargeKw: 1, maxDischargeKw: 1, minimumKwh: 0, maximumKwh: 1, chargeEfficiency: 1, dischargeEfficiency: 1 };

describe('examples/own-task.mjs', () => {
  it('runs on two threads, in less than 40 lines', () => {
    const folder = mkdtempSync(join(tmpdir(), 'busbar-own-task-'));
    try {
      const text = readFileSync(join(root, 'examples/own-task.mjs'), 'utf8');
      expect(text.split('\n').length).toBeLessThanOrEqual(41);
      writeFileSync(join(folder, 'own-task.mts'), text.replace("'busbar'", JSON.stringify(join(root, 'src/index.ts'))));
      copyFileSync(join(root, 'examples/street.dss'), join(folder, 'street.dss'));
      const printed = execFileSync(process.execPath, ['--import', 'tsx', join(folder, 'own-task.mts')], { cwd: root, encoding: 'utf8' });
      expect(printed).toMatch(/^Box\(.*, 4\): random actions pay -?\d+\.\d\d a day\n$/);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

describe('a defined task', () => {
  it('takes a reward over lanes, in place of the voltage violation', async () => {
    const seen: number[][] = [];
    const reward: TaskDefinition['reward'] = ({ count, rewards, steps, lossesKw, nodeNames, voltagePu, lowestPu, highestPu }) => {
      for (let j = 0; j < count; j++) {
        rewards[j] = -lossesKw[j] - steps[j];
        const volts = nodeNames.map((_, node) => voltagePu(node, j));
        expect([Math.min(...volts), Math.max(...volts)]).toEqual([lowestPu[j], highestPu[j]]);
        seen.push([rewards[j]]);
      }
    };
    const environment = await make(await defineTask({ ...plain, reward }));
    const { info } = environment.reset({ seed: 3 });
    expect(info.violationPu).toBeGreaterThanOrEqual(0);
    for (let step = 1; step <= 3; step++) {
      const result = environment.step([1, 0]);
      expect(result.reward).toBe(-result.info.lossesKw - step);
      expect(result.costs.losses).toBeCloseTo(result.info.lossesKw * 0.25, 12);
      expect(result.truncated).toBe(step === 3);
    }
    expect(seen).toHaveLength(3);
    const byDefault = await make(await defineTask({ ...plain, bandPu: [0.99, 1.01] }));
    byDefault.reset({ seed: 3 });
    const { reward: violation, info: infos } = byDefault.step([1, 0]);
    expect(infos.violationPu).toBeGreaterThan(0.1);
    expect(violation).toBe(-infos.violationPu);
  });

  it('is drawn as a one-line diagram with its devices, whatever they are', async () => {
    const devices: Device[] = [
      { ...pv, active: 'full' } as Device,
      { kind: 'battery', name: 'b', bus: '675', battery },
      { kind: 'tap', name: 'reg1' },
      { kind: 'capacitor', name: 'cap2' },
      { kind: 'flexible-load', name: '671', curtailShare: 0.3 },
    ];
    const environment = await make(await defineTask({ ...plain, title: 'A <street>', devices }));
    environment.reset({ seed: 1 });
    environment.step(environment.sampleAction());
    const svg = environment.render('svg');
    expect(svg).toContain('>A &lt;street&gt;</text>');
    expect(svg).toContain('<rect width="1100"');
    // 16 buses of IEEE 13 hang together; each has its voltage.
    const buses = [...svg.matchAll(/<title>([\w]+): (\d\.\d{4}) pu<\/title>/g)];
    expect(buses).toHaveLength(16);
    const [, , shown] = buses.find(([, bus]) => bus === '671') ?? [];
    const own = ['671.1', '671.2', '671.3'].map(
      (node) => environment.restore(environment.snapshot()).observation[environment.task.observationNames?.indexOf(`voltagePu.${node}`) ?? -1],
    );
    expect(own.map((value) => value.toFixed(4))).toContain(shown);
    for (const title of ['pv.a, power 0.', 'battery.b, charge 0.', 'tap.reg1, tapPu ', 'capacitor.cap2, closed ', 'flexible-load.671<'])
      expect(svg).toContain(`<title>${title}`);
    expect(svg).not.toMatch(/NaN|undefined|Infinity/);
    expect(svg).toMatch(/PV: active power.*\n[^]*battery: state of charge[^]*capacitor: steps closed[^]*tap changer/);
    // Without a solution there are no voltages to show.
    const dark = await make(await defineTask({ ...plain, profiles: seriesProfiles({ stepSeconds: 900, load: [60, 0.5] }) }));
    dark.reset({ seed: 1 });
    expect(dark.render('svg').match(/: no voltage</g)).toHaveLength(16);
  });

  it('leaves the grid that it is given as it was, and copies all of it', async () => {
    const grid = await loadFeeder('ieee13');
    const before = JSON.stringify([...grid.elements]);
    const own = await make(await defineTask({ ...plain, grid }));
    expect(JSON.stringify([...grid.elements])).toBe(before);
    const named = await make(await defineTask(plain));
    expect(own.reset({ seed: 1 }).observation).toEqual(named.reset({ seed: 1 }).observation);
  });

  it('marks a power flow without a solution and goes on with the others', async () => {
    const load = [0.5, 60, 0.5];
    const big: Device = { ...pv, ratedKw: 30_000, kva: 30_000, active: 'full', reactive: 'agent' } as Device;
    const task = await defineTask({ ...plain, devices: [big], profiles: seriesProfiles({ stepSeconds: 900, load: [load, [0.5, 0.6, 0.5]] }) });
    const vector = await makeVector(task, { environments: 4, autoreset: 'disabled' });
    const days = (day: number, mask: number[]): void => void vector.reset({ seed: 1, options: { day }, mask });
    days(1, [1, 1, 1, 1]);
    days(0, [0, 1, 0, 0]);
    const idle = new Float64Array(4);
    vector.step(idle);
    expect([...vector.terminations]).toEqual([0, 0, 0, 0]);
    const kept = vector.observations.slice();
    vector.step(idle);
    expect([...vector.terminations]).toEqual([0, 1, 0, 0]);
    expect(vector.rewards[1]).toBe(-100);
    expect([...vector.info('powerFlowFailed')]).toEqual([0, 1, 0, 0]);
    expect(vector.info('lossesKw')[1]).toBeNaN();
    expect(vector.costs[3]).toBe(task.observationNames?.some((name) => name.startsWith('voltagePu.671')) ? 16 : 0);
    const width = vector.observationSpace.length;
    expect(vector.observations.subarray(width, 2 * width)).toEqual(kept.subarray(width, 2 * width));
    expect(vector.observations.subarray(0, width)).toEqual(vector.observations.subarray(2 * width, 3 * width));
  });

  it('shows no voltages where the power flow of a reset has no solution', async () => {
    const environment = await make(await defineTask({ ...plain, profiles: seriesProfiles({ stepSeconds: 900, load: [60, 0.5], sun: [0, 1] }) }));
    const { observation, info } = environment.reset({ seed: 1 });
    expect(info.powerFlowFailed).toBe(1);
    expect(observation.subarray(0, -5).every((value) => value === 0)).toBe(true);
    expect([...observation.subarray(-5)]).toEqual([0, 0, 60, 0, 0]);
    expect(environment.step([1, 0])).toMatchObject({ reward: -100, terminated: true, truncated: false });
  });

  it('has choices and numbers side by side, and all as choices', async () => {
    const devices: Device[] = [pv, { kind: 'tap', name: 'reg3' }, { kind: 'battery', name: 'b', bus: '671', battery }];
    const both = await make(await defineTask({ ...plain, devices }));
    const choices = await make(await defineTask({ ...plain, devices, actions: 'discrete', levels: { active: 3, battery: 5 } }));
    expect(both.task.actionNames).toEqual(['tap.reg3.position', 'pv.a.active', 'pv.a.reactive', 'battery.b.power']);
    expect(choices.task.actionNames).toEqual(['pv.a.active', 'pv.a.reactive', 'tap.reg3.position', 'battery.b.power']);
    expect([...choices.task.actionSpace.counts]).toEqual([3, 11, 33, 5]);
    expect(choices.task.namedActions?.neutral).toEqual([2, 5, both.task.namedActions?.neutral[0], 2]);
    both.reset({ seed: 1 });
    choices.reset({ seed: 1 });
    both.step([20, 1, 0, 0]);
    choices.step([2, 5, 20, 2]);
    const [one, other] = [both.step([18, 0.5, -0.4, 0.5]), choices.step([1, 3, 18, 3])];
    one.observation.forEach((value, k) => {
      expect(Math.abs(value - other.observation[k])).toBeLessThan(1e-6);
    });
  });

  it.each<[string, Partial<Record<keyof TaskDefinition, unknown>>, RegExp]>([
    ['no id', { id: 'My task' }, /task My task.id: is "My task"; it must be small letters/],
    ['no devices', { devices: [] }, /mine\.devices: there are no devices, so that an agent has nothing to set; give one or more/],
    ['unknown names', { rewards: () => 0 } as never, /definition has no property "rewards"; it has reward, id, title, grid, devices/],
    ['no grid', { grid: 7 }, /task mine\.grid: it is 7; give a Grid or the name of a built-in feeder/],
    ['no profiles', { profiles: { steps: 3 } }, /stepSeconds is undefined|profiles/],
    ['costs that there are not', { costs: ['money'] }, /task mine\.costs: there is no cost "money"; there are voltage, losses/],
    ['a band upside down', { bandPu: [1.05, 0.95] }, /mine.bandPu: .*two voltages, the lower one first/],
    [
      'a kind that there is not',
      { devices: [{ kind: 'fan', name: 'x' }] },
      /the device "x": there is no device of kind "fan"; there are capacitor, tap, battery, pv, flexible-load/,
    ],
    ['two devices of one name', { devices: [pv, pv] }, /two devices pv.a/],
    [
      'a bus that there is not',
      { devices: [{ ...pv, bus: '999' }] },
      /^pv\.a: there is no bus "999" in grid "ieee13nodeckt"; there are 16, such as /,
    ],
    [
      'a load that there is not',
      { devices: [{ kind: 'flexible-load', name: 'x' }] },
      /^flexible-load\.x: there is no load named "x" in grid "ieee13nodeckt"; there are 15, such as /,
    ],
    ['a device that takes no orders', { devices: [{ ...pv, active: 'full', reactive: 'unity' }] }, /no device of the task takes orders/],
    ['power that is none', { devices: [{ ...pv, kva: -1 }] }, /pv\.a.*kva.*above 0/],
    [
      'a battery that cannot be',
      { devices: [{ kind: 'battery', name: 'b', bus: '675', battery: { ...battery, chargeEfficiency: 2 } }] },
      /chargeEfficiency/,
    ],
    ['a cost named twice', { costs: ['losses', 'losses'] }, /^task mine\.costs: "losses" stands there twice/],
    ['a balanced case for a grid', { grid: 'case33bw' }, /^task mine\.grid: "case33bw" is a balanced case \(.*\), whose phases are one; give a Grid/],
    ['a balanced grid', { grid: loadCase('case9') as never }, /^task mine\.grid: it is a balanced grid, whose phases are one; give a Grid/],
    ['a feeder that there is not', { grid: 'ieee31' }, /^task mine\.grid: there is no feeder named "ieee31"; did you mean ieee/],
    [
      'a bus that lacks a phase',
      { devices: [{ ...pv, bus: '646' }] },
      /^pv\.a: bus 646 has no node 1; it has 2, 3; give a device of one phase, as in nodes: \[2\], or another bus$/,
    ],
    [
      'a node that a bus lacks',
      { devices: [{ kind: 'battery', name: 'b', bus: '652', nodes: [2], battery }] },
      /^battery\.b: bus 652 has no node 2; it has 1;/,
    ],
    ['no nodes', { devices: [{ ...pv, nodes: 3 }] }, /^pv\.a\.nodes: is 3; it must be whole numbers from 1/],
    [
      'a capacitor spelt otherwise',
      { devices: [{ kind: 'capacitor', name: 'cpa1' }] },
      /^capacitor\.cpa1: there is no capacitor named "cpa1" in grid "ieee13nodeckt"; there are cap1, cap2$/,
    ],
    [
      'a transformer that there is not',
      { devices: [{ kind: 'tap', name: 'reg4' }] },
      /^tap\.reg4: there is no transformer named "reg4" .*; there are reg1, reg2, reg3, /,
    ],
    ['a property of a device that there is not', { devices: [{ ...pv, kVA: 3 }] }, /^the device pv\.a has no property "kVA"; it has kva, /],
    [
      'a property of a battery that there is not',
      { devices: [{ kind: 'battery', name: 'b', bus: '671', battery: { ...battery, loss: 3 } }] },
      /^the battery of battery\.b has no property "loss"; it has /,
    ],
    ['levels that there are not', { levels: { actve: 3 } }, /^levels has no entry "actve"; it has active, /],
    ['levels without 0', { actions: 'discrete', levels: { reactive: 4 } }, /levels of reactive is 4; give an odd number/],
    ['too much that is put off', { devices: [{ kind: 'flexible-load', name: '671', curtailShare: 0.6, shiftShare: 0.6 }] }, /at most 1 together/],
    ['a capacitor start', { devices: [{ kind: 'capacitor', name: 'cap1', initial: 2 }] }, /initial is 2; positions are 0 to 1/],
  ])('is refused with %s', async (_what, change, message) => {
    const refused = defineTask({ ...plain, ...change } as TaskDefinition);
    await expect(refused).rejects.toThrow(message);
    await expect(refused).rejects.toSatisfy((error) => (error instanceof InputError || error instanceof GridError) && !error.message.includes('\n'));
  });

  it('refuses options of profiles that there are not', () => {
    expect(() => seriesProfiles({ stepSeconds: 900, load: [1], loadSpred: 0.1 } as never)).toThrow(
      /^seriesProfiles has no option "loadSpred"; it has loadSpread, /,
    );
    expect(() => siteProfiles({ loadscale: 2 } as never)).toThrow(/^siteProfiles has no option "loadscale"; it has loadScale, /);
    expect(() => siteProfiles({ site: { latitude: 3 } } as never)).toThrow(/^a site has no property "latitude"; it has latitudeDegrees, /);
  });

  it('refuses devices behind a delta winding, rewards that are no numbers, days that there are not', async () => {
    await expect(defineTask({ ...plain, grid: 'ieee123', devices: [{ ...pv, bus: '610' } as Device] })).rejects.toThrow('behind a delta winding');
    const environment = await make(await defineTask({ ...plain, reward: ({ rewards }) => void rewards.fill(Number.NaN) }));
    environment.reset({ seed: 1 });
    expect(() => environment.step([1, 0])).toThrow('the reward of task mine is NaN in lane 0');
    const bad = { ...profiles, fill: (_day: number, _stream: unknown, load: Float64Array) => void load.fill(Number.NaN) };
    const without = await make(await defineTask({ ...plain, profiles: bad }));
    expect(() => without.reset({ seed: 1 })).toThrow('profiles of task mine: day 0 has load NaN and sun 0 in step 0; give numbers from 0');
    const other = await make(await defineTask(plain));
    expect(() => other.reset({ options: { day: 1 } })).toThrow('the day is 1; give a whole number from 0 to 0');
  });
});

describe('profiles of a site', () => {
  it('give days of the year whose sun is up by day and whose load is that of the area', () => {
    const site = siteProfiles();
    expect([site.steps, site.days]).toEqual([96, 365]);
    const load = new Float64Array(96);
    const sun = new Float64Array(96);
    const energies: number[] = [];
    for (const day of [0, 171, 171, 364]) {
      site.fill(day, new RandomStream(day + energies.length, 0, 'sky'), load, sun);
      expect(Math.max(...sun.subarray(0, 16), ...sun.subarray(88))).toBe(0);
      expect(Math.max(...sun)).toBeLessThan(1);
      expect(Math.min(...load)).toBeGreaterThan(0.3);
      energies.push(sun.reduce((sum, value) => sum + value / 4, 0));
    }
    expect(energies[1]).not.toBe(energies[2]);
    // A plant of 1 kW gives 4 to 7.5 kWh on days around midsummer, less than 4 at the turn of the year.
    expect(Math.max(energies[1], energies[2])).toBeGreaterThan(4);
    expect(Math.max(energies[1], energies[2])).toBeLessThan(7.5);
    expect(Math.max(energies[0], energies[3])).toBeLessThan(4);
  });

  it('have the clear-sky power of the PV model where the sky is clear', async () => {
    const { CLOUD_MODELS, betaOfMoments, pvDay, pvPlant, SANTA_CLARA } = await import('../../../src/profiles/index.js');
    const always = { ...CLOUD_MODELS.hourly, states: [{ name: 'one', index: betaOfMoments(1, 1e-4, 0.9, 1.1) }], transitions: [[1]], initial: [1] };
    const site = siteProfiles({ clouds: always });
    const [load, sun] = [new Float64Array(96), new Float64Array(96)];
    // The middle of the week that 21 June is in is 21 June: day 171 = 24 x 7 + 3.
    site.fill(171, new RandomStream(1, 0, 'sky'), load, sun);
    const exact = pvDay(SANTA_CLARA, pvPlant(1, 1), '2023-06-21', 900, { clouds: new Float64Array(96).fill(1) }).values;
    for (let step = 0; step < 96; step++) expect(Math.abs(sun[step] - exact[step])).toBeLessThan(1e-3);
  });
});

describe('kernels', () => {
  it('do not matter: inverters-ieee123 by WebAssembly and natively, bit for bit', async () => {
    const vectors = await Promise.all((['wasm', 'auto'] as const).map((backend) => makeVector('inverters-ieee123', { environments: 3, backend })));
    for (const vector of vectors) vector.reset({ seed: 8 });
    for (let step = 0; step < 30; step++) for (const vector of vectors) vector.step(vector.sampleActions());
    expect(vectors[0].observations).toEqual(vectors[1].observations);
    expect(vectors[0].infos.rows).toEqual(vectors[1].infos.rows);
  });

  it('take any number of lanes', async () => {
    const task = await defineTask({
      ...plain,
      devices: [{ ...pv, reactive: 'volt-var', voltWatt: true } as Device],
      profiles: siteProfiles({ loadSpread: 0.5 }),
    });
    const [many, one] = [bareSlice(task, 11), bareSlice(task, 1)];
    many.slice.reset(many.which, 11);
    one.arrays.seeds[0] = 6;
    one.slice.reset(one.which, 1);
    for (let step = 0; step < 96; step++) {
      for (const { slice, arrays, which } of [many, one]) {
        arrays.actions.fill(0.9);
        slice.step(which, which.length);
      }
      const width = task.observationSpace.length;
      expect(many.arrays.observations.subarray(6 * width, 7 * width)).toEqual(one.arrays.observations);
    }
  });
});
