/**
 * Reactive limits in lanes, by the rule of reactive-limits.ts: buses whose generators would have to go beyond their limits are set to them all together and let go of
 * their voltage, the power flow is solved again, and so on; those at a limit on the wrong side of their set point go back to holding it, a few times at most. A slack
 * does not let go in a lane: a scenario in which it would have to is one for a second pass.
 */
import { STATUS_CONVERGED } from '../kernel-layout.js';
import { laneInjection } from './lane-injection.js';
import type { LaneSession } from './lane-session.js';
import type { LaneTopology } from './lane-topology.js';
import { type BalancedNetwork, BUS_SLACK } from './network.js';
import { REACTIVE_MARGIN_MVAR } from './reactive-limits.js';

/** Beyond the set point by less than this, pu, is at it. */
const VOLTAGE_MARGIN = 1e-6;
/** Times that a bus may go back to holding its voltage in a scenario, and most rounds in all. */
const MOST_RELEASES = 3;
const MOST_ROUNDS = 60;

/** A bus at a limit in a scenario, and what stood in the session before. */
interface Limited {
  at: 'min' | 'max';
  injection: number;
  reactiveBefore: number;
  heldPlace: number;
  setPoint: number;
}

/** Reactive limits of the scenarios of a session. */
export class LaneLimits {
  /** By scenario, by index of the masked row. */
  private readonly limited = new Map<number, Map<number, Limited>>();
  private readonly releases = new Map<number, number>();
  private readonly slackBeyond = new Set<number>();
  private readonly alone = new Map<number, ReadonlyMap<number, 'min' | 'max'>>();
  /** Place of each node among the held ones. */
  private readonly heldIndex: ReadonlyMap<number, number>;
  private readonly slackNodes: readonly number[];

  constructor(
    private readonly session: LaneSession,
    private readonly network: BalancedNetwork,
    private readonly topology: LaneTopology,
    private readonly scenarios: number,
  ) {
    this.heldIndex = new Map(Array.from(session.heldBuses, (node, index) => [node, index]));
    this.slackNodes = Array.from(network.kind.keys()).filter((bus) => network.kind[bus] === BUS_SLACK);
  }

  /** Forgets what the last solution came to. */
  clear(): void {
    this.limited.clear();
    this.releases.clear();
    this.slackBeyond.clear();
    this.alone.clear();
  }

  /** Puts the session's inputs back as they were before {@link enforce}; what it came to is still known. */
  putBack(): void {
    for (const [scenario, rows] of this.limited) for (const [index, limited] of rows) this.holdAgain(scenario, index, limited);
  }

  /** Solves again and again, each time from where the lanes are, until the limits are respected. Returns the rounds. */
  enforce(solve: (scenarios: readonly number[]) => void): number {
    let rounds = 1;
    let active = Array.from({ length: this.scenarios }, (_, scenario) => scenario);
    while (rounds < MOST_ROUNDS) {
      active = active.filter((scenario) => this.session.status[scenario] === STATUS_CONVERGED && (this.limit(scenario) || this.release(scenario)));
      if (active.length === 0) break;
      this.keepMagnitudes();
      solve(active);
      rounds++;
    }
    for (let scenario = 0; scenario < this.scenarios; scenario++) if (this.isSlackBeyond(scenario)) this.slackBeyond.add(scenario);
    return rounds;
  }

  /** Takes up what solving a scenario alone came to: buses (of the grid, by index) at a limit; its slack is in order then. */
  settle(scenario: number, limited: ReadonlyMap<number, 'min' | 'max'>): void {
    this.alone.set(scenario, limited);
    this.slackBeyond.delete(scenario);
  }

  /** Generators' nodes at a limit in a scenario. */
  limitedNodes(scenario: number): { node: number; at: 'min' | 'max' }[] {
    const { session } = this;
    const alone = this.alone.get(scenario);
    if (alone) return [...alone].map(([node, at]) => ({ node, at }));
    return [...(this.limited.get(scenario) ?? [])].map(([index, { at }]) => ({ node: session.plan.busOfSlot[session.maskedRows[index]], at }));
  }

  /** Scenarios in which a slack delivers more or less reactive power than its generators may. */
  get slackBeyondLimits(): ReadonlySet<number> {
    return this.slackBeyond;
  }

  private bounds(scenario: number, node: number): { min: number; max: number; scheduled: number; injection: number } {
    const { grid } = this.network;
    const { session } = this;
    const sum = { min: 0, max: 0, scheduled: 0, injection: -1 };
    for (const { generator, injection } of this.topology.generatorsAtNode(scenario, node)) {
      sum.min += grid.generators[generator].minMvar / grid.baseMva;
      sum.max += grid.generators[generator].maxMvar / grid.baseMva;
      sum.scheduled += session.power[session.powerAt(injection, scenario) + session.lanes];
      if (sum.injection < 0) sum.injection = injection;
    }
    return sum;
  }

  /** Sets what is beyond a limit to it; false where nothing is. */
  private limit(scenario: number): boolean {
    const { session } = this;
    const dead = this.topology.deadNodes(scenario);
    const margin = REACTIVE_MARGIN_MVAR / this.network.grid.baseMva;
    let any = false;
    session.maskedRows.forEach((row, index) => {
      const mask = session.maskAt(index, scenario);
      // Not a lane's equation, or its voltage is free.
      if (!(session.mask[mask] > 0) || session.mask[mask + session.lanes] > 0) return;
      const node = session.plan.busOfSlot[row];
      // Without voltage there is nothing to hold.
      if (dead.includes(node)) return;
      const { min, max, scheduled, injection } = this.bounds(scenario, node);
      const needed = scheduled - session.reactive[session.reactiveAt(index, scenario)];
      const at = needed > max + margin ? 'max' : needed < min - margin ? 'min' : undefined;
      if (!at) return;
      any = true;
      const place = session.powerAt(injection, scenario) + session.lanes;
      const heldPlace = session.heldAt(this.heldIndex.get(node) as number, scenario);
      const rows = this.limited.get(scenario) ?? new Map<number, Limited>();
      this.limited.set(scenario, rows);
      rows.set(index, { at, injection, reactiveBefore: session.power[place], heldPlace, setPoint: session.held[heldPlace] });
      session.power[place] += (at === 'max' ? max : min) - scheduled;
      session.mask[mask + session.lanes] = 1;
    });
    return any;
  }

  private holdAgain(scenario: number, index: number, limited: Limited): void {
    const { session } = this;
    session.power[session.powerAt(limited.injection, scenario) + session.lanes] = limited.reactiveBefore;
    session.mask[session.maskAt(index, scenario) + session.lanes] = 0;
    session.held[limited.heldPlace] = limited.setPoint;
  }

  /** Lets buses go back to holding their voltage; false where none is to. */
  private release(scenario: number): boolean {
    const { session } = this;
    let any = false;
    const rows = this.limited.get(scenario) ?? new Map<number, Limited>();
    for (const [index, limited] of [...rows]) {
      const { at, setPoint } = limited;
      const excess = this.magnitude(scenario, index) - setPoint;
      if (at === 'max' ? excess <= VOLTAGE_MARGIN : excess >= -VOLTAGE_MARGIN) continue;
      const key = scenario * session.maskedRows.length + index;
      const count = this.releases.get(key) ?? 0;
      if (count >= MOST_RELEASES) continue;
      this.releases.set(key, count + 1);
      this.holdAgain(scenario, index, limited);
      rows.delete(index);
      any = true;
    }
    return any;
  }

  private magnitude(scenario: number, index: number): number {
    const { session } = this;
    const at = session.voltageAt(session.maskedRows[index], scenario);
    return Math.hypot(session.voltage[at], session.voltage[at + session.lanes]);
  }

  /** A kernel starts by scaling voltages to the held magnitudes: those that are free now keep theirs. */
  private keepMagnitudes(): void {
    for (const [scenario, rows] of this.limited) {
      for (const [index, { heldPlace }] of rows) {
        const magnitude = this.magnitude(scenario, index);
        if (magnitude > 0 && magnitude < Infinity) this.session.held[heldPlace] = magnitude;
      }
    }
  }

  private isSlackBeyond(scenario: number): boolean {
    const { session, network } = this;
    if (session.status[scenario] !== STATUS_CONVERGED) return false;
    const margin = REACTIVE_MARGIN_MVAR / network.grid.baseMva;
    return this.slackNodes.some((node) => {
      const [, q] = laneInjection(session, network, this.topology, scenario, node);
      const { min, max } = this.bounds(scenario, node);
      const generation = q - this.loadAt(scenario, node);
      return generation > max + margin || generation < min - margin;
    });
  }

  /** Reactive power that a node's loads inject. */
  private loadAt(scenario: number, node: number): number {
    const { session } = this;
    return this.topology
      .loadsAtNode(scenario, node)
      .reduce((sum, injection) => sum + session.power[session.powerAt(injection, scenario) + session.lanes], 0);
  }
}
