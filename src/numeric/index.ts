export * from './cholesky.js';
export * from './distributions.js';
export * from './eigenvalues.js';
export * from './portable-math.js';
export * from './random-stream.js';
