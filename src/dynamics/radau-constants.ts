/**
 * Constants of the Radau IIA method of three stages, computed from its matrix (Hairer and Wanner, Solving Ordinary Differential Equations II, table IV.5.6 and section
 * IV.8): eigenvalues of the matrix's inverse, gamma and alpha +- j beta, and eigenvectors that take it apart.
 */

const ROOT_6 = Math.sqrt(6);

/** A, by rows. */
const MATRIX = [
  (88 - 7 * ROOT_6) / 360,
  (296 - 169 * ROOT_6) / 1800,
  (-2 + 3 * ROOT_6) / 225,
  (296 + 169 * ROOT_6) / 1800,
  (88 + 7 * ROOT_6) / 360,
  (-2 - 3 * ROOT_6) / 225,
  (16 - ROOT_6) / 36,
  (16 + ROOT_6) / 36,
  1 / 9,
];

/** The inverse of a 3 x 3 matrix by cofactors. */
function inverse3(m: readonly number[]): number[] {
  const cofactor = (r: number, c: number): number => {
    const [r1, r2] = [(r + 1) % 3, (r + 2) % 3];
    const [c1, c2] = [(c + 1) % 3, (c + 2) % 3];
    return m[3 * r1 + c1] * m[3 * r2 + c2] - m[3 * r1 + c2] * m[3 * r2 + c1];
  };
  const determinant = m[0] * cofactor(0, 0) + m[1] * cofactor(0, 1) + m[2] * cofactor(0, 2);
  return Array.from({ length: 9 }, (_, i) => cofactor(i % 3, Math.floor(i / 3)) / determinant);
}

type Complex = readonly [number, number];

/** The vector that a singular 3 x 3 complex matrix takes to zero: the cross product of its first two rows, its last part scaled to 1. */
function nullVector(m: readonly Complex[]): Complex[] {
  const times = ([a, b]: Complex, [c, d]: Complex): Complex => [a * c - b * d, a * d + b * c];
  const minus = ([a, b]: Complex, [c, d]: Complex): Complex => [a - c, b - d];
  const vector = [0, 1, 2].map((i) => {
    const [j, k] = [(i + 1) % 3, (i + 2) % 3];
    return minus(times(m[j], m[3 + k]), times(m[k], m[3 + j]));
  });
  const [re, im] = vector[2];
  const square = re * re + im * im;
  return vector.map((part) => times(part, [re / square, -im / square]));
}

function makeConstants() {
  const inverted = inverse3(MATRIX);
  // The inverse's characteristic polynomial is l^3 - 9 l^2 + 36 l - 60: one real root by Newton, the others from the quadratic left.
  let gamma = 3.6;
  for (let i = 0; i < 20; i++) gamma -= (((gamma - 9) * gamma + 36) * gamma - 60) / ((3 * gamma - 18) * gamma + 36);
  const alpha = (9 - gamma) / 2;
  const beta = Math.sqrt(60 / gamma - alpha * alpha);
  const shifted = (re: number, im: number): Complex[] => inverted.map((value, i): Complex => (i % 4 === 0 ? [value - re, -im] : [value, 0]));
  const real = nullVector(shifted(gamma, 0));
  const pair = nullVector(shifted(alpha, beta));
  const transform = [0, 1, 2].flatMap((i) => [real[i][0], pair[i][0], pair[i][1]]);
  return {
    /** c1, c2, c3. */
    nodes: [(4 - ROOT_6) / 10, (4 + ROOT_6) / 10, 1] as const,
    gamma,
    alpha,
    beta,
    /** T and its inverse, by rows: T^-1 A^-1 T = [gamma, 0, 0; 0, alpha, beta; 0, -beta, alpha]. */
    transform,
    inverse: inverse3(transform),
    /** Weights of the stages in the error estimate. */
    errorWeights: [(-13 - 7 * ROOT_6) / 3, (-13 + 7 * ROOT_6) / 3, -1 / 3].map((weight) => weight / gamma),
  };
}

/** The constants. */
export const RADAU = makeConstants();
