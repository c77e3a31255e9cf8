/** dso-case33bw against known figures, single power flows, and its own balance of energy. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadCase } from '../../../src/cases/index.js';
import { make, makeVector } from '../../../src/environments/node-index.js';
import { DAY_SHAPE, FLEXIBLE_BUSES, FLEXIBLE_MW, FLEXIBLE_TANGENT } from '../../../src/environments/tasks/dso/feeder.js';
import { FlexibleLoads, MOST_WAIT } from '../../../src/environments/tasks/dso/flexible-loads.js';
import { GridError, InputError } from '../../../src/grid/index.js';
import { solveBalanced } from '../../../src/powerflow/index.js';

const NONE = new Array<number>(12).fill(0);
const FLAT = new Array<number>(48).fill(1);

describe('the feeder', () => {
  it('at nominal load loses 202.677126 kW, with 0.9130905 pu at bus 18', async () => {
    const environment = await make('dso-case33bw', {
      loadScale: 1,
      slackPu: 1,
      flexibleMw: [0, 0, 0, 0, 0, 0],
      shape: FLAT,
      noise: 0,
      tolerance: 1e-11,
    });
    const { observation, info } = environment.reset({ seed: 1 });
    expect(info.lossKw).toBeCloseTo(202.677126, 6);
    expect(info.lowestPu).toBeCloseTo(0.9130905, 7);
    expect(observation[2 + 17]).toBe(Math.fround(Number(info.lowestPu)));
    expect(info.substationMw).toBeCloseTo(3.715 + 0.202677126, 8);
    const { costs, info: after } = environment.step(NONE);
    expect(after.lossKw).toBe(info.lossKw);
    const below = [...observation.slice(2, 35)].filter((pu) => pu < 0.94).length;
    expect(below).toBeGreaterThan(5);
    expect(costs.busesOutsideBand).toBe(below);
  });

  it('has the shape of the day, 1 at 16 h', () => {
    expect(DAY_SHAPE).toHaveLength(48);
    expect(Math.max(...DAY_SHAPE)).toBe(1);
    expect(DAY_SHAPE[32]).toBe(1);
    expect(DAY_SHAPE[1]).toBeCloseTo((0.677 + 0.6256) / 2, 12);
    expect(DAY_SHAPE[47]).toBeCloseTo((0.756 + 0.677) / 2, 12);
  });

  it('what is seen is what a single power flow finds', async () => {
    const environment = await make('dso-case33bw', { noise: 0, tolerance: 1e-11 });
    environment.reset({ seed: 1 });
    const grid = await loadCase('case33bw');
    for (let slot = 0; slot < 48; slot++) {
      const curtail = FLEXIBLE_BUSES.map((_, k) => ((k + slot) % 4) / 4);
      const { observation, info, costs, reward, terminated } = environment.step([...curtail, 0, 0, 0, 0, 0, 0]);
      const loads = grid.loads.map((load) => ({
        ...load,
        powerMw: load.powerMw * 0.83 * DAY_SHAPE[slot],
        powerMvar: load.powerMvar * 0.83 * DAY_SHAPE[slot],
      }));
      let curtailedMw = 0;
      FLEXIBLE_BUSES.forEach((bus, k) => {
        const demandMw = FLEXIBLE_MW[k] * DAY_SHAPE[slot];
        curtailedMw += demandMw * curtail[k];
        const powerMw = demandMw * (1 - curtail[k]);
        loads.push({ bus, powerMw, powerMvar: powerMw * FLEXIBLE_TANGENT, inService: true });
      });
      const alone = solveBalanced(
        { ...grid, loads, generators: grid.generators.map((generator) => ({ ...generator, voltagePu: 1.045 })) },
        { tolerance: 1e-12 },
      );
      const lossKw = alone.totals.lossMw * 1000;
      expect(info.lossKw).toBeCloseTo(lossKw, 6);
      expect(info.lowestPu).toBeCloseTo(Math.min(...alone.buses.map(({ voltagePu }) => voltagePu)), 9);
      expect(info.substationMw).toBeCloseTo(alone.generators[0].powerMw, 8);
      alone.buses.forEach(({ voltagePu }, bus) => {
        expect(observation[2 + bus]).toBeCloseTo(voltagePu, 6);
      });
      expect(info.curtailedKwh).toBeCloseTo(curtailedMw * 500, 9);
      expect(reward).toBeCloseTo(-0.01 * lossKw - 0.003 * curtailedMw * 500, 8);
      expect(costs.busesOutsideBand).toBe(alone.buses.filter(({ voltagePu }) => voltagePu < 0.94 || voltagePu > 1.06).length);
      expect(terminated).toBe(slot === 47);
    }
  });
});

describe('flexible loads', () => {
  it('by hand: put off, serve early, serve when due', () => {
    const loads = new FlexibleLoads(1, [0.1]);
    const serve = (demandMw: number, curtail: number, shift: number): [number, number, number] => {
      loads.serve(0, 0, demandMw, curtail, shift);
      return [loads.servedMw, loads.curtailedMw, loads.waitingMw(0, 0)].map((x) => Math.round(x * 1e12) / 1e12) as [number, number, number];
    };
    expect(serve(0.1, 0, -1)).toEqual([0, 0, 0.1]);
    expect(serve(0.08, 0.5, -0.5)).toEqual([0.02, 0.04, 0.12]);
    // A quarter of what waits, 0.03: of the oldest.
    expect(serve(0.05, 0, 0.25)).toEqual([0.08, 0, 0.09]);
    expect(serve(0, 0, 0)).toEqual([0, 0, 0.09]);
    // What is left of the first half-hour is due.
    expect(loads.dueMw(0, 0)).toBeCloseTo(0.07, 12);
    expect(serve(0.1, 0, -1)).toEqual([0.07, 0, 0.12]);
    // 0.02 is due; early service ends at the connection's 0.2 MW.
    expect(serve(0.15, 0, 1)).toEqual([0.2, 0, 0.07]);
  });

  it('all that is wanted is served, curtailed or waits, and nothing waits longer than four half-hours', () => {
    const action = fc.tuple(
      fc.double({ min: 0, max: 0.3, noNaN: true }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.double({ min: -1, max: 1, noNaN: true }),
    );
    fc.assert(
      fc.property(fc.array(action, { minLength: 1, maxLength: 60 }), (steps) => {
        const loads = new FlexibleLoads(1, [0.1]);
        const wanted: number[] = [];
        let done = 0;
        for (const [demand, curtail, shift] of steps) {
          const due = loads.dueMw(0, 0);
          loads.serve(0, 0, demand, curtail, shift);
          wanted.push(demand);
          done += loads.servedMw + loads.curtailedMw;
          const rest = demand * (1 - curtail);
          expect(loads.servedMw).toBeGreaterThanOrEqual(due - 1e-12);
          expect(loads.servedMw).toBeLessThanOrEqual(Math.max(0.2, rest + due) + 1e-12);
          const sum = wanted.reduce((total, one) => total + one, 0);
          expect(done + loads.waitingMw(0, 0)).toBeCloseTo(sum, 9);
          const recent = wanted.slice(-MOST_WAIT).reduce((total, one) => total + one, 0);
          expect(loads.waitingMw(0, 0)).toBeLessThanOrEqual(recent + 1e-12);
          for (const waiting of loads.save(0)) expect(waiting).toBeGreaterThanOrEqual(0);
        }
      }),
    );
  });

  it('what waits when the day ends is lost, and paid for', async () => {
    const settings = { noise: 0 };
    const [lazy, plain] = [await make('dso-case33bw', settings), await make('dso-case33bw', settings)];
    lazy.reset({ seed: 1 });
    plain.reset({ seed: 1 });
    const wait = NONE.map((_, k) => (k < 6 ? 0 : -1));
    for (let slot = 0; slot < 47; slot++) {
      lazy.step(slot < 45 ? NONE : wait);
      plain.step(NONE);
    }
    const { info, reward } = lazy.step(wait);
    const wanted = FLEXIBLE_MW.reduce((sum, mw) => sum + mw, 0) * (DAY_SHAPE[45] + DAY_SHAPE[46] + DAY_SHAPE[47]);
    expect(info.curtailedKwh).toBeCloseTo(wanted * 500, 9);
    expect(reward).toBeCloseTo(-0.01 * Number(info.lossKw) - 0.003 * wanted * 500, 9);
    const end = plain.step(NONE);
    expect(end.info.curtailedKwh).toBe(0);
    expect([end.terminated, end.truncated]).toEqual([true, false]);
  });
});

describe('environments of dso-case33bw', () => {
  it('demand stays within its noise, differs from day to day and load to load', async () => {
    const vector = await makeVector('dso-case33bw', { environments: 40 });
    const { observations } = vector.reset({ seed: 5 });
    const width = observations.length / 40;
    const ratios = Array.from({ length: 40 }, (_, i) => FLEXIBLE_MW.map((mw, k) => observations[i * width + 37 + k] / (mw * DAY_SHAPE[0]))).flat();
    expect(Math.min(...ratios)).toBeGreaterThanOrEqual(0.9 - 1e-6);
    expect(Math.max(...ratios)).toBeLessThanOrEqual(1.1 + 1e-6);
    const mean = ratios.reduce((sum, ratio) => sum + ratio, 0) / ratios.length;
    // Evenly from 0.9 to 1.1: deviation 0.0577, of the mean of 240 0.0037.
    expect(Math.abs(mean - 1)).toBeLessThan(0.015);
    expect(new Set(ratios).size).toBeGreaterThan(230);
  });

  it('a load that no feeder could carry ends its own episode, with a defined reward, and no other', async () => {
    const vector = await makeVector('dso-case33bw', {
      environments: 32,
      autoreset: 'disabled',
      noise: 1,
      loadScale: 0.83,
      flexibleMw: [0, 0, 1.5, 0, 0, 0],
      shape: FLAT,
    });
    vector.reset({ seed: 1 });
    const { rewards, terminations, observations } = vector.step(new Float64Array(32 * 12));
    const failed = [...vector.info('powerFlowFailed')];
    expect(failed).toContain(1);
    expect(failed).toContain(0);
    failed.forEach((flag, i) => {
      expect(terminations[i]).toBe(flag);
      if (flag) expect(rewards[i]).toBe(-100);
      else expect(rewards[i]).toBeGreaterThan(-100);
    });
    expect(observations.every(Number.isFinite)).toBe(true);
  });

  it('refuses what cannot be', async () => {
    for (const options of [{ loadScale: -1 }, { shape: [1] }, { flexibleMw: [1, 2] }, { noise: 2 }, { price: 1 }, { slackPu: Number.NaN }])
      await expect(make('dso-case33bw', options), JSON.stringify(options)).rejects.toThrow(InputError);
    await expect(make('dso-case33bw', { flexibleMw: [90, 90, 90, 90, 90, 90] })).rejects.toThrow(GridError);
    const environment = await make('dso-case33bw');
    expect(() => environment.reset({ seed: 1, options: { episode: 1 } })).toThrow(/no reset option "episode"/);
  });
});
