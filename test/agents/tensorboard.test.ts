/** TensorBoard's files, read by a reader written from the formats' definitions. */
import { describe, expect, it } from 'vitest';
import { crc32c, eventPlaces, fileVersionEvent, maskedCrc32c, scalarEvent, tfRecord } from '../../src/agents/index.js';
import { ProtobufWriter } from '../../src/agents/protobuf.js';
import { fieldsOf, joined, readEvents, slowCrc32c } from './event-reader.js';

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);
const counted = (length: number, of: (k: number) => number): Uint8Array => Uint8Array.from({ length }, (_, k) => of(k));

describe('crc32c', () => {
  // RFC 3720, appendix B.4; the last is an iSCSI read command there. The check value of nine digits is that of the catalogue of CRCs.
  it.each([
    [counted(32, () => 0), 0x8a9136aa],
    [counted(32, () => 255), 0x62a8ab43],
    [counted(32, (k) => k), 0x46dd794e],
    [counted(32, (k) => 31 - k), 0x113fdb5c],
    [
      Uint8Array.from('01c000000000000000000000000000001400000000000400000000140000001828000000000000000200000000000000'.match(/../g) ?? [], (pair) =>
        Number.parseInt(pair, 16),
      ),
      0xd9963a56,
    ],
    [new TextEncoder().encode('123456789'), 0xe3069283],
    [new Uint8Array(0), 0],
  ])('of known data', (data, sum) => {
    expect(crc32c(data)).toBe(sum);
    expect(slowCrc32c(data)).toBe(sum);
  });

  it('goes on from what stands before', () => {
    const data = counted(1000, (k) => (k * 37) & 255);
    expect(crc32c(data.subarray(300), crc32c(data.subarray(0, 300)))).toBe(crc32c(data));
  });
});

describe('ProtobufWriter', () => {
  it('encodes as protobuf.dev says', () => {
    // The page's own examples: field 1 of 150, field 2 of "testing", a message in field 3, packed numbers in field 6.
    expect(new ProtobufWriter().whole(1, 150).finish()).toEqual(bytes(0x08, 0x96, 0x01));
    expect(new ProtobufWriter().text(2, 'testing').finish()).toEqual(bytes(0x12, 0x07, 0x74, 0x65, 0x73, 0x74, 0x69, 0x6e, 0x67));
    expect(new ProtobufWriter().message(3, (inner) => void inner.whole(1, 150)).finish()).toEqual(bytes(0x1a, 0x03, 0x08, 0x96, 0x01));
    expect(new ProtobufWriter().wholes(6, [3, 270, 86942]).finish()).toEqual(bytes(0x32, 0x06, 0x03, 0x8e, 0x02, 0x9e, 0xa7, 0x05));
    expect(new ProtobufWriter().whole(1, -2).finish()).toEqual(bytes(0x08, 0xfe, ...Array<number>(8).fill(0xff), 0x01));
    expect(new ProtobufWriter().float(1, 1).double(2, -2).finish()).toEqual(bytes(0x0d, 0, 0, 0x80, 0x3f, 0x11, 0, 0, 0, 0, 0, 0, 0, 0xc0));
    expect(() => new ProtobufWriter().whole(1, 0.5)).toThrow('0.5 is no whole number');
  });

  it('grows', () => {
    const long = 'abc'.repeat(5000);
    const [[, , value]] = fieldsOf(new ProtobufWriter().text(1, long).finish());
    expect(new TextDecoder().decode(value as Uint8Array)).toBe(long);
  });
});

describe('events', () => {
  it('are records of events that a reader finds again', () => {
    const file = joined(
      fileVersionEvent(1700000000.5),
      scalarEvent(1700000001.25, 4096, { 'evaluation/return': 86.85, 'training/return': Number.NaN, 'agent/entropy': -0.125 }),
      scalarEvent(1700000002, 2 ** 40, { 'evaluation/return': 500 }),
    );
    expect(readEvents(file)).toEqual([
      { time: 1700000000.5, step: 0, version: 'brain.Event:2', scalars: {} },
      { time: 1700000001.25, step: 4096, version: undefined, scalars: { 'evaluation/return': Math.fround(86.85), 'agent/entropy': -0.125 } },
      { time: 1700000002, step: 2 ** 40, version: undefined, scalars: { 'evaluation/return': 500 } },
    ]);
  });

  it('are a record around any data, with the mask of the format', () => {
    const record = tfRecord(bytes(1, 2, 3));
    expect(record).toHaveLength(19);
    const sum = slowCrc32c(bytes(1, 2, 3));
    // ((crc >> 15) | (crc << 17)) + 0xa282ead8 in 32 bits, by whole numbers without a limit.
    const turned = ((BigInt(sum) >> 15n) | (BigInt(sum) << 17n)) & 0xffffffffn;
    expect(maskedCrc32c(bytes(1, 2, 3))).toBe(Number((turned + 0xa282ead8n) & 0xffffffffn));
  });

  it('are found up to where a file was cut or damaged', () => {
    const parts = [fileVersionEvent(5), scalarEvent(6, 300, { a: 1 }), scalarEvent(7, 70000, { a: 2 })];
    const file = joined(...parts);
    const ends = [parts[0].length, parts[0].length + parts[1].length, file.length];
    expect(eventPlaces(file)).toEqual([
      { from: 0, to: ends[0], step: 0 },
      { from: ends[0], to: ends[1], step: 300 },
      { from: ends[1], to: ends[2], step: 70000 },
    ]);
    for (let cut = 0; cut < file.length; cut++) expect(eventPlaces(file.subarray(0, cut))).toHaveLength(ends.filter((end) => end <= cut).length);
    for (const at of [ends[0] + 3, ends[0] + 9, ends[0] + 20, ends[1] - 1]) {
      const damaged = file.slice();
      damaged[at] ^= 4;
      expect(eventPlaces(damaged)).toHaveLength(1);
    }
  });
});
