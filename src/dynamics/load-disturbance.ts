/** Loads that wander: multipliers of resistance and inductance, drawn anew at the begin of an episode and walked from step to step, as PGSIM does. */

/** How loads wander; the defaults are PGSIM's. */
export interface LoadDisturbanceOptions {
  /** Multipliers at the begin are drawn from here, evenly; default 0.8 to 1.2. */
  first?: readonly [number, number];
  /** Largest change a step, up or down, drawn evenly; default 0.05. */
  walk?: number;
  /** Multipliers are held within; default: no limits, as published. In episodes of some hundred steps a walk without limits comes to loads below zero. */
  limits?: readonly [number, number];
}

/** Multipliers of the loads of one scenario. */
export class LoadDisturbance {
  /** [load] */
  readonly resistance: Float64Array;
  readonly inductance: Float64Array;
  private readonly first: readonly [number, number];
  private readonly walk: number;
  private readonly limits: readonly [number, number];

  /**
   * @param loads number of loads
   * @param uniform gives numbers in [0, 1): a random stream's `uniform`
   */
  constructor(
    loads: number,
    private readonly uniform: () => number,
    { first = [0.8, 1.2], walk = 0.05, limits = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY] }: LoadDisturbanceOptions = {},
  ) {
    this.resistance = new Float64Array(loads).fill(1);
    this.inductance = new Float64Array(loads).fill(1);
    this.first = first;
    this.walk = walk;
    this.limits = limits;
  }

  /** Draws the multipliers of a new episode: all resistances, then all inductances. */
  reset(): void {
    const [low, high] = this.first;
    for (const part of [this.resistance, this.inductance]) for (let i = 0; i < part.length; i++) part[i] = low + (high - low) * this.uniform();
  }

  /** Walks one step, in the same order. */
  step(): void {
    const [low, high] = this.limits;
    for (const part of [this.resistance, this.inductance]) {
      for (let i = 0; i < part.length; i++) part[i] = Math.min(high, Math.max(low, part[i] - this.walk + 2 * this.walk * this.uniform()));
    }
  }
}
