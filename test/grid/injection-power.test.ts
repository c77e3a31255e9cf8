import { beforeEach, describe, expect, it } from 'vitest';
import { Grid, GridError, injectionPower, type LoadShape, type Moment, SNAPSHOT } from '../../src/grid/index.js';
import { generatorOf, loadOf, pvSystem } from './der-records.js';

const daily = (hour: number): Moment => ({ mode: 'daily', hour });

function shape(name: string, active: number[], changes: Partial<LoadShape> = {}): LoadShape {
  return { name, intervalHours: 1, active: Float64Array.from(active), useActual: false, ...changes };
}

let grid: Grid;
beforeEach(() => {
  grid = new Grid('test');
  grid.loadShapes.set('ramp', shape('ramp', [0.1, 0.2, 0.3, 0.4]));
  grid.loadShapes.set('kw', shape('kw', [7, 8], { useActual: true }));
  grid.loadShapes.set('both', shape('both', [0.5, 0.6], { reactive: Float64Array.of(0.2, 0.3) }));
});

describe('loads', () => {
  it('follow the load multiplier unless fixed or exempt', () => {
    grid.loadMultiplier = 1.5;
    expect(injectionPower(grid, loadOf(), SNAPSHOT)).toEqual({ powerKw: 15, powerKvar: 7.5 });
    expect(injectionPower(grid, loadOf({ status: 'fixed' }), SNAPSHOT)).toEqual({ powerKw: 10, powerKvar: 5 });
    expect(injectionPower(grid, loadOf({ status: 'exempt' }), SNAPSHOT)).toEqual({ powerKw: 10, powerKvar: 5 });
  });

  it('keep their kvar in models 6 and 7, and grow', () => {
    grid.loadMultiplier = 2;
    expect(injectionPower(grid, loadOf({ model: 6 }), SNAPSHOT)).toEqual({ powerKw: 20, powerKvar: 5 });
    expect(injectionPower(grid, loadOf({ model: 7, shapes: { daily: 'ramp' } }), daily(1))).toEqual({ powerKw: 2, powerKvar: 5 });
    expect(injectionPower(grid, loadOf({ growthFactor: 1.5 }), SNAPSHOT)).toEqual({ powerKw: 30, powerKvar: 15 });
    expect(injectionPower(grid, loadOf({ growthFactor: 1.5, status: 'fixed' }), SNAPSHOT).powerKw).toBe(15);
  });

  it('fall back from duty to daily, but not from yearly to daily', () => {
    const load = loadOf({ shapes: { daily: 'ramp' } });
    expect(injectionPower(grid, load, daily(2)).powerKw).toBeCloseTo(2, 12);
    expect(injectionPower(grid, load, { mode: 'duty', hour: 3 }).powerKw).toBeCloseTo(3, 12);
    expect(injectionPower(grid, load, { mode: 'yearly', hour: 3 }).powerKw).toBe(10);
    expect(injectionPower(grid, loadOf({ status: 'fixed', shapes: { daily: 'ramp' } }), daily(2)).powerKw).toBe(10);
  });

  it('take kvar from its own column where the shape has one', () => {
    const power = injectionPower(grid, loadOf({ shapes: { daily: 'both' } }), daily(1));
    expect(power.powerKw).toBeCloseTo(5, 12);
    expect(power.powerKvar).toBeCloseTo(1, 12);
  });

  it('take kW from an actual shape, and kvar from the power factor they were given by', () => {
    grid.loadMultiplier = 2;
    const load = loadOf({ shapes: { daily: 'kw' }, specifiedPowerFactor: -0.8 });
    const power = injectionPower(grid, load, daily(1));
    expect(power.powerKw).toBe(7);
    expect(power.powerKvar).toBeCloseTo(-7 * 0.75, 12);
    expect(injectionPower(grid, loadOf({ shapes: { daily: 'kw' } }), daily(2))).toEqual({ powerKw: 8, powerKvar: 0 });
  });

  it('know the built-in default shape, and reject one that is not there', () => {
    expect(injectionPower(grid, loadOf({ shapes: { daily: 'default' } }), daily(17)).powerKw).toBe(10);
    expect(injectionPower(grid, loadOf({ shapes: { daily: 'default' } }), daily(0)).powerKw).toBeCloseTo(7.56, 12);
    expect(() => injectionPower(grid, loadOf({ shapes: { daily: 'nowhere' } }), daily(1))).toThrow(GridError);
  });
});

describe('generators', () => {
  it('follow their own multiplier, not the load one', () => {
    grid.loadMultiplier = 3;
    grid.generatorMultiplier = 0.5;
    expect(injectionPower(grid, generatorOf(), SNAPSHOT)).toEqual({ powerKw: 500, powerKvar: 30 });
    expect(injectionPower(grid, generatorOf({ status: 'fixed' }), SNAPSHOT).powerKw).toBe(1000);
  });

  it('keep their kvar in models 4 and 5, and start from it within limits in model 3', () => {
    grid.generatorMultiplier = 0.5;
    expect(injectionPower(grid, generatorOf({ model: 4 }), SNAPSHOT)).toEqual({ powerKw: 500, powerKvar: 60 });
    expect(injectionPower(grid, generatorOf({ model: 5 }), SNAPSHOT)).toEqual({ powerKw: 500, powerKvar: 60 });
    expect(injectionPower(grid, generatorOf({ model: 3, maxKvar: 40 }), SNAPSHOT)).toEqual({ powerKw: 500, powerKvar: 40 });
  });

  it('stand still below their dispatch level, as a load of 1e-4', () => {
    const unit = generatorOf({ dispatchMode: 'loadlevel', dispatchValue: 0.8 });
    expect(injectionPower(grid, unit, SNAPSHOT).powerKw).toBe(1000);
    grid.loadMultiplier = 0.7;
    expect(injectionPower(grid, unit, SNAPSHOT)).toEqual({ powerKw: -0.1, powerKvar: 0 });
    expect(injectionPower(grid, { ...unit, forceOn: true }, SNAPSHOT).powerKw).toBe(1000);
    grid.loadMultiplier = 1;
    // The default shape is 0.5833 at hour 4 and 1 at hour 17.
    expect(injectionPower(grid, unit, daily(4)).powerKw).toBe(-0.1);
    expect(injectionPower(grid, unit, daily(17)).powerKw).toBe(1000);
  });
});

describe('PV systems', () => {
  it('deliver irradiance x shape x temperature factor x efficiency', () => {
    grid.xyCurves.set('pt', { name: 'pt', x: Float64Array.of(0, 25, 75, 100), y: Float64Array.of(1.2, 1, 0.8, 0.6) });
    grid.xyCurves.set('eff', { name: 'eff', x: Float64Array.of(0.1, 0.2, 0.4, 1), y: Float64Array.of(0.86, 0.9, 0.93, 0.97) });
    grid.temperatureShapes.set('warm', shape('warm', [50, 75]));
    const pv = pvSystem(
      { irradianceKwPerM2: 0.8, temperatureCurve: 'pt', shapes: { daily: 'both' }, temperatureShapes: { daily: 'warm' } },
      { efficiencyCurve: 'eff' },
    );
    // 0.8 x 0.5 x 500 x 0.9 = 180 kW of panel, 0.36 of kVA: efficiency 0.9 + 0.16 / 0.2 x 0.03.
    expect(injectionPower(grid, pv, daily(1)).powerKw).toBeCloseTo(180 * 0.924, 10);
    expect(pv.inverter.state?.panelKw).toBeCloseTo(180, 10);
  });

  it('repeat the daily shape in yearly mode', () => {
    expect(injectionPower(grid, pvSystem({ shapes: { daily: 'ramp' } }), { mode: 'yearly', hour: 26 }).powerKw).toBeCloseTo(100, 12);
  });

  it('stop below the cut-out power and start again above the cut-in power', () => {
    const pv = pvSystem({}, { cutInPercent: 30, cutOutPercent: 10 });
    const at = (sun: number): number => {
      pv.irradianceKwPerM2 = sun;
      return injectionPower(grid, pv, SNAPSHOT).powerKw;
    };
    expect([0.2, 0.1, 0.09, 0.2, 0.29, 0.3, 0.2].map(at).map((kw) => Math.round(kw))).toEqual([100, 50, 0, 0, 0, 150, 100]);
  });

  it('give no more than the allowed share of rated power', () => {
    expect(injectionPower(grid, pvSystem({ ratedPercent: 60 }), SNAPSHOT).powerKw).toBe(300);
  });

  it('keep vars when stopped, unless vars follow the inverter', () => {
    const dark = { irradianceKwPerM2: 0 };
    const kvar = { reactiveMode: 'kvar' as const, powerKvar: 100, cutOutPercent: 10, cutInPercent: 10 };
    expect(injectionPower(grid, pvSystem(dark, kvar), SNAPSHOT)).toEqual({ powerKw: 0, powerKvar: 100 });
    expect(injectionPower(grid, pvSystem(dark, { ...kvar, varFollowInverter: true }), SNAPSHOT)).toEqual({ powerKw: 0, powerKvar: 0 });
  });
});
