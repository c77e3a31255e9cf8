import { describe, expect, it } from 'vitest';
import { philoxBlock, purposeNumber, RandomStream } from '../../src/numeric/index.js';

const hex = (text: string): number[] => text.split(' ').map((word) => Number.parseInt(word, 16));

describe('Philox4x32-10', () => {
  // Random123 (D. E. Shaw Research), tests/kat_vectors: counter and key, then the block.
  it.each([
    ['00000000 00000000 00000000 00000000 00000000 00000000', '6627e8d5 e169c58d bc57ac4c 9b00dbd8'],
    ['ffffffff ffffffff ffffffff ffffffff ffffffff ffffffff', '408f276d 41c83b0e a20bc7c6 6d5451fd'],
    ['243f6a88 85a308d3 13198a2e 03707344 a4093822 299f31d0', 'd16cfe09 94fdcceb 5001e420 24126ea1'],
  ])('known answer for %s', (input, answer) => {
    const [c0, c1, c2, c3, k0, k1] = hex(input);
    const out = new Uint32Array(4);
    philoxBlock(c0, c1, c2, c3, k0, k1, out);
    expect([...out]).toEqual(hex(answer));
  });
});

describe('streams', () => {
  it('read the block of (position / 4, environment, purpose) under the seed', () => {
    const seed = 0x0011223344556677 % 2 ** 53;
    const stream = new RandomStream(seed, 5, 9, 4 * 2 ** 33 + 2);
    const out = new Uint32Array(4);
    philoxBlock(0, 2, 5, 9, seed % 2 ** 32, Math.floor(seed / 2 ** 32), out);
    expect([stream.uint32(), stream.uint32()]).toEqual([out[2], out[3]]);
  });

  it('go on from a position as if never left', () => {
    const stream = new RandomStream(7, 3, 'clouds');
    stream.uint32();
    stream.normal();
    const place = stream.state();
    const ahead = Array.from({ length: 9 }, () => stream.uniform());
    stream.restore(place);
    expect(Array.from({ length: 9 }, () => stream.uniform())).toEqual(ahead);
    const other = new RandomStream(7, 3, 'clouds', place);
    expect(Array.from({ length: 9 }, () => other.uniform())).toEqual(ahead);
  });

  it('differ by seed, environment and purpose', () => {
    const first = (stream: RandomStream): string => Array.from({ length: 4 }, () => stream.uint32()).join();
    const all = [first(new RandomStream(1)), first(new RandomStream(2)), first(new RandomStream(1, 1)), first(new RandomStream(1, 0, 'load'))];
    all.push(first(new RandomStream(1, 0, 'cloud')), first(new RandomStream(1 + 2 ** 32)));
    expect(new Set(all).size).toBe(all.length);
    expect(purposeNumber('')).toBe(0x811c9dc5);
  });

  it('fill arrays with what single draws give', () => {
    const single = new RandomStream(11, 2, 'x');
    const filling = new RandomStream(11, 2, 'x');
    const words = new Uint32Array(7);
    filling.fillUint32(words);
    expect([...words]).toEqual(Array.from({ length: 7 }, () => single.uint32()));
    const uniforms = new Float64Array(6);
    filling.fillUniform(uniforms, 1, 5);
    expect([...uniforms]).toEqual([0, ...Array.from({ length: 4 }, () => single.uniform()), 0]);
    const normals = new Float64Array(5);
    filling.fillNormal(normals);
    expect([...normals]).toEqual(Array.from({ length: 5 }, () => single.normal()));
    const dice = new Int32Array(5);
    filling.fillIntegers(dice, 6);
    expect([...dice]).toEqual(Array.from({ length: 5 }, () => single.integer(6)));
    expect(filling.state()).toBe(single.state());
  });

  it('are uniform: mean, variance, lag-1 correlation and counts of twenty classes', () => {
    const n = 200_000;
    const values = new Float64Array(n);
    new RandomStream(20261120, 1, 'uniform').fillUniform(values);
    let mean = 0;
    let square = 0;
    let lag = 0;
    const counts = new Float64Array(20);
    for (let i = 0; i < n; i++) {
      mean += values[i] / n;
      square += (values[i] - 0.5) ** 2 / n;
      if (i > 0) lag += ((values[i] - 0.5) * (values[i - 1] - 0.5)) / (n - 1);
      counts[Math.floor(values[i] * 20)] += 1;
    }
    expect(Math.abs(mean - 0.5)).toBeLessThan(4 * Math.sqrt(1 / 12 / n));
    expect(Math.abs(square - 1 / 12)).toBeLessThan(4 * Math.sqrt(1 / 180 / n));
    expect(Math.abs(lag)).toBeLessThan(4 / 12 / Math.sqrt(n));
    const chiSquare = counts.reduce((sum, count) => sum + (count - n / 20) ** 2 / (n / 20), 0);
    // 19 degrees of freedom: mean 19, standard deviation sqrt(38).
    expect(Math.abs(chiSquare - 19)).toBeLessThan(4 * Math.sqrt(38));
    expect(values.every((value) => value >= 0 && value < 1)).toBe(true);
  });

  it('are normal: four moments', () => {
    const n = 200_000;
    const values = new Float64Array(n);
    new RandomStream(20261120, 1, 'normal').fillNormal(values);
    const moment = (power: number): number => values.reduce((sum, z) => sum + z ** power, 0) / n;
    // Variance of the mean of z^k is (E z^2k - (E z^k)^2) / n with E z^2, 4, 6, 8 = 1, 3, 15, 105.
    expect(Math.abs(moment(1))).toBeLessThan(4 * Math.sqrt(1 / n));
    expect(Math.abs(moment(2) - 1)).toBeLessThan(4 * Math.sqrt(2 / n));
    expect(Math.abs(moment(3))).toBeLessThan(4 * Math.sqrt(15 / n));
    expect(Math.abs(moment(4) - 3)).toBeLessThan(4 * Math.sqrt(96 / n));
  });

  it('give whole numbers of any bound evenly', () => {
    const stream = new RandomStream(3, 0, 'integers');
    for (const bound of [1, 2, 6, 7, 1000, 3_000_000_000, 2 ** 32]) {
      const n = 20_000;
      let mean = 0;
      let outside = 0;
      for (let i = 0; i < n; i++) {
        const value = stream.integer(bound);
        if (!(value >= 0 && value < bound && Number.isInteger(value))) outside += 1;
        mean += value / n;
      }
      expect(outside).toBe(0);
      expect(Math.abs(mean - (bound - 1) / 2)).toBeLessThanOrEqual(4 * Math.sqrt((bound * bound - 1) / 12 / n));
    }
  });

  it('refuse what is no seed, position or bound', () => {
    for (const seed of [-1, 0.5, NaN, 2 ** 53]) expect(() => new RandomStream(seed)).toThrow('the seed is');
    expect(() => new RandomStream(0, -1)).toThrow('the environment is');
    expect(() => new RandomStream(0, 0, 2 ** 32)).toThrow('the purpose is');
    expect(() => new RandomStream(0).restore(-1)).toThrow('the position is');
    for (const bound of [0, -3, 1.5, 2 ** 33, NaN]) expect(() => new RandomStream(0).integer(bound)).toThrow('bound');
  });
});
