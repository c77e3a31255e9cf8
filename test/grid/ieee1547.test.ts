/** IEEE 1547-2018 functions: a few values of the standard's curves, and the tables of ../shared/reference/ieee1547.json to 1e-9. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import {
  activeWithinApparent,
  curveValueAt,
  frequencyDroop,
  heldCurveValueAt,
  IEEE1547_VOLT_VAR,
  reactiveCapability,
  reactiveWithinApparent,
  voltageTripSeconds,
  voltVar,
  voltVarCurve,
  voltWatt,
  wattVar,
} from '../../src/grid/index.js';

const FILE = ['../../../shared/reference/ieee1547.json']
  .map((file) => fileURLToPath(new URL(file, import.meta.url)))
  .find((file) => existsSync(file));

interface Table {
  rows: number[][];
}
interface Reference {
  volt_var: Record<'A' | 'B', { V: number[]; Q: number[] }>;
  watt_var: Record<'A' | 'B', { P: number[]; Q: number[] }>;
  reactive_capability_minimum: Table;
  trip_defaults_60Hz: { rows: (string | number)[][] };
  worked: Record<string, Table>;
  opendss: { extrapolation: Table };
}

/** 1e-9 relative or, of values printed to ten digits, half a unit of the last. */
function near(value: number, reference: number, what: string): void {
  const digit = reference === 0 ? 1e-12 : 0.51 * 10 ** (Math.floor(Math.log10(Math.abs(reference))) - 9);
  if (!(Math.abs(value - reference) <= Math.max(1e-9 * Math.abs(reference), digit))) expect.fail(`${what}: ${value} for ${reference}`);
}

describe.skipIf(!FILE)('tables of IEEE 1547 (skipped without ../shared/reference/ieee1547.json)', () => {
  const reference = FILE ? (JSON.parse(readFileSync(FILE, 'utf8')) as Reference) : ({} as Reference);

  it('volt-var, both categories, with the active power that is left', () => {
    for (const [v, q, kvar, limitKw, angle] of reference.worked.volt_var_B_1000kVA.rows) {
      const ours = voltVar('B', v);
      near(ours, q, `Q at ${v}`);
      near(1000 * ours, kvar, `kvar at ${v}`);
      const left = activeWithinApparent(1000, 1000 * ours, 1000);
      near(left, limitKw, `kW at ${v}`);
      near((Math.atan2(1000 * ours, left) * 180) / Math.PI, angle, `angle at ${v}`);
    }
    for (const [v, q] of reference.worked.volt_var_A_1000kVA.rows) near(voltVar('A', v), q, `category A at ${v}`);
    for (const category of ['A', 'B'] as const) {
      const { V, Q } = reference.volt_var[category];
      V.forEach((v, i) => near(voltVar(category, v), Q[i], `category ${category}, V${i + 1}`));
    }
  });

  it('volt-watt, watt-var, droop, capability', () => {
    for (const [v, limit, absorbing] of reference.worked.volt_watt.rows) {
      near(voltWatt(v), limit, `volt-watt at ${v}`);
      near(voltWatt(v, true), absorbing, `volt-watt of a unit that absorbs at ${v}`);
    }
    for (const [p, a, b] of reference.worked.watt_var.rows) {
      near(wattVar('A', p), a, `watt-var A at ${p}`);
      near(wattVar('B', p), b, `watt-var B at ${p}`);
    }
    for (const [f, first, second] of reference.worked.frequency_droop_60Hz.rows) {
      near(frequencyDroop(f, 0.8, 1, 0), first, `droop at ${f}`);
      near(frequencyDroop(f, 1, 1, 0.2), second, `droop at ${f}`);
    }
    for (const [p, injection, absorptionA, absorptionB] of reference.reactive_capability_minimum.rows) {
      near(reactiveCapability('A', p).injection, injection, `capability at ${p}`);
      near(reactiveCapability('B', p).injection, injection, `capability at ${p}`);
      near(reactiveCapability('A', p).absorption, absorptionA, `capability at ${p}`);
      near(reactiveCapability('B', p).absorption, absorptionB, `capability at ${p}`);
    }
  });

  it('a four-point curve: OpenDSS continues it, the standard holds it', () => {
    const curve = voltVarCurve({ voltages: [0.92, 0.98, 1.02, 1.08], reactive: [0.44, 0, 0, -0.44] });
    for (const [v, continued, held] of reference.opendss.extrapolation.rows) {
      near(curveValueAt(curve, v), continued, `continued at ${v}`);
      near(heldCurveValueAt(curve, v), held, `held at ${v}`);
    }
  });

  it('the OpenDSS way at P = 0.8: reactive power available, or the most', () => {
    const { curve, rows } = reference.worked['opendss_reference_at_P_0.8'] as unknown as { curve: { x: number[]; y: number[] }; rows: number[][] };
    const points = { name: 'b', x: Float64Array.from(curve.x), y: Float64Array.from(curve.y) };
    for (const [v, y, available, most] of rows) {
      near(heldCurveValueAt(points, v), y, `y at ${v}`);
      near(y * Math.sqrt(1000 ** 2 - 800 ** 2), available, `VARAVAL at ${v}`);
      near(heldCurveValueAt(points, v) * 440, most, `VARMAX at ${v}`);
    }
  });

  it('default trips', () => {
    for (const [category, ov2, ov2Time, ov1, ov1Time, uv1, uv1Time, uv2, uv2Time] of reference.trip_defaults_60Hz.rows as [string, ...number[]][]) {
      const seconds = (v: number): number => voltageTripSeconds(category as 'I' | 'II' | 'III', v);
      expect([ov2, ov1, uv1, uv2].map(seconds)).toEqual([ov2Time, ov1Time, uv1Time, uv2Time]);
      expect(seconds(1)).toBe(Number.POSITIVE_INFINITY);
    }
  });
});

describe('inverter functions', () => {
  it('volt-var of category B by hand, exact near its points', () => {
    expect([0.5, 0.92, 0.98, 1, 1.02, 1.08, 1.5].map((v) => voltVar('B', v))).toEqual([0.44, 0.44, 0, 0, 0, -0.44, -0.44]);
    expect(voltVar('B', 0.95)).toBeCloseTo(0.22, 14);
    // OpenDSS's lookup takes the point itself within 1e-5; the function does not.
    expect(curveValueAt(IEEE1547_VOLT_VAR.B, 1.020005)).toBeCloseTo(0, 15);
    expect(voltVar('B', 1.020005)).toBeCloseTo((-0.44 * 5e-6) / 0.06, 12);
  });

  it('curves move with their reference voltage; wrong ones are refused', () => {
    const curve = voltVarCurve({ voltages: [0.92, 0.98, 1.02, 1.08], reactive: [0.44, 0, 0, -0.44], referencePu: 1.02 });
    expect(heldCurveValueAt(curve, 0.97)).toBeCloseTo(0.22, 12);
    expect(() => voltVarCurve({ voltages: [0.92, 0.9, 1.02, 1.08], reactive: [0.44, 0, 0, -0.44] })).toThrow('V2 = 0.9 is below V1 = 0.92');
    expect(() => voltVarCurve({ voltages: [0.92, 0.98, 1.02, 1.08], reactive: [0.44, 0, 0.1, -0.44] })).toThrow('Q3 = 0.1 is above Q2 = 0');
    expect(() => voltVarCurve({ voltages: [0.92, Number.NaN, 1.02, 1.08], reactive: [0.44, 0, 0, -0.44] })).toThrow('no number');
  });

  it('stays within the circle by either priority', () => {
    expect(activeWithinApparent(1000, 600, 1000)).toBe(800);
    expect(activeWithinApparent(-1000, 600, 1000)).toBe(-800);
    expect(activeWithinApparent(100, 2000, 1000)).toBe(0);
    expect(reactiveWithinApparent(-900, 800, 1000)).toBeCloseTo(-600, 12);
    expect(reactiveWithinApparent(100, 800, 1000)).toBe(100);
    expect(voltageTripSeconds('III', 1.25)).toBe(0.16);
  });
});
