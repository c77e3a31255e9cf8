import { describe, expect, it } from 'vitest';
import {
  advanceStorage,
  Grid,
  injectionPower,
  type LoadShape,
  type Moment,
  SNAPSHOT,
  setStoragePower,
  storageDcPower,
} from '../../src/grid/index.js';
import { storageUnit } from './der-records.js';

const grid = new Grid('test');
const follow: LoadShape = { name: 'follow', intervalHours: 1, active: Float64Array.of(0.5, -0.8, 0, 1), useActual: false };
grid.loadShapes.set('follow', follow);
grid.xyCurves.set('eff', { name: 'eff', x: Float64Array.of(0, 0.5, 1), y: Float64Array.of(0.9, 0.95, 1) });
const daily = (hour: number): Moment => ({ mode: 'daily', hour, stepSeconds: 3600 });

describe('storage', () => {
  it('idles on its losses, and through its inverter on more than these', () => {
    expect(injectionPower(grid, storageUnit(), SNAPSHOT).powerKw).toBe(-0.25);
    const power = injectionPower(grid, storageUnit({}, { efficiencyCurve: 'eff' }), SNAPSHOT);
    expect(power.powerKw).toBeCloseTo(-0.25 / 0.901, 12);
  });

  it('charges and discharges at its rates', () => {
    expect(injectionPower(grid, storageUnit({ state: 'discharging', dischargePercent: 40 }), SNAPSHOT).powerKw).toBe(10);
    expect(injectionPower(grid, storageUnit({ state: 'charging', storedKwh: 20, chargePercent: 40 }), SNAPSHOT).powerKw).toBe(-10);
  });

  it('idles when full or at its reserve', () => {
    const full = storageUnit({ state: 'charging' });
    expect(injectionPower(grid, full, SNAPSHOT).powerKw).toBe(-0.25);
    expect(full.state).toBe('idling');
    const empty = storageUnit({ state: 'discharging', storedKwh: 10 });
    expect(injectionPower(grid, empty, SNAPSHOT).powerKw).toBe(-0.25);
    expect(empty.state).toBe('idling');
  });

  it('follows the sign and size of a shape', () => {
    const unit = storageUnit({ dispatchMode: 'follow', shapes: { daily: 'follow' }, storedKwh: 30 });
    expect([1, 2, 3, 4].map((hour) => injectionPower(grid, unit, daily(hour)).powerKw)).toEqual([12.5, -20, -0.25, 25]);
    expect(unit.chargePercent).toBe(80);
  });

  it('obeys triggers, and the charging hour before a trigger', () => {
    const unit = storageUnit({ dischargeTrigger: 0.4, chargeTrigger: 0, shapes: { daily: 'follow' }, chargeTriggerHour: 0, storedKwh: 30 });
    expect([1, 2, 3, 4].map((hour) => (injectionPower(grid, unit, daily(hour)), unit.state))).toEqual([
      'discharging',
      'idling',
      'idling',
      'discharging',
    ]);
    unit.state = 'idling';
    unit.chargeTriggerHour = 4;
    injectionPower(grid, unit, daily(28));
    expect(unit.state).toBe('charging');
  });

  it('takes the power set in kW as state and rate', () => {
    const unit = storageUnit({ storedKwh: 30 });
    setStoragePower(unit, -5);
    expect(unit).toMatchObject({ state: 'charging', chargePercent: 20 });
    expect(injectionPower(grid, unit, SNAPSHOT).powerKw).toBe(-5);
  });

  it('converts terminal power to DC power and back', () => {
    for (const kw of [3, 12, 24]) {
      const unit = storageUnit({ state: 'discharging' }, { efficiencyCurve: 'eff' });
      const dc = storageDcPower(grid, unit, kw);
      // Efficiency 0.9 + 0.1 x power over kVA, at the DC power.
      expect(dc * (0.9 + (0.1 * dc) / 25)).toBeCloseTo(kw, 10);
    }
    expect(storageDcPower(grid, storageUnit({ state: 'charging' }), -7)).toBe(-7);
  });

  it('moves the energy stored by power, losses and efficiency', () => {
    const out = storageUnit({ state: 'discharging' });
    advanceStorage(grid, out, 0.5, 10);
    expect(out.storedKwh).toBeCloseTo(50 - ((10 + 0.25) / 0.9) * 0.5, 12);
    const into = storageUnit({ state: 'charging', storedKwh: 20 });
    advanceStorage(grid, into, 0.5, -10);
    expect(into.storedKwh).toBeCloseTo(20 + (10 - 0.25) * 0.9 * 0.5, 12);
    const idle = storageUnit({ storedKwh: 20 });
    advanceStorage(grid, idle, 5, -0.25);
    expect(idle.storedKwh).toBe(20);
  });

  it('stops at its ends', () => {
    const out = storageUnit({ state: 'discharging', storedKwh: 11 });
    advanceStorage(grid, out, 1, 10);
    expect(out).toMatchObject({ state: 'idling', storedKwh: 10 });
    const into = storageUnit({ state: 'charging', storedKwh: 49 });
    advanceStorage(grid, into, 1, -10);
    expect(into).toMatchObject({ state: 'idling', storedKwh: 50 });
  });

  it('stays a number where watt priority meets charging above kVA', () => {
    const unit = storageUnit({ state: 'charging', storedKwh: 20, ratedKw: 40 }, { kva: 25, wattPriority: true, reactiveMode: 'kvar', powerKvar: 5 });
    expect(injectionPower(grid, unit, SNAPSHOT)).toEqual({ powerKw: -25, powerKvar: 0 });
  });
});
