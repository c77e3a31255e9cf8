/**
 * Branches and generators out of (or into) service scenario by scenario, in the arrays of a {@link LaneSession}: values alone change, never the pattern.
 *
 * A bus that an outage leaves without a path to a slack is tied to one by j 1 pu and injects nothing there, so that its equations have the harmless solution "the voltage
 * of the slack"; its loads are unserved and it is reported as dead.
 */
import { GridError } from '../../grid/index.js';
import type { LaneSession } from './lane-session.js';
import { type BalancedNetwork, BRANCH_ADMITTANCES, BUS_DEAD, BUS_PV, BUS_SLACK, connectedParts, nodalPattern } from './network.js';

/** A pattern with a place for the tie of every bus to a slack. */
export interface TiedPattern {
  start: Int32Array;
  column: Int32Array;
  diagonal: Int32Array;
  /** Places of each branch's entries ff, ft, tf, tt: [branch][4]. */
  branchPlace: Int32Array;
  /** Place of each bus's tie; -1 at slacks and dead buses. */
  tie: Int32Array;
}

/** The network's pattern with ties: each bus to the first slack of its part. */
export function tiedPattern(network: BalancedNetwork): TiedPattern {
  const { busCount, branchFrom, branchTo, branchOn, kind } = network;
  const part = connectedParts(busCount, branchFrom, branchTo, branchOn);
  const slackOf = new Map<number, number>();
  for (let bus = busCount - 1; bus >= 0; bus--) if (kind[bus] === BUS_SLACK) slackOf.set(part[bus], bus);
  const tied: [number, number][] = [];
  for (let bus = 0; bus < busCount; bus++) {
    const slack = slackOf.get(part[bus]);
    if (kind[bus] !== BUS_SLACK && kind[bus] !== BUS_DEAD && slack !== undefined) tied.push([bus, slack]);
  }
  const count = branchFrom.length;
  const from = Int32Array.of(...branchFrom, ...tied.map(([bus]) => bus));
  const to = Int32Array.of(...branchTo, ...tied.map(([, slack]) => slack));
  const { start, column, diagonal, branchPlace } = nodalPattern(busCount, from, to);
  const tie = new Int32Array(busCount).fill(-1);
  tied.forEach(([bus], k) => {
    tie[bus] = branchPlace[4 * (count + k) + 1];
  });
  return { start, column, diagonal, branchPlace: branchPlace.subarray(0, 4 * count), tie };
}

/** What stays at buses whatever branches are on, and sums of what is on. */
export class BranchSums {
  readonly re: Float64Array;
  readonly im: Float64Array;
  /** Branches at each bus, ascending. */
  readonly branchesAt: readonly (readonly number[])[];
  private readonly shuntRe: Float64Array;
  private readonly shuntIm: Float64Array;

  constructor(
    readonly network: BalancedNetwork,
    readonly pattern: Pick<TiedPattern, 'start' | 'column' | 'diagonal' | 'branchPlace'>,
  ) {
    const { grid, busCount, branchFrom, branchTo, busIndex } = network;
    const at: number[][] = Array.from({ length: busCount }, () => []);
    for (let k = 0; k < branchFrom.length; k++) {
      at[branchFrom[k]].push(k);
      at[branchTo[k]].push(k);
    }
    this.branchesAt = at;
    this.shuntRe = new Float64Array(busCount);
    this.shuntIm = new Float64Array(busCount);
    for (const { bus, conductanceMw, susceptanceMvar, inService } of grid.shunts) {
      if (!inService) continue;
      const i = busIndex.get(bus) as number;
      this.shuntRe[i] += conductanceMw / grid.baseMva;
      this.shuntIm[i] += susceptanceMvar / grid.baseMva;
    }
    this.re = new Float64Array(pattern.column.length);
    this.im = new Float64Array(pattern.column.length);
    for (let bus = 0; bus < busCount; bus++) {
      this.diagonal(
        bus,
        (k) => network.branchOn[k] === 1,
        (place, re, im) => {
          this.re[place] = re;
          this.im[place] = im;
        },
      );
    }
    for (let k = 0; k < branchFrom.length; k++) {
      this.between(
        k,
        (each) => network.branchOn[each] === 1,
        (place, re, im) => {
          this.re[place] = re;
          this.im[place] = im;
        },
      );
    }
  }

  /** The diagonal entry of a bus with these branches on. */
  diagonal(bus: number, isOn: (branch: number) => boolean, put: (place: number, re: number, im: number) => void): void {
    const { branchFrom, branchAdmittance } = this.network;
    let re = this.shuntRe[bus];
    let im = this.shuntIm[bus];
    for (const k of this.branchesAt[bus]) {
      if (!isOn(k)) continue;
      const at = BRANCH_ADMITTANCES * k + (branchFrom[k] === bus ? 0 : 6);
      re += branchAdmittance[at];
      im += branchAdmittance[at + 1];
    }
    put(this.pattern.diagonal[bus], re, im);
  }

  /** Both entries between the ends of a branch, its parallels taken into account. */
  between(branch: number, isOn: (branch: number) => boolean, put: (place: number, re: number, im: number) => void): void {
    const { branchFrom, branchTo, branchAdmittance } = this.network;
    const [f, t] = [branchFrom[branch], branchTo[branch]];
    const sums = [0, 0, 0, 0];
    for (const k of this.branchesAt[f]) {
      const isSame = branchFrom[k] === f && branchTo[k] === t;
      if (!isOn(k) || !(isSame || (branchFrom[k] === t && branchTo[k] === f))) continue;
      const at = BRANCH_ADMITTANCES * k;
      const [there, back] = isSame ? [at + 2, at + 4] : [at + 4, at + 2];
      sums[0] += branchAdmittance[there];
      sums[1] += branchAdmittance[there + 1];
      sums[2] += branchAdmittance[back];
      sums[3] += branchAdmittance[back + 1];
    }
    put(this.pattern.branchPlace[4 * branch + 1], sums[0], sums[1]);
    put(this.pattern.branchPlace[4 * branch + 2], sums[2], sums[3]);
  }
}

/** What differs from the grid's own state in one scenario. */
interface LaneChange {
  branches: Set<number>;
  generators: Set<number>;
  /** Entries that are not the shared ones now. */
  touched: number[];
  /** Buses without a path to a slack, and what their injections would be. */
  dead: number[];
  powers: Map<number, [number, number]>;
  isDirty: boolean;
}

/** The outages of all scenarios of a session. */
export class LaneOutages {
  private readonly changes = new Map<number, LaneChange>();
  private readonly entryOfPlace: Int32Array;
  private readonly injectionsAt: readonly (readonly number[])[];
  private readonly generatorsAt: readonly (readonly number[])[];
  private readonly maskOfBus: Int32Array;

  /**
   * @param firstGenerator injection of the first generator; the others follow
   */
  constructor(
    private readonly session: LaneSession,
    private readonly sums: BranchSums,
    private readonly pattern: TiedPattern,
    injectionBus: Int32Array,
    private readonly firstGenerator: number,
  ) {
    const { plan } = session;
    const { busCount, generatorBus } = sums.network;
    this.entryOfPlace = new Int32Array(pattern.column.length).fill(-1);
    plan.admittancePlace.forEach((place, entry) => {
      this.entryOfPlace[place] = entry;
    });
    const lists = (buses: Int32Array): number[][] => {
      const at: number[][] = Array.from({ length: busCount }, () => []);
      buses.forEach((bus, k) => {
        at[bus].push(k);
      });
      return at;
    };
    this.injectionsAt = lists(injectionBus);
    this.generatorsAt = lists(generatorBus);
    this.maskOfBus = new Int32Array(busCount).fill(-1);
    session.maskedRows.forEach((row, index) => {
      this.maskOfBus[plan.busOfSlot[row]] = index;
    });
  }

  /** Puts a branch in or out of service in one scenario. */
  setBranch(scenario: number, branch: number, isOn: boolean): void {
    if (isOn !== (this.sums.network.branchOn[branch] === 1)) {
      const change = this.changeOf(scenario);
      if (!change.branches.has(branch)) change.isDirty = true;
      change.branches.add(branch);
    } else if (this.changes.get(scenario)?.branches.delete(branch)) this.changeOf(scenario).isDirty = true;
  }

  /** Puts a generator in or out of service in one scenario. Throws {@link GridError} where no generator would be left at a slack. */
  setGenerator(scenario: number, generator: number, isOn: boolean): void {
    const { network } = this.sums;
    if (isOn && network.generatorOn[generator] === 0) {
      throw new GridError(`generator ${generator + 1} is out of service in the grid; lanes can take generators out, not in`);
    }
    const change = this.changeOf(scenario);
    if (isOn) change.generators.delete(generator);
    else change.generators.add(generator);
    change.isDirty = true;
    const bus = network.generatorBus[generator];
    if (network.kind[bus] === BUS_SLACK && !this.isHeld(bus, change)) {
      change.generators.delete(generator);
      throw new GridError(
        `generator ${generator + 1} is the last at the slack bus ${network.grid.buses[bus].number}; its outage moves the slack, which lanes cannot`,
      );
    }
  }

  /** Whether a generator that runs in this scenario holds the bus's voltage. */
  private isHeld(bus: number, change: LaneChange): boolean {
    return this.generatorsAt[bus].some((k) => this.sums.network.generatorOn[k] === 1 && !change.generators.has(k));
  }

  /** Numbers (indices) of the buses that are dead in a scenario. Right after {@link apply}. */
  deadBuses(scenario: number): readonly number[] {
    return this.changes.get(scenario)?.dead ?? [];
  }

  /** Whether a branch is in service in a scenario. */
  isBranchOn(scenario: number, branch: number): boolean {
    const isOn = this.sums.network.branchOn[branch] === 1;
    return this.changes.get(scenario)?.branches.has(branch) ? !isOn : isOn;
  }

  /** Whether a generator runs in a scenario. */
  isGeneratorOn(scenario: number, generator: number): boolean {
    return this.sums.network.generatorOn[generator] === 1 && !this.changes.get(scenario)?.generators.has(generator);
  }

  /** Writes an injection that may be out in this scenario; false where the caller is to write it into the session. */
  keepPower(scenario: number, injection: number, p: number, q: number): boolean {
    const kept = this.changes.get(scenario)?.powers;
    if (!kept?.has(injection)) return false;
    kept.set(injection, [p, q]);
    return true;
  }

  private changeOf(scenario: number): LaneChange {
    let change = this.changes.get(scenario);
    if (!change) {
      change = { branches: new Set(), generators: new Set(), touched: [], dead: [], powers: new Map(), isDirty: true };
      this.changes.set(scenario, change);
    }
    return change;
  }

  /** Brings the session's arrays up to date. */
  apply(): void {
    for (const [scenario, change] of this.changes) {
      if (!change.isDirty) continue;
      change.isDirty = false;
      this.restore(scenario, change);
      this.write(scenario, change);
      if (change.branches.size === 0 && change.generators.size === 0) this.changes.delete(scenario);
    }
  }

  private put(scenario: number, place: number, re: number, im: number): number {
    const entry = this.entryOfPlace[place];
    // Rows of slacks are nobody's equations.
    if (entry < 0) return -1;
    const at = this.session.admittanceAt(entry, scenario);
    this.session.admittance[at] = re;
    this.session.admittance[at + this.session.lanes] = im;
    return place;
  }

  /** Makes a scenario the grid's own again. */
  private restore(scenario: number, change: LaneChange): void {
    const { session, sums } = this;
    for (const place of change.touched) this.put(scenario, place, sums.re[place], sums.im[place]);
    change.touched = [];
    for (const [injection, [p, q]] of change.powers) {
      const at = session.powerAt(injection, scenario);
      session.power[at] = p;
      session.power[at + session.lanes] = q;
    }
    change.powers.clear();
    change.dead = [];
    session.maskedRows.forEach((row, index) => {
      this.setMask(scenario, index, sums.network.kind[session.plan.busOfSlot[row]] !== BUS_PV);
    });
  }

  private setMask(scenario: number, index: number, isSought: boolean): void {
    const { session } = this;
    const { lanes } = session;
    const at = (Math.floor(scenario / lanes) * session.maskedRows.length + index) * 2 * lanes + (scenario % lanes);
    session.mask[at + lanes] = Number(isSought);
  }

  private write(scenario: number, change: LaneChange): void {
    const { sums, pattern, session } = this;
    const { branchFrom, branchTo } = sums.network;
    const isOn = (branch: number): boolean => this.isBranchOn(scenario, branch);
    const put = (place: number, re: number, im: number): void => {
      if (this.put(scenario, place, re, im) >= 0) change.touched.push(place);
    };
    const silence = (injection: number): void => {
      const at = session.powerAt(injection, scenario);
      change.powers.set(injection, [session.power[at], session.power[at + session.lanes]]);
      session.power[at] = 0;
      session.power[at + session.lanes] = 0;
    };
    for (const branch of change.branches) {
      sums.diagonal(branchFrom[branch], isOn, put);
      sums.diagonal(branchTo[branch], isOn, put);
      sums.between(branch, isOn, put);
    }
    for (const generator of change.generators) {
      silence(this.firstGenerator + generator);
      const bus = sums.network.generatorBus[generator];
      if (this.maskOfBus[bus] >= 0 && !this.isHeld(bus, change)) this.setMask(scenario, this.maskOfBus[bus], true);
    }
    if (change.branches.size > 0) change.dead = this.unfed(isOn);
    for (const bus of change.dead) {
      for (let place = pattern.start[bus]; place < pattern.start[bus + 1]; place++) put(place, 0, 0);
      put(pattern.diagonal[bus], 0, -1);
      put(pattern.tie[bus], 0, 1);
      for (const injection of this.injectionsAt[bus]) if (!change.powers.has(injection)) silence(injection);
    }
  }

  /** Live buses that no path of branches joins to a slack. */
  private unfed(isOn: (branch: number) => boolean): number[] {
    const { network, branchesAt } = this.sums;
    const { kind, branchFrom, branchTo, busCount } = network;
    const isReached = new Uint8Array(busCount);
    const stack: number[] = [];
    for (let bus = 0; bus < busCount; bus++) {
      if (kind[bus] !== BUS_SLACK) continue;
      isReached[bus] = 1;
      stack.push(bus);
    }
    for (let bus = stack.pop(); bus !== undefined; bus = stack.pop()) {
      for (const k of branchesAt[bus]) {
        const other = branchFrom[k] === bus ? branchTo[k] : branchFrom[k];
        if (isReached[other] || !isOn(k)) continue;
        isReached[other] = 1;
        stack.push(other);
      }
    }
    const unfed: number[] = [];
    for (let bus = 0; bus < busCount; bus++) if (kind[bus] !== BUS_DEAD && !isReached[bus]) unfed.push(bus);
    return unfed;
  }
}
