// The tree solver of the sweep: V = Y^-1 J on a radial grid whose linear shunts are folded into each branch.
//
// Nomenclature: each tree block (a bus, or buses tied by one multi-winding unit) c hangs on nodes of its parent p by
//   V_c = A V_p + Z J_c   (downwards),   J_p += A' J_c   (upwards),
// J the currents injected at a block and below it. A = -D^-1 Y_cp and Z = D^-1, D the block's own admittance with all below it eliminated.
// D holds the linear shunts and the part of each load that is taken as an admittance. The root has Z only. Where D is ill conditioned (an ungrounded secondary, whose zero sequence has next to no admittance) the product with Z loses digits
// that a solution of D V = J would keep; there the forward pass adds one step of refinement, V += Z (J - Y_cp V_p - D V).
import {
  FIELD_TREE_COUNT,
  FIELD_TREE_RECORDS,
  TREE_GENERAL,
  TREE_ONE,
  TREE_RECORD,
  TREE_REFINED,
  TREE_THREE,
  TREE_TWO,
} from '../src/powerflow/kernel-layout';
import * as v from './lanes';
import { field } from './legs';

const RECORD: usize = TREE_RECORD * 4;

// (re, im) += c x, where c is one complex number for all lanes at `c`, x a column at `x`; split in two since a function returns one value.
function re(c: usize, x: usize, sum: v128): v128 {
  return v.add(sum, v.sub(v.mul(v.spread(c), v.load(x)), v.mul(v.spread(c + 8), v.load(x + 16))));
}

function im(c: usize, x: usize, sum: v128): v128 {
  return v.add(sum, v.add(v.mul(v.spread(c), v.load(x + 16)), v.mul(v.spread(c + 8), v.load(x))));
}

function addTo(at: usize, real: v128, imaginary: v128): void {
  v.store(at, v.add(v.load(at), real));
  v.store(at + 16, v.add(v.load(at + 16), imaginary));
}

/** Writes a column where the lane still runs. */
function put(at: usize, real: v128, imaginary: v128, running: v128): void {
  v.store(at, v.select(real, v.load(at), running));
  v.store(at + 16, v.select(imaginary, v.load(at + 16), running));
}

/** Backward pass: folds the injections in `work` up the tree, in place. */
export function treeBackward(layout: usize, work: usize): void {
  const count = field(layout, FIELD_TREE_COUNT);
  const first = field(layout, FIELD_TREE_RECORDS);
  const none = v.splat(0.0);
  for (let record = first + (count - 1) * RECORD; record > first; record -= RECORD) {
    const kind = load<i32>(record);
    const child = work + <usize>load<u32>(record, 4);
    const c = <usize>load<u32>(record, 20);
    if (kind == TREE_THREE) {
      for (let k: usize = 0; k < 3; k++) {
        const a = c + k * 16;
        const parent = work + <usize>load<u32>(record + 8 + (k << 2));
        addTo(
          parent,
          re(a + 96, child + 64, re(a + 48, child + 32, re(a, child, none))),
          im(a + 96, child + 64, im(a + 48, child + 32, im(a, child, none))),
        );
      }
    } else if (kind == TREE_ONE) {
      addTo(work + <usize>load<u32>(record, 8), re(c, child, none), im(c, child, none));
    } else if (kind == TREE_TWO) {
      for (let k: usize = 0; k < 2; k++) {
        const a = c + k * 16;
        const parent = work + <usize>load<u32>(record + 8 + (k << 2));
        addTo(parent, re(a + 32, child + 32, re(a, child, none)), im(a + 32, child + 32, im(a, child, none)));
      }
    } else if (kind == TREE_GENERAL || kind == TREE_REFINED) {
      const rows = <usize>load<u32>(record, 24);
      const columns = <usize>load<u32>(record, 28);
      const list = <usize>load<u32>(record, 8);
      for (let k: usize = 0; k < columns; k++) {
        let real = none;
        let imaginary = none;
        for (let i: usize = 0; i < rows; i++) {
          const a = c + (i * columns + k) * 16;
          real = re(a, child + i * 32, real);
          imaginary = im(a, child + i * 32, imaginary);
        }
        addTo(work + <usize>load<u32>(list + (k << 2)), real, imaginary);
      }
    }
  }
}

/** V += Z (J - Y_cp V_p - D V) at one block; the residual takes the place of J. */
function refine(y: usize, z: usize, rows: usize, columns: usize, list: usize, child: usize, out: usize, voltage: usize, running: v128): void {
  const none = v.splat(0.0);
  const d = y + rows * columns * 16;
  for (let i: usize = 0; i < rows; i++) {
    let real = none;
    let imaginary = none;
    for (let k: usize = 0; k < columns; k++) {
      const parent = voltage + <usize>load<u32>(list + (k << 2));
      real = re(y + (i * columns + k) * 16, parent, real);
      imaginary = im(y + (i * columns + k) * 16, parent, imaginary);
    }
    for (let j: usize = 0; j < rows; j++) {
      real = re(d + (i * rows + j) * 16, out + j * 32, real);
      imaginary = im(d + (i * rows + j) * 16, out + j * 32, imaginary);
    }
    const at = child + i * 32;
    v.store(at, v.sub(v.load(at), real));
    v.store(at + 16, v.sub(v.load(at + 16), imaginary));
  }
  for (let i: usize = 0; i < rows; i++) {
    let real = v.load(out + i * 32);
    let imaginary = v.load(out + i * 32 + 16);
    for (let j: usize = 0; j < rows; j++) {
      real = re(z + (i * rows + j) * 16, child + j * 32, real);
      imaginary = im(z + (i * rows + j) * 16, child + j * 32, imaginary);
    }
    put(out + i * 32, real, imaginary, running);
  }
}

/** Forward pass: voltages from the root down, from the folded injections in `work`; lanes that do not run keep theirs. */
export function treeForward(layout: usize, work: usize, voltage: usize, running: v128): void {
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
        const a = c + k * 48;
        const z = a + 144;
        const real = re(z + 32, child + 64, re(z + 16, child + 32, re(z, child, re(a + 32, p2, re(a + 16, p1, re(a, p0, none))))));
        const imaginary = im(z + 32, child + 64, im(z + 16, child + 32, im(z, child, im(a + 32, p2, im(a + 16, p1, im(a, p0, none))))));
        put(out + k * 32, real, imaginary, running);
      }
    } else if (kind == TREE_ONE) {
      const p0 = voltage + <usize>load<u32>(record, 8);
      put(out, re(c + 16, child, re(c, p0, none)), im(c + 16, child, im(c, p0, none)), running);
    } else if (kind == TREE_TWO) {
      const p0 = voltage + <usize>load<u32>(record, 8);
      const p1 = voltage + <usize>load<u32>(record, 12);
      for (let k: usize = 0; k < 2; k++) {
        const a = c + k * 32;
        const z = a + 64;
        const real = re(z + 16, child + 32, re(z, child, re(a + 16, p1, re(a, p0, none))));
        const imaginary = im(z + 16, child + 32, im(z, child, im(a + 16, p1, im(a, p0, none))));
        put(out + k * 32, real, imaginary, running);
      }
    } else {
      const rows = <usize>load<u32>(record, 24);
      const columns = <usize>load<u32>(record, 28);
      const list = <usize>load<u32>(record, 8);
      const z = c + rows * columns * 16;
      for (let i: usize = 0; i < rows; i++) {
        let real = none;
        let imaginary = none;
        for (let k: usize = 0; k < columns; k++) {
          const parent = voltage + <usize>load<u32>(list + (k << 2));
          real = re(c + (i * columns + k) * 16, parent, real);
          imaginary = im(c + (i * columns + k) * 16, parent, imaginary);
        }
        for (let j: usize = 0; j < rows; j++) {
          real = re(z + (i * rows + j) * 16, child + j * 32, real);
          imaginary = im(z + (i * rows + j) * 16, child + j * 32, imaginary);
        }
        put(out + i * 32, real, imaginary, running);
      }
      if (kind == TREE_REFINED) refine(z + rows * rows * 16, z, rows, columns, list, child, out, voltage, running);
    }
    record += RECORD;
  }
}
