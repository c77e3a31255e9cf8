/** First parameters of networks, from a stream of random numbers: the same on every machine and backend. */
import { RandomStream } from '../numeric/index.js';
import { type CompleteSpec, type InitialisationName, parameterParts } from './network-spec.js';

/** A matrix of rows by columns, row after row. */
type Fill = (random: RandomStream, rows: number, columns: number, gain: number) => Float64Array;

/**
 * A matrix whose rows (columns, where there are more rows) are orthogonal and of length `gain`: normal numbers made orthonormal by Gram and Schmidt, twice over
 * so that rounding does not show. Saxe, McClelland, Ganguli: Exact solutions to the nonlinear dynamics of learning in deep linear neural networks, ICLR 2014.
 */
function orthogonal(random: RandomStream, rows: number, columns: number, gain: number): Float64Array {
  const count = Math.min(rows, columns);
  const length = Math.max(rows, columns);
  const vectors = Array.from({ length: count }, () => {
    const vector = new Float64Array(length);
    random.fillNormal(vector);
    return vector;
  });
  const product = (a: Float64Array, b: Float64Array): number => {
    let sum = 0;
    for (let k = 0; k < length; k++) sum += a[k] * b[k];
    return sum;
  };
  vectors.forEach((vector, i) => {
    for (let pass = 0; pass < 2; pass++) {
      for (let j = 0; j < i; j++) {
        const share = product(vector, vectors[j]);
        for (let k = 0; k < length; k++) vector[k] -= share * vectors[j][k];
      }
      const size = Math.sqrt(product(vector, vector));
      for (let k = 0; k < length; k++) vector[k] /= size;
    }
  });
  const matrix = new Float64Array(rows * columns);
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) matrix[r * columns + c] = gain * (rows <= columns ? vectors[r][c] : vectors[c][r]);
  }
  return matrix;
}

const FILLS: Record<InitialisationName, Fill> = {
  orthogonal,
  // He, Zhang, Ren, Sun: Delving deep into rectifiers, ICCV 2015.
  he: (random, rows, columns, gain) => Float64Array.from({ length: rows * columns }, () => gain * Math.sqrt(2 / rows) * random.normal()),
  // Glorot, Bengio: Understanding the difficulty of training deep feedforward neural networks, AISTATS 2010.
  glorot: (random, rows, columns, gain) => {
    const limit = gain * Math.sqrt(6 / (rows + columns));
    return Float64Array.from({ length: rows * columns }, () => limit * (2 * random.uniform() - 1));
  },
  zeros: (_random, rows, columns) => new Float64Array(rows * columns),
};

/**
 * First parameters of a network, in the order of `parameterParts`.
 *
 * @param seed whole number from 0; layer k draws from the stream (seed, k, `network`)
 */
export function initialParameters(spec: CompleteSpec, seed: number): Float32Array {
  const pieces = parameterParts(spec).map(({ layer: k, name, rows, columns }) => {
    const layer = spec.layers[k];
    // Recurrent weights have a stream of their own, so that what one matrix draws does not move the other.
    const random = new RandomStream(seed, k, name === 'recurrent' ? 'network recurrent' : 'network');
    if (name === 'weights') return FILLS[layer.initialisation](random, rows, columns, layer.gain);
    if (layer.kind === 'dense') return new Float64Array(columns).fill(layer.bias);
    // The forget gate begins open (Jozefowicz, Zaremba, Sutskever: An empirical exploration of recurrent network architectures, ICML 2015).
    if (name === 'bias') return Float64Array.from({ length: columns }, (_, c) => (Math.floor(c / layer.units) === 1 ? 1 : 0));
    const gates = Array.from({ length: 4 }, () => orthogonal(random, layer.units, layer.units, 1));
    return Float64Array.from({ length: rows * columns }, (_, at) => {
      const column = at % columns;
      return gates[Math.floor(column / layer.units)][Math.floor(at / columns) * layer.units + (column % layer.units)];
    });
  });
  const parameters = new Float32Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    parameters.set(piece, at);
    at += piece.length;
  }
  return parameters;
}
