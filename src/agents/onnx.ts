/** A trained policy as an ONNX model, for runtimes without JavaScript and for inspection. */
import { type Space, spaceFromJSON } from '../environments/index.js';
import { InputError } from '../grid/index.js';
import { type NetworkData, parameterParts, RunningMoments } from '../learning/index.js';
import { type ActionHead, actionHead } from './action-head.js';
import { OnnxGraph } from './onnx-graph.js';
import type { PolicyData } from './policy-data.js';

/** How a policy is exported. */
export interface OnnxOptions {
  /** Whether the model has an input `mask`, as for tasks that mask actions; none by default. */
  readonly masked?: boolean;
}

/** What stands for the value of a choice that is not allowed. */
const FORBIDDEN = -1e30;
/** Whole numbers beyond this are not all floats. */
const MOST_EXACT = 2 ** 24;
/** The largest float, and whether a number is one. */
const MOST_FLOAT = 3.4028234663852886e38;
const isFloat = (value: number): boolean => Math.abs(value) <= MOST_FLOAT;
/** Of the variance in the normaliser (learning/normaliser.ts). */
const LEAST_VARIANCE = 1e-8;

/** Observations less their means over their deviations, cut. A mean goes in as the sum of two floats, so that large ones lose no digits. */
function normalised(graph: OnnxGraph, observations: string, { moments: saved, limit }: NonNullable<PolicyData['normaliser']>): string {
  const moments = new RunningMoments(saved.mean.length);
  moments.restore(saved);
  const high = Float32Array.from(moments.mean);
  const low = Float32Array.from(moments.mean, (mean, j) => mean - high[j]);
  const scales = Float32Array.from(high, (_, j) => (moments.count > 0 ? 1 / Math.sqrt(moments.variance(j) + LEAST_VARIANCE) : 1));
  let z = graph.node('Sub', [observations, graph.floats('mean', high)]);
  if (low.some((x) => x !== 0)) z = graph.node('Sub', [z, graph.floats('mean_rest', low)]);
  z = graph.node('Mul', [z, graph.floats('scale', scales)]);
  return graph.node('Clip', [z, graph.floats('least', [-limit], []), graph.floats('most', [limit], [])]);
}

/** The network; its last node gives `parameters`. Throws InputError for layers that are not dense. */
function layersOf(graph: OnnxGraph, from: string, { spec, parameters }: NetworkData): string {
  const parts = parameterParts(spec);
  let [x, at, part] = [from, 0, 0];
  const take = (what: string): string => {
    const { rows, columns, name } = parts[part++];
    const values = parameters.subarray(at, at + rows * columns);
    at += rows * columns;
    return graph.floats(what, values, name === 'bias' ? [columns] : [rows, columns]);
  };
  spec.layers.forEach((layer, k) => {
    if (layer.kind !== 'dense')
      throw new InputError(`layer ${k} of the policy's network is ${layer.kind}; only policies of dense layers, which keep no state, are exported`);
    const last = k === spec.layers.length - 1;
    const linear = layer.activation === 'linear';
    const name = (is: boolean): string | undefined => (last && is ? 'parameters' : undefined);
    x = graph.node('Gemm', [x, take('weights'), take('bias')], {}, name(linear));
    if (layer.activation === 'relu') x = graph.node('Relu', [x], {}, name(true));
    if (layer.activation === 'leaky-relu') x = graph.node('LeakyRelu', [x], { alpha: { float: layer.slope } }, name(true));
    if (layer.activation === 'tanh') x = graph.node('Tanh', [x], {}, name(true));
    if (layer.activation === 'sigmoid') x = graph.node('Sigmoid', [x], {}, name(true));
  });
  return x;
}

/** Columns of rows. */
function columns(graph: OnnxGraph, from: string, start: number, end: number): string {
  return graph.node('Slice', [from, graph.wholes('from', [start]), graph.wholes('to', [end]), graph.wholes('axis', [1])]);
}

/** Actions of the distribution, without chance: the best choice of each branch, means of numbers. */
function actionsOf(graph: OnnxGraph, parameters: string, skip: number, head: ActionHead, space: Space, data: PolicyData, masked: boolean): string {
  const sizes = Array.from(head.order.subarray(0, head.discrete), (k) => space.counts[k]);
  const choices = sizes.reduce((sum, size) => sum + size, 0);
  const numbers = head.actions - head.discrete;
  const pieces: string[] = [];
  if (choices > 0) {
    let values = skip === 0 && numbers === 0 ? parameters : columns(graph, parameters, skip, skip + choices);
    if (masked) {
      const mask = graph.input('mask', 'bool', ['batch', choices]);
      values = graph.node('Where', [mask, values, graph.floats('forbidden', [FORBIDDEN])]);
    }
    // Branches of equally many choices that lie side by side are one piece: [batch][branch][choice].
    for (let branch = 0, at = 0; branch < sizes.length; ) {
      const size = sizes[branch];
      let count = 1;
      while (sizes[branch + count] === size) count += 1;
      const run = count === sizes.length ? values : columns(graph, values, at, at + count * size);
      const cube = graph.node('Reshape', [run, graph.wholes('shape', [-1, count, size])]);
      const best = graph.node('ArgMax', [cube], { axis: { int: 2 }, keepdims: { int: 0 } });
      pieces.push(graph.node('Cast', [best], { to: { int: 1 } }));
      branch += count;
      at += count * size;
    }
  }
  if (numbers > 0) {
    const means = columns(graph, parameters, skip + choices, skip + choices + numbers);
    pieces.push(data.head === 'squashed-policy' ? graph.node('Tanh', [means]) : means);
  }
  return pieces.length === 1 ? pieces[0] : graph.node('Concat', pieces, { axis: { int: 1 } });
}

/** The output `action`: numbers that stand for levels rounded, halves upwards, all others as they are. @param ordered [entry]: 1 where a number stands for a level */
function roundOrdered(graph: OnnxGraph, actions: string, ordered: Float64Array): void {
  const rounded = graph.node('Floor', [graph.node('Add', [actions, graph.floats('half', [0.5])])]);
  const levels = graph.node('Mul', [rounded, graph.floats('ordered', ordered)]);
  const others = graph.node('Mul', [
    actions,
    graph.floats(
      'plain',
      ordered.map((one) => 1 - one),
    ),
  ]);
  graph.node('Add', [levels, others], {}, 'action');
}

/**
 * A policy as an ONNX model (opset 17): input `observations` [batch][number], floats; outputs `parameters`, what the network gives, and `action`, rows of the action
 * space as floats: the best choice of each branch, numbers at their mean, scaled to their box and cut to it, as `LearnedPolicy` chooses without chance. With
 * `masked` there is an input `mask` [batch][choice], booleans: true where a choice is allowed. Texts about the policy stand in the model's metadata.
 *
 * @throws InputError for policies of several networks, for a network with an LSTM, for choices that a float does not hold exactly, for bounds that it does not hold at all, and for data that are no policy
 */
export function policyToOnnx(data: PolicyData, { masked = false }: OnnxOptions = {}): Uint8Array {
  if (data.head === 'communicating')
    throw new InputError(`a policy of ${data.agent} is of several agents who remember; only policies of one network without a memory are exported`);
  if (data.head === 'clusters') throw new InputError(`a policy of ${data.agent} is several networks and a dispatcher, which are no single model`);
  const space = spaceFromJSON(data.actionSpace);
  const head = actionHead(space, { form: data.head === 'squashed-policy' ? 'squashed' : 'gaussian', orderedFrom: data.orderedFrom });
  if (masked && head.discrete === 0)
    throw new InputError('the actions of the policy have no choices, so that there is nothing to mask; leave out masked');
  const skip = data.head === 'dueling-values' ? 1 : 0;
  const outputs = data.network.spec.layers[data.network.spec.layers.length - 1].units;
  if (outputs !== skip + head.parameters)
    throw new InputError(`the policy's network gives ${outputs} numbers, and its actions need ${skip + head.parameters}`);
  const large = Array.from(head.order.subarray(0, head.discrete)).find((k) => Math.max(Math.abs(space.low[k]), Math.abs(space.high[k])) > MOST_EXACT);
  if (large !== undefined)
    throw new InputError(
      `entry ${large} of the actions is ${space.describeEntry(large)}; a model gives floats, which hold whole numbers up to ${MOST_EXACT}`,
    );
  const beyond = Array.from(head.order.subarray(head.discrete)).find((k) => !(isFloat(space.low[k]) && isFloat(space.high[k])));
  if (beyond !== undefined)
    throw new InputError(
      `entry ${beyond} of the actions is ${space.describeEntry(beyond)}; a model gives floats, which end at ${MOST_FLOAT}: give the action narrower bounds`,
    );
  const scaled = data.normaliser?.moments.mean.findIndex((mean) => !isFloat(mean)) ?? -1;
  if (scaled >= 0)
    throw new InputError(
      `number ${scaled} of the observations has the mean ${data.normaliser?.moments.mean[scaled]}; a model takes floats, which end at ${MOST_FLOAT}`,
    );
  const graph = new OnnxGraph();
  const observations = graph.input('observations', 'float', ['batch', data.observation]);
  const parameters = layersOf(graph, data.normaliser ? normalised(graph, observations, data.normaliser) : observations, data.network);
  let actions = actionsOf(graph, parameters, skip, head, space, data, masked);
  // From the distribution's order to that of rows.
  const places = new Int32Array(head.actions);
  head.order.forEach((k, j) => {
    places[k] = j;
  });
  if (places.some((j, k) => j !== k)) actions = graph.node('Gather', [actions, graph.wholes('places', places)], { axis: { int: 1 } });
  const halves = Float64Array.from(places, (j) => head.halves[j]);
  const middles = Float64Array.from(places, (j) => head.middles[j]);
  if (halves.some((x) => x !== 1)) actions = graph.node('Mul', [actions, graph.floats('half_widths', halves)]);
  actions = graph.node('Add', [actions, graph.floats('middles', middles)]);
  actions = graph.node('Max', [actions, graph.floats('low', space.low)]);
  const ordered = Float64Array.from(places, (j, k) => (j >= head.discrete && space.counts[k] > 0 ? 1 : 0));
  if (ordered.includes(1)) {
    actions = graph.node('Min', [actions, graph.floats('high', space.high)]);
    roundOrdered(graph, actions, ordered);
  } else {
    graph.node('Min', [actions, graph.floats('high', space.high)], {}, 'action');
  }
  graph.output('parameters', 'float', ['batch', outputs]);
  graph.output('action', 'float', ['batch', head.actions]);
  return graph.model('policy', `A policy of ${data.agent} for ${data.task}, seed ${data.seed}, after ${data.steps} steps`, {
    agent: data.agent,
    task: data.task,
    taskOptions: JSON.stringify(data.taskOptions),
    seed: String(data.seed),
    steps: String(data.steps),
    head: data.head,
    actionSpace: JSON.stringify(data.actionSpace),
  });
}
