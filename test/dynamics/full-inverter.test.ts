/** Inverters of thirteen states: operating points, modes and step responses beside those of the five-state model. */
import { describe, expect, it } from 'vitest';
import {
  FullInverterModel,
  IdealInverterModel,
  INVERTER_LOOPS,
  loadMicrogrid,
  type Mode,
  modesAt,
  planMicrogrid,
  Radau,
  stepResponse,
} from '../../src/dynamics/index.js';
import { InputError } from '../../src/grid/index.js';
import { readReference } from './reference.js';

const six = loadMicrogrid('microgrid-6');
const plan = planMicrogrid(six);
const distance = (a: Mode, b: Mode): number => Math.hypot(a.re - b.re, a.im - b.im);
const size = (mode: Mode): number => Math.hypot(mode.re, mode.im);

/** Modes of a model at its operating point under full conventional control. */
function modesOf(model: IdealInverterModel | FullInverterModel): Mode[] {
  Object.assign(model.secondary, { frequency: true, voltage: true });
  return modesAt(model, model.operatingPoint(), model.heldStates());
}

describe('the thirteen-state model', () => {
  it('has the published filters and gains', (context) => {
    interface Facts {
      filter: { lf_henry: number; rf_ohm: number; cf_farad: number };
      current_feedforward_gain: number;
      controller_sets: Record<'a' | 'b', { kpv: number; kiv: number; kpc: number; kic: number }>;
    }
    const facts = readReference<Facts>('pgsim-inverter-13-state.json');
    if (!facts) return context.skip();
    for (const set of ['a', 'b'] as const) {
      const { kpv, kiv, kpc, kic } = facts.controller_sets[set];
      expect(INVERTER_LOOPS[set]).toEqual({
        filterInductanceHenry: facts.filter.lf_henry,
        filterResistanceOhm: facts.filter.rf_ohm,
        filterCapacitanceFarad: facts.filter.cf_farad,
        feedForward: facts.current_feedforward_gain,
        voltageProportional: kpv,
        voltageIntegral: kiv,
        currentProportional: kpc,
        currentIntegral: kic,
      });
    }
  });

  it('has the operating point of the five-state model, where the judge stays', () => {
    const model = new FullInverterModel(plan, INVERTER_LOOPS.a);
    const ideal = new IdealInverterModel(plan);
    const x = model.operatingPoint();
    const y = ideal.operatingPoint();
    for (let i = 0; i < 6; i++) {
      expect(model.voltagePu(x, i)).toBeCloseTo(ideal.voltagePu(y, i), 9);
      for (const [one, other] of [
        [0, 0],
        [1, 1],
        [2, 2],
        [11, 3],
        [12, 4],
      ] as const) {
        expect(Math.abs(x[13 * i + one] - y[5 * i + other])).toBeLessThan(1e-8 * ideal.scale[5 * i + other]);
      }
      // The loops hold the capacitor at its reference.
      expect(x[13 * i + 9]).toBeCloseTo(model.voltagePu(x, i) * 480, 7);
      expect(x[13 * i + 10]).toBeCloseTo(0, 7);
    }
    const later = x.slice();
    new Radau(model, { relativeTolerance: 1e-6 }).advance(later, 0.05);
    later.forEach((value, s) => expect(Math.abs(value - x[s])).toBeLessThan(1e-8 * Math.max(model.scale[s], Math.abs(x[s]))));
  });

  it('has the slow modes of the five-state model', () => {
    const ideal = modesOf(new IdealInverterModel(plan));
    const full = modesOf(new FullInverterModel(plan, INVERTER_LOOPS.a));
    expect(ideal.every(({ re }) => re < 0) && full.every(({ re }) => re < 0)).toBe(true);
    const slow = (modes: Mode[]): Mode[] => modes.filter((mode) => size(mode) < 31);
    expect(slow(ideal).length).toBeGreaterThanOrEqual(2);
    expect(slow(full).length).toBe(slow(ideal).length);
    slow(ideal).forEach((mode) => {
      const nearest = Math.min(...full.map((other) => distance(mode, other)));
      expect(nearest / size(mode)).toBeLessThan(0.05);
    });
    // The droop modes, 45 to 60 rad/s, are faster by up to a tenth; modes that turn at some 135 rad/s are the full model's alone.
    const droop = (modes: Mode[]): Mode[] => modes.filter(({ re, im }) => im > 40 && im < 65 && re > -31);
    expect(droop(ideal).length).toBe(5);
    expect(droop(full).length).toBe(5);
    droop(ideal).forEach((mode) => expect(Math.min(...full.map((other) => distance(mode, other))) / size(mode)).toBeLessThan(0.1));
    const middle = (modes: Mode[]): Mode[] => modes.filter(({ re, im }) => im > 100 && im < 200 && re > -30);
    expect(middle(ideal).length).toBe(0);
    expect(middle(full).length).toBe(5);
  });

  it('settles where the five-state model does after a change of load', () => {
    const options = { load: 'load2', multiplier: 0.7, inverter: 'dg6', before: 0.001, after: 0.3, every: 0.001, loops: INVERTER_LOOPS.a };
    const { times, ideal, full } = stepResponse(six, options);
    const last = times.length - 1;
    expect(times[1]).toBeCloseTo(0, 12);
    expect(times[last]).toBeCloseTo(0.3, 12);
    expect(full.activePower[0]).toBeCloseTo(ideal.activePower[0], 3);
    expect(Math.abs(full.activePower[last] / ideal.activePower[last] - 1)).toBeLessThan(2e-3);
    expect(ideal.activePower[last]).toBeGreaterThan(1.05 * ideal.activePower[0]);
    // Only the full model's voltage dips at once.
    expect(full.terminalVoltage[2]).toBeLessThan(full.terminalVoltage[0] - 3);
    expect(Math.abs(ideal.terminalVoltage[2] - ideal.terminalVoltage[0])).toBeLessThan(0.5);
    expect(() => stepResponse(six, { ...options, load: 'load9' })).toThrow(/no load "load9" in microgrid-6/);
    expect(() => stepResponse(six, { ...options, inverter: 'x' })).toThrow(InputError);
    expect(() => stepResponse(six, { ...options, every: 0 })).toThrow(/step response\.every: is 0/);
  });

  it('refuses loops that cannot be', () => {
    expect(() => new FullInverterModel(plan, { ...INVERTER_LOOPS.a, filterInductanceHenry: 0 })).toThrow(/loops\.dg1\.filterInductanceHenry: is 0/);
    expect(() => new FullInverterModel(plan, [INVERTER_LOOPS.a])).toThrow(/there are 1 sets of loops; give one for each of the 6 inverters/);
  });
});

describe('modes', () => {
  it('are those of a damped oscillator', () => {
    const oscillator = {
      size: 3,
      scale: Float64Array.of(1, 1, 1),
      derivative: (x: Float64Array, dx: Float64Array) => {
        dx[0] = x[1];
        dx[1] = -25 * x[0] - 6 * x[1];
        dx[2] = 0;
      },
    };
    const modes = modesAt(oscillator, new Float64Array(3), [2]);
    expect(modes.length).toBe(2);
    expect(distance(modes[0], { re: -3, im: 4 }) < 1e-8 || distance(modes[0], { re: -3, im: -4 }) < 1e-8).toBe(true);
    expect(modes[0].im).toBeCloseTo(-modes[1].im, 9);
  });
});
