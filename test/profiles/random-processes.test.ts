/** Random processes against their formulas: within four standard errors, by fixed seeds (../shared/research/profiles.md section 6). */
import { describe, expect, it } from 'vitest';
import {
  BAY_AREA_TEMPERATURE,
  BETA_CLEAR_SKY_INDEX,
  betaOfMoments,
  CLOUD_MODELS,
  type CloudModel,
  CloudProcess,
  cloudCorrelation,
  cloudDelaySeconds,
  cloudLengthKm,
  DEFAULT_WANDERING,
  expectedTemperature,
  fillBetaIndex,
  fillClearSkyIndex,
  fillDelayedIndex,
  fillOrnsteinUhlenbeck,
  fillTemperature,
  fillWanderingLoads,
  fillWindSpeed,
  homesDay,
  largestClearSkyIndex,
  PACIFIC_TIME,
  pvDay,
  pvPlant,
  RandomStream,
  SANTA_CLARA,
  stationaryShares,
  timeConstantOf,
  twoStateTransitions,
} from '../../src/profiles/index.js';
import { autocorrelation, expectWithin, mean, standardDeviation } from './statistics.js';

const SEED = 20261120;

describe('Ornstein-Uhlenbeck', () => {
  it.each([60, 600])('step of %i s: stationary mean and deviation, correlation exp(-dt / tau)', (stepSeconds) => {
    const process = { mean: 3, standardDeviation: 0.5, timeConstantSeconds: 600 };
    const n = 100_000;
    const path = fillOrnsteinUhlenbeck(new Float64Array(n), process, stepSeconds, new RandomStream(SEED, 0, 'ou'));
    const a = Math.exp(-stepSeconds / 600);
    const independent = (n * (1 - a)) / (1 + a);
    expectWithin(mean(path), 3, 0.5 / Math.sqrt(independent), 'mean');
    // Squares of a Gaussian AR(1) correlate by a^2.
    expectWithin(standardDeviation(path), 0.5, 0.5 / Math.sqrt((2 * n * (1 - a * a)) / (1 + a * a)), 'deviation');
    expectWithin(autocorrelation(path, 1), a, Math.sqrt((1 - a * a) / n), 'lag 1');
    expectWithin(autocorrelation(path, 5), a ** 5, 4 / Math.sqrt(independent), 'lag 5');
  });

  it('starts from the stationary distribution, or goes on from a value', () => {
    const process = { mean: -1, standardDeviation: 2, timeConstantSeconds: 1e6 };
    const firsts = Float64Array.from(
      { length: 4000 },
      (_, e) => fillOrnsteinUhlenbeck(new Float64Array(1), process, 1, new RandomStream(SEED, e, 'ou'))[0],
    );
    expectWithin(mean(firsts), -1, 2 / Math.sqrt(4000), 'mean of firsts');
    expectWithin(standardDeviation(firsts), 2, 2 / Math.sqrt(8000), 'deviation of firsts');
    const whole = fillOrnsteinUhlenbeck(new Float64Array(10), process, 60, new RandomStream(1));
    const stream = new RandomStream(1);
    const head = fillOrnsteinUhlenbeck(new Float64Array(4), process, 60, stream);
    const tail = fillOrnsteinUhlenbeck(new Float64Array(6), process, 60, stream, head[3]);
    expect([...head, ...tail]).toEqual([...whole]);
  });

  it('refuses what cannot be', () => {
    const fill =
      (process: object, step = 1) =>
      () =>
        fillOrnsteinUhlenbeck(new Float64Array(1), { mean: 0, standardDeviation: 1, timeConstantSeconds: 1, ...process }, step, new RandomStream(1));
    expect(fill({ standardDeviation: -1 })).toThrow('ornsteinUhlenbeck.standardDeviation: is -1; it must be a number from 0');
    expect(fill({ timeConstantSeconds: 0 })).toThrow('timeConstantSeconds');
    expect(fill({ mean: Number.NaN })).toThrow('mean');
    expect(fill({}, 0)).toThrow('stepSeconds');
    expect(() => timeConstantOf(1, 60)).toThrow('lagOne: is 1');
  });
});

describe('clouds', () => {
  // Shares found in the data the rows were estimated from (research/profiles.md, section 2).
  it.each<[keyof typeof CLOUD_MODELS, number[]]>([
    ['hourly', [0.162, 0.202, 0.637]],
    ['hourly-winter', [0.237, 0.213, 0.55]],
    ['hourly-summer', [0.124, 0.156, 0.72]],
    ['daily', [0.107, 0.359, 0.534]],
  ])('%s begins with the shares of the data', (name, shares) => {
    const counts = new Float64Array(3);
    const n = 4000;
    for (let e = 0; e < n; e++) counts[new CloudProcess(CLOUD_MODELS[name], new RandomStream(SEED, e, 'start')).state] += 1;
    // The shares are printed to three digits and sum to 1.001.
    shares.forEach((share, i) => expectWithin(counts[i] / n, share, Math.sqrt((share * (1 - share)) / n), `state ${i}`));
  });

  it('daily: the long run agrees with the data, to what 365 days can show', () => {
    const shares = [0.107, 0.359, 0.534];
    stationaryShares(CLOUD_MODELS.daily.transitions).forEach((share, i) => {
      expectWithin(share, shares[i], Math.sqrt((share * (1 - share)) / 365), `state ${i}`);
    });
  });

  it('stationary shares stay under the chain', () => {
    for (const model of Object.values(CLOUD_MODELS)) {
      const shares = stationaryShares(model.transitions);
      for (let j = 0; j < shares.length; j++) {
        expect(shares.reduce((sum, share, i) => sum + share * model.transitions[i][j], 0)).toBeCloseTo(shares[j], 14);
      }
    }
  });

  it.each(Object.values(CLOUD_MODELS).map((model) => [model.name, model as CloudModel] as const))(
    '%s: transitions, shares and index',
    (_name, model) => {
      const n = 20_000;
      const states = new Uint8Array(n);
      const index = fillClearSkyIndex(new Float64Array(n), model, new RandomStream(SEED, 3, 'clouds'), states);
      const count = model.states.length;
      for (let from = 0; from < count; from++) {
        const row = new Float64Array(count);
        let total = 0;
        for (let i = 1; i < n; i++) {
          if (states[i - 1] !== from) continue;
          row[states[i]] += 1;
          total += 1;
        }
        let chiSquare = 0;
        let degrees = -1;
        model.transitions[from].forEach((p, to) => {
          if (p === 0) return expect(row[to]).toBe(0);
          chiSquare += (row[to] - total * p) ** 2 / (total * p);
          degrees += 1;
        });
        expectWithin(chiSquare, degrees, Math.sqrt(2 * Math.max(degrees, 1)), `chi-square of row ${from}`);
      }
      for (let state = 0; state < count; state++) {
        const { alpha, beta, low, high } = model.states[state].index;
        const inState = index.filter((_, i) => states[i] === state);
        expect(inState.every((k) => k >= low && k <= high)).toBe(true);
        const y = alpha / (alpha + beta);
        const deviation = (high - low) * Math.sqrt((y * (1 - y)) / (alpha + beta + 1));
        // With memory m values in one state count for (1 - m) / (1 + m) of as many independent ones.
        const independent = (inState.length * (1 - model.memory)) / (1 + model.memory);
        expectWithin(mean(inState), low + (high - low) * y, deviation / Math.sqrt(independent), `mean in ${model.states[state].name}`);
      }
    },
  );

  it('two states in continuous time: mean stays, and steps that combine', () => {
    const step = twoStateTransitions(119, 202, 1);
    expect(step[0][0] + step[0][1]).toBeCloseTo(1, 15);
    const ten = twoStateTransitions(119, 202, 10);
    let power = [
      [1, 0],
      [0, 1],
    ];
    for (let k = 0; k < 10; k++) power = power.map((row) => [0, 1].map((j) => row[0] * step[0][j] + row[1] * step[1][j]));
    power.flat().forEach((p, i) => expect(p).toBeCloseTo(ten.flat()[i], 13));
    expect(stationaryShares(step)[0]).toBeCloseTo(119 / 321, 13);
    const n = 100_000;
    const model = CLOUD_MODELS['second-partly-cloudy'];
    const process = new CloudProcess({ ...model, transitions: twoStateTransitions(5, 9, 1) }, new RandomStream(SEED, 1, 'stays'));
    let changes = 0;
    let clear = 0;
    for (let i = 0, before = process.state; i < n; i++, before = process.state) {
      process.advance();
      if (before === 0) clear += 1;
      if (before === 0 && process.state === 1) changes += 1;
    }
    const leave = twoStateTransitions(5, 9, 1)[0][1];
    expectWithin(changes / clear, leave, Math.sqrt((leave * (1 - leave)) / clear), 'leaving clear sky');
  });

  it('the autocorrelation of the state falls as (p_cc + p_oo - 1)^lag', () => {
    const n = 60_000;
    const model = CLOUD_MODELS['minute-partly-cloudy'];
    const states = new Uint8Array(n);
    fillClearSkyIndex(new Float64Array(n), model, new RandomStream(SEED, 5, 'clouds'), states);
    const r = model.transitions[0][0] + model.transitions[1][1] - 1;
    const error = Math.sqrt((1 + r * r) / (1 - r * r) / n);
    for (const lag of [1, 2, 4]) expectWithin(autocorrelation(states, lag), r ** lag, error, `lag ${lag}`);
  });

  it('refuses what is no chain', () => {
    const model = CLOUD_MODELS.hourly;
    const make = (change: Partial<CloudModel>) => () => new CloudProcess({ ...model, ...change }, new RandomStream(1));
    expect(
      make({
        transitions: [
          [1, 0, 0],
          [0, 0.5, 0.4],
          [0, 0, 1],
        ],
      }),
    ).toThrow('cloud.hourly.transitions: row 2 must hold 3 probabilities');
    expect(make({ transitions: [[1]] })).toThrow('has 1 rows for 3 states');
    expect(make({ memory: 1 })).toThrow('memory');
    expect(make({ states: [] })).toThrow('there is none');
  });

  it('beta-distributed index: mean and deviation by season, bounds, memory', () => {
    for (const [season, distribution] of Object.entries(BETA_CLEAR_SKY_INDEX)) {
      const n = 8000;
      const { alpha, beta, high } = distribution;
      const path = fillBetaIndex(new Float64Array(n), distribution, 3600, new RandomStream(SEED, 1, season));
      expect(path.every((k) => k >= 0 && k <= high)).toBe(true);
      const y = alpha / (alpha + beta);
      const deviation = high * Math.sqrt((y * (1 - y)) / (alpha + beta + 1));
      const independent = (n * (1 - 0.78)) / (1 + 0.78);
      expectWithin(mean(path), high * y, deviation / Math.sqrt(independent), `mean, ${season}`);
      expectWithin(standardDeviation(path), deviation, deviation / Math.sqrt(independent), `deviation, ${season}`);
      const lag = autocorrelation(path, 1);
      expect(lag).toBeGreaterThan(0.68);
      expect(lag).toBeLessThan(0.8);
    }
    // The moments that section 3 states for the whole year.
    const { alpha, beta } = betaOfMoments(0.851, 0.281, 0, 1.2);
    expect(alpha).toBeCloseTo(1.96, 1);
    expect(beta).toBeCloseTo(0.8, 1);
  });

  it('lengths of clouds lie within their bounds, the median as the formula has it', () => {
    expect(cloudLengthKm(0)).toBeCloseTo(1500, 6);
    expect(cloudLengthKm(1)).toBeCloseTo(0.1, 12);
    const middle = (0.1 ** -0.66 + 1500 ** -0.66) / 2;
    expect(cloudLengthKm(0.5)).toBeCloseTo(middle ** (-1 / 0.66), 10);
    expect(largestClearSkyIndex(0)).toBeCloseTo(1.08 + 1.665 * Math.exp(-4.494), 12);
    expect(cloudCorrelation(100, 60, 10)).toBeCloseTo(Math.exp(-100 / 300), 14);
  });
});

describe('clouds over several places', () => {
  it('arrive later downwind, and take their time to cross', () => {
    expect(cloudDelaySeconds(1000, 0, 90, 10)).toBeCloseTo(100, 10);
    expect(cloudDelaySeconds(0, 1000, 180, 10)).toBeCloseTo(-100, 10);
    const index = Float64Array.of(1, 1, 0.2, 0.2, 1, 1);
    const out = new Float64Array(6);
    expect([...fillDelayedIndex(out, index, 60, 0)]).toEqual([...index]);
    expect([...fillDelayedIndex(out, index, 60, 120)]).toEqual([1, 1, 1, 1, 0.2, 0.2]);
    expect([...fillDelayedIndex(out, index, 60, -60)]).toEqual([1, 0.2, 0.2, 1, 1, 1]);
    fillDelayedIndex(out, index, 60, 0, 90);
    // The last 90 s before each moment.
    const expected = [1, 1, 1, (0.5 + 0.2) / 1.5, 0.2, (0.5 * 0.2 + 1) / 1.5];
    expected.forEach((value, i) => expect(out[i]).toBeCloseTo(value, 12));
  });
});

describe('wind speed', () => {
  it.each([2, 1.6])('Weibull of shape %d: mean, deviation, memory', (shape) => {
    const n = 20_000;
    const path = fillWindSpeed(new Float64Array(n), { meanMetresPerSecond: 7, shape }, 3600, new RandomStream(SEED, 2, 'wind'));
    // Gamma(1 + 2 / k) / Gamma(1 + 1 / k)^2 - 1, for k = 2: 4 / pi - 1.
    const variation = shape === 2 ? 4 / Math.PI - 1 : 0.4098758;
    const independent = (n * (1 - 0.95)) / (1 + 0.95);
    const deviation = 7 * Math.sqrt(variation);
    expectWithin(mean(path), 7, deviation / Math.sqrt(independent), 'mean');
    expectWithin(standardDeviation(path), deviation, deviation / Math.sqrt(independent), 'deviation');
    expect(autocorrelation(path, 1)).toBeGreaterThan(0.92);
    expect(path.every((v) => v >= 0 && v < 60)).toBe(true);
    expect(() => fillWindSpeed(path, { meanMetresPerSecond: 0 }, 1, new RandomStream(1))).toThrow('wind');
  });
});

describe('temperature', () => {
  it('is warmest at the hour and day given; deviates by what is given', () => {
    const noon = Date.parse('2023-08-05T14:06:00-08:00') / 1000;
    const climate = BAY_AREA_TEMPERATURE;
    expect(expectedTemperature(climate, PACIFIC_TIME, noon)).toBeCloseTo(climate.meanC + climate.yearlyAmplitudeC + climate.dailyAmplitudeC, 2);
    const year = fillTemperature(new Float64Array(8760), climate, Date.parse('2023-01-01T00:00:00-08:00') / 1000, 3600, PACIFIC_TIME);
    expect(mean(year)).toBeCloseTo(climate.meanC, 6);
    const start = Date.parse('2023-01-01T00:00:00-08:00') / 1000;
    const noisy = fillTemperature(new Float64Array(8760), climate, start, 3600, PACIFIC_TIME, new RandomStream(SEED));
    const deviation = noisy.map((value, i) => value - year[i]);
    const a = Math.exp(-3600 / 40_500);
    expectWithin(standardDeviation(deviation), 2.38, 2.38 / Math.sqrt((2 * 8760 * (1 - a * a)) / (1 + a * a)), 'deviation');
  });
});

describe('one seed, one series', () => {
  it('whatever is drawn beside it, in whatever order', () => {
    const paths = (order: number[]): Map<number, string> => {
      const processes = order.map((e) => [e, new CloudProcess(CLOUD_MODELS.hourly, new RandomStream(SEED, e, 'clouds')), [] as number[]] as const);
      for (let step = 0; step < 24; step++) {
        for (const [, process, path] of processes) {
          path.push(process.index());
          process.advance();
        }
      }
      return new Map(processes.map(([e, , path]) => [e, path.join()]));
    };
    const alone = paths([5]);
    const together = paths([9, 2, 5, 0, 7]);
    expect(together.get(5)).toBe(alone.get(5));
    expect(together.get(2)).not.toBe(alone.get(5));
  });

  it('goes on from a snapshot as if never left', () => {
    const stream = new RandomStream(SEED, 4, 'clouds');
    const process = new CloudProcess(CLOUD_MODELS['second-broken-cloud'], stream);
    for (let i = 0; i < 30; i++) process.advance();
    const [snapshot, position] = [process.snapshot(), stream.state()];
    const onward = (): number[] =>
      Array.from({ length: 20 }, () => {
        process.advance();
        return process.index();
      });
    const first = onward();
    process.restore(snapshot);
    stream.restore(position);
    expect(onward()).toEqual(first);
  });

  it('a hash of a cloudy day, its wind, and its loads: the same bits on every machine', () => {
    const clouds = { model: CLOUD_MODELS.hourly, stream: new RandomStream(1, 2, 'clouds') };
    const day = pvDay(SANTA_CLARA, pvPlant(1000), '2023-03-21', 900, { clouds }).values;
    const wind = fillWindSpeed(new Float64Array(96), { meanMetresPerSecond: 6 }, 900, new RandomStream(1, 2, 'wind'));
    const beta = fillBetaIndex(new Float64Array(96), BETA_CLEAR_SKY_INDEX.spring, 900, new RandomStream(1, 2, 'beta'));
    const loads = fillWanderingLoads(new Float64Array(960), homesDay().values, 10, DEFAULT_WANDERING, 900, new RandomStream(1, 2, 'load'));
    let hash = 0x811c9dc5;
    for (const values of [day, wind, beta, loads]) {
      for (const byte of new Uint8Array(values.buffer, values.byteOffset, values.byteLength)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
    }
    expect(hash).toBe(HASH);
  });
});

/** FNV-1a of the bytes of the series above, on a little-endian machine. */
const HASH = 629290808;
