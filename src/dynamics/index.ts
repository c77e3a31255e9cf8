export * from './catalog.js';
export * from './errors.js';
export * from './microgrid.js';
export * from './microgrid-plan.js';
