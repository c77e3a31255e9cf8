export * from './cholesky.js';
export * from './distributions.js';
export * from './portable-math.js';
export * from './random-stream.js';
