// LSTM over steps, forwards and backwards; see native/learning.h.
import {
  LSTM_CARRY,
  LSTM_CELLS,
  LSTM_COLUMNS,
  LSTM_GATES,
  LSTM_GATES_GRADIENT,
  LSTM_GATES_STRIDE,
  LSTM_HIDDEN,
  LSTM_OUTPUTS,
  LSTM_ROWS,
  LSTM_SQUASHED,
  LSTM_STARTS,
  LSTM_STEPS,
  LSTM_STRIDE,
  LSTM_UNITS,
  LSTM_WEIGHTS,
  START_SUM,
  START_ZERO,
} from '../../src/learning/tape-layout';
import { sigmoid, sigmoidSlope, tanh, tanhSlope } from './elementwise';
import { product } from './multiply';
import { add, BYTES, get, mul, put, splat, word } from './words';

/** Zeroes so many bytes, whole vectors. */
function clear(p: usize, bytes: usize): void {
  for (let at: usize = 0; at < bytes; at += BYTES) put(p + at, splat(0));
}

/** Zeroes rows that begin anew. */
function clearStarts(rows: usize, stride: usize, bytes: usize, starts: usize, count: usize): void {
  for (let r: usize = 0; r < count; r++) {
    if (load<f32>(starts + 4 * r) != 0) clear(rows + r * stride, bytes);
  }
}

export function lstmForward(instruction: usize): void {
  const rows = word(instruction, LSTM_ROWS);
  const columns = word(instruction, LSTM_COLUMNS);
  const stride = word(instruction, LSTM_STRIDE);
  const gatesStride = word(instruction, LSTM_GATES_STRIDE);
  const units = word(instruction, LSTM_UNITS);
  const steps = word(instruction, LSTM_STEPS);
  const width = columns * 4;
  const block = rows * stride;
  for (let t: usize = 0; t < steps; t++) {
    const gates = word(instruction, LSTM_GATES) + t * rows * gatesStride;
    const hidden = word(instruction, LSTM_HIDDEN) + t * block;
    const cells = word(instruction, LSTM_CELLS) + t * block;
    const squashed = word(instruction, LSTM_SQUASHED) + t * block;
    const outputs = word(instruction, LSTM_OUTPUTS) + t * block;
    const starts = word(instruction, LSTM_STARTS) + 4 * t * rows;
    clearStarts(hidden, stride, width, starts, rows);
    clearStarts(cells, stride, width, starts, rows);
    product(gates, gatesStride, hidden, stride, word(instruction, LSTM_WEIGHTS), units * 64, rows, 4 * columns, units, START_SUM, 0, false);
    for (let r: usize = 0; r < rows; r++) {
      for (let at: usize = 0; at < width; at += BYTES) {
        const gate = gates + r * gatesStride + at;
        const place = r * stride + at;
        const i = sigmoid(get(gate));
        const f = sigmoid(get(gate + width));
        const g = tanh(get(gate + 2 * width));
        const o = sigmoid(get(gate + 3 * width));
        const c = add(mul(f, get(cells + place)), mul(i, g));
        const s = tanh(c);
        const h = mul(o, s);
        put(gate, i);
        put(gate + width, f);
        put(gate + 2 * width, g);
        put(gate + 3 * width, o);
        put(cells + block + place, c);
        put(squashed + place, s);
        put(hidden + block + place, h);
        put(outputs + place, h);
      }
    }
  }
}

export function lstmBackward(instruction: usize): void {
  const rows = word(instruction, LSTM_ROWS);
  const columns = word(instruction, LSTM_COLUMNS);
  const stride = word(instruction, LSTM_STRIDE);
  const gatesStride = word(instruction, LSTM_GATES_STRIDE);
  const width = columns * 4;
  const block = rows * stride;
  const carryHidden = word(instruction, LSTM_CARRY);
  const carryCells = carryHidden + block;
  clear(carryHidden, 2 * block);
  for (let t = word(instruction, LSTM_STEPS); t > 0; ) {
    t--;
    const gates = word(instruction, LSTM_GATES) + t * rows * gatesStride;
    const gradient = word(instruction, LSTM_GATES_GRADIENT) + t * rows * gatesStride;
    const cells = word(instruction, LSTM_CELLS) + t * block;
    const squashed = word(instruction, LSTM_SQUASHED) + t * block;
    const outputs = word(instruction, LSTM_OUTPUTS) + t * block;
    const starts = word(instruction, LSTM_STARTS) + 4 * t * rows;
    for (let r: usize = 0; r < rows; r++) {
      for (let at: usize = 0; at < width; at += BYTES) {
        const gate = gates + r * gatesStride + at;
        const to = gradient + r * gatesStride + at;
        const place = r * stride + at;
        const i = get(gate);
        const f = get(gate + width);
        const g = get(gate + 2 * width);
        const o = get(gate + 3 * width);
        const s = get(squashed + place);
        const dh = add(get(outputs + place), get(carryHidden + place));
        const dc = add(get(carryCells + place), mul(mul(dh, o), tanhSlope(s)));
        put(to, mul(mul(dc, g), sigmoidSlope(i)));
        put(to + width, mul(mul(dc, get(cells + place)), sigmoidSlope(f)));
        put(to + 2 * width, mul(mul(dc, i), tanhSlope(g)));
        put(to + 3 * width, mul(mul(dh, s), sigmoidSlope(o)));
        put(carryCells + place, mul(dc, f));
      }
    }
    product(
      carryHidden,
      stride,
      gradient,
      gatesStride,
      word(instruction, LSTM_WEIGHTS),
      4 * columns * 64,
      rows,
      columns,
      4 * columns,
      START_ZERO,
      0,
      false,
    );
    clearStarts(carryHidden, stride, width, starts, rows);
    clearStarts(carryCells, stride, width, starts, rows);
  }
}
