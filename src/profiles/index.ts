export * from './columns.js';
export * from './recorder.js';
export * from './sun/index.js';
export * from './time-series.js';
