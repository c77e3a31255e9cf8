/**
 * Loads that can be curtailed or shifted: what is not served now waits for at most four half-hours, and is then served whatever anybody says.
 *
 * In a half-hour a load wants b (MW over the half-hour). A share c of it is curtailed and lost. Of the rest, a share d is put off where the shift s = -d is below 0; where
 * it is above 0 the share s of what waits and is not yet due is served as well, the oldest first, as far as the connection's power (twice the rated one) allows. What
 * has waited four half-hours is served. So with waiting amounts q1 to q4 by how many half-hours they have waited,
 *   s <= 0: power = (1 - c) b (1 + s) + q4,              then q = [-(1 - c) b s, q1, q2, q3]
 *   s >  0: power = (1 - c) b + q4 + r,  r = min(s (q1 + q2 + q3), max(0, 2 rated - (1 - c) b - q4)),  then q = [0, q1, q2, q3 less r, from the oldest on]
 */

/** Half-hours that demand can wait. */
export const MOST_WAIT = 4;
/** Power of a connection over the load's rated power, which serving early does not exceed. */
export const CONNECTION = 2;

/** The flexible loads of some environments. Amounts are MW over one half-hour. */
export class FlexibleLoads {
  /** [environment][load][half-hours waited - 1] */
  private readonly waiting: Float64Array;
  /** Of the last call of {@link serve}: power drawn, and what was curtailed, MW. */
  servedMw = 0;
  curtailedMw = 0;

  constructor(
    environments: number,
    private readonly ratedMw: readonly number[],
  ) {
    this.waiting = new Float64Array(environments * ratedMw.length * MOST_WAIT);
  }

  /** Nothing waits. */
  clear(environment: number): void {
    const count = this.ratedMw.length * MOST_WAIT;
    this.waiting.fill(0, environment * count, (environment + 1) * count);
  }

  /** One half-hour of one load; sets `servedMw` and `curtailedMw`. */
  serve(environment: number, load: number, demandMw: number, curtail: number, shift: number): void {
    const { waiting } = this;
    const at = (environment * this.ratedMw.length + load) * MOST_WAIT;
    const due = waiting[at + 3];
    const curtailed = curtail * demandMw;
    const rest = demandMw - curtailed;
    let putOff = 0;
    let early = 0;
    if (shift < 0) putOff = -shift * rest;
    else if (shift > 0) {
      const room = Math.max(0, CONNECTION * this.ratedMw[load] - rest - due);
      let left = Math.min(shift * (waiting[at] + waiting[at + 1] + waiting[at + 2]), room);
      early = left;
      for (let k = 2; k >= 0 && left > 0; k--) {
        const taken = Math.min(left, waiting[at + k]);
        waiting[at + k] -= taken;
        left -= taken;
      }
      early -= Math.max(0, left);
    }
    waiting[at + 3] = waiting[at + 2];
    waiting[at + 2] = waiting[at + 1];
    waiting[at + 1] = waiting[at];
    waiting[at] = putOff;
    this.servedMw = rest - putOff + due + early;
    this.curtailedMw = curtailed;
  }

  /** What waits of a load, MW over a half-hour. */
  waitingMw(environment: number, load: number): number {
    const { waiting } = this;
    const at = (environment * this.ratedMw.length + load) * MOST_WAIT;
    return waiting[at] + waiting[at + 1] + waiting[at + 2] + waiting[at + 3];
  }

  /** What of a load has to be served in the next half-hour, MW. */
  dueMw(environment: number, load: number): number {
    return this.waiting[(environment * this.ratedMw.length + load) * MOST_WAIT + 3];
  }

  /** [load][half-hours waited - 1] of an environment, for snapshots. */
  save(environment: number): number[] {
    const count = this.ratedMw.length * MOST_WAIT;
    return Array.from(this.waiting.subarray(environment * count, (environment + 1) * count));
  }

  /** The reverse of {@link save}. */
  load(environment: number, waiting: readonly number[]): void {
    this.waiting.set(waiting, environment * this.ratedMw.length * MOST_WAIT);
  }
}
