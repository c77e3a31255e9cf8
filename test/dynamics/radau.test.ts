import { describe, expect, it } from 'vitest';
import { type DifferentialSystem, DynamicsError, Radau } from '../../src/dynamics/index.js';

/** A system written as a function, its Jacobian by differences. */
const system = (size: number, derivative: DifferentialSystem['derivative'], scale = 1): DifferentialSystem => ({
  size,
  derivative,
  scale: new Float64Array(size).fill(scale),
});

describe('Radau', () => {
  it('follows a stiff system to its exact solution (Prothero and Robinson)', () => {
    // x' = -1e6 (x - cos t) - sin t: x = cos t, whatever the stiffness; the second state is the time.
    const stiff = system(2, (x, dx) => {
      dx[0] = -1e6 * (x[0] - Math.cos(x[1])) - Math.sin(x[1]);
      dx[1] = 1;
    });
    const x = Float64Array.of(1, 0);
    const radau = new Radau(stiff, { relativeTolerance: 1e-9 });
    radau.advance(x, 3);
    expect(Math.abs(x[0] - Math.cos(3))).toBeLessThan(1e-8);
    expect(radau.work.steps).toBeLessThan(200);
  });

  it('errs in proportion to its tolerance on an orbit', () => {
    // Kepler's problem, eccentricity 0.3: after a full turn all is as at the start.
    const orbit = system(4, (x, dx) => {
      const r3 = (x[0] * x[0] + x[1] * x[1]) ** 1.5;
      dx[0] = x[2];
      dx[1] = x[3];
      dx[2] = -x[0] / r3;
      dx[3] = -x[1] / r3;
    });
    const errorAt = (tolerance: number): number => {
      const start = [0.7, 0, 0, Math.sqrt(1.3 / 0.7)];
      const x = Float64Array.from(start);
      new Radau(orbit, { relativeTolerance: tolerance }).advance(x, 2 * Math.PI);
      return Math.hypot(...start.map((value, i) => x[i] - value));
    };
    expect(errorAt(1e-6)).toBeLessThan(1e-4);
    expect(errorAt(1e-9)).toBeLessThan(1e-7);
    expect(errorAt(1e-9)).toBeLessThan(errorAt(1e-6) / 100);
  });

  it('solves the stiff problem of Van der Pol as published', () => {
    // Hairer and Wanner II, section IV.10, epsilon 1e-6: y1(2) = 1.706167732170469.
    const vanDerPol = system(2, (x, dx) => {
      dx[0] = x[1];
      dx[1] = ((1 - x[0] * x[0]) * x[1] - x[0]) / 1e-6;
    });
    const x = Float64Array.of(2, -0.66);
    new Radau(vanDerPol, { relativeTolerance: 1e-8 }).advance(x, 2);
    expect(Math.abs(x[0] - 1.706167732170469)).toBeLessThan(1e-6);
  });

  it('says where a trajectory diverges', () => {
    const explosion = system(1, (x, dx) => {
      dx[0] = x[0] * x[0];
    });
    const run = () => new Radau(explosion).advance(Float64Array.of(1), 2);
    expect(run).toThrow(DynamicsError);
    expect(run).toThrow(/diverges 1\.000e\+0 s into the interval/);
  });
});
