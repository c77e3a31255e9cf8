/** The fast scheme against published trajectories and the judge, its order, and where energy goes. */
import { describe, expect, it } from 'vitest';
import {
  closingError,
  defineMicrogrid,
  EnergyMeter,
  FastScheme,
  IdealInverterModel,
  loadMicrogrid,
  MicrogridState,
  planMicrogrid,
  Radau,
} from '../../src/dynamics/index.js';
import { type ReferenceTrajectory, readTrajectories } from './reference.js';
import { smallMicrogrid } from './small-microgrid.js';

const OFF = { frequency: false, voltage: false };

/** Largest errors of voltage (pu) and frequency (Hz) over a whole trajectory, with `steps` steps to a control step. */
function errors(trajectory: ReferenceTrajectory, steps: number): { voltage: number; frequency: number; reset: number } {
  const plan = planMicrogrid(loadMicrogrid(trajectory.microgrid, trajectory.variant));
  const state = new MicrogridState(plan);
  const scheme = new FastScheme(plan, 0.05 / steps);
  const worst = (value: (i: number) => number, reference: number[]): number =>
    reference.reduce((most, expected, i) => Math.max(most, Math.abs(value(i) - expected)), 0);
  const voltageError = (v: number[]): number => worst((i) => state.voltagePu(i), v);
  const setLoads = (of: { load_r_multiplier: number[]; load_l_multiplier: number[] }): void => {
    state.loadResistance.set(of.load_r_multiplier);
    state.loadInductance.set(of.load_l_multiplier);
  };
  setLoads(trajectory.reset);
  for (let k = 0; k < 8; k++) scheme.advance(state, steps, OFF);
  const reset = voltageError(trajectory.reset.state_after_0_4_s.v);
  let voltage = 0;
  let frequency = 0;
  trajectory.steps.forEach((step, k) => {
    setLoads(step);
    state.voltageSetPoint.set(step.vn_volt);
    expect(scheme.advance(state, steps, { frequency: k >= 8, voltage: false })).toBe('running');
    voltage = Math.max(voltage, voltageError(step.v));
    frequency = Math.max(
      frequency,
      worst((i) => state.speed(i) / (2 * Math.PI), step.f),
    );
  });
  return { voltage, frequency, reset };
}

describe('the fast scheme', () => {
  const trajectories = readTrajectories();
  it.skipIf(trajectories.length === 0).each(trajectories.map((trajectory) => [trajectory.title, trajectory] as const))(
    'follows %s',
    (_title, trajectory) => {
      const coarse = errors(trajectory, 50);
      expect(coarse.voltage).toBeLessThan(1e-4);
      expect(coarse.frequency).toBeLessThan(2e-3);
      const fine = errors(trajectory, 100);
      const finer = errors(trajectory, 200);
      for (const what of ['voltage', 'frequency'] as const) {
        expect(coarse[what] / fine[what]).toBeGreaterThan(3.6);
        expect(coarse[what] / fine[what]).toBeLessThan(4.6);
        expect(fine[what] / finer[what]).toBeGreaterThan(3.6);
        expect(fine[what] / finer[what]).toBeLessThan(4.4);
      }
    },
  );

  it('follows the judge under conventional control of voltage and frequency, with an error that falls by the square of the step', () => {
    for (const variant of ['published', 'repaired'] as const) {
      const plan = planMicrogrid(loadMicrogrid('microgrid-6', variant));
      const model = new IdealInverterModel(plan);
      const start = model.operatingPoint([480, 490, 500, 510, 520, 530]);
      const both = { frequency: true, voltage: true };
      Object.assign(model.secondary, both);
      model.setLoads([0.9, 1.2, 1, 0.8], [1.1, 1, 0.8, 1.2]);
      const truth = start.slice();
      new Radau(model, { relativeTolerance: 1e-9 }).advance(truth, 0.05);
      const error = (steps: number): number => {
        const state = new MicrogridState(plan);
        state.fromModel(model, start);
        state.loadResistance.set([0.9, 1.2, 1, 0.8]);
        state.loadInductance.set([1.1, 1, 0.8, 1.2]);
        new FastScheme(plan, 0.05 / steps).advance(state, steps, both);
        const x = new Float64Array(model.size);
        state.toModel(model, x);
        return truth.reduce((most, value, i) => Math.max(most, Math.abs(x[i] - value) / Math.max(model.scale[i], Math.abs(value))), 0);
      };
      const [coarse, fine, finer] = [50, 100, 200].map(error);
      expect(coarse).toBeLessThan(3e-3);
      expect(coarse / fine).toBeGreaterThan(3.5);
      expect(fine / finer).toBeGreaterThan(3.5);
      expect(fine / finer).toBeLessThan(4.5);
    }
  });

  it('stays at an operating point', () => {
    const plan = planMicrogrid(loadMicrogrid('microgrid-20'));
    const model = new IdealInverterModel(plan);
    const x = model.operatingPoint();
    const state = new MicrogridState(plan);
    state.fromModel(model, x);
    const before = Array.from({ length: 20 }, (_, i) => state.voltagePu(i));
    const scheme = new FastScheme(plan, 0.001);
    for (let k = 0; k < 20; k++) scheme.advance(state, 50, OFF);
    before.forEach((value, i) => expect(Math.abs(state.voltagePu(i) - value)).toBeLessThan(1e-10));
    const after = new Float64Array(model.size);
    state.toModel(model, after);
    after.forEach((value, i) => expect(Math.abs(value - x[i])).toBeLessThan(1e-7 * Math.max(model.scale[i], Math.abs(x[i]))));
  });

  it('gives the state of the judge and takes it', () => {
    const plan = planMicrogrid(loadMicrogrid('microgrid-6'));
    const model = new IdealInverterModel(plan);
    const x = model.operatingPoint();
    const state = new MicrogridState(plan);
    state.fromModel(model, x);
    state.angle.forEach((_, i) => {
      state.angle[i] += 1;
    });
    // All turned alike: nothing has changed against the first inverter.
    for (let k = 0; k < plan.currents; k++) {
      const [re, im] = [state.currentRe[k], state.currentIm[k]];
      state.currentRe[k] = Math.cos(1) * re - Math.sin(1) * im;
      state.currentIm[k] = Math.sin(1) * re + Math.cos(1) * im;
    }
    const back = new Float64Array(model.size);
    state.toModel(model, back);
    back.forEach((value, i) => expect(Math.abs(value - x[i])).toBeLessThan(1e-12 * Math.max(1, Math.abs(x[i]))));
  });

  it('says that a trajectory diverges', () => {
    // A droop so steep that voltage and reactive power chase each other.
    const small = smallMicrogrid();
    const wild = planMicrogrid(defineMicrogrid({ ...small, inverters: small.inverters.map((inverter) => ({ ...inverter, reactiveDroop: 5 })) }));
    const state = new MicrogridState(wild);
    const scheme = new FastScheme(wild, 0.001);
    const statuses = Array.from({ length: 40 }, () => scheme.advance(state, 50, OFF));
    expect(statuses).toContain('diverged');
    const plan = planMicrogrid(defineMicrogrid(small));
    const upset = new MicrogridState(plan);
    upset.loadInductance[0] = Number.NaN;
    expect(new FastScheme(plan, 0.001).advance(upset, 50, OFF)).toBe('diverged');
    const spun = new MicrogridState(plan);
    spun.speedSetPoint[1] = 1e12;
    expect(new FastScheme(plan, 0.001).advance(spun, 50, OFF)).toBe('diverged');
  });
});

describe('energy', () => {
  const closing = (name: string, variant: 'published' | 'repaired', steps: number): number => {
    const plan = planMicrogrid(loadMicrogrid(name, variant));
    const state = new MicrogridState(plan);
    const meter = new EnergyMeter(new FastScheme(plan, 0.05 / steps), state);
    for (let k = 0; k < 10; k++) {
      if (k === 4) state.voltageSetPoint.fill(500);
      meter.advance(steps, { frequency: k > 5, voltage: k > 7 });
    }
    const { delivered, consumed, lost } = meter.balance;
    expect(consumed).toBeGreaterThan(0.9 * delivered - lost);
    return Math.abs(closingError(meter.balance));
  };

  it.each([
    ['microgrid-6', 'repaired'],
    ['microgrid-6', 'published'],
    ['microgrid-20', 'repaired'],
  ] as const)('closes in %s, %s, the better the smaller the step', (name, variant) => {
    const [coarse, fine, finer] = [50, 100, 200].map((steps) => closing(name, variant, steps));
    expect(coarse).toBeLessThan(3e-4);
    expect(coarse / fine).toBeGreaterThan(3.5);
    expect(fine / finer).toBeGreaterThan(3.5);
  });

  it('does not close in microgrid-20 as published: currents come from nowhere', () => {
    const [coarse, fine] = [50, 100].map((steps) => closing('microgrid-20', 'published', steps));
    expect(fine).toBeGreaterThan(0.05);
    expect(coarse / fine).toBeLessThan(1.01);
  });
});
