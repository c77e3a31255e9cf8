import { describe, expect, it } from 'vitest';
import { addDoubled, doubled, doubledZeros, multiplyDoubled, rounded } from '../../src/powerflow/doubled-matrix.js';

describe('matrices in doubled precision', () => {
  it('keep what is left where large numbers cancel', () => {
    const sum = doubledZeros(1);
    for (const x of [1e16, 1, 1e-9, -1e16]) addDoubled(sum, 0, x);
    expect(rounded(sum)[0]).toBe(1 + 1e-9);
  });

  it('multiply without losing what products round off', () => {
    const x = 1 + 2 ** -30;
    // x^2 - 1 - 2^-29 is 2^-60, which a product of doubles does not hold.
    const square = multiplyDoubled(doubled(Float64Array.of(x)), doubled(Float64Array.of(x)), 1, 1, 1, 1, doubled(Float64Array.of(-1 - 2 ** -29)));
    expect(rounded(square)[0]).toBe(2 ** -60);
  });

  it('take signs, starts and low parts along', () => {
    const a = { high: Float64Array.of(1, 2, 3, 4), low: Float64Array.of(2 ** -60, 0, 0, 0) };
    const b = doubled(Float64Array.of(1, 0, 0, 1));
    const result = multiplyDoubled(a, b, 2, 2, 2, -1, doubled(Float64Array.of(1, 2, 3, 5)));
    expect([...rounded(result)]).toEqual([-(2 ** -60), 0, 0, 1]);
  });
});
