/** Modes of a system about an operating point: eigenvalues of its Jacobian, without states that do not move. */
import { eigenvalues } from '../numeric/index.js';
import { type DifferentialSystem, differenceJacobian } from './differential-system.js';

/** A mode: exp(re t) turning at im, 1/s and rad/s. */
export interface Mode {
  re: number;
  im: number;
}

/**
 * The modes at x, slowest first (by size); of a conjugate pair both.
 *
 * @param held states that do not move, whose rows and columns are left out
 */
export function modesAt(system: DifferentialSystem, x: Float64Array, held: readonly number[]): Mode[] {
  const n = system.size;
  const matrix = new Float64Array(n * n);
  if (system.jacobian) system.jacobian(x, matrix);
  else differenceJacobian(system, x, matrix);
  const still = new Set(held);
  const moving = Array.from({ length: n }, (_, i) => i).filter((i) => !still.has(i));
  const part = Float64Array.from(
    { length: moving.length ** 2 },
    (_, at) => matrix[moving[Math.floor(at / moving.length)] * n + moving[at % moving.length]],
  );
  const { re, im } = eigenvalues(part, moving.length);
  const modes = Array.from(re, (value, i): Mode => ({ re: value, im: im[i] }));
  return modes.sort((a, b) => Math.hypot(a.re, a.im) - Math.hypot(b.re, b.im));
}
