// Blocks of the chord method's tree: J_p += B J_c upwards, V_c = A V_p + Z J_c downwards, by the shape of the block.
//
// Coefficients of a block stand as B (parent columns x rows), A (rows x parent columns), Z (rows x rows), each entry rr, ri, ir, ii.
import { CHORD_CHILDREN, CHORD_FIRST, CHORD_OWN } from '../src/powerflow/kernel-layout';
import { ENTRY, HALF, plusOne, plusThree, plusTwo, timesOne, timesThree, timesTwo } from './coefficients';
import * as v from './lanes';

/** Whether a block has currents at all. */
export const SOME: i32 = CHORD_OWN | CHORD_CHILDREN;

export function addTo(at: usize, real: v128, imaginary: v128): void {
  v.store(at, v.add(v.load(at), real));
  v.store(at + 16, v.add(v.load(at + 16), imaginary));
}

/** Half a voltage, where `all` lanes run without a look at what stood there. */
export function put(at: usize, x: v128, running: v128, all: bool): void {
  if (all) v.store(at, x);
  else v.store(at, v.select(x, v.load(at), running));
}

/** Half a current into a parent: written by the first block that hangs on it, added by the others. */
export function fold(at: usize, x: v128, isFirst: i32): void {
  if (isFirst) v.store(at, x);
  else v.store(at, v.add(v.load(at), x));
}

/** Where J of a block begins once its children are folded: in `folded` where it has some, else it is what the block injects itself. */
export function currents(record: usize, flags: i32, own: usize, folded: usize): usize {
  return (flags & CHORD_CHILDREN ? folded : own) + <usize>load<u32>(record, 4);
}

/** Adds what a block of `rows` nodes injects itself to what its children folded into it. */
export function addOwn(record: usize, flags: i32, rows: usize, own: usize, folded: usize): void {
  if ((flags & SOME) != SOME) return;
  const offset = <usize>load<u32>(record, 4);
  for (let k: usize = 0; k < rows << 5; k += 16) v.store(folded + offset + k, v.add(v.load(own + offset + k), v.load(folded + offset + k)));
}

/** J_p += B J_c for a block of three nodes under three. */
export function upThree(record: usize, flags: i32, b: usize, own: usize, folded: usize): void {
  addOwn(record, flags, 3, own, folded);
  const j = currents(record, flags, own, folded);
  const r0 = v.load(j);
  const i0 = v.load(j + 16);
  const r1 = v.load(j + 32);
  const i1 = v.load(j + 48);
  const r2 = v.load(j + 64);
  const i2 = v.load(j + 80);
  for (let k: usize = 0; k < 3; k++) {
    const at = folded + <usize>load<u32>(record + (k << 2), 8);
    fold(at, timesThree(b, r0, i0, r1, i1, r2, i2), flags & CHORD_FIRST);
    fold(at + 16, timesThree(b + HALF, r0, i0, r1, i1, r2, i2), flags & CHORD_FIRST);
    b += 3 * ENTRY;
  }
}

/** The same for one node under `columns`. */
export function upOne(record: usize, flags: i32, b: usize, own: usize, folded: usize, columns: usize): void {
  addOwn(record, flags, 1, own, folded);
  const j = currents(record, flags, own, folded);
  const r0 = v.load(j);
  const i0 = v.load(j + 16);
  for (let k: usize = 0; k < columns; k++) {
    const at = folded + <usize>load<u32>(record + (k << 2), 8);
    fold(at, timesOne(b, r0, i0), flags & CHORD_FIRST);
    fold(at + 16, timesOne(b + HALF, r0, i0), flags & CHORD_FIRST);
    b += ENTRY;
  }
}

/** The same for two nodes under `columns`. */
export function upTwo(record: usize, flags: i32, b: usize, own: usize, folded: usize, columns: usize): void {
  addOwn(record, flags, 2, own, folded);
  const j = currents(record, flags, own, folded);
  const r0 = v.load(j);
  const i0 = v.load(j + 16);
  const r1 = v.load(j + 32);
  const i1 = v.load(j + 48);
  for (let k: usize = 0; k < columns; k++) {
    const at = folded + <usize>load<u32>(record + (k << 2), 8);
    fold(at, timesTwo(b, r0, i0, r1, i1), flags & CHORD_FIRST);
    fold(at + 16, timesTwo(b + HALF, r0, i0, r1, i1), flags & CHORD_FIRST);
    b += 2 * ENTRY;
  }
}

/** Makes J of a block of any shape stand in `folded`. */
export function gather(record: usize, flags: i32, own: usize, folded: usize): void {
  const rows = <usize>load<u32>(record, 24);
  addOwn(record, flags, rows, own, folded);
  if (flags & CHORD_CHILDREN) return;
  const offset = <usize>load<u32>(record, 4);
  for (let k: usize = 0; k < rows << 5; k += 16) v.store(folded + offset + k, flags & CHORD_OWN ? v.load(own + offset + k) : v.splat(0.0));
}

/** The upward pass of a block of any shape whose J stands in `folded`. */
export function upGeneral(record: usize, b: usize, folded: usize): void {
  const child = folded + <usize>load<u32>(record, 4);
  const rows = <usize>load<u32>(record, 24);
  const columns = <usize>load<u32>(record, 28);
  const list = <usize>load<u32>(record, 8);
  for (let k: usize = 0; k < columns; k++) {
    let real = v.splat(0.0);
    let imaginary = v.splat(0.0);
    for (let i: usize = 0; i < rows; i++) {
      const xr = v.load(child + i * 32);
      const xi = v.load(child + i * 32 + 16);
      real = plusOne(real, b, xr, xi);
      imaginary = plusOne(imaginary, b + HALF, xr, xi);
      b += ENTRY;
    }
    addTo(folded + <usize>load<u32>(list + (k << 2)), real, imaginary);
  }
}

/** V_c = A V_p + Z J_c for a block of three nodes under three. `scratch`: 96 bytes. */
export function downThree(
  record: usize,
  flags: i32,
  a: usize,
  voltage: usize,
  own: usize,
  folded: usize,
  scratch: usize,
  running: v128,
  all: bool,
): void {
  const p0 = voltage + <usize>load<u32>(record, 8);
  const p1 = voltage + <usize>load<u32>(record, 12);
  const p2 = voltage + <usize>load<u32>(record, 16);
  const u0 = v.load(p0);
  const w0 = v.load(p0 + 16);
  const u1 = v.load(p1);
  const w1 = v.load(p1 + 16);
  const u2 = v.load(p2);
  const w2 = v.load(p2 + 16);
  const out = voltage + <usize>load<u32>(record, 4);
  if (!(flags & SOME)) {
    for (let k: usize = 0; k < 96; k += 32) {
      put(out + k, timesThree(a, u0, w0, u1, w1, u2, w2), running, all);
      put(out + k + 16, timesThree(a + HALF, u0, w0, u1, w1, u2, w2), running, all);
      a += 3 * ENTRY;
    }
    return;
  }
  for (let k: usize = 0; k < 96; k += 32) {
    v.store(scratch + k, timesThree(a, u0, w0, u1, w1, u2, w2));
    v.store(scratch + k + 16, timesThree(a + HALF, u0, w0, u1, w1, u2, w2));
    a += 3 * ENTRY;
  }
  const j = currents(record, flags, own, folded);
  const r0 = v.load(j);
  const i0 = v.load(j + 16);
  const r1 = v.load(j + 32);
  const i1 = v.load(j + 48);
  const r2 = v.load(j + 64);
  const i2 = v.load(j + 80);
  for (let k: usize = 0; k < 96; k += 32) {
    put(out + k, plusThree(v.load(scratch + k), a, r0, i0, r1, i1, r2, i2), running, all);
    put(out + k + 16, plusThree(v.load(scratch + k + 16), a + HALF, r0, i0, r1, i1, r2, i2), running, all);
    a += 3 * ENTRY;
  }
}

/** The same for one node under one. */
export function downOne(record: usize, flags: i32, a: usize, voltage: usize, own: usize, folded: usize, running: v128, all: bool): void {
  const p0 = voltage + <usize>load<u32>(record, 8);
  let real = timesOne(a, v.load(p0), v.load(p0 + 16));
  let imaginary = timesOne(a + HALF, v.load(p0), v.load(p0 + 16));
  if (flags & SOME) {
    const j = currents(record, flags, own, folded);
    real = plusOne(real, a + ENTRY, v.load(j), v.load(j + 16));
    imaginary = plusOne(imaginary, a + ENTRY + HALF, v.load(j), v.load(j + 16));
  }
  const out = voltage + <usize>load<u32>(record, 4);
  put(out, real, running, all);
  put(out + 16, imaginary, running, all);
}

/** The same for two nodes under one. */
export function downTwoOfOne(record: usize, flags: i32, a: usize, voltage: usize, own: usize, folded: usize, running: v128, all: bool): void {
  const p0 = voltage + <usize>load<u32>(record, 8);
  const j = currents(record, flags, own, folded);
  let out = voltage + <usize>load<u32>(record, 4);
  let z = a + 2 * ENTRY;
  for (let half: usize = 0; half < 4; half++) {
    let x = timesOne(a, v.load(p0), v.load(p0 + 16));
    if (flags & SOME) x = plusTwo(x, z, v.load(j), v.load(j + 16), v.load(j + 32), v.load(j + 48));
    put(out, x, running, all);
    out += 16;
    a += HALF;
    z += half & 1 ? 2 * ENTRY - HALF : HALF;
  }
}

/** The same for one or two nodes under two or three. */
export function downFew(
  record: usize,
  flags: i32,
  a: usize,
  rows: usize,
  columns: usize,
  voltage: usize,
  own: usize,
  folded: usize,
  running: v128,
  all: bool,
): void {
  let out = voltage + <usize>load<u32>(record, 4);
  let z = a + rows * columns * ENTRY;
  const j = currents(record, flags, own, folded);
  const p0 = voltage + <usize>load<u32>(record, 8);
  const p1 = voltage + <usize>load<u32>(record, 12);
  // Twice a row: its real and its imaginary half.
  for (let half: usize = 0; half < 2 * rows; half++) {
    let x = timesTwo(a, v.load(p0), v.load(p0 + 16), v.load(p1), v.load(p1 + 16));
    if (columns == 3) {
      const p2 = voltage + <usize>load<u32>(record, 16);
      x = plusOne(x, a + 2 * ENTRY, v.load(p2), v.load(p2 + 16));
    }
    if (flags & SOME) {
      if (rows == 1) x = plusOne(x, z, v.load(j), v.load(j + 16));
      else x = plusTwo(x, z, v.load(j), v.load(j + 16), v.load(j + 32), v.load(j + 48));
    }
    put(out, x, running, all);
    out += 16;
    // From the real half of a row to its imaginary one, and from there to the next row.
    a += half & 1 ? columns * ENTRY - HALF : HALF;
    z += half & 1 ? rows * ENTRY - HALF : HALF;
  }
}

/** The same for a block of any shape whose J stands in `folded`. */
export function downGeneral(record: usize, c: usize, columns: usize, voltage: usize, folded: usize, running: v128): void {
  const offset = <usize>load<u32>(record, 4);
  const rows = <usize>load<u32>(record, 24);
  const list = <usize>load<u32>(record, 8);
  let a = c + rows * columns * ENTRY;
  let z = a + rows * columns * ENTRY;
  for (let i: usize = 0; i < rows; i++) {
    let real = v.splat(0.0);
    let imaginary = v.splat(0.0);
    for (let k: usize = 0; k < columns; k++) {
      const p = voltage + <usize>load<u32>(list + (k << 2));
      const ur = v.load(p);
      const ui = v.load(p + 16);
      real = plusOne(real, a, ur, ui);
      imaginary = plusOne(imaginary, a + HALF, ur, ui);
      a += ENTRY;
    }
    for (let j: usize = 0; j < rows; j++) {
      const at = folded + offset + j * 32;
      const jr = v.load(at);
      const ji = v.load(at + 16);
      real = plusOne(real, z, jr, ji);
      imaginary = plusOne(imaginary, z + HALF, jr, ji);
      z += ENTRY;
    }
    put(voltage + offset + i * 32, real, running, false);
    put(voltage + offset + i * 32 + 16, imaginary, running, false);
  }
}
