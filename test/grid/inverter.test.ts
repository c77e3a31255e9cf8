import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  curveInverseAt,
  curveLineAt,
  curveValueAt,
  Grid,
  IEEE1547_VOLT_VAR,
  IEEE1547_WATT_VAR,
  ieee1547VoltWatt,
  injectionPower,
  SNAPSHOT,
} from '../../src/grid/index.js';
import { pvSystem } from './der-records.js';

const grid = new Grid('test');
const power = (pv: ReturnType<typeof pvSystem>): { powerKw: number; powerKvar: number } => injectionPower(grid, pv, SNAPSHOT);

describe('limits of an inverter', () => {
  it('give way by priority where kVA is exceeded', () => {
    const kvar = { kva: 500, reactiveMode: 'kvar' as const, powerKvar: 300 };
    expect(power(pvSystem({}, kvar))).toEqual({ powerKw: 400, powerKvar: 300 });
    expect(power(pvSystem({ ratedKw: 400 }, { ...kvar, wattPriority: true, powerKvar: 400 }))).toEqual({ powerKw: 400, powerKvar: 300 });
    expect(power(pvSystem({ ratedKw: 600 }, { ...kvar, wattPriority: true }))).toEqual({ powerKw: 500, powerKvar: 0 });
    const byFactor = power(pvSystem({}, { kva: 500, powerFactor: -0.8, powerFactorPriority: true }));
    expect(byFactor.powerKw).toBeCloseTo(400, 10);
    expect(byFactor.powerKvar).toBeCloseTo(-300, 10);
  });

  it('hold kvar limits, the one of absorption apart', () => {
    const kvar = { kva: 500, reactiveMode: 'kvar' as const, maxKvar: 120, maxAbsorbedKvar: 80 };
    expect(power(pvSystem({ ratedKw: 300 }, { ...kvar, powerKvar: 200 })).powerKvar).toBe(120);
    expect(power(pvSystem({ ratedKw: 300 }, { ...kvar, powerKvar: -200 })).powerKvar).toBe(-80);
  });

  it('let vars rise along a ramp between the least powers', () => {
    const ramp = { kva: 500, reactiveMode: 'kvar' as const, powerKvar: 400, maxKvar: 220, minPowerNoVarsPercent: 5, minPowerFullVarsPercent: 20 };
    const at = (share: number): number => power(pvSystem({ irradianceKwPerM2: share }, { ...ramp })).powerKvar;
    // The ramp passes through the origin; below the lower power there are none.
    expect([0.04, 0.05, 0.1, 0.2, 0.5].map((share) => Math.round(at(share) * 1e6) / 1e6)).toEqual([0, 55, 110, 220, 220]);
  });

  it('never exceed kVA nor the kvar limits, whatever is asked', () => {
    fc.assert(
      fc.property(
        fc.record({
          kw: fc.double({ min: 0, max: 800, noNaN: true }),
          kvar: fc.double({ min: -800, max: 800, noNaN: true }),
          kva: fc.integer({ min: 1, max: 600 }),
        }),
        fc.boolean(),
        fc.boolean(),
        ({ kw, kvar, kva }, wattPriority, byFactor) => {
          const reactive = byFactor ? { powerFactor: kvar < 0 ? -0.85 : 0.85 } : { reactiveMode: 'kvar' as const, powerKvar: kvar };
          const result = power(pvSystem({ ratedKw: kw }, { kva, wattPriority, ...reactive }));
          expect(Math.hypot(result.powerKw, result.powerKvar)).toBeLessThanOrEqual(kva * (1 + 1e-12));
          expect(result.powerKw).toBeLessThanOrEqual(kw * (1 + 1e-12));
        },
      ),
    );
  });
});

describe('XY curves', () => {
  const curve = { name: 'c', x: Float64Array.of(0, 1, 3), y: Float64Array.of(1, 3, 2) };
  it('continue beyond their ends and snap to points', () => {
    expect([-1, 0.5, 2, 5].map((x) => curveValueAt(curve, x))).toEqual([-1, 2, 2.5, 1]);
    expect(curveValueAt(curve, 1 + 9e-6)).toBe(3);
    expect(curveValueAt(curve, 1 + 2e-5)).toBeLessThan(3);
  });
  it('are read backwards on the first segment that holds the value', () => {
    expect([2, 2.5, 4].map((y) => curveInverseAt(curve, y))).toEqual([0.5, 0.75, -1]);
    expect(curveLineAt(curve, 2)).toEqual({ slope: -0.5, offset: 3.5 });
  });
});

const tables = new URL('../../../shared/reference/ieee1547.json', import.meta.url);
describe.skipIf(!existsSync(tables))('IEEE 1547-2018 defaults (skipped where ../shared is absent)', () => {
  type Table = { rows: number[][] };
  const worked = existsSync(tables) ? (JSON.parse(readFileSync(tables, 'utf8')) as { worked: Record<string, Table> }).worked : {};

  it('volt-var, and what is left of active power at kVA', () => {
    for (const [volts, pu, kvar, limitKw] of worked.volt_var_B_1000kVA.rows) {
      const share = curveValueAt(IEEE1547_VOLT_VAR.B, volts);
      expect(share).toBeCloseTo(pu, 8);
      const result = power(pvSystem({ ratedKw: 1000 }, { kva: 1000, reactiveMode: 'kvar', powerKvar: share * 1000 }));
      expect(result.powerKvar).toBeCloseTo(kvar, 6);
      expect(result.powerKw).toBeCloseTo(limitKw, 6);
    }
    for (const [volts, pu] of worked.volt_var_A_1000kVA.rows) expect(curveValueAt(IEEE1547_VOLT_VAR.A, volts)).toBeCloseTo(pu, 8);
  });

  it('volt-watt and watt-var', () => {
    for (const [volts, higher, lower] of worked.volt_watt.rows) {
      expect(curveValueAt(ieee1547VoltWatt(), volts)).toBeCloseTo(higher, 8);
      expect(curveValueAt(ieee1547VoltWatt(0), volts)).toBeCloseTo(lower, 8);
    }
    for (const [active, a, b] of worked.watt_var.rows) {
      expect(curveValueAt(IEEE1547_WATT_VAR.A, active)).toBeCloseTo(a, 8);
      expect(curveValueAt(IEEE1547_WATT_VAR.B, active)).toBeCloseTo(b, 8);
    }
  });
});
