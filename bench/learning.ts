/**
 * The learning suite of `npm run bench`: networks forwards, and a whole training step (forward, backward without gradients of inputs, Adam with its norm), by backend and batch.
 *
 * One core. Median and fastest by the clock, and processor time a call; operations are two a weight and sample forwards, and as many again for gradients of weights and of a
 * layer's inputs.
 */
import { measurePeak } from '../src/cli/bench-peak.js';
import { markdownTable } from '../src/cli/markdown-table.js';
import { createNetwork, type LearningBackend, type NetworkSpec, nativeLearning, wasmLearning } from '../src/learning/index.js';
import '../src/learning/node-native.js';
import { RandomStream } from '../src/numeric/index.js';

/** One measurement. */
export interface LearningRow {
  suite: 'learning';
  network: string;
  backend: string;
  batch: number;
  operation: 'forward' | 'train';
  milliseconds: number;
  fastestMilliseconds: number;
  processorMilliseconds: number;
  /** Of the fastest call. */
  gigaflops: number;
}

/** What the learning suite gives. */
export interface LearningBench {
  rows: LearningRow[];
  /** The whole report as Markdown. */
  text: string;
}

/** A network, in samples of how many steps its batches are. */
interface Case {
  name: string;
  spec: NetworkSpec;
  steps: number;
  batches: readonly number[];
}

const CASES: readonly Case[] = [
  {
    name: '64-128-128-16',
    spec: {
      inputs: 64,
      layers: [
        { kind: 'dense', units: 128, activation: 'relu' },
        { kind: 'dense', units: 128, activation: 'relu' },
        { kind: 'dense', units: 16 },
      ],
    },
    steps: 1,
    batches: [1, 32, 256, 1024],
  },
  {
    name: '64-64 tanh',
    spec: {
      inputs: 64,
      layers: [
        { kind: 'dense', units: 64, activation: 'tanh' },
        { kind: 'dense', units: 64, activation: 'tanh' },
        { kind: 'dense', units: 1 },
      ],
    },
    steps: 1,
    batches: [256],
  },
  {
    name: '64-LSTM 128-16, 20 steps',
    spec: {
      inputs: 64,
      layers: [
        { kind: 'lstm', units: 128 },
        { kind: 'dense', units: 16 },
      ],
    },
    steps: 20,
    batches: [640],
  },
];

/** What a training step on 64-128-128-16 may take, and a forward, milliseconds: issue 6. */
const GOALS: Record<string, { train: number; forward: number }> = {
  wasm: { train: 1.0, forward: 1.3 },
  native: { train: 0.35, forward: 0.35 },
};

/** Multiplications by weights a sample: forwards, and backwards. */
function productsOf({ inputs, layers }: NetworkSpec): { forward: number; backward: number } {
  let width = inputs;
  let [forward, backward] = [0, 0];
  layers.forEach(({ kind, units }, k) => {
    const own = kind === 'lstm' ? 4 * units * width : units * width;
    const recurrent = kind === 'lstm' ? 4 * units * units : 0;
    forward += own + recurrent;
    backward += own + 2 * recurrent + (k > 0 ? own : 0);
    width = units;
  });
  return { forward, backward };
}

/** Times a call: at least 20 of them, for about so many seconds. */
function time(run: () => void, seconds: number): Pick<LearningRow, 'milliseconds' | 'fastestMilliseconds' | 'processorMilliseconds'> {
  const warm = performance.now();
  for (let k = 0; k < 20 || performance.now() - warm < 200 * seconds; k++) run();
  const times: number[] = [];
  const before = process.cpuUsage();
  const from = performance.now();
  while (times.length < 20 || performance.now() - from < 1000 * seconds) {
    const start = performance.now();
    run();
    times.push(performance.now() - start);
  }
  const { user, system } = process.cpuUsage(before);
  times.sort((a, b) => a - b);
  return { milliseconds: times[times.length >> 1], fastestMilliseconds: times[0], processorMilliseconds: (user + system) / 1000 / times.length };
}

function measure({ name, spec, steps }: Case, backend: LearningBackend, batch: number, seconds: number): LearningRow[] {
  const network = createNetwork(spec, { batch, backend, optimiser: { kind: 'adam', learningRate: 1e-4, clipNorm: 0.5 } });
  const draw = (count: number, seed: number): Float32Array => {
    const numbers = new Float32Array(count);
    new RandomStream(seed, 0, 'bench').fillNormal(numbers);
    return numbers;
  };
  const inputs = draw(batch * network.inputs, 1);
  const gradients = draw(batch * network.outputs, 2).map((x) => x / batch);
  const products = productsOf(spec);
  const row = (operation: LearningRow['operation'], count: number, run: () => void): LearningRow => {
    const times = time(run, seconds);
    const gigaflops = (2 * count * batch) / (1e6 * times.fastestMilliseconds);
    return { suite: 'learning', network: name, backend: network.backend, batch, operation, ...times, gigaflops };
  };
  return [
    row('forward', products.forward, () => network.forward(inputs, { steps })),
    row('train', products.forward + products.backward, () => {
      network.forward(inputs, { steps });
      network.backward(gradients, { inputs: false });
      network.step();
    }),
  ];
}

function goalLines(rows: readonly LearningRow[]): string[] {
  return Object.entries(GOALS).flatMap(([kind, goals]) =>
    (['train', 'forward'] as const).flatMap((operation) => {
      const batch = operation === 'train' ? 256 : 1024;
      const found = rows.filter(
        (row) => row.network === CASES[0].name && row.batch === batch && row.operation === operation && row.backend.startsWith(kind),
      );
      const best = found.sort((a, b) => a.milliseconds - b.milliseconds)[0];
      if (!best) return [];
      const took = `median ${best.milliseconds.toFixed(3)}, fastest ${best.fastestMilliseconds.toFixed(3)}`;
      return [`- ${best.backend}, ${operation} at batch ${batch}: ${took} ms; at most ${goals[operation]} ms are asked for.`];
    }),
  );
}

/** Runs the suite. */
export function runLearningBench(quick: boolean, say: (text: string) => void): LearningBench {
  const rows: LearningRow[] = [];
  // What the clock of a shared machine does at the time shows here.
  const peak = (2 * measurePeak()) / 1e9;
  for (const one of CASES) {
    for (const backend of [wasmLearning, ...nativeLearning().backends]) {
      for (const batch of one.batches) {
        say(`${one.name}, ${backend.name}, batch ${batch}`);
        rows.push(...measure(one, backend, batch, quick ? 0.02 : 0.5));
      }
    }
  }
  const table = markdownTable(
    ['network', 'backend', 'batch', 'operation', 'median ms', 'fastest ms', 'processor ms', 'GFLOP/s'],
    rows.map((row) => [
      row.network,
      row.backend,
      String(row.batch),
      row.operation,
      row.milliseconds.toFixed(3),
      row.fastestMilliseconds.toFixed(3),
      row.processorMilliseconds.toFixed(3),
      row.gigaflops.toFixed(1),
    ]),
    [0, 1, 3],
  );
  const roofline =
    `Roofline: one core did ${peak.toFixed(1)} GFLOP/s at four floats an instruction at the beginning (independent multiplications and additions in registers), ` +
    'which is what WebAssembly is held against; native kernels have two and four times as many floats, and fused products.';
  return { rows, text: `Networks, one core\n\n${table}\n\n${roofline}\n\n${goalLines(rows).join('\n')}` };
}
