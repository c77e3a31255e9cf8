/** Turbines, hub wind, air density, battery: closed forms, and the tables of ../shared/reference/wind_battery.json to 1e-9 relative. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  airDensityBarometric,
  airDensityIdealGas,
  type Battery,
  checkBattery,
  genericTurbinePower,
  hellmannExponent,
  stateOfCharge,
  stepBattery,
  tabulatedTurbine,
  tabulatedTurbinePower,
  turbineAtDensity,
  windAtHubLogarithmic,
  windAtHubPower,
} from '../../src/profiles/index.js';

const FILE = ['../../../shared/reference/wind_battery.json']
  .map((file) => fileURLToPath(new URL(file, import.meta.url)))
  .find((file) => existsSync(file));

interface Table {
  columns: string[];
  rows: number[][];
}
interface Reference {
  manufacturer_table: Table & { rated_kW: number; flat_until: number };
  standard_curve: { rated_kW: number; cut_in: number; rated_speed: number; cut_out: number };
  comparison_20_points: Table;
  log_law: Table;
  power_law: Table;
  air_density: Table;
  battery: Record<string, Table>;
}

/** 1e-9 relative, where the table's ten digits allow it: half a unit of its last digit else. */
function expectEqual(value: number, reference: number, what: string): void {
  const digit = reference === 0 ? 1e-9 : 0.5 * 10 ** (Math.floor(Math.log10(Math.abs(reference))) - 9);
  const error = Math.abs(value - reference);
  if (!(error <= Math.max(1e-9 * Math.abs(reference), digit * 1.001))) expect.fail(`${what}: ${value} for ${reference}`);
}

describe.skipIf(!FILE)('wind and battery tables (skipped without ../shared/reference/wind_battery.json)', () => {
  const reference = FILE ? (JSON.parse(readFileSync(FILE, 'utf8')) as Reference) : ({} as Reference);

  it('turbine curves', () => {
    const { standard_curve: s, manufacturer_table: made } = reference;
    const table = tabulatedTurbine(made.rows as [number, number][], made.flat_until);
    const thin = turbineAtDensity(table, 1.1);
    const generic = { ratedKw: s.rated_kW, cutIn: s.cut_in, ratedSpeed: s.rated_speed, cutOut: s.cut_out };
    for (const [v, cubic, pure, quadratic, tabulated, density] of reference.comparison_20_points.rows) {
      expectEqual(genericTurbinePower({ ...generic, shape: 'cubic' }, v), cubic, `cubic at ${v}`);
      expectEqual(genericTurbinePower({ ...generic, shape: 'pure-cubic' }, v), pure, `pure cubic at ${v}`);
      expectEqual(genericTurbinePower({ ...generic, shape: 'quadratic' }, v), quadratic, `quadratic at ${v}`);
      expectEqual(tabulatedTurbinePower(table, v), tabulated, `table at ${v}`);
      expectEqual(tabulatedTurbinePower(thin, v), density, `table at ${v}, density 1.1`);
    }
  });

  it('wind at hub height and air density', () => {
    for (const [v, h, hub, z0, obstacle, expected] of reference.log_law.rows)
      expectEqual(windAtHubLogarithmic(v, h, hub, z0, obstacle), expected, 'log law');
    for (const [v, h, hub, alpha, expected] of reference.power_law.rows) expectEqual(windAtHubPower(v, h, hub, alpha), expected, 'power law');
    for (const [p, hp, hub, t, barometric, ideal] of reference.air_density.rows) {
      expectEqual(airDensityBarometric(p, hp, hub, t), barometric, 'barometric');
      expectEqual(airDensityIdealGas(p, hp, hub, t), ideal, 'ideal gas');
    }
    expectEqual(hellmannExponent(91, 0.03), 0.1247284443, 'exponent');
  });

  it.each<[string, Battery, number, number]>([
    [
      'hourly_2000kWh_500kW_eta0.95_Emin200_Emax1800_E0_1000',
      {
        maxChargeKw: 500,
        maxDischargeKw: 500,
        minimumKwh: 200,
        maximumKwh: 1800,
        capacityKwh: 2000,
        chargeEfficiency: 0.95,
        dischargeEfficiency: 0.95,
      },
      1000,
      1,
    ],
    [
      'quarter_hour_50kWh_25kW_eta0.9_Emin10_Emax50_E0_25',
      { maxChargeKw: 25, maxDischargeKw: 25, minimumKwh: 10, maximumKwh: 50, chargeEfficiency: 0.9, dischargeEfficiency: 0.9 },
      25,
      0.25,
    ],
  ])('battery %s', (name, battery, start, hours) => {
    let stored = start;
    for (const [step, request, power, before, after, soc, loss] of reference.battery[name].rows) {
      expectEqual(stored, before, `step ${step}: energy before`);
      const done = stepBattery(battery, stored, request, hours);
      expectEqual(done.powerKw, power, `step ${step}: power`);
      expectEqual(done.storedKwh, after, `step ${step}: energy after`);
      expectEqual(done.lossKwh, loss, `step ${step}: loss`);
      expectEqual(stateOfCharge(battery, done.storedKwh), soc, `step ${step}: state of charge`);
      stored = done.storedKwh;
    }
  });
});

describe('turbines', () => {
  it('cut in, rated, cut out, and in between', () => {
    const turbine = { shape: 'cubic', ratedKw: 2400, cutIn: 3, ratedSpeed: 12, cutOut: 25 } as const;
    expect([0, 2.9, 3, 12, 25, 25.1, Number.NaN].map((v) => genericTurbinePower(turbine, v))).toEqual([0, 0, 0, 2400, 2400, 0, 0]);
    expect(genericTurbinePower(turbine, 6)).toBeCloseTo(266.6666667, 6);
    expect(genericTurbinePower({ ...turbine, shape: 'quadratic' }, 6)).toBe(480);
    expect(genericTurbinePower({ ...turbine, shape: 'pure-cubic' }, 3)).toBe(37.5);
  });

  it('tables: points, between, beyond; nothing at standard density, more wind needed in thin air', () => {
    const table = tabulatedTurbine(
      [
        [3, 0],
        [8, 500],
        [12, 1000],
      ],
      20,
    );
    expect([2, 3, 5.5, 8, 12, 20, 20.1].map((v) => tabulatedTurbinePower(table, v))).toEqual([0, 0, 250, 500, 1000, 1000, 0]);
    expect([...turbineAtDensity(table, 1.225).speeds]).toEqual([...table.speeds]);
    expect(tabulatedTurbinePower(turbineAtDensity(table, 1), 7)).toBeLessThan(tabulatedTurbinePower(table, 7));
    expect(() => tabulatedTurbine([[3, 0]])).toThrow('two rows');
    expect(() =>
      tabulatedTurbine([
        [3, 0],
        [3, 5],
      ]),
    ).toThrow('row 2 (3, 5)');
    expect(() => turbineAtDensity(table, 0)).toThrow('turbine.density');
  });
});

describe('battery', () => {
  const between = (min: number, max: number) => fc.double({ min, max, noNaN: true });
  const anyBattery = fc
    .record({
      maxChargeKw: between(0, 1000),
      maxDischargeKw: between(0, 1000),
      minimumKwh: between(0, 100),
      maximumKwh: between(100, 4000),
      chargeEfficiency: between(0.3, 1),
      dischargeEfficiency: between(0.3, 1),
      selfDischargePerHour: fc.oneof(fc.constant(0), between(0, 0.2)),
    })
    .chain((battery) => fc.record({ battery: fc.constant(battery), stored: between(battery.minimumKwh, battery.maximumKwh) }));

  it('keeps its limits and its balance whatever is asked', () => {
    fc.assert(
      fc.property(anyBattery, between(-2000, 2000), between(0.01, 24), ({ battery, stored }, request, hours) => {
        checkBattery(battery);
        const done = stepBattery(battery, stored, request, hours);
        expect(done.powerKw <= battery.maxDischargeKw && done.powerKw >= -battery.maxChargeKw).toBe(true);
        expect(done.powerKw === 0 || Math.sign(done.powerKw) === Math.sign(request)).toBe(true);
        expect(Math.abs(done.powerKw)).toBeLessThanOrEqual(Math.abs(request));
        // Requests alone carry it neither above nor below; self-discharge may carry it below.
        expect(done.storedKwh).toBeLessThanOrEqual(battery.maximumKwh);
        if (battery.selfDischargePerHour === 0) expect(done.storedKwh).toBeGreaterThanOrEqual(battery.minimumKwh);
        const size = Math.max(stored, Math.abs(done.powerKw) * hours, 1);
        expect(Math.abs(stored - done.storedKwh - done.powerKw * hours - done.lossKwh) / size).toBeLessThan(1e-12);
        expect(done.lossKwh).toBeGreaterThanOrEqual(-1e-9);
      }),
    );
  });

  it('loses what it is said to lose while idle, in one step as in many', () => {
    const battery: Battery = { maxChargeKw: 1, maxDischargeKw: 1, minimumKwh: 0, maximumKwh: 10, chargeEfficiency: 1, dischargeEfficiency: 1 };
    const leaky = { ...battery, selfDischargePerHour: 0.01 };
    expect(stepBattery(leaky, 8, 0, 24).storedKwh).toBeCloseTo(8 * 0.99 ** 24, 12);
    let stored = 8;
    for (let i = 0; i < 96; i++) stored = stepBattery(leaky, stored, 0, 0.25).storedKwh;
    expect(stored).toBeCloseTo(8 * 0.99 ** 24, 12);
    expect(stepBattery(battery, 8, 0, 24)).toEqual({ powerKw: 0, storedKwh: 8, lossKwh: 0 });
  });

  it('refuses what cannot be', () => {
    const battery: Battery = { maxChargeKw: 1, maxDischargeKw: 1, minimumKwh: 0, maximumKwh: 10, chargeEfficiency: 1, dischargeEfficiency: 1 };
    const wrong = (change: Partial<Battery>) => () => checkBattery({ ...battery, ...change });
    expect(wrong({ chargeEfficiency: 1.1 })).toThrow('battery.chargeEfficiency: is 1.1; it must be above 0 and at most 1');
    expect(wrong({ dischargeEfficiency: 0 })).toThrow('dischargeEfficiency');
    expect(wrong({ minimumKwh: 11 })).toThrow('maximumKwh');
    expect(wrong({ maxChargeKw: Number.NaN })).toThrow('maxChargeKw');
    expect(wrong({ selfDischargePerHour: 1 })).toThrow('selfDischargePerHour');
    expect(wrong({ capacityKwh: 9 })).toThrow('capacityKwh');
    expect(() => stepBattery(battery, 1, Number.NaN, 1)).toThrow('battery: a request of NaN kW over 1 hours');
    expect(() => stepBattery(battery, 1, 1, 0)).toThrow('over 0 hours');
  });
});
