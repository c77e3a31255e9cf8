/**
 * Reads TensorBoard's files by the definitions alone: records as in tensorflow/core/lib/io/record_writer.h, protobuf by protobuf.dev's "Encoding", field numbers of
 * event.proto and summary.proto. Shares no code with what writes them.
 */

/** CRC-32C bit by bit: the polynomial's division as RFC 3720 words it. */
export function slowCrc32c(data: Uint8Array): number {
  let register = 0xffffffff;
  for (const byte of data) {
    for (let bit = 0; bit < 8; bit++) {
      const out = (register ^ (byte >> bit)) & 1;
      register = (register >>> 1) ^ (out ? 0x82f63b78 : 0);
    }
  }
  return (register ^ 0xffffffff) >>> 0;
}

/** Fields of a message: number, wire type, value. */
export function fieldsOf(message: Uint8Array): [number, number, bigint | number | Uint8Array][] {
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
  const fields: [number, number, bigint | number | Uint8Array][] = [];
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = message[at++];
      if (byte === undefined) throw new Error('a varint runs over the end');
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return value;
    }
  };
  while (at < message.length) {
    const key = Number(varint());
    const [field, type] = [key >> 3, key & 7];
    if (type === 0) fields.push([field, type, varint()]);
    else if (type === 1) {
      fields.push([field, type, view.getFloat64(at, true)]);
      at += 8;
    } else if (type === 5) {
      fields.push([field, type, view.getFloat32(at, true)]);
      at += 4;
    } else if (type === 2) {
      const length = Number(varint());
      if (at + length > message.length) throw new Error('a field runs over the end');
      fields.push([field, type, message.subarray(at, at + length)]);
      at += length;
    } else throw new Error(`wire type ${type}`);
  }
  return fields;
}

/** One event. */
export interface ReadEvent {
  time: number;
  step: number;
  version: string | undefined;
  scalars: Record<string, number>;
}

const textOf = (value: unknown): string => new TextDecoder().decode(value as Uint8Array);

/** All events of a file. Throws where a sum is wrong or something is left over. */
export function readEvents(file: Uint8Array): ReadEvent[] {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const check = (data: Uint8Array, at: number): void => {
    const sum = slowCrc32c(data);
    const masked = (((sum >>> 15) | (sum << 17)) + 0xa282ead8) >>> 0;
    if (view.getUint32(at, true) !== masked) throw new Error(`a wrong sum at ${at}`);
  };
  const events: ReadEvent[] = [];
  let at = 0;
  while (at < file.length) {
    const length = Number(view.getBigUint64(at, true));
    check(file.subarray(at, at + 8), at + 8);
    const data = file.subarray(at + 12, at + 12 + length);
    check(data, at + 12 + length);
    at += 16 + length;
    const event: ReadEvent = { time: Number.NaN, step: 0, version: undefined, scalars: {} };
    for (const [field, , value] of fieldsOf(data)) {
      if (field === 1) event.time = value as number;
      else if (field === 2) event.step = Number(value);
      else if (field === 3) event.version = textOf(value);
      else if (field === 5) {
        for (const [, , entry] of fieldsOf(value as Uint8Array)) {
          const parts = new Map(fieldsOf(entry as Uint8Array).map(([number, , part]) => [number, part]));
          event.scalars[textOf(parts.get(1))] = parts.get(2) as number;
        }
      } else throw new Error(`field ${field} of an event`);
    }
    events.push(event);
  }
  return events;
}

/** Arrays one behind the other. */
export function joined(...parts: Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}
