/**
 * What every task must keep to, in the manner of Gymnasium's env_checker and vector tests and PettingZoo's api_test: one function that makes the tests of a task.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type AutoresetMode,
  listTasks,
  type MakeVectorOptions,
  make,
  makeTask,
  makeVector,
  spaceFromJSON,
  type TaskOptions,
  type VectorEnvironment,
} from '../../src/environments/node-index.js';
import { InputError } from '../../src/grid/index.js';
import { rolloutHashes } from './golden-hash.js';

/** How a task is checked. */
export interface ApiCheckSettings {
  /** Options of the task. */
  options?: TaskOptions;
  /** Steps in which with 4 environments episodes end; 60 by default. */
  steps?: number;
  /** Module that registers the task, where it is not built in. */
  module?: string;
  /** Whether nothing is drawn at random but actions, so that episodes of different seeds may be equal. */
  deterministic?: boolean;
  backend?: MakeVectorOptions['backend'];
}

/** One step of one environment. */
interface Transition {
  from: string;
  action: string;
  reward: number;
  terminated: number;
  truncated: number;
  to: string;
  /** What is allowed with `to`. */
  allowed: string;
  costs: string;
}

const bits = (values: ArrayLike<number>): string => Array.from(values, (x) => (Object.is(x, -0) ? '-0' : String(x))).join();

function row<T extends ArrayLike<number>>(values: T, i: number, environments: number): string {
  const width = values.length / environments;
  return bits(Array.prototype.slice.call(values, i * width, (i + 1) * width));
}

/** [environment]: its transitions in so many steps of sampled actions. */
function transitionsOf(vector: VectorEnvironment, steps: number): Transition[][] {
  const n = vector.environments;
  const all: Transition[][] = Array.from({ length: n }, () => []);
  const { observations } = vector.reset({ seed: 11 });
  for (let step = 0; step < steps; step++) {
    const before = observations.slice();
    const beginning = vector.episodes.slice();
    const actions = vector.sampleActions().slice();
    const result = vector.step(actions);
    for (let i = 0; i < n; i++) {
      // In the mode next-step a step that begins an episode is none.
      if (vector.autoreset === 'next-step' && vector.episodes[i] !== beginning[i]) {
        expect([result.rewards[i], result.terminations[i], result.truncations[i]]).toEqual([0, 0, 0]);
        continue;
      }
      all[i].push({
        from: row(before, i, n),
        action: row(actions, i, n),
        reward: result.rewards[i],
        terminated: result.terminations[i],
        truncated: result.truncations[i],
        to: row(result.hasFinal[i] ? result.finalObservations : result.observations, i, n),
        allowed: row(result.hasFinal[i] ? result.finalMasks : result.masks, i, n),
        costs: row(result.costs, i, n),
      });
    }
    const ended = Array.from({ length: n }, (_, i) => (result.terminations[i] | result.truncations[i]) !== 0);
    expect(Array.from(result.hasFinal, Boolean)).toEqual(vector.autoreset === 'same-step' ? ended : ended.map(() => false));
    if (vector.autoreset === 'disabled' && ended.includes(true)) {
      expect(() => vector.step(actions)).toThrow(`environment ${ended.indexOf(true)}, whose episode has ended`);
      vector.reset({ mask: ended });
    }
  }
  return all;
}

/** Makes the tests of a task. */
export function checkApi(id: string, settings: ApiCheckSettings = {}): void {
  const { options = {}, steps = 60, module, deterministic = false, backend = 'auto' } = settings;
  const shown = Object.keys(options).length > 0 ? `${id} ${JSON.stringify(options)}` : id;

  describe(`the task ${shown}`, () => {
    const open: VectorEnvironment[] = [];
    afterAll(async () => {
      for (const vector of open) await vector.close();
    });

    async function vectorOf(environments: number, more: MakeVectorOptions = {}): Promise<VectorEnvironment> {
      const vector = await makeVector(id, { ...options, backend, environments, ...more });
      open.push(vector);
      return vector;
    }

    it('is listed, and says what it is', async () => {
      const task = await makeTask(id, options);
      expect(listTasks().map((one) => one.id)).toContain(id);
      expect(task.id).toBe(id);
      expect(task.title.length).toBeGreaterThan(3);
      for (const space of [task.observationSpace, task.actionSpace]) {
        expect(spaceFromJSON(JSON.parse(JSON.stringify(space))).toJSON()).toEqual(space.toJSON());
        expect(space.describe().length).toBeGreaterThan(5);
      }
      for (const names of [task.costNames, task.infoNames, task.observationNames ?? [], task.actionNames ?? []]) {
        expect(new Set(names).size).toBe(names.length);
      }
      if (task.observationNames) expect(task.observationNames).toHaveLength(task.observationSpace.length);
      if (task.actionNames) expect(task.actionNames).toHaveLength(task.actionSpace.length);
      for (const action of Object.values(task.namedActions ?? {})) expect(task.actionSpace.contains(action)).toBe(true);
    });

    it('observations and actions are in their spaces, rewards finite, costs not negative, some choice always allowed', async () => {
      const n = 4;
      const vector = await vectorOf(n);
      const { observationSpace, actionSpace, task } = vector;
      vector.reset({ seed: 1 });
      for (let step = 0; step <= steps; step++) {
        for (let i = 0; i < n; i++) {
          expect(observationSpace.firstFault(vector.observations, i * observationSpace.length), `step ${step}, environment ${i}`).toBe(-1);
          if (vector.hasFinal[i]) expect(observationSpace.firstFault(vector.finalObservations, i * observationSpace.length)).toBe(-1);
        }
        expect(vector.rewards.every(Number.isFinite)).toBe(true);
        expect(vector.costs.every((cost) => cost >= 0 && cost < Infinity)).toBe(true);
        expect(vector.infos.rows.every((info) => Math.abs(info) !== Infinity)).toBe(true);
        expect(vector.masks.every((mask) => mask === 0 || mask === 1)).toBe(true);
        const actions = vector.sampleActions();
        for (let i = 0; i < n; i++) {
          const masks = task.masksActions ? vector.masks : undefined;
          expect(actionSpace.firstFault(actions, i * actionSpace.length, masks, i * actionSpace.choices)).toBe(-1);
        }
        vector.step(actions);
        if (task.maxSteps !== undefined) for (const count of vector.steps) expect(count).toBeLessThanOrEqual(task.maxSteps);
      }
      for (const name of task.infoNames) expect(vector.info(name)).toHaveLength(n);
    });

    it('repeats itself from the same seed, and not from another', async () => {
      const vector = await vectorOf(3);
      const first = rolloutHashes(vector, [5, 6, 7], steps);
      expect(rolloutHashes(vector, [5, 6, 7], steps)).toEqual(first);
      expect(vector.seeds).toEqual(Float64Array.of(5, 6, 7));
      expect(rolloutHashes(vector, [105, 106, 107], steps).some((hash, i) => hash === first[i])).toBe(false);
      vector.reset({ seed: 5 });
      expect(vector.seeds).toEqual(Float64Array.of(5, 6, 7));
      expect([...vector.episodes]).toEqual([0, 0, 0]);
      vector.reset();
      expect(vector.seeds).toEqual(Float64Array.of(5, 6, 7));
      expect([...vector.episodes]).toEqual([1, 1, 1]);
    });

    it('without a seed takes random ones and reports them', async () => {
      const vector = await vectorOf(2);
      const other = await vectorOf(2);
      const first = vector.reset().observations.slice();
      other.reset();
      expect(other.seeds).not.toEqual(vector.seeds);
      expect(other.reset({ seed: [...vector.seeds] }).observations).toEqual(first);
      // Where there are few days to draw from, two of them may be the same by chance.
      const others = Array.from({ length: 12 }, () => vector.reset().observations.slice());
      if (!deterministic) expect(others.some((one) => one.some((value, k) => value !== first[k]))).toBe(true);
    });

    it('a reset by mask leaves the others as they are', async () => {
      const vector = await vectorOf(4);
      const reference = await vectorOf(4);
      for (const one of [vector, reference]) {
        one.reset({ seed: 21 });
        one.step(one.sampleActions());
      }
      vector.reset({ mask: [false, true, false, true] });
      expect([vector.steps[1], vector.steps[3]]).toEqual([0, 0]);
      reference.reset({ seed: [0, 22, 0, 24] });
      // Episodes may have ended in their first step.
      for (const i of [1, 3]) while (reference.episodes[i] < vector.episodes[i]) reference.reset({ mask: [0, 1, 2, 3].map((k) => k === i) });
      for (const i of [1, 3]) expect(row(vector.observations, i, 4)).toBe(row(reference.observations, i, 4));
      reference.reset({ seed: 21 });
      reference.step(reference.sampleActions());
      for (let step = 0; step < 5; step++) {
        for (const i of [0, 2]) {
          expect(row(vector.observations, i, 4)).toBe(row(reference.observations, i, 4));
          expect(row(vector.rewards, i, 4)).toBe(row(reference.rewards, i, 4));
        }
        vector.step(vector.sampleActions());
        reference.step(reference.sampleActions());
      }
      expect(() => vector.reset({ mask: [0, 0, 0, 0] })).toThrow('marks no environment');
    });

    it('goes on from a snapshot as it went on before, in any environment', async () => {
      const vector = await vectorOf(3);
      vector.reset({ seed: 31 });
      for (let step = 0; step < 3; step++) vector.step(vector.sampleActions());
      const snapshot = JSON.parse(JSON.stringify(vector.snapshot())) as ReturnType<VectorEnvironment['snapshot']> & object;
      // JSON has no -0.
      const present = (): number[][] =>
        [vector.observations, vector.rewards, vector.masks, vector.costs, vector.infos.rows].map((values) => Array.from(values, (x) => x + 0));
      const then = present();
      const future = (of: VectorEnvironment, i: number): string[] =>
        Array.from({ length: steps }, () => {
          const { observations, rewards, terminations, truncations, costs, infos, masks } = of.step(of.sampleActions());
          return [observations, rewards, terminations, truncations, costs, infos.rows, masks]
            .map((values) => row(values, i, of.environments))
            .join('|');
        });
      const first = future(vector, 1);
      vector.restore(snapshot as never);
      expect(present()).toEqual(then);
      expect(JSON.parse(JSON.stringify(vector.snapshot()))).toEqual(snapshot);
      expect(future(vector, 1)).toEqual(first);

      const other = await vectorOf(2);
      other.reset({ seed: 99 });
      other.restore((snapshot as unknown as { environments: never[] }).environments[1], 0);
      expect(future(other, 0)).toEqual(first);
      expect(() => other.restore({ ...vector.snapshot(0), task: 'another' }, 0)).toThrow(InputError);
      expect(() => other.restore(vector.snapshot())).toThrow('a snapshot of 3 environments; this vector has 2');
    });

    it('makes the same transitions in all autoreset modes', async () => {
      const modes: AutoresetMode[] = ['same-step', 'next-step', 'disabled'];
      const [same, ...others] = await Promise.all(modes.map(async (autoreset) => transitionsOf(await vectorOf(4, { autoreset }), steps)));
      const ends = same.flat().filter((one) => one.terminated || one.truncated);
      expect(ends.length, `episodes that end within ${steps} steps`).toBeGreaterThan(0);
      for (const other of others) {
        other.forEach((transitions, i) => {
          expect(transitions.length).toBeGreaterThan(steps / 3);
          expect(transitions).toEqual(same[i].slice(0, transitions.length));
        });
      }
    });

    it('refuses wrong actions and is as it was', async () => {
      const vector = await vectorOf(3);
      expect(() => vector.step(new Float64Array(3 * vector.actionSpace.length))).toThrow('was reset');
      vector.reset({ seed: 41 });
      const { actionSpace, task } = vector;
      const before = JSON.stringify(vector.snapshot());
      const observations = vector.observations.slice();
      for (let entry = 0; entry < actionSpace.length; entry += Math.max(1, actionSpace.length >> 2)) {
        const discrete = actionSpace.counts[entry] > 0;
        for (const wrong of [
          NaN,
          Infinity,
          actionSpace.high[entry] + 1,
          actionSpace.low[entry] - 1,
          ...(discrete ? [actionSpace.low[entry] + 0.5] : []),
        ]) {
          if (actionSpace.contains(vector.sampleActions().subarray(0, actionSpace.length).with(entry, wrong))) continue;
          const actions = vector.sampleActions().slice();
          actions[2 * actionSpace.length + entry] = wrong;
          expect(() => vector.step(actions)).toThrow(InputError);
          expect(() => vector.step(actions)).toThrow(/of environment 2 is/);
          if (actionSpace.length > 1) expect(() => vector.step(actions)).toThrow(`action ${entry}`);
        }
      }
      for (const wrong of [undefined, null, 3, 'left', [], [[1, 2, 3]], new Float64Array(3 * actionSpace.length + 1), [[null], [null], [null]]]) {
        expect(() => vector.step(wrong as never)).toThrow(InputError);
      }
      expect(() => vector.reset({ seed: -1 })).toThrow(InputError);
      expect(() => vector.reset({ seed: [1, 2] })).toThrow(InputError);
      expect(() => vector.reset({ seed: [1, 2, 2.5] })).toThrow('the seed of environment 2 is 2.5');
      expect(() => vector.reset({ mask: [true] })).toThrow(InputError);
      expect(() => vector.reset({ options: { 'no such option': 1 } })).toThrow(InputError);
      expect(JSON.stringify(vector.snapshot())).toBe(before);
      expect(vector.observations).toEqual(observations);
      await expect(makeTask(id, { ...options, 'no such option': 1 })).rejects.toThrow('no such option');
      if (task.masksActions) expect(vector.masks).toHaveLength(3 * actionSpace.choices);
      else expect(vector.masks).toHaveLength(0);
    });

    it('one by itself does what a row of a vector does', async () => {
      const vector = await vectorOf(3, { autoreset: 'disabled' });
      vector.reset({ seed: 51 });
      const environment = await make(id, { ...options, backend });
      expect(() => environment.step(0)).toThrow(InputError);
      const first = environment.reset({ seed: 52 });
      expect(bits(first.observation)).toBe(row(vector.observations, 1, 3));
      for (let step = 0; step < 5; step++) {
        const actions = vector.sampleActions();
        const action = actions.slice(vector.actionSpace.length, 2 * vector.actionSpace.length);
        expect(environment.sampleAction()).toEqual(action);
        const result = environment.step(action);
        const { observations, rewards, terminations, truncations, infos, costs } = vector.step(actions);
        expect(bits(result.observation)).toBe(row(observations, 1, 3));
        expect(result).toMatchObject({ reward: rewards[1], terminated: terminations[1] === 1, truncated: truncations[1] === 1 });
        expect(bits(Object.values(result.costs))).toBe(row(costs, 1, 3));
        expect(result.info).toEqual(infos.record(1));
        if (terminations.some((end, i) => end || truncations[i])) break;
      }
      await environment.close();
    });

    it('renders', async () => {
      const vector = await vectorOf(2);
      expect(() => vector.render(0)).toThrow('reset() first');
      vector.reset({ seed: 61 });
      expect(vector.render(1).length).toBeGreaterThan(5);
      expect(vector.render(1, 'svg')).toMatch(/^(<\?xml[^>]*>\s*)?<svg[\s\S]*<\/svg>\s*$/);
      expect(() => vector.render(2)).toThrow(InputError);
      expect(() => vector.render(0, 'png' as never)).toThrow(InputError);
    });

    describe('in any company', () => {
      let alone: string[];
      let threaded: VectorEnvironment;
      const seeds = Array.from({ length: 9 }, (_, i) => 70 + i);
      beforeAll(async () => {
        const one = await vectorOf(1);
        alone = seeds.flatMap((seed) => rolloutHashes(one, [seed], steps));
        threaded = await vectorOf(9, { workers: 2, ...(module === undefined ? {} : { module }) });
      });

      it('an environment does what it does alone', async () => {
        expect(rolloutHashes(await vectorOf(9), seeds, steps)).toEqual(alone);
        const shuffled = [8, 3, 0, 5, 1, 7, 2, 6, 4];
        const found = rolloutHashes(
          await vectorOf(12),
          shuffled.map((i) => seeds[i]),
          steps,
        );
        expect(found).toEqual(shuffled.map((i) => alone[i]));
      });

      it('and on two threads', () => {
        expect(threaded.threads).toBe(2);
        expect(rolloutHashes(threaded, seeds, steps)).toEqual(alone);
      });

      it('random steps are steps of sampled actions', async () => {
        const plain = await vectorOf(9);
        plain.reset({ seed: 71 });
        threaded.reset({ seed: 71 });
        for (let step = 0; step < Math.min(steps, 20); step++) {
          plain.step(plain.sampleActions(step % 2));
          threaded.stepRandom(step % 2);
          for (const name of ['actions', 'observations', 'rewards', 'terminations', 'truncations', 'costs'] as const) {
            expect(threaded[name], name).toEqual(plain[name]);
          }
        }
        expect(threaded.snapshot()).toEqual(plain.snapshot());
      });

      it('two threads answer questions as one does', async () => {
        const plain = await vectorOf(9);
        for (const vector of [plain, threaded]) {
          vector.reset({ seed: 81 });
          vector.step(vector.sampleActions());
          vector.reset({ mask: [1, 0, 0, 0, 0, 0, 0, 0, 1] });
        }
        expect(threaded.snapshot()).toEqual(plain.snapshot());
        expect(threaded.render(8)).toBe(plain.render(8));
        expect(() => threaded.reset({ options: { 'no such option': 1 } })).toThrow(InputError);
        expect(() => threaded.reset({ mask: [0, 0, 0, 0, 0, 0, 0, 0, 1], options: { 'no such option': 1 } })).toThrow(InputError);
        expect(threaded.snapshot()).toEqual(plain.snapshot());
        const snapshot = plain.snapshot();
        plain.step(plain.sampleActions());
        threaded.step(threaded.sampleActions());
        threaded.restore(snapshot);
        expect(threaded.snapshot()).toEqual(snapshot);
      });

      it('send and receive give what step gives, and keep it until the receive after the next', async () => {
        const plain = await vectorOf(9);
        plain.reset({ seed: 91 });
        threaded.reset({ seed: 91 });
        expect(() => threaded.receive()).toThrow('call send() first');
        const contents = (of: ReturnType<VectorEnvironment['step']>): string[] => [
          ...[of.observations, of.rewards, of.terminations, of.truncations, of.infos.rows, of.costs, of.masks, of.hasFinal].map(bits),
          ...Array.from(of.hasFinal, (has, i) =>
            has ? row(of.finalObservations, i, 9) + row(of.finalMasks, i, 9) + row(of.finalInfos.rows, i, 9) : '',
          ),
        ];
        let before: ReturnType<VectorEnvironment['step']> | undefined;
        let kept: string[] = [];
        for (let step = 0; step < Math.min(steps, 40); step++) {
          threaded.send(threaded.sampleActions());
          expect(() => threaded.send([])).toThrow('call receive() first');
          expect(() => threaded.reset()).toThrow('call receive() first');
          const result = step % 2 === 0 ? threaded.receive() : await threaded.receiveAsync();
          const expected = contents(plain.step(plain.sampleActions()));
          expect(contents(result)).toEqual(expected);
          if (before) expect(contents(before)).toEqual(kept);
          before = result;
          kept = expected;
        }
      });
    });
  });
}
