/**
 * Writes tapes of the learning kernels as files for native/sanitize-learning.cpp: a network's memory before each run of instructions, and what this build makes of it.
 * Networks are of all kinds of layers and of sizes that do and do not fill panels, rows and vectors; each goes forward, backward, steps and is blended.
 *
 *   tsx scripts/write-tapes.mts FOLDER
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LearningBackend } from '../src/learning/index.js';
import { completeSpec, createNetwork, type LayerSpec, type OptimiserSettings } from '../src/learning/index.js';
import { NetworkMemory } from '../src/learning/network-memory.js';
import { findNativeLearning } from '../src/learning/node-native.js';
import { RandomStream } from '../src/numeric/index.js';

const MAGIC = 0x42534254;
const LINE = 64;
/** Floats a vector, by the name of a backend. */
const WIDTHS: Readonly<Record<string, number>> = { 'native-avx2': 8, 'native-avx512': 16 };

interface Case {
  readonly name: string;
  readonly inputs: number;
  readonly layers: readonly LayerSpec[];
  readonly rows: number;
  /** Steps of the rows, for an LSTM. */
  readonly steps?: number;
  readonly optimiser: OptimiserSettings;
}

const ADAM = { kind: 'adam', learningRate: 1e-3, clipNorm: 0.5 } as const;
const RMSPROP = { kind: 'rmsprop', learningRate: 1e-3, momentum: 0.9, epsilonInside: true } as const;

const CASES: readonly Case[] = [
  { name: 'one', inputs: 1, layers: [{ kind: 'dense', units: 1 }], rows: 1, optimiser: ADAM },
  {
    name: 'odd',
    inputs: 7,
    layers: [
      { kind: 'dense', units: 33, activation: 'relu' },
      { kind: 'dense', units: 17, activation: 'tanh' },
      { kind: 'dense', units: 3 },
    ],
    rows: 13,
    optimiser: ADAM,
  },
  {
    name: 'whole',
    inputs: 64,
    layers: [
      { kind: 'dense', units: 64, activation: 'leaky-relu', slope: 0.1 },
      { kind: 'dense', units: 48, activation: 'sigmoid' },
      { kind: 'dense', units: 16 },
    ],
    rows: 64,
    optimiser: RMSPROP,
  },
  // More steps of a sum than are done at once, and more rows than go forward together.
  {
    name: 'long',
    inputs: 300,
    layers: [
      { kind: 'dense', units: 20, activation: 'tanh' },
      { kind: 'dense', units: 5, activation: 'relu' },
    ],
    rows: 197,
    optimiser: { kind: 'rmsprop', learningRate: 1e-3 },
  },
  {
    name: 'lstm',
    inputs: 5,
    layers: [
      { kind: 'lstm', units: 19 },
      { kind: 'dense', units: 2 },
    ],
    rows: 21,
    steps: 7,
    optimiser: ADAM,
  },
  {
    name: 'lstms',
    inputs: 16,
    layers: [
      { kind: 'lstm', units: 16 },
      { kind: 'lstm', units: 3 },
      { kind: 'dense', units: 1, activation: 'sigmoid' },
    ],
    rows: 12,
    steps: 3,
    optimiser: ADAM,
  },
];

/** Where the last array of a network ends, to a whole line: what a kernel touches behind it is not its own. */
function endOf(inputs: number, layers: readonly LayerSpec[], rows: number): number {
  const { starts } = new NetworkMemory(completeSpec({ inputs, layers }), rows);
  return LINE * Math.ceil((starts + 4 * rows) / LINE);
}

/** A backend that writes down what it is asked for. */
function recording(backend: LearningBackend, width: number, bytes: number, write: (bytes: Uint8Array) => void): LearningBackend {
  return {
    name: backend.name,
    bind: (memory) => {
      const execute = backend.bind(memory);
      return (tape, count) => {
        const before = new Uint8Array(memory.buffer).slice();
        execute(tape, count);
        const after = new Uint8Array(memory.buffer);
        const file = new Uint8Array(24 + 2 * bytes);
        const view = new DataView(file.buffer);
        [MAGIC, width, tape, count].forEach((word, k) => {
          view.setUint32(4 * k, word, true);
        });
        view.setBigUint64(16, BigInt(bytes), true);
        file.set(before.subarray(0, bytes), 24);
        file.set(after.subarray(0, bytes), 24 + bytes);
        write(file);
      };
    },
  };
}

const folder = process.argv[2];
const { backends, reason } = findNativeLearning();
if (backends.length === 0) process.stderr.write(`write-tapes: ${reason}\n`);
for (const backend of backends) {
  for (const { name, inputs, layers, rows, steps = 1, optimiser } of CASES) {
    let files = 0;
    const recorder = recording(backend, WIDTHS[backend.name], endOf(inputs, layers, rows), (bytes) =>
      writeFileSync(join(folder, `${backend.name}-${name}-${String(files++).padStart(2, '0')}`), bytes),
    );
    const made = { batch: rows, optimiser, backend: recorder } as const;
    const network = createNetwork({ inputs, layers }, { ...made, seed: 1 });
    const other = createNetwork({ inputs, layers }, { ...made, seed: 2 });
    const stream = new RandomStream(1, 0, `tape ${name}`);
    const numbers = (count: number): Float32Array => Float32Array.from({ length: count }, () => stream.normal());
    // A batch of fewer rows too, which leaves others as they were.
    for (const part of [rows, steps * Math.ceil(rows / steps / 2)]) {
      const starts = Float32Array.from({ length: part }, () => (stream.uniform() < 0.2 ? 1 : 0));
      const options = network.stateSize > 0 ? { steps, starts, state: numbers((part / steps) * network.stateSize) } : {};
      network.forward(numbers(part * inputs), options);
      network.backward(numbers(part * network.outputs));
      network.step();
    }
    network.blend(other, 0.25);
  }
}
