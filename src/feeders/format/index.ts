/** Grids as text in the product's own compact format. */
export { type DecodeOptions, decode, type EncodeOptions, encode, encodeSections, FORMAT_HEADER } from './format.js';
