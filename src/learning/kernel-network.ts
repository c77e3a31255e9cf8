/** A network on the learning kernels: native, WebAssembly or reference, by the same tape of instructions. */
import { InputError } from '../grid/index.js';
import { numberWithin, requireLength, wholeNumber } from './checks.js';
import { LearningError } from './errors.js';
import { initialParameters } from './initialise.js';
import { chooseLearningBackend, type Execute, type LearningBackend, type LearningBackendName } from './learning-backend.js';
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
import { NetworkMemory } from './network-memory.js';
import { type CompleteSpec, completeSpec, type NetworkSpec, stateSizeOf } from './network-spec.js';
import { type CompleteOptimiser, completeOptimiser, type OptimiserSettings } from './optimiser.js';
import { Tape } from './tape.js';
import * as L from './tape-layout.js';

/** How a network is made. */
export interface NetworkOptions {
  /** Most samples of a batch (steps times environments with an LSTM); default 256. Memory is laid out for so many. */
  readonly batch?: number;
  /** Whole number from 0: first parameters are drawn from it. Default 0. */
  readonly seed?: number;
  /** Default Adam at a rate of 1e-3. */
  readonly optimiser?: OptimiserSettings;
  /** Default `auto`. */
  readonly backend?: LearningBackendName | LearningBackend;
}

const MOST_SAMPLES = 2 ** 24;

/** See {@link createNetwork}. */
export class KernelNetwork implements Network {
  readonly spec: CompleteSpec;
  readonly backend: string;
  readonly inputs: number;
  readonly outputs: number;
  readonly stateSize: number;
  readonly batch: number;
  private settings: CompleteOptimiser;
  private done = 0;
  private readonly places: NetworkMemory;
  private readonly tape: Tape;
  private readonly execute: Execute;
  private readonly floats: Float32Array;
  /** Rows of the last forward that may be gone back through; 0 where there is none. */
  private rows = 0;
  private steps_ = 0;
  private environments = 0;

  constructor(spec: NetworkSpec, options: NetworkOptions = {}) {
    this.spec = completeSpec(spec);
    this.settings = completeOptimiser(options.optimiser);
    this.batch = wholeNumber('the batch of a network', options.batch ?? 256, 1, MOST_SAMPLES);
    const seed = wholeNumber('the seed of a network', options.seed ?? 0, 0, Number.MAX_SAFE_INTEGER);
    const backend = chooseLearningBackend(options.backend);
    this.backend = backend.name;
    this.inputs = this.spec.inputs;
    this.outputs = this.spec.layers[this.spec.layers.length - 1].units;
    this.stateSize = stateSizeOf(this.spec);
    this.places = new NetworkMemory(this.spec, this.batch);
    this.floats = new Float32Array(this.places.memory.buffer);
    this.execute = backend.bind(this.places.memory);
    this.tape = new Tape(this.spec, this.places);
    this.scatter(initialParameters(this.spec, seed), this.places.parameters);
  }

  get parameterCount(): number {
    return this.places.floatOf.length;
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

  /** Floats at an address. */
  private view(address: number, length: number): Float32Array {
    return this.floats.subarray(address / 4, address / 4 + length);
  }

  private run(): void {
    this.execute(this.places.tape, this.tape.count);
  }

  private scatter(from: ArrayLike<number>, address: number): void {
    const { floatOf } = this.places;
    for (let k = 0; k < floatOf.length; k++) this.floats[address / 4 + floatOf[k]] = from[k];
  }

  private gather(address: number, into: Float32Array): Float32Array {
    const { floatOf } = this.places;
    requireLength('the array to be filled', into, floatOf.length);
    for (let k = 0; k < floatOf.length; k++) into[k] = this.floats[address / 4 + floatOf[k]];
    return into;
  }

  forward(inputs: Float32Array, options: ForwardOptions = {}): Float32Array {
    const { rows, steps, environments } = batchShape(this, inputs, options);
    this.view(this.places.inputs, inputs.length).set(inputs);
    if (this.stateSize > 0) {
      const starts = this.view(this.places.starts, rows);
      if (options.starts) starts.set(options.starts);
      else starts.fill(0);
      this.writeState(environments, options.state);
    }
    this.tape.forward(environments, steps);
    this.run();
    [this.rows, this.steps_, this.environments] = [rows, steps, environments];
    return this.view(this.places.outputs, rows * this.outputs);
  }

  /** Calls f with float number `at` of the state array and the float of memory it stands for, before step `step`. */
  private eachState(environments: number, step: number, f: (at: number, float: number) => void): void {
    let before = 0;
    this.spec.layers.forEach(({ kind, units }, k) => {
      const { lstm, stride } = this.places.layers[k];
      if (kind !== 'lstm' || !lstm) return;
      for (const address of [lstm.hidden, lstm.cells]) {
        for (let e = 0; e < environments; e++) {
          const row = (address + (step * environments + e) * stride) / 4;
          for (let u = 0; u < units; u++) f(e * this.stateSize + before + u, row + u);
        }
        before += units;
      }
    });
  }

  private writeState(environments: number, state: Float32Array | undefined): void {
    this.eachState(environments, 0, (at, float) => {
      this.floats[float] = state ? state[at] : 0;
    });
  }

  state(into: Float32Array = new Float32Array(this.environments * this.stateSize)): Float32Array {
    requireLength('the array to be filled', into, this.environments * this.stateSize);
    this.eachState(this.environments, this.steps_, (at, float) => {
      into[at] = this.floats[float];
    });
    return into;
  }

  backward(outputGradients: Float32Array, options: BackwardOptions = {}): Float32Array {
    if (this.rows === 0) throw new InputError('backward() needs a forward() with the present parameters before it');
    requireLength('the gradients of outputs', outputGradients, this.rows * this.outputs);
    const { parameters = true, inputs = true } = options;
    this.view(this.places.outputGradients, outputGradients.length).set(outputGradients);
    this.tape.backward(this.environments, this.steps_, { parameters, inputs });
    this.run();
    return this.view(this.places.inputGradients, inputs ? this.rows * this.inputs : 0);
  }

  step(): StepReport {
    this.tape.squares();
    this.run();
    const sums = this.view(this.places.partialSums, L.PARTIAL_SUMS);
    const gradientNorm = Math.sqrt(sums.reduce((sum, part) => sum + part, 0));
    if (!Number.isFinite(gradientNorm)) {
      this.clearGradients();
      throw new LearningError(
        `the gradient after ${this.done} steps is not finite (its norm is ${gradientNorm}); a smaller learning rate, or a limit of the norm (gradientNorm of an agent, clipNorm of an optimiser), may help`,
      );
    }
    const { clipNorm, learningRate, epsilon } = this.settings;
    const scale = clipNorm > 0 && gradientNorm > clipNorm ? clipNorm / gradientNorm : 1;
    this.done += 1;
    const numbers = [
      [L.OPTIMISE_SCALE, scale],
      [L.OPTIMISE_EPSILON, epsilon],
    ] as [number, number][];
    if (this.settings.kind === 'adam') {
      const { beta1, beta2 } = this.settings;
      numbers.push(
        [L.OPTIMISE_RATE, learningRate / (1 - beta1 ** this.done)],
        [L.OPTIMISE_FIRST_DECAY, beta1],
        [L.OPTIMISE_FIRST_REST, 1 - beta1],
        [L.OPTIMISE_SECOND_DECAY, beta2],
        [L.OPTIMISE_SECOND_REST, 1 - beta2],
        [L.OPTIMISE_ROOT, 1 / Math.sqrt(1 - beta2 ** this.done)],
      );
      this.tape.optimise(L.OP_ADAM, numbers, false);
    } else {
      const { decay, momentum, epsilonInside } = this.settings;
      numbers.push(
        [L.OPTIMISE_RATE, learningRate],
        [L.OPTIMISE_FIRST_DECAY, momentum],
        [L.OPTIMISE_FIRST_REST, 0],
        [L.OPTIMISE_SECOND_DECAY, decay],
        [L.OPTIMISE_SECOND_REST, 1 - decay],
        [L.OPTIMISE_ROOT, 1],
      );
      this.tape.optimise(L.OP_RMSPROP, numbers, epsilonInside);
    }
    this.run();
    this.rows = 0;
    return { gradientNorm, scale };
  }

  clearGradients(): void {
    this.view(this.places.gradients, this.places.parameterBytes / 4).fill(0);
  }

  parameters(into: Float32Array = new Float32Array(this.parameterCount)): Float32Array {
    return this.gather(this.places.parameters, into);
  }

  setParameters(parameters: ArrayLike<number>): void {
    checkParameters(this, parameters);
    this.scatter(parameters, this.places.parameters);
    this.rows = 0;
  }

  gradients(into: Float32Array = new Float32Array(this.parameterCount)): Float32Array {
    return this.gather(this.places.gradients, into);
  }

  blend(source: Network, share: number): void {
    requireSameForm('the network to blend in', source.spec, this.spec);
    numberWithin('the share', share, 0, 1);
    const floats = this.places.parameterBytes / 4;
    this.rows = 0;
    if (source instanceof KernelNetwork) {
      const from = source.view(source.places.parameters, floats);
      if (share === 1) {
        this.view(this.places.parameters, floats).set(from);
        return;
      }
      this.view(this.places.other, floats).set(from);
    } else this.scatter(source.parameters(), this.places.other);
    this.tape.blend(share);
    this.run();
  }

  save(): NetworkData {
    const { spec, settings, done, places } = this;
    const copy = (address: number): Float32Array => this.gather(address, new Float32Array(this.parameterCount));
    return {
      format: 'busbar-network',
      version: 1,
      spec,
      parameters: copy(places.parameters),
      optimiser: settings,
      steps: done,
      first: copy(places.first),
      second: copy(places.second),
    };
  }

  restore(data: NetworkData): void {
    const checked = checkData(data);
    requireSameForm('the saved network', checked.spec, this.spec);
    this.scatter(checked.parameters, this.places.parameters);
    this.scatter(checked.first, this.places.first);
    this.scatter(checked.second, this.places.second);
    this.settings = checked.optimiser;
    this.done = checked.steps;
    this.rows = 0;
    this.clearGradients();
  }
}

/** Makes a network on the learning kernels. Throws InputError for specs and options that are none, LearningError for a backend that is not there. */
export function createNetwork(spec: NetworkSpec, options: NetworkOptions = {}): Network {
  return new KernelNetwork(spec, options);
}

/** A network from what `save` gave. Throws InputError for what is none. */
export function loadNetwork(data: NetworkData, options: Pick<NetworkOptions, 'batch' | 'backend'> = {}): Network {
  const checked = checkData(data);
  const network = new KernelNetwork(checked.spec, { ...options, optimiser: checked.optimiser });
  network.restore(checked);
  return network;
}
