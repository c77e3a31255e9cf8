/**
 * The learning kernels in plain TypeScript, one float at a time, each operation rounded to single precision: what the kernels are held against, and WebAssembly to
 * the bit. Order of operations as in native/learning.h and assembly/learning, without fused products.
 */
import type { Execute } from './learning-backend.js';
import * as L from './tape-layout.js';

const f = Math.fround;
const ABOVE = [1.3352921e-8, 2.0607869e-5, 3.4955174e-3, 1.3380967e-1, 1].map(f);
const BELOW = [7.7758568e-7, 3.2855169e-4, 2.5876718e-2, 4.6714282e-1, 1].map(f);

function horner(coefficients: readonly number[], z: number): number {
  let sum = coefficients[0];
  for (let k = 1; k < coefficients.length; k++) sum = f(f(sum * z) + coefficients[k]);
  return sum;
}

function tanh(x: number): number {
  const raised = x < -9 ? -9 : x;
  const clipped = raised > 9 ? 9 : raised;
  const z = f(clipped * clipped);
  const y = f(f(clipped * horner(ABOVE, z)) / horner(BELOW, z));
  return y < -1 ? -1 : y > 1 ? 1 : y;
}

const sigmoid = (x: number): number => f(f(0.5 * tanh(f(0.5 * x))) + 0.5);
const sigmoidSlope = (y: number): number => f(y * f(1 - y));
const tanhSlope = (y: number): number => f(1 - f(y * y));

/** x, or 0 where it is below the smallest normal number. */
const settled = (x: number): number => (Math.abs(x) >= 2 ** -126 ? x : 0);

/** f(x) of an activation. */
function activated(kind: number, slope: number, x: number): number {
  if (kind === L.ACTIVATION_RELU) return x < 0 ? 0 : x;
  if (kind === L.ACTIVATION_LEAKY) return x > 0 ? x : f(x * slope);
  if (kind === L.ACTIVATION_TANH) return tanh(x);
  return kind === L.ACTIVATION_SIGMOID ? sigmoid(x) : x;
}

/** dY f'(z), told from y = f(z). */
function derived(kind: number, slope: number, dy: number, y: number): number {
  if (kind === L.ACTIVATION_RELU) return y > 0 ? dy : 0;
  if (kind === L.ACTIVATION_LEAKY) return y > 0 ? dy : f(dy * slope);
  if (kind === L.ACTIVATION_TANH) return f(dy * tanhSlope(y));
  return kind === L.ACTIVATION_SIGMOID ? f(dy * sigmoidSlope(y)) : dy;
}

/** A memory as floats and words, addressed by bytes as in the tape. */
class Room {
  readonly floats: Float32Array;
  readonly words: Uint32Array;

  constructor(buffer: ArrayBuffer) {
    this.floats = new Float32Array(buffer);
    this.words = new Uint32Array(buffer);
  }

  /** C = start + A B; all in floats, not bytes. */
  product(c: number, cStride: number, a: number, aStride: number, b: number, bPanel: number, rows: number, columns: number, steps: number): void {
    const { floats } = this;
    for (let r = 0; r < rows; r++) {
      for (let j = 0; j < columns; j++) {
        const at = c + r * cStride + j;
        const column = b + (j >> 4) * bPanel + (j & 15);
        let sum = floats[at];
        for (let k = 0; k < steps; k++) sum = f(sum + f(floats[a + r * aStride + k] * floats[column + 16 * k]));
        floats[at] = sum;
      }
    }
  }

  /** Zeroes rows that begin anew. */
  clearStarts(from: number, stride: number, columns: number, starts: number, rows: number): void {
    for (let r = 0; r < rows; r++) {
      if (this.floats[starts + r] !== 0) this.floats.fill(0, from + r * stride, from + r * stride + columns);
    }
  }
}

/** One instruction: its words, addresses and distances in floats. */
class Instruction {
  constructor(
    readonly room: Room,
    readonly at: number,
  ) {}
  /** A count. */
  count(word: number): number {
    return this.room.words[this.at + word];
  }
  /** An address or a distance, in floats. */
  place(word: number): number {
    return this.room.words[this.at + word] / 4;
  }
  number(word: number): number {
    return this.room.floats[this.at + word];
  }
}

function multiply(of: Instruction): void {
  const { room } = of;
  const [c, stride, columns] = [of.place(L.MULTIPLY_C), of.place(L.MULTIPLY_C_STRIDE), of.count(L.MULTIPLY_COLUMNS)];
  const rows = of.count(L.MULTIPLY_ROWS);
  const start = of.count(L.MULTIPLY_START);
  for (let r = 0; r < rows && start !== L.START_SUM; r++) {
    for (let j = 0; j < columns; j++) room.floats[c + r * stride + j] = start === L.START_BIAS ? room.floats[of.place(L.MULTIPLY_BIAS) + j] : 0;
  }
  const [a, aStride] = [of.place(L.MULTIPLY_A), of.place(L.MULTIPLY_A_STRIDE)];
  room.product(c, stride, a, aStride, of.place(L.MULTIPLY_B), of.place(L.MULTIPLY_B_PANEL), rows, columns, of.count(L.MULTIPLY_STEPS));
  for (let r = 0; r < rows && of.count(L.MULTIPLY_RELU) !== 0; r++) {
    for (let j = 0; j < columns; j++) room.floats[c + r * stride + j] = activated(L.ACTIVATION_RELU, 0, room.floats[c + r * stride + j]);
  }
}

function outer(of: Instruction): void {
  const { floats } = of.room;
  const [c, a, aStride, b, bStride] = [L.OUTER_C, L.OUTER_A, L.OUTER_A_STRIDE, L.OUTER_B, L.OUTER_B_STRIDE].map((word) => of.place(word));
  const [rows, columns, steps] = [L.OUTER_ROWS, L.OUTER_COLUMNS, L.OUTER_STEPS].map((word) => of.count(word));
  for (let r = 0; r < rows; r++) {
    for (let j = 0; j < columns; j++) {
      const at = c + (j >> 4) * rows * 16 + r * 16 + (j & 15);
      let sum = floats[at];
      for (let k = 0; k < steps; k++) sum = f(sum + f(floats[a + k * aStride + r] * floats[b + k * bStride + j]));
      floats[at] = sum;
    }
  }
}

function activate(of: Instruction): void {
  const { floats } = of.room;
  const [y, stride, kind, slope] = [of.place(L.ACTIVATE_Y), of.place(L.ACTIVATE_STRIDE), of.count(L.ACTIVATE_KIND), of.number(L.ACTIVATE_SLOPE)];
  for (let r = 0; r < of.count(L.ACTIVATE_ROWS); r++) {
    for (let j = 0; j < of.count(L.ACTIVATE_COLUMNS); j++) floats[y + r * stride + j] = activated(kind, slope, floats[y + r * stride + j]);
  }
}

function derive(of: Instruction): void {
  const { floats } = of.room;
  const [dy, dyStride, y, yStride] = [L.DERIVE_DY, L.DERIVE_DY_STRIDE, L.DERIVE_Y, L.DERIVE_Y_STRIDE].map((word) => of.place(word));
  const [bias, kind, slope] = [of.place(L.DERIVE_BIAS), of.count(L.DERIVE_KIND), of.number(L.DERIVE_SLOPE)];
  for (let r = 0; r < of.count(L.DERIVE_ROWS); r++) {
    for (let j = 0; j < of.count(L.DERIVE_COLUMNS); j++) {
      const dz = derived(kind, slope, floats[dy + r * dyStride + j], floats[y + r * yStride + j]);
      floats[dy + r * dyStride + j] = dz;
      if (bias !== 0) floats[bias + j] = f(floats[bias + j] + dz);
    }
  }
}

function transpose(of: Instruction): void {
  const { floats } = of.room;
  const [from, to, rows, panels] = [of.place(L.TRANSPOSE_FROM), of.place(L.TRANSPOSE_TO), of.count(L.TRANSPOSE_ROWS), of.count(L.TRANSPOSE_PANELS)];
  const filled = 16 * Math.ceil(rows / 16);
  for (let column = 0; column < 16 * panels; column++) {
    for (let r = 0; r < filled; r++) {
      const value = r < rows ? floats[from + (column >> 4) * rows * 16 + r * 16 + (column & 15)] : 0;
      floats[to + (r >> 4) * panels * 256 + column * 16 + (r & 15)] = value;
    }
  }
}

function copy(of: Instruction): void {
  const { floats } = of.room;
  const columns = of.count(L.COPY_COLUMNS);
  for (let r = 0; r < of.count(L.COPY_ROWS); r++) {
    const from = of.place(L.COPY_FROM) + r * of.place(L.COPY_FROM_STRIDE);
    floats.copyWithin(of.place(L.COPY_TO) + r * of.place(L.COPY_TO_STRIDE), from, from + columns);
  }
}

function lstmForward(of: Instruction): void {
  const { room } = of;
  const { floats } = room;
  const [rows, columns, units] = [of.count(L.LSTM_ROWS), of.count(L.LSTM_COLUMNS), of.count(L.LSTM_UNITS)];
  const [stride, gatesStride] = [of.place(L.LSTM_STRIDE), of.place(L.LSTM_GATES_STRIDE)];
  const block = rows * stride;
  for (let t = 0; t < of.count(L.LSTM_STEPS); t++) {
    const gates = of.place(L.LSTM_GATES) + t * rows * gatesStride;
    const [hidden, cells, squashed, outputs] = [L.LSTM_HIDDEN, L.LSTM_CELLS, L.LSTM_SQUASHED, L.LSTM_OUTPUTS].map(
      (word) => of.place(word) + t * block,
    );
    const starts = of.place(L.LSTM_STARTS) + t * rows;
    room.clearStarts(hidden, stride, columns, starts, rows);
    room.clearStarts(cells, stride, columns, starts, rows);
    room.product(gates, gatesStride, hidden, stride, of.place(L.LSTM_WEIGHTS), 16 * units, rows, 4 * columns, units);
    for (let r = 0; r < rows; r++) {
      for (let u = 0; u < columns; u++) {
        const gate = gates + r * gatesStride + u;
        const place = r * stride + u;
        const i = sigmoid(floats[gate]);
        const forget = sigmoid(floats[gate + columns]);
        const g = tanh(floats[gate + 2 * columns]);
        const o = sigmoid(floats[gate + 3 * columns]);
        const c = f(f(forget * floats[cells + place]) + f(i * g));
        const s = tanh(c);
        const h = f(o * s);
        floats[gate] = i;
        floats[gate + columns] = forget;
        floats[gate + 2 * columns] = g;
        floats[gate + 3 * columns] = o;
        floats[cells + block + place] = c;
        floats[squashed + place] = s;
        floats[hidden + block + place] = h;
        floats[outputs + place] = h;
      }
    }
  }
}

function lstmBackward(of: Instruction): void {
  const { room } = of;
  const { floats } = room;
  const [rows, columns] = [of.count(L.LSTM_ROWS), of.count(L.LSTM_COLUMNS)];
  const [stride, gatesStride, carryHidden] = [of.place(L.LSTM_STRIDE), of.place(L.LSTM_GATES_STRIDE), of.place(L.LSTM_CARRY)];
  const block = rows * stride;
  const carryCells = carryHidden + block;
  floats.fill(0, carryHidden, carryHidden + 2 * block);
  for (let t = of.count(L.LSTM_STEPS) - 1; t >= 0; t--) {
    const [gates, gradient] = [L.LSTM_GATES, L.LSTM_GATES_GRADIENT].map((word) => of.place(word) + t * rows * gatesStride);
    const [cells, squashed, outputs] = [L.LSTM_CELLS, L.LSTM_SQUASHED, L.LSTM_OUTPUTS].map((word) => of.place(word) + t * block);
    const starts = of.place(L.LSTM_STARTS) + t * rows;
    for (let r = 0; r < rows; r++) {
      for (let u = 0; u < columns; u++) {
        const [gate, to, place] = [gates + r * gatesStride + u, gradient + r * gatesStride + u, r * stride + u];
        const [i, forget, g, o] = [floats[gate], floats[gate + columns], floats[gate + 2 * columns], floats[gate + 3 * columns]];
        const s = floats[squashed + place];
        const dh = f(floats[outputs + place] + floats[carryHidden + place]);
        const dc = f(floats[carryCells + place] + f(f(dh * o) * tanhSlope(s)));
        floats[to] = f(f(dc * g) * sigmoidSlope(i));
        floats[to + columns] = f(f(dc * floats[cells + place]) * sigmoidSlope(forget));
        floats[to + 2 * columns] = f(f(dc * i) * tanhSlope(g));
        floats[to + 3 * columns] = f(f(dh * s) * sigmoidSlope(o));
        floats[carryCells + place] = f(dc * forget);
      }
    }
    for (let r = 0; r < rows; r++) floats.fill(0, carryHidden + r * stride, carryHidden + r * stride + columns);
    room.product(carryHidden, stride, gradient, gatesStride, of.place(L.LSTM_WEIGHTS), 64 * columns, rows, columns, 4 * columns);
    room.clearStarts(carryHidden, stride, columns, starts, rows);
    room.clearStarts(carryCells, stride, columns, starts, rows);
  }
}

function squares(of: Instruction): void {
  const { floats } = of.room;
  const [from, to] = [of.place(L.SQUARES_FROM), of.place(L.SQUARES_TO)];
  const sums = new Float32Array(L.PARTIAL_SUMS);
  for (let k = 0; k < of.count(L.SQUARES_COUNT); k++) sums[k % L.PARTIAL_SUMS] += f(floats[from + k] * floats[from + k]);
  floats.set(sums, to);
}

function optimise(of: Instruction, isAdam: boolean): void {
  const { floats } = of.room;
  const [parameters, gradients, first, second] = [L.OPTIMISE_PARAMETERS, L.OPTIMISE_GRADIENTS, L.OPTIMISE_FIRST, L.OPTIMISE_SECOND].map((word) =>
    of.place(word),
  );
  const [scale, rate, firstDecay, firstRest] = [L.OPTIMISE_SCALE, L.OPTIMISE_RATE, L.OPTIMISE_FIRST_DECAY, L.OPTIMISE_FIRST_REST].map((word) =>
    of.number(word),
  );
  const [secondDecay, secondRest, root, epsilon] = [L.OPTIMISE_SECOND_DECAY, L.OPTIMISE_SECOND_REST, L.OPTIMISE_ROOT, L.OPTIMISE_EPSILON].map(
    (word) => of.number(word),
  );
  const isInside = of.count(L.OPTIMISE_EPSILON_INSIDE) !== 0;
  for (let k = 0; k < of.count(L.OPTIMISE_COUNT); k++) {
    const g = f(floats[gradients + k] * scale);
    const squared = settled(f(f(secondDecay * floats[second + k]) + f(secondRest * f(g * g))));
    floats[second + k] = squared;
    const old = f(firstDecay * floats[first + k]);
    const size = f(Math.sqrt(squared));
    const below = isAdam ? f(f(size * root) + epsilon) : isInside ? f(Math.sqrt(f(squared + epsilon))) : f(size + epsilon);
    const mean = settled(f(old + (isAdam ? f(firstRest * g) : f(f(rate * g) / below))));
    floats[first + k] = mean;
    floats[parameters + k] = f(floats[parameters + k] - (isAdam ? f(f(rate * mean) / below) : mean));
    floats[gradients + k] = 0;
  }
}

function blend(of: Instruction): void {
  const { floats } = of.room;
  const [from, to, share] = [of.place(L.BLEND_FROM), of.place(L.BLEND_TO), of.number(L.BLEND_SHARE)];
  for (let k = 0; k < of.count(L.BLEND_COUNT); k++) floats[to + k] = f(floats[to + k] + f(share * f(floats[from + k] - floats[to + k])));
}

const OPERATIONS: Record<number, (of: Instruction) => void> = {
  [L.OP_MULTIPLY]: multiply,
  [L.OP_OUTER]: outer,
  [L.OP_ACTIVATE]: activate,
  [L.OP_DERIVE]: derive,
  [L.OP_TRANSPOSE]: transpose,
  [L.OP_COPY]: copy,
  [L.OP_LSTM_FORWARD]: lstmForward,
  [L.OP_LSTM_BACKWARD]: lstmBackward,
  [L.OP_SQUARES]: squares,
  [L.OP_ADAM]: (of) => optimise(of, true),
  [L.OP_RMSPROP]: (of) => optimise(of, false),
  [L.OP_BLEND]: blend,
};

/** Binds the reference to a memory. */
export function referenceExecute(memory: WebAssembly.Memory): Execute {
  const room = new Room(memory.buffer);
  return (tape, count) => {
    for (let k = 0; k < count; k++) {
      const of = new Instruction(room, tape / 4 + k * L.TAPE_WORDS);
      OPERATIONS[of.count(0)](of);
    }
  };
}
