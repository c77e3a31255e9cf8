/**
 * A solver for one bus behind an impedance, solved by fixed point to rounding: enough of a grid to close the loop of a control, with a solution
 * that can be checked by hand. Every element stands between conductor 1 of its terminal and ground and has constant power.
 */
import { type CircuitElement, type Grid, type Moment, SNAPSHOT } from '../../src/grid/index.js';
import type { GridSolver, SolveReport } from '../../src/powerflow/solver-types.js';

type Complex = [number, number];

/** One single-phase bus `b` behind `ohms`, fed by `sourceVolts`. */
export class TheveninSolver implements GridSolver {
  moment: Moment = SNAPSHOT;
  private readonly powers = new Map<CircuitElement, Complex>();
  private volts: Complex;
  /** Power asked for since the last solution takes effect only in the next one. */
  private solved = new Map<CircuitElement, Complex>();

  constructor(
    readonly grid: Grid,
    public sourceVolts: number,
    readonly ohms: Complex,
  ) {
    this.volts = [sourceVolts, 0];
  }

  solve(): SolveReport {
    this.solved = new Map(this.powers);
    for (let round = 0; round < 200; round++) {
      const [ir, ii] = this.injected();
      this.volts = [this.sourceVolts + this.ohms[0] * ir - this.ohms[1] * ii, this.ohms[0] * ii + this.ohms[1] * ir];
    }
    const base = { status: 'converged', iterations: 200, method: 'injection', methodReason: '', backend: 'test' } as const;
    return { ...base, converged: true, mismatchPu: 0, worstNode: '', history: [] };
  }

  private injected(): Complex {
    let sum: Complex = [0, 0];
    for (const element of this.solved.keys()) {
      const [re, im] = this.current(element);
      sum = [sum[0] - re, sum[1] - im];
    }
    return sum;
  }

  /** Current into an element. */
  private current(element: CircuitElement): Complex {
    const [kw, kvar] = this.solved.get(element) ?? [0, 0];
    const sign = element.kind === 'load' ? 1000 : -1000;
    const [vr, vi] = this.volts;
    const square = vr * vr + vi * vi;
    return [(sign * (kw * vr + kvar * vi)) / square, (sign * (kw * vi - kvar * vr)) / square];
  }

  setPower(element: CircuitElement, powerKw: number, powerKvar: number): void {
    this.powers.set(element, [powerKw, powerKvar]);
  }

  terminalVoltages(): Float64Array {
    return Float64Array.of(...this.volts, 0, 0);
  }

  /** A line carries all that flows from the source. */
  terminalCurrents(element: CircuitElement): Float64Array {
    const [fromRe, fromIm] = this.injected();
    const [re, im] = element.kind === 'line' ? [-fromRe, -fromIm] : this.current(element);
    return Float64Array.of(re, im, -re, -im);
  }

  nodeVoltage(bus: string, node: number): readonly [number, number] | undefined {
    return bus === 'b' && node === 1 ? this.volts : undefined;
  }

  /** |V| at the bus, volt. */
  get magnitude(): number {
    return Math.hypot(...this.volts);
  }

  nodesOf(): readonly number[] {
    return [1];
  }
  gridChanged(): void {}
  elementChanged(): void {}
  setSourceVoltage(): void {}
  solveUnloaded(): void {}
}
