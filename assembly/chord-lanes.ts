// Blocks of the chord tree whose transformers have taps of each lane's own.
//
// A block c with lane taps hangs on its parent p by transformers with matrices M(t) = u0 + u1/t + u2/t^2 over (c, p). With Yd the block's own matrix and all
// below it, each lane has
//   Z = (Yd + M_cc)^-1,  A = -Z M_cp,  B = -M_pc Z,  and the parent sees S = M_pp + M_pc A.
// The parent's matrix, shared by all lanes, holds S at the base case's taps; what a lane sees beyond that, E = S - S_base, is taken as current -E V_p of the
// iteration. Values of a block of lanes stand as [B, A, Z, E][row][column][rr, ri, ir, ii][W]. Which entries of the matrices there are says the block's program
// (lane-program.ts).
import {
  FIELD_LANE_COUNT,
  FIELD_LANE_RECORDS,
  FIELD_LANE_SCRATCH,
  FIELD_LANE_STRIDE,
  FIELD_LANE_UNITS,
  FIELD_LANE_VALUES,
  FIELD_TAPS,
  LANE_RECORD,
} from '../src/powerflow/kernel-layout';
import * as v from './lanes';
import { field } from './legs';

const RECORD: usize = LANE_RECORD * 4;
/** Bytes of one 2x2 entry in all lanes. */
const ENTRY: usize = 64;

/** Where a block of lanes has its values. */
export function laneValues(layout: usize, block: i32): usize {
  return field(layout, FIELD_LANE_VALUES) + <usize>block * field(layout, FIELD_LANE_STRIDE);
}

/** out += a b (2x2 entries in lanes) times sign. */
function accumulate(out: usize, a: usize, b: usize, minus: bool): void {
  const aa = v.load(a);
  const ab = v.load(a + 16);
  const ac = v.load(a + 32);
  const ad = v.load(a + 48);
  const ba = v.load(b);
  const bb = v.load(b + 16);
  const bc = v.load(b + 32);
  const bd = v.load(b + 48);
  const ra = v.add(v.mul(aa, ba), v.mul(ab, bc));
  const rb = v.add(v.mul(aa, bb), v.mul(ab, bd));
  const rc = v.add(v.mul(ac, ba), v.mul(ad, bc));
  const rd = v.add(v.mul(ac, bb), v.mul(ad, bd));
  if (minus) {
    v.store(out, v.sub(v.load(out), ra));
    v.store(out + 16, v.sub(v.load(out + 16), rb));
    v.store(out + 32, v.sub(v.load(out + 32), rc));
    v.store(out + 48, v.sub(v.load(out + 48), rd));
  } else {
    v.store(out, v.add(v.load(out), ra));
    v.store(out + 16, v.add(v.load(out + 16), rb));
    v.store(out + 32, v.add(v.load(out + 32), rc));
    v.store(out + 48, v.add(v.load(out + 48), rd));
  }
}

/** Inverse of one 2x2 entry, in place. */
function invertEntry(at: usize): void {
  const a = v.load(at);
  const b = v.load(at + 16);
  const c = v.load(at + 32);
  const d = v.load(at + 48);
  const r = v.div(v.splat(1.0), v.sub(v.mul(a, d), v.mul(b, c)));
  const none = v.splat(0.0);
  v.store(at, v.mul(d, r));
  v.store(at + 16, v.sub(none, v.mul(b, r)));
  v.store(at + 32, v.sub(none, v.mul(c, r)));
  v.store(at + 48, v.mul(a, r));
}

/** Replaces an m x m matrix by its inverse, by block elimination in place; `hold` has room for one entry. */
function invertBlock(matrix: usize, m: usize, hold: usize): void {
  for (let k: usize = 0; k < m; k++) {
    const pivot = matrix + (k * m + k) * ENTRY;
    invertEntry(pivot);
    for (let j: usize = 0; j < m; j++) {
      if (j == k) continue;
      const at = matrix + (k * m + j) * ENTRY;
      memory.fill(hold, 0, ENTRY);
      accumulate(hold, pivot, at, false);
      memory.copy(at, hold, ENTRY);
    }
    for (let i: usize = 0; i < m; i++) {
      if (i == k) continue;
      const factor = matrix + (i * m + k) * ENTRY;
      for (let j: usize = 0; j < m; j++) {
        if (j != k) accumulate(matrix + (i * m + j) * ENTRY, factor, matrix + (k * m + j) * ENTRY, true);
      }
      memory.fill(hold, 0, ENTRY);
      accumulate(hold, factor, pivot, true);
      memory.copy(factor, hold, ENTRY);
    }
  }
}

/** Makes the values of one block of lanes from its taps. */
export function setUpLanes(layout: usize, block: i32, lanes: usize): void {
  const count = field(layout, FIELD_LANE_COUNT);
  const values = laneValues(layout, block);
  const units = field(layout, FIELD_LANE_UNITS);
  const taps = field(layout, FIELD_TAPS) + <usize>block * units * lanes * 8;
  const matrix = field(layout, FIELD_LANE_SCRATCH);
  const one = v.splat(1.0);
  let record = field(layout, FIELD_LANE_RECORDS);
  for (let c: usize = 0; c < count; c++) {
    const m = <usize>load<u32>(record);
    const q = <usize>load<u32>(record, 4);
    const first = taps + <usize>load<u32>(record, 8) * lanes * 8;
    let data = <usize>load<u32>(record, 16);
    let word = <usize>load<u32>(record, 28);
    const b = values + <usize>load<u32>(record, 20);
    const a = b + q * m * ENTRY;
    const z = a + m * q * ENTRY;
    const e = z + m * m * ENTRY;
    memory.fill(b, 0, 2 * m * q * ENTRY);
    memory.fill(e, 0, q * q * ENTRY);
    const entries = load<u32>(word);
    word += 4;
    for (let entry: u32 = 0; entry < entries; entry++) {
      const place = load<i32>(word);
      const parts = load<u32>(word, 4);
      word += 8;
      let rr = v.spread(data);
      let ri = v.spread(data + 8);
      let ir = v.spread(data + 16);
      let ii = v.spread(data + 24);
      data += 32;
      for (let part: u32 = 0; part < parts; part++) {
        const x = v.div(one, v.load(first + <usize>load<u32>(word) * lanes * 8));
        const real = v.add(v.spread(data), v.mul(x, v.add(v.spread(data + 16), v.mul(x, v.spread(data + 32)))));
        const imaginary = v.add(v.spread(data + 8), v.mul(x, v.add(v.spread(data + 24), v.mul(x, v.spread(data + 40)))));
        rr = v.add(rr, real);
        ri = v.sub(ri, imaginary);
        ir = v.add(ir, imaginary);
        ii = v.add(ii, real);
        word += 4;
        data += 48;
      }
      const at = place < 0 ? matrix + <usize>(-1 - place) * ENTRY : b + <usize>place * ENTRY;
      v.store(at, rr);
      v.storeAt(at, ri, 16);
      v.storeAt(at, ir, 32);
      v.storeAt(at, ii, 48);
    }
    invertBlock(z, m, matrix + 2 * m * q * ENTRY);
    const couplings = <usize>load<u32>(word);
    word += 4;
    for (let coupling: usize = 0; coupling < couplings; coupling++) {
      const k = <usize>load<u32>(word + (coupling << 3));
      const j = <usize>load<u32>(word + (coupling << 3), 4);
      const down = matrix + 2 * coupling * ENTRY;
      for (let i: usize = 0; i < m; i++) {
        accumulate(a + (i * q + j) * ENTRY, z + (i * m + k) * ENTRY, down, true);
        accumulate(b + (j * m + i) * ENTRY, down + ENTRY, z + (k * m + i) * ENTRY, true);
      }
    }
    for (let coupling: usize = 0; coupling < couplings; coupling++) {
      const k = <usize>load<u32>(word + (coupling << 3));
      const i = <usize>load<u32>(word + (coupling << 3), 4);
      const up = matrix + (2 * coupling + 1) * ENTRY;
      for (let j: usize = 0; j < q; j++) accumulate(e + (i * q + j) * ENTRY, up, a + (k * q + j) * ENTRY, false);
    }
    record += RECORD;
  }
}

/** Adds -E V_p at the parents' nodes to the injections of a block of lanes. */
export function laneInjections(layout: usize, values: usize, voltage: usize, injection: usize): void {
  const count = field(layout, FIELD_LANE_COUNT);
  let record = field(layout, FIELD_LANE_RECORDS);
  for (let c: usize = 0; c < count; c++) {
    const m = <usize>load<u32>(record);
    const q = <usize>load<u32>(record, 4);
    const list = <usize>load<u32>(record, 24);
    const e = values + <usize>load<u32>(record, 20) + (2 * m * q + m * m) * ENTRY;
    for (let i: usize = 0; i < q; i++) {
      const at = injection + <usize>load<u32>(list + (i << 2));
      let real = v.load(at);
      let imaginary = v.load(at + 16);
      for (let j: usize = 0; j < q; j++) {
        const x = voltage + <usize>load<u32>(list + (j << 2));
        const entry = e + (i * q + j) * ENTRY;
        const xr = v.load(x);
        const xi = v.load(x + 16);
        real = v.sub(real, v.add(v.mul(v.load(entry), xr), v.mul(v.load(entry + 16), xi)));
        imaginary = v.sub(imaginary, v.add(v.mul(v.load(entry + 32), xr), v.mul(v.load(entry + 48), xi)));
      }
      v.store(at, real);
      v.store(at + 16, imaginary);
    }
    record += RECORD;
  }
}

/** J_p += B J_c at one block. */
export function laneBackward(record: usize, values: usize, work: usize): void {
  const child = work + <usize>load<u32>(record, 4);
  const list = <usize>load<u32>(record, 8);
  const b = values + <usize>load<u32>(record, 20);
  const rows = <usize>load<u32>(record, 24);
  const columns = <usize>load<u32>(record, 28);
  for (let k: usize = 0; k < columns; k++) {
    const at = work + <usize>load<u32>(list + (k << 2));
    let real = v.load(at);
    let imaginary = v.load(at + 16);
    for (let i: usize = 0; i < rows; i++) {
      const entry = b + (k * rows + i) * ENTRY;
      const xr = v.load(child + i * 32);
      const xi = v.load(child + i * 32 + 16);
      real = v.add(real, v.add(v.mul(v.load(entry), xr), v.mul(v.load(entry + 16), xi)));
      imaginary = v.add(imaginary, v.add(v.mul(v.load(entry + 32), xr), v.mul(v.load(entry + 48), xi)));
    }
    v.store(at, real);
    v.store(at + 16, imaginary);
  }
}

/** V_c = A V_p + Z J_c at one block; lanes that do not run keep theirs. */
export function laneForward(record: usize, values: usize, work: usize, voltage: usize, running: v128): void {
  const offset = <usize>load<u32>(record, 4);
  const list = <usize>load<u32>(record, 8);
  const rows = <usize>load<u32>(record, 24);
  const columns = <usize>load<u32>(record, 28);
  const a = values + <usize>load<u32>(record, 20) + rows * columns * ENTRY;
  const z = a + rows * columns * ENTRY;
  for (let i: usize = 0; i < rows; i++) {
    let real = v.splat(0.0);
    let imaginary = v.splat(0.0);
    for (let k: usize = 0; k < columns + rows; k++) {
      const entry = k < columns ? a + (i * columns + k) * ENTRY : z + (i * rows + k - columns) * ENTRY;
      const x = k < columns ? voltage + <usize>load<u32>(list + (k << 2)) : work + offset + (k - columns) * 32;
      const xr = v.load(x);
      const xi = v.load(x + 16);
      real = v.add(real, v.add(v.mul(v.load(entry), xr), v.mul(v.load(entry + 16), xi)));
      imaginary = v.add(imaginary, v.add(v.mul(v.load(entry + 32), xr), v.mul(v.load(entry + 48), xi)));
    }
    const out = voltage + offset + i * 32;
    v.store(out, v.select(real, v.load(out), running));
    v.store(out + 16, v.select(imaginary, v.load(out + 16), running));
  }
}
