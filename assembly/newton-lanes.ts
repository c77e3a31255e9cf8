// Newton with admittances of each lane's own: taps of transformers, switches.
//
// They stand in entries (src/powerflow/lane-elements.ts), each a current y (V_p - V_q) that leaves node r and enters node s, y = u0 + x (u1 + x u2) with x the lane's
// parameter. At the start of a block each entry's y is made for all its lanes; residual and Jacobian then take them behind the shared matrix, in order.
import {
  FIELD_DEAD_COUNT,
  FIELD_DEAD_FIRST,
  FIELD_OWN_COUNT,
  FIELD_OWN_PARAMETER,
  FIELD_OWN_PARAMETERS,
  FIELD_OWN_POLYNOMIALS,
  FIELD_OWN_RECORDS,
  FIELD_OWN_VALUES,
  OWN_POLYNOMIAL,
  OWN_RECORD,
} from '../src/powerflow/kernel-layout';
import * as v from './lanes';
import { addBlock, field, subtractBlock } from './legs';

const RECORD: usize = OWN_RECORD * 4;
const POLYNOMIAL: usize = OWN_POLYNOMIAL * 8;

/** Makes the admittances of a block of lanes from its parameters, and the voltages of dead parts 0. */
export function setUpOwn(layout: usize, block: i32, voltage: usize): void {
  const count = field(layout, FIELD_OWN_COUNT);
  const parameters = field(layout, FIELD_OWN_PARAMETER) + <usize>block * field(layout, FIELD_OWN_PARAMETERS) * v.LANES * 8;
  let record = field(layout, FIELD_OWN_RECORDS);
  let u = field(layout, FIELD_OWN_POLYNOMIALS);
  let value = field(layout, FIELD_OWN_VALUES);
  for (let k: usize = 0; k < count; k++) {
    const x = v.load(parameters + <usize>load<u32>(record, 32) * v.LANES * 8);
    v.store(value, v.add(v.spread(u), v.mul(x, v.add(v.spread(u + 16), v.mul(x, v.spread(u + 32))))));
    v.store(value + 16, v.add(v.spread(u + 8), v.mul(x, v.add(v.spread(u + 24), v.mul(x, v.spread(u + 40))))));
    record += RECORD;
    u += POLYNOMIAL;
    value += v.COLUMN_BYTES;
  }
  const none = v.splat(0.0);
  record = field(layout, FIELD_OWN_RECORDS) + field(layout, FIELD_DEAD_FIRST) * RECORD;
  for (let left = field(layout, FIELD_DEAD_COUNT); left > 0; left--) {
    const dead = v.greater(v.load(parameters + <usize>load<u32>(record, 32) * v.LANES * 8), none);
    const at = voltage + <usize>load<u32>(record);
    v.store(at, v.select(none, v.load(at), dead));
    v.store(at + 16, v.select(none, v.load(at + 16), dead));
    record += RECORD;
  }
}

/** Takes the currents through the entries off the residual. */
export function ownResidual(layout: usize, voltage: usize, work: usize): void {
  const count = field(layout, FIELD_OWN_COUNT);
  let record = field(layout, FIELD_OWN_RECORDS);
  let value = field(layout, FIELD_OWN_VALUES);
  for (let k: usize = 0; k < count; k++) {
    const p = voltage + <usize>load<u32>(record);
    const q = voltage + <usize>load<u32>(record, 4);
    const r = work + <usize>load<u32>(record, 8);
    const s = work + <usize>load<u32>(record, 12);
    const g = v.load(value);
    const b = v.load(value + 16);
    const vr = v.sub(v.load(p), v.load(q));
    const vi = v.sub(v.load(p + 16), v.load(q + 16));
    const cr = v.sub(v.mul(g, vr), v.mul(b, vi));
    const ci = v.add(v.mul(g, vi), v.mul(b, vr));
    v.store(r, v.sub(v.load(r), cr));
    v.store(r + 16, v.sub(v.load(r + 16), ci));
    v.store(s, v.add(v.load(s), cr));
    v.store(s + 16, v.add(v.load(s + 16), ci));
    record += RECORD;
    value += v.COLUMN_BYTES;
  }
}

/** Adds the entries to the Jacobian's blocks. */
export function ownJacobian(layout: usize, jacobian: usize): void {
  const count = field(layout, FIELD_OWN_COUNT);
  let record = field(layout, FIELD_OWN_RECORDS);
  let value = field(layout, FIELD_OWN_VALUES);
  const none = v.splat(0.0);
  for (let k: usize = 0; k < count; k++) {
    const g = v.load(value);
    const b = v.load(value + 16);
    const minus = v.sub(none, b);
    addBlock(jacobian + ((<usize>load<u32>(record, 16)) << 6), g, minus, b, g);
    subtractBlock(jacobian + ((<usize>load<u32>(record, 20)) << 6), g, minus, b, g);
    subtractBlock(jacobian + ((<usize>load<u32>(record, 24)) << 6), g, minus, b, g);
    addBlock(jacobian + ((<usize>load<u32>(record, 28)) << 6), g, minus, b, g);
    record += RECORD;
    value += v.COLUMN_BYTES;
  }
}
