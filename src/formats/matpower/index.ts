/** MATPOWER case files (`.m`, case format version 2): a reader and a writer. Uses no Node API. */
export { type MatpowerCase, type MatpowerWarning, type ReadMatpowerOptions, readMatpower } from './reader.js';
export { writeMatpower } from './writer.js';
