/** What the Volt-VAR tasks compute, apart from any engine: batteries, rounding, load shapes as text, options. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeTask, makeVector, voltVarTask, voltVarVariant } from '../../../src/environments/index.js';
import {
  BATTERY_LEVELS,
  kvarPerKw,
  powerOfLevel,
  powerOfShare,
  publishedKvarPerKw,
  storedAfter,
  wholeKwh,
} from '../../../src/environments/tasks/voltvar/batteries.js';
import { HOURS, LoadDays } from '../../../src/environments/tasks/voltvar/load-days.js';
import { packLoadShape, unpackLoadShape } from '../../../src/environments/tasks/voltvar/load-shape-text.js';
import { tapPosition, tapPu, voltVarSetup } from '../../../src/environments/tasks/voltvar/setup.js';
import { InputError } from '../../../src/grid/index.js';

describe('orders of a battery', () => {
  const level = fc.integer({ min: 0, max: BATTERY_LEVELS - 1 });
  const share = fc.double({ min: -1, max: 1, noNaN: true });
  const stored = fc.double({ min: 0, max: 1000, noNaN: true });

  it('are carried out where there is energy and room', () => {
    // 16 levels each way: 200 kW in steps of 12.5 kW.
    expect([0, 8, 16, 17, 32].map((k) => powerOfLevel(k, 500, 200, 1000))).toEqual([-200, -100, 0, 12.5, 200]);
    expect([-1, -0.5, 0, 0.25, 1].map((x) => powerOfShare(x, 500, 200, 1000))).toEqual([-200, -100, 0, 50, 200]);
  });

  it('fall to the level that energy or room allows', () => {
    // 30 kWh feed 2 levels of 12.5 kW for an hour, not 3; so does room for 30 kWh.
    expect(powerOfLevel(32, 30, 200, 1000)).toBe(25);
    expect(powerOfLevel(0, 970, 200, 1000)).toBe(-25);
    expect(powerOfLevel(32, 0, 200, 1000)).toBe(0);
    expect(powerOfLevel(0, 1000, 200, 1000)).toBe(0);
    // 25 kWh are two levels exactly: nothing is lost to rounding.
    expect(powerOfLevel(20, 25, 200, 1000)).toBe(25);
    expect(powerOfShare(1, 30, 200, 1000)).toBe(30);
    expect(powerOfShare(-1, 970, 200, 1000)).toBe(-30);
  });

  it('never take what is not there, by more than a hair of a level, and never turn round', () => {
    fc.assert(
      fc.property(level, stored, (ordered, kwh) => {
        const power = powerOfLevel(ordered, kwh, 200, 1000);
        expect(power).toBeLessThanOrEqual(kwh + 2e-7);
        expect(power).toBeGreaterThanOrEqual(kwh - 1000 - 2e-7);
        expect(Math.sign(power) * Math.sign(ordered - 16)).toBeGreaterThanOrEqual(0);
        expect(Math.abs(power)).toBeLessThanOrEqual(Math.abs(((ordered - 16) / 16) * 200));
        // The next level further out would be too much, if it was asked for.
        const further = power + Math.sign(ordered - 16) * 12.5;
        if (Math.abs(further) <= Math.abs(((ordered - 16) / 16) * 200) && further !== power) expect(further > kwh || further < kwh - 1000).toBe(true);
      }),
    );
    fc.assert(
      fc.property(share, stored, (ordered, kwh) => {
        const power = powerOfShare(ordered, kwh, 200, 1000);
        expect(power).toBeLessThanOrEqual(kwh);
        expect(power).toBeGreaterThanOrEqual(kwh - 1000);
        expect(storedAfter(kwh, power, 1000)).toBeCloseTo(kwh - power, 9);
      }),
    );
  });

  it('whole kWh: halves go to even, and what a solver’s last digits decide does not count', () => {
    expect([0.5, 1.5, 2.5, 987.5, 986.5, 12.4, 12.6].map(wholeKwh)).toEqual([0, 2, 2, 988, 986, 12, 13]);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 3999 }), fc.double({ min: -4e-7, max: 4e-7, noNaN: true }), (whole, error) => {
        expect(wholeKwh(whole + 0.5 + error)).toBe(whole % 2 === 0 ? whole : whole + 1);
        expect(wholeKwh(whole + 0.499)).toBe(whole);
        expect(wholeKwh(whole + 0.501)).toBe(whole + 1);
      }),
    );
  });

  it('reactive power: P / pf as published, a power factor of 0.689; of 0.95 when corrected', () => {
    const factor = (tangent: number): number => 1 / Math.hypot(1, tangent);
    expect(factor(publishedKvarPerKw(0.95))).toBeCloseTo(0.689, 3);
    expect(factor(kvarPerKw(0.95))).toBeCloseTo(0.95, 14);
    expect(kvarPerKw(0.95)).toBeCloseTo(Math.tan(Math.acos(0.95)), 14);
  });
});

describe('taps', () => {
  it('are 32 steps of 0.00625 pu from 0.9', () => {
    for (let position = 0; position <= 32; position++) {
      expect(tapPu(position)).toBeCloseTo(0.9 + 0.00625 * position, 14);
      // 19.999999 is 20, not 19.
      expect(tapPosition(tapPu(position) - 1e-9)).toBe(position);
    }
  });
});

describe('load shapes', () => {
  it('come back from text to the last bit', () => {
    const value = fc.integer({ min: 0, max: 10 ** 15 }).map((units) => units / 1e15);
    fc.assert(
      fc.property(fc.array(value, { maxLength: 50 }), fc.integer({ min: 1, max: 20_000_000 }), (values, denominator) => {
        const packed = packLoadShape(values, denominator);
        expect(packed.ratios + packed.corrections).toMatch(/^[\w\-: ]*$/);
        expect(Array.from(unpackLoadShape(packed))).toEqual(values);
      }),
    );
  });

  it('give each load a stretch of its own; fixed loads none', () => {
    const days = new LoadDays([false, true, false], 1.5);
    expect(days.days).toBe(365);
    const plain = new LoadDays([false, false, false], 1);
    for (const row of [0, 100, 364 * HOURS + 23]) {
      expect(days.values[days.first[0] + row]).toBe(1.5 * plain.values[row]);
      expect(days.values[days.first[1] + row]).toBe(1);
      expect(days.values[days.first[2] + row]).toBe(1.5 * plain.values[2 * 8760 + row]);
    }
  });
});

describe('variants', () => {
  it('by endings of the id and by options', () => {
    expect(voltVarVariant('voltvar-ieee123-cbat-soc-s1.5-corrected-native').variant).toEqual({
      continuousBatteries: true,
      soc: true,
      loadScale: 1.5,
      rules: 'corrected',
      control: 'native',
      observeLoads: false,
      days: 'all',
    });
    expect(voltVarVariant('voltvar-ieee13-soc', { soc: true, loadScale: 2 }).variant).toMatchObject({
      soc: true,
      loadScale: 2,
      rules: 'published',
    });
  });

  it.each([
    ['voltvar-ieee12', {}],
    ['voltvar-ieee13-soc', { soc: false }],
    ['voltvar-ieee13-corrected', { rules: 'published' }],
    ['voltvar-ieee13-soc-cbat', {}],
    ['voltvar-ieee13-s', {}],
    ['voltvar-ieee13', { loadscale: 1 }],
    ['voltvar-ieee13', { loadScale: Number.NaN }],
    ['voltvar-ieee13', { loadScale: -1 }],
    ['voltvar-ieee13', { rules: 'right' }],
    ['voltvar-ieee13', { soc: 'yes' }],
    ['voltvar-ieee13', { constructor: 1 }],
  ])('%s %j is refused in one line', (id, options) => {
    expect(() => voltVarVariant(id, options as never)).toThrow(InputError);
    expect(() => voltVarVariant(id, options as never)).toThrow(/^[^\n]{20,400}$/);
  });

  it('have the published spaces', async () => {
    const sizes = { '13': [48, 6], '34': [107, 10], '123': [297, 15] };
    for (const [number, [observation, action]] of Object.entries(sizes)) {
      const task = await makeTask(`voltvar-ieee${number}`);
      expect([task.observationSpace.length, task.actionSpace.length]).toEqual([observation, action]);
      expect(task.observationNames).toHaveLength(observation);
      expect(task.actionNames).toHaveLength(action);
      for (const named of Object.values(task.namedActions ?? {})) expect(task.actionSpace.contains(named)).toBe(true);
    }
    const task = await voltVarTask('voltvar-ieee13-cbat', { observeLoads: true });
    expect(task.observationSpace.length).toBe(48 + 15);
    expect(task.actionSpace.describe()).toMatch(/MultiDiscrete.*Box/);
  });

  it('hold every fourth day back for tests', async () => {
    const drawn = async (days: 'all' | 'training' | 'test'): Promise<Set<number>> => {
      const vector = await makeVector('voltvar-ieee34', { environments: 200, days });
      vector.reset({ seed: 5 });
      return new Set(vector.info('episode'));
    };
    const [all, training, test] = [await drawn('all'), await drawn('training'), await drawn('test')];
    expect([all.size, training.size, [...test].sort((a, b) => a - b)]).toEqual([16, 12, [3, 7, 11, 15]]);
    expect([...training].some((day) => test.has(day))).toBe(false);
    await expect(makeVector('voltvar-ieee34', { days: 'Sunday' })).rejects.toThrow('days is "Sunday"; it must be all, training or test');
  });

  it('weigh the state of charge by the square of the load scale', async () => {
    const { system, variant } = voltVarVariant('voltvar-ieee34-soc-s2');
    const { weights, days } = await voltVarSetup(system, variant);
    expect(weights.soc).toBeCloseTo((500 / 33) * 4, 12);
    expect(weights.discharge).toBeCloseTo(4 / 33, 12);
    expect(days.days).toBe(16);
  });
});
