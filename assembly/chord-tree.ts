// The tree solver of the chord method: as tree.ts, with real 2x2 coefficients, so that derivatives of loads can be folded.
//
//   V_c = A V_p + Z J_c   (downwards),   J_p += B J_c   (upwards)
// Coefficients of a block stand as B (parent columns x rows), A (rows x parent columns), Z (rows x rows), each entry rr, ri, ir, ii: 32 bytes.
import { FIELD_TREE_COUNT, FIELD_TREE_RECORDS, TREE_LANES, TREE_ONE, TREE_RECORD, TREE_THREE, TREE_TWO } from '../src/powerflow/kernel-layout';
import { laneBackward, laneForward } from './chord-lanes';
import * as v from './lanes';
import { field } from './legs';

const RECORD: usize = TREE_RECORD * 4;

// (re, im) += [rr ri; ir ii] x, split in two since a function returns one value.
function re(c: usize, x: usize, sum: v128): v128 {
  return v.add(sum, v.add(v.mul(v.spread(c), v.load(x)), v.mul(v.spread(c + 8), v.load(x + 16))));
}

function im(c: usize, x: usize, sum: v128): v128 {
  return v.add(sum, v.add(v.mul(v.spread(c + 16), v.load(x)), v.mul(v.spread(c + 24), v.load(x + 16))));
}

function addTo(at: usize, real: v128, imaginary: v128): void {
  v.store(at, v.add(v.load(at), real));
  v.store(at + 16, v.add(v.load(at + 16), imaginary));
}

function put(at: usize, real: v128, imaginary: v128, running: v128): void {
  v.store(at, v.select(real, v.load(at), running));
  v.store(at + 16, v.select(imaginary, v.load(at + 16), running));
}

/** Backward pass: folds the injections in `work` up the tree, in place. `values` are those of the block's lanes. */
export function chordBackward(layout: usize, work: usize, values: usize): void {
  const count = field(layout, FIELD_TREE_COUNT);
  const first = field(layout, FIELD_TREE_RECORDS);
  const none = v.splat(0.0);
  for (let record = first + (count - 1) * RECORD; record > first; record -= RECORD) {
    const kind = load<i32>(record);
    const child = work + <usize>load<u32>(record, 4);
    const c = <usize>load<u32>(record, 20);
    if (kind == TREE_THREE) {
      for (let k: usize = 0; k < 3; k++) {
        const b = c + k * 96;
        const parent = work + <usize>load<u32>(record + 8 + (k << 2));
        addTo(
          parent,
          re(b + 64, child + 64, re(b + 32, child + 32, re(b, child, none))),
          im(b + 64, child + 64, im(b + 32, child + 32, im(b, child, none))),
        );
      }
    } else if (kind == TREE_ONE) {
      addTo(work + <usize>load<u32>(record, 8), re(c, child, none), im(c, child, none));
    } else if (kind == TREE_TWO) {
      for (let k: usize = 0; k < 2; k++) {
        const b = c + k * 64;
        const parent = work + <usize>load<u32>(record + 8 + (k << 2));
        addTo(parent, re(b + 32, child + 32, re(b, child, none)), im(b + 32, child + 32, im(b, child, none)));
      }
    } else if (kind == TREE_LANES) {
      laneBackward(record, values, work);
    } else {
      const rows = <usize>load<u32>(record, 24);
      const columns = <usize>load<u32>(record, 28);
      const list = <usize>load<u32>(record, 8);
      for (let k: usize = 0; k < columns; k++) {
        let real = none;
        let imaginary = none;
        for (let i: usize = 0; i < rows; i++) {
          const b = c + (k * rows + i) * 32;
          real = re(b, child + i * 32, real);
          imaginary = im(b, child + i * 32, imaginary);
        }
        addTo(work + <usize>load<u32>(list + (k << 2)), real, imaginary);
      }
    }
  }
}

/** Forward pass: voltages from the root down; lanes that do not run keep theirs. */
export function chordForward(layout: usize, work: usize, voltage: usize, running: v128, values: usize): void {
  const count = field(layout, FIELD_TREE_COUNT);
  let record = field(layout, FIELD_TREE_RECORDS);
  const end = record + count * RECORD;
  const none = v.splat(0.0);
  while (record < end) {
    const kind = load<i32>(record);
    const offset = <usize>load<u32>(record, 4);
    const child = work + offset;
    const out = voltage + offset;
    const c = <usize>load<u32>(record, 20);
    if (kind == TREE_THREE) {
      const p0 = voltage + <usize>load<u32>(record, 8);
      const p1 = voltage + <usize>load<u32>(record, 12);
      const p2 = voltage + <usize>load<u32>(record, 16);
      for (let k: usize = 0; k < 3; k++) {
        const a = c + 288 + k * 96;
        const z = a + 288;
        const real = re(z + 64, child + 64, re(z + 32, child + 32, re(z, child, re(a + 64, p2, re(a + 32, p1, re(a, p0, none))))));
        const imaginary = im(z + 64, child + 64, im(z + 32, child + 32, im(z, child, im(a + 64, p2, im(a + 32, p1, im(a, p0, none))))));
        put(out + k * 32, real, imaginary, running);
      }
    } else if (kind == TREE_ONE) {
      const p0 = voltage + <usize>load<u32>(record, 8);
      put(out, re(c + 64, child, re(c + 32, p0, none)), im(c + 64, child, im(c + 32, p0, none)), running);
    } else if (kind == TREE_TWO) {
      const p0 = voltage + <usize>load<u32>(record, 8);
      const p1 = voltage + <usize>load<u32>(record, 12);
      for (let k: usize = 0; k < 2; k++) {
        const a = c + 128 + k * 64;
        const z = a + 128;
        const real = re(z + 32, child + 32, re(z, child, re(a + 32, p1, re(a, p0, none))));
        const imaginary = im(z + 32, child + 32, im(z, child, im(a + 32, p1, im(a, p0, none))));
        put(out + k * 32, real, imaginary, running);
      }
    } else if (kind == TREE_LANES) {
      laneForward(record, values, work, voltage, running);
    } else {
      const rows = <usize>load<u32>(record, 24);
      const columns = <usize>load<u32>(record, 28);
      const list = <usize>load<u32>(record, 8);
      const a = c + rows * columns * 32;
      const z = a + rows * columns * 32;
      for (let i: usize = 0; i < rows; i++) {
        let real = none;
        let imaginary = none;
        for (let k: usize = 0; k < columns; k++) {
          const parent = voltage + <usize>load<u32>(list + (k << 2));
          real = re(a + (i * columns + k) * 32, parent, real);
          imaginary = im(a + (i * columns + k) * 32, parent, imaginary);
        }
        for (let j: usize = 0; j < rows; j++) {
          real = re(z + (i * rows + j) * 32, child + j * 32, real);
          imaginary = im(z + (i * rows + j) * 32, child + j * 32, imaginary);
        }
        put(out + i * 32, real, imaginary, running);
      }
    }
    record += RECORD;
  }
}
