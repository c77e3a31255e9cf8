/** Writes a network's instructions: forward, backward and optimiser's step. */
import { type NetworkMemory, ROWS_AT_ONCE } from './network-memory.js';
import type { ActivationName, CompleteSpec } from './network-spec.js';
import * as L from './tape-layout.js';

const KINDS: Record<ActivationName, number> = {
  linear: L.ACTIVATION_LINEAR,
  relu: L.ACTIVATION_RELU,
  'leaky-relu': L.ACTIVATION_LEAKY,
  tanh: L.ACTIVATION_TANH,
  sigmoid: L.ACTIVATION_SIGMOID,
};

/** What backward is to find. */
export interface Wanted {
  readonly parameters: boolean;
  readonly inputs: boolean;
}

/** Instructions one after the other, from the tape's beginning. */
export class Tape {
  /** Instructions written. */
  count = 0;
  private readonly words: Uint32Array;
  private readonly floats: Float32Array;
  private at = 0;

  constructor(
    private readonly spec: CompleteSpec,
    private readonly places: NetworkMemory,
  ) {
    this.words = new Uint32Array(places.memory.buffer);
    this.floats = new Float32Array(places.memory.buffer);
  }

  private begin(): void {
    this.count = 0;
  }

  private operation(kind: number): void {
    this.at = this.places.tape / 4 + this.count * L.TAPE_WORDS;
    this.words[this.at] = kind;
    this.count += 1;
  }

  private word(place: number, value: number): void {
    this.words[this.at + place] = value;
  }

  private number(place: number, value: number): void {
    this.floats[this.at + place] = value;
  }

  private multiply(
    c: number,
    cStride: number,
    a: number,
    aStride: number,
    b: number,
    bPanel: number,
    rows: number,
    columns: number,
    steps: number,
  ): void {
    this.operation(L.OP_MULTIPLY);
    this.word(L.MULTIPLY_C, c);
    this.word(L.MULTIPLY_C_STRIDE, cStride);
    this.word(L.MULTIPLY_A, a);
    this.word(L.MULTIPLY_A_STRIDE, aStride);
    this.word(L.MULTIPLY_B, b);
    this.word(L.MULTIPLY_B_PANEL, bPanel);
    this.word(L.MULTIPLY_ROWS, rows);
    this.word(L.MULTIPLY_COLUMNS, columns);
    this.word(L.MULTIPLY_STEPS, steps);
    this.word(L.MULTIPLY_START, L.START_ZERO);
    this.word(L.MULTIPLY_BIAS, 0);
    this.word(L.MULTIPLY_RELU, 0);
  }

  private outer(c: number, a: number, aStride: number, b: number, bStride: number, rows: number, columns: number, steps: number): void {
    this.operation(L.OP_OUTER);
    this.word(L.OUTER_C, c);
    this.word(L.OUTER_A, a);
    this.word(L.OUTER_A_STRIDE, aStride);
    this.word(L.OUTER_B, b);
    this.word(L.OUTER_B_STRIDE, bStride);
    this.word(L.OUTER_ROWS, rows);
    this.word(L.OUTER_COLUMNS, columns);
    this.word(L.OUTER_STEPS, steps);
  }

  private transpose(from: number, rows: number, panels: number): void {
    this.operation(L.OP_TRANSPOSE);
    this.word(L.TRANSPOSE_FROM, from);
    this.word(L.TRANSPOSE_TO, this.places.transposed);
    this.word(L.TRANSPOSE_ROWS, rows);
    this.word(L.TRANSPOSE_PANELS, panels);
  }

  private copy(from: number, fromStride: number, to: number, toStride: number, rows: number, columns: number): void {
    this.operation(L.OP_COPY);
    this.word(L.COPY_FROM, from);
    this.word(L.COPY_FROM_STRIDE, fromStride);
    this.word(L.COPY_TO, to);
    this.word(L.COPY_TO_STRIDE, toStride);
    this.word(L.COPY_ROWS, rows);
    this.word(L.COPY_COLUMNS, columns);
  }

  private derive(k: number, dy: number, dyStride: number, rows: number, columns: number, kind: number, bias: number): void {
    const layer = this.spec.layers[k];
    const { outputs, stride } = this.places.layers[k];
    this.operation(L.OP_DERIVE);
    this.word(L.DERIVE_DY, dy);
    this.word(L.DERIVE_DY_STRIDE, dyStride);
    // Gradients of gates are told from the gates already; a linear slope reads Y without a use for it.
    this.word(L.DERIVE_Y, layer.kind === 'lstm' ? dy : outputs);
    this.word(L.DERIVE_Y_STRIDE, layer.kind === 'lstm' ? dyStride : stride);
    this.word(L.DERIVE_ROWS, rows);
    this.word(L.DERIVE_COLUMNS, columns);
    this.word(L.DERIVE_KIND, kind);
    this.number(L.DERIVE_SLOPE, layer.kind === 'dense' ? layer.slope : 0);
    this.word(L.DERIVE_BIAS, bias);
  }

  private lstm(kind: number, k: number, environments: number, steps: number): void {
    const { places } = this;
    const { lstm, recurrent, stride, columns, outputs, gradients } = places.layers[k];
    if (!lstm || !recurrent) throw new Error(`layer ${k} is no LSTM`);
    const isForward = kind === L.OP_LSTM_FORWARD;
    this.operation(kind);
    this.word(L.LSTM_GATES, lstm.gates);
    this.word(L.LSTM_GATES_STRIDE, lstm.gatesStride);
    this.word(L.LSTM_HIDDEN, lstm.hidden);
    this.word(L.LSTM_CELLS, lstm.cells);
    this.word(L.LSTM_STRIDE, stride);
    this.word(L.LSTM_WEIGHTS, isForward ? places.parameters + recurrent.at : places.transposed);
    this.word(L.LSTM_STARTS, places.starts);
    this.word(L.LSTM_ROWS, environments);
    this.word(L.LSTM_STEPS, steps);
    this.word(L.LSTM_COLUMNS, columns);
    this.word(L.LSTM_SQUASHED, lstm.squashed);
    this.word(L.LSTM_OUTPUTS, isForward ? outputs : gradients);
    this.word(L.LSTM_GATES_GRADIENT, lstm.gatesGradient);
    this.word(isForward ? L.LSTM_UNITS : L.LSTM_CARRY, isForward ? this.spec.layers[k].units : lstm.carry);
  }

  /** Where a layer's inputs are. */
  private inputsOf(k: number): { at: number; stride: number } {
    if (k === 0) return { at: this.places.inputs, stride: 4 * this.spec.inputs };
    const { outputs, stride } = this.places.layers[k - 1];
    return { at: outputs, stride };
  }

  /** From inputs to dense outputs, rows = steps times environments. Without a state, block by block, so that a block's activations stay near. */
  forward(environments: number, steps: number): void {
    this.begin();
    const { places, spec } = this;
    const rows = environments * steps;
    const hasState = places.layers.some(({ lstm }) => lstm);
    const block = hasState ? rows : ROWS_AT_ONCE;
    for (let from = 0; from < rows; from += block) {
      spec.layers.forEach((_, k) => {
        this.forwardLayer(k, from, Math.min(block, rows - from), environments, steps);
      });
    }
    const { outputs, stride } = places.layers[spec.layers.length - 1];
    const { units } = spec.layers[spec.layers.length - 1];
    this.copy(outputs, stride, places.outputs, 4 * units, rows, units);
  }

  /** One layer of rows from a row on; all rows with an LSTM. */
  private forwardLayer(k: number, from: number, rows: number, environments: number, steps: number): void {
    const { places } = this;
    const layer = this.spec.layers[k];
    const { weights, bias, outputs, stride, lstm } = places.layers[k];
    const inputs = this.inputsOf(k);
    const [c, cStride] = lstm ? [lstm.gates, lstm.gatesStride] : [outputs, stride];
    const columns = lstm ? weights.panels * L.PANEL : layer.units;
    const panel = weights.rows * L.PANEL_BYTES;
    const a = inputs.at + from * inputs.stride;
    this.multiply(c + from * cStride, cStride, a, inputs.stride, places.parameters + weights.at, panel, rows, columns, weights.rows);
    this.word(L.MULTIPLY_START, L.START_BIAS);
    this.word(L.MULTIPLY_BIAS, places.parameters + bias);
    if (lstm) this.lstm(L.OP_LSTM_FORWARD, k, environments, steps);
    else if (layer.kind === 'dense' && layer.activation === 'relu') this.word(L.MULTIPLY_RELU, 1);
    else if (layer.kind === 'dense' && layer.activation !== 'linear') {
      this.operation(L.OP_ACTIVATE);
      this.word(L.ACTIVATE_Y, outputs + from * stride);
      this.word(L.ACTIVATE_STRIDE, stride);
      this.word(L.ACTIVATE_ROWS, rows);
      this.word(L.ACTIVATE_COLUMNS, layer.units);
      this.word(L.ACTIVATE_KIND, KINDS[layer.activation]);
      this.number(L.ACTIVATE_SLOPE, layer.slope);
    }
  }

  /** From dense gradients of outputs to gradients of parameters and dense ones of inputs. */
  backward(environments: number, steps: number, wanted: Wanted): void {
    this.begin();
    const { places, spec } = this;
    const rows = environments * steps;
    const last = spec.layers.length - 1;
    this.copy(
      places.outputGradients,
      4 * spec.layers[last].units,
      places.layers[last].gradients,
      places.layers[last].stride,
      rows,
      spec.layers[last].units,
    );
    for (let k = last; k >= 0; k--) {
      const layer = spec.layers[k];
      const { weights, recurrent, bias, gradients, stride, lstm } = places.layers[k];
      const columns = lstm ? weights.panels * L.PANEL : layer.units;
      const [dz, dzStride] = lstm ? [lstm.gatesGradient, lstm.gatesStride] : [gradients, stride];
      if (lstm && recurrent) {
        this.transpose(places.parameters + recurrent.at, recurrent.rows, recurrent.panels);
        this.lstm(L.OP_LSTM_BACKWARD, k, environments, steps);
      }
      const kind = layer.kind === 'dense' ? KINDS[layer.activation] : L.ACTIVATION_LINEAR;
      if (wanted.parameters || kind !== L.ACTIVATION_LINEAR) {
        this.derive(k, dz, dzStride, rows, columns, kind, wanted.parameters ? places.gradients + bias : 0);
      }
      const inputs = this.inputsOf(k);
      if (wanted.parameters) {
        this.outer(places.gradients + weights.at, inputs.at, inputs.stride, dz, dzStride, weights.rows, columns, rows);
        if (lstm && recurrent) {
          this.outer(places.gradients + recurrent.at, lstm.hidden, stride, dz, dzStride, recurrent.rows, columns, rows);
        }
      }
      if (k === 0 && !wanted.inputs) return;
      const [dx, dxStride] =
        k === 0 ? [places.paddedInputGradients, places.inputStride] : [places.layers[k - 1].gradients, places.layers[k - 1].stride];
      this.transpose(places.parameters + weights.at, weights.rows, weights.panels);
      const width = weights.panels * L.PANEL;
      // The columns that only fill up a panel are zeros; leaving them out of the sums changes nothing.
      this.multiply(dx, dxStride, dz, dzStride, places.transposed, width * L.PANEL_BYTES, rows, weights.rows, lstm ? width : layer.units);
    }
    this.copy(places.paddedInputGradients, places.inputStride, places.inputGradients, 4 * spec.inputs, rows, spec.inputs);
  }

  /** Sums of squares of all gradients. */
  squares(): void {
    this.begin();
    this.operation(L.OP_SQUARES);
    this.word(L.SQUARES_FROM, this.places.gradients);
    this.word(L.SQUARES_COUNT, this.places.parameterBytes / 4);
    this.word(L.SQUARES_TO, this.places.partialSums);
  }

  /** An optimiser's step, its numbers by the words they go to. */
  optimise(kind: number, numbers: readonly (readonly [number, number])[], epsilonInside: boolean): void {
    this.begin();
    const { places } = this;
    this.operation(kind);
    this.word(L.OPTIMISE_PARAMETERS, places.parameters);
    this.word(L.OPTIMISE_GRADIENTS, places.gradients);
    this.word(L.OPTIMISE_FIRST, places.first);
    this.word(L.OPTIMISE_SECOND, places.second);
    this.word(L.OPTIMISE_COUNT, places.parameterBytes / 4);
    this.word(L.OPTIMISE_EPSILON_INSIDE, epsilonInside ? 1 : 0);
    for (const [place, value] of numbers) this.number(place, value);
  }

  /** Blends the other parameters in. */
  blend(share: number): void {
    this.begin();
    this.operation(L.OP_BLEND);
    this.word(L.BLEND_FROM, this.places.other);
    this.word(L.BLEND_TO, this.places.parameters);
    this.word(L.BLEND_COUNT, this.places.parameterBytes / 4);
    this.number(L.BLEND_SHARE, share);
  }
}
