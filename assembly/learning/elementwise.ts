// What goes number by number: activations and their slopes, transposing, copying, LSTM cells, optimisers. No result depends on the lanes; see native/learning.h.
import {
  ACTIVATE_COLUMNS,
  ACTIVATE_KIND,
  ACTIVATE_ROWS,
  ACTIVATE_SLOPE,
  ACTIVATE_STRIDE,
  ACTIVATE_Y,
  ACTIVATION_LEAKY,
  ACTIVATION_RELU,
  ACTIVATION_SIGMOID,
  ACTIVATION_TANH,
  BLEND_COUNT,
  BLEND_FROM,
  BLEND_SHARE,
  BLEND_TO,
  COPY_COLUMNS,
  COPY_FROM,
  COPY_FROM_STRIDE,
  COPY_ROWS,
  COPY_TO,
  COPY_TO_STRIDE,
  DERIVE_BIAS,
  DERIVE_COLUMNS,
  DERIVE_DY,
  DERIVE_DY_STRIDE,
  DERIVE_KIND,
  DERIVE_ROWS,
  DERIVE_SLOPE,
  DERIVE_Y,
  DERIVE_Y_STRIDE,
  OPTIMISE_COUNT,
  OPTIMISE_EPSILON,
  OPTIMISE_EPSILON_INSIDE,
  OPTIMISE_FIRST,
  OPTIMISE_FIRST_DECAY,
  OPTIMISE_FIRST_REST,
  OPTIMISE_GRADIENTS,
  OPTIMISE_PARAMETERS,
  OPTIMISE_RATE,
  OPTIMISE_ROOT,
  OPTIMISE_SCALE,
  OPTIMISE_SECOND,
  OPTIMISE_SECOND_DECAY,
  OPTIMISE_SECOND_REST,
  SQUARES_COUNT,
  SQUARES_FROM,
  SQUARES_TO,
  TRANSPOSE_FROM,
  TRANSPOSE_PANELS,
  TRANSPOSE_ROWS,
  TRANSPOSE_TO,
} from '../../src/learning/tape-layout';
import { add, atLeast, atMost, BYTES, div, get, mul, number, panelBytes, put, root, settled, splat, sub, where, word } from './words';

/** x P(x^2) / Q(x^2), |x| <= 9: within 4e-7 of the hyperbolic tangent. */
export function tanh(x: v128): v128 {
  const clipped = atMost(atLeast(x, splat(-9.0)), splat(9.0));
  const z = mul(clipped, clipped);
  let above = splat(1.3352921e-8);
  above = add(mul(above, z), splat(2.0607869e-5));
  above = add(mul(above, z), splat(3.4955174e-3));
  above = add(mul(above, z), splat(1.3380967e-1));
  above = add(mul(above, z), splat(1.0));
  let below = splat(7.7758568e-7);
  below = add(mul(below, z), splat(3.2855169e-4));
  below = add(mul(below, z), splat(2.5876718e-2));
  below = add(mul(below, z), splat(4.6714282e-1));
  below = add(mul(below, z), splat(1.0));
  return atMost(atLeast(div(mul(clipped, above), below), splat(-1.0)), splat(1.0));
}

export function sigmoid(x: v128): v128 {
  return add(mul(splat(0.5), tanh(mul(x, splat(0.5)))), splat(0.5));
}

/** y (1 - y). */
export function sigmoidSlope(y: v128): v128 {
  return mul(y, sub(splat(1.0), y));
}

/** 1 - y^2. */
export function tanhSlope(y: v128): v128 {
  return sub(splat(1.0), mul(y, y));
}

export function activate(instruction: usize): void {
  const kind = word(instruction, ACTIVATE_KIND);
  const stride = word(instruction, ACTIVATE_STRIDE);
  const bytes = panelBytes(word(instruction, ACTIVATE_COLUMNS));
  const slope = splat(number(instruction, ACTIVATE_SLOPE));
  let y = word(instruction, ACTIVATE_Y);
  for (let rows = word(instruction, ACTIVATE_ROWS); rows > 0; rows--) {
    const end = y + bytes;
    if (kind == ACTIVATION_RELU) {
      for (let p = y; p < end; p += BYTES) put(p, atLeast(get(p), splat(0)));
    } else if (kind == ACTIVATION_LEAKY) {
      for (let p = y; p < end; p += BYTES) put(p, where(get(p), get(p), mul(get(p), slope)));
    } else if (kind == ACTIVATION_TANH) {
      for (let p = y; p < end; p += BYTES) put(p, tanh(get(p)));
    } else if (kind == ACTIVATION_SIGMOID) {
      for (let p = y; p < end; p += BYTES) put(p, sigmoid(get(p)));
    }
    y += stride;
  }
}

export function derive(instruction: usize): void {
  const kind = word(instruction, DERIVE_KIND);
  const bias = word(instruction, DERIVE_BIAS);
  const bytes = panelBytes(word(instruction, DERIVE_COLUMNS));
  const slope = splat(number(instruction, DERIVE_SLOPE));
  let dy = word(instruction, DERIVE_DY);
  let y = word(instruction, DERIVE_Y);
  for (let rows = word(instruction, DERIVE_ROWS); rows > 0; rows--) {
    if (kind == ACTIVATION_RELU) {
      for (let at: usize = 0; at < bytes; at += BYTES) put(dy + at, where(get(y + at), get(dy + at), splat(0)));
    } else if (kind == ACTIVATION_LEAKY) {
      for (let at: usize = 0; at < bytes; at += BYTES) put(dy + at, where(get(y + at), get(dy + at), mul(get(dy + at), slope)));
    } else if (kind == ACTIVATION_TANH) {
      for (let at: usize = 0; at < bytes; at += BYTES) put(dy + at, mul(get(dy + at), tanhSlope(get(y + at))));
    } else if (kind == ACTIVATION_SIGMOID) {
      for (let at: usize = 0; at < bytes; at += BYTES) put(dy + at, mul(get(dy + at), sigmoidSlope(get(y + at))));
    }
    if (bias != 0) {
      for (let at: usize = 0; at < bytes; at += BYTES) put(bias + at, add(get(bias + at), get(dy + at)));
    }
    dy += word(instruction, DERIVE_DY_STRIDE);
    y += word(instruction, DERIVE_Y_STRIDE);
  }
}

export function transpose(instruction: usize): void {
  const rows = word(instruction, TRANSPOSE_ROWS);
  const panels = word(instruction, TRANSPOSE_PANELS);
  const toPanel = panels * 16 * 64;
  const filled = ((rows + 15) / 16) * 16;
  for (let p: usize = 0; p < panels; p++) {
    const from = word(instruction, TRANSPOSE_FROM) + p * rows * 64;
    const to = word(instruction, TRANSPOSE_TO) + p * 16 * 64;
    let r: usize = 0;
    for (; r + 4 <= rows; r += 4) {
      const at = to + (r >> 4) * toPanel + (r & 15) * 4;
      for (let c: usize = 0; c < 16; c += 4) transposeFour(from + r * 64 + 4 * c, at + c * 64);
    }
    for (; r < filled; r++) {
      const at = to + (r >> 4) * toPanel + (r & 15) * 4;
      for (let c: usize = 0; c < 16; c++) store<f32>(at + c * 64, r < rows ? load<f32>(from + r * 64 + 4 * c) : 0);
    }
  }
}

/** Transposes 4 by 4 floats between rows of panels. */
function transposeFour(from: usize, to: usize): void {
  const a = v128.load(from);
  const b = v128.load(from, 64);
  const c = v128.load(from, 128);
  const d = v128.load(from, 192);
  const ab = i32x4.shuffle(a, b, 0, 4, 1, 5);
  const abRest = i32x4.shuffle(a, b, 2, 6, 3, 7);
  const cd = i32x4.shuffle(c, d, 0, 4, 1, 5);
  const cdRest = i32x4.shuffle(c, d, 2, 6, 3, 7);
  v128.store(to, i32x4.shuffle(ab, cd, 0, 1, 4, 5));
  v128.store(to, i32x4.shuffle(ab, cd, 2, 3, 6, 7), 64);
  v128.store(to, i32x4.shuffle(abRest, cdRest, 0, 1, 4, 5), 128);
  v128.store(to, i32x4.shuffle(abRest, cdRest, 2, 3, 6, 7), 192);
}

export function copy(instruction: usize): void {
  const bytes = word(instruction, COPY_COLUMNS) * 4;
  let from = word(instruction, COPY_FROM);
  let to = word(instruction, COPY_TO);
  for (let rows = word(instruction, COPY_ROWS); rows > 0; rows--) {
    let at: usize = 0;
    for (; at + BYTES <= bytes; at += BYTES) put(to + at, get(from + at));
    for (; at < bytes; at += 4) store<f32>(to + at, load<f32>(from + at));
    from += word(instruction, COPY_FROM_STRIDE);
    to += word(instruction, COPY_TO_STRIDE);
  }
}

export function squares(instruction: usize): void {
  let a = splat(0);
  let b = splat(0);
  let c = splat(0);
  let d = splat(0);
  let p = word(instruction, SQUARES_FROM);
  for (let k = word(instruction, SQUARES_COUNT) / 16; k > 0; k--) {
    a = add(a, mul(get(p), get(p)));
    b = add(b, mul(get(p + 16), get(p + 16)));
    c = add(c, mul(get(p + 32), get(p + 32)));
    d = add(d, mul(get(p + 48), get(p + 48)));
    p += 64;
  }
  const to = word(instruction, SQUARES_TO);
  put(to, a);
  put(to + 16, b);
  put(to + 32, c);
  put(to + 48, d);
}

/** One step of Adam, else of RMSProp. */
export function optimise(instruction: usize, isAdam: bool): void {
  const parameters = word(instruction, OPTIMISE_PARAMETERS);
  const gradients = word(instruction, OPTIMISE_GRADIENTS);
  const first = word(instruction, OPTIMISE_FIRST);
  const second = word(instruction, OPTIMISE_SECOND);
  const bytes = word(instruction, OPTIMISE_COUNT) * 4;
  const scale = splat(number(instruction, OPTIMISE_SCALE));
  const rate = splat(number(instruction, OPTIMISE_RATE));
  const firstDecay = splat(number(instruction, OPTIMISE_FIRST_DECAY));
  const firstRest = splat(number(instruction, OPTIMISE_FIRST_REST));
  const secondDecay = splat(number(instruction, OPTIMISE_SECOND_DECAY));
  const secondRest = splat(number(instruction, OPTIMISE_SECOND_REST));
  const rootScale = splat(number(instruction, OPTIMISE_ROOT));
  const epsilon = splat(number(instruction, OPTIMISE_EPSILON));
  const isInside = word(instruction, OPTIMISE_EPSILON_INSIDE) != 0;
  for (let at: usize = 0; at < bytes; at += BYTES) {
    const g = mul(get(gradients + at), scale);
    const squared = settled(add(mul(secondDecay, get(second + at)), mul(secondRest, mul(g, g))));
    put(second + at, squared);
    let mean: v128;
    let step: v128;
    if (isAdam) {
      mean = settled(add(mul(firstDecay, get(first + at)), mul(firstRest, g)));
      step = div(mul(rate, mean), add(mul(root(squared), rootScale), epsilon));
    } else {
      const below = isInside ? root(add(squared, epsilon)) : add(root(squared), epsilon);
      mean = settled(add(mul(firstDecay, get(first + at)), div(mul(rate, g), below)));
      step = mean;
    }
    put(first + at, mean);
    put(parameters + at, sub(get(parameters + at), step));
    put(gradients + at, splat(0));
  }
}

export function blend(instruction: usize): void {
  const from = word(instruction, BLEND_FROM);
  const to = word(instruction, BLEND_TO);
  const bytes = word(instruction, BLEND_COUNT) * 4;
  const share = splat(number(instruction, BLEND_SHARE));
  for (let at: usize = 0; at < bytes; at += BYTES) put(to + at, add(get(to + at), mul(share, sub(get(from + at), get(to + at)))));
}
