/** Legs in plain TypeScript, one scenario at a time; the formulas stand in assembly/legs.ts, the tables in kernel-layout.ts. */
import * as layout from './kernel-layout.js';
import type { KernelMemory } from './kernels.js';

/** A kernel memory as plain arrays, with the places of the fields counted in items (not bytes). */
export class ScalarMemory {
  readonly f64: Float64Array;
  readonly i32: Int32Array;
  private readonly block: number;

  constructor(memory: KernelMemory, layoutOffset: number) {
    this.f64 = new Float64Array(memory.buffer);
    this.i32 = new Int32Array(memory.buffer);
    this.block = layoutOffset >> 2;
  }

  /** A field's number, where it is a count. */
  count(field: number): number {
    return this.i32[this.block + field];
  }

  /** Index in `f64` of a field's array. */
  doubles(field: number): number {
    return this.i32[this.block + field] >>> 3;
  }

  /** Index in `i32` of a field's array. */
  integers(field: number): number {
    return this.i32[this.block + field] >>> 2;
  }
}

/** fp, fq and their slopes over u. */
const factors = new Float64Array(4);

/** Factors of one leg at a squared voltage, whatever its range and kind. */
function factorsAt(f64: Float64Array, hot: number, cold: number, square: number): void {
  const u = Math.sqrt(square);
  const range = square <= f64[hot + 8] ? 0 : square <= f64[hot + 9] ? 1 : square > f64[hot + 1] ? 3 : 2;
  const kind = f64[cold];
  if (kind === layout.LEG_EXPONENT && range === 2) {
    const ratio = u / f64[cold + 1];
    for (let k = 0; k < 2; k++) {
      const exponent = f64[cold + 2 + k];
      factors[k] = ratio ** exponent / square;
      factors[2 + k] = ((exponent - 2) * factors[k]) / square;
    }
    return;
  }
  const c = cold + 6 + 6 * range;
  for (let k = 0; k < 2; k++) {
    const at = c + 3 * k;
    factors[k] = f64[at];
    factors[2 + k] = 0;
    if (f64[c + 1] === 0 && f64[c + 2] === 0 && f64[c + 4] === 0 && f64[c + 5] === 0) continue;
    const r = 1 / square;
    const t = u * r;
    factors[k] += f64[at + 1] * t + f64[at + 2] * r;
    factors[2 + k] = -(f64[at + 1] * t + 2 * f64[at + 2] * r) * r;
  }
  if (kind !== layout.LEG_CUT_OFF || range === 0) return;
  const t = Math.tanh(500 * (u / f64[cold + 1] - f64[cold + 2]));
  const share = 0.5 * (1 + t);
  const slope = u === 0 ? 0 : (0.5 * (1 - t * t) * 500) / f64[cold + 1] / u;
  for (let k = 0; k < 2; k++) {
    factors[2 + k] = factors[2 + k] * share + factors[k] * slope;
    factors[k] *= share;
  }
}

/** Adds to `injection` what all legs inject at the given voltages: (L - y(u)) V at the first end, the opposite at the other. */
export function injectLegs(memory: ScalarMemory, voltage: number, power: number, injection: number): void {
  const { f64, i32 } = memory;
  const legs = memory.count(layout.FIELD_LEGS);
  const pqEnd = memory.count(layout.FIELD_PQ_END);
  const zEnd = memory.count(layout.FIELD_Z_END);
  const zipEnd = memory.count(layout.FIELD_ZIP_END);
  const nodes = memory.integers(layout.FIELD_LEG_NODES);
  let hot = memory.doubles(layout.FIELD_LEG_HOT);
  let cold = memory.doubles(layout.FIELD_LEG_COLD);
  for (let leg = 0; leg < legs; leg++) {
    const a = i32[nodes + 2 * leg] >> 3;
    const b = i32[nodes + 2 * leg + 1] >> 3;
    const vr = f64[voltage + a] - f64[voltage + b];
    const vi = f64[voltage + a + 1] - f64[voltage + b + 1];
    const p = f64[power + 2 * leg];
    const q = f64[power + 2 * leg + 1];
    const square = vr * vr + vi * vi;
    let g: number;
    let s: number;
    if (leg < zipEnd && square > f64[hot + 8] && square > f64[hot + 9] && square <= f64[hot + 1]) {
      const r = 1 / square;
      if (leg < pqEnd) {
        g = p * r;
        s = q * r;
      } else if (leg < zEnd) {
        g = p * f64[hot + 10];
        s = q * f64[hot + 13];
      } else {
        const t = Math.sqrt(square) * r;
        g = p * (f64[hot + 10] + (f64[hot + 11] * t + f64[hot + 12] * r));
        s = q * (f64[hot + 13] + (f64[hot + 14] * t + f64[hot + 15] * r));
      }
    } else {
      factorsAt(f64, hot, cold, square);
      g = p * factors[0];
      s = q * factors[1];
    }
    const ir = (f64[hot + 4] - g) * vr + (f64[hot + 5] - s) * vi;
    const ii = (f64[hot + 6] + s) * vr + (f64[hot + 7] - g) * vi;
    f64[injection + a] += ir;
    f64[injection + a + 1] += ii;
    f64[injection + b] -= ir;
    f64[injection + b + 1] -= ii;
    hot += layout.LEG_HOT;
    cold += layout.LEG_COLD;
  }
}

/** Adds the derivative of every leg's current by its voltage to the blocks of a Jacobian. */
export function addLegDerivatives(memory: ScalarMemory, voltage: number, power: number, jacobian: number): void {
  const { f64, i32 } = memory;
  const legs = memory.count(layout.FIELD_LEGS);
  const nodes = memory.integers(layout.FIELD_LEG_NODES);
  const hot = memory.doubles(layout.FIELD_LEG_HOT);
  const cold = memory.doubles(layout.FIELD_LEG_COLD);
  const position = memory.integers(layout.FIELD_LEG_POSITION);
  for (let leg = 0; leg < legs; leg++) {
    const a = i32[nodes + 2 * leg] >> 3;
    const b = i32[nodes + 2 * leg + 1] >> 3;
    const vr = f64[voltage + a] - f64[voltage + b];
    const vi = f64[voltage + a + 1] - f64[voltage + b + 1];
    const p = f64[power + 2 * leg];
    const q = f64[power + 2 * leg + 1];
    factorsAt(f64, hot + layout.LEG_HOT * leg, cold + layout.LEG_COLD * leg, vr * vr + vi * vi);
    const g = p * factors[0];
    const s = q * factors[1];
    const wr = p * factors[2] * vr + q * factors[3] * vi;
    const wi = p * factors[2] * vi - q * factors[3] * vr;
    const rr = g + wr * vr;
    const ri = s + wr * vi;
    const ir = wi * vr - s;
    const ii = g + wi * vi;
    for (let corner = 0; corner < 4; corner++) {
      const at = jacobian + 4 * i32[position + 4 * leg + corner];
      const sign = corner === 0 || corner === 3 ? 1 : -1;
      f64[at] += sign * rr;
      f64[at + 1] += sign * ri;
      f64[at + 2] += sign * ir;
      f64[at + 3] += sign * ii;
    }
  }
}
