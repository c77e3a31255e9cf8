import { describe, expect, it } from 'vitest';
import { advanceClock, applyMoment, ControlSystem, runTimeSteps, sourceVoltagePu, timeDependentsOf } from '../../src/controls/index.js';
import type { CircuitElement, Load, VoltageSource } from '../../src/grid/index.js';
import { zeros } from '../../src/grid/index.js';
import { FakeFeeder, regulatorControl } from './fake-feeder.js';

function load(changes: Partial<Load> = {}): Load {
  return {
    kind: 'load',
    name: 'home',
    enabled: true,
    phases: 1,
    terminal: { bus: 'load', nodes: [1, 0] },
    connection: 'wye',
    model: 1,
    kv: 2.4,
    powerKw: 100,
    powerKvar: 50,
    minVoltagePu: 0.95,
    maxVoltagePu: 1.05,
    lowVoltagePu: 0.5,
    exponentWatts: 1,
    exponentVars: 2,
    status: 'variable',
    shapes: { daily: 'day' },
    customers: 1,
    ...changes,
  };
}

function source(changes: Partial<VoltageSource> = {}): VoltageSource {
  return {
    kind: 'vsource',
    name: 'source',
    enabled: true,
    phases: 3,
    terminals: [
      { bus: 'source', nodes: [1, 2, 3] },
      { bus: 'source', nodes: [0, 0, 0] },
    ],
    baseKv: 12,
    voltagePu: 1.02,
    angleDegrees: 0,
    sequence: 1,
    impedanceOhm: zeros(3),
    shapes: {},
    ...changes,
  };
}

/** A fake feeder that takes down the powers it is given. */
class RecordingFeeder extends FakeFeeder {
  readonly powers: [string, number, number][] = [];
  override setPower(element?: CircuitElement, powerKw = 0, powerKvar = 0): void {
    this.powers.push([element?.name ?? '', powerKw, powerKvar]);
  }
}

describe('time loop', () => {
  it('advances the clock before it solves, and powers follow their shapes', () => {
    const feeder = new RecordingFeeder();
    feeder.grid.loadShapes.set('day', { name: 'day', intervalHours: 1, active: Float64Array.of(0.1, 0.2, 0.3, 0.4), useActual: false });
    feeder.grid.add(load());
    feeder.grid.add(load({ name: 'off', enabled: false }));
    const system = new ControlSystem(feeder);
    const hours = [...runTimeSteps(system, { mode: 'daily', steps: 3, stepSeconds: 3600 })].map((step) => step.hour);
    expect(hours).toEqual([1, 2, 3]);
    expect(feeder.powers.map(([name, kw]) => [name, Number(kw.toFixed(9))])).toEqual([
      ['home', 10],
      ['home', 20],
      ['home', 30],
    ]);
    // A second run goes on where the first ended.
    expect([...runTimeSteps(system, { mode: 'daily', steps: 1, stepSeconds: 1800 })][0].hour).toBe(3.5);
  });

  it('carries whole hours over', () => {
    const clock = { hour: 0, seconds: 0 };
    for (let i = 0; i < 61; i++) advanceClock(clock, 60);
    expect(clock).toEqual({ hour: 1, seconds: 60 });
    advanceClock(clock, 7200);
    expect(clock).toEqual({ hour: 3, seconds: 60 });
  });

  it('lets a regulator act in its own time', () => {
    const feeder = new FakeFeeder();
    feeder.sourceVolts = 2280;
    feeder.grid.addControl(regulatorControl());
    const system = new ControlSystem(feeder);
    const taps: number[] = [];
    for (const _ of runTimeSteps(system, { mode: 'duty', steps: 8, stepSeconds: 5, controlMode: 'time' })) {
      taps.push(Math.round((feeder.transformer.windings[1].tapPu - 1) * 160));
    }
    // Out of band first seen at 5 s; the first tap at 20 s, the next ones 2 s later each, seen every 5 s.
    expect(taps).toEqual([0, 0, 0, 1, 2, 3, 4, 5]);
  });

  it('stops when it is told to', () => {
    const abort = new AbortController();
    const system = new ControlSystem(new FakeFeeder());
    let done = 0;
    for (const _ of runTimeSteps(system, { mode: 'daily', steps: 10, stepSeconds: 60, signal: abort.signal })) if (++done === 4) abort.abort();
    expect(done).toBe(4);
  });
});

describe('source voltage over time', () => {
  const feeder = new FakeFeeder();
  feeder.grid.loadShapes.set('pu', { name: 'pu', intervalHours: 1, active: Float64Array.of(0.98, 1.01), useActual: false });
  feeder.grid.loadShapes.set('kv', { name: 'kv', intervalHours: 1, active: Float64Array.of(7, 6.9), useActual: true });
  const at = (changes: Partial<VoltageSource>, mode: 'snapshot' | 'daily' | 'yearly' | 'duty'): number =>
    sourceVoltagePu(feeder.grid, source(changes), { mode, hour: 1 });

  it('replaces the rated value by the shape, in the modes that look at it', () => {
    expect(at({ shapes: { daily: 'pu' } }, 'snapshot')).toBe(1.02);
    expect(at({ shapes: { daily: 'pu' } }, 'daily')).toBe(0.98);
    expect(at({ shapes: { daily: 'pu' } }, 'duty')).toBe(0.98);
    expect(at({ shapes: { daily: 'pu' } }, 'yearly')).toBe(1.02);
  });

  it('takes actual values as kV from line to neutral', () => {
    expect(at({ shapes: { yearly: 'kv' } }, 'yearly')).toBeCloseTo(7 / (12 / Math.sqrt(3)), 12);
    expect(at({ shapes: { yearly: 'kv' }, phases: 1, baseKv: 7 }, 'yearly')).toBe(1);
  });

  it('says which shape is missing', () => {
    feeder.grid.add(source({ shapes: { daily: 'nowhere' } }));
    expect(() => applyMoment(feeder, timeDependentsOf(feeder.grid), { mode: 'daily', hour: 1 })).toThrow(/"nowhere"/);
  });
});
