// Legs: single-phase voltage-dependent draws between two nodes.
//
// Nomenclature: V = Va - Vb across the leg, u = |V|; current into the leg I = (P fp(u) - j Q fq(u)) V, with P, Q in watt and var at rated voltage.
// fp, fq = c0 + c1/u + c2/u^2, coefficients by range of u: 0 at or below low, 1 up to min, 2 normal, 3 above max.
// What is injected is (L - y(u)) V: L is the leg's part that stands in the matrix of the method, a real 2x2 matrix on (re, im).
import {
  FIELD_CHORD_BASE,
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

/**
 * Half a node's voltage, `o` its place in a block's voltages. In single precision what stands there is its distance from the base case's voltage at `base`, which all
 * lanes share: a distance has as many digits as a voltage and is far smaller.
 */
export function halfVoltage(voltage: usize, base: usize, o: usize): v128 {
  const x = v.load(voltage + o);
  // A column of 32 bytes there has two numbers of 4 bytes at the base.
  return v.SINGLE ? v.add(x, v.spread(base + (o >> 2))) : x;
}

/** A number that all lanes share. */
function number(p: usize): f64 {
  return v.SINGLE ? <f64>load<f32>(p) : load<f64>(p);
}

const U: usize = v.UNIT;
const HOT: usize = <usize>LEG_HOT * U;
const COLD: usize = <usize>LEG_COLD * U;
/** Byte offset of the range coefficients in a cold record, and bytes of one range. */
const RANGES: usize = 6 * U;
const RANGE: usize = 6 * U;
/** Where factors of all lanes stand in the legs' scratch, behind those of each lane. */
const FACTORS: usize = 32 * v.LANES;

// Results of `factor`, one scalar lane at a time.
/** Scratch for one lane's factors: fp, fq, and their slopes over u, dfp/du / u and dfq/du / u. */
function factor(cold: usize, hot: usize, square: f64, out: usize): void {
  const u = Math.sqrt(square);
  let range: usize = 2;
  if (square <= number(hot + 8 * U)) range = 0;
  else if (square <= number(hot + 9 * U)) range = 1;
  else if (square > number(hot + U)) range = 3;
  const kind = <i32>number(cold);
  if (kind == LEG_EXPONENT && range == 2) {
    const rated = number(cold + U);
    const exponentP = number(cold + 2 * U);
    const exponentQ = number(cold + 3 * U);
    const ratio = u / rated;
    const fp = pow(ratio, exponentP) / square;
    const fq = pow(ratio, exponentQ) / square;
    store<f64>(out, fp);
    store<f64>(out, fq, 8);
    store<f64>(out, ((exponentP - 2.0) * fp) / square, 16);
    store<f64>(out, ((exponentQ - 2.0) * fq) / square, 24);
    return;
  }
  const c = cold + RANGES + range * RANGE;
  const p0 = number(c);
  const p1 = number(c + U);
  const p2 = number(c + 2 * U);
  const q0 = number(c + 3 * U);
  const q1 = number(c + 4 * U);
  const q2 = number(c + 5 * U);
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
    const rated = number(cold + U);
    const x = 500.0 * (u / rated - number(cold + 2 * U));
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

/** Factors of all lanes, whatever their ranges: [fp, fq, hp, hq][W] at FACTORS of `scratch`, FACTORS + 64 bytes. */
function factors(cold: usize, hot: usize, square: v128, scratch: usize): void {
  for (let lane: i32 = 0; lane < v.LANES; lane++) factor(cold, hot, v.lane(square, lane), scratch + 32 * <usize>lane);
  for (let k: usize = 0; k < 4; k++) {
    const to = scratch + FACTORS + k * 16;
    for (let lane: usize = 0; lane < <usize>v.LANES; lane++) {
      const x = load<f64>(scratch + 32 * lane + 8 * k);
      if (v.SINGLE) store<f32>(to + 4 * lane, <f32>x);
      else store<f64>(to + 8 * lane, x);
    }
  }
}

/** One coefficient (at `c` in the first range) of each lane's own range. */
function ofRange(c: usize, low: v128, below: v128, above: v128): v128 {
  return v.select(v.spread(c), v.select(v.spread(c + RANGE), v.select(v.spread(c + 3 * RANGE), v.spread(c + 2 * RANGE), above), below), low);
}

/** c0 + c1/u + c2/u^2 with each lane's own coefficients; t = 1/u, r = 1/u^2. */
function polynomial(c: usize, low: v128, below: v128, above: v128, t: v128, r: v128): v128 {
  const curved = v.add(v.mul(ofRange(c + U, low, below, above), t), v.mul(ofRange(c + 2 * U, low, below, above), r));
  return v.add(ofRange(c, low, below, above), curved);
}

/** As `factors`, in lanes: for all legs but the special ones. */
function factorsInLanes(c: usize, hot: usize, square: v128, scratch: usize): void {
  const none = v.splat(0.0);
  const two = v.splat(2.0);
  const low = v.atMost(square, v.spread(hot + 8 * U));
  const below = v.atMost(square, v.spread(hot + 9 * U));
  const above = v.greater(square, v.spread(hot + U));
  const r = v.select(v.div(v.splat(1.0), square), none, v.greater(square, none));
  const t = v.mul(v.sqrt(square), r);
  const minus = v.sub(none, r);
  for (let k: usize = 0; k < 2; k++) {
    const at = c + 3 * k * U;
    const linear = v.mul(ofRange(at + U, low, below, above), t);
    const c2 = ofRange(at + 2 * U, low, below, above);
    v.store(scratch + FACTORS + k * 16, v.add(ofRange(at, low, below, above), v.add(linear, v.mul(c2, r))));
    v.store(scratch + FACTORS + 32 + k * 16, v.mul(v.add(linear, v.mul(v.mul(two, c2), r)), minus));
  }
}

/** One coefficient of the lanes: `beyond` where the mask is set, else `normal`, both offsets of a number. */
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
      g = v.mul(p, v.spread(hot + 10 * U));
      s = v.mul(q, v.spread(hot + 13 * U));
    } else {
      const above = v.greater(square, v.spread(hot + U));
      const r = v.div(v.splat(1.0), square);
      if (group == GROUP_PQ) {
        g = v.mul(p, v.select(v.spread(hot + 2 * U), r, above));
        s = v.mul(q, v.select(v.spread(hot + 3 * U), r, above));
      } else {
        const t = v.mul(v.sqrt(square), r);
        const c = cold + RANGES + 3 * RANGE;
        const curvedP = v.add(v.mul(either(c + U, hot + 11 * U, above), t), v.mul(either(c + 2 * U, hot + 12 * U, above), r));
        const curvedQ = v.add(v.mul(either(c + 4 * U, hot + 14 * U, above), t), v.mul(either(c + 5 * U, hot + 15 * U, above), r));
        g = v.mul(p, v.add(either(c, hot + 10 * U, above), curvedP));
        s = v.mul(q, v.add(either(c + 3 * U, hot + 13 * U, above), curvedQ));
      }
    }
  } else if (group != GROUP_SPECIAL) {
    // Some lane is below its normal range: every lane takes the coefficients of its own.
    const none = v.splat(0.0);
    const low = v.atMost(square, v.spread(hot + 8 * U));
    const below = v.atMost(square, v.spread(hot + 9 * U));
    const above = v.greater(square, v.spread(hot + U));
    const r = v.select(v.div(v.splat(1.0), square), none, v.greater(square, none));
    const t = v.mul(v.sqrt(square), r);
    const c = cold + RANGES;
    g = v.mul(p, polynomial(c, low, below, above, t, r));
    s = v.mul(q, polynomial(c + 3 * U, low, below, above, t, r));
  } else {
    factors(cold, hot, square, out);
    g = v.mul(p, v.load(out + FACTORS));
    s = v.mul(q, v.load(out + FACTORS + 16));
  }
  // y as a real matrix: [g s; -s g]
  const rr = v.sub(v.spread(hot + 4 * U), g);
  const ri = v.sub(v.spread(hot + 5 * U), s);
  const ir = v.add(v.spread(hot + 6 * U), s);
  const ii = v.sub(v.spread(hot + 7 * U), g);
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
  const base = v.SINGLE ? field(layout, FIELD_CHORD_BASE) : 0;
  let nodes = field(layout, FIELD_LEG_NODES);
  let hot = field(layout, FIELD_LEG_HOT);
  let cold = field(layout, FIELD_LEG_COLD);
  for (let leg: i32 = 0; leg < legs; leg++) {
    const a = <usize>load<u32>(nodes);
    const b = <usize>load<u32>(nodes, 4);
    const vr = v.sub(halfVoltage(voltage, base, a), halfVoltage(voltage, base, b));
    const vi = v.sub(halfVoltage(voltage, base, a + 16), halfVoltage(voltage, base, b + 16));
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
    const g = v.mul(p, v.load(scratch + FACTORS));
    const s = v.mul(q, v.load(scratch + FACTORS + 16));
    const hg = v.mul(p, v.load(scratch + FACTORS + 32));
    const hs = v.mul(q, v.load(scratch + FACTORS + 48));
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
