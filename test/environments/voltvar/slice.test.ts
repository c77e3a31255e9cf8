/** How Volt-VAR environments run: endings, seeds, neighbours, snapshots, failures; and the corrected rules, held against another solver. */
import { beforeAll, describe, expect, it } from 'vitest';
import { makeVector, type Task, type VectorEnvironment, voltVarTask, voltVarVariant } from '../../../src/environments/index.js';
import { voltVarSetup } from '../../../src/environments/tasks/voltvar/setup.js';
import { InputError } from '../../../src/grid/index.js';
import { RandomStream } from '../../../src/numeric/index.js';
import { type BatchSession, createSolver, STATUS_DIVERGED } from '../../../src/powerflow/index.js';
import { infoOf, placesOf, type SliceRows, sliceRows } from './slice-rows.js';

/** Random actions of all environments, those of environment e at step t the same in any slice. */
function act({ task, arrays, environments }: SliceRows, t: number, seed = 0): void {
  const { actionSpace } = task;
  for (let e = 0; e < environments; e++) actionSpace.sample(new RandomStream(seed + e, t, 'test'), arrays.actions, e * actionSpace.length);
}

describe('running environments', () => {
  let task: Task;
  beforeAll(async () => {
    task = await voltVarTask('voltvar-ieee13-soc');
  });

  it('end after 24 steps, as published by their own rules', () => {
    const rows = sliceRows(task);
    rows.slice.reset(rows.all, 1);
    for (let t = 1; t <= 24; t++) {
      act(rows, t);
      rows.slice.step(rows.all, 1);
      expect([rows.arrays.terminations[0], rows.arrays.truncations[0]]).toEqual([t === 24 ? 1 : 0, 0]);
    }
  });

  it('do not depend on their neighbours, nor on what is stepped with them', () => {
    const many = sliceRows(task, 19, 100);
    const one = sliceRows(task, 1, 111);
    many.slice.reset(many.all, 19);
    one.slice.reset(one.all, 1);
    const length = task.observationSpace.length;
    for (let t = 1; t <= 6; t++) {
      act(many, t, 100);
      act(one, t, 111);
      // In odd steps the environments are stepped in two lots.
      const odd = many.all.filter((e) => e % 2 === 1);
      const even = many.all.filter((e) => e % 2 === 0);
      if (t % 2 === 0) many.slice.step(many.all, 19);
      else for (const lot of [odd, even]) many.slice.step(lot, lot.length);
      one.slice.step(one.all, 1);
      expect(many.arrays.observations.subarray(11 * length, 12 * length)).toEqual(one.arrays.observations);
      expect(many.arrays.rewards[11]).toBe(one.arrays.rewards[0]);
    }
  });

  it('are the same bit for bit on WebAssembly', () => {
    const [native, wasm] = [sliceRows(task, 5), sliceRows(task, 5, 0, 'wasm')];
    for (const rows of [native, wasm]) {
      rows.slice.reset(rows.all, 5);
      for (let t = 0; t < 5; t++) {
        act(rows, t);
        rows.slice.step(rows.all, 5);
      }
    }
    expect(wasm.arrays.observations).toEqual(native.arrays.observations);
    expect(wasm.arrays.rewards).toEqual(native.arrays.rewards);
    expect(wasm.arrays.infos).toEqual(native.arrays.infos);
  });

  it('go on from a snapshot as they would have', () => {
    const rows = sliceRows(task, 3);
    rows.slice.reset(rows.all, 3);
    for (let t = 0; t < 4; t++) {
      act(rows, t);
      rows.slice.step(rows.all, 3);
    }
    const taken = JSON.parse(JSON.stringify(rows.slice.snapshot(1)));
    const other = sliceRows(task, 2);
    other.slice.reset(other.all, 2);
    other.slice.restore(0, taken);
    const length = task.observationSpace.length;
    expect(other.arrays.observations.subarray(0, length)).toEqual(rows.arrays.observations.subarray(length, 2 * length));
    expect(other.slice.snapshot(0)).toEqual(rows.slice.snapshot(1));
    act(rows, 9);
    other.arrays.actions.set(rows.arrays.actions.subarray(task.actionSpace.length, 2 * task.actionSpace.length));
    rows.slice.step(rows.all, 3);
    other.slice.step(other.all, 2);
    expect(other.arrays.rewards[0]).toBe(rows.arrays.rewards[1]);
    expect(() => other.slice.restore(0, { ...taken, hour: 25 })).toThrow(InputError);
    expect(() => other.slice.restore(0, { ...taken, positions: [1] })).toThrow(InputError);
  });

  it('play the day that is asked for, else one drawn by the seed', () => {
    const rows = sliceRows(task, 200);
    rows.slice.reset(rows.all, 200, { episode: 72 });
    expect(infoOf(rows, 'episode', 7)).toBe(72);
    rows.slice.reset(rows.all, 200);
    const days = Array.from({ length: 200 }, (_, e) => infoOf(rows, 'episode', e));
    expect(new Set(days).size).toBeGreaterThan(50);
    expect(Math.max(...days)).toBeLessThan(73);
    for (const options of [{ episode: 73 }, { episode: 0.5 }, { episode: '1' }, { day: 1 }]) {
      expect(() => rows.slice.reset(rows.all, 1, options)).toThrow(InputError);
    }
  });

  it('show what they are', () => {
    const rows = sliceRows(task);
    rows.slice.reset(rows.all, 1, { episode: 3 });
    const text = rows.slice.render(0, 'text');
    expect(text).toContain('day 3, hour 0 of 24');
    expect(text).toContain('cap1 on, cap2 on');
    expect(text).toContain('reg1 +16');
    expect(rows.slice.render(0, 'svg')).toMatch(/^<svg[\s\S]*<\/svg>\s*$/);
  });

  it('run in a vector', async () => {
    const vector: VectorEnvironment = await makeVector('voltvar-ieee13', { environments: 4 });
    vector.reset({ seed: 5 });
    for (let t = 0; t < 50; t++) {
      const { rewards } = vector.step(vector.sampleActions(t));
      expect(rewards.every((reward) => reward < 0 && reward > -10)).toBe(true);
    }
    expect(Array.from(vector.episodes)).toEqual([2, 2, 2, 2]);
    await vector.close();
  });
});

describe('a power flow without solution', () => {
  it('ends its episode with the reward that is set for it, and the others go on', async () => {
    const [rows, sound] = [1, 2].map(() => voltVarTask('voltvar-ieee13')).map(async (task) => sliceRows(await task, 3));
    await check(await rows, await sound);
  });

  /** Loads turn to impedances at low voltage, so that every order has a solution; a batch that gives one scenario up stands in for an order that has none. */
  async function check(rows: SliceRows, sound: SliceRows): Promise<void> {
    for (const { slice, all } of [rows, sound]) slice.reset(all, 3);
    const { batch } = Reflect.get(rows.slice, 'flow') as { batch: BatchSession };
    const solve = batch.solve.bind(batch);
    batch.solve = (start) => {
      const report = solve(start);
      batch.status[1] = STATUS_DIVERGED;
      return report;
    };
    const length = rows.task.observationSpace.length;
    const shown = rows.arrays.observations.slice(length, 2 * length);
    for (const one of [rows, sound]) {
      act(one, 0);
      one.slice.step(one.all, 3);
    }
    expect(rows.arrays.rewards[1]).toBe(-160);
    expect(Array.from(rows.arrays.terminations)).toEqual([0, 1, 0]);
    expect([0, 1, 2].map((e) => infoOf(rows, 'powerFlowFailed', e))).toEqual([0, 1, 0]);
    expect(infoOf(rows, 'lossesKw', 1)).toBeNaN();
    expect(rows.arrays.costs[1]).toBe(16);
    expect(rows.arrays.observations.slice(length, 2 * length)).toEqual(shown);
    for (const e of [0, 2]) {
      expect(rows.arrays.rewards[e]).toBe(sound.arrays.rewards[e]);
      expect(rows.arrays.observations.slice(e * length, (e + 1) * length)).toEqual(sound.arrays.observations.slice(e * length, (e + 1) * length));
    }
    rows.slice.reset(rows.all, 3);
    expect(rows.arrays.observations.slice(length, 2 * length).every((value) => value === 0)).toBe(true);
  }

  it('is not found at forty times the load', async () => {
    const rows = sliceRows(await voltVarTask('voltvar-ieee34', { loadScale: 40 }), 2);
    rows.slice.reset(rows.all, 2);
    act(rows, 0);
    rows.slice.step(rows.all, 2);
    for (const e of [0, 1]) expect(infoOf(rows, 'powerFlowFailed', e)).toBe(0);
    expect(rows.arrays.rewards.every((reward) => reward < -5)).toBe(true);
  });
});

describe('the corrected rules', () => {
  it.each(['voltvar-ieee13-cbat-soc-corrected', 'voltvar-ieee34-corrected', 'voltvar-ieee123-cbat-soc-corrected'])('%s', async (id) => {
    const rows = sliceRows(await voltVarTask(id));
    const { task, slice, arrays, all } = rows;
    const { system, variant } = voltVarVariant(id);
    const { grid, batteries, loads, days, loadKw, regulators, weights } = await voltVarSetup(system, variant);
    const nominal = grid.elementsOf('load').map((load) => [load.powerKw, load.powerKvar]);
    const solver = createSolver(grid);
    const voltages = placesOf(task, 'voltagePu');
    slice.reset(all, 1, { episode: 2 });
    // As the feeder's data have the taps: at 1 pu.
    let before = slice.snapshot(0);
    expect(before.positions).toEqual(regulators.map(() => 16));
    for (let t = 1; t <= 24; t++) {
      act(rows, t);
      slice.step(all, 1);
      const after = slice.snapshot(0);
      const [was, is, delivered] = [before.storedKwh, after.storedKwh, after.deliveredKw] as (readonly number[])[];
      const [tapsBefore, taps, closedBefore, closed] = [
        before.positions,
        after.positions,
        before.capacitors,
        after.capacitors,
      ] as (readonly number[])[];
      batteries.forEach(({ maxKw, maxKwh }, b) => {
        // Energy neither appears nor vanishes, and no more is delivered than ordered.
        expect(was[b] - delivered[b]).toBeCloseTo(is[b], 9);
        expect(is[b]).toBeGreaterThanOrEqual(0);
        expect(is[b]).toBeLessThanOrEqual(maxKwh);
        expect(Math.abs(delivered[b])).toBeLessThanOrEqual(maxKw * (1 + 1e-12));
      });
      // The same moment by another solver: batteries at their right rated voltage and a power factor of 0.95.
      const multipliers = loads.map((_, i) => days.values[days.first[i] + 48 + t - 1]);
      grid.elementsOf('load').forEach((load, i) => {
        load.powerKw = nominal[i][0] * multipliers[i];
        load.powerKvar = nominal[i][1] * multipliers[i];
      });
      batteries.forEach(({ name }, b) => {
        const generator = grid.require('generator', name);
        generator.powerKw = delivered[b];
        generator.powerKvar = delivered[b] * Math.tan(Math.acos(0.95));
        expect(Math.sign(delivered[b]) * Math.sign(generator.powerKvar)).toBeGreaterThanOrEqual(0);
      });
      regulators.forEach((name, r) => {
        grid.require('transformer', name).windings[1].tapPu = 0.9 + 0.00625 * taps[r];
      });
      grid.elementsOf('capacitor').forEach((capacitor, c) => {
        for (const step of capacitor.steps) step.closed = closed[c] === 1;
      });
      solver.gridChanged();
      const report = solver.solve({ method: 'newton' });
      expect(report.converged).toBe(true);
      const worst = voltages.reduce((largest, place) => {
        const [bus, node] = /^voltagePu\.(.*)\.(\d+)$/.exec(task.observationNames?.[place] ?? '')?.slice(1) ?? [];
        const [re, im] = solver.nodeVoltage(bus, Number(node)) ?? [Number.NaN, Number.NaN];
        return Math.max(largest, Math.abs(Math.hypot(re, im) / (1000 * (grid.buses.get(bus)?.baseKv ?? 0)) - arrays.observations[place]));
      }, 0);
      expect(worst).toBeLessThan(2e-7);
      // Losses over the load, moves of taps by one step each.
      const demand = multipliers.reduce((sum, multiplier, i) => sum + multiplier * loadKw[i], 0);
      expect(infoOf(rows, 'rewardPowerLoss')).toBeCloseTo((-weights.power * infoOf(rows, 'lossesKw')) / demand, 12);
      const moves =
        taps.reduce((sum, tap, r) => sum + Math.abs(tap - tapsBefore[r]), 0) +
        closed.reduce((sum, one, c) => sum + Math.abs(one - closedBefore[c]), 0);
      const wear = delivered.reduce((sum, kw, b) => sum + Math.max(0, kw) / batteries[b].maxKw, 0);
      const depletion = t === 24 ? is.reduce((sum, kwh, b) => sum + Math.abs(1 - kwh / batteries[b].maxKwh), 0) : 0;
      expect(infoOf(rows, 'rewardControl')).toBeCloseTo(-(moves / 33 + weights.discharge * wear + weights.soc * depletion), 9);
      expect([arrays.terminations[0], arrays.truncations[0]]).toEqual([0, t === 24 ? 1 : 0]);
      before = after;
    }
  });

  it('start from the first hour of the day', async () => {
    const rows = sliceRows(await voltVarTask('voltvar-ieee13-corrected', { observeLoads: true }));
    rows.slice.reset(rows.all, 1, { episode: 0 });
    const neutral = rows.task.namedActions?.neutral ?? [];
    const before = rows.arrays.observations.slice();
    rows.arrays.actions.set(neutral);
    rows.slice.step(rows.all, 1);
    // Nothing was moved, and the load is the one that was shown.
    placesOf(rows.task, 'voltagePu').forEach((i) => {
      expect(rows.arrays.observations[i]).toBe(before[i]);
    });
    expect(infoOf(rows, 'rewardControl')).toBeCloseTo(0, 15);
  });
});
