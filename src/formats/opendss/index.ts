/** The OpenDSS language: reads scripts into grids. Uses no Node API; files come from a ScriptFiles. */
export { type InterpreterOptions, OpenDssInterpreter } from './interpreter.js';
export { MemoryFiles } from './memory-files.js';
export { hostWithoutSolver, type ReaderWarning, type ReadOptions, type ReadResult, readOpenDss } from './reader.js';
export * from './script-host.js';
