// Legs: single-phase voltage-dependent draws between two nodes.
//
// Nomenclature: V = Va - Vb across the leg, u = |V|; current into the leg I = (P fp(u) - j Q fq(u)) V, with P, Q in watt and var at rated voltage.
// fp, fq = c0 + c1/u + c2/u^2, coefficients by range of u: 0 at or below low, 1 up to min, 2 normal, 3 above max.
// What is injected is (L - y(u)) V: L is the leg's part that stands in the matrix of the method, a real 2x2 matrix on (re, im).
import {
  FIELD_LEG_COLD,
  FIELD_LEG_HOT,
  FIELD_LEG_NODES,
  FIELD_LEG_POSITION,
  FIELD_LEGS,
  FIELD_NODES,
  FIELD_PQ_END,
  FIELD_Z_END,
  FIELD_ZIP_END,
  GROUP_POLYNOMIAL,
  GROUP_PQ,
  GROUP_SPECIAL,
  GROUP_Z,
  LEG_COLD,
  LEG_CUT_OFF,
  LEG_EXPONENT,
  LEG_HOT,
} from '../src/powerflow/kernel-layout';
import { pow, tanh } from './elementary';
import * as v from './lanes';

/** A field of the layout block. */
export function field(layout: usize, index: i32): usize {
  return <usize>load<u32>(layout + ((<usize>index) << 2));
}

const HOT: usize = LEG_HOT * 8;
const COLD: usize = LEG_COLD * 8;
/** Byte offset of the range coefficients in a cold record. */
const RANGES: usize = 48;

// Results of `factor`, one scalar lane at a time.
/** Scratch for one lane's factors: fp, fq, and their slopes over u, dfp/du / u and dfq/du / u. */
function factor(cold: usize, hot: usize, square: f64, out: usize): void {
  const u = Math.sqrt(square);
  let range: usize = 2;
  if (square <= load<f64>(hot, 64)) range = 0;
  else if (square <= load<f64>(hot, 72)) range = 1;
  else if (square > load<f64>(hot, 8)) range = 3;
  const kind = <i32>load<f64>(cold);
  if (kind == LEG_EXPONENT && range == 2) {
    const rated = load<f64>(cold, 8);
    const exponentP = load<f64>(cold, 16);
    const exponentQ = load<f64>(cold, 24);
    const ratio = u / rated;
    const fp = pow(ratio, exponentP) / square;
    const fq = pow(ratio, exponentQ) / square;
    store<f64>(out, fp);
    store<f64>(out, fq, 8);
    store<f64>(out, ((exponentP - 2.0) * fp) / square, 16);
    store<f64>(out, ((exponentQ - 2.0) * fq) / square, 24);
    return;
  }
  const c = cold + RANGES + range * 48;
  const p0 = load<f64>(c);
  const p1 = load<f64>(c, 8);
  const p2 = load<f64>(c, 16);
  const q0 = load<f64>(c, 24);
  const q1 = load<f64>(c, 32);
  const q2 = load<f64>(c, 40);
  let fp = p0;
  let fq = q0;
  let hp = 0.0;
  let hq = 0.0;
  if (p1 != 0.0 || p2 != 0.0 || q1 != 0.0 || q2 != 0.0) {
    const r = 1.0 / square;
    const t = u * r;
    fp = p0 + (p1 * t + p2 * r);
    fq = q0 + (q1 * t + q2 * r);
    hp = -(p1 * t + 2.0 * p2 * r) * r;
    hq = -(q1 * t + 2.0 * q2 * r) * r;
  }
  if (kind == LEG_CUT_OFF && range != 0) {
    // Load falls off below a cut-off voltage: times (1 + tanh(500 (u/rated - cut))) / 2.
    const rated = load<f64>(cold, 8);
    const x = 500.0 * (u / rated - load<f64>(cold, 16));
    const t = tanh(x);
    const share = 0.5 * (1.0 + t);
    const slope = u == 0.0 ? 0.0 : (0.5 * (1.0 - t * t) * 500.0) / rated / u;
    hp = hp * share + fp * slope;
    hq = hq * share + fq * slope;
    fp = fp * share;
    fq = fq * share;
  }
  store<f64>(out, fp);
  store<f64>(out, fq, 8);
  store<f64>(out, hp, 16);
  store<f64>(out, hq, 24);
}

/** Factors of both lanes, whatever their ranges; `scratch` has room for 16 doubles: [fp, fq, hp, hq][W] from byte 64 on. */
function factors(cold: usize, hot: usize, square: v128, scratch: usize): void {
  factor(cold, hot, v.lane(square, 0), scratch);
  factor(cold, hot, v.lane(square, 1), scratch + 32);
  for (let k: usize = 0; k < 4; k++) {
    v.store(scratch + 64 + k * 16, v.pair(load<f64>(scratch + k * 8), load<f64>(scratch + 32 + k * 8)));
  }
}

/** One coefficient (at `c` in the first range) of each lane's own range. */
function ofRange(c: usize, low: v128, below: v128, above: v128): v128 {
  return v.select(v.spread(c), v.select(v.spread(c + 48), v.select(v.spread(c + 144), v.spread(c + 96), above), below), low);
}

/** c0 + c1/u + c2/u^2 with each lane's own coefficients; t = 1/u, r = 1/u^2. */
function polynomial(c: usize, low: v128, below: v128, above: v128, t: v128, r: v128): v128 {
  const curved = v.add(v.mul(ofRange(c + 8, low, below, above), t), v.mul(ofRange(c + 16, low, below, above), r));
  return v.add(ofRange(c, low, below, above), curved);
}

/** As `factors`, in lanes: for all legs but the special ones. */
function factorsInLanes(c: usize, hot: usize, square: v128, scratch: usize): void {
  const none = v.splat(0.0);
  const two = v.splat(2.0);
  const low = v.atMost(square, v.spread(hot + 64));
  const below = v.atMost(square, v.spread(hot + 72));
  const above = v.greater(square, v.spread(hot + 8));
  const r = v.select(v.div(v.splat(1.0), square), none, v.greater(square, none));
  const t = v.mul(v.sqrt(square), r);
  const minus = v.sub(none, r);
  for (let k: usize = 0; k < 2; k++) {
    const at = c + k * 24;
    const linear = v.mul(ofRange(at + 8, low, below, above), t);
    const c2 = ofRange(at + 16, low, below, above);
    v.store(scratch + 64 + k * 16, v.add(ofRange(at, low, below, above), v.add(linear, v.mul(c2, r))));
    v.store(scratch + 96 + k * 16, v.mul(v.add(linear, v.mul(v.mul(two, c2), r)), minus));
  }
}

/** One coefficient of the lanes: `beyond` where the mask is set, else `normal`, both offsets of a double. */
function either(beyond: usize, normal: usize, mask: v128): v128 {
  return v.select(v.spread(beyond), v.spread(normal), mask);
}

/**
 * What a leg with voltage V across it injects, written to `out` (re, im): (L - y) V with y = g - j s, g = P fp(|V|), s = Q fq(|V|).
 *
 * Lanes above their normal range stay in the short forms, those below it do not.
 *
 * @param group one of GROUP_*
 * @param square |V|^2
 * @param power P, Q of the leg
 * @param out 192 bytes: the result, and scratch
 */
export function legInjection(group: i32, hot: usize, cold: usize, vr: v128, vi: v128, square: v128, power: usize, out: usize): void {
  const p = v.load(power);
  const q = v.load(power + 16);
  let g: v128;
  let s: v128;
  if (group != GROUP_SPECIAL && v.all(v.greater(square, v.spread(hot)))) {
    if (group == GROUP_Z) {
      g = v.mul(p, v.spread(hot + 80));
      s = v.mul(q, v.spread(hot + 104));
    } else {
      const above = v.greater(square, v.spread(hot + 8));
      const r = v.div(v.splat(1.0), square);
      if (group == GROUP_PQ) {
        g = v.mul(p, v.select(v.spread(hot + 16), r, above));
        s = v.mul(q, v.select(v.spread(hot + 24), r, above));
      } else {
        const t = v.mul(v.sqrt(square), r);
        const c = cold + RANGES + 144;
        const curvedP = v.add(v.mul(either(c + 8, hot + 88, above), t), v.mul(either(c + 16, hot + 96, above), r));
        const curvedQ = v.add(v.mul(either(c + 32, hot + 112, above), t), v.mul(either(c + 40, hot + 120, above), r));
        g = v.mul(p, v.add(either(c, hot + 80, above), curvedP));
        s = v.mul(q, v.add(either(c + 24, hot + 104, above), curvedQ));
      }
    }
  } else if (group != GROUP_SPECIAL) {
    // Some lane is below its normal range: every lane takes the coefficients of its own.
    const none = v.splat(0.0);
    const low = v.atMost(square, v.spread(hot + 64));
    const below = v.atMost(square, v.spread(hot + 72));
    const above = v.greater(square, v.spread(hot + 8));
    const r = v.select(v.div(v.splat(1.0), square), none, v.greater(square, none));
    const t = v.mul(v.sqrt(square), r);
    const c = cold + RANGES;
    g = v.mul(p, polynomial(c, low, below, above, t, r));
    s = v.mul(q, polynomial(c + 24, low, below, above, t, r));
  } else {
    factors(cold, hot, square, out);
    g = v.mul(p, v.load(out + 64));
    s = v.mul(q, v.load(out + 80));
  }
  // y as a real matrix: [g s; -s g]
  const rr = v.sub(v.spread(hot + 32), g);
  const ri = v.sub(v.spread(hot + 40), s);
  const ir = v.add(v.spread(hot + 48), s);
  const ii = v.sub(v.spread(hot + 56), g);
  v.store(out, v.add(v.mul(rr, vr), v.mul(ri, vi)));
  v.store(out + 16, v.add(v.mul(ir, vr), v.mul(ii, vi)));
}

/**
 * Adds to `injection` what all legs inject at the given voltages, and takes it away at their other ends.
 *
 * @param power the block's [leg][P, Q][W]
 * @param scratch 192 bytes
 */
export function legInjections(layout: usize, voltage: usize, power: usize, injection: usize, scratch: usize): void {
  const legs = <i32>field(layout, FIELD_LEGS);
  const ground = field(layout, FIELD_NODES) * v.COLUMN_BYTES;
  const pqEnd = <i32>field(layout, FIELD_PQ_END);
  const zEnd = <i32>field(layout, FIELD_Z_END);
  const zipEnd = <i32>field(layout, FIELD_ZIP_END);
  let nodes = field(layout, FIELD_LEG_NODES);
  let hot = field(layout, FIELD_LEG_HOT);
  let cold = field(layout, FIELD_LEG_COLD);
  for (let leg: i32 = 0; leg < legs; leg++) {
    const a = <usize>load<u32>(nodes);
    const b = <usize>load<u32>(nodes, 4);
    const vr = v.sub(v.load(voltage + a), v.load(voltage + b));
    const vi = v.sub(v.load(voltage + a + 16), v.load(voltage + b + 16));
    const square = v.add(v.mul(vr, vr), v.mul(vi, vi));
    const group = leg < pqEnd ? GROUP_PQ : leg < zEnd ? GROUP_Z : leg < zipEnd ? GROUP_POLYNOMIAL : GROUP_SPECIAL;
    legInjection(group, hot, cold, vr, vi, square, power, scratch);
    const ir = v.load(scratch);
    const ii = v.load(scratch + 16);
    const pa = injection + a;
    v.store(pa, v.add(v.load(pa), ir));
    v.store(pa + 16, v.add(v.load(pa + 16), ii));
    if (b != ground) {
      const pb = injection + b;
      v.store(pb, v.sub(v.load(pb), ir));
      v.store(pb + 16, v.sub(v.load(pb + 16), ii));
    }
    nodes += 8;
    hot += HOT;
    cold += COLD;
    power += 32;
  }
}

/** Adds a 2x2 block with sign to four places of a Jacobian block. */
/** Adds a 2x2 block to a block of the Jacobian. */
export function addBlock(at: usize, rr: v128, ri: v128, ir: v128, ii: v128): void {
  v.store(at, v.add(v.load(at), rr));
  v.store(at + 16, v.add(v.load(at + 16), ri));
  v.store(at + 32, v.add(v.load(at + 32), ir));
  v.store(at + 48, v.add(v.load(at + 48), ii));
}

/** Takes a 2x2 block off a block of the Jacobian. */
export function subtractBlock(at: usize, rr: v128, ri: v128, ir: v128, ii: v128): void {
  v.store(at, v.sub(v.load(at), rr));
  v.store(at + 16, v.sub(v.load(at + 16), ri));
  v.store(at + 32, v.sub(v.load(at + 32), ir));
  v.store(at + 48, v.sub(v.load(at + 48), ii));
}

/** Adds the derivative of every leg's current by its voltage to the Jacobian: [dIr/dvr, dIr/dvi; dIi/dvr, dIi/dvi] at aa and bb, its negative at ab and ba. */
export function legDerivatives(layout: usize, voltage: usize, power: usize, jacobian: usize, scratch: usize): void {
  const legs = <i32>field(layout, FIELD_LEGS);
  const zipEnd = <i32>field(layout, FIELD_ZIP_END);
  let nodes = field(layout, FIELD_LEG_NODES);
  let hot = field(layout, FIELD_LEG_HOT);
  let cold = field(layout, FIELD_LEG_COLD);
  let position = field(layout, FIELD_LEG_POSITION);
  for (let leg: i32 = 0; leg < legs; leg++) {
    const a = <usize>load<u32>(nodes);
    const b = <usize>load<u32>(nodes, 4);
    const vr = v.sub(v.load(voltage + a), v.load(voltage + b));
    const vi = v.sub(v.load(voltage + a + 16), v.load(voltage + b + 16));
    const p = v.load(power);
    const q = v.load(power + 16);
    const square = v.add(v.mul(vr, vr), v.mul(vi, vi));
    if (leg < zipEnd) factorsInLanes(cold + RANGES, hot, square, scratch);
    else factors(cold, hot, square, scratch);
    const g = v.mul(p, v.load(scratch + 64));
    const s = v.mul(q, v.load(scratch + 80));
    const hg = v.mul(p, v.load(scratch + 96));
    const hs = v.mul(q, v.load(scratch + 112));
    // slope of the current along V: (hg - j hs) V
    const wr = v.add(v.mul(hg, vr), v.mul(hs, vi));
    const wi = v.sub(v.mul(hg, vi), v.mul(hs, vr));
    const rr = v.add(g, v.mul(wr, vr));
    const ri = v.add(s, v.mul(wr, vi));
    const ir = v.sub(v.mul(wi, vr), s);
    const ii = v.add(g, v.mul(wi, vi));
    addBlock(jacobian + ((<usize>load<u32>(position)) << 6), rr, ri, ir, ii);
    subtractBlock(jacobian + ((<usize>load<u32>(position, 4)) << 6), rr, ri, ir, ii);
    subtractBlock(jacobian + ((<usize>load<u32>(position, 8)) << 6), rr, ri, ir, ii);
    addBlock(jacobian + ((<usize>load<u32>(position, 12)) << 6), rr, ri, ir, ii);
    nodes += 8;
    hot += HOT;
    cold += COLD;
    power += 32;
    position += 16;
  }
}

/** Bytes of one block's voltages (or injections): all slots and the ground. */
export function blockBytes(nodes: usize): usize {
  return (nodes + 1) * v.COLUMN_BYTES;
}
