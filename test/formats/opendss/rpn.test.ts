import { describe, expect, it } from 'vitest';
import { evaluateRpn, parseNumber } from '../../../src/formats/opendss/rpn.js';

const fail = (message: string): never => {
  throw new Error(message);
};
const value = (text: string): number => evaluateRpn(text.split(' '), fail);

describe('numbers', () => {
  it('are read as the language writes them', () => {
    expect(parseNumber('1')).toBe(1);
    expect(parseNumber('-.5')).toBe(-0.5);
    expect(parseNumber('+2.')).toBe(2);
    expect(parseNumber('1e-3')).toBe(0.001);
    expect(parseNumber('$1F')).toBe(31);
    for (const text of ['', 'NaN', 'Infinity', '0x10', '1e999', '1,5', '1 2', '--1', '1d3']) expect(parseNumber(text)).toBeUndefined();
  });
});

describe('postfix arithmetic', () => {
  it('computes', () => {
    expect(value('8 1000 /')).toBe(0.008);
    expect(value('0.00625 12 * 1 +')).toBeCloseTo(1.075, 15);
    expect(value('2 sqr 3 ^')).toBe(64);
    expect(value('16 sqrt inv')).toBe(0.25);
    expect(value('1 exp ln')).toBeCloseTo(1, 15);
    expect(value('1000 log10')).toBeCloseTo(3, 14);
    expect(value('pi 2 /')).toBe(Math.PI / 2);
    expect(value('1 2 swap -')).toBe(1);
    expect(value('1 2 rolldn')).toBe(1);
    expect(value('1 2 rollup +')).toBe(4);
    // The reactance of the 8500-node feeder's source.
    expect(value('1.051 0.88 0.001 3 * - - 115 12.47 / sqr *')).toBeCloseTo((1.051 - (0.88 - 0.003)) * (115 / 12.47) ** 2, 12);
  });

  it('counts angles in degrees', () => {
    expect(value('30 sin')).toBeCloseTo(0.5, 11);
    expect(value('60 cos')).toBeCloseTo(0.5, 11);
    expect(value('45 tan')).toBeCloseTo(1, 11);
    expect(value('0.5 asin')).toBeCloseTo(30, 9);
    expect(value('0.5 acos')).toBeCloseTo(60, 9);
    expect(value('1 atan')).toBeCloseTo(45, 9);
    expect(value('1 1 atan2')).toBeCloseTo(45, 9);
  });

  it('says what is wrong', () => {
    expect(() => value('1 0 /')).toThrow('not a finite number');
    expect(() => value('5 *')).toThrow('needs two numbers');
    expect(() => value('sqrt')).toThrow('no number before it');
    expect(() => value('2 apples')).toThrow('"apples" is neither');
    for (const word of ['swap', 'rollup', 'rolldn']) expect(() => value(word)).toThrow(`"${word}" has no number before it`);
    expect(() => value('1 swap')).toThrow('needs two numbers');
    expect(() => value('1 rolldn')).toThrow('leaves no number');
  });

  it('holds ten numbers and says so where there are more', () => {
    expect(value(`${'1 '.repeat(10)}${'+ '.repeat(9)}`.trim())).toBe(10);
    expect(() => value(`${'1 '.repeat(11)}${'+ '.repeat(10)}`.trim())).toThrow('more than 10 numbers at once');
  });
});
