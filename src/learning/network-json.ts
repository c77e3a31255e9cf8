/** Saved networks as JSON: numbers as base64 of little-endian float32, so that nothing of them is lost. */
import { InputError } from '../grid/index.js';
import { checkData, type NetworkData } from './network.js';

/** A saved network that JSON takes. */
export interface NetworkJSON extends Omit<NetworkData, 'parameters' | 'first' | 'second'> {
  readonly parameters: string;
  readonly first: string;
  readonly second: string;
}

/** Base64 of floats, little-endian. */
export function encodeFloats(numbers: Float32Array): string {
  const bytes = new DataView(new ArrayBuffer(4 * numbers.length));
  numbers.forEach((x, i) => {
    bytes.setFloat32(4 * i, x, true);
  });
  let text = '';
  for (let i = 0; i < bytes.byteLength; i++) text += String.fromCharCode(bytes.getUint8(i));
  return btoa(text);
}

/** Floats of a base64 text. Throws InputError for what is none. */
export function decodeFloats(text: string): Float32Array {
  let binary: string;
  try {
    binary = atob(text);
  } catch {
    throw new InputError('numbers of a saved network are not base64');
  }
  if (binary.length % 4 !== 0) throw new InputError('numbers of a saved network end in the middle of one');
  const bytes = new DataView(new ArrayBuffer(binary.length));
  for (let i = 0; i < binary.length; i++) bytes.setUint8(i, binary.charCodeAt(i));
  return Float32Array.from({ length: binary.length / 4 }, (_, i) => bytes.getFloat32(4 * i, true));
}

/** A saved network for JSON. */
export function networkToJSON(data: NetworkData): NetworkJSON {
  return { ...data, parameters: encodeFloats(data.parameters), first: encodeFloats(data.first), second: encodeFloats(data.second) };
}

/** A saved network out of JSON. Throws InputError for what is none. */
export function networkFromJSON(json: NetworkJSON): NetworkData {
  if (typeof json !== 'object' || json === null) throw new InputError('this is no saved network of busbar');
  const floats = (name: 'parameters' | 'first' | 'second'): Float32Array => {
    if (typeof json[name] !== 'string') throw new InputError(`a saved network's ${name} must be a text`);
    return decodeFloats(json[name]);
  };
  return checkData({ ...json, parameters: floats('parameters'), first: floats('first'), second: floats('second') });
}
