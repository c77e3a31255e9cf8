export * from './run-script.js';
export * from './script-session.js';
export * from './voltage-bases.js';
