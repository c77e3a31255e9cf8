import { describe, expect, it } from 'vitest';
import {
  defineMicrogrid,
  firstReward,
  LoadDisturbance,
  loadMicrogrid,
  MicrogridSimulation,
  nearestLevel,
  revisedReward,
  VOLTAGE_LEVELS,
} from '../../src/dynamics/index.js';
import { InputError } from '../../src/grid/index.js';
import { RandomStream } from '../../src/numeric/index.js';
import { mersenneUniform } from './mersenne-twister.js';
import { type ReferenceTrajectory, readTrajectories } from './reference.js';
import { smallMicrogrid } from './small-microgrid.js';

const six = loadMicrogrid('microgrid-6');

describe('MicrogridSimulation', () => {
  it('begins at an operating point and stays there', () => {
    const simulation = new MicrogridSimulation(six, { secondaryFrom: 1e9 });
    expect(simulation.reset()).toBe('running');
    const before = Array.from({ length: 6 }, (_, i) => simulation.state.voltagePu(i));
    for (let k = 0; k < 5; k++) simulation.step(new Float64Array(6).fill(480));
    before.forEach((value, i) => expect(simulation.state.voltagePu(i)).toBeCloseTo(value, 10));
  });

  it('lets the frequency control act from the ninth control step on, and bring the frequency back', () => {
    const simulation = new MicrogridSimulation(six);
    simulation.reset();
    const hertz: number[] = [];
    for (let k = 0; k < 40; k++) {
      simulation.step(new Float64Array(6).fill(500));
      hertz.push(simulation.state.speed(0) / (2 * Math.PI));
    }
    expect(hertz[7]).toBeLessThan(59.3);
    expect(simulation.state.speedSetPoint[0]).toBeGreaterThan(2 * Math.PI * 60);
    expect(Math.abs(hertz[7] - hertz[6])).toBeLessThan(0.01);
    expect(hertz[8]).toBeGreaterThan(hertz[7] + 0.1);
    expect(hertz[39]).toBeGreaterThan(59.99);
  });

  it('with conventional control brings the voltage of the pinned inverter to the reference', () => {
    const simulation = new MicrogridSimulation(six, { conventionalVoltage: true, secondaryFrom: 0 });
    simulation.reset();
    for (let k = 0; k < 60; k++) simulation.step([]);
    expect(simulation.state.voltagePu(0)).toBeCloseTo(1, 3);
  });

  it('keeps the state of the begin of a step that diverges', () => {
    const small = smallMicrogrid();
    const wild = defineMicrogrid({ ...small, inverters: small.inverters.map((inverter) => ({ ...inverter, reactiveDroop: 5 })) });
    const simulation = new MicrogridSimulation(wild, { start: 'from-rest' });
    let status = simulation.reset();
    for (let k = 0; k < 40 && status === 'running'; k++) status = simulation.step([400, 400]);
    expect(status).toBe('diverged');
    const { state } = simulation;
    for (const part of [state.angle, state.activePower, state.reactivePower, state.currentRe, state.currentIm, state.busRe, state.busIm]) {
      expect(part.every((value) => Number.isFinite(value))).toBe(true);
    }
  });

  it('gives the same numbers twice', () => {
    const run = (): Float64Array => {
      const simulation = new MicrogridSimulation(loadMicrogrid('microgrid-20'));
      const loads = new LoadDisturbance(10, new RandomBits(7).uniform);
      loads.reset();
      simulation.reset(loads.resistance, loads.inductance);
      for (let k = 0; k < 10; k++) {
        loads.step();
        simulation.step(new Float64Array(20).fill(500 + k), loads.resistance, loads.inductance);
      }
      return simulation.state.currentRe.slice();
    };
    expect(run()).toEqual(run());
  });

  it.each([
    [{ step: 0.003 }, /simulation\.step: is 0\.003 s, which does not divide the control step of 0\.05 s/],
    [{ step: 0.1 }, /does not divide/],
    [{ step: -1 }, /simulation\.step: is -1/],
    [{ controlStep: Number.NaN }, /simulation\.controlStep: is NaN/],
    [{ secondaryFrom: -1 }, /simulation\.secondaryFrom/],
    [{ start: 'somewhere' as 'from-rest' }, /simulation\.start: is "somewhere"/],
  ])('refuses %o', (options, message) => {
    const make = () => new MicrogridSimulation(six, options);
    expect(make).toThrow(InputError);
    expect(make).toThrow(message);
  });

  it('refuses lists of the wrong length and what is no number', () => {
    const simulation = new MicrogridSimulation(six);
    expect(() => simulation.reset([1, 1])).toThrow(/resistance multipliers: there are 2; give 4, one for each load/);
    simulation.reset();
    expect(() => simulation.step([480])).toThrow(/voltages: there are 1; give 6, one for each inverter/);
    expect(() => simulation.step([480, 480, 480, Number.NaN, 480, 480])).toThrow(/voltages: number 4 is NaN/);
    expect(() => simulation.step(new Float64Array(6).fill(480), [1, 1, 1, 1], [1, 1, 0, 1])).toThrow(
      /inductance multipliers: number 3 is 0; it must be above 0/,
    );
  });
});

/** A random stream's uniform numbers, bound. */
class RandomBits {
  private readonly stream: RandomStream;
  constructor(seed: number) {
    this.stream = new RandomStream(seed, 0, 'loads');
  }
  readonly uniform = (): number => this.stream.uniform();
}

describe('LoadDisturbance', () => {
  const trajectories = readTrajectories();
  it.skipIf(trajectories.length === 0).each(trajectories.map((t) => [t.title, t] as const))(
    'walks as in %s',
    (_title, trajectory: ReferenceTrajectory) => {
      const loads = new LoadDisturbance(trajectory.reset.load_r_multiplier.length, mersenneUniform(2000));
      const compare = (of: { load_r_multiplier: number[]; load_l_multiplier: number[] }): void => {
        of.load_r_multiplier.forEach((value, i) => expect(loads.resistance[i]).toBeCloseTo(value, 11));
        of.load_l_multiplier.forEach((value, i) => expect(loads.inductance[i]).toBeCloseTo(value, 11));
      };
      loads.reset();
      compare(trajectory.reset);
      for (const step of trajectory.steps) {
        loads.step();
        compare(step);
      }
    },
  );

  it('stays within limits', () => {
    const loads = new LoadDisturbance(3, new RandomBits(1).uniform, { walk: 0.3, limits: [0.5, 1.5] });
    loads.reset();
    let [low, high] = [1, 1];
    for (let k = 0; k < 200; k++) {
      loads.step();
      low = Math.min(low, ...loads.resistance);
      high = Math.max(high, ...loads.inductance);
    }
    expect(low).toBe(0.5);
    expect(high).toBe(1.5);
  });
});

describe('rewards', () => {
  it('of the first version', () => {
    expect(firstReward(1)).toBeCloseTo(0.05, 12);
    expect(firstReward(0.95)).toBeCloseTo(0, 12);
    expect(firstReward(1.05)).toBeCloseTo(0, 12);
    expect(firstReward(0.94)).toBeCloseTo(-0.06, 12);
    expect(firstReward(1.2)).toBeCloseTo(-0.2, 12);
    expect(firstReward(0.8)).toBe(-10);
    expect(firstReward(1.25)).toBe(-10);
  });

  it('of the revision', () => {
    expect(revisedReward([1, 1])).toBeCloseTo(0.05, 12);
    expect(revisedReward([1.04, 0.98])).toBeCloseTo(0.02, 12);
    expect(revisedReward([0.9, 0.8])).toBeCloseTo(-0.025, 12);
    expect(revisedReward([0.7, 0.7])).toBe(-10);
  });

  it('have levels, of which the nearest is found', () => {
    expect(nearestLevel(VOLTAGE_LEVELS.first, 497.4)).toBe(1);
    expect(nearestLevel(VOLTAGE_LEVELS.first, 497.5)).toBe(1);
    expect(nearestLevel(VOLTAGE_LEVELS.first, 1000)).toBe(9);
    expect(nearestLevel(VOLTAGE_LEVELS.revised, 0)).toBe(0);
  });
});
