// Sparse LU of real 2x2 blocks, every lane with values of its own, all lanes through one schedule (see shared-lu.ts for the order and the pattern).
//
// A block [a b; c d] stands as four vectors a, b, c, d. No pivoting between nodes: a lane whose pivot block is singular gets infinities and is caught by its mismatch.
import { FIELD_JACOBIAN, FIELD_LU_COUNT, FIELD_LU_INDEX, FIELD_LU_START, FIELD_LU_TARGET, FIELD_NODES } from '../src/powerflow/kernel-layout';
import * as v from './lanes';
import { field } from './legs';

/** Factors the Jacobian in place: diagonal blocks become their inverses, lower blocks multipliers. */
export function factorBlocks(layout: usize): void {
  const nodes = field(layout, FIELD_NODES);
  const count = field(layout, FIELD_LU_COUNT);
  const start = field(layout, FIELD_LU_START);
  const blocks = field(layout, FIELD_JACOBIAN);
  const lower = blocks + (nodes << 6);
  const upper = lower + (count << 6);
  let target = field(layout, FIELD_LU_TARGET);
  const one = v.splat(1.0);
  for (let k: usize = 0; k < nodes; k++) {
    const at = blocks + (k << 6);
    const a = v.load(at);
    const b = v.load(at + 16);
    const c = v.load(at + 32);
    const d = v.load(at + 48);
    const r = v.div(one, v.sub(v.mul(a, d), v.mul(b, c)));
    const ia = v.mul(d, r);
    const ib = v.sub(v.splat(0.0), v.mul(b, r));
    const ic = v.sub(v.splat(0.0), v.mul(c, r));
    const id = v.mul(a, r);
    v.store(at, ia);
    v.store(at + 16, ib);
    v.store(at + 32, ic);
    v.store(at + 48, id);
    const from = <usize>load<u32>(start + (k << 2));
    const to = <usize>load<u32>(start + (k << 2), 4);
    for (let i = from; i < to; i++) {
      const l = lower + (i << 6);
      const xa = v.load(l);
      const xb = v.load(l + 16);
      const xc = v.load(l + 32);
      const xd = v.load(l + 48);
      const la = v.add(v.mul(xa, ia), v.mul(xb, ic));
      const lb = v.add(v.mul(xa, ib), v.mul(xb, id));
      const lc = v.add(v.mul(xc, ia), v.mul(xd, ic));
      const ld = v.add(v.mul(xc, ib), v.mul(xd, id));
      v.store(l, la);
      v.store(l + 16, lb);
      v.store(l + 32, lc);
      v.store(l + 48, ld);
      for (let j = from; j < to; j++) {
        const u = upper + (j << 6);
        const t = blocks + ((<usize>load<u32>(target)) << 6);
        target += 4;
        const ua = v.load(u);
        const ub = v.load(u + 16);
        const uc = v.load(u + 32);
        const ud = v.load(u + 48);
        v.store(t, v.sub(v.load(t), v.add(v.mul(la, ua), v.mul(lb, uc))));
        v.store(t + 16, v.sub(v.load(t + 16), v.add(v.mul(la, ub), v.mul(lb, ud))));
        v.store(t + 32, v.sub(v.load(t + 32), v.add(v.mul(lc, ua), v.mul(ld, uc))));
        v.store(t + 48, v.sub(v.load(t + 48), v.add(v.mul(lc, ub), v.mul(ld, ud))));
      }
    }
  }
}

/** Solves for the right-hand side at `work`, in place. */
export function solveBlocks(layout: usize, work: usize): void {
  const nodes = <i32>field(layout, FIELD_NODES);
  const count = field(layout, FIELD_LU_COUNT);
  const start = field(layout, FIELD_LU_START);
  const index = field(layout, FIELD_LU_INDEX);
  const blocks = field(layout, FIELD_JACOBIAN);
  const lower = blocks + ((<usize>nodes) << 6);
  const upper = lower + (count << 6);
  let from = <usize>load<u32>(start);
  for (let k: i32 = 0; k < nodes; k++) {
    const to = <usize>load<u32>(start + ((<usize>k) << 2), 4);
    const x = v.load(work + ((<usize>k) << 5));
    const y = v.load(work + ((<usize>k) << 5) + 16);
    for (; from < to; from++) {
      const at = work + <usize>load<u32>(index + (from << 2));
      const l = lower + (from << 6);
      v.store(at, v.sub(v.load(at), v.add(v.mul(v.load(l), x), v.mul(v.load(l + 16), y))));
      v.store(at + 16, v.sub(v.load(at + 16), v.add(v.mul(v.load(l + 32), x), v.mul(v.load(l + 48), y))));
    }
  }
  for (let k: i32 = nodes - 1; k >= 0; k--) {
    const first = <usize>load<u32>(start + ((<usize>k) << 2));
    const to = <usize>load<u32>(start + ((<usize>k) << 2), 4);
    const own = work + ((<usize>k) << 5);
    let x = v.load(own);
    let y = v.load(own + 16);
    for (let j = first; j < to; j++) {
      const at = work + <usize>load<u32>(index + (j << 2));
      const u = upper + (j << 6);
      const ux = v.load(at);
      const uy = v.load(at + 16);
      x = v.sub(x, v.add(v.mul(v.load(u), ux), v.mul(v.load(u + 16), uy)));
      y = v.sub(y, v.add(v.mul(v.load(u + 32), ux), v.mul(v.load(u + 48), uy)));
    }
    const d = blocks + ((<usize>k) << 6);
    v.store(own, v.add(v.mul(v.load(d), x), v.mul(v.load(d + 16), y)));
    v.store(own + 16, v.add(v.mul(v.load(d + 32), x), v.mul(v.load(d + 48), y)));
  }
}
