/**
 * A distributed slack in lanes: what the schedules lack is shared by the generators of each slack's part. The lanes are solved with the slack delivering all of it, what it delivers
 * beyond its share is moved to the others, and they are solved again from there; since only losses change, a few rounds bring it to the tolerance.
 */
import { GridError } from '../../grid/index.js';
import { STATUS_CONVERGED } from '../kernel-layout.js';
import { slackSpread } from './conditions.js';
import { laneInjection } from './lane-injection.js';
import type { LaneSession } from './lane-session.js';
import type { LaneTopology } from './lane-topology.js';
import type { BalancedNetwork } from './network.js';

/** Most rounds of one solution. */
const MOST_ROUNDS = 30;

/** The shares of the scenarios of a session. */
export class LaneSlack {
  private readonly reference: Int32Array;
  private readonly generatorShare: Float64Array;
  /** What each part lacks that is already shared, [part][scenario], per unit. */
  private readonly lacking: Float64Array;
  private readonly partOfBus: Int32Array;
  private readonly partOfGenerator: Int32Array;
  private readonly generatorNodes: readonly number[];
  /** What was added to powers: places and amounts. */
  private moved: [number, number][] = [];
  private rounds = 0;
  /** Scenarios whose lack could not be shared. */
  readonly unsettled = new Set<number>();
  /** How what the factors leave unclear was taken. */
  readonly warnings: string[] = [];

  /** @param factors one for each generator, of any scale; undefined: their participation, or where that is nowhere above 0 their maxMw */
  constructor(
    private readonly session: LaneSession,
    private readonly network: BalancedNetwork,
    private readonly topology: LaneTopology,
    private readonly scenarios: number,
    factors: readonly number[] | undefined,
  ) {
    const { reference, part, generatorShare } = slackSpread(network, factors, this.warnings);
    this.reference = reference;
    this.generatorShare = generatorShare;
    this.partOfBus = part;
    this.partOfGenerator = Int32Array.from(network.generatorBus, (bus) => part[bus]);
    this.lacking = new Float64Array(reference.length * scenarios);
    const isSecond = session.plan.slotOfBus.length > network.busCount;
    const buses = [...new Set(network.generatorBus)];
    this.generatorNodes = isSecond ? [...buses, ...buses.map((bus) => network.busCount + bus)] : buses;
  }

  /** What is lacking in each part of a scenario, per unit. */
  lackingIn(scenario: number): number[] {
    return Array.from(this.reference, (_, part) => this.lacking[part * this.scenarios + scenario]);
  }

  /** Throws {@link GridError} for a branch that would join the parts of two slacks: whose angle would be held then? */
  checkJoin(branch: number): void {
    const { grid, branchFrom, branchTo } = this.network;
    const [a, b] = [this.partOfBus[branchFrom[branch]], this.partOfBus[branchTo[branch]]];
    if (a === b || a < 0 || b < 0) return;
    const [one, other] = [grid.buses[this.reference[a]].number, grid.buses[this.reference[b]].number];
    throw new GridError(`branch ${branch + 1} would join the parts of slack buses ${one} and ${other}, which a distributed slack does not allow`);
  }

  /** Forgets what the last solution came to. */
  clear(): void {
    this.rounds = 0;
    this.lacking.fill(0);
    this.unsettled.clear();
  }

  /** Begins the rounds of another solution from the shares that stand. */
  begin(): void {
    this.rounds = 0;
  }

  /** Puts the session's powers back as they were before; what was lacking is still known. */
  putBack(): void {
    for (let k = this.moved.length - 1; k >= 0; k--) this.session.power[this.moved[k][0]] = this.moved[k][1];
    this.moved = [];
  }

  /**
   * Shares what is lacking by the present solution of these scenarios; returns those that have to be solved again. Scenarios in which nobody is left to share, and those
   * that take too many rounds, are {@link unsettled}.
   */
  share(tolerancePu: number, scenarios: readonly number[]): number[] {
    const { session, network, topology } = this;
    this.rounds++;
    return scenarios.filter((scenario) => {
      if (session.status[scenario] !== STATUS_CONVERGED) return false;
      let isMoved = false;
      this.reference.forEach((slack, part) => {
        const [p] = laneInjection(session, network, topology, scenario, slack);
        const scheduled = [
          ...topology.loadsAtNode(scenario, slack),
          ...topology.generatorsAtNode(scenario, slack).map(({ injection }) => injection),
        ].reduce((sum, injection) => sum + session.power[session.powerAt(injection, scenario)], 0);
        // The slack's own schedule holds its share of what is shared already.
        const more = p - scheduled;
        if (!(Math.abs(more) > tolerancePu)) return;
        if (this.rounds > MOST_ROUNDS || !this.move(part, scenario, more)) {
          this.unsettled.add(scenario);
          return;
        }
        isMoved = true;
        this.lacking[part * this.scenarios + scenario] += more;
      });
      return isMoved && !this.unsettled.has(scenario);
    });
  }

  /** Takes up what solving a scenario alone came to: what is lacking in each part, per unit. */
  settle(scenario: number, lacking: ArrayLike<number>): void {
    for (let part = 0; part < this.reference.length; part++) this.lacking[part * this.scenarios + scenario] = lacking[part] ?? Number.NaN;
    this.unsettled.delete(scenario);
  }

  /** Adds to the powers of the generators that run where there is voltage; false where there are none. */
  private move(part: number, scenario: number, lacking: number): boolean {
    const { session, network, topology } = this;
    const dead = new Set(topology.deadNodes(scenario));
    const shares: [number, number][] = [];
    let total = 0;
    for (const node of this.generatorNodes) {
      if (dead.has(node)) continue;
      for (const { generator, injection } of topology.generatorsAtNode(scenario, node)) {
        if (this.partOfGenerator[generator] !== part || network.generatorOn[generator] === 0) continue;
        shares.push([injection, this.generatorShare[generator]]);
        total += this.generatorShare[generator];
      }
    }
    if (!(total > 0)) return false;
    for (const [injection, share] of shares) {
      const at = session.powerAt(injection, scenario);
      this.moved.push([at, session.power[at]]);
      session.power[at] += (lacking * share) / total;
    }
    return true;
  }
}
