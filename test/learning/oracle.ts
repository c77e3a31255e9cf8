/** Networks in double precision, forwards only, written apart from the product: what gradients are held against by finite differences. */
import type { CompleteSpec, ForwardOptions } from '../../src/learning/index.js';

const FUNCTIONS = {
  linear: (x: number) => x,
  relu: (x: number) => Math.max(x, 0),
  'leaky-relu': (x: number, slope: number) => (x > 0 ? x : slope * x),
  tanh: (x: number) => Math.tanh(x),
  sigmoid: (x: number) => 1 / (1 + Math.exp(-x)),
};

/** x W + b for one row. */
function affine(x: ArrayLike<number>, weights: ArrayLike<number>, bias: ArrayLike<number>): number[] {
  return Array.from(bias, (b, j) => {
    let sum = b;
    for (let i = 0; i < x.length; i++) sum += x[i] * weights[i * bias.length + j];
    return sum;
  });
}

/** Outputs [row][output] and states [environment][stateSize] of a network with these parameters. */
export function oracleForward(
  spec: CompleteSpec,
  parameters: ArrayLike<number>,
  inputs: ArrayLike<number>,
  { steps = 1, starts, state }: ForwardOptions = {},
): { outputs: number[]; state: number[] } {
  const all = Array.from(parameters);
  const rows = inputs.length / spec.inputs;
  const environments = rows / steps;
  let at = 0;
  const take = (count: number): number[] => all.slice(at, (at += count));
  let xs = Array.from({ length: rows }, (_, r) => Array.from(inputs).slice(r * spec.inputs, (r + 1) * spec.inputs));
  const lstms = spec.layers.filter(({ kind }) => kind === 'lstm');
  const stateSize = lstms.reduce((sum, { units }) => sum + 2 * units, 0);
  const ends: number[][] = Array.from({ length: environments }, () => []);
  let before = 0;
  for (const layer of spec.layers) {
    const width = xs[0].length;
    const { units } = layer;
    if (layer.kind === 'dense') {
      const weights = take(width * units);
      const bias = take(units);
      xs = xs.map((x) => affine(x, weights, bias).map((z) => FUNCTIONS[layer.activation](z, layer.slope)));
      continue;
    }
    const weights = take(width * 4 * units);
    const recurrent = take(units * 4 * units);
    const bias = take(4 * units);
    const none = new Array<number>(4 * units).fill(0);
    const outputs: number[][] = new Array(rows);
    for (let e = 0; e < environments; e++) {
      const begin = (from: number): number[] => Array.from({ length: units }, (_, u) => state?.[e * stateSize + before + from + u] ?? 0);
      let h = begin(0);
      let c = begin(units);
      for (let t = 0; t < steps; t++) {
        const row = t * environments + e;
        if (starts?.[row]) {
          h = h.map(() => 0);
          c = c.map(() => 0);
        }
        const a = affine(xs[row], weights, bias);
        const b = affine(h, recurrent, none);
        const gate = (g: number, u: number): number => a[g * units + u] + b[g * units + u];
        const old = c;
        c = old.map((value, u) => FUNCTIONS.sigmoid(gate(1, u)) * value + FUNCTIONS.sigmoid(gate(0, u)) * Math.tanh(gate(2, u)));
        h = c.map((value, u) => FUNCTIONS.sigmoid(gate(3, u)) * Math.tanh(value));
        outputs[row] = h;
      }
      ends[e].push(...h, ...c);
    }
    before += 2 * units;
    xs = outputs;
  }
  return { outputs: xs.flat(), state: ends.flat() };
}

/**
 * Gradient of f by central differences, in double precision.
 *
 * @param most where there are more numbers, only about so many, evenly spread, are looked at; the others become `elsewhere`'s
 */
export function differences(f: (x: Float64Array) => number, at: ArrayLike<number>, elsewhere?: ArrayLike<number>, most = 250): Float64Array {
  const step = 1e-5;
  const x = Float64Array.from(at);
  const every = elsewhere ? Math.ceil(x.length / most) : 1;
  return Float64Array.from(x, (value, k) => {
    if (elsewhere && k % every !== 0) return elsewhere[k];
    x[k] = value + step;
    const above = f(x);
    x[k] = value - step;
    const below = f(x);
    x[k] = value;
    return (above - below) / (2 * step);
  });
}

/** Largest difference of two arrays over the largest size in the second. */
export function distance(found: ArrayLike<number>, wanted: ArrayLike<number>): number {
  if (found.length !== wanted.length) return Infinity;
  let most = 0;
  let size = 1e-30;
  for (let k = 0; k < wanted.length; k++) {
    const difference = Math.abs(found[k] - wanted[k]);
    // NaN counts as far away.
    most = difference <= most ? most : Number.isNaN(difference) ? Infinity : difference;
    size = Math.max(size, Math.abs(wanted[k]));
  }
  return most / size;
}
