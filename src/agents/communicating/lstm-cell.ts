/**
 * One step of a long short-term memory, forwards and back, from gates that a linear map gave: i, f, o by sigmoid, g by tanh; c = f c + i g; h = o tanh c. Hochreiter,
 * Schmidhuber: Long short-term memory, Neural Computation 9 (1997), with the forget gates of Gers and others, 2000. Formulas and order of the gates as in the learning
 * kernels, whose own LSTM takes all steps in one go and so has no place for what agents hear of each other between two steps.
 */

const LIMIT = 9;

/** tanh within 4e-7: the rational function of the learning kernels, here in double precision. */
export function fastTanh(x: number): number {
  const clipped = x < -LIMIT ? -LIMIT : x > LIMIT ? LIMIT : x;
  const z = clipped * clipped;
  const above = (((1.3352921e-8 * z + 2.0607869e-5) * z + 3.4955174e-3) * z + 1.3380967e-1) * z + 1;
  const below = (((7.7758568e-7 * z + 3.2855169e-4) * z + 2.5876718e-2) * z + 4.6714282e-1) * z + 1;
  const y = (clipped * above) / below;
  return y < -1 ? -1 : y > 1 ? 1 : y;
}

/** The arrays of a cell; rows are the same in all. */
export interface CellArrays {
  /** Numbers of h and of c. */
  readonly units: number;
  /** [row][4 units]: i, f, g, o before their functions, then behind them. */
  readonly gates: Float32Array;
  /** [row][unit]: c before the step, c and h behind it, tanh c. */
  readonly cellsBefore: Float32Array;
  readonly cells: Float32Array;
  readonly hidden: Float32Array;
  readonly squashed: Float32Array;
}

/** Goes forward in rows `from` to below `to`. */
export function cellForward({ units, gates, cellsBefore, cells, hidden, squashed }: CellArrays, from: number, to: number): void {
  for (let r = from; r < to; r++) {
    const gate = 4 * units * r;
    for (let u = 0, at = units * r; u < units; u++, at++) {
      const i = 0.5 * fastTanh(0.5 * gates[gate + u]) + 0.5;
      const f = 0.5 * fastTanh(0.5 * gates[gate + units + u]) + 0.5;
      const g = fastTanh(gates[gate + 2 * units + u]);
      const o = 0.5 * fastTanh(0.5 * gates[gate + 3 * units + u]) + 0.5;
      const c = f * cellsBefore[at] + i * g;
      const s = fastTanh(c);
      gates[gate + u] = i;
      gates[gate + units + u] = f;
      gates[gate + 2 * units + u] = g;
      gates[gate + 3 * units + u] = o;
      cells[at] = c;
      squashed[at] = s;
      hidden[at] = o * s;
    }
  }
}

/**
 * Goes back in rows `from` to below `to`.
 *
 * @param hiddenGradients [row][unit]: dLoss/dh behind the step
 * @param cellGradients [row][unit]: dLoss/dc behind the step, by way of later steps; becomes dLoss/dc before it
 * @param gateGradients [row][4 units]: receives dLoss/dgates before their functions
 */
export function cellBackward(
  { units, gates, cellsBefore, squashed }: CellArrays,
  from: number,
  to: number,
  hiddenGradients: Float32Array,
  cellGradients: Float32Array,
  gateGradients: Float32Array,
): void {
  for (let r = from; r < to; r++) {
    const gate = 4 * units * r;
    for (let u = 0, at = units * r; u < units; u++, at++) {
      const i = gates[gate + u];
      const f = gates[gate + units + u];
      const g = gates[gate + 2 * units + u];
      const o = gates[gate + 3 * units + u];
      const s = squashed[at];
      const byHidden = hiddenGradients[at];
      const byCell = cellGradients[at] + byHidden * o * (1 - s * s);
      gateGradients[gate + u] = byCell * g * i * (1 - i);
      gateGradients[gate + units + u] = byCell * cellsBefore[at] * f * (1 - f);
      gateGradients[gate + 2 * units + u] = byCell * i * (1 - g * g);
      gateGradients[gate + 3 * units + u] = byHidden * s * o * (1 - o);
      cellGradients[at] = byCell * f;
    }
  }
}
