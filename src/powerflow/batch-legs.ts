/**
 * The legs of a batch's injections in a session's memory: powers are written to them by columns (all scenarios of an injection) or by rows (all injections of a scenario), and
 * voltages across them read. Nothing is checked here; {@link BatchColumns} does that.
 *
 * @internal
 */

import { type CompiledElement, type CompiledGrid, writePower } from './compiled-grid.js';
import { consumptionSign, type LegElement } from './legs.js';
import type { Session } from './session.js';

/** The legs of all injections, in the order of these, with the grid's own watts and vars. */
interface RowLegs {
  leg: Int32Array;
  injection: Int32Array;
  watts: Float64Array;
  vars: Float64Array;
}

/** Legs of injections. */
export class BatchLegs {
  private readonly legsOf: Int32Array[];
  /** Watts that a leg consumes for a kW of its injection, in the sign of its kind. */
  private readonly factor: Float64Array;
  /** The grid's own powers, [injection][kW, kvar]. */
  private readonly nominal: Float64Array;
  /** For {@link scaleRow}, made when first asked for. */
  private rows: RowLegs | undefined;

  /**
   * @param session whose memory it is
   * @param entries the injections
   * @param powerOf the grid's own power of one, kW and kvar; it is written to the compiled grid as well
   */
  constructor(
    private readonly compiled: CompiledGrid,
    private readonly session: Session,
    entries: readonly CompiledElement[],
    powerOf: (element: LegElement) => { powerKw: number; powerKvar: number },
  ) {
    this.legsOf = entries.map(({ legIds }) => Int32Array.from(legIds));
    this.factor = Float64Array.from(entries, ({ element }) => (consumptionSign(element as LegElement) * 1000) / (element as LegElement).phases);
    this.nominal = new Float64Array(2 * entries.length);
    entries.forEach((entry, i) => {
      const { powerKw, powerKvar } = powerOf(entry.element as LegElement);
      this.nominal.set([powerKw, powerKvar], 2 * i);
      writePower(compiled, entry, powerKw, powerKvar);
    });
  }

  /** The legs of an injection. */
  of(injection: number): Int32Array {
    return this.legsOf[injection];
  }

  /** Watts and vars that legs consume at rated voltage; {@link powerIndex} says where the watts of one stand, its vars stand W further. */
  get powers(): Float64Array | Float32Array {
    return this.session.arrays.power;
  }

  powerIndex(leg: number, scenario: number): number {
    return this.session.powerIndex(leg, scenario);
  }

  /**
   * Voltages across a leg in the scenarios of a block, as the iteration left them, [re x W, im x W], volt.
   *
   * @param first scenario of the block
   */
  voltages(leg: number, first: number, into: Float64Array): void {
    const { session } = this;
    const W = session.lanes;
    if (session.portOfLeg(leg) >= 0) {
      for (let lane = 0; lane < W; lane++) {
        const across = session.portVoltage(leg, first + lane);
        into[lane] = across?.[0] ?? 0;
        into[W + lane] = across?.[1] ?? 0;
      }
      return;
    }
    const { legs } = this.compiled;
    const { voltage } = session.arrays;
    const [from, to] = [legs.from[leg], legs.to[leg]];
    // The slot behind the last is ground.
    const a = session.voltageIndex(from < 0 ? session.nodeCount : session.slotOfNode[from], first);
    const b = session.voltageIndex(to < 0 ? session.nodeCount : session.slotOfNode[to], first);
    for (let k = 0; k < 2 * W; k++) into[k] = voltage[a + k] - voltage[b + k];
  }

  /** Writes the powers of one injection in the first `used` scenarios, kW and kvar [scenario]. */
  write(injection: number, powerKw: ArrayLike<number>, powerKvar: ArrayLike<number>, used: number): void {
    const factor = this.factor[injection];
    for (const leg of this.legsOf[injection]) {
      this.writeColumn(leg, 0, powerKw, factor, used);
      this.writeColumn(leg, 1, powerKvar, factor, used);
    }
  }

  /** Writes reactive powers alone of one injection, kvar [scenario]; its active power is 0. */
  writeReactive(injection: number, powerKvar: ArrayLike<number>, used: number): void {
    for (const leg of this.legsOf[injection]) {
      this.writeColumn(leg, 0, powerKvar, 0, used);
      this.writeColumn(leg, 1, powerKvar, this.factor[injection], used);
    }
  }

  /** Writes a column times a factor to the watts (part 0) or vars (1) of a leg, block by block. */
  private writeColumn(leg: number, part: 0 | 1, column: ArrayLike<number>, factor: number, used: number): void {
    const { session } = this;
    const { power } = session.arrays;
    const W = session.lanes;
    const stride = session.powerIndex(leg, W) - session.powerIndex(leg, 0);
    let at = session.powerIndex(leg, 0) + part * W;
    for (let first = 0; first < used; first += W) {
      const end = Math.min(W, used - first);
      for (let lane = 0; lane < end; lane++) power[at + lane] = column[first + lane] * factor;
      at += stride;
    }
  }

  /** Writes the grid's own powers of one injection times a factor a scenario to the first `used`. */
  scale(injection: number, factor: ArrayLike<number>, used: number): void {
    const watts = this.nominal[2 * injection] * this.factor[injection];
    const vars = this.nominal[2 * injection + 1] * this.factor[injection];
    for (const leg of this.legsOf[injection]) this.scaleLeg(leg, factor, watts, vars, used);
  }

  /** Writes a column times a number to the watts of a leg, and times another to its vars. */
  private scaleLeg(leg: number, column: ArrayLike<number>, watts: number, vars: number, used: number): void {
    const { session } = this;
    const { power } = session.arrays;
    const W = session.lanes;
    const stride = session.powerIndex(leg, W) - session.powerIndex(leg, 0);
    let at = session.powerIndex(leg, 0);
    for (let first = 0; first < used; first += W) {
      const end = Math.min(W, used - first);
      for (let lane = 0; lane < end; lane++) {
        const value = column[first + lane];
        power[at + lane] = value * watts;
        power[at + W + lane] = value * vars;
      }
      at += stride;
    }
  }

  /** Writes the grid's own powers of the first `count` injections, times a factor each (from `at` on), to one scenario. */
  scaleRow(scenario: number, factors: ArrayLike<number>, at: number, count: number): void {
    this.rows ??= this.makeRows();
    const { leg, injection, watts, vars } = this.rows;
    const { session } = this;
    const { power } = session.arrays;
    const W = session.lanes;
    const first = session.powerIndex(0, scenario);
    const stride = session.powerIndex(1, scenario) - first;
    for (let k = 0; k < leg.length && injection[k] < count; k++) {
      const factor = factors[at + injection[k]];
      const place = first + leg[k] * stride;
      power[place] = watts[k] * factor;
      power[place + W] = vars[k] * factor;
    }
  }

  private makeRows(): RowLegs {
    const entries = this.legsOf.flatMap((legs, i) => Array.from(legs, (leg) => ({ leg, i })));
    return {
      leg: Int32Array.from(entries, ({ leg }) => leg),
      injection: Int32Array.from(entries, ({ i }) => i),
      watts: Float64Array.from(entries, ({ i }) => this.nominal[2 * i] * this.factor[i]),
      vars: Float64Array.from(entries, ({ i }) => this.nominal[2 * i + 1] * this.factor[i]),
    };
  }

  /** Lets the lanes behind the last scenario repeat it, so that they cost no iterations of their own. */
  repeatLast(scenarios: number): void {
    const { session } = this;
    const W = session.lanes;
    const { power } = session.arrays;
    const { count } = this.compiled.legs;
    for (let idle = scenarios; idle < session.blocks * W; idle++) {
      for (let leg = 0; leg < count; leg++) {
        const from = session.powerIndex(leg, scenarios - 1);
        const to = session.powerIndex(leg, idle);
        power[to] = power[from];
        power[to + W] = power[from + W];
      }
    }
  }

  /** Makes a scenario's powers those of the compiled grid. */
  take(scenario: number): void {
    const { session } = this;
    const { legs } = this.compiled;
    for (let leg = 0; leg < legs.count; leg++) {
      const at = session.powerIndex(leg, scenario);
      legs.watts[leg] = session.arrays.power[at];
      legs.vars[leg] = session.arrays.power[at + session.lanes];
    }
  }
}
