/**
 * Writes messages in the protobuf wire format, as far as TensorBoard's events and ONNX models need it: fields of a number, of a text, of bytes, of messages.
 * Encoding (protobuf.dev, "Encoding"): a field is the varint `number * 8 + wire type`, then its value; wire types 0 varint, 1 eight bytes, 2 a length and so many
 * bytes, 5 four bytes; numbers little-endian.
 */
import { InputError } from '../grid/index.js';

const VARINT = 0;
const EIGHT_BYTES = 1;
const LENGTH = 2;
const FOUR_BYTES = 5;

/** Bytes at first; doubled when full. */
const ROOM = 256;

const encoder = new TextEncoder();

/** One message, field after field in the order of the calls. Methods give the writer itself. */
export class ProtobufWriter {
  private buffer = new Uint8Array(ROOM);
  private view = new DataView(this.buffer.buffer);
  private length = 0;

  private reserve(more: number): void {
    if (this.length + more <= this.buffer.length) return;
    const grown = new Uint8Array(Math.max(2 * this.buffer.length, this.length + more));
    grown.set(this.buffer.subarray(0, this.length));
    this.buffer = grown;
    this.view = new DataView(grown.buffer);
  }

  private raw(bytes: Uint8Array): this {
    this.reserve(bytes.length);
    this.buffer.set(bytes, this.length);
    this.length += bytes.length;
    return this;
  }

  /** Seven bits a byte, the lowest first; negative numbers as 64 bits of their two's complement. */
  private varint(value: number): void {
    if (!Number.isSafeInteger(value)) throw new InputError(`${value} is no whole number that a protobuf varint can hold here`);
    this.reserve(10);
    let rest = BigInt.asUintN(64, BigInt(value));
    for (; rest > 127n; rest >>= 7n) this.buffer[this.length++] = Number(rest & 127n) | 128;
    this.buffer[this.length++] = Number(rest);
  }

  private key(field: number, wireType: number): void {
    this.varint(field * 8 + wireType);
  }

  /** A whole number (int32, int64, enum, bool). Throws InputError for what is none. */
  whole(field: number, value: number): this {
    this.key(field, VARINT);
    this.varint(value);
    return this;
  }

  /** A `float`. */
  float(field: number, value: number): this {
    this.key(field, FOUR_BYTES);
    this.reserve(4);
    this.view.setFloat32(this.length, value, true);
    this.length += 4;
    return this;
  }

  /** A `double`. */
  double(field: number, value: number): this {
    this.key(field, EIGHT_BYTES);
    this.reserve(8);
    this.view.setFloat64(this.length, value, true);
    this.length += 8;
    return this;
  }

  bytes(field: number, value: Uint8Array): this {
    this.key(field, LENGTH);
    this.varint(value.length);
    return this.raw(value);
  }

  /** UTF-8. */
  text(field: number, value: string): this {
    return this.bytes(field, encoder.encode(value));
  }

  /** A message within this one. */
  message(field: number, write: (inner: ProtobufWriter) => void): this {
    const inner = new ProtobufWriter();
    write(inner);
    return this.bytes(field, inner.finish());
  }

  /** Several whole numbers in one field (`packed`). */
  wholes(field: number, values: readonly number[]): this {
    const inner = new ProtobufWriter();
    for (const value of values) inner.varint(value);
    return this.bytes(field, inner.finish());
  }

  /** The message's bytes, a copy. */
  finish(): Uint8Array {
    return this.buffer.slice(0, this.length);
  }
}
