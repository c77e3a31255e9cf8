/** Checkpoints as bytes: exactly what was saved, or one clear error. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkpointPieces, crc32c, decodeCheckpoint, encodeCheckpoint, type PlainData } from '../../src/agents/index.js';

const SAMPLE: PlainData = {
  steps: 12,
  odd: [Number.NaN, Infinity, -Infinity, -0, 0, 1e-320, 2 ** 60],
  nothing: undefined,
  none: null,
  text: 'Ohm Ω "quoted"\n',
  $: { $: 'f32', at: 0 },
  arrays: {
    f32: Float32Array.of(1.5, -0, Number.NaN),
    f64: Float64Array.of(Math.PI),
    i32: Int32Array.of(-1, 2 ** 31 - 1, 3),
    u32: Uint32Array.of(2 ** 32 - 1),
    u8: Uint8Array.of(1, 2, 3, 4, 5),
    empty: new Float64Array(0),
    part: new Float32Array([9, 8, 7, 6]).subarray(1, 3),
  },
};

describe('encodeCheckpoint and decodeCheckpoint', () => {
  it('keep plain data and arrays to the bit', () => {
    const read = decodeCheckpoint(encodeCheckpoint(SAMPLE));
    expect(read).toStrictEqual(SAMPLE);
    // Buffers of Node, at any place in another: their slices are no copies.
    const bytes = encodeCheckpoint(SAMPLE);
    const within = Buffer.concat([Buffer.from('abc'), bytes]).subarray(3);
    expect(decodeCheckpoint(within)).toStrictEqual(SAMPLE);
    expect(Buffer.concat(checkpointPieces(SAMPLE)).equals(bytes)).toBe(true);
  });

  it('keep any such data', () => {
    const leaf = fc.oneof(
      fc.constant(undefined),
      fc.constant(null),
      fc.boolean(),
      fc.double(),
      fc.string(),
      fc.float32Array({ maxLength: 9 }),
      fc.float64Array({ maxLength: 5 }),
      fc.int32Array({ maxLength: 5 }),
      fc.uint32Array({ maxLength: 5 }),
      fc.uint8Array({ maxLength: 13 }),
    );
    const { data } = fc.letrec((tie) => ({
      data: fc.oneof(
        { maxDepth: 4 },
        leaf,
        fc.array(tie('data'), { maxLength: 4 }),
        fc.dictionary(fc.oneof(fc.constant('$'), fc.string()), tie('data'), { maxKeys: 4, noNullPrototype: true }),
      ),
    }));
    fc.assert(
      fc.property(data, (value) => {
        expect(decodeCheckpoint(encodeCheckpoint(value as PlainData))).toStrictEqual(value);
      }),
      { numRuns: 300 },
    );
  });

  it('lay arrays as the format says: little-endian, from a multiple of 8', () => {
    const bytes = encodeCheckpoint({ a: Uint8Array.of(7), b: Float32Array.of(1, 2) });
    expect(Buffer.from(bytes.subarray(0, 8)).toString('latin1')).toBe('BUSBARCK');
    const view = new DataView(bytes.buffer);
    expect([view.getUint32(8, true), view.getUint32(16, true), view.getUint32(20, true)]).toEqual([1, bytes.length, 0]);
    expect(view.getUint32(12, true)).toBe(crc32c(bytes.subarray(16)));
    const length = view.getUint32(24, true);
    const header = JSON.parse(Buffer.from(bytes.subarray(28, 28 + length)).toString('utf8')) as unknown;
    expect(header).toEqual({ a: { $: 'u8', at: 0, n: 1 }, b: { $: 'f32', at: 8, n: 2 } });
    const start = 8 * Math.ceil((28 + length) / 8);
    expect(bytes[start]).toBe(7);
    expect([view.getFloat32(start + 8, true), view.getFloat32(start + 12, true)]).toEqual([1, 2]);
    expect(bytes).toHaveLength(start + 16);
  });

  it('refuse files that are cut, damaged or foreign', () => {
    const bytes = encodeCheckpoint(SAMPLE);
    for (let cut = 0; cut < bytes.length; cut += 1)
      expect(() => decodeCheckpoint(bytes.subarray(0, cut), 'a.bin')).toThrow(/^a\.bin is (no checkpoint of busbar|cut off)/);
    expect(() => decodeCheckpoint(Uint8Array.of(...bytes, 0), 'a.bin')).toThrow(/has something behind it: it has \d+ bytes and should have \d+$/);
    for (let at = 8; at < bytes.length; at += 5) {
      const damaged = bytes.slice();
      damaged[at] ^= 16;
      expect(() => decodeCheckpoint(damaged, 'a.bin')).toThrow(
        /^a\.bin is (damaged: its checksum is wrong|cut off|a checkpoint of version \d+; this busbar reads version 1)/,
      );
    }
    expect(() => decodeCheckpoint(new TextEncoder().encode('{"format": "busbar-policy"}          '), 'policy.json')).toThrow(
      'policy.json is no checkpoint of busbar',
    );
  });

  it('refuse headers that name what is not there, whatever the checksum says', () => {
    /** A checkpoint of this header and 16 bytes of numbers, its length and checksum right. */
    const fileOf = (header: string): Uint8Array => {
      const text = new TextEncoder().encode(header);
      const start = 8 * Math.ceil((28 + text.length) / 8);
      const bytes = new Uint8Array(start + 16);
      const view = new DataView(bytes.buffer);
      bytes.set(new TextEncoder().encode('BUSBARCK'));
      view.setUint32(8, 1, true);
      view.setUint32(16, bytes.length, true);
      view.setUint32(24, text.length, true);
      bytes.set(text, 28);
      view.setUint32(12, crc32c(bytes.subarray(16)), true);
      return bytes;
    };
    expect(decodeCheckpoint(fileOf('{"a":{"$":"f64","at":8,"n":1}}'))).toEqual({ a: Float64Array.of(0) });
    for (const special of [
      '{"$":"f64","at":8,"n":2}',
      '{"$":"f64","at":-8,"n":1}',
      '{"$":"f64","at":"8","n":1}',
      '{"$":"f64","n":1}',
      '{"$":"f64","at":0,"n":1e300}',
      '{"$":"f16","at":0,"n":1}',
      '{"$":"constructor","at":0,"n":1}',
      '{"$":"number","is":"toString"}',
      '{"$":"object","entries":5}',
      '{"$":"object","entries":[null]}',
      '{"$":null}',
      `${'['.repeat(50_000)}${']'.repeat(50_000)}`,
      'none',
    ])
      expect(() => decodeCheckpoint(fileOf(`{"a":${special}}`), 'a.bin'), special.slice(0, 60)).toThrow(
        'a.bin is damaged: its header cannot be read',
      );
  });

  it('refuse what is no plain data, and say where', () => {
    const refused =
      (value: unknown): (() => unknown) =>
      () =>
        encodeCheckpoint(value as PlainData);
    expect(refused({ a: [0, { b: new Map() }] })).toThrow('the whole.a[1].b of what is to be saved is an object, not plain data');
    expect(refused({ f: () => 0 })).toThrow('the whole.f of what is to be saved is a function, not plain data');
    expect(refused({ n: 5n })).toThrow('the whole.n of what is to be saved is');
    expect(refused({ n: new Int8Array(2) })).toThrow('the whole.n of what is to be saved is an array of a kind that a checkpoint does not hold');
    const loop: Record<string, unknown> = {};
    loop.self = loop;
    expect(refused(loop)).toThrow('nested more than 200 deep');
  });
});
