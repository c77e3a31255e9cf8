export * from './read-columns.js';
export * from './read-opendss-shapes.js';
export * from './read-weather.js';
export { type Cell, cellNumber, contentLines, plainNumber, separatorOf, splitCells } from './table-text.js';
export type { RowOptions, SeriesTable } from './timed-rows.js';
