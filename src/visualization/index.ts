export * from './balanced-svg.js';
export * from './contingency-svg.js';
export * from './curves-svg.js';
export type { DeviceMark, DeviceMarkKind } from './device-marks.js';
export * from './learning-curve-svg.js';
export * from './method-chart-svg.js';
export * from './microgrid-svg.js';

export * from './one-line-svg.js';
export * from './profile-svg.js';
export * from './topology-svg.js';
export * from './voltage-profile.js';
