/** Where everything of a network lies in its memory. Addresses and strides are in bytes; see tape-layout.ts for the forms. */
import { InputError } from '../grid/index.js';
import type { CompleteSpec } from './network-spec.js';
import { PANEL, PANEL_BYTES, PARTIAL_SUMS, TAPE_WORDS } from './tape-layout.js';

/** Most bytes of a network. */
const MOST_BYTES = 2 ** 31 - 65536;
/** Rows that go forward together: their activations stay within the second-level cache. */
export const ROWS_AT_ONCE = 192;
/** Most instructions of a layer backwards, with some for the whole; forwards two for each block of rows. */
const INSTRUCTIONS_A_LAYER = 8;

/** Panels of so many columns. */
export function panelsOf(columns: number): number {
  return Math.ceil(columns / PANEL);
}

/** Stride of rows of so many columns: whole panels, an odd number of them, so that rows do not fall into the same few sets of the cache. */
export function strideOf(columns: number): number {
  const panels = panelsOf(columns);
  return PANEL_BYTES * (panels % 2 === 0 ? panels + 1 : panels);
}

/** A matrix of weights among the parameters. */
export interface MatrixPlace {
  /** From the beginning of the parameters, bytes; the same in gradients and moments. */
  readonly at: number;
  readonly rows: number;
  readonly panels: number;
}

/** Arrays of one layer. */
export interface LayerPlaces {
  readonly weights: MatrixPlace;
  /** LSTM only. */
  readonly recurrent: MatrixPlace | undefined;
  /** From the beginning of the parameters, bytes. */
  readonly bias: number;
  /** Outputs and their gradients, rows of `stride`. */
  readonly outputs: number;
  readonly gradients: number;
  readonly stride: number;
  /** Numbers of a filled-up state. */
  readonly columns: number;
  /** LSTM only: see LSTM_... of the tape. */
  readonly lstm:
    | { gates: number; gatesGradient: number; gatesStride: number; hidden: number; cells: number; squashed: number; carry: number }
    | undefined;
}

/** Hands out space, a cache line between arrays. */
class Space {
  // Nothing lies at 0, which stands for no array.
  end = 64;
  take(bytes: number): number {
    const at = this.end;
    this.end = 64 * Math.ceil((at + bytes + 64) / 64);
    return at;
  }
}

/** The plan of a network's memory. */
export class NetworkMemory {
  readonly memory: WebAssembly.Memory;
  readonly tape: number;
  /** Bytes of the parameters as they lie in panels; gradients and moments have as many. */
  readonly parameterBytes: number;
  readonly parameters: number;
  readonly gradients: number;
  readonly first: number;
  readonly second: number;
  /** Parameters of another network, to be blended in. */
  readonly other: number;
  readonly layers: readonly LayerPlaces[];
  /** Dense rows: what users give and get. */
  readonly inputs: number;
  readonly outputs: number;
  readonly outputGradients: number;
  readonly inputGradients: number;
  /** Rows of `inputStride`, before they are made dense. */
  readonly paddedInputGradients: number;
  readonly inputStride: number;
  readonly starts: number;
  readonly transposed: number;
  readonly partialSums: number;
  /** Float of each parameter, in the order of `parameterParts`, from the beginning of the parameters. */
  readonly floatOf: Int32Array;

  /** @param rows most samples of a batch. Throws InputError where a network of this size has no room in one memory. */
  constructor(spec: CompleteSpec, rows: number) {
    const space = new Space();
    let parameterEnd = 0;
    const parameter = (floats: number): number => {
      const at = parameterEnd;
      parameterEnd += 4 * floats;
      return at;
    };
    const places: number[][] = [];
    const matrix = (matrixRows: number, groups: number, units: number): MatrixPlace => {
      const panels = groups * panelsOf(units);
      const at = parameter(matrixRows * panels * PANEL);
      const floats: number[] = [];
      for (let r = 0; r < matrixRows; r++) {
        for (let j = 0; j < groups * units; j++) {
          const column = Math.floor(j / units) * panelsOf(units) * PANEL + (j % units);
          floats.push(at / 4 + (column >> 4) * matrixRows * PANEL + r * PANEL + (column & 15));
        }
      }
      places.push(floats);
      return { at, rows: matrixRows, panels };
    };
    let inputs = spec.inputs;
    let transposedFloats = 0;
    const instructions = Math.max(INSTRUCTIONS_A_LAYER, 2 * Math.ceil(rows / ROWS_AT_ONCE)) * (spec.layers.length + 1);
    this.tape = space.take(4 * TAPE_WORDS * instructions);
    this.layers = spec.layers.map(({ kind, units }): LayerPlaces => {
      const columns = PANEL * panelsOf(units);
      const groups = kind === 'lstm' ? 4 : 1;
      const weights = matrix(inputs, groups, units);
      const recurrent = kind === 'lstm' ? matrix(units, groups, units) : undefined;
      const bias = parameter(groups * columns);
      places.push(Array.from({ length: groups * units }, (_, j) => bias / 4 + Math.floor(j / units) * columns + (j % units)));
      for (const one of [weights, recurrent]) {
        if (one) transposedFloats = Math.max(transposedFloats, panelsOf(one.rows) * PANEL * one.panels * PANEL);
      }
      inputs = units;
      const stride = strideOf(units);
      const gatesStride = strideOf(4 * columns);
      const lstm = recurrent && {
        gates: space.take(rows * gatesStride),
        gatesGradient: space.take(rows * gatesStride),
        gatesStride,
        hidden: space.take(2 * rows * stride),
        cells: space.take(2 * rows * stride),
        squashed: space.take(rows * stride),
        carry: space.take(2 * rows * stride),
      };
      return { weights, recurrent, bias, outputs: space.take(rows * stride), gradients: space.take(rows * stride), stride, columns, lstm };
    });
    this.floatOf = Int32Array.from(places.flat());
    this.parameterBytes = parameterEnd;
    this.parameters = space.take(parameterEnd);
    this.gradients = space.take(parameterEnd);
    this.first = space.take(parameterEnd);
    this.second = space.take(parameterEnd);
    this.other = space.take(parameterEnd);
    this.transposed = space.take(4 * transposedFloats);
    this.partialSums = space.take(4 * PARTIAL_SUMS);
    this.inputStride = strideOf(spec.inputs);
    this.inputs = space.take(4 * rows * spec.inputs);
    this.paddedInputGradients = space.take(rows * this.inputStride);
    this.inputGradients = space.take(4 * rows * spec.inputs);
    this.outputs = space.take(4 * rows * inputs);
    this.outputGradients = space.take(4 * rows * inputs);
    this.starts = space.take(4 * rows);
    if (space.end > MOST_BYTES) throw new InputError(`a network of this size for batches of ${rows} needs more than 2 GiB; make batches smaller`);
    this.memory = new WebAssembly.Memory({ initial: Math.ceil((space.end + 1024) / 65536) });
  }
}
