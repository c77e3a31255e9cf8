// Balanced grids over lanes: what a row lacks, and its entries of Newton's matrix.
//
// With c = Y_ij V_j the current from bus j and S = V_i conj(c): dS_i/d(angle_j) = -j S and dS_i/d(log |V_j|) = S. Rows of two unknowns are turned by their own voltage
// (conj(dS / V_i)), where these are j c and c; rows of one unknown, and masked ones, stand as dP (and dQ).
import { COLUMN, VECTOR } from './balanced-rows';
import * as v from './lanes';

/** Y V, real part; `own`: the admittance is the lanes' own. */
@inline
function conductance(y: usize, own: bool, half: usize): v128 {
  return own ? v.loadAt(y, half) : v.spread(y);
}

@inline
function susceptance(y: usize, own: bool, half: usize): v128 {
  return own ? v.loadAt(y, 32 + half) : v.spread(y + 8);
}

/** Adds the current from one neighbour to `sum` [re, im]; with `kind` its column of the matrix goes to `place`. */
@inline
function neighbourHalf(y: usize, voltage: usize, sum: usize, place: usize, own: bool, kind: i32, unknowns: i32, vr: v128, vi: v128, half: usize): void {
  const g = conductance(y, own, half);
  const b = susceptance(y, own, half);
  const e = v.loadAt(voltage, half);
  const f = v.loadAt(voltage, 32 + half);
  const cr = v.sub(v.mul(g, e), v.mul(b, f));
  const ci = v.add(v.mul(g, f), v.mul(b, e));
  v.storeAt(sum, v.add(v.loadAt(sum, half), cr), half);
  v.storeAt(sum, v.add(v.loadAt(sum, 32 + half), ci), 32 + half);
  if (kind == KIND_CURRENT) {
    v.storeAt(place, v.sub(v.splat(0.0), ci), half);
    if (unknowns == 2) {
      v.storeAt(place, cr, 32 + half);
      v.storeAt(place, cr, 64 + half);
      v.storeAt(place, ci, 96 + half);
    } else v.storeAt(place, cr, 32 + half);
  } else if (kind != KIND_NONE) {
    const p = v.add(v.mul(vr, cr), v.mul(vi, ci));
    const q = v.sub(v.mul(vi, cr), v.mul(vr, ci));
    v.storeAt(place, q, half);
    if (unknowns == 2) v.storeAt(place, p, 32 + half);
    if (kind == KIND_POWER_2) {
      if (unknowns == 2) {
        v.storeAt(place, v.sub(v.splat(0.0), p), 64 + half);
        v.storeAt(place, q, 96 + half);
      } else v.storeAt(place, v.sub(v.splat(0.0), p), 32 + half);
    }
  }
}

/** How a row's entries stand: not at all, turned by its voltage (two unknowns), as dP, as dP and dQ. */
export const KIND_NONE: i32 = 0;
export const KIND_CURRENT: i32 = 1;
export const KIND_POWER_1: i32 = 2;
export const KIND_POWER_2: i32 = 3;

/** The masks of a masked row on one of its columns. */
export function maskColumn(place: usize, unknowns: i32, mask: usize): void {
  const none = v.splat(0.0);
  const width = <usize>unknowns * VECTOR;
  for (let half: usize = 0; half < VECTOR; half += 16) {
    const first = v.greater(v.load(mask + half), none);
    const second = v.greater(v.load(mask + VECTOR + half), none);
    for (let j: usize = 0; j < width; j += VECTOR) {
      const top = place + j + half;
      v.store(top, v.select(v.load(top), none, first));
      v.store(top + width, v.select(v.load(top + width), none, second));
    }
  }
}

/**
 * The neighbours of one row: currents summed at `sum`, entries put into the working row. Returns the words behind them.
 *
 * @param words list of neighbours: voltage column and place each
 */
@inline
export function neighbours(words: usize, count: usize, unknowns: i32, y: usize, voltages: usize, own: bool, kind: i32, voltage: usize, sum: usize, work: usize): usize {
  const step: usize = own ? COLUMN : 16;
  const vr0 = v.loadAt(voltage, 0);
  const vi0 = v.loadAt(voltage, 32);
  const vr1 = v.loadAt(voltage, 16);
  const vi1 = v.loadAt(voltage, 48);
  for (; count > 0; count--, words += 8, y += step) {
    const at = voltages + <usize>load<u32>(words);
    const place = work + <usize>load<u32>(words, 4);
    neighbourHalf(y, at, sum, place, own, kind, unknowns, vr0, vi0, 0);
    neighbourHalf(y, at, sum, place, own, kind, unknowns, vr1, vi1, 16);
  }
  return words;
}

/** The optional neighbours of one row, likewise; the words are voltage column, place and admittance's index each. They have two unknowns. */
@inline
export function lateNeighbours(words: usize, count: usize, admittances: usize, voltages: usize, own: bool, kind: i32, voltage: usize, sum: usize, work: usize): usize {
  if (count == 0) return words;
  const step: usize = own ? COLUMN : 16;
  const vr0 = v.loadAt(voltage, 0);
  const vi0 = v.loadAt(voltage, 32);
  const vr1 = v.loadAt(voltage, 16);
  const vi1 = v.loadAt(voltage, 48);
  for (; count > 0; count--, words += 12) {
    const at = voltages + <usize>load<u32>(words);
    const place = work + <usize>load<u32>(words, 4);
    const y = admittances + <usize>load<u32>(words, 8) * step;
    neighbourHalf(y, at, sum, place, own, kind, 2, vr0, vi0, 0);
    neighbourHalf(y, at, sum, place, own, kind, 2, vr1, vi1, 16);
  }
  return words;
}

/** Currents from buses that are in nobody's unknowns, or of which only the current is wanted: the words are voltage columns. */
@inline
export function currents(words: usize, count: usize, y: usize, voltages: usize, own: bool, sum: usize): usize {
  let re0 = v.loadAt(sum, 0);
  let re1 = v.loadAt(sum, 16);
  let im0 = v.loadAt(sum, 32);
  let im1 = v.loadAt(sum, 48);
  for (; count > 0; count--, words += 4, y += own ? COLUMN : 16) {
    const at = voltages + <usize>load<u32>(words);
    const g0 = conductance(y, own, 0);
    const b0 = susceptance(y, own, 0);
    const e0 = v.loadAt(at, 0);
    const f0 = v.loadAt(at, 32);
    re0 = v.add(re0, v.sub(v.mul(g0, e0), v.mul(b0, f0)));
    im0 = v.add(im0, v.add(v.mul(g0, f0), v.mul(b0, e0)));
    const g1 = conductance(y, own, 16);
    const b1 = susceptance(y, own, 16);
    const e1 = v.loadAt(at, 16);
    const f1 = v.loadAt(at, 48);
    re1 = v.add(re1, v.sub(v.mul(g1, e1), v.mul(b1, f1)));
    im1 = v.add(im1, v.add(v.mul(g1, f1), v.mul(b1, e1)));
  }
  v.storeAt(sum, re0, 0);
  v.storeAt(sum, re1, 16);
  v.storeAt(sum, im0, 32);
  v.storeAt(sum, im1, 48);
  return words;
}

/**
 * What a row lacks, in one half of the lanes: at `lack` [P, Q]; largest and sum of squares at `total` [largest, sum].
 *
 * @param sum currents of the others [re, im]
 * @param share where its own share Y_ii V_i goes, [re, im]
 * @param mask masks of the row, or 0
 * @param reactive where a masked row's lack of Q goes before its mask
 */
@inline
export function lackHalf(
  y: usize,
  own: bool,
  voltage: usize,
  sum: usize,
  share: usize,
  scheduled: usize,
  lack: usize,
  total: usize,
  unknowns: i32,
  mask: usize,
  reactive: usize,
  half: usize,
): void {
  const g = conductance(y, own, half);
  const b = susceptance(y, own, half);
  const e = v.loadAt(voltage, half);
  const f = v.loadAt(voltage, 32 + half);
  const dr = v.sub(v.mul(g, e), v.mul(b, f));
  const di = v.add(v.mul(g, f), v.mul(b, e));
  v.storeAt(share, dr, half);
  v.storeAt(share, di, 32 + half);
  const ir = v.add(v.loadAt(sum, half), dr);
  const ii = v.add(v.loadAt(sum, 32 + half), di);
  let p = v.sub(v.loadAt(scheduled, half), v.add(v.mul(e, ir), v.mul(f, ii)));
  let q = v.sub(v.loadAt(scheduled, 32 + half), v.sub(v.mul(f, ir), v.mul(e, ii)));
  if (mask != 0) {
    const none = v.splat(0.0);
    v.storeAt(reactive, q, half);
    p = v.select(p, none, v.greater(v.loadAt(mask, half), none));
    q = v.select(q, none, v.greater(v.loadAt(mask, 32 + half), none));
  }
  v.storeAt(lack, p, half);
  v.storeAt(lack, q, 32 + half);
  const pp = v.mul(p, p);
  if (unknowns == 2) {
    const qq = v.mul(q, q);
    v.storeAt(total, v.larger(qq, v.larger(pp, v.loadAt(total, half))), half);
    v.storeAt(total, v.add(v.loadAt(total, 32 + half), v.add(pp, qq)), 32 + half);
  } else {
    v.storeAt(total, v.larger(pp, v.loadAt(total, half)), half);
    v.storeAt(total, v.add(v.loadAt(total, 32 + half), pp), 32 + half);
  }
}

/** The diagonal block and right-hand side of a row turned by its voltage, in one half of the lanes. `right` holds what it lacks and gets the right-hand side. */
@inline
function diagonalCurrentHalf(voltage: usize, sum: usize, share: usize, work: usize, right: usize, half: usize): void {
  const or = v.loadAt(sum, half);
  const oi = v.loadAt(sum, 32 + half);
  const dr = v.loadAt(share, half);
  const di = v.loadAt(share, 32 + half);
  v.storeAt(work, oi, half);
  v.storeAt(work, v.add(or, v.add(dr, dr)), 32 + half);
  v.storeAt(work, v.sub(v.splat(0.0), or), 64 + half);
  v.storeAt(work, v.add(oi, v.add(di, di)), 96 + half);
  const e = v.loadAt(voltage, half);
  const f = v.loadAt(voltage, 32 + half);
  const reciprocal = v.div(v.splat(1.0), v.add(v.mul(e, e), v.mul(f, f)));
  const p = v.loadAt(right, half);
  const q = v.loadAt(right, 32 + half);
  v.storeAt(right, v.mul(v.add(v.mul(p, e), v.mul(q, f)), reciprocal), half);
  v.storeAt(right, v.mul(v.sub(v.mul(p, f), v.mul(q, e)), reciprocal), 32 + half);
}

/** The diagonal block of a row that stands as dP (and dQ), in one half of the lanes. */
@inline
function diagonalPowerHalf(voltage: usize, sum: usize, share: usize, work: usize, mask: usize, half: usize): void {
  const e = v.loadAt(voltage, half);
  const f = v.loadAt(voltage, 32 + half);
  const or = v.loadAt(sum, half);
  const oi = v.loadAt(sum, 32 + half);
  const none = v.splat(0.0);
  const q = v.sub(v.mul(f, or), v.mul(e, oi));
  if (mask == 0) {
    v.storeAt(work, v.sub(none, q), half);
    return;
  }
  const p = v.add(v.mul(e, or), v.mul(f, oi));
  const dr = v.loadAt(share, half);
  const di = v.loadAt(share, 32 + half);
  const dp = v.add(v.mul(e, dr), v.mul(f, di));
  const dq = v.sub(v.mul(f, dr), v.mul(e, di));
  const unit = v.splat(1.0);
  const balanced = v.greater(v.loadAt(mask, half), none);
  const sought = v.greater(v.loadAt(mask, 32 + half), none);
  v.storeAt(work, v.select(v.sub(none, q), unit, balanced), half);
  v.storeAt(work, v.select(v.add(p, v.add(dp, dp)), none, balanced), 32 + half);
  v.storeAt(work, v.select(p, none, sought), 64 + half);
  v.storeAt(work, v.select(v.add(q, v.add(dq, dq)), unit, sought), 96 + half);
}

/** The diagonal block (and, where rows are turned, the right-hand side) of a row of this kind. */
@inline
export function diagonal(kind: i32, voltage: usize, sum: usize, share: usize, work: usize, right: usize, mask: usize): void {
  if (kind == KIND_CURRENT) {
    diagonalCurrentHalf(voltage, sum, share, work, right, 0);
    diagonalCurrentHalf(voltage, sum, share, work, right, 16);
  } else {
    diagonalPowerHalf(voltage, sum, share, work, mask, 0);
    diagonalPowerHalf(voltage, sum, share, work, mask, 16);
  }
}
