export * from './complex-matrix.js';
export * from './elements.js';
export * from './errors.js';
export * from './grid.js';
export * from './injection-power.js';
export * from './load-shape.js';
export * from './xy-curve.js';
