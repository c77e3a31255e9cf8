/** What a state of voltages is beyond: branch by branch and bus by bus in typed arrays, with objects for violations alone. */
import { type RatingTable, ratingOrder, ratingTable } from './contingency-ratings.js';
import { loadingTerm, minorTerm, voltageTerm } from './contingency-severity.js';
import type { ContingencyOptions, ContingencyRating, ContingencyRow, ReactiveViolation, SlackPower } from './contingency-types.js';
import { shareReactive } from './generator-results.js';
import { type BalancedNetwork, BUS_SLACK, recordedInService } from './network.js';
import { REACTIVE_MARGIN_MVAR } from './reactive-limits.js';

/** At a limit to this, pu or share of a rating, is within it. */
const MARGIN = 1e-6;
/** Worse than in the base case by less than this is as in the base case: share of a rating, pu, MVAr. */
const WORSE_LOADING = 0.01;
const WORSE_PU = 0.001;
const WORSE_MVAR = 1;
/** Ranges and limits of generators, MW or MVAr, count as this where they are less. */
const LEAST_RANGE = 1;

/** What is seen of a state. */
export interface Seen
  extends Pick<ContingencyRow, 'counts' | 'overloads' | 'voltages' | 'reactive' | 'highestLoading' | 'lowestVoltage' | 'highestVoltage' | 'slack'> {
  /** Violations beyond those of the base case as one number, and generators and slacks beyond limits likewise; see `severityOf`. */
  index: number;
  minor: number;
}

/** What is out in a state. */
export interface Out {
  branches: readonly number[];
  generators: readonly number[];
}

const NOTHING_OUT: Out = { branches: [], generators: [] };

/** Numbers of each branch: series admittance, half the charging, the transformer's 1 / t: [branch][g, b, bc / 2, re, im]. */
const FIELDS = 5;

/** Looks at states of one grid, and holds them against its base case. What is dead in the base case is looked at too where a state gives it voltage: nothing there is violated in the base case. */
export class ContingencyScan {
  readonly ratings: RatingTable;
  readonly baseRatings: RatingTable;
  /** Slack buses of the base case. */
  readonly slackBuses: readonly number[];
  /** What is in service in the base case, dead parts included. */
  private readonly branchOn: Uint8Array;
  private readonly branch: Float64Array;
  /** Squares of apparent powers at both ends of each branch in the last state, and of voltages. */
  private readonly square: Float64Array;
  private readonly voltageSquare: Float64Array;
  /** Power into the branches at each bus. */
  private readonly injected: Float64Array;
  private readonly low: Float64Array;
  private readonly high: Float64Array;
  private readonly loadMw: Float64Array;
  private readonly loadMvar: Float64Array;
  private readonly conductance: Float64Array;
  private readonly susceptance: Float64Array;
  private readonly generatorsAt: number[][];
  private readonly heldBuses: number[] = [];
  /** Reactive limits of the generators of each bus together. */
  private readonly minMvar: Float64Array;
  private readonly maxMvar: Float64Array;
  /** Generators without a voltage to hold that are scheduled beyond their reactive limits. */
  private readonly fixedBeyond: number[] = [];
  private readonly isBranchOut: Uint8Array;
  private readonly isGeneratorOut: Uint8Array;
  private readonly baseLoading: Float64Array;
  private readonly baseMagnitude: Float64Array;
  /** Side (-1, 0, 1) on which a generator is beyond its reactive limits in the base case, and by how much. */
  private readonly baseBeyond: Int8Array;
  private readonly baseExcess: Float64Array;
  /** Side on which a slack is beyond its active limits in the base case, and by how much of the limit. */
  private readonly baseSlack = new Map<number, { side: number; excess: number }>();
  private readonly onlyNew: boolean;

  constructor(
    readonly network: BalancedNetwork,
    options: Pick<ContingencyOptions, 'limitsPu' | 'violations'> & { rating: ContingencyRating },
  ) {
    const { grid, busCount, busIndex, kind, generatorBus } = network;
    const { branches: branchOn, generators: generatorOn } = recordedInService(network);
    this.branchOn = branchOn;
    const isHeld = (bus: number): boolean => grid.buses[bus].kind === 'pv' || grid.buses[bus].kind === 'slack';
    const at = (bus: number): number => busIndex.get(bus) as number;
    const count = grid.branches.length;
    const perBus = (): Float64Array => new Float64Array(busCount);
    this.onlyNew = options.violations === 'new';
    this.ratings = ratingTable(network, ratingOrder(options.rating, false));
    this.baseRatings = ratingTable(network, ratingOrder(options.rating, true));
    this.branch = new Float64Array(FIELDS * count);
    grid.branches.forEach(({ resistancePu: r, reactancePu: x, chargingPu, ratio, shiftDegrees }, k) => {
      if (!branchOn[k]) return;
      const size = r * r + x * x;
      const tap = ratio === 0 ? 1 : ratio;
      const shift = (shiftDegrees * Math.PI) / 180;
      this.branch.set([r / size, -x / size, chargingPu / 2, Math.cos(shift) / tap, -Math.sin(shift) / tap], FIELDS * k);
    });
    this.square = new Float64Array(2 * count);
    this.voltageSquare = perBus();
    this.injected = new Float64Array(2 * busCount);
    const [low, high] = options.limitsPu ?? [undefined, undefined];
    this.low = Float64Array.from(grid.buses, (bus) => low ?? bus.minVoltagePu);
    this.high = Float64Array.from(grid.buses, (bus) => high ?? (bus.maxVoltagePu > 0 ? bus.maxVoltagePu : Infinity));
    this.loadMw = perBus();
    this.loadMvar = perBus();
    this.conductance = perBus();
    this.susceptance = perBus();
    for (const load of grid.loads) {
      if (!load.inService) continue;
      this.loadMw[at(load.bus)] += load.powerMw;
      this.loadMvar[at(load.bus)] += load.powerMvar;
    }
    for (const shunt of grid.shunts) {
      if (!shunt.inService) continue;
      this.conductance[at(shunt.bus)] += shunt.conductanceMw;
      this.susceptance[at(shunt.bus)] += shunt.susceptanceMvar;
    }
    this.minMvar = perBus();
    this.maxMvar = perBus();
    this.generatorsAt = Array.from({ length: busCount }, () => []);
    grid.generators.forEach(({ powerMvar, minMvar, maxMvar }, k) => {
      if (!generatorOn[k]) return;
      const holds = isHeld(generatorBus[k]);
      this.generatorsAt[generatorBus[k]].push(k);
      this.minMvar[generatorBus[k]] += minMvar;
      this.maxMvar[generatorBus[k]] += maxMvar;
      const isBeyond = powerMvar > maxMvar + REACTIVE_MARGIN_MVAR || powerMvar < minMvar - REACTIVE_MARGIN_MVAR;
      if (isBeyond && !holds) this.fixedBeyond.push(k);
    });
    const slackBuses: number[] = [];
    kind.forEach((each, bus) => {
      if (this.generatorsAt[bus].length > 0 && isHeld(bus)) this.heldBuses.push(bus);
      if (each === BUS_SLACK) slackBuses.push(bus);
    });
    this.slackBuses = slackBuses;
    this.isBranchOut = new Uint8Array(count);
    this.isGeneratorOut = new Uint8Array(grid.generators.length);
    this.baseLoading = new Float64Array(count);
    this.baseMagnitude = perBus();
    this.baseBeyond = new Int8Array(grid.generators.length);
    this.baseExcess = new Float64Array(grid.generators.length);
  }

  /** Looks at the base case, against its own ratings, and remembers it. */
  lookAtBase(voltages: Float64Array): Seen {
    const seen = this.seen(voltages, NOTHING_OUT, this.slackBuses, this.baseRatings);
    const { busCount } = this.network;
    for (let k = 0; k < this.branchOn.length; k++) this.baseLoading[k] = Math.sqrt(this.loadingSquare(k, this.ratings));
    for (let bus = 0; bus < busCount; bus++) this.baseMagnitude[bus] = Math.sqrt(this.voltageSquare[bus]);
    for (const { generator, powerMvar, limitMvar } of seen.reactive) {
      this.baseBeyond[generator - 1] = powerMvar > limitMvar ? 1 : -1;
      this.baseExcess[generator - 1] = Math.abs(powerMvar - limitMvar);
    }
    for (const { bus, powerMw, limitMw } of seen.slack) if (limitMw !== null) this.baseSlack.set(bus, slackExcess(powerMw, limitMw));
    for (const found of seen.overloads) Object.assign(found, { basePercent: found.percent, inBase: true });
    for (const found of seen.voltages) Object.assign(found, { baseVoltagePu: found.voltagePu, inBase: true });
    for (const found of seen.reactive) found.inBase = true;
    Object.assign(seen.counts, { newOverloads: 0, newVoltages: 0, newReactive: 0 });
    return seen;
  }

  /**
   * Looks at a state after {@link lookAtBase}.
   *
   * @param voltages [bus][re, im], 0 where dead
   * @param out indices of what is out
   */
  look(voltages: Float64Array, out: Out, slackBuses: readonly number[] = this.slackBuses): Seen {
    return this.seen(voltages, out, slackBuses, this.ratings);
  }

  private seen(voltages: Float64Array, out: Out, slackBuses: readonly number[], table: RatingTable): Seen {
    for (const k of out.branches) this.isBranchOut[k] = 1;
    for (const k of out.generators) this.isGeneratorOut[k] = 1;
    const seen: Seen = {
      counts: { overloads: 0, newOverloads: 0, voltages: 0, newVoltages: 0, reactive: 0, newReactive: 0 },
      overloads: [],
      voltages: [],
      reactive: [],
      highestLoading: null,
      lowestVoltage: null,
      highestVoltage: null,
      slack: [],
      index: 0,
      minor: 0,
    };
    this.computeFlows(voltages);
    this.lookAtLoadings(seen, table);
    this.lookAtVoltages(seen);
    this.lookAtReactive(seen, out.generators);
    for (const bus of slackBuses) if (this.voltageSquare[bus] > 0) this.lookAtSlack(seen, bus);
    for (const k of out.branches) this.isBranchOut[k] = 0;
    for (const k of out.generators) this.isGeneratorOut[k] = 0;
    return seen;
  }

  /**
   * Power into every branch at both ends, from the voltage across its series impedance, d = Vf / t - Vt, so that no digits are lost where that is small:
   * with I = ys d the from end takes Vf / t conj(I + j bc/2 Vf / t), the to end Vt conj(-I + j bc/2 Vt).
   */
  private computeFlows(voltages: Float64Array): void {
    const { busCount, branchFrom, branchTo } = this.network;
    const { branchOn, branch, square, voltageSquare, injected, isBranchOut } = this;
    for (let bus = 0; bus < busCount; bus++) voltageSquare[bus] = voltages[2 * bus] ** 2 + voltages[2 * bus + 1] ** 2;
    injected.fill(0);
    for (let k = 0; k < branchOn.length; k++) {
      if (!branchOn[k] || isBranchOut[k]) {
        square[2 * k] = 0;
        square[2 * k + 1] = 0;
        continue;
      }
      const f = 2 * branchFrom[k];
      const t = 2 * branchTo[k];
      const at = FIELDS * k;
      const g = branch[at];
      const b = branch[at + 1];
      const charging = branch[at + 2];
      const tapRe = branch[at + 3];
      const tapIm = branch[at + 4];
      const fRe = voltages[f] * tapRe - voltages[f + 1] * tapIm;
      const fIm = voltages[f] * tapIm + voltages[f + 1] * tapRe;
      const tRe = voltages[t];
      const tIm = voltages[t + 1];
      const dRe = fRe - tRe;
      const dIm = fIm - tIm;
      const iRe = g * dRe - b * dIm;
      const iIm = g * dIm + b * dRe;
      const fromP = fRe * iRe + fIm * iIm;
      const fromQ = fIm * iRe - fRe * iIm - charging * (fRe * fRe + fIm * fIm);
      const toP = -(tRe * iRe + tIm * iIm);
      const toQ = tRe * iIm - tIm * iRe - charging * (tRe * tRe + tIm * tIm);
      square[2 * k] = fromP * fromP + fromQ * fromQ;
      square[2 * k + 1] = toP * toP + toQ * toQ;
      injected[f] += fromP;
      injected[f + 1] += fromQ;
      injected[t] += toP;
      injected[t + 1] += toQ;
    }
  }

  /** Square of a branch's loading, 1 at its rating; 0 where it has none. */
  private loadingSquare(k: number, { limit, measure }: RatingTable): number {
    if (limit[k] === 0) return 0;
    const from = this.square[2 * k];
    const to = this.square[2 * k + 1];
    if (measure[k] === 0) return (from > to ? from : to) / (limit[k] * limit[k]);
    const { branchFrom, branchTo } = this.network;
    const fromCurrent = from > 0 ? from / this.voltageSquare[branchFrom[k]] : 0;
    const toCurrent = measure[k] === 1 && to > 0 ? to / this.voltageSquare[branchTo[k]] : 0;
    return Math.max(fromCurrent, toCurrent) / (limit[k] * limit[k]);
  }

  /** Apparent power of a branch at its worse end, MVA. */
  private worseMva(k: number, { measure }: RatingTable): number {
    const { grid, branchFrom, branchTo } = this.network;
    const from = this.square[2 * k];
    const to = this.square[2 * k + 1];
    const isTo = measure[k] === 0 ? to > from : measure[k] === 1 && to * this.voltageSquare[branchFrom[k]] > from * this.voltageSquare[branchTo[k]];
    return Math.sqrt(isTo ? to : from) * grid.baseMva;
  }

  private lookAtLoadings(seen: Seen, table: RatingTable): void {
    const { branchFrom } = this.network;
    const { branchOn } = this;
    const { counts } = seen;
    const beyond = (1 + MARGIN) ** 2;
    let highest = -1;
    let most = -1;
    for (let k = 0; k < branchOn.length; k++) {
      if (table.limit[k] === 0 || !branchOn[k] || this.isBranchOut[k]) continue;
      const loadingSquare = this.loadingSquare(k, table);
      if (loadingSquare > most && this.voltageSquare[branchFrom[k]] > 0) {
        most = loadingSquare;
        highest = k;
      }
      if (!(loadingSquare > beyond)) continue;
      const loading = Math.sqrt(loadingSquare);
      const base = this.baseLoading[k];
      const inBase = base > 1 + MARGIN;
      counts.overloads++;
      if (!inBase) counts.newOverloads++;
      seen.index += Math.max(0, loadingTerm(loading) - (inBase ? loadingTerm(base) : 0));
      if (inBase && this.onlyNew && loading <= base + WORSE_LOADING) continue;
      seen.overloads.push({ ...this.loadingOf(k, table, loading), basePercent: 100 * base, inBase });
    }
    if (highest >= 0) seen.highestLoading = this.loadingOf(highest, table, Math.sqrt(most));
  }

  private loadingOf(k: number, table: RatingTable, loading: number): NonNullable<Seen['highestLoading']> {
    const { from, to } = this.network.grid.branches[k];
    return {
      branch: k + 1,
      from,
      to,
      mva: this.worseMva(k, table),
      ratingMva: table.mva[k],
      rating: table.kind[k] as NonNullable<(typeof table.kind)[number]>,
      percent: 100 * loading,
    };
  }

  private lookAtVoltages(seen: Seen): void {
    const { grid, busCount } = this.network;
    const { voltageSquare, low, high, baseMagnitude } = this;
    const { counts } = seen;
    let lowest = -1;
    let highest = -1;
    for (let bus = 0; bus < busCount; bus++) {
      const square = voltageSquare[bus];
      if (!(square > 0)) continue;
      if (lowest < 0 || square < voltageSquare[lowest]) lowest = bus;
      if (highest < 0 || square > voltageSquare[highest]) highest = bus;
      const magnitude = Math.sqrt(square);
      const isLow = magnitude < low[bus] - MARGIN;
      if (!isLow && !(magnitude > high[bus] + MARGIN)) continue;
      const limitPu = isLow ? low[bus] : high[bus];
      const beyondPu = isLow ? limitPu - magnitude : magnitude - limitPu;
      const base = baseMagnitude[bus];
      const baseBeyondPu = base > 0 ? (isLow ? limitPu - base : base - limitPu) : 0;
      const inBase = baseBeyondPu > MARGIN;
      counts.voltages++;
      if (!inBase) counts.newVoltages++;
      seen.index += Math.max(0, voltageTerm(beyondPu) - (inBase ? voltageTerm(baseBeyondPu) : 0));
      if (inBase && this.onlyNew && beyondPu <= baseBeyondPu + WORSE_PU) continue;
      seen.voltages.push({ bus: grid.buses[bus].number, voltagePu: magnitude, limitPu, baseVoltagePu: base, inBase });
    }
    const extreme = (bus: number): Seen['lowestVoltage'] =>
      bus < 0 ? null : { bus: grid.buses[bus].number, voltagePu: Math.sqrt(voltageSquare[bus]) };
    seen.lowestVoltage = extreme(lowest);
    seen.highestVoltage = extreme(highest);
  }

  /** Generation at a bus: what branches, shunts and load take. */
  private mwAt(bus: number): number {
    return this.injected[2 * bus] * this.network.grid.baseMva + this.conductance[bus] * this.voltageSquare[bus] + this.loadMw[bus];
  }

  private mvarAt(bus: number): number {
    return this.injected[2 * bus + 1] * this.network.grid.baseMva - this.susceptance[bus] * this.voltageSquare[bus] + this.loadMvar[bus];
  }

  private runningAt(bus: number): number[] {
    return this.generatorsAt[bus].filter((k) => !this.isGeneratorOut[k]);
  }

  private lookAtReactive(seen: Seen, outGenerators: readonly number[]): void {
    const { grid, generatorBus } = this.network;
    for (const bus of this.heldBuses) {
      if (!(this.voltageSquare[bus] > 0)) continue;
      const mvar = this.mvarAt(bus);
      const isChanged = outGenerators.some((k) => generatorBus[k] === bus);
      if (!isChanged && mvar <= this.maxMvar[bus] + REACTIVE_MARGIN_MVAR && mvar >= this.minMvar[bus] - REACTIVE_MARGIN_MVAR) continue;
      const members = this.runningAt(bus);
      const limits = members.map((k) => ({ min: grid.generators[k].minMvar, max: grid.generators[k].maxMvar }));
      shareReactive(mvar, limits).forEach((share, m) => {
        this.judgeReactive(seen, members[m], share);
      });
    }
    for (const k of this.fixedBeyond) {
      if (!this.isGeneratorOut[k] && this.voltageSquare[generatorBus[k]] > 0) this.judgeReactive(seen, k, grid.generators[k].powerMvar);
    }
  }

  private judgeReactive(seen: Seen, k: number, powerMvar: number): void {
    const { bus, minMvar, maxMvar } = this.network.grid.generators[k];
    const side = powerMvar > maxMvar + REACTIVE_MARGIN_MVAR ? 1 : powerMvar < minMvar - REACTIVE_MARGIN_MVAR ? -1 : 0;
    if (side === 0) return;
    const found: ReactiveViolation = {
      generator: k + 1,
      bus,
      powerMvar,
      limitMvar: side > 0 ? maxMvar : minMvar,
      inBase: this.baseBeyond[k] === side,
    };
    const excess = Math.abs(powerMvar - found.limitMvar);
    const range = Math.max(maxMvar - minMvar, LEAST_RANGE);
    seen.counts.reactive++;
    if (!found.inBase) seen.counts.newReactive++;
    seen.minor += minorTerm(excess / range, found.inBase ? this.baseExcess[k] / range : 0);
    if (found.inBase && this.onlyNew && excess <= this.baseExcess[k] + WORSE_MVAR) return;
    seen.reactive.push(found);
  }

  private lookAtSlack(seen: Seen, bus: number): void {
    const power = this.slackPower(bus);
    seen.slack.push(power);
    if (power.limitMw === null) return;
    const { side, excess } = slackExcess(power.powerMw, power.limitMw);
    const base = this.baseSlack.get(power.bus);
    seen.minor += minorTerm(excess, base?.side === side ? base.excess : 0);
  }

  private slackPower(bus: number): SlackPower {
    const { grid } = this.network;
    const mw = this.mwAt(bus);
    let min = 0;
    let max = 0;
    for (const k of this.runningAt(bus)) {
      min += grid.generators[k].minMw;
      max += grid.generators[k].maxMw;
    }
    const limitMw = mw > max + REACTIVE_MARGIN_MVAR ? max : mw < min - REACTIVE_MARGIN_MVAR ? min : null;
    return { bus: grid.buses[bus].number, powerMw: mw, powerMvar: this.mvarAt(bus), limitMw };
  }
}

/** On which side a slack is beyond a limit, and by how much of it. */
function slackExcess(powerMw: number, limitMw: number): { side: number; excess: number } {
  return { side: Math.sign(powerMw - limitMw), excess: Math.abs(powerMw - limitMw) / Math.max(Math.abs(limitMw), LEAST_RANGE) };
}
