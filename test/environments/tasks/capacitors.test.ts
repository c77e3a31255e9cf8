/** The capacitor tasks against the published losses (by OpenDSS) and their own rules. Published load rows are read from ../shared, and what needs them is skipped without. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import {
  bestMask,
  drawCapacitorScenario,
  type EnvironmentSnapshot,
  evaluate,
  greedyCourse,
  greedyMask,
  MaskFit,
  MaskSearch,
  make,
  makeVector,
} from '../../../src/environments/node-index.js';
import { loadFeeder } from '../../../src/feeders/index.js';
import { InputError } from '../../../src/grid/index.js';
import { nativeBackends } from '../../native/native.js';

const SHARED = fileURLToPath(new URL('../../../../shared/seeds-data/', import.meta.url));
const hasRows = existsSync(`${SHARED}vvo-load-rows.csv.gz`);
const CHECK = JSON.parse(readFileSync(new URL('../../data/capacitors-check.json', import.meta.url), 'utf8')) as {
  loads: string[];
  buses: string[];
  nominalLossesKw: number[];
  row0: { mask: number; lossKw: number; meanBusVoltagePu: number[]; capacitorKvar: number[] };
};
const BACKENDS = ['wasm', ...(nativeBackends.length > 0 ? (['native'] as const) : [])] as const;

function table(name: string): string[][] {
  const text = gunzipSync(readFileSync(`${SHARED}${name}`)).toString();
  return text
    .trim()
    .split('\n')
    .map((line) => line.split(','));
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

describe.skipIf(!hasRows)('the published load rows (skipped without ../shared/seeds-data)', () => {
  it.each(BACKENDS)('all 16 losses of all 1000 rows, and the means of the published policies; %s', async (backend) => {
    const [head, ...rows] = table('vvo-load-rows.csv.gz');
    expect(head.slice(1)).toEqual(CHECK.loads);
    const [columns, ...known] = table('vvo-losses.csv.gz');
    const column = (name: string): number[] => known.map((row) => Number(row[columns.indexOf(name)]));
    const search = await MaskSearch.create({ backend });
    const { objectiveW, best } = search.search(Float64Array.from(rows.flatMap((row) => row.slice(1).map(Number))));
    let worst = 0;
    for (let mask = 0; mask < 16; mask++) {
      column(`loss_${mask}`).forEach((loss, row) => {
        worst = Math.max(worst, Math.abs(objectiveW[16 * row + mask] / 1000 - loss));
      });
    }
    expect(worst).toBeLessThan(1e-5);
    expect([...best]).toEqual(column('optimum_mask'));
    const initial = column('initial_mask');
    const greedy = initial.map((mask, row) => greedyMask(objectiveW, mask, 16 * row));
    expect(greedy).toEqual(column('greedy_mask'));
    expect(initial.map((mask, row) => greedyCourse(objectiveW, mask, 16 * row).powerFlows)).toEqual(column('greedy_power_flows'));
    const meanKw = (masks: ArrayLike<number>): number => mean(Array.from({ length: 1000 }, (_, row) => objectiveW[16 * row + masks[row]] / 1000));
    expect(meanKw(initial)).toBeCloseTo(26.89783, 5);
    expect(meanKw(best)).toBeCloseTo(25.82366, 5);
    expect(meanKw(greedy)).toBeCloseTo(25.90828, 5);
    expect(meanKw(new Uint8Array(1000).fill(1))).toBeCloseTo(25.982, 5);
  });

  it('the first observation of row 0', async () => {
    const environment = await make('capacitors-ieee123');
    const { mask, lossKw, meanBusVoltagePu, capacitorKvar } = CHECK.row0;
    const row = table('vvo-load-rows.csv.gz')[1].slice(1).map(Number);
    const { observation, info } = environment.reset({ seed: 1, options: { row, mask } });
    expect(observation).toHaveLength(136);
    meanBusVoltagePu.forEach((pu, bus) => {
      expect(Math.abs(observation[bus] - pu), CHECK.buses[bus]).toBeLessThan(1e-7);
    });
    capacitorKvar.forEach((kvar, k) => {
      expect(Math.abs(observation[132 + k] - kvar)).toBeLessThan(1e-4);
    });
    expect(Math.abs(info.lossKw - lossKw)).toBeLessThan(1e-5);
  });
});

describe('the circuit', () => {
  it('has buses and loads in the published order', async () => {
    const grid = await loadFeeder('ieee123-capacitors');
    expect([...grid.buses.keys()]).toEqual(CHECK.buses);
    expect(grid.elementsOf('load').map(({ name }) => name)).toEqual(CHECK.loads);
  });

  it('at nominal load loses what OpenDSS finds, whatever is closed', async () => {
    const search = await MaskSearch.create();
    const { objectiveW } = search.search(new Float64Array(91).fill(1));
    CHECK.nominalLossesKw.forEach((loss, mask) => {
      expect(Math.abs(objectiveW[mask] / 1000 - loss), `mask ${mask}`).toBeLessThan(1e-5);
    });
  });
});

describe('the rules of capacitors-ieee123', () => {
  it('a reward is the fall of the losses in watts; an episode ends with the first rise, or when all are used', async () => {
    const vector = await makeVector('capacitors-ieee123', { environments: 64, autoreset: 'disabled' });
    const search = await MaskSearch.create();
    let rises = 0;
    let used = 0;
    for (let episode = 0; episode < 4; episode++) {
      vector.reset(episode === 0 ? { seed: 100 } : {});
      const rows = vector.snapshot().environments.map(({ state }) => state.multipliers as number[]);
      const { objectiveW } = search.search(Float64Array.from(rows.flat()));
      const masks = [...vector.info('mask')];
      const ended = masks.map(() => false);
      for (let step = 0; step < 4 && ended.includes(false); step++) {
        const actions = masks.map((_, i) => (i + step + episode) % 4);
        const before = [...masks];
        const { rewards, terminations, truncations } = stepOnly(vector, actions, ended);
        masks.forEach((_, i) => {
          if (ended[i]) return;
          masks[i] ^= 1 << actions[i];
          expect(vector.info('mask')[i]).toBe(masks[i]);
          expect(rewards[i]).toBe(objectiveW[16 * i + before[i]] - objectiveW[16 * i + masks[i]]);
          expect(terminations[i]).toBe(rewards[i] < 0 || step === 3 ? 1 : 0);
          expect(truncations[i]).toBe(0);
          expect(vector.masks[4 * i + actions[i]]).toBe(0);
          if (rewards[i] < 0) rises++;
          else if (step === 3) used++;
          ended[i] = terminations[i] === 1;
        });
      }
    }
    expect(rises).toBeGreaterThan(50);
    expect(used).toBeGreaterThan(0);
  });

  it('what has been used is refused, and nothing changes', async () => {
    const environment = await make('capacitors-ieee123');
    environment.reset({ seed: 1, options: { mask: 0, row: new Array(91).fill(1) } });
    const { reward, terminated, info } = environment.step(0);
    expect(terminated).toBe(false);
    expect(reward).toBeCloseTo(1000 * (CHECK.nominalLossesKw[0] - CHECK.nominalLossesKw[1]), 1);
    expect(() => environment.step(0)).toThrow(InputError);
    expect(environment.step(1).info.mask).toBe(Number(info.mask) | 2);
  });

  it('refuses what it does not know', async () => {
    await expect(make('capacitors-ieee123', { voltagePriceW: 1 })).rejects.toThrow(/no option "voltagePriceW"/);
    await expect(make('capacitors-ieee123-serious', { bandPu: [1.05, 0.95] })).rejects.toThrow(/lower one first/);
    const environment = await make('capacitors-ieee123');
    for (const options of [{ row: [1, 2] }, { row: new Array(91).fill(Number.NaN) }, { mask: 16 }, { mask: 1.5 }, { rows: [] }])
      expect(() => environment.reset({ seed: 1, options }), JSON.stringify(options)).toThrow(InputError);
  });

  it('loads are even from 0 to 1 and states even; random play returns what it returned in the study', async () => {
    const vector = await makeVector('capacitors-ieee123', { environments: 512 });
    vector.reset({ seed: 9 });
    const states = vector.snapshot().environments.map(({ state }) => state);
    const drawn = states.flatMap(({ multipliers }) => multipliers as number[]);
    // 46,592 numbers: the mean is good to 0.0013, the mean square to 0.0014.
    expect(Math.abs(mean(drawn) - 0.5)).toBeLessThan(0.005);
    expect(Math.abs(mean(drawn.map((x) => x * x)) - 1 / 3)).toBeLessThan(0.005);
    expect(new Set(states.map(({ mask }) => mask)).size).toBe(16);
    let [sum, episodes] = [0, 0];
    for (let step = 0; step < 60; step++) {
      const { rewards, terminations } = vector.step(vector.sampleActions());
      rewards.forEach((reward, i) => {
        sum += reward;
        episodes += terminations[i];
      });
    }
    // Published -173.7 +- 1049 W an episode; 17,000 of them.
    expect(episodes).toBeGreaterThan(15_000);
    expect(Math.abs(sum / episodes + 173.7)).toBeLessThan(40);
  });

  it('a load that no feeder could carry fails its own episode and no other', async () => {
    const vector = await makeVector('capacitors-ieee123', { environments: 3, autoreset: 'disabled' });
    vector.reset({ seed: 4 });
    const row = new Array<number>(91).fill(60);
    vector.reset({ mask: [false, true, false], options: { row, mask: 3 } });
    expect([...vector.info('powerFlowFailed')]).toEqual([0, 1, 0]);
    const { rewards, terminations, observations } = vector.step([1, 1, 1]);
    expect(rewards[1]).toBe(-100_000);
    expect(terminations[1]).toBe(1);
    expect(observations.every(Number.isFinite)).toBe(true);
    expect(rewards[0]).toBeGreaterThan(-5000);
    expect(vector.info('lossKw')[2]).toBeGreaterThan(10);
  });
});

/** One step of those that go on; ended ones would be refused, so that the vector is asked with a restored copy of their row. */
function stepOnly(
  vector: Awaited<ReturnType<typeof makeVector>>,
  actions: number[],
  ended: readonly boolean[],
): { rewards: number[]; terminations: number[]; truncations: number[] } {
  if (ended.includes(true)) {
    // Begin anew, where nothing is looked at any more.
    vector.reset({ mask: [...ended] });
  }
  const { rewards, terminations, truncations } = vector.step(actions);
  return { rewards: [...rewards], terminations: [...terminations], truncations: [...truncations] };
}

describe('capacitors-ieee123-serious', () => {
  it('a stop costs nothing and ends; a loss does not end; rewards of an episode add up to the fall of the objective', async () => {
    const search = await MaskSearch.create({ serious: true });
    const environment = await make('capacitors-ieee123-serious');
    for (let seed = 0; seed < 6; seed++) {
      const { info } = environment.reset({ seed });
      const { state } = environment.snapshot();
      const { objectiveW, best } = search.search(Float64Array.from(state.multipliers as number[]));
      expect(best[0]).toBe(bestMask(objectiveW));
      let mask = Number(info.mask);
      const first = mask;
      let sum = 0;
      const order = [0, 1, 2, 3].map((k) => (k + seed) % 4).slice(0, 1 + (seed % 4));
      order.forEach((action, step) => {
        const result = environment.step(action);
        mask ^= 1 << action;
        sum += result.reward;
        expect(result.terminated).toBe(step === 3);
      });
      expect(sum).toBeCloseTo(objectiveW[first] - objectiveW[mask], 6);
      if (order.length === 4) continue;
      const { reward, terminated } = environment.step(4);
      expect([reward, terminated]).toEqual([0, true]);
    }
  });

  it('regulators hold voltages, and their positions are seen', async () => {
    const environment = await make('capacitors-ieee123-serious');
    const heavy = environment.reset({ seed: 1, options: { row: new Array(91).fill(1), mask: 0 } });
    const heavyPositions = [...heavy.observation.slice(136)];
    expect(heavyPositions).toHaveLength(7);
    expect(heavy.info.lowestPu).toBeGreaterThan(0.96);
    const light = environment.reset({ seed: 1, options: { row: new Array(91).fill(0.1), mask: 0 } });
    const lightPositions = [...light.observation.slice(136)];
    expect(lightPositions[0]).toBeLessThan(heavyPositions[0]);
    for (const position of [...heavyPositions, ...lightPositions]) {
      expect(Number.isInteger(position)).toBe(true);
      expect(Math.abs(position)).toBeLessThanOrEqual(16);
    }
  });
});

describe('capacitors-ieee123-once', () => {
  const ID = 'capacitors-ieee123-once';

  it('one action names the states: the reward is the fall of the losses, and the episode ends', async () => {
    const vector = await makeVector(ID, { environments: 64, autoreset: 'disabled' });
    const search = await MaskSearch.create();
    vector.reset({ seed: 300 });
    const multipliers = Float64Array.from(vector.snapshot().environments.flatMap(({ state }) => state.multipliers as number[]));
    const { objectiveW, best } = search.search(multipliers);
    const first = [...vector.info('mask')];
    expect(new Set(first).size).toBeGreaterThan(10);
    const actions = first.map((_, i) => (5 * i) % 16);
    const { rewards, terminations, truncations } = vector.step(actions);
    actions.forEach((action, i) => {
      expect(rewards[i]).toBe(objectiveW[16 * i + first[i]] - objectiveW[16 * i + action]);
      expect([terminations[i], truncations[i], vector.info('mask')[i], vector.info('steps')[i]]).toEqual([1, 0, action, 1]);
    });
    vector.reset({ seed: 300 });
    const optimum = [...vector.step([...best]).rewards];
    expect(Math.min(...optimum)).toBeGreaterThanOrEqual(0);
    expect(vector.render(0)).not.toContain('toggled');
    await vector.close();
  });

  it('begins as capacitors-ieee123 does: same scenarios, same observations', async () => {
    const [published, once] = await Promise.all(['capacitors-ieee123', ID].map((id) => makeVector(id, { environments: 8 })));
    published.reset({ seed: 5 });
    once.reset({ seed: 5 });
    expect(once.observations).toEqual(published.observations);
    expect(once.task.observationNames).toEqual(published.task.observationNames);
    const multipliers = new Float64Array(91);
    const mask = drawCapacitorScenario(7, 0, multipliers);
    const { state } = once.snapshot(2) as EnvironmentSnapshot;
    expect([state.mask, ...(state.multipliers as number[])]).toEqual([mask, ...multipliers]);
  });

  it('what has no solution fails, though the states named had one', async () => {
    const environment = await make(ID);
    const failing = await failingScale();
    environment.reset({ seed: 1, options: { row: new Array(91).fill(failing), mask: 1 } });
    const { reward, terminated } = environment.step(0);
    expect([reward, terminated]).toEqual([-100_000, true]);
    environment.reset({ seed: 1, options: { row: new Array(91).fill(60), mask: 3 } });
    expect(environment.step(3)).toMatchObject({ reward: -100_000, terminated: true });
    expect(environment.reset({ seed: 1 }).info.powerFlowFailed).toBe(0);
  });

  /** A multiplier of all loads with which there is a solution where all capacitors are open, and none where the large one is closed. */
  async function failingScale(): Promise<number> {
    const search = await MaskSearch.create();
    const scales = Array.from({ length: 120 }, (_, k) => 50 + k / 8);
    const { objectiveW } = search.search(Float64Array.from(scales.flatMap((scale) => new Array<number>(91).fill(scale))));
    const found = scales.find((_, k) => Number.isNaN(objectiveW[16 * k + 1]) && !Number.isNaN(objectiveW[16 * k]));
    expect(found).toBeDefined();
    return found as number;
  }
});

describe('rows of their own', () => {
  const rows = [0.2, 0.4, 0.6].map((value) => new Array<number>(91).fill(value));

  it('episode e of the seed s begins with row s + e, modulo their number; masks are given or drawn', async () => {
    for (const id of ['capacitors-ieee123', 'capacitors-ieee123-once', 'capacitors-ieee123-serious']) {
      const vector = await makeVector(id, { environments: 5, rows, masks: [1, 2, 3] });
      vector.reset({ seed: 4 });
      const begun = (): number[][] => vector.snapshot().environments.map(({ state }) => [(state.multipliers as number[])[90], state.mask as number]);
      expect(begun()).toEqual([
        [0.4, 2],
        [0.6, 3],
        [0.2, 1],
        [0.4, 2],
        [0.6, 3],
      ]);
      vector.reset();
      expect(begun()[0]).toEqual([0.6, 3]);
      await vector.close();
    }
    const drawn = await makeVector('capacitors-ieee123-once', { environments: 40, rows });
    drawn.reset({ seed: 0 });
    const scratch = new Float64Array(91);
    expect([...drawn.info('mask')]).toEqual(Array.from({ length: 40 }, (_, i) => drawCapacitorScenario(i, 0, scratch)));
    await drawn.close();
  });

  it('are evaluated one by one, and refused where they are none', async () => {
    const result = await evaluate('capacitors-ieee123-once', 'optimum', { episodes: 3, taskOptions: { rows, masks: [0, 0, 0] } });
    const { objectiveW, best } = (await MaskSearch.create()).search(Float64Array.from(rows.flat()));
    expect([...result.episodeReturns]).toEqual([0, 1, 2].map((k) => objectiveW[16 * k] - objectiveW[16 * k + best[k]]));
    for (const [options, message] of [
      [{ rows: [] }, 'rows is a list of rows of 91 multipliers'],
      [{ rows: [[1, 2]] }, 'row 0 of rows is a list of 91'],
      [{ rows, masks: [1] }, 'masks is a list of 3 numbers'],
      [{ rows, masks: [1, 2, 16] }, 'mask 2 of masks is a whole number from 0 to 15'],
      [{ masks: [1] }, 'masks belong to rows'],
    ] as const)
      await expect(make('capacitors-ieee123-once', options), JSON.stringify(options)).rejects.toThrow(message);
    await expect(MaskSearch.create({ rows } as object)).rejects.toThrow('no option "rows"');
  });
});

describe('the linear fit', () => {
  it('chooses nearly as well as the optimum on scenarios that it was not fitted to', async () => {
    const search = await MaskSearch.create();
    const scenarios = async (seed: number, count: number) => {
      const vector = await makeVector('capacitors-ieee123-once', { environments: count });
      vector.reset({ seed });
      const multipliers = new Float64Array(91 * count);
      const masks = Array.from({ length: count }, (_, i) => drawCapacitorScenario(seed + i, 0, multipliers, 91 * i));
      const { objectiveW, best } = search.search(multipliers);
      const observations = vector.observations.slice();
      await vector.close();
      return { masks, objectiveW, best, observations };
    };
    const learnt = await scenarios(1_000_000, 3000);
    const fit = new MaskFit(learnt.observations, learnt.masks, learnt.objectiveW);
    const seen = await scenarios(0, 500);
    const lossOf = (masks: ArrayLike<number>): number => mean(Array.from({ length: 500 }, (_, i) => seen.objectiveW[16 * i + masks[i]]));
    const [initial, chosen, best] = [seen.masks, fit.choose(seen.observations, seen.masks), seen.best].map(lossOf);
    expect((initial - chosen) / (initial - best)).toBeGreaterThan(0.995);
    expect(() => new MaskFit(learnt.observations, [1], learnt.objectiveW)).toThrow(InputError);
    const few = new MaskFit(learnt.observations.slice(0, 272), [1, 1], learnt.objectiveW.slice(0, 32));
    expect(() => few.choose(seen.observations.slice(0, 136), [2])).toThrow('mask 2');
  });
});
