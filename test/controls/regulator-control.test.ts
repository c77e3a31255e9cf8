import { describe, expect, it } from 'vitest';
import { ControlSystem, solveWithControls, tapIncrementPu, tapNumber } from '../../src/controls/index.js';
import type { RegulatorControl } from '../../src/grid/index.js';
import { ConvergenceError, GridError } from '../../src/grid/index.js';
import { FakeFeeder, regulatorControl } from './fake-feeder.js';

/** A feeder with one regulator; `taps()` is the tap number of winding 2. */
function regulated(changes: Partial<RegulatorControl> = {}, sourceVolts = 2400) {
  const feeder = new FakeFeeder();
  feeder.sourceVolts = sourceVolts;
  const control = feeder.grid.addControl(regulatorControl(changes));
  const system = new ControlSystem(feeder);
  return {
    feeder,
    control,
    system,
    taps: () => tapNumber(feeder.transformer.windings[1]),
    tapsOfFirst: () => tapNumber(feeder.transformer.windings[0]),
  };
}

describe('regulator control in frozen time', () => {
  it('does nothing within the band, also at its very edge', () => {
    // 2370 / 20 = 118.5 = 120 - 3/2.
    const { system, taps } = regulated({}, 2370);
    const solution = solveWithControls(system);
    expect(taps()).toBe(0);
    expect(solution.controlIterations).toBe(1);
    expect(solution.actions).toBe(0);
  });

  it('moves 70 % of the way rounded down, then at least one tap, until in the band', () => {
    // 2220 V: 111 V on the secondary, boost 9 V x 20 / 2400 = 0.075 pu = 12 taps; 0.7 x 12 = 8.4 -> 8 taps: 2331 V = 116.55 V.
    // Then 3.45 V = 0.02875 pu = 4.6 -> 5 taps -> 3: 2372.625 V = 118.63 V, in the band.
    const { system, taps } = regulated({}, 2220);
    const solution = solveWithControls(system);
    expect(taps()).toBe(11);
    expect(solution.controlIterations).toBe(3);
    expect(solution.actions).toBe(2);
  });

  it('moves no more taps an action than it may', () => {
    const { system, taps } = regulated({ maxTapChange: 1 }, 2220);
    const solution = solveWithControls(system, { maxControlIterations: 20 });
    // 2220 x (1 + n / 160) must reach 2370: n = 10.81 -> 11 actions, and a last look.
    expect(taps()).toBe(11);
    expect(solution.controlIterations).toBe(12);
  });

  it('stands still with maxtapchange 0', () => {
    const { system, taps } = regulated({ maxTapChange: 0 }, 2000);
    expect(solveWithControls(system).controlIterations).toBe(1);
    expect(taps()).toBe(0);
  });

  it('stops at the end of its range', () => {
    const { system, taps, feeder } = regulated({}, 1900);
    solveWithControls(system);
    expect(taps()).toBe(16);
    expect(feeder.transformer.windings[1].tapPu).toBe(1.1);
  });

  it('lowers the tap of the other winding to raise the voltage', () => {
    const { system, taps, tapsOfFirst } = regulated({ tapWinding: 0 }, 2220);
    solveWithControls(system);
    expect(taps()).toBe(0);
    expect(tapsOfFirst()).toBeLessThan(0);
    expect(regulatedVolts(2220, 1, 1 + tapsOfFirst() / 160)).toBeGreaterThanOrEqual(118.5);
  });

  it('rounds the wanted change half to even', () => {
    // Boost of exactly 2.5 taps (band below): 0.7 x 2 = 1.4 -> 1 tap. Rounded up to 3 it would move 2.
    const source = (120 - (2.5 / 160) * 120) * 20;
    const { system, taps } = regulated(
      { forward: { voltage: 120, bandVolts: 2.4, resistanceVolts: 0, reactanceVolts: 0, impedanceVolts: 0 } },
      source,
    );
    solveWithControls(system);
    // 118.125 V is out of 118.8; one tap gives 118.86 V.
    expect(taps()).toBe(1);
  });

  it('fails with the names of those still acting when the iterations run out', () => {
    const { system } = regulated({ name: 'slow', maxTapChange: 1 }, 2220);
    let error: unknown;
    try {
      solveWithControls(system, { maxControlIterations: 5 });
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(ConvergenceError);
    expect((error as Error).message).toMatch(/5 control iterations.*regcontrol\.slow/);
  });

  it('limits the voltage at the regulated winding', () => {
    const { system, feeder } = regulated({ voltageLimit: 118.8 }, 2400);
    solveWithControls(system);
    // 1.2 V too high: 1.6 -> 2 taps down, 70 % of them 1; then 0.45 V: 0.6 -> 1.
    expect(feeder.loadVolts / 20).toBeCloseTo(118.5, 10);
  });

  it('says which transformer or winding is missing', () => {
    expect(() => solveWithControls(regulated({ transformer: 'nowhere' }).system)).toThrow(/regcontrol\.reg\.transformer: .*"nowhere"/);
    expect(() => solveWithControls(regulated({ winding: 4 }).system)).toThrow(/no winding 5/);
    const { system, feeder } = regulated({}, 2220);
    feeder.transformer.windings[1].tapSteps = 0;
    expect(() => solveWithControls(system)).toThrow(GridError);
  });
});

function regulatedVolts(source: number, tap2: number, tap1: number): number {
  return (source * tap2) / tap1 / 20;
}

describe('line-drop compensation', () => {
  const compensated = (r: number, x: number, z: number) => ({ voltage: 120, bandVolts: 2, resistanceVolts: r, reactanceVolts: x, impedanceVolts: z });

  it('holds the voltage at the far end: V - (R + jX) I', () => {
    const { system, feeder } = regulated({ forward: compensated(3, 7, 0) }, 2400);
    feeder.loadAmps = [240, -120];
    solveWithControls(system);
    const volts = feeder.loadVolts / 20;
    const [ir, ii] = [240 / 300, -120 / 300];
    const far = Math.hypot(volts - (3 * ir - 7 * ii), -(3 * ii + 7 * ir));
    expect(Math.abs(far - 120)).toBeLessThanOrEqual(1);
    expect(volts).toBeGreaterThan(121);
  });

  it('takes magnitudes only with LDC_Z', () => {
    const { system, feeder } = regulated({ forward: compensated(0, 0, 6) }, 2400);
    feeder.loadAmps = [0, -300];
    solveWithControls(system);
    const far = feeder.loadVolts / 20 - 6;
    expect(Math.abs(far - 120)).toBeLessThanOrEqual(1);
  });
});

describe('regulator control in time', () => {
  it('moves one tap an action, the first after the delay, the next after the tap delay', () => {
    const { system, taps } = regulated({}, 2280);
    // 114 V: 6 V = 0.05 pu = 8 taps wanted, all of them one by one.
    const seen: number[] = [];
    for (const second of [0, 10, 15, 17, 19, 29]) {
      system.clock.seconds = second;
      solveWithControls(system, { controlMode: 'time' });
      seen.push(taps());
    }
    // At 29 s actions due at 21, 23, ... were pushed one by one, each 2 s after the moment of the one before: 17 and 19 exactly, then 29.
    expect(seen).toEqual([0, 0, 1, 2, 3, 4]);
  });

  it('takes a pending change back when the voltage returns', () => {
    const { system, feeder, taps } = regulated({}, 2280);
    solveWithControls(system, { controlMode: 'time' });
    expect(system.queue.size).toBe(1);
    feeder.sourceVolts = 2400;
    system.clock.seconds = 5;
    solveWithControls(system, { controlMode: 'time' });
    expect(system.queue.size).toBe(0);
    expect(taps()).toBe(0);
  });

  it('shortens the delay with inverse time', () => {
    const { system } = regulated({ inverseTime: true }, 2280);
    solveWithControls(system, { controlMode: 'time' });
    // 2 x |120 - 114| / 3 = 4 times faster.
    expect(system.queue.pending[0].timeSeconds).toBe(15 / 4);
  });

  it('jumps the clock to the actions in event mode', () => {
    const { system, taps } = regulated({}, 2360);
    // 118 V: 2 V = 0.01667 pu = 2.67 -> 3 taps. One at 15 s brings it into the band; the next, due at 17 s, finds nothing to do any more.
    const solution = solveWithControls(system, { controlMode: 'event' });
    expect(taps()).toBe(1);
    expect(system.clock.seconds).toBe(17);
    expect(solution.controlIterations).toBe(3);
  });
});

describe('reverse power', () => {
  it('turns round after its delay and regulates the other way, back likewise', () => {
    const { system, feeder, taps } = regulated({
      reversible: true,
      reverse: { voltage: 118, bandVolts: 2, resistanceVolts: 0, reactanceVolts: 0, impedanceVolts: 0 },
    });
    feeder.loadAmps = [-200, 0];
    const at = (seconds: number): void => {
      system.clock.seconds = seconds;
      solveWithControls(system, { controlMode: 'time' });
    };
    at(0);
    expect(system.queue.size).toBe(1);
    at(60);
    // Now reversed: V / tap = 120 against 118 +- 1: out, and the tap moves the other way (up) after 15 s.
    expect(system.queue.pending[0].timeSeconds).toBe(75);
    at(75);
    expect(taps()).toBe(1);
    feeder.loadAmps = [200, 0];
    at(80);
    at(140);
    expect(taps()).toBeGreaterThan(0);
    expect(system.queue.pending.every((action) => action.timeSeconds > 140)).toBe(true);
  });

  it('goes to neutral where told to', () => {
    const { system, feeder, taps } = regulated({ reversible: true, reverseNeutral: true }, 2280);
    for (const second of [0, 15, 17, 19, 21]) {
      system.clock.seconds = second;
      solveWithControls(system, { controlMode: 'time' });
    }
    expect(taps()).toBeGreaterThan(0);
    feeder.loadAmps = [-500, 0];
    for (let second = 30; second < 150; second++) {
      system.clock.seconds = second;
      solveWithControls(system, { controlMode: 'time' });
    }
    expect(taps()).toBe(0);
  });
});

describe('tap numbers', () => {
  it('counts from the middle of the range', () => {
    const winding = { minTapPu: 0.9, maxTapPu: 1.1, tapSteps: 32, tapPu: 1.05 };
    expect(tapIncrementPu(winding)).toBeCloseTo(0.00625, 15);
    expect(tapNumber(winding)).toBe(8);
    expect(Object.is(tapNumber({ ...winding, tapPu: 1 }), 0)).toBe(true);
    expect(tapNumber({ ...winding, tapPu: 0.9 })).toBe(-16);
    expect(tapNumber({ ...winding, tapSteps: 0 })).toBe(0);
  });
});
