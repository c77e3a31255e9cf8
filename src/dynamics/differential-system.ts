/** What an integrator asks of a system of ordinary differential equations dx/dt = f(x). */

export interface DifferentialSystem {
  /** Number of states. */
  readonly size: number;
  /** Writes f(x) to dx. */
  derivative(x: Float64Array, dx: Float64Array): void;
  /** Writes the matrix of df_i/dx_j to [i * size + j]; may be absent, differences are then taken. */
  jacobian?(x: Float64Array, matrix: Float64Array): void;
  /** [state]: size that counts as usual, for absolute tolerances and differences. */
  readonly scale: Float64Array;
}

/** The Jacobian by central differences of `step` times the usual size of a state (or its own, where that is larger). */
export function differenceJacobian(system: DifferentialSystem, x: Float64Array, matrix: Float64Array, step = 1e-5): void {
  const { size, scale } = system;
  const moved = Float64Array.from(x);
  const above = new Float64Array(size);
  const below = new Float64Array(size);
  for (let j = 0; j < size; j++) {
    const h = step * Math.max(scale[j], Math.abs(x[j]));
    const up = x[j] + h;
    const down = x[j] - h;
    moved[j] = up;
    system.derivative(moved, above);
    moved[j] = down;
    system.derivative(moved, below);
    moved[j] = x[j];
    for (let i = 0; i < size; i++) matrix[i * size + j] = (above[i] - below[i]) / (up - down);
  }
}
