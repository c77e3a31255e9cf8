/** What a network is: plain data, checked and completed. */
import { describeValue, InputError } from '../grid/index.js';
import { numberWithin, oneOf, requireKnown, wholeNumber } from './checks.js';

/** `leaky-relu` has `slope` below 0. */
export const ACTIVATION_NAMES = ['linear', 'relu', 'leaky-relu', 'tanh', 'sigmoid'] as const;
/** Function of a layer's outputs. */
export type ActivationName = (typeof ACTIVATION_NAMES)[number];

/** `orthogonal`: see initialise.ts. `he` is normal with variance 2 / inputs, `glorot` uniform with variance 2 / (inputs + units). */
export const INITIALISATION_NAMES = ['orthogonal', 'he', 'glorot', 'zeros'] as const;
/** How weights begin. */
export type InitialisationName = (typeof INITIALISATION_NAMES)[number];

/** y = f(x W + b). */
export interface DenseLayer {
  readonly kind: 'dense';
  readonly units: number;
  /** Default linear. */
  readonly activation?: ActivationName;
  /** Of leaky-relu below 0; default 0.01. */
  readonly slope?: number;
  /** Default `he` for relu and leaky-relu, else `glorot`. */
  readonly initialisation?: InitialisationName;
  /** Factor of the first weights; default 1. */
  readonly gain?: number;
  /** First value of the bias; default 0. */
  readonly bias?: number;
}

/** Hochreiter and Schmidhuber's long short-term memory with forget gates: gates i, f, g, o; the forget gate's bias begins at 1, recurrent weights orthogonal. */
export interface LstmLayer {
  readonly kind: 'lstm';
  readonly units: number;
  /** Of the weights of inputs; default `glorot`. */
  readonly initialisation?: InitialisationName;
  /** Factor of the first weights of inputs; default 1. */
  readonly gain?: number;
}

/** A layer of a network. */
export type LayerSpec = DenseLayer | LstmLayer;

/** Layers one after the other. */
export interface NetworkSpec {
  /** Numbers a sample. */
  readonly inputs: number;
  readonly layers: readonly LayerSpec[];
}

/** A layer with all that was left out. */
export type CompleteLayer = Required<DenseLayer> | Required<LstmLayer>;

/** A spec with all defaults written out. */
export interface CompleteSpec extends NetworkSpec {
  readonly layers: readonly CompleteLayer[];
}

const MOST_UNITS = 65536;
const MOST_LAYERS = 64;

function completeLayer(layer: LayerSpec, k: number): CompleteLayer {
  const what = `layer ${k}`;
  if (typeof layer !== 'object' || layer === null) throw new InputError(`${what} is ${describeValue(layer)}; give { kind, units, ... }`);
  const units = (): number => wholeNumber(`${what}: units`, layer.units, 1, MOST_UNITS);
  const gain = numberWithin(`${what}: gain`, layer.gain ?? 1, 0, 1e6);
  if (layer.kind === 'lstm') {
    requireKnown(what, layer, ['kind', 'units', 'initialisation', 'gain']);
    const initialisation = oneOf(`${what}: initialisation`, layer.initialisation ?? 'glorot', INITIALISATION_NAMES);
    return { kind: 'lstm', units: units(), initialisation, gain };
  }
  if (layer.kind !== 'dense') throw new InputError(`${what}: kind is ${describeValue((layer as { kind: unknown }).kind)}; it may be dense, lstm`);
  requireKnown(what, layer, ['kind', 'units', 'activation', 'slope', 'initialisation', 'gain', 'bias']);
  const activation = oneOf(`${what}: activation`, layer.activation ?? 'linear', ACTIVATION_NAMES);
  const usual = activation === 'relu' || activation === 'leaky-relu' ? 'he' : 'glorot';
  return {
    kind: 'dense',
    units: units(),
    activation,
    slope: numberWithin(`${what}: slope`, layer.slope ?? 0.01, 0, 1),
    initialisation: oneOf(`${what}: initialisation`, layer.initialisation ?? usual, INITIALISATION_NAMES),
    gain,
    bias: numberWithin(`${what}: bias`, layer.bias ?? 0, -1e6, 1e6),
  };
}

/** A spec with its defaults written out. Throws InputError for what is none. */
export function completeSpec(spec: NetworkSpec): CompleteSpec {
  if (typeof spec !== 'object' || spec === null) throw new InputError(`a network is described by { inputs, layers }, not by ${describeValue(spec)}`);
  requireKnown('a network', spec, ['inputs', 'layers']);
  const inputs = wholeNumber('the inputs of a network', spec.inputs, 1, MOST_UNITS);
  if (!Array.isArray(spec.layers) || spec.layers.length === 0 || spec.layers.length > MOST_LAYERS) {
    throw new InputError(`the layers of a network are ${describeValue(spec.layers)}; give an array of 1 to ${MOST_LAYERS} layers`);
  }
  return { inputs, layers: spec.layers.map(completeLayer) };
}

/** A matrix or vector among a network's parameters, in the order in which they stand there. */
export interface ParameterPart {
  /** Number of the layer. */
  readonly layer: number;
  readonly name: 'weights' | 'recurrent' | 'bias';
  /** 1 for a bias. */
  readonly rows: number;
  readonly columns: number;
}

/**
 * The parts of a network's parameters, layer after layer: weights [inputs][units] and bias [units] of a dense layer; weights [inputs][4 units], recurrent weights
 * [units][4 units] and bias [4 units] of an LSTM, gates in the order i, f, g, o.
 */
export function parameterParts(spec: CompleteSpec): ParameterPart[] {
  let inputs = spec.inputs;
  return spec.layers.flatMap(({ kind, units }, layer): ParameterPart[] => {
    const columns = kind === 'lstm' ? 4 * units : units;
    const weights: ParameterPart = { layer, name: 'weights', rows: inputs, columns };
    const bias: ParameterPart = { layer, name: 'bias', rows: 1, columns };
    inputs = units;
    return kind === 'lstm' ? [weights, { layer, name: 'recurrent', rows: units, columns }, bias] : [weights, bias];
  });
}

/** Numbers of a state: h and c of each LSTM. */
export function stateSizeOf(spec: CompleteSpec): number {
  return spec.layers.reduce((sum, { kind, units }) => sum + (kind === 'lstm' ? 2 * units : 0), 0);
}
