export * from './catalog.js';
export * from './differential-system.js';
export {
  chooseDynamicsBackend,
  type DynamicsBackend,
  type DynamicsKernels,
  type NativeDynamics,
  nativeDynamics,
  preferDynamicsBackend,
  registerNativeDynamics,
  wasmDynamics,
} from './dynamics-backend.js';
export * from './energy-balance.js';
export * from './errors.js';
export * from './fast-scheme.js';
export * from './full-inverter-model.js';
export * from './ideal-inverter-model.js';
export * from './load-disturbance.js';
export * from './microgrid.js';
export * from './microgrid-lanes.js';
export * from './microgrid-plan.js';
export * from './microgrid-rewards.js';
export { MicrogridSimulation, type MicrogridSimulationOptions } from './microgrid-simulation.js';
export * from './microgrid-state.js';
export * from './microgrid-trace.js';
export * from './modes.js';
export * from './radau.js';
export * from './steady-state.js';
export * from './step-response.js';
export * from './voltage-policies.js';
