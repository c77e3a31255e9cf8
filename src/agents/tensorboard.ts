/**
 * Scalars as TensorBoard reads them: a file of records, each a protobuf message.
 *
 * Formats: records from tensorflow/core/lib/io/record_writer.h (uint64 length, uint32 masked CRC-32C of the length's bytes, the data, uint32 masked CRC-32C of the data; all
 * little-endian), the mask from tensorflow/core/lib/hash/crc32c.h, messages from tensorflow/core/util/event.proto (Event: 1 wall_time, 2 step, 3 file_version,
 * 5 summary) and tensorflow/core/framework/summary.proto (Summary: 1 value; Value: 1 tag, 2 simple_value).
 */
import { crc32c } from './crc32c.js';
import { ProtobufWriter } from './protobuf.js';

/** What the first record of a file says. */
const FILE_VERSION = 'brain.Event:2';
const MASK_DELTA = 0xa282ead8;
/** Bytes of a record before its data, and after it. */
const BEFORE = 12;
const AFTER = 4;

/** CRC-32C turned right by 15 bits and moved, so that sums of data that hold sums are no trouble. */
export function maskedCrc32c(bytes: Uint8Array): number {
  const sum = crc32c(bytes);
  return (((sum >>> 15) | (sum << 17)) + MASK_DELTA) >>> 0;
}

/** A record around data. */
export function tfRecord(data: Uint8Array): Uint8Array {
  const record = new Uint8Array(BEFORE + data.length + AFTER);
  const view = new DataView(record.buffer);
  view.setUint32(0, data.length % 2 ** 32, true);
  view.setUint32(4, Math.floor(data.length / 2 ** 32), true);
  view.setUint32(8, maskedCrc32c(record.subarray(0, 8)), true);
  record.set(data, BEFORE);
  view.setUint32(BEFORE + data.length, maskedCrc32c(data), true);
  return record;
}

/** The record with which a file begins. @param wallTime seconds since 1970 */
export function fileVersionEvent(wallTime: number): Uint8Array {
  return tfRecord(new ProtobufWriter().double(1, wallTime).text(3, FILE_VERSION).finish());
}

/**
 * A record of some scalars at a step.
 *
 * @param wallTime seconds since 1970
 * @param scalars by tag, as in `evaluation/return`; those that are not finite are left out, as TensorBoard draws none
 */
export function scalarEvent(wallTime: number, step: number, scalars: Readonly<Record<string, number>>): Uint8Array {
  const event = new ProtobufWriter().double(1, wallTime).whole(2, step);
  event.message(5, (summary) => {
    for (const [tag, value] of Object.entries(scalars)) {
      if (Number.isFinite(value)) summary.message(1, (entry) => void entry.text(1, tag).float(2, value));
    }
  });
  return tfRecord(event.finish());
}

/** One whole record in a file. */
export interface EventPlace {
  /** Where it begins and ends in the file, bytes. */
  readonly from: number;
  readonly to: number;
  /** Of the event. */
  readonly step: number;
}

/** The whole and undamaged records with which bytes begin; what follows the first that is not is passed over, as readers do with a file that was cut off. */
export function eventPlaces(bytes: Uint8Array): EventPlace[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const places: EventPlace[] = [];
  for (let from = 0; from + BEFORE + AFTER <= bytes.length; ) {
    const length = view.getUint32(from, true) + view.getUint32(from + 4, true) * 2 ** 32;
    const to = from + BEFORE + length + AFTER;
    if (view.getUint32(from + 8, true) !== maskedCrc32c(bytes.subarray(from, from + 8)) || to > bytes.length) break;
    const data = bytes.subarray(from + BEFORE, to - AFTER);
    if (view.getUint32(to - AFTER, true) !== maskedCrc32c(data)) break;
    places.push({ from, to, step: stepOf(data) });
    from = to;
  }
  return places;
}

/** The step of an event, 0 where it has none; fields that come before it are those written here: the time, eight bytes, and then the step. */
function stepOf(data: Uint8Array): number {
  if (data[9] !== 0x10) return 0;
  let step = 0;
  for (let at = 10, scale = 1; at < data.length; at++, scale *= 128) {
    step += (data[at] & 127) * scale;
    if (data[at] < 128) break;
  }
  return step;
}
