/**
 * Plain data with typed arrays as bytes, exactly: what a checkpoint is kept as.
 *
 * A file is: 8 bytes `BUSBARCK`; uint32 version, 1; uint32 CRC-32C of all that follows; uint64 bytes of the file; uint32 bytes of the header; the header, JSON in UTF-8;
 * zeros up to a multiple of 8; the arrays one behind the other, each filled up with zeros to a multiple of 8 bytes. All numbers are little-endian.
 * In the header plain values stand for themselves; an object with the key `$` stands for what JSON has not: `{"$":"f32","at":0,"n":3}` for an array at that
 * byte behind the header (f32, f64, i32, u32, u8), `{"$":"number","is":"NaN"}` (also Infinity, -Infinity, -0), `{"$":"undefined"}`, and
 * `{"$":"object","entries":[[name, value], ...]}` for an object that itself has a key `$`.
 */
import { describeValue, InputError } from '../grid/index.js';
import type { PlainData } from './agent.js';
import { crc32c } from './crc32c.js';

const MAGIC = 'BUSBARCK';
const VERSION = 1;
/** Where things stand in the fixed part, and its length. */
const AT_VERSION = 8;
const AT_SUM = 12;
const AT_LENGTH = 16;
const AT_HEADER = 24;
const FIXED = 28;
/** Deepest nesting; deeper data are a loop. */
const DEEPEST = 200;

const ARRAYS = { f32: Float32Array, f64: Float64Array, i32: Int32Array, u32: Uint32Array, u8: Uint8Array } as const;
type ArrayName = keyof typeof ARRAYS;
type PlainArray = InstanceType<(typeof ARRAYS)[ArrayName]>;

/** JSON has no such numbers. */
const ODD_NUMBERS: Readonly<Record<string, number>> = { NaN: Number.NaN, Infinity: Infinity, '-Infinity': -Infinity, '-0': -0 };

const filledUp = (length: number): number => 8 * Math.ceil(length / 8);

function numberForm(value: number): unknown {
  if (Number.isFinite(value) && !Object.is(value, -0)) return value;
  return { $: 'number', is: Object.is(value, -0) ? '-0' : String(value) };
}

/** The bytes of data, in pieces that are to stand one behind the other. Arrays are not copied. Throws InputError that says where for what is no plain data. */
export function checkpointPieces(data: PlainData): Uint8Array[] {
  const arrays: Uint8Array[] = [];
  let end = 0;
  const form = (value: unknown, path: string, depth: number): unknown => {
    if (depth > DEEPEST) throw new InputError(`${path} of what is to be saved is nested more than ${DEEPEST} deep`);
    if (value === undefined) return { $: 'undefined' };
    if (value === null || typeof value === 'boolean' || typeof value === 'string') return value;
    if (typeof value === 'number') return numberForm(value);
    if (Array.isArray(value)) return value.map((entry, k) => form(entry, `${path}[${k}]`, depth + 1));
    if (ArrayBuffer.isView(value)) {
      const name = (Object.keys(ARRAYS) as ArrayName[]).find((known) => value.constructor === ARRAYS[known]);
      if (name === undefined) throw new InputError(`${path} of what is to be saved is an array of a kind that a checkpoint does not hold`);
      const at = end;
      arrays.push(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
      end += filledUp(value.byteLength);
      return { $: name, at, n: (value as PlainArray).length };
    }
    const prototype: unknown = typeof value === 'object' ? Object.getPrototypeOf(value) : undefined;
    if (typeof value !== 'object' || (prototype !== Object.prototype && prototype !== null))
      throw new InputError(`${path} of what is to be saved is ${describeValue(value)}, not plain data`);
    const entries = Object.entries(value).map(([name, entry]) => [name, form(entry, `${path}.${name}`, depth + 1)] as const);
    return Object.hasOwn(value, '$') ? { $: 'object', entries } : Object.fromEntries(entries);
  };
  const header = new TextEncoder().encode(JSON.stringify(form(data, 'the whole', 0)));
  const first = new Uint8Array(filledUp(FIXED + header.length));
  const view = new DataView(first.buffer);
  for (let i = 0; i < MAGIC.length; i++) first[i] = MAGIC.charCodeAt(i);
  const length = first.length + end;
  view.setUint32(AT_VERSION, VERSION, true);
  view.setUint32(AT_LENGTH, length % 2 ** 32, true);
  view.setUint32(AT_LENGTH + 4, Math.floor(length / 2 ** 32), true);
  view.setUint32(AT_HEADER, header.length, true);
  first.set(header, FIXED);
  const pieces = [first, ...arrays.flatMap((bytes) => [bytes, new Uint8Array(filledUp(bytes.length) - bytes.length)])].filter(
    (piece) => piece.length > 0,
  );
  const sum = pieces.reduce((before, piece, k) => crc32c(k === 0 ? piece.subarray(AT_LENGTH) : piece, before), 0);
  view.setUint32(AT_SUM, sum, true);
  return pieces;
}

/** The bytes of data in one array; see {@link checkpointPieces}. */
export function encodeCheckpoint(data: PlainData): Uint8Array {
  const pieces = checkpointPieces(data);
  const bytes = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

/**
 * Data out of bytes.
 *
 * @param given what {@link encodeCheckpoint} gave
 * @param name what the bytes are, for messages, as a file's name
 * @throws InputError for what is no checkpoint, one of another version, and one that is cut off or damaged
 */
export function decodeCheckpoint(given: Uint8Array, name = 'the checkpoint'): PlainData {
  // Node's Buffer is one too, but its slices are no copies.
  const bytes = new Uint8Array(given.buffer, given.byteOffset, given.byteLength);
  const fail = (why: string): never => {
    throw new InputError(`${name} ${why}`);
  };
  const magic = Array.from(MAGIC, (letter) => letter.charCodeAt(0));
  if (bytes.length < magic.length || magic.some((code, i) => bytes[i] !== code)) fail('is no checkpoint of busbar');
  if (bytes.length < FIXED) fail(`is cut off: it has ${bytes.length} bytes`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const version = view.getUint32(AT_VERSION, true);
  if (version !== VERSION) fail(`is a checkpoint of version ${version}; this busbar reads version ${VERSION}`);
  const length = view.getUint32(AT_LENGTH, true) + view.getUint32(AT_LENGTH + 4, true) * 2 ** 32;
  if (bytes.length !== length) fail(`is cut off or has something behind it: it has ${bytes.length} bytes and should have ${length}`);
  if (crc32c(bytes.subarray(AT_LENGTH)) !== view.getUint32(AT_SUM, true)) fail('is damaged: its checksum is wrong');
  const headerLength = view.getUint32(AT_HEADER, true);
  const start = filledUp(FIXED + headerLength);
  if (start > length) fail('is damaged: its header is longer than the file');
  const read = (value: unknown): PlainData => {
    if (Array.isArray(value)) return value.map(read);
    if (typeof value !== 'object' || value === null) return value as PlainData;
    if (!Object.hasOwn(value, '$')) return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, read(entry)]));
    const special = value as { $: string; at: number; n: number; is: string; entries: [string, unknown][] };
    if (special.$ === 'undefined') return undefined;
    if (special.$ === 'number' && Object.hasOwn(ODD_NUMBERS, special.is)) return ODD_NUMBERS[special.is];
    if (special.$ === 'object') return Object.fromEntries(special.entries.map(([key, entry]) => [key, read(entry)]));
    if (!Object.hasOwn(ARRAYS, special.$)) throw new InputError(`${describeValue(special.$)} is nothing that a header names`);
    const Kind = ARRAYS[special.$ as ArrayName];
    const from = start + special.at;
    const to = from + special.n * Kind.BYTES_PER_ELEMENT;
    if (![special.at, special.n].every((value) => Number.isSafeInteger(value) && value >= 0) || to > length)
      throw new InputError('an array lies outside the file');
    // A copy: an array has to begin at a multiple of its numbers' size, and outlives the file's bytes.
    return new Kind(bytes.slice(from, to).buffer);
  };
  try {
    return read(JSON.parse(new TextDecoder().decode(bytes.subarray(FIXED, FIXED + headerLength))));
  } catch {
    return fail('is damaged: its header cannot be read');
  }
}
