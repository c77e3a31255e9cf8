/** Newton's method for batches of balanced grids: the session and what differs from lane to lane in it, rounds of reactive limits and of a distributed slack, the second pass. */
import { GridError } from '../../grid/index.js';
import { STATUS_CONVERGED, STATUS_ITERATION_LIMIT } from '../kernel-layout.js';
import type { KernelBackend } from '../kernels.js';
import type { BalancedBatchOptions, BalancedBatchSolveOptions, BatchSteps } from './balanced-batch-options.js';
import { LaneLimits } from './lane-limits.js';
import { type LanePlan, planLanes } from './lane-plan.js';
import { isLost, solveAlone } from './lane-rescue.js';
import { LaneSession, type LaneViewSettings } from './lane-session.js';
import { LaneSlack } from './lane-slack.js';
import { LaneTopology } from './lane-topology.js';
import { type BalancedNetwork, BUS_DEAD, BUS_PQ, BUS_PV } from './network.js';
import { heldNodes, injectionNodes, solveBase, writeBase, writeGrid } from './scenario-inputs.js';
import type { ScenarioSession } from './scenario-session.js';
import { nodeAdmittances, nodePattern, nodeProblem } from './topology-pattern.js';

/** What solves the scenarios of a batch. */
export interface BatchSolver {
  readonly session: ScenarioSession;
  readonly steps: BatchSteps;
  /** Where lanes have these. */
  readonly topology?: LaneTopology;
  readonly limits?: LaneLimits;
  /** Where each scenario is among the lanes: what session, topology and limits call a scenario is a place. Undefined: where it is counted. */
  readonly placeOf?: Int32Array;
  /** Solves all; returns how many power flows that took one after another, and how many scenarios were solved, or given up, in a second pass. */
  solve(options: Required<BalancedBatchSolveOptions>): { rounds: number; secondPass: number };
  /** What the schedules lacked in a scenario, per unit, one number for each part that has a slack; empty without a distributed slack. */
  lackingIn(scenario: number): ArrayLike<number>;
  /** How what options leave unclear was taken, one line each. */
  readonly warnings?: readonly string[];
  /** Throws {@link GridError} where a branch that is out of service in the grid cannot be put in. */
  checkJoin?(branch: number): void;
}

/** Most steps with the shared factor. */
const SHARED_STEPS = 20;
/** With so many the shared factor is worth more than Newton's steps. */
const WORTH_STEPS = 9;

/** A batch by Newton's method. */
export class NewtonBatch implements BatchSolver {
  readonly session: LaneSession;
  readonly steps: BatchSteps;
  readonly topology: LaneTopology | undefined;
  readonly limits: LaneLimits | undefined;
  private readonly slack: LaneSlack | undefined;
  private readonly distributedSlack: boolean | readonly number[];

  /** Throws {@link GridError} where the grid has no solution as it stands, or options exclude each other. */
  constructor(
    private readonly network: BalancedNetwork,
    options: BalancedBatchOptions,
    backend: KernelBackend,
    view?: (plan: LanePlan) => LaneViewSettings,
  ) {
    const {
      scenarios,
      branchOutages = false,
      generatorOutages = false,
      substations = false,
      reactiveLimits = false,
      distributedSlack = false,
    } = options;
    const { busCount, grid } = network;
    this.distributedSlack = distributedSlack;
    const busbars = substations ? 2 : 1;
    const isOwn = branchOutages || generatorOutages || substations || reactiveLimits || distributedSlack !== false;
    const pattern = isOwn ? nodePattern(network, busbars) : undefined;
    const unknowns = Int8Array.from(network.kind, (kind) => (kind === BUS_DEAD ? -1 : kind === BUS_PQ ? 2 : kind === BUS_PV ? 1 : 0));
    const { start, column } = network.admittance;
    const plan = planLanes(pattern ? nodeProblem(network, pattern, generatorOutages || reactiveLimits) : { busCount, unknowns, start, column });
    const injectionBus = injectionNodes(network, busbars);
    const heldBuses = heldNodes(network, busbars);
    const make = (count: number): LaneSession =>
      new LaneSession({ plan, scenarios: count, backend, injectionBus, heldBuses, ownAdmittances: isOwn, view: view?.(plan) });
    this.session = make(scenarios);
    const base = solveBase(network);
    const { re, im } = pattern ? nodeAdmittances(network, pattern) : network.admittance;
    const prepare = (session: LaneSession): LaneSession => {
      session.setAdmittances(re, im);
      writeBase(network, plan, base, session.base);
      writeGrid(network, session, 1);
      return session;
    };
    prepare(this.session);
    const loadBus = injectionBus.slice(0, grid.loads.length);
    if (pattern) this.topology = new LaneTopology(this.session, network, pattern, loadBus, generatorOutages || reactiveLimits);
    if (this.topology && reactiveLimits) this.limits = new LaneLimits(this.session, network, this.topology, scenarios);
    if (this.topology && distributedSlack !== false) {
      this.slack = new LaneSlack(this.session, network, this.topology, scenarios, distributedSlack === true ? undefined : distributedSlack);
    }
    const wanted = options.steps ?? 'auto';
    if (isOwn && wanted !== 'auto' && wanted !== 'newton') {
      throw new GridError(`steps "${wanted}" share one factor, which lanes with admittances of their own cannot; use newton`);
    }
    if (isOwn || wanted === 'newton' || !this.session.factorBase()) this.steps = 'newton';
    else if (wanted !== 'auto') this.steps = wanted;
    else {
      const trial = prepare(make(1));
      trial.factorBase();
      writeGrid(network, trial, 1.1);
      trial.solve(1e-8, SHARED_STEPS, 20, false);
      this.steps = trial.status[0] === STATUS_CONVERGED && trial.iterations[0] <= WORTH_STEPS ? 'shared' : 'mixed';
    }
  }

  solve({ tolerance, maxIterations, start, secondPass }: Required<BalancedBatchSolveOptions>): { rounds: number; secondPass: number } {
    this.limits?.clear();
    this.slack?.clear();
    this.topology?.gather(start === 'warm');
    this.topology?.apply();
    const shared = Math.min(maxIterations, this.steps === 'shared' ? SHARED_STEPS : this.steps === 'mixed' ? 2 : 0);
    const { session, limits, slack } = this;
    if (start === 'warm') {
      for (let scenario = 0; scenario < session.scenarios; scenario++)
        if (session.status[scenario] !== STATUS_CONVERGED) session.resetVoltages(scenario);
    }
    const all = Array.from({ length: limits || slack ? session.scenarios : 0 }, (_, scenario) => scenario);
    let rounds = 0;
    // What the slack delivers depends on the losses, and these on who delivers it.
    const shareLack = (scenarios: readonly number[]): void => {
      if (!slack) return;
      slack.begin();
      for (let again = slack.share(tolerance, scenarios); again.length > 0; again = slack.share(tolerance, again)) {
        session.solve(tolerance, shared, maxIterations, true, again);
        rounds++;
      }
    };
    session.solve(tolerance, shared, maxIterations, start === 'warm');
    rounds++;
    shareLack(all);
    limits?.enforce((scenarios) => {
      session.solve(tolerance, shared, maxIterations, true, scenarios);
      rounds++;
      shareLack(scenarios);
    });
    limits?.putBack();
    slack?.putBack();
    const again = secondPass ? this.solveAgain(tolerance) : 0;
    for (const scenario of slack?.unsettled ?? []) session.status[scenario] = STATUS_ITERATION_LIMIT;
    return { rounds, secondPass: again };
  }

  get placeOf(): Int32Array | undefined {
    return this.topology?.placeOf;
  }

  checkJoin(branch: number): void {
    this.slack?.checkJoin(branch);
  }

  get warnings(): readonly string[] {
    return this.slack?.warnings ?? [];
  }

  lackingIn(scenario: number): ArrayLike<number> {
    return this.slack?.lackingIn(scenario) ?? [];
  }

  /** The second pass; returns how many scenarios it took. */
  private solveAgain(tolerance: number): number {
    const { network, session, topology, limits, slack, distributedSlack } = this;
    let count = 0;
    for (let scenario = 0; scenario < session.scenarios; scenario++) {
      // With the slack delivering all that is lacking, a scenario may have no solution though it has one when others share it.
      const isUnshared = slack !== undefined && (slack.unsettled.has(scenario) || session.status[scenario] !== STATUS_CONVERGED);
      if (!isUnshared && !limits?.slackBeyondLimits.has(scenario) && !isLost(session, scenario)) continue;
      count++;
      const outcome = solveAlone(network, session, topology, scenario, { tolerance, enforceReactiveLimits: limits !== undefined, distributedSlack });
      limits?.settle(scenario, outcome?.limited ?? new Map());
      slack?.settle(scenario, outcome?.lacking ?? []);
    }
    return count;
  }
}
