// Sparse complex LU with one set of factors for all lanes: factored once for a set of taps, solved for every lane.
//
// Nomenclature: slots are in elimination order; row k has its pivot, and for each upper neighbour j > k an upper entry u_kj and a lower entry l_jk.
// The pattern is symmetric and closed under elimination, so each update l_ik u_kj has its place, listed in the schedule of targets.
import {
  FIELD_LU_COUNT,
  FIELD_LU_DIAGONAL,
  FIELD_LU_INDEX,
  FIELD_LU_LOWER,
  FIELD_LU_START,
  FIELD_LU_TARGET,
  FIELD_LU_UPPER,
  FIELD_NODES,
  FIELD_PREVIOUS,
  FIELD_WORK,
} from '../src/powerflow/kernel-layout';
import * as v from './lanes';
import { field } from './legs';

/** Factors in place: pivots become reciprocals, lower entries multipliers. Returns the slot of the first pivot that is 0 or not finite, or -1. */
export function factorShared(layout: usize): i32 {
  const nodes = <i32>field(layout, FIELD_NODES);
  const start = field(layout, FIELD_LU_START);
  const diagonal = field(layout, FIELD_LU_DIAGONAL);
  const lower = field(layout, FIELD_LU_LOWER);
  const upper = field(layout, FIELD_LU_UPPER);
  const count = <i32>field(layout, FIELD_LU_COUNT);
  let target = field(layout, FIELD_LU_TARGET);
  const base = diagonal;
  const bothSides = nodes + count;
  for (let k: i32 = 0; k < nodes; k++) {
    const at = diagonal + ((<usize>k) << 4);
    const dr = load<f64>(at);
    const di = load<f64>(at, 8);
    const size = dr * dr + di * di;
    if (!(size > 0.0) || !(size < Infinity)) return k;
    const pr = dr / size;
    const pi = -di / size;
    store<f64>(at, pr);
    store<f64>(at, pi, 8);
    const from = <usize>load<u32>(start + ((<usize>k) << 2));
    const to = <usize>load<u32>(start + ((<usize>k) << 2), 4);
    for (let i = from; i < to; i++) {
      const l = lower + (i << 4);
      const ar = load<f64>(l);
      const ai = load<f64>(l, 8);
      const lr = ar * pr - ai * pi;
      const li = ar * pi + ai * pr;
      store<f64>(l, lr);
      store<f64>(l, li, 8);
      for (let j = from; j < to; j++) {
        const u = upper + (j << 4);
        const ur = load<f64>(u);
        const ui = load<f64>(u, 8);
        const place = load<i32>(target);
        target += 4;
        const t =
          (place < nodes ? base : place < bothSides ? lower - ((<usize>nodes) << 4) : upper - ((<usize>bothSides) << 4)) + ((<usize>place) << 4);
        store<f64>(t, load<f64>(t) - (lr * ur - li * ui));
        store<f64>(t, load<f64>(t, 8) - (lr * ui + li * ur), 8);
      }
    }
  }
  return -1;
}

/** Forward substitution on the injections in `work`, in place. */
export function forwardShared(layout: usize, work: usize): void {
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
      const l = lower + (from << 4);
      const lr = v.spread(l);
      const li = v.spread(l + 8);
      v.store(at, v.sub(v.load(at), v.sub(v.mul(lr, br), v.mul(li, bi))));
      v.store(at + 16, v.sub(v.load(at + 16), v.add(v.mul(lr, bi), v.mul(li, br))));
    }
  }
}

/** Back substitution from `work`, in place; lanes that run get their voltages. */
export function backwardShared(layout: usize, work: usize, voltage: usize, running: v128): void {
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
      const u = upper + (j << 4);
      const ur = v.spread(u);
      const ui = v.spread(u + 8);
      const xr = v.load(at);
      const xi = v.load(at + 16);
      br = v.sub(br, v.sub(v.mul(ur, xr), v.mul(ui, xi)));
      bi = v.sub(bi, v.add(v.mul(ur, xi), v.mul(ui, xr)));
    }
    const dr = v.spread(diagonal + ((<usize>k) << 4));
    const di = v.spread(diagonal + ((<usize>k) << 4) + 8);
    const xr = v.sub(v.mul(dr, br), v.mul(di, bi));
    const xi = v.add(v.mul(dr, bi), v.mul(di, br));
    v.store(work + own, xr);
    v.store(work + own + 16, xi);
    const out = voltage + own;
    v.store(out, v.select(xr, v.load(out), running));
    v.store(out + 16, v.select(xi, v.load(out + 16), running));
  }
}

/** Solves once for the right-hand side in the work array; the solution is left in the previous array. */
export function solveShared(layout: usize): void {
  const work = field(layout, FIELD_WORK);
  forwardShared(layout, work);
  backwardShared(layout, work, field(layout, FIELD_PREVIOUS), v.not(v.splat(0.0)));
}
