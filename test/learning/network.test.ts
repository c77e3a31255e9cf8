import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ACTIVATION_NAMES,
  createNetwork,
  loadNetwork,
  type NetworkSpec,
  networkFromJSON,
  networkToJSON,
  parameterParts,
} from '../../src/learning/index.js';
import { backends, batchOf, nativeBackends, normals, SPECS } from './networks.js';
import { differences, distance, oracleForward } from './oracle.js';

const bits = (numbers: Float32Array): number[] => Array.from(new Uint32Array(numbers.slice().buffer));

describe.each(backends)('networks on $name', (backend) => {
  it.each(Object.entries(SPECS))('%s: outputs, states and all gradients are those of the formulas', (_, spec) => {
    const network = createNetwork(spec, { batch: 13, seed: 3, backend });
    const { inputs, rows, options } = batchOf(network);
    // Biases that are not all zero.
    network.setParameters(network.parameters().map((p, k) => p + 0.1 * Math.sin(k)));
    const parameters = network.parameters();
    const outputs = network.forward(inputs, options);
    const wanted = oracleForward(network.spec, parameters, inputs, options);
    expect(distance(outputs, wanted.outputs)).toBeLessThan(2e-6);
    expect(distance(network.state(), network.stateSize > 0 ? wanted.state : [])).toBeLessThan(2e-6);
    // A loss whose gradient is known: a weighted sum of outputs.
    const weights = normals(7, rows * network.outputs);
    const loss = (p: ArrayLike<number>, x: ArrayLike<number>): number =>
      oracleForward(network.spec, p, x, options).outputs.reduce((sum, y, k) => sum + weights[k] * y, 0);
    const inputGradients = network.backward(weights);
    expect(
      distance(
        inputGradients,
        differences((x) => loss(parameters, x), inputs),
      ),
    ).toBeLessThan(1e-5);
    const gradients = network.gradients();
    expect(
      distance(
        gradients,
        differences((p) => loss(p, inputs), parameters, gradients),
      ),
    ).toBeLessThan(1e-5);
  });

  it('adds gradients up, leaves them alone where they are not wanted, and gives the same ones again', () => {
    const network = createNetwork(SPECS['an LSTM between'], { batch: 13, backend });
    const { inputs, rows, options } = batchOf(network);
    const weights = normals(7, rows * network.outputs);
    network.forward(inputs, options);
    const inputGradients = network.backward(weights).slice();
    const once = network.gradients();
    expect(bits(network.backward(weights, { parameters: false }))).toEqual(bits(inputGradients));
    expect(bits(network.gradients())).toEqual(bits(once));
    expect(network.backward(weights, { inputs: false })).toHaveLength(0);
    expect(
      distance(
        network.gradients(),
        once.map((g) => 2 * g),
      ),
    ).toBeLessThan(1e-6);
    network.clearGradients();
    expect(network.gradients().every((g) => g === 0)).toBe(true);
  });

  it('gives a sample the same outputs in any batch, and a sequence the same as its parts', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 70 }), fc.integer({ min: 1, max: 300 }), (rows, units, inputs) => {
        const spec: NetworkSpec = {
          inputs,
          layers: [
            { kind: 'dense', units, activation: 'tanh' },
            { kind: 'dense', units: 3 },
          ],
        };
        const network = createNetwork(spec, { batch: rows, backend });
        const x = normals(rows, rows * inputs);
        const together = network.forward(x).slice();
        const alone = Array.from({ length: rows }, (_, r) => bits(network.forward(x.slice(r * inputs, (r + 1) * inputs))));
        expect(bits(together)).toEqual(alone.flat());
      }),
      { numRuns: 10 },
    );
    const network = createNetwork(SPECS['two LSTMs'], { batch: 12, backend });
    const { inputs, options } = batchOf(network);
    const whole = network.forward(inputs, options).slice();
    const end = network.state();
    let state = options.state;
    const parts: number[] = [];
    for (let t = 0; t < 4; t++) {
      parts.push(...bits(network.forward(inputs.slice(9 * t, 9 * (t + 1)), { starts: options.starts?.slice(3 * t, 3 * (t + 1)), state })));
      state = network.state();
    }
    expect(parts).toEqual(bits(whole));
    expect(bits(state as Float32Array)).toEqual(bits(end));
  });

  it('learns, and goes on from a saved state to the same bits', () => {
    const spec: NetworkSpec = {
      inputs: 2,
      layers: [
        { kind: 'dense', units: 16, activation: 'tanh' },
        { kind: 'dense', units: 1 },
      ],
    };
    const make = () => createNetwork(spec, { batch: 32, seed: 5, backend, optimiser: { kind: 'adam', learningRate: 0.01, clipNorm: 1 } });
    const inputs = normals(4, 64);
    // x y cannot be had by a linear function.
    const target = Array.from({ length: 32 }, (_, r) => inputs[2 * r] * inputs[2 * r + 1]);
    const train = (network: ReturnType<typeof make>, steps: number): number => {
      let loss = 0;
      for (let k = 0; k < steps; k++) {
        const outputs = network.forward(inputs);
        const gradient = outputs.map((y, r) => (2 * (y - target[r])) / 32);
        loss = outputs.reduce((sum, y, r) => sum + (y - target[r]) ** 2, 0) / 32;
        network.backward(gradient, { inputs: false });
        network.step();
      }
      return loss;
    };
    const whole = make();
    const first = train(whole, 1);
    expect(train(whole, 599)).toBeLessThan(0.02 * first);
    const half = make();
    train(half, 300);
    const other = loadNetwork(networkFromJSON(JSON.parse(JSON.stringify(networkToJSON(half.save())))), { batch: 32, backend });
    expect(other.steps).toBe(300);
    train(other, 300);
    expect(bits(other.parameters())).toEqual(bits(whole.parameters()));
  });

  it('follows Adam and RMSProp as their formulas have it', () => {
    const count = 3;
    for (const kind of ['adam', 'rmsprop', 'rmsprop inside'] as const) {
      const optimiser =
        kind === 'adam'
          ? ({ kind: 'adam', learningRate: 0.1, beta1: 0.8, beta2: 0.95, epsilon: 1e-3, clipNorm: 2 } as const)
          : ({ kind: 'rmsprop', learningRate: 0.1, decay: 0.9, momentum: 0.5, epsilon: 0.01, epsilonInside: kind === 'rmsprop inside' } as const);
      const network = createNetwork({ inputs: 2, layers: [{ kind: 'dense', units: 1 }] }, { batch: 1, backend, optimiser });
      const p = Float64Array.from(network.parameters());
      const m = new Float64Array(count);
      const v = new Float64Array(count);
      for (let t = 1; t <= 5; t++) {
        const x = [0.5 * t, -1 / t];
        network.forward(Float32Array.from(x));
        network.backward(Float32Array.of(t), { inputs: false });
        const g = [t * x[0], t * x[1], t];
        const norm = Math.hypot(...g);
        const scale = kind === 'adam' && norm > 2 ? 2 / norm : 1;
        const report = network.step();
        expect(report.gradientNorm).toBeCloseTo(norm, 4);
        expect(report.scale).toBeCloseTo(scale, 6);
        for (let k = 0; k < count; k++) {
          const gk = g[k] * scale;
          if (kind === 'adam') {
            m[k] = 0.8 * m[k] + 0.2 * gk;
            v[k] = 0.95 * v[k] + 0.05 * gk * gk;
            p[k] -= (0.1 * (m[k] / (1 - 0.8 ** t))) / (Math.sqrt(v[k] / (1 - 0.95 ** t)) + 1e-3);
          } else {
            v[k] = 0.9 * v[k] + 0.1 * gk * gk;
            m[k] = 0.5 * m[k] + (0.1 * gk) / (kind === 'rmsprop' ? Math.sqrt(v[k]) + 0.01 : Math.sqrt(v[k] + 0.01));
            p[k] -= m[k];
          }
        }
        expect(distance(network.parameters(), p)).toBeLessThan(1e-6);
        expect(network.gradients().every((one) => one === 0)).toBe(true);
      }
    }
  });

  it('blends a target network', () => {
    const [source, target] = [1, 2].map((seed) => createNetwork(SPECS['all activations'], { batch: 4, seed, backend }));
    const [a, b] = [source.parameters(), target.parameters()];
    target.blend(source, 0.25);
    expect(
      distance(
        target.parameters(),
        b.map((x, k) => x + 0.25 * (a[k] - x)),
      ),
    ).toBeLessThan(1e-7);
    target.blend(source, 1);
    expect(bits(target.parameters())).toEqual(bits(a));
    expect(bits(source.parameters())).toEqual(bits(a));
  });

  it('lets moments without a gradient go to 0, not to numbers too small to compute with fast', () => {
    const network = createNetwork({ inputs: 1, layers: [{ kind: 'dense', units: 1 }] }, { batch: 1, backend });
    network.forward(Float32Array.of(1));
    network.backward(Float32Array.of(1e-12));
    for (let k = 0; k < 1200; k++) network.step();
    // 1e-13 0.9^1199 would be 1e-68.
    expect(Array.from(network.save().first)).toEqual([0, 0]);
    expect(Math.min(...network.save().second)).toBeGreaterThan(0);
  });

  it('refuses a gradient that is not finite and goes on', () => {
    const network = createNetwork(SPECS['relu and linear'], { batch: 2, backend });
    const before = network.parameters();
    for (const bad of [Number.NaN, Infinity]) {
      network.forward(normals(1, 10));
      network.backward(new Float32Array(14).fill(bad));
      expect(() => network.step()).toThrow(
        /after 0 steps is not finite .*; a smaller learning rate, or a limit of the norm \(gradientNorm of an agent, clipNorm of an optimiser\), may help$/,
      );
      expect(bits(network.parameters())).toEqual(bits(before));
    }
    network.forward(normals(1, 10));
    network.backward(new Float32Array(14).fill(1));
    expect(network.step().gradientNorm).toBeGreaterThan(0);
  });
});

/** Everything a few training steps leave behind, as bits. */
function history(spec: NetworkSpec, backend: (typeof backends)[number], samples = 13): { bits: number[]; numbers: Float32Array } {
  const network = createNetwork(spec, {
    batch: Math.max(samples, 12),
    seed: 3,
    backend,
    optimiser: { kind: 'adam', learningRate: 1e-3, clipNorm: 0.5 },
  });
  const { inputs, rows, options } = batchOf(network, samples);
  const kept: number[] = [];
  for (let k = 0; k < 3; k++) {
    kept.push(...network.forward(inputs, options));
    kept.push(...network.backward(normals(7 + k, rows * network.outputs)));
    kept.push(...network.gradients());
    network.step();
    kept.push(...network.state());
  }
  const numbers = Float32Array.from([...kept, ...network.parameters()]);
  return { bits: bits(numbers), numbers };
}

/** Sums of more steps than are added at once, forwards and backwards. */
const LONG: NetworkSpec = {
  inputs: 270,
  layers: [
    { kind: 'dense', units: 21, activation: 'tanh' },
    { kind: 'dense', units: 2 },
  ],
};

describe('backends', () => {
  const [reference, wasm] = backends;
  it.each(Object.entries(SPECS))('%s: WebAssembly is the reference to the bit', (_, spec) => {
    expect(history(spec, wasm).bits).toEqual(history(spec, reference).bits);
  });
  it('agree on networks of any form', { timeout: 60_000 }, () => {
    const units = fc.integer({ min: 1, max: 40 });
    const dense = fc.record({ kind: fc.constant('dense' as const), units, activation: fc.constantFrom(...ACTIVATION_NAMES) });
    const layer = fc.oneof({ weight: 3, arbitrary: dense }, { weight: 1, arbitrary: fc.record({ kind: fc.constant('lstm' as const), units }) });
    fc.assert(
      fc.property(
        fc.record({ inputs: units, layers: fc.array(layer, { minLength: 1, maxLength: 3 }) }),
        fc.integer({ min: 1, max: 30 }),
        (spec, samples) => {
          const wanted = history(spec, reference, samples);
          expect(history(spec, wasm, samples).bits).toEqual(wanted.bits);
          const all = nativeBackends.map((backend) => history(spec, backend, samples));
          for (const one of all) expect(one.bits).toEqual(all[0].bits);
          if (all.length > 0) expect(distance(all[0].numbers, wanted.numbers)).toBeLessThan(1e-4);
        },
      ),
      { numRuns: 40 },
    );
  });
  it('agree on long sums', () => {
    const wanted = history(LONG, reference, 275);
    expect(history(LONG, wasm, 275).bits).toEqual(wanted.bits);
    for (const backend of nativeBackends) expect(distance(history(LONG, backend, 275).numbers, wanted.numbers)).toBeLessThan(1e-5);
  });
  it.skipIf(nativeBackends.length === 0).each(Object.entries(SPECS))('%s: native widths agree to the bit, with the reference to 1e-5', (_, spec) => {
    const all = nativeBackends.map((backend) => history(spec, backend));
    for (const one of all) {
      expect(one.bits).toEqual(all[0].bits);
      expect(distance(one.numbers, history(spec, reference).numbers)).toBeLessThan(1e-5);
    }
  });
});

describe('what a network is', () => {
  it('begins with the same parameters everywhere, of the variances and forms promised', () => {
    const spec: NetworkSpec = {
      inputs: 60,
      layers: [
        { kind: 'dense', units: 80, initialisation: 'orthogonal', gain: Math.SQRT2 },
        { kind: 'dense', units: 200, activation: 'relu' },
        { kind: 'dense', units: 100, activation: 'tanh' },
        { kind: 'lstm', units: 8 },
      ],
    };
    const network = createNetwork(spec, { seed: 9, backend: 'wasm' });
    const parameters = network.parameters();
    for (const backend of backends) expect(bits(createNetwork(spec, { seed: 9, backend }).parameters())).toEqual(bits(parameters));
    expect(bits(createNetwork(spec, { seed: 10, backend: 'wasm' }).parameters())).not.toEqual(bits(parameters));
    let at = 0;
    const parts = parameterParts(network.spec).map(({ rows, columns }) => parameters.slice(at, (at += rows * columns)));
    expect(at).toBe(network.parameterCount);
    // 60 rows of 80: rows are orthogonal, of squared length 2.
    for (const [a, b] of [
      [0, 0],
      [0, 1],
      [17, 59],
      [59, 59],
    ]) {
      let product = 0;
      for (let k = 0; k < 80; k++) product += parts[0][80 * a + k] * parts[0][80 * b + k];
      expect(product).toBeCloseTo(a === b ? 2 : 0, 5);
    }
    const variance = (numbers: Float32Array): number => numbers.reduce((sum, x) => sum + x * x, 0) / numbers.length;
    expect(variance(parts[2]) / (2 / 80)).toBeCloseTo(1, 1);
    expect(variance(parts[4]) / (2 / 300)).toBeCloseTo(1, 1);
    expect(Array.from(parts[8])).toEqual([...Array(8).fill(0), ...Array(8).fill(1), ...Array(16).fill(0)]);
  });

  it('says what is wrong with what it is given', () => {
    const make = (spec: unknown) => createNetwork(spec as NetworkSpec, { backend: 'wasm', batch: 4 });
    expect(() => make({ inputs: 2, layers: [] })).toThrow(/layers of a network are an array/);
    expect(() => make({ inputs: 2, layers: [{ kind: 'dens', units: 2 }] })).toThrow(/layer 0: kind is "dens"; it may be dense, lstm/);
    expect(() => make({ inputs: 2, layers: [{ kind: 'dense', unit: 2 }] })).toThrow(/layer 0 has no "unit"/);
    expect(() => make({ inputs: 2, layers: [{ kind: 'dense', units: 2, activation: 'swish' }] })).toThrow(/layer 0: activation is "swish"/);
    expect(() => createNetwork(SPECS['one linear layer'], { backend: 'gpu' as 'wasm' })).toThrow(/no learning backend "gpu"/);
    const network = make(SPECS['one linear layer']);
    expect(() => network.forward(new Float32Array(4))).toThrow(/a batch of 4 numbers; the network takes 1 to 4 samples of 3/);
    expect(() => network.forward(new Float32Array(15))).toThrow(/1 to 4 samples/);
    expect(() => network.backward(new Float32Array(2))).toThrow(/needs a forward/);
    network.forward(new Float32Array(3));
    expect(() => network.backward(new Float32Array(3))).toThrow(/gradients of outputs has 3 numbers; it must have 2/);
    expect(() => network.setParameters(new Float32Array(8).fill(Number.NaN))).toThrow(/parameter 0 is NaN/);
    expect(() => network.restore({ ...network.save(), format: 'x' } as never)).toThrow(/no saved network/);
    expect(() => network.blend(make(SPECS['relu and linear']), 0.5)).toThrow(/other layers/);
    const sequence = createNetwork(SPECS['two LSTMs'], { backend: 'wasm', batch: 6 });
    expect(() => sequence.forward(new Float32Array(18), { steps: 4 })).toThrow(/6 samples is not 4 steps/);
  });
});
