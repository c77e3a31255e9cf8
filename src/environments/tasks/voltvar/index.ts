/** The Volt-VAR tasks. */
export { type VoltVarOptions, type VoltVarVariant, voltVarVariant } from './options.js';
export { VOLTVAR_SYSTEMS, type VoltVarSystem } from './systems.js';
export { voltVarTask } from './task.js';
