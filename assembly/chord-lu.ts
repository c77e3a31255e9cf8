// Sparse LU of real 2x2 blocks with one set of factors for all lanes: the chord method on any topology.
//
// Order, pattern and positions as in shared-lu.ts; each entry stands as rr, ri, ir, ii (32 bytes). Factored once, outside; here only right-hand sides.
import { FIELD_LU_DIAGONAL, FIELD_LU_INDEX, FIELD_LU_LOWER, FIELD_LU_START, FIELD_LU_UPPER, FIELD_NODES } from '../src/powerflow/kernel-layout';
import * as v from './lanes';
import { field } from './legs';

/** Forward substitution on the injections in `work`, in place. */
export function chordForwardShared(layout: usize, work: usize): void {
  const nodes = field(layout, FIELD_NODES);
  const start = field(layout, FIELD_LU_START);
  const index = field(layout, FIELD_LU_INDEX);
  const lower = field(layout, FIELD_LU_LOWER);
  let from = <usize>load<u32>(start);
  for (let k: usize = 0; k < nodes; k++) {
    const to = <usize>load<u32>(start + ((k + 1) << 2));
    const br = v.load(work + (k << 5));
    const bi = v.load(work + (k << 5) + 16);
    for (; from < to; from++) {
      const at = work + <usize>load<u32>(index + (from << 2));
      const l = lower + (from << 5);
      v.store(at, v.sub(v.load(at), v.add(v.mul(v.spread(l), br), v.mul(v.spread(l + 8), bi))));
      v.store(at + 16, v.sub(v.load(at + 16), v.add(v.mul(v.spread(l + 16), br), v.mul(v.spread(l + 24), bi))));
    }
  }
}

/** Back substitution from `work`, in place; lanes that run get their voltages. */
export function chordBackwardShared(layout: usize, work: usize, voltage: usize, running: v128): void {
  const nodes = <i32>field(layout, FIELD_NODES);
  const start = field(layout, FIELD_LU_START);
  const index = field(layout, FIELD_LU_INDEX);
  const upper = field(layout, FIELD_LU_UPPER);
  const diagonal = field(layout, FIELD_LU_DIAGONAL);
  for (let k: i32 = nodes - 1; k >= 0; k--) {
    const from = <usize>load<u32>(start + ((<usize>k) << 2));
    const to = <usize>load<u32>(start + ((<usize>k) << 2), 4);
    const own = (<usize>k) << 5;
    let br = v.load(work + own);
    let bi = v.load(work + own + 16);
    for (let j = from; j < to; j++) {
      const at = work + <usize>load<u32>(index + (j << 2));
      const u = upper + (j << 5);
      const xr = v.load(at);
      const xi = v.load(at + 16);
      br = v.sub(br, v.add(v.mul(v.spread(u), xr), v.mul(v.spread(u + 8), xi)));
      bi = v.sub(bi, v.add(v.mul(v.spread(u + 16), xr), v.mul(v.spread(u + 24), xi)));
    }
    const d = diagonal + ((<usize>k) << 5);
    const xr = v.add(v.mul(v.spread(d), br), v.mul(v.spread(d + 8), bi));
    const xi = v.add(v.mul(v.spread(d + 16), br), v.mul(v.spread(d + 24), bi));
    v.store(work + own, xr);
    v.store(work + own + 16, xi);
    const out = voltage + own;
    v.store(out, v.select(xr, v.load(out), running));
    v.store(out + 16, v.select(xi, v.load(out + 16), running));
  }
}
