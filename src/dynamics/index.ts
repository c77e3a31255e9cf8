export * from './catalog.js';
export * from './differential-system.js';
export * from './errors.js';
export * from './ideal-inverter-model.js';
export * from './microgrid.js';
export * from './microgrid-plan.js';
export * from './radau.js';
export * from './steady-state.js';
