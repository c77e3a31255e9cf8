/** What agents use of a network: one interface, of which kernel-network.ts and node-tensorflow.ts are implementations. */
import { describeValue, InputError } from '../grid/index.js';
import { requireLength } from './checks.js';
import { type CompleteSpec, completeSpec, parameterParts } from './network-spec.js';
import { type CompleteOptimiser, completeOptimiser } from './optimiser.js';

/** What forward may be told beside the inputs; for networks with an LSTM. */
export interface ForwardOptions {
  /** Rows are [step][environment], so many steps; default 1. */
  readonly steps?: number;
  /** [step][environment]: not 0 where an episode begins with this row, whose state is then zero. Default nowhere. */
  readonly starts?: ArrayLike<number>;
  /** [environment][stateSize]: h and c of each LSTM in turn, before the first step; default zeros. */
  readonly state?: Float32Array;
}

/** What backward is to find. */
export interface BackwardOptions {
  /** Whether gradients of parameters are added up; default true. */
  readonly parameters?: boolean;
  /** Whether gradients of inputs are found; default true. */
  readonly inputs?: boolean;
}

/** What a step did. */
export interface StepReport {
  /** Root of the sum of squares of all gradients, before clipping. */
  readonly gradientNorm: number;
  /** What gradients were multiplied by: 1 where they were not clipped. */
  readonly scale: number;
}

/** A network as plain data: structured cloning takes it, and JSON does after `networkToJSON`. */
export interface NetworkData {
  readonly format: 'busbar-network';
  readonly version: 1;
  readonly spec: CompleteSpec;
  /** In the order of `parameterParts`. */
  readonly parameters: Float32Array;
  readonly optimiser: CompleteOptimiser;
  /** Steps done. */
  readonly steps: number;
  /** The optimiser's memory, in the order of the parameters. */
  readonly first: Float32Array;
  readonly second: Float32Array;
}

/**
 * A network and its optimiser. A training step is forward, a loss's gradient, backward, step. The same calls give the same numbers on the same backend.
 */
export interface Network {
  readonly spec: CompleteSpec;
  /** What computes. */
  readonly backend: string;
  /** Numbers a sample. */
  readonly inputs: number;
  readonly outputs: number;
  /** Numbers an environment's state; 0 without an LSTM. */
  readonly stateSize: number;
  /** Most samples of a batch. */
  readonly batch: number;
  readonly parameterCount: number;
  /** Steps done. */
  readonly steps: number;
  readonly optimiser: CompleteOptimiser;
  /** Of the following steps. Throws InputError for what is none. */
  learningRate: number;
  /**
   * Outputs of a batch.
   *
   * @param inputs [sample][input]
   * @returns [sample][output], valid until the next forward
   * @throws InputError where the lengths do not fit
   */
  forward(inputs: Float32Array, options?: ForwardOptions): Float32Array;
  /** States behind the last step of the last forward, [environment][stateSize], copied. */
  state(into?: Float32Array): Float32Array;
  /**
   * Backwards through the last forward. Gradients of parameters are added to those that are there since the last step.
   *
   * @param outputGradients dLoss/dOutput, [sample][output]
   * @returns dLoss/dInput, [sample][input], valid until the next backward; empty where not wanted
   * @throws InputError where the lengths do not fit, and where parameters have changed since the last forward
   */
  backward(outputGradients: Float32Array, options?: BackwardOptions): Float32Array;
  /**
   * Moves the parameters against their gradients and clears these.
   *
   * @throws LearningError where a gradient is not finite; parameters are then as they were, gradients cleared
   */
  step(): StepReport;
  clearGradients(): void;
  /** In the order of `parameterParts`, copied. */
  parameters(into?: Float32Array): Float32Array;
  /** Throws InputError for another number of them, or one that is not finite. */
  setParameters(parameters: ArrayLike<number>): void;
  /** Gradients since the last step, in the order of the parameters, copied. */
  gradients(into?: Float32Array): Float32Array;
  /** p += share (p of source - p): for target networks; share 1 copies. Throws InputError where the source is of another spec. */
  blend(source: Network, share: number): void;
  /** Everything that is needed to go on to the same result. */
  save(): NetworkData;
  /** Goes on from what `save` gave. Throws InputError for data of another spec. */
  restore(data: NetworkData): void;
}

/** Samples, steps and environments of a forward. Throws InputError where they do not fit. */
export function batchShape(network: Network, inputs: Float32Array, options: ForwardOptions): { rows: number; steps: number; environments: number } {
  if (!(inputs instanceof Float32Array)) throw new InputError(`the inputs of a network are ${describeValue(inputs)}; give a Float32Array`);
  const rows = inputs.length / network.inputs;
  if (!Number.isInteger(rows) || rows < 1 || rows > network.batch) {
    throw new InputError(`a batch of ${inputs.length} numbers; the network takes 1 to ${network.batch} samples of ${network.inputs}`);
  }
  const { steps = 1, starts, state } = options;
  const environments = rows / steps;
  if (!Number.isInteger(steps) || steps < 1 || !Number.isInteger(environments)) {
    throw new InputError(`a batch of ${rows} samples is not ${describeValue(steps)} steps of as many environments each`);
  }
  if (starts) requireLength('starts', starts, rows);
  if (state) requireLength('the state', state, environments * network.stateSize);
  return { rows, steps, environments };
}

/** Throws InputError for parameters of another number, or that are not finite. */
export function checkParameters(network: Network, parameters: ArrayLike<number>): void {
  requireLength('the parameters', parameters, network.parameterCount);
  for (let k = 0; k < parameters.length; k++) {
    if (!Number.isFinite(parameters[k])) throw new InputError(`parameter ${k} is ${describeValue(parameters[k])}; it must be a finite number`);
  }
}

/** The parts of a spec that decide the form of its parameters and what they compute. */
function formOf(spec: CompleteSpec): string {
  const layers = spec.layers.map((layer) => (layer.kind === 'lstm' ? ['lstm', layer.units] : ['dense', layer.units, layer.activation, layer.slope]));
  return JSON.stringify([spec.inputs, layers]);
}

/** Throws InputError where two networks do not compute by the same layers. */
export function requireSameForm(what: string, a: CompleteSpec, b: CompleteSpec): void {
  if (formOf(a) !== formOf(b)) throw new InputError(`${what} is of other layers than the network`);
}

/** Throws InputError for what a user may leave out and a saved network may not: all of it stands there. */
function requireWritten(what: string, given: object, complete: object): void {
  for (const [name, value] of Object.entries(complete)) {
    const found: unknown = (given as Record<string, unknown>)[name];
    if (found !== value)
      throw new InputError(`${what} has the ${name} ${describeValue(found)}; it must be written out, as in ${describeValue(value)}`);
  }
}

/** Data of a network, checked. Throws InputError for what is none. */
export function checkData(data: NetworkData): NetworkData {
  if (data?.format !== 'busbar-network' || data.version !== 1) {
    throw new InputError('this is no saved network of busbar, or of a version that is not known here');
  }
  const spec = completeSpec(data.spec);
  const count = parameterParts(spec).reduce((sum, { rows, columns }) => sum + rows * columns, 0);
  for (const name of ['parameters', 'first', 'second'] as const) {
    const numbers = data[name];
    if (!(numbers instanceof Float32Array) || numbers.length !== count)
      throw new InputError(`a saved network's ${name} must be ${count} numbers of a Float32Array`);
    if (!numbers.every((x) => Number.isFinite(x))) throw new InputError(`a saved network's ${name} are not all finite`);
  }
  if (!Number.isSafeInteger(data.steps) || data.steps < 0)
    throw new InputError(`a saved network's steps are ${describeValue(data.steps)}; they must be a whole number`);
  if (typeof data.optimiser !== 'object' || data.optimiser === null)
    throw new InputError(`a saved network's optimiser is ${describeValue(data.optimiser)}; it must be an object`);
  const optimiser = completeOptimiser(data.optimiser);
  spec.layers.forEach((layer, k) => {
    requireWritten(`layer ${k} of a saved network`, data.spec.layers[k], layer);
  });
  requireWritten("a saved network's optimiser", data.optimiser, optimiser);
  return { ...data, spec, optimiser };
}
