import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonText } from '../../src/cli/json.js';

describe('JSON', () => {
  it('puts rows of tables and entries of objects on lines of their own', () => {
    const text = jsonText({
      converged: true,
      nodes: [
        ['a.1', 1, 2],
        ['a.2', 3, 4],
      ],
      capacitors: { c: [1, 0] },
      empty: {},
      none: [],
    });
    expect(text).toBe(
      '{\n"converged": true,\n"nodes": [\n  ["a.1",1,2],\n  ["a.2",3,4]\n],\n"capacitors": {\n  "c": [1,0]\n},\n"empty": {},\n"none": []\n}\n',
    );
  });

  it('writes neither -0 nor what is not finite', () => {
    const text = jsonText({ a: -0, b: Number.NaN, c: [Number.POSITIVE_INFINITY, -0], d: { e: [[-0]] }, f: Float64Array.of(-0, Number.NaN) });
    expect(text).not.toContain('-0');
    expect(JSON.parse(text)).toEqual({ a: 0, b: null, c: [null, 0], d: { e: [[0]] }, f: [0, null] });
  });

  it('keeps every finite number exactly', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ noNaN: true, noDefaultInfinity: true })), (values) => {
        const back = (JSON.parse(jsonText({ rows: values.map((value) => [value]) })) as { rows: number[][] }).rows;
        expect(back.map(([value]) => value)).toEqual(values.map((value) => value + 0));
      }),
    );
  });
});
