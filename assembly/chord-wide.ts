// Blocks of one, two or three nodes under any number of parent columns, which stand in a list: on meshed grids a block hangs on two others or more.
//
// Columns are taken three at a time and what is over one by one; each short sum is stored at once (see coefficients.ts).
import { CHORD_FIRST, CHORD_FIRST_GROUPS } from '../src/powerflow/kernel-layout';
import { addOwn, currents, fold, put, SOME } from './chord-blocks';
import { ENTRY, HALF, plusOne, plusThree, plusTwo, timesOne, timesThree, timesTwo } from './coefficients';
import * as v from './lanes';

/** Whether a block is the first to fold into a group of three parent columns. */
function firstInGroup(flags: i32, group: i32): i32 {
  return group < CHORD_FIRST_GROUPS ? flags & (CHORD_FIRST << group) : 0;
}

/** J_parents += B J_c for three nodes. */
export function upThreeWide(record: usize, flags: i32, b: usize, own: usize, folded: usize): void {
  addOwn(record, flags, 3, own, folded);
  const j = currents(record, flags, own, folded);
  const r0 = v.load(j);
  const i0 = v.load(j + 16);
  const r1 = v.load(j + 32);
  const i1 = v.load(j + 48);
  const r2 = v.load(j + 64);
  const i2 = v.load(j + 80);
  let list = <usize>load<u32>(record, 8);
  const end = list + ((<usize>load<u32>(record, 28)) << 2);
  for (let group: i32 = 0; list < end; group++) {
    const isFirst = firstInGroup(flags, group);
    const stop = list + 12 < end ? list + 12 : end;
    for (; list < stop; list += 4) {
      const at = folded + <usize>load<u32>(list);
      fold(at, timesThree(b, r0, i0, r1, i1, r2, i2), isFirst);
      fold(at + 16, timesThree(b + HALF, r0, i0, r1, i1, r2, i2), isFirst);
      b += 3 * ENTRY;
    }
  }
}

/** The same for one or two nodes. */
export function upFewWide(record: usize, flags: i32, b: usize, own: usize, folded: usize, rows: usize): void {
  addOwn(record, flags, rows, own, folded);
  const j = currents(record, flags, own, folded);
  let list = <usize>load<u32>(record, 8);
  const end = list + ((<usize>load<u32>(record, 28)) << 2);
  for (let group: i32 = 0; list < end; group++) {
    const isFirst = firstInGroup(flags, group);
    const stop = list + 12 < end ? list + 12 : end;
    for (; list < stop; list += 4) {
      const at = folded + <usize>load<u32>(list);
      if (rows == 1) {
        fold(at, timesOne(b, v.load(j), v.load(j + 16)), isFirst);
        fold(at + 16, timesOne(b + HALF, v.load(j), v.load(j + 16)), isFirst);
      } else {
        fold(at, timesTwo(b, v.load(j), v.load(j + 16), v.load(j + 32), v.load(j + 48)), isFirst);
        fold(at + 16, timesTwo(b + HALF, v.load(j), v.load(j + 16), v.load(j + 32), v.load(j + 48)), isFirst);
      }
      b += rows * ENTRY;
    }
  }
}

/** V_c = A V_parents + Z J_c for three nodes. `scratch`: 96 bytes. */
export function downThreeWide(
  record: usize,
  flags: i32,
  c: usize,
  voltage: usize,
  own: usize,
  folded: usize,
  scratch: usize,
  running: v128,
  all: bool,
): void {
  const out = voltage + <usize>load<u32>(record, 4);
  const columns = <usize>load<u32>(record, 28);
  const row: usize = columns * ENTRY;
  let a = c + 3 * row;
  const list = <usize>load<u32>(record, 8);
  let k: usize = 0;
  for (; k + 3 <= columns; k += 3) {
    const p0 = voltage + <usize>load<u32>(list + (k << 2));
    const p1 = voltage + <usize>load<u32>(list + (k << 2), 4);
    const p2 = voltage + <usize>load<u32>(list + (k << 2), 8);
    const u0 = v.load(p0);
    const w0 = v.load(p0 + 16);
    const u1 = v.load(p1);
    const w1 = v.load(p1 + 16);
    const u2 = v.load(p2);
    const w2 = v.load(p2 + 16);
    let entry = a;
    if (k == 0) {
      for (let at: usize = 0; at < 96; at += 32) {
        v.store(scratch + at, timesThree(entry, u0, w0, u1, w1, u2, w2));
        v.store(scratch + at + 16, timesThree(entry + HALF, u0, w0, u1, w1, u2, w2));
        entry += row;
      }
    } else {
      for (let at: usize = 0; at < 96; at += 32) {
        v.store(scratch + at, plusThree(v.load(scratch + at), entry, u0, w0, u1, w1, u2, w2));
        v.store(scratch + at + 16, plusThree(v.load(scratch + at + 16), entry + HALF, u0, w0, u1, w1, u2, w2));
        entry += row;
      }
    }
    a += 3 * ENTRY;
  }
  for (; k < columns; k++) {
    const p0 = voltage + <usize>load<u32>(list + (k << 2));
    const u0 = v.load(p0);
    const w0 = v.load(p0 + 16);
    let entry = a;
    for (let at = scratch; at < scratch + 96; at += 32) {
      v.store(at, k == 0 ? timesOne(entry, u0, w0) : plusOne(v.load(at), entry, u0, w0));
      v.store(at + 16, k == 0 ? timesOne(entry + HALF, u0, w0) : plusOne(v.load(at + 16), entry + HALF, u0, w0));
      entry += row;
    }
    a += ENTRY;
  }
  if (!(flags & SOME)) {
    for (let at: usize = 0; at < 96; at += 16) put(out + at, v.load(scratch + at), running, all);
    return;
  }
  let z = c + 6 * row;
  const j = currents(record, flags, own, folded);
  const r0 = v.load(j);
  const i0 = v.load(j + 16);
  const r1 = v.load(j + 32);
  const i1 = v.load(j + 48);
  const r2 = v.load(j + 64);
  const i2 = v.load(j + 80);
  for (let at: usize = 0; at < 96; at += 32) {
    put(out + at, plusThree(v.load(scratch + at), z, r0, i0, r1, i1, r2, i2), running, all);
    put(out + at + 16, plusThree(v.load(scratch + at + 16), z + HALF, r0, i0, r1, i1, r2, i2), running, all);
    z += 3 * ENTRY;
  }
}

/** The same for one or two nodes. */
export function downFewWide(
  record: usize,
  flags: i32,
  c: usize,
  rows: usize,
  voltage: usize,
  own: usize,
  folded: usize,
  running: v128,
  all: bool,
): void {
  const out = voltage + <usize>load<u32>(record, 4);
  const columns = <usize>load<u32>(record, 28);
  const j = currents(record, flags, own, folded);
  const list = <usize>load<u32>(record, 8);
  // Twice a row: its real and its imaginary half.
  for (let half: usize = 0; half < 2 * rows; half++) {
    let a = c + (rows + (half >> 1)) * columns * ENTRY + (half & 1) * HALF;
    let k: usize = 0;
    let x = v.splat(0.0);
    for (; k + 3 <= columns; k += 3) {
      const p0 = voltage + <usize>load<u32>(list + (k << 2));
      const p1 = voltage + <usize>load<u32>(list + (k << 2), 4);
      const p2 = voltage + <usize>load<u32>(list + (k << 2), 8);
      if (k == 0) x = timesThree(a, v.load(p0), v.load(p0 + 16), v.load(p1), v.load(p1 + 16), v.load(p2), v.load(p2 + 16));
      else x = plusThree(x, a, v.load(p0), v.load(p0 + 16), v.load(p1), v.load(p1 + 16), v.load(p2), v.load(p2 + 16));
      a += 3 * ENTRY;
    }
    for (; k < columns; k++) {
      const p0 = voltage + <usize>load<u32>(list + (k << 2));
      x = k == 0 ? timesOne(a, v.load(p0), v.load(p0 + 16)) : plusOne(x, a, v.load(p0), v.load(p0 + 16));
      a += ENTRY;
    }
    if (flags & SOME) {
      const z = c + (2 * columns + (half >> 1)) * rows * ENTRY + (half & 1) * HALF;
      if (rows == 1) x = plusOne(x, z, v.load(j), v.load(j + 16));
      else x = plusTwo(x, z, v.load(j), v.load(j + 16), v.load(j + 32), v.load(j + 48));
    }
    put(out + (half << 4), x, running, all);
  }
}
