/** Networks and inputs of tests. */
import { type LearningBackend, type Network, type NetworkSpec, nativeLearning, referenceLearning, wasmLearning } from '../../src/learning/index.js';
import '../../src/learning/node-native.js';
import { RandomStream } from '../../src/numeric/index.js';

const native = nativeLearning();
if (native.backends.length === 0) process.stderr.write(`tests of native learning kernels are skipped: ${native.reason}\n`);

/** The native backends that this machine can run, widest first. */
export const nativeBackends = native.backends;
/** All backends. */
export const backends: readonly LearningBackend[] = [referenceLearning, wasmLearning, ...nativeBackends];

/** Normal numbers, as float32. */
export function normals(seed: number, count: number, scale = 1): Float32Array {
  const numbers = new Float32Array(count);
  new RandomStream(seed, 0, 'test').fillNormal(numbers);
  return numbers.map((x) => scale * x);
}

/** Specs of all kinds of layers, in widths that fill panels and that do not. */
export const SPECS: Record<string, NetworkSpec> = {
  'one linear layer': { inputs: 3, layers: [{ kind: 'dense', units: 2 }] },
  'relu and linear': {
    inputs: 5,
    layers: [
      { kind: 'dense', units: 33, activation: 'relu' },
      { kind: 'dense', units: 7 },
    ],
  },
  'all activations': {
    inputs: 16,
    layers: [
      { kind: 'dense', units: 20, activation: 'leaky-relu', slope: 0.1 },
      { kind: 'dense', units: 16, activation: 'tanh', initialisation: 'orthogonal' },
      { kind: 'dense', units: 48, activation: 'sigmoid' },
      { kind: 'dense', units: 16, activation: 'linear', bias: 0.3 },
    ],
  },
  'an LSTM between': {
    inputs: 4,
    layers: [
      { kind: 'dense', units: 9, activation: 'tanh' },
      { kind: 'lstm', units: 5 },
      { kind: 'dense', units: 3 },
    ],
  },
  'two LSTMs': {
    inputs: 3,
    layers: [
      { kind: 'lstm', units: 17 },
      { kind: 'lstm', units: 4 },
    ],
  },
};

/** A batch that fits a network: 13 rows unless told, with an LSTM as 4 steps of 3 environments, starts among them. */
export function batchOf(
  network: Network,
  samples = 13,
): {
  inputs: Float32Array;
  rows: number;
  options: { steps?: number; starts?: Float32Array; state?: Float32Array };
} {
  if (network.stateSize === 0) return { inputs: normals(1, samples * network.inputs), rows: samples, options: {} };
  const starts = Float32Array.from([0, 1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0]);
  return { inputs: normals(1, 12 * network.inputs), rows: 12, options: { steps: 4, starts, state: normals(2, 3 * network.stateSize, 0.5) } };
}
