/** Admittances of a scenario's own in plain TypeScript, one scenario at a time; what is done and why stands in assembly/newton-lanes.ts. */
import * as layout from './kernel-layout.js';
import type { ScalarMemory } from './scalar-legs.js';

/** Makes the admittances of one scenario from its parameters, and the voltages of dead parts 0. */
export function setUpOwn(memory: ScalarMemory, scenario: number, voltage: number): void {
  const { f64, i32 } = memory;
  const parameters = memory.doubles(layout.FIELD_OWN_PARAMETER) + scenario * memory.count(layout.FIELD_OWN_PARAMETERS);
  let record = memory.integers(layout.FIELD_OWN_RECORDS);
  let u = memory.doubles(layout.FIELD_OWN_POLYNOMIALS);
  let value = memory.doubles(layout.FIELD_OWN_VALUES);
  for (let k = 0; k < memory.count(layout.FIELD_OWN_COUNT); k++) {
    const x = f64[parameters + i32[record + 8]];
    f64[value] = f64[u] + x * (f64[u + 2] + x * f64[u + 4]);
    f64[value + 1] = f64[u + 1] + x * (f64[u + 3] + x * f64[u + 5]);
    record += layout.OWN_RECORD;
    u += layout.OWN_POLYNOMIAL;
    value += 2;
  }
  record = memory.integers(layout.FIELD_OWN_RECORDS) + memory.count(layout.FIELD_DEAD_FIRST) * layout.OWN_RECORD;
  for (let left = memory.count(layout.FIELD_DEAD_COUNT); left > 0; left--) {
    const at = voltage + (i32[record] >> 3);
    if (f64[parameters + i32[record + 8]] > 0) f64.fill(0, at, at + 2);
    record += layout.OWN_RECORD;
  }
}

/** Takes the currents through the entries off the residual. */
export function ownResidual(memory: ScalarMemory, voltage: number, work: number): void {
  const { f64, i32 } = memory;
  let record = memory.integers(layout.FIELD_OWN_RECORDS);
  let value = memory.doubles(layout.FIELD_OWN_VALUES);
  for (let k = 0; k < memory.count(layout.FIELD_OWN_COUNT); k++) {
    const p = voltage + (i32[record] >> 3);
    const q = voltage + (i32[record + 1] >> 3);
    const r = work + (i32[record + 2] >> 3);
    const s = work + (i32[record + 3] >> 3);
    const g = f64[value];
    const b = f64[value + 1];
    const vr = f64[p] - f64[q];
    const vi = f64[p + 1] - f64[q + 1];
    const cr = g * vr - b * vi;
    const ci = g * vi + b * vr;
    f64[r] -= cr;
    f64[r + 1] -= ci;
    f64[s] += cr;
    f64[s + 1] += ci;
    record += layout.OWN_RECORD;
    value += 2;
  }
}

/** Adds the entries to the Jacobian's blocks. */
export function ownJacobian(memory: ScalarMemory, jacobian: number): void {
  const { f64, i32 } = memory;
  let record = memory.integers(layout.FIELD_OWN_RECORDS);
  let value = memory.doubles(layout.FIELD_OWN_VALUES);
  for (let k = 0; k < memory.count(layout.FIELD_OWN_COUNT); k++) {
    const g = f64[value];
    const b = f64[value + 1];
    for (let corner = 0; corner < 4; corner++) {
      const at = jacobian + 4 * i32[record + 4 + corner];
      const sign = corner === 0 || corner === 3 ? 1 : -1;
      f64[at] += sign * g;
      f64[at + 1] -= sign * b;
      f64[at + 2] += sign * b;
      f64[at + 3] += sign * g;
    }
    record += layout.OWN_RECORD;
    value += 2;
  }
}
