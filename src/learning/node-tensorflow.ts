/**
 * The second implementation of {@link Network}: on TensorFlow.js, for those who choose it. None of its packages is loaded, or needed, before. What they bring is told by
 * the network's `backend`.
 *
 * Backward goes through the network once more, so that no tensors have to be kept alive between calls, and spells gradients out in tensor operations, as
 * `@tensorflow/tfjs-core` registers none of its own. Numbers agree with the kernels' to about 1e-5, not to the bit.
 */

import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { InputError } from '../grid/index.js';
import { numberWithin, oneOf, requireLength, wholeNumber } from './checks.js';
import { LearningError } from './errors.js';
import { initialParameters } from './initialise.js';
import type { NetworkOptions } from './kernel-network.js';
import {
  type BackwardOptions,
  batchShape,
  checkData,
  checkParameters,
  type ForwardOptions,
  type Network,
  type NetworkData,
  requireSameForm,
  type StepReport,
} from './network.js';
import { type CompleteSpec, completeSpec, type DenseLayer, type NetworkSpec, parameterParts, stateSizeOf } from './network-spec.js';
import { type CompleteOptimiser, completeOptimiser } from './optimiser.js';

/** What is used of a tensor. */
interface Tensor {
  readonly shape: readonly number[];
  dataSync(): ArrayLike<number>;
  dispose(): void;
}

/** What is used of TensorFlow.js; written out, so that busbar needs no types of a package that may not be there. */
interface Tensorflow {
  tensor2d(values: ArrayLike<number>, shape: [number, number], dtype: 'float32'): Tensor;
  scalar(value: number): Tensor;
  add(a: Tensor, b: Tensor): Tensor;
  sub(a: Tensor, b: Tensor): Tensor;
  mul(a: Tensor, b: Tensor): Tensor;
  div(a: Tensor, b: Tensor): Tensor;
  sqrt(a: Tensor): Tensor;
  square(a: Tensor): Tensor;
  sum(a: Tensor, axis?: number, keepDimensions?: boolean): Tensor;
  step(a: Tensor, slope: number): Tensor;
  relu(a: Tensor): Tensor;
  leakyRelu(a: Tensor, slope: number): Tensor;
  tanh(a: Tensor): Tensor;
  sigmoid(a: Tensor): Tensor;
  matMul(a: Tensor, b: Tensor, transposeA?: boolean, transposeB?: boolean): Tensor;
  slice(a: Tensor, begin: number[], size: number[]): Tensor;
  split(a: Tensor, pieces: number, axis: number): Tensor[];
  concat(tensors: Tensor[], axis: number): Tensor;
  tidy<T>(f: () => T): T;
  keep(tensor: Tensor): Tensor;
  getBackend(): string;
  setBackend(name: string): Promise<boolean>;
  ready(): Promise<void>;
}

/** Packages that bring TensorFlow.js, in the order in which they are looked for. */
export const TENSORFLOW_PACKAGES = ['@tensorflow/tfjs-node', '@tensorflow/tfjs', '@tensorflow/tfjs-core'] as const;
/** Name of a package that brings TensorFlow.js. */
export type TensorflowPackage = (typeof TENSORFLOW_PACKAGES)[number];

/** How a network on TensorFlow.js is made. */
export interface TensorflowOptions extends Omit<NetworkOptions, 'backend'> {
  /** Default: the first that is installed. */
  readonly package?: TensorflowPackage;
}

async function load(name: string): Promise<Tensorflow | undefined> {
  let path: string;
  try {
    path = createRequire(import.meta.url).resolve(name);
  } catch {
    return undefined;
  }
  try {
    const module = (await import(pathToFileURL(path).href)) as { default?: Tensorflow } & Tensorflow;
    return module.default ?? module;
  } catch (error) {
    // A package that is there and does not load is no reason to take another one.
    throw new LearningError(`the package ${name} does not load (${error instanceof Error ? error.message.split('\n')[0] : String(error)})`);
  }
}

async function findTensorflow(wanted: TensorflowPackage | undefined): Promise<{ tf: Tensorflow; name: string }> {
  if (wanted !== undefined) oneOf('the package', wanted, TENSORFLOW_PACKAGES);
  for (const name of wanted ? [wanted] : TENSORFLOW_PACKAGES) {
    const tf = await load(name);
    if (!tf) continue;
    if (name === '@tensorflow/tfjs-core') {
      if (!(await load('@tensorflow/tfjs-backend-cpu')))
        throw new LearningError('@tensorflow/tfjs-core is installed without a backend; install @tensorflow/tfjs-backend-cpu');
      await tf.setBackend('cpu');
    }
    await tf.ready();
    return { tf, name };
  }
  const missing = wanted ?? TENSORFLOW_PACKAGES.slice(0, 2).join(' or ');
  throw new LearningError(`a network on TensorFlow.js needs the package ${missing}; install it, or use createNetwork()`);
}

/** What a layer leaves for the way back. */
interface Trace {
  readonly inputs: Tensor;
  readonly outputs: Tensor;
  /** Of an LSTM: what each step computed. */
  readonly steps: readonly LstmTrace[];
}

/** One step of an LSTM: gates, states before it (masked) and tanh c. */
interface LstmTrace {
  readonly gates: readonly Tensor[];
  readonly hidden: Tensor;
  readonly cells: Tensor;
  readonly squashed: Tensor;
  readonly mask: Tensor | undefined;
}

class TensorflowNetwork implements Network {
  readonly backend: string;
  readonly inputs: number;
  readonly outputs: number;
  readonly stateSize: number;
  readonly batch: number;
  readonly parameterCount: number;
  private settings: CompleteOptimiser;
  private done = 0;
  /** Parameters, gradients and moments, by the parts of `parameterParts`. */
  private readonly values: Tensor[];
  private readonly slopes: Tensor[];
  private readonly first: Tensor[];
  private readonly second: Tensor[];
  /** Of the last forward. */
  private last:
    | { inputs: Tensor; steps: number; environments: number; starts: ArrayLike<number> | undefined; state: Float32Array | undefined }
    | undefined;
  private ends = new Float32Array(0);

  constructor(
    private readonly tf: Tensorflow,
    name: string,
    readonly spec: CompleteSpec,
    options: TensorflowOptions,
  ) {
    this.backend = `${name} (${tf.getBackend()})`;
    this.settings = completeOptimiser(options.optimiser);
    this.batch = wholeNumber('the batch of a network', options.batch ?? 256, 1, 2 ** 24);
    this.inputs = spec.inputs;
    this.outputs = spec.layers[spec.layers.length - 1].units;
    this.stateSize = stateSizeOf(spec);
    const seed = wholeNumber('the seed of a network', options.seed ?? 0, 0, Number.MAX_SAFE_INTEGER);
    const parameters = initialParameters(spec, seed);
    this.parameterCount = parameters.length;
    this.values = this.tensorsOf(parameters);
    [this.slopes, this.first, this.second] = Array.from({ length: 3 }, () => this.tensorsOf(new Float32Array(parameters.length)));
  }

  get steps(): number {
    return this.done;
  }
  get optimiser(): CompleteOptimiser {
    return this.settings;
  }
  get learningRate(): number {
    return this.settings.learningRate;
  }
  set learningRate(value: number) {
    this.settings = { ...this.settings, learningRate: numberWithin('the learning rate', value, 0, 1e6) };
  }

  private tensorsOf(numbers: ArrayLike<number>): Tensor[] {
    let at = 0;
    return parameterParts(this.spec).map(({ rows, columns }) => {
      const piece = Float32Array.from({ length: rows * columns }, (_, k) => numbers[at + k]);
      at += rows * columns;
      return this.tf.keep(this.tf.tensor2d(piece, [rows, columns], 'float32'));
    });
  }

  private numbersOf(tensors: readonly Tensor[], into: Float32Array): Float32Array {
    requireLength('the array to be filled', into, this.parameterCount);
    let at = 0;
    for (const tensor of tensors) {
      const piece = tensor.dataSync();
      into.set(piece, at);
      at += piece.length;
    }
    return into;
  }

  private replace(tensors: Tensor[], by: readonly Tensor[]): void {
    by.forEach((tensor, k) => {
      tensors[k].dispose();
      tensors[k] = this.tf.keep(tensor);
    });
  }

  private activated(x: Tensor, { activation, slope }: Required<DenseLayer>): Tensor {
    const { tf } = this;
    if (activation === 'relu') return tf.relu(x);
    if (activation === 'leaky-relu') return tf.leakyRelu(x, slope);
    if (activation === 'tanh') return tf.tanh(x);
    return activation === 'sigmoid' ? tf.sigmoid(x) : x;
  }

  /** Outputs from inputs; what the way back needs goes to `traces`, states behind the last step to `ends`. */
  private run(x: Tensor, traces: Trace[], ends?: Float32Array): Tensor {
    const { tf, values } = this;
    let at = 0;
    let before = 0;
    let flow = x;
    for (const layer of this.spec.layers) {
      const inputs = flow;
      const steps: LstmTrace[] = [];
      if (layer.kind === 'dense') {
        flow = this.activated(tf.add(tf.matMul(flow, values[at]), values[at + 1]), layer);
        at += 2;
      } else {
        flow = this.runLstm(tf.add(tf.matMul(flow, values[at]), values[at + 2]), values[at + 1], layer.units, before, steps, ends);
        before += 2 * layer.units;
        at += 3;
      }
      traces.push({ inputs, outputs: flow, steps });
    }
    return flow;
  }

  /** Outputs of an LSTM from its gates' share of the inputs; its state begins at number `before` of a row of states. */
  private runLstm(gates: Tensor, recurrent: Tensor, units: number, before: number, traces: LstmTrace[], ends: Float32Array | undefined): Tensor {
    const { tf } = this;
    const { steps, environments, starts, state } = this.requireLast();
    const begin = (from: number): Tensor => {
      const numbers = Float32Array.from({ length: environments * units }, (_, k) => {
        return state ? state[Math.floor(k / units) * this.stateSize + from + (k % units)] : 0;
      });
      return tf.tensor2d(numbers, [environments, units], 'float32');
    };
    let [h, c] = [begin(before), begin(before + units)];
    const outputs: Tensor[] = [];
    for (let t = 0; t < steps; t++) {
      const kept = starts && Float32Array.from({ length: environments }, (_, e) => (starts[t * environments + e] ? 0 : 1));
      const mask = kept && tf.tensor2d(kept, [environments, 1], 'float32');
      const [hidden, cells] = mask ? [tf.mul(h, mask), tf.mul(c, mask)] : [h, c];
      const own = tf.slice(gates, [t * environments, 0], [environments, 4 * units]);
      const raw = tf.split(tf.add(own, tf.matMul(hidden, recurrent)), 4, 1);
      const [i, f, g, o] = raw.map((gate, which) => (which === 2 ? tf.tanh(gate) : tf.sigmoid(gate)));
      c = tf.add(tf.mul(f, cells), tf.mul(i, g));
      const squashed = tf.tanh(c);
      h = tf.mul(o, squashed);
      outputs.push(h);
      traces.push({ gates: [i, f, g, o], hidden, cells, squashed, mask });
    }
    for (const [which, tensor] of ends ? [h, c].entries() : []) {
      const numbers = tensor.dataSync();
      for (let k = 0; ends && k < numbers.length; k++)
        ends[Math.floor(k / units) * this.stateSize + before + which * units + (k % units)] = numbers[k];
    }
    return outputs.length > 1 ? tf.concat(outputs, 0) : outputs[0];
  }

  /** y (1 - y). */
  private sigmoidSlope(y: Tensor): Tensor {
    return this.tf.sub(y, this.tf.square(y));
  }
  /** 1 - y^2. */
  private tanhSlope(y: Tensor): Tensor {
    return this.tf.sub(this.tf.scalar(1), this.tf.square(y));
  }

  /** dLoss/dz of a dense layer, told from its outputs. */
  private derived(dy: Tensor, y: Tensor, { activation, slope }: Required<DenseLayer>): Tensor {
    const { tf } = this;
    if (activation === 'relu') return tf.mul(dy, tf.step(y, 0));
    if (activation === 'leaky-relu') return tf.mul(dy, tf.step(y, slope));
    if (activation === 'tanh') return tf.mul(dy, this.tanhSlope(y));
    return activation === 'sigmoid' ? tf.mul(dy, this.sigmoidSlope(y)) : dy;
  }

  /** Gradients of an LSTM's gates before their functions, from those of its outputs. */
  private derivedGates(dy: Tensor, recurrent: Tensor, units: number, traces: readonly LstmTrace[]): Tensor {
    const { tf } = this;
    const { environments } = this.requireLast();
    const nothing = (): Tensor => tf.tensor2d(new Float32Array(environments * units), [environments, units], 'float32');
    let [carryHidden, carryCells] = [nothing(), nothing()];
    const gradients: Tensor[] = [];
    for (let t = traces.length - 1; t >= 0; t--) {
      const { gates, cells, squashed, mask } = traces[t];
      const [i, f, g, o] = gates;
      const dh = tf.add(tf.slice(dy, [t * environments, 0], [environments, units]), carryHidden);
      const dc = tf.add(carryCells, tf.mul(tf.mul(dh, o), this.tanhSlope(squashed)));
      const byGate = [
        tf.mul(tf.mul(dc, g), this.sigmoidSlope(i)),
        tf.mul(tf.mul(dc, cells), this.sigmoidSlope(f)),
        tf.mul(tf.mul(dc, i), this.tanhSlope(g)),
        tf.mul(tf.mul(dh, squashed), this.sigmoidSlope(o)),
      ];
      const together = tf.concat(byGate, 1);
      gradients.unshift(together);
      [carryHidden, carryCells] = [tf.matMul(together, recurrent, false, true), tf.mul(dc, f)];
      if (mask) [carryHidden, carryCells] = [tf.mul(carryHidden, mask), tf.mul(carryCells, mask)];
    }
    return gradients.length > 1 ? tf.concat(gradients, 0) : gradients[0];
  }

  private requireLast(): NonNullable<TensorflowNetwork['last']> {
    if (!this.last) throw new InputError('backward() needs a forward() with the present parameters before it');
    return this.last;
  }

  private forget(): void {
    this.last?.inputs.dispose();
    this.last = undefined;
  }

  forward(inputs: Float32Array, options: ForwardOptions = {}): Float32Array {
    const { rows, steps, environments } = batchShape(this, inputs, options);
    this.forget();
    const kept = this.tf.keep(this.tf.tensor2d(inputs.slice(), [rows, this.inputs], 'float32'));
    this.last = { inputs: kept, steps, environments, starts: options.starts && Array.from(options.starts), state: options.state?.slice() };
    this.ends = new Float32Array(environments * this.stateSize);
    return this.tf.tidy(() => Float32Array.from(this.run(kept, [], this.ends).dataSync()));
  }

  state(into: Float32Array = new Float32Array(this.ends.length)): Float32Array {
    requireLength('the array to be filled', into, this.ends.length);
    into.set(this.ends);
    return into;
  }

  backward(outputGradients: Float32Array, options: BackwardOptions = {}): Float32Array {
    const { tf, values } = this;
    const last = this.requireLast();
    const rows = last.steps * last.environments;
    requireLength('the gradients of outputs', outputGradients, rows * this.outputs);
    const { parameters = true, inputs = true } = options;
    let inputGradients = new Float32Array(0);
    const slopes = tf.tidy(() => {
      const traces: Trace[] = [];
      this.run(last.inputs, traces);
      let dy = tf.tensor2d(outputGradients.slice(), [rows, this.outputs], 'float32');
      const found: Tensor[] = [];
      let at = values.length;
      for (let k = traces.length - 1; k >= 0; k--) {
        const layer = this.spec.layers[k];
        const trace = traces[k];
        at -= layer.kind === 'lstm' ? 3 : 2;
        const dz = layer.kind === 'lstm' ? this.derivedGates(dy, values[at + 1], layer.units, trace.steps) : this.derived(dy, trace.outputs, layer);
        const own = [tf.matMul(trace.inputs, dz, true), tf.sum(dz, 0, true)];
        if (layer.kind === 'lstm') {
          const hidden = trace.steps.map((step) => step.hidden);
          own.splice(1, 0, tf.matMul(hidden.length > 1 ? tf.concat(hidden, 0) : hidden[0], dz, true));
        }
        found.unshift(...own);
        if (k > 0 || inputs) dy = tf.matMul(dz, values[at], false, true);
      }
      if (inputs) inputGradients = Float32Array.from(dy.dataSync());
      return parameters ? found.map((slope, k) => tf.add(this.slopes[k], slope)) : [];
    });
    this.replace(this.slopes, slopes);
    return inputGradients;
  }

  step(): StepReport {
    const { tf, settings } = this;
    const squares = tf.tidy(() => this.slopes.map((slope) => tf.sum(tf.square(slope)).dataSync()[0]));
    const gradientNorm = Math.sqrt(squares.reduce((sum, part) => sum + part, 0));
    if (!Number.isFinite(gradientNorm)) {
      this.clearGradients();
      throw new LearningError(
        `the gradient after ${this.done} steps is not finite (its norm is ${gradientNorm}); a smaller learning rate, or a limit of the norm (gradientNorm of an agent, clipNorm of an optimiser), may help`,
      );
    }
    const { clipNorm, learningRate, epsilon } = settings;
    const scale = clipNorm > 0 && gradientNorm > clipNorm ? clipNorm / gradientNorm : 1;
    this.done += 1;
    const times = (tensor: Tensor, factor: number): Tensor => tf.mul(tensor, tf.scalar(factor));
    const small = (tensor: Tensor): Tensor => tf.add(tensor, tf.scalar(epsilon));
    this.slopes.forEach((slope, k) => {
      const moved = tf.tidy(() => {
        const g = times(slope, scale);
        const [decay, firstDecay] = settings.kind === 'adam' ? [settings.beta2, settings.beta1] : [settings.decay, settings.momentum];
        const second = tf.add(times(this.second[k], decay), times(tf.square(g), 1 - decay));
        if (settings.kind === 'adam') {
          const first = tf.add(times(this.first[k], firstDecay), times(g, 1 - firstDecay));
          const below = small(times(tf.sqrt(second), 1 / Math.sqrt(1 - decay ** this.done)));
          return [first, second, tf.sub(this.values[k], tf.div(times(first, learningRate / (1 - firstDecay ** this.done)), below))].map((x) =>
            tf.keep(x),
          );
        }
        const below = settings.epsilonInside ? tf.sqrt(small(second)) : small(tf.sqrt(second));
        const first = tf.add(times(this.first[k], firstDecay), tf.div(times(g, learningRate), below));
        return [first, second, tf.sub(this.values[k], first)].map((x) => tf.keep(x));
      });
      [this.first, this.second, this.values].forEach((tensors, which) => {
        tensors[k].dispose();
        tensors[k] = moved[which];
      });
    });
    this.clearGradients();
    this.forget();
    return { gradientNorm, scale };
  }

  clearGradients(): void {
    this.replace(this.slopes, this.tensorsOf(new Float32Array(this.parameterCount)));
  }

  parameters(into: Float32Array = new Float32Array(this.parameterCount)): Float32Array {
    return this.numbersOf(this.values, into);
  }

  setParameters(parameters: ArrayLike<number>): void {
    checkParameters(this, parameters);
    this.replace(this.values, this.tensorsOf(parameters));
    this.forget();
  }

  gradients(into: Float32Array = new Float32Array(this.parameterCount)): Float32Array {
    return this.numbersOf(this.slopes, into);
  }

  blend(source: Network, share: number): void {
    requireSameForm('the network to blend in', source.spec, this.spec);
    numberWithin('the share', share, 0, 1);
    const from = source.parameters();
    this.setParameters(this.parameters().map((p, k) => (share === 1 ? from[k] : p + share * (from[k] - p))));
  }

  save(): NetworkData {
    const copy = (tensors: readonly Tensor[]): Float32Array => this.numbersOf(tensors, new Float32Array(this.parameterCount));
    return {
      format: 'busbar-network',
      version: 1,
      spec: this.spec,
      parameters: copy(this.values),
      optimiser: this.settings,
      steps: this.done,
      first: copy(this.first),
      second: copy(this.second),
    };
  }

  restore(data: NetworkData): void {
    const checked = checkData(data);
    requireSameForm('the saved network', checked.spec, this.spec);
    this.replace(this.values, this.tensorsOf(checked.parameters));
    this.replace(this.first, this.tensorsOf(checked.first));
    this.replace(this.second, this.tensorsOf(checked.second));
    this.settings = checked.optimiser;
    this.done = checked.steps;
    this.clearGradients();
    this.forget();
  }
}

/**
 * Makes a network on TensorFlow.js, with the first parameters that `createNetwork` gives. Throws InputError for specs and options that are none, LearningError where no
 * package is installed that brings it.
 */
export async function createTensorflowNetwork(spec: NetworkSpec, options: TensorflowOptions = {}): Promise<Network> {
  const complete = completeSpec(spec);
  const { tf, name } = await findTensorflow(options.package);
  return new TensorflowNetwork(tf, name, complete, options);
}
