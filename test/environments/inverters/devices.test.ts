/** Devices by themselves: what an order does, held against formulas, tables of IEEE 1547-2018 and the conservation of energy. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inverterPowers } from '../../../src/environments/devices/inverters.js';
import type { PvDevice } from '../../../src/environments/index.js';
import { type Device, defineTask, seriesProfiles, type TaskDefinition } from '../../../src/environments/index.js';
import { bareSlice } from './slices.js';

const pv = (more: Partial<PvDevice> = {}): PvDevice => ({ kind: 'pv', name: 'a', bus: '675', ratedKw: 1000, kva: 1000, ...more });

function powersAt(device: PvDevice, voltagePu: number, wantedKw: number, share = 0): [number, number] {
  const into = new Float64Array(2);
  inverterPowers(device, voltagePu, wantedKw, share, into);
  return [into[0], into[1]];
}

describe('an inverter', () => {
  // 1000 kVA, 1000 kW available, Q before P: V, Q and the P that is left. Derived from the points of category B.
  it.each([
    [0.9, 440, 897.9977728],
    [0.93, 366.6666667, 930.3523825],
    [0.95, 220, 975.4998719],
    [0.98, 0, 1000],
    [1, 0, 1000],
    [1.03, -73.33333333, 997.3074863],
    [1.04, -146.6666667, 989.1859729],
    [1.05, -220, 975.4998719],
    [1.07, -366.6666667, 930.3523825],
    [1.1, -440, 897.9977728],
  ])('by volt-var of category B at %f pu', (voltage, kvar, kw) => {
    const [p, q] = powersAt(pv({ reactive: 'volt-var' }), voltage, 1000);
    expect(Math.abs(q - kvar)).toBeLessThan(1e-6);
    expect(Math.abs(p - kw)).toBeLessThan(1e-6);
  });

  it.each([
    [0.9, 250],
    [0.95, 125],
    [1, 0],
    [1.03, -75],
    [1.1, -250],
  ])('by volt-var of category A at %f pu', (voltage, kvar) => {
    expect(Math.abs(powersAt(pv({ reactive: 'volt-var', category: 'A' }), voltage, 800)[1] - kvar)).toBeLessThan(1e-6);
  });

  it.each([
    [1.05, 1000],
    [1.06, 1000],
    [1.065, 900],
    [1.07, 800],
    [1.08, 600],
    [1.09, 400],
    [1.1, 200],
    [1.12, 200],
  ])('by volt-watt at %f pu', (voltage, kw) => {
    expect(Math.abs(powersAt(pv({ reactive: 'unity', voltWatt: true }), voltage, 1000)[0] - kw)).toBeLessThan(1e-6);
  });

  it.each([
    [0, 0, 0],
    [500, 0, 0],
    [600, -50, -88],
    [750, -125, -220],
    [900, -200, -352],
  ])('by watt-var at %f kW', (kw, a, b) => {
    expect(Math.abs(powersAt(pv({ kva: 1200, reactive: 'watt-var', category: 'A' }), 1, kw)[1] - 1.2 * a)).toBeLessThan(1e-6);
    expect(Math.abs(powersAt(pv({ kva: 1200, reactive: 'watt-var' }), 1, kw)[1] - 1.2 * b)).toBeLessThan(1e-6);
  });

  it('never leaves its circle, and reaches it', () => {
    const voltage = fc.double({ min: 0.8, max: 1.2, noNaN: true });
    const share = fc.double({ min: -1, max: 1, noNaN: true });
    const wanted = fc.double({ min: 0, max: 1000, noNaN: true });
    const reactive = fc.constantFrom('agent', 'unity', 'volt-var', 'watt-var');
    fc.assert(
      fc.property(voltage, share, wanted, reactive, fc.boolean(), fc.constantFrom(600, 1000, 1100), (v, w, kw, mode, voltWatt, kva) => {
        const [p, q] = powersAt(pv({ kva, reactive: mode, voltWatt }), v, kw, w);
        expect(Math.hypot(p, q)).toBeLessThanOrEqual(kva * (1 + 1e-12));
        expect(p).toBeGreaterThanOrEqual(0);
        expect(p).toBeLessThanOrEqual(kw + 1e-9);
      }),
    );
    const [p, q] = powersAt(pv({ kva: 1100 }), 1, 1000, -1);
    expect([p, q]).toEqual([1000, -Math.sqrt(1100 * 1100 - 1000 * 1000)]);
  });
});

const battery = { maxChargeKw: 100, maxDischargeKw: 80, minimumKwh: 10, maximumKwh: 200, chargeEfficiency: 0.9, dischargeEfficiency: 0.8 };

function onIeee13(devices: Device[], more: Partial<TaskDefinition> = {}): Promise<ReturnType<typeof bareSlice>> {
  const profiles = seriesProfiles({ stepSeconds: 900, load: Array.from({ length: 40 }, (_, k) => 0.5 + 0.01 * k) });
  return defineTask({ id: 'mine', grid: 'ieee13', devices, profiles, costs: ['throughput', 'unserved', 'switching'], ...more }).then((task) =>
    bareSlice(task, 1),
  );
}

describe('a battery in a task', () => {
  it('keeps its energy: what is stored is what went in and out, less losses', async () => {
    const run = await onIeee13([{ kind: 'battery', name: 'b', bus: '675', battery, initialCharge: 0.25 }]);
    const { slice, arrays, which } = run;
    slice.reset(which, 1);
    const state = (): readonly number[] => slice.snapshot(0).devices as readonly number[];
    let [stored] = state();
    expect(stored).toBe(50);
    for (let step = 0; step < 40; step++) {
      arrays.actions[0] = step < 15 ? -1 : step % 3 === 0 ? 0.5 : 1;
      slice.step(which, 1);
      const [now, powerKw] = state();
      const expected = powerKw > 0 ? -(powerKw * 0.25) / 0.8 : -powerKw * 0.25 * 0.9;
      expect(Math.abs(now - stored - expected)).toBeLessThan(1e-9);
      expect(powerKw).toBeLessThanOrEqual(80);
      expect(powerKw).toBeGreaterThanOrEqual(-100);
      expect(now).toBeGreaterThanOrEqual(10);
      expect(now).toBeLessThanOrEqual(200);
      expect(Math.abs(arrays.costs[0] - Math.abs(powerKw) * 0.25)).toBeLessThan(1e-12);
      stored = now;
    }
    // Full, then empty: at both ends nothing moves.
    expect(stored).toBe(10);
    expect(state()[1]).toBe(0);
  });
});

describe('a load that gives way', () => {
  it('makes up what it put off within the time given, and loses what it drops', async () => {
    const run = await onIeee13([{ kind: 'flexible-load', name: '671', curtailShare: 0.3, shiftShare: 0.4, shiftSteps: 3 }]);
    const { slice, arrays, which, task } = run;
    expect(task.actionNames).toEqual(['flexible-load.671.curtail', 'flexible-load.671.shift']);
    const ratedKw = 1155;
    const plain = await onIeee13([{ kind: 'flexible-load', name: '671', curtailShare: 0.3, shiftShare: 0.4, shiftSteps: 3 }]);
    slice.reset(which, 1);
    plain.slice.reset(plain.which, 1);
    const slots = (): readonly number[] => slice.snapshot(0).devices as readonly number[];
    const demand = (step: number): number => (0.5 + 0.01 * step) * ratedKw;
    const step = (curtail: number, shift: number): void => {
      arrays.actions.set([curtail, shift]);
      slice.step(which, 1);
    };
    step(0, 1);
    expect(slots()).toEqual([0, 0, 0.4 * demand(0)]);
    step(0, 0.5);
    expect(slots()).toEqual([0, 0.4 * demand(0), 0.2 * demand(1)]);
    // Orders to make up take the oldest first.
    step(0, -0.25);
    expect(slots()[0]).toBeCloseTo(0.4 * demand(0) - 0.1 * ratedKw, 9);
    expect(slots()[1]).toBeCloseTo(0.2 * demand(1), 9);
    step(0, 0);
    expect(slots()[0]).toBeCloseTo(0.2 * demand(1), 9);
    step(1, 0);
    expect(slots()).toEqual([0, 0, 0]);
    expect(arrays.costs[1]).toBeCloseTo(0.3 * demand(4) * 0.25, 9);
    // What is still put off at the end counts as not served.
    for (let k = 5; k < 39; k++) step(0, 0);
    step(0, 1);
    expect(arrays.truncations[0]).toBe(1);
    expect(arrays.costs[1]).toBeCloseTo(0.4 * demand(39) * 0.25, 9);
  });

  it('draws the same energy in the end', async () => {
    const run = await onIeee13([{ kind: 'flexible-load', name: '671', shiftShare: 0.5, shiftSteps: 2 }], {
      profiles: seriesProfiles({ stepSeconds: 900, load: Array.from({ length: 12 }, () => 0.6) }),
    });
    const { slice, arrays, which, task } = run;
    const source = task.infoNames.indexOf('sourceKw');
    const losses = task.infoNames.indexOf('lossesKw');
    const drawn = (orders: readonly number[]): number[] => {
      slice.reset(which, 1);
      return orders.map((order) => {
        arrays.actions[0] = order;
        slice.step(which, 1);
        return arrays.infos[source] - arrays.infos[losses];
      });
    };
    const idle = drawn(Array.from({ length: 12 }, () => 0));
    const moved = drawn([1, 0.3, -0.2, 1, 1, -1, -1, 0.5, 0, 0, 0, 0]);
    expect(moved[0]).toBeLessThan(idle[0] - 300);
    // Other loads follow the voltage a little, the sum of demand is the same.
    const total = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);
    expect(Math.abs(total(moved) - total(idle))).toBeLessThan(0.002 * total(idle));
  });
});

describe('capacitors and taps', () => {
  it('go where they are told and count their moves', async () => {
    const run = await onIeee13([
      { kind: 'capacitor', name: 'cap1' },
      { kind: 'tap', name: 'reg1', initial: 20 },
    ]);
    const { slice, arrays, which, task } = run;
    expect(task.actionSpace.describe()).toBe('MultiDiscrete([2, 33])');
    expect(task.namedActions?.neutral).toEqual([1, 20]);
    slice.reset(which, 1);
    const volts = (name: string): number => arrays.observations[task.observationNames?.indexOf(name) ?? -1];
    expect(volts('tap.reg1.tapPu')).toBeCloseTo(0.9 + 20 * 0.00625, 6);
    const before = volts('voltagePu.671.1');
    arrays.actions.set([0, 24]);
    slice.step(which, 1);
    expect(arrays.costs[2]).toBe(5);
    expect(volts('tap.reg1.tapPu')).toBeCloseTo(0.9 + 24 * 0.00625, 6);
    expect(volts('capacitor.cap1.closed')).toBe(0);
    expect(volts('voltagePu.671.1')).toBeGreaterThan(before + 0.005);
    slice.step(which, 1);
    expect(arrays.costs[2]).toBe(0);
  });
});
