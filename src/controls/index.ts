export * from './capacitor-control.js';
export * from './control.js';
export * from './control-loop.js';
export * from './control-queue.js';
export * from './devices.js';
export * from './measurement.js';
export * from './regulator-control.js';
export * from './switch-control.js';
