export * from './columns.js';
export * from './recorder.js';
export * from './time-series.js';
