/** Everything that needs no Node API: what browsers and bundlers get from `busbar`. */
export * from './agents/index.js';
export * from './cases/index.js';
export * from './controls/index.js';
export * from './decomposition/index.js';
export * from './environments/index.js';
export * from './feeders/index.js';
export * from './formats/matpower/index.js';
export * from './formats/opendss/index.js';
export * from './grid/index.js';
export * from './powerflow/index.js';
export * from './profiles/index.js';
export * from './scripts/index.js';
export * from './visualization/index.js';
