/** Values made with mpmath (40 digits), to be met to the digits of a double. */
import { describe, expect, it } from 'vitest';
import { betaCdf, betaInverseCdf, logGamma, normalCdf, normalInverseCdf, normalInverseCdfCentred } from '../../src/numeric/index.js';

const near = (value: number, reference: number, tolerance: number): void => {
  expect(Math.abs(value - reference) / Math.max(Math.abs(reference), 1e-300), `${value} for ${reference}`).toBeLessThan(tolerance);
};

describe('distributions', () => {
  it.each([
    [-37.0, 5.725571222524577e-300],
    [-20.0, 2.7536241186062337e-89],
    [-8.5, 9.479534822203318e-18],
    [-5.0, 2.866515718791939e-7],
    [-3.01, 0.0013062384487694686],
    [-2.99, 0.0013948872354922494],
    [-1.7, 0.04456546275854304],
    [-0.4, 0.3445782583896758],
    [-1e-9, 0.49999999960105773],
    [0.3, 0.6179114221889527],
    [1.0, 0.8413447460685429],
    [2.5, 0.9937903346742238],
    [3.5, 0.9997673709209645],
    [6.0, 0.9999999990134123],
  ])('normal below %f', (z, p) => near(normalCdf(z), p, 2e-13));

  it.each([
    [1e-300, -37.0470962993612],
    [1e-20, -9.262340089798407],
    [1e-12, -7.034483825301132],
    [5.551115123125783e-17, -8.292361075813595],
    [1e-6, -4.753424308822899],
    [0.001, -3.0902323061678136],
    [0.0749, -1.4402382675279637],
    [0.0751, -1.43882539275254],
    [0.2, -0.8416212335729142],
    [0.49, -0.025068908258711057],
    [0.6, 0.2533471031357997],
    [0.924, 1.4325027208258119],
    [0.926, 1.4466320671589787],
    [0.999, 3.090232306167813],
    [0.9999999990686774, 6.009353565530744],
  ])('normal quantile of %f', (p, z) => near(normalInverseCdf(p), z, 2e-15));

  it.each([
    [1e-5, 11.512919692895826],
    [0.1, 2.252712651734206],
    [0.5, 0.5723649429247001],
    [0.8, 0.15205967839983756],
    [1.5, -0.12078223763524522],
    [3.3, 0.9870985778947344],
    [7.0, 6.579251212010101],
    [20.0, 39.339884187199495],
    [101.5, 366.04569819527677],
  ])('log gamma of %f', (x, value) => expect(Math.abs(logGamma(x) - value)).toBeLessThan(2e-14 * Math.max(1, Math.abs(value))));

  it.each([
    [0.5, 1.96, 0.8, 0.20196040689778372],
    [0.9, 1.96, 0.8, 0.7314800543188467],
    [0.999, 1.96, 0.8, 0.9929570666529943],
    [0.01, 1.96, 0.8, 8.696613960355701e-5],
    [0.3, 2.45, 3.31, 0.2855427758202663],
    [0.7, 1.08, 0.76, 0.5779454740700289],
    [0.5, 50, 60, 0.8309072939016694],
    [0.0001, 0.3, 0.4, 0.041142072199371216],
  ])('beta below %f for %f, %f, and back', (x, a, b, p) => {
    near(betaCdf(x, a, b), p, 1e-13);
    near(betaInverseCdf(p, a, b), x, 1e-12);
  });

  it('ends and places without an answer', () => {
    expect([normalInverseCdf(0), normalInverseCdf(1), normalInverseCdf(2), normalCdf(-50), normalCdf(50)]).toEqual([-Infinity, Infinity, NaN, 0, 1]);
    expect([betaInverseCdf(0, 2, 3), betaInverseCdf(1, 2, 3), betaInverseCdf(NaN, 2, 3), betaCdf(-1, 2, 3), betaCdf(1, 2, 3)]).toEqual([
      0,
      1,
      NaN,
      0,
      1,
    ]);
    expect(normalInverseCdfCentred(0.25)).toBe(-normalInverseCdfCentred(-0.25));
  });
});
