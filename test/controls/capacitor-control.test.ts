import { describe, expect, it } from 'vitest';
import { ControlSystem, powerFactorScale, solveWithControls, timeOfDay } from '../../src/controls/index.js';
import type { Capacitor, CapacitorControl, SwitchControl } from '../../src/grid/index.js';
import { FakeFeeder } from './fake-feeder.js';

function bank(closed: boolean[]): Capacitor {
  return {
    kind: 'capacitor',
    name: 'bank',
    enabled: true,
    phases: 1,
    terminals: [
      { bus: 'load', nodes: [1] },
      { bus: 'load', nodes: [0] },
    ],
    connection: 'wye',
    kv: 2.4,
    steps: closed.map((isClosed) => ({ kvar: 100, resistanceOhm: 0, reactanceOhm: 0, closed: isClosed })),
  };
}

function capacitorControl(changes: Partial<CapacitorControl>): CapacitorControl {
  return {
    kind: 'capcontrol',
    name: 'ctl',
    enabled: true,
    capacitor: 'bank',
    element: 'transformer.reg',
    terminal: 0,
    type: 'voltage',
    onSetting: 118,
    offSetting: 122,
    ptRatio: 20,
    ctRatio: 60,
    delaySeconds: 15,
    delayOffSeconds: 15,
    deadTimeSeconds: 300,
    voltageOverride: false,
    minVolts: 115,
    maxVolts: 126,
    ctPhase: 1,
    ptPhase: 1,
    minKvarPercent: 50,
    ...changes,
  };
}

function controlled(changes: Partial<CapacitorControl>, closed: boolean[] = [false]) {
  const feeder = new FakeFeeder(bank(closed));
  feeder.grid.addControl(capacitorControl(changes));
  const system = new ControlSystem(feeder);
  const states = (): number[] => (feeder.capacitor as Capacitor).steps.map((step) => (step.closed ? 1 : 0));
  return { feeder, system, states };
}

describe('capacitor control', () => {
  it('closes below the on voltage and opens above the off voltage', () => {
    const { feeder, system, states } = controlled({ terminal: 1 });
    feeder.riseVolts = 40;
    feeder.sourceVolts = 117 * 20;
    const solution = solveWithControls(system);
    expect(states()).toEqual([1]);
    expect(solution.controlIterations).toBe(2);
    feeder.sourceVolts = 121 * 20;
    solveWithControls(system);
    expect(states()).toEqual([0]);
    expect(feeder.capacitor?.terminals[0].open).toEqual([true]);
    // Open at 121 V: between the settings nothing happens.
    expect(solveWithControls(system).actions).toBe(0);
  });

  it('switches by kvar into the watched terminal', () => {
    const { feeder, system, states } = controlled({ type: 'kvar', onSetting: 150, offSetting: -75 });
    // Q = V x I = 2400 V x 100 A lagging = 240 kvar.
    feeder.loadAmps = [0, -100];
    solveWithControls(system);
    expect(states()).toEqual([1]);
    feeder.loadAmps = [0, 20];
    solveWithControls(system);
    expect(states()).toEqual([1]);
    feeder.loadAmps = [0, 50];
    solveWithControls(system);
    expect(states()).toEqual([0]);
  });

  it('switches by current', () => {
    const { feeder, system, states } = controlled({ type: 'current', onSetting: 5, offSetting: 2 });
    feeder.loadAmps = [360, 0];
    solveWithControls(system);
    expect(states()).toEqual([1]);
    feeder.loadAmps = [180, 0];
    solveWithControls(system);
    expect(states()).toEqual([1]);
    feeder.loadAmps = [60, 0];
    solveWithControls(system);
    expect(states()).toEqual([0]);
  });

  it('switches by power factor, leading counted above 1', () => {
    const { feeder, system, states } = controlled({ type: 'pf', onSetting: 0.9, offSetting: -0.95 });
    feeder.loadAmps = [100, -60];
    solveWithControls(system);
    expect(states()).toEqual([1]);
    feeder.loadAmps = [100, 40];
    solveWithControls(system);
    expect(states()).toEqual([0]);
    // A lagging factor alone is not enough: half the bank's vars must be there.
    feeder.loadAmps = [20, -18];
    solveWithControls(system);
    expect(states()).toEqual([0]);
    expect(powerFactorScale([3, 4])).toBe(0.6);
    expect(powerFactorScale([3, -4])).toBe(1.4);
    expect(powerFactorScale([0, 0])).toBe(1);
  });

  it('switches by time of day, also over midnight', () => {
    const over = (on: number, off: number, hour: number, closed: boolean): number => {
      const { system, states } = controlled({ type: 'time', onSetting: on, offSetting: off }, [closed]);
      system.clock.hour = hour;
      solveWithControls(system);
      return states()[0];
    };
    expect(over(8, 20, 7, false)).toBe(0);
    expect(over(8, 20, 8, false)).toBe(1);
    expect(over(8, 20, 20, true)).toBe(0);
    expect(over(20, 6, 21, false)).toBe(1);
    expect(over(20, 6, 5, true)).toBe(1);
    expect(over(20, 6, 6, true)).toBe(0);
    expect(over(8, 20, 8 + 48, false)).toBe(1);
    expect(timeOfDay({ hour: 24, seconds: 0 })).toBe(24);
    expect(timeOfDay({ hour: 24, seconds: 36 })).toBeCloseTo(0.01, 12);
    expect(timeOfDay({ hour: 25, seconds: 0 })).toBe(1);
    expect(timeOfDay({ hour: 49, seconds: 0 })).toBe(1);
  });

  it('follows a signal', () => {
    const { feeder, system, states } = controlled({ type: 'follow', controlSignal: 'signal' });
    feeder.grid.loadShapes.set('signal', { name: 'signal', intervalHours: 1, active: Float64Array.of(0, 1, 1, 0), useActual: false });
    const at = (hour: number): number => {
      system.clock.hour = hour;
      solveWithControls(system);
      return states()[0];
    };
    expect([1, 2, 3, 4, 5, 6].map(at)).toEqual([0, 1, 1, 0, 0, 1]);
  });

  it('puts the voltage override first', () => {
    const { feeder, system, states } = controlled({ type: 'kvar', onSetting: 1e6, offSetting: -1e6, voltageOverride: true });
    feeder.sourceVolts = 114 * 20;
    solveWithControls(system);
    expect(states()).toEqual([1]);
    feeder.sourceVolts = 127 * 20;
    solveWithControls(system);
    expect(states()).toEqual([0]);
  });

  it('moves a bank of several steps one step an action', () => {
    const { feeder, system, states } = controlled({ terminal: 1, onSetting: 119, offSetting: 121.5 }, [false, false, false]);
    feeder.riseVolts = 20;
    feeder.sourceVolts = 117.5 * 20;
    const solution = solveWithControls(system);
    expect(states()).toEqual([1, 1, 0]);
    expect(solution.actions).toBe(2);
    feeder.sourceVolts = 121 * 20;
    solveWithControls(system);
    // 123 V: one step out gives 122, two 121.
    expect(states()).toEqual([0, 0, 0]);
  });

  it('waits for the dead time before it closes again', () => {
    const { feeder, system } = controlled({ terminal: 1 }, [true]);
    feeder.sourceVolts = 123 * 20;
    const at = (seconds: number): void => {
      system.clock.seconds = seconds;
      solveWithControls(system, { controlMode: 'time' });
    };
    at(0);
    at(15);
    expect(feeder.capacitor?.steps[0].closed).toBe(false);
    feeder.sourceVolts = 117 * 20;
    at(100);
    // 300 + 15 s less the 85 s since it opened.
    expect(system.queue.pending[0].timeSeconds).toBe(100 + 315 - 85);
  });

  it('takes back an action that is no longer wanted', () => {
    const { feeder, system } = controlled({ terminal: 1 });
    feeder.sourceVolts = 117 * 20;
    solveWithControls(system, { controlMode: 'time' });
    expect(system.queue.size).toBe(1);
    feeder.sourceVolts = 120 * 20;
    solveWithControls(system, { controlMode: 'time' });
    expect(system.queue.size).toBe(0);
  });

  it('returns to its first position on a reset', () => {
    const { feeder, system } = controlled({ terminal: 1 }, [true]);
    feeder.sourceVolts = 123 * 20;
    solveWithControls(system);
    expect(feeder.capacitor?.terminals[0].open).toEqual([true]);
    system.reset();
    expect(feeder.capacitor?.terminals[0].open).toBeUndefined();
  });

  it('names what it does not find', () => {
    expect(() => solveWithControls(controlled({ capacitor: 'none' }).system)).toThrow(/capcontrol\.ctl\.capacitor: .*"none"/);
    expect(() => solveWithControls(controlled({ element: 'line.none' }).system)).toThrow(/capcontrol\.ctl\.element: .*"line\.none"/);
    expect(() => solveWithControls(controlled({ terminal: 5 }).system)).toThrow(/no terminal 6/);
    expect(() => solveWithControls(controlled({ type: 'follow' }).system)).toThrow(/controlsignal/);
  });
});

describe('switch control', () => {
  const switchControl = (changes: Partial<SwitchControl>): SwitchControl => ({
    kind: 'swtcontrol',
    name: 'sw',
    enabled: true,
    element: 'transformer.reg',
    terminal: 1,
    normalState: 'closed',
    state: 'closed',
    locked: false,
    delaySeconds: 120,
    ...changes,
  });

  it('does what it is told after its delay', () => {
    const feeder = new FakeFeeder();
    const record = feeder.grid.addControl(switchControl({ action: 'open' }));
    const system = new ControlSystem(feeder);
    const open = (): boolean | undefined => feeder.transformer.windings[1].terminal.open?.[0];
    solveWithControls(system, { controlMode: 'time' });
    expect(open()).toBeUndefined();
    system.clock.seconds = 120;
    solveWithControls(system, { controlMode: 'time' });
    expect(open()).toBe(true);
    expect(record.state).toBe('open');
    expect(feeder.changed).toEqual(['reg']);
    system.reset();
    expect(open()).toBeUndefined();
    expect(record.state).toBe('closed');
  });

  it('stays where it is while locked', () => {
    const feeder = new FakeFeeder();
    const record = feeder.grid.addControl(switchControl({ action: 'open', locked: true }));
    solveWithControls(new ControlSystem(feeder));
    expect(record.state).toBe('closed');
    expect(feeder.transformer.windings[1].terminal.open).toBeUndefined();
  });
});
