export * from './air-mass.js';
export * from './clear-sky.js';
export * from './day-formulas.js';
export * from './plane-of-array.js';
export * from './pv-power.js';
export * from './solar-position.js';
