/** Everything, for Node: the browser's part, and what reads files. */
export * from './browser.js';
export * from './formats/opendss/node-files.js';
export * from './scripts/node-run-script.js';
