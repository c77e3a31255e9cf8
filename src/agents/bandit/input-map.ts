/** From observations to what the bandit's network sees: of mean 0 and deviation 1, and uncorrelated where that is wanted; and the way back into a policy's network. */
import { InputError } from '../../grid/index.js';
import {
  createNetwork,
  type LearningBackendName,
  type MomentsData,
  type Network,
  type NetworkData,
  ObservationNormaliser,
  parameterParts,
} from '../../learning/index.js';
import { Covariances, decorrelation, type LinearMap } from './decorrelation.js';

/** Limit of normalised observations. */
export const LIMIT = 10;
/** Added to the variance of each normalised number before they are decorrelated. */
const LEAST_VARIANCE = 1e-4;
/** Most rows that are mapped at once. */
const ROWS = 256;
/** Widest observation that is decorrelated: the matrix has its square of numbers. */
const WIDEST = 2048;

/** A map as plain data. */
export interface InputMapData {
  readonly moments: MomentsData;
  readonly map?: LinearMap;
}

/** Learnt once, then fixed. */
export class InputMap {
  readonly normaliser: ObservationNormaliser;
  private linear: LinearMap | undefined;
  private readonly network: Network | undefined;

  /** Throws InputError for observations too wide to be decorrelated. */
  constructor(
    private readonly width: number,
    private readonly decorrelates: boolean,
    backend: LearningBackendName | undefined,
  ) {
    if (decorrelates && width > WIDEST)
      throw new InputError(`bandit decorrelates observations of up to ${WIDEST} numbers, and these have ${width}; set decorrelate to false`);
    this.normaliser = new ObservationNormaliser(width, LIMIT);
    if (decorrelates) this.network = createNetwork({ inputs: width, layers: [{ kind: 'dense', units: width }] }, { batch: ROWS, seed: 0, backend });
  }

  /** Learns from rows of observations, [row][number]. */
  learn(observations: Float32Array): void {
    const { normaliser, width } = this;
    normaliser.moments.add(observations);
    if (!this.decorrelates) return;
    const covariances = new Covariances(width);
    const rows = new Float32Array(ROWS * width);
    for (let from = 0; from < observations.length; from += rows.length) {
      const part = observations.subarray(from, from + rows.length);
      const into = rows.subarray(0, part.length);
      normaliser.normalise(part, into);
      covariances.add(into);
    }
    this.take(decorrelation(covariances, LEAST_VARIANCE));
  }

  private take(map: LinearMap): void {
    const { width, network } = this;
    this.linear = map;
    const parameters = new Float32Array(width * width + width);
    for (let i = 0; i < width; i++) {
      for (let c = 0; c < width; c++) parameters[c * width + i] = map.matrix[i * width + c];
      parameters[width * width + i] = map.shift[i];
    }
    network?.setParameters(parameters);
  }

  /** Writes what the network sees for rows of observations; `out` may be the array itself. */
  apply(observations: Float32Array, out: Float32Array): void {
    const { normaliser, network, width } = this;
    normaliser.normalise(observations, out);
    if (!network) return;
    for (let from = 0; from < out.length; from += ROWS * width) {
      const part = out.subarray(from, from + ROWS * width);
      part.set(network.forward(part));
    }
  }

  /** The same network for normalised observations: the linear map goes into its first layer. */
  fold(data: NetworkData): NetworkData {
    const { linear, width } = this;
    if (!linear) return data;
    const units = parameterParts(data.spec)[0].columns;
    const parameters = data.parameters.slice();
    const row = new Float64Array(units);
    for (let c = 0; c < width; c++) {
      row.fill(0);
      for (let i = c; i < width; i++) {
        const share = linear.matrix[i * width + c];
        for (let u = 0; u < units; u++) row[u] += share * data.parameters[i * units + u];
      }
      parameters.set(row, c * units);
    }
    for (let u = 0; u < units; u++) {
      let sum = data.parameters[width * units + u];
      for (let i = 0; i < width; i++) sum += linear.shift[i] * data.parameters[i * units + u];
      parameters[width * units + u] = sum;
    }
    const none = new Float32Array(parameters.length);
    return { ...data, parameters, first: none, second: none };
  }

  save(): InputMapData {
    return { moments: this.normaliser.moments.save(), map: this.linear };
  }

  /** Throws InputError for what is of other observations. */
  restore({ moments, map }: InputMapData): void {
    const { width } = this;
    this.normaliser.moments.restore(moments);
    if (!map) return;
    if (map.matrix.length !== width * width || map.shift.length !== width) throw new InputError('a saved map of observations is of another width');
    this.take({ matrix: map.matrix.slice(), shift: map.shift.slice() });
  }
}
