/**
 * Many power flows of one balanced grid at once: loads, generation, set points, and branches and generators in service differ from scenario to scenario. One plan,
 * made once; W scenarios side by side in lanes. No result depends on W or on a lane's neighbours.
 */
import { type BalancedGrid, describeValue, GridError } from '../../grid/index.js';
import { type BackendName, chooseWidth } from '../backend.js';
import { checkColumn } from '../column-checks.js';
import { STATUS_CONVERGED } from '../kernel-layout.js';
import type { KernelBackend } from '../kernels.js';
import { LaneLimits } from './lane-limits.js';
import { type LanePlan, planLanes } from './lane-plan.js';
import { isLost, solveAlone } from './lane-rescue.js';
import { LaneSession } from './lane-session.js';
import { LaneSlack } from './lane-slack.js';
import { type Busbar, LaneTopology, type TopologyElement } from './lane-topology.js';
import { type BalancedNetwork, BUS_DEAD, BUS_PQ, BUS_PV, compileNetwork } from './network.js';
import { gridOfScenario } from './scenario-grid.js';
import { solveNetwork } from './solve-network.js';
import { nodeAdmittances, nodePattern, nodeProblem } from './topology-pattern.js';

/** What a batch is made for. */
export interface BalancedBatchOptions {
  /** How many scenarios. */
  scenarios: number;
  backend?: BackendName | KernelBackend;
  /** Whether branches are taken out of (or into) service scenario by scenario: each lane then has admittances of its own. Default false. */
  branchOutages?: boolean;
  /** Whether generators are: buses that hold their voltage may then lose it in a lane. Implies admittances of each lane's own. Default false. */
  generatorOutages?: boolean;
  /**
   * Whether every bus is a substation with two busbars, and each load, generator, shunt and end of a branch sits on one of them, or on none, scenario by scenario.
   * Implies branchOutages. Default false.
   */
  substations?: boolean;
  /**
   * Whether buses let go of the voltage they hold where their generators would have to go beyond their reactive limits, scenario by scenario. Implies admittances of
   * each lane's own. Scenarios in which a slack would have to are solved alone in a second pass, where another bus takes its place. Default false.
   */
  reactiveLimits?: boolean;
  /**
   * Generators' shares in what the schedules lack, one for each in the grid's order, of any scale: a scenario's slack then delivers its schedule and its share alone.
   * `true`: by their `participation`. Implies admittances of each lane's own. Default false: the slack delivers all of it.
   */
  distributedSlack?: boolean | readonly number[];
  /**
   * `shared`: steps with the base case's factor as long as they converge well, then Newton's; `mixed`: two such steps, then Newton's; `newton`: these alone.
   * Default `auto`: by how well the shared factor converges with loads and generation a tenth up; `newton` where lanes have admittances of their own.
   */
  steps?: BatchSteps | 'auto';
}

/** How lanes are solved; see {@link BalancedBatchOptions.steps}. */
export type BatchSteps = 'shared' | 'mixed' | 'newton';

/** How to solve a batch. */
export interface BalancedBatchSolveOptions {
  /** Largest |P| or |Q| mismatch at any bus, per unit of the grid's base power. Default 1e-8. */
  tolerance?: number;
  /** Most of Newton's steps. Default 20. */
  maxIterations?: number;
  /** `base`: from the solution of the grid as it stands; `warm`: each scenario from where it is. Default `base`. */
  start?: 'base' | 'warm';
  /**
   * Whether scenarios that lanes cannot do (a pivot of 0, a slack beyond its reactive limits) are solved alone, with pivoting. Default true. Those that simply find no
   * solution are not tried again.
   */
  secondPass?: boolean;
}

/** What came of a solution of all scenarios. */
export interface BalancedBatchReport {
  converged: number;
  failed: number;
  /** Scenarios of which a part is without a path to a slack; the rest of them is solved. */
  withDeadBuses: number;
  /** Scenarios that are solved, but whose slack is beyond its reactive limits; 0 where limits are not enforced, or after a second pass. */
  slackBeyondLimits: number;
  /** Scenarios solved, or given up, in a second pass. */
  secondPass: number;
  /** Power flows solved one after another: more than 1 with reactive limits or a distributed slack. */
  rounds: number;
  steps: BatchSteps;
}

/** Most steps with the shared factor. */
const SHARED_STEPS = 20;
/** With so many the shared factor is worth more than Newton's steps. */
const WORTH_STEPS = 9;
const MOST_SCENARIOS = 2 ** 24;

/** A batch. */
export class BalancedBatch {
  readonly network: BalancedNetwork;
  readonly scenarios: number;
  readonly backend: string;
  /** W, scenarios a block. */
  readonly lanes: number;
  readonly steps: BatchSteps;
  private readonly session: LaneSession;
  private readonly plan: LanePlan;
  private readonly topology: LaneTopology | undefined;
  private readonly limits: LaneLimits | undefined;
  private readonly slack: LaneSlack | undefined;
  private readonly hasGeneratorOutages: boolean;
  private readonly hasSubstations: boolean;
  private readonly distributedSlack: boolean | readonly number[];
  private readonly firstGenerator: number;
  /** Node of each injection; with substations, loads and generators come again for the second busbars. */
  private readonly injectionNode: Int32Array;

  /** Compiles the grid and solves it as it stands. Throws {@link GridError} where it has no solution: lanes start from that. */
  constructor(
    readonly grid: BalancedGrid,
    options: BalancedBatchOptions,
  ) {
    const { scenarios, branchOutages = false, generatorOutages = false, substations = false, reactiveLimits = false } = checkOptions(options);
    const { distributedSlack = false } = options;
    const network = compileNetwork(grid);
    const { busCount } = network;
    this.network = network;
    this.scenarios = scenarios;
    this.hasGeneratorOutages = generatorOutages;
    this.hasSubstations = substations;
    this.distributedSlack = distributedSlack;
    this.firstGenerator = grid.loads.length;
    const loadBus = Int32Array.from(grid.loads, ({ bus }) => network.busIndex.get(bus) as number);
    const busbars = substations ? 2 : 1;
    const first = [...loadBus, ...network.generatorBus];
    this.injectionNode = Int32Array.from(substations ? [...first, ...first.map((bus) => busCount + bus)] : first);
    const isOwn = branchOutages || generatorOutages || substations || reactiveLimits || distributedSlack !== false;
    const pattern = isOwn ? nodePattern(network, busbars) : undefined;
    const unknowns = Int8Array.from(network.kind, (kind) => (kind === BUS_DEAD ? -1 : kind === BUS_PQ ? 2 : kind === BUS_PV ? 1 : 0));
    const { start, column } = network.admittance;
    this.plan = planLanes(pattern ? nodeProblem(network, pattern, generatorOutages || reactiveLimits) : { busCount, unknowns, start, column });
    const backend = chooseWidth(options.backend, scenarios);
    const make = (count: number): LaneSession =>
      new LaneSession({
        plan: this.plan,
        scenarios: count,
        backend,
        injectionBus: this.injectionNode,
        heldBuses: heldNodes(network, busbars),
        ownAdmittances: isOwn,
      });
    this.session = make(scenarios);
    this.backend = backend.name;
    this.lanes = this.session.lanes;
    const base = solveNetwork(network, { tolerance: 1e-12 });
    if (base.result.status !== 'converged' && base.result.status !== 'inexact') {
      throw new GridError(
        `grid "${grid.name}" has no solution as it stands (${base.result.status}); a batch starts from that. Lower the loads or raise voltages`,
      );
    }
    const { re, im } = pattern ? nodeAdmittances(network, pattern) : network.admittance;
    const prepare = (session: LaneSession): LaneSession => {
      session.setAdmittances(re, im);
      this.plan.busOfSlot.forEach((node, slot) => {
        const bus = node % busCount;
        session.base[2 * slot] = base.state.magnitude[bus] * Math.cos(base.state.angle[bus]);
        session.base[2 * slot + 1] = base.state.magnitude[bus] * Math.sin(base.state.angle[bus]);
      });
      this.writeGrid(session, 1);
      return session;
    };
    prepare(this.session);
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
      this.writeGrid(trial, 1.1);
      trial.solve(1e-8, SHARED_STEPS, 20, false);
      this.steps = trial.status[0] === STATUS_CONVERGED && trial.iterations[0] <= WORTH_STEPS ? 'shared' : 'mixed';
    }
  }

  /** Writes the grid's own powers and set points into every scenario, powers times a factor. */
  private writeGrid(session: LaneSession, factor: number): void {
    const { grid, network } = this;
    const put = (injection: number, p: number, q: number): void => {
      for (let scenario = 0; scenario < session.blocks * session.lanes; scenario++) {
        const at = session.powerAt(injection, scenario);
        session.power[at] = p;
        session.power[at + session.lanes] = q;
      }
    };
    grid.loads.forEach(({ powerMw, powerMvar, inService }, k) => {
      const scale = inService ? -factor / grid.baseMva : 0;
      put(k, scale * powerMw, scale * powerMvar);
    });
    grid.generators.forEach(({ powerMw, powerMvar }, k) => {
      const scale = network.generatorOn[k] ? 1 / grid.baseMva : 0;
      put(this.firstGenerator + k, factor * scale * powerMw, scale * powerMvar);
    });
    session.heldBuses.forEach((node, index) => {
      const magnitude = network.voltageMagnitude[node % network.busCount];
      for (let scenario = 0; scenario < session.blocks * session.lanes; scenario++) session.held[session.heldAt(index, scenario)] = magnitude;
    });
  }

  private setPower(injection: number, p: ArrayLike<number>, q: ArrayLike<number> | undefined, scale: number): void {
    const { session, topology } = this;
    const { power, lanes } = session;
    for (let scenario = 0; scenario < this.scenarios; scenario++) {
      const at = session.powerAt(injection, scenario);
      const reactive = q ? q[scenario] * scale : power[at + lanes];
      if (topology?.keepPower(scenario, injection, p[scenario] * scale, reactive)) continue;
      power[at] = p[scenario] * scale;
      power[at + lanes] = reactive;
    }
  }

  /** Sets a load (by its place in the grid's list, from 0) in all scenarios, MW and MVAr. NaN makes a scenario fail, and no other. */
  setLoad(index: number, powerMw: ArrayLike<number>, powerMvar: ArrayLike<number>): void {
    this.knownLoad(index);
    checkColumn(`load ${index + 1}: powerMw`, powerMw, this.scenarios, 'a number', () => true);
    checkColumn(`load ${index + 1}: powerMvar`, powerMvar, this.scenarios, 'a number', () => true);
    this.setPower(index, powerMw, powerMvar, -1 / this.grid.baseMva);
  }

  /** Sets what a generator is scheduled for, MW. At a slack what comes out differs. */
  setGenerator(index: number, powerMw: ArrayLike<number>): void {
    this.knownGenerator(index);
    checkColumn(`generator ${index + 1}: powerMw`, powerMw, this.scenarios, 'a number', () => true);
    this.setPower(this.firstGenerator + index, powerMw, undefined, this.network.generatorOn[index] ? 1 / this.grid.baseMva : 0);
  }

  /** Sets the voltage that is held at a pv or slack bus (by number), per unit. */
  setVoltage(busNumber: number, voltagePu: ArrayLike<number>): void {
    const bus = this.network.busIndex.get(busNumber);
    const index = bus === undefined ? -1 : this.session.heldBuses.indexOf(bus);
    if (index < 0) throw new GridError(`bus ${describeValue(busNumber)} holds no voltage; only pv and slack buses with a generator in service do`);
    checkColumn(`bus ${busNumber}: voltagePu`, voltagePu, this.scenarios, 'above 0', (value) => value > 0 && value < Infinity);
    const second = this.session.heldBuses.indexOf((bus as number) + this.network.busCount);
    for (let scenario = 0; scenario < this.scenarios; scenario++) {
      for (const place of second < 0 ? [index] : [index, second]) this.session.held[this.session.heldAt(place, scenario)] = voltagePu[scenario];
    }
  }

  /** Puts a branch (by its place in the grid's list, from 0) in or out of service in one scenario. */
  setBranchInService(index: number, scenario: number, inService: boolean): void {
    if (!this.topology) throw new GridError('branches are out of service scenario by scenario only in a batch made with branchOutages');
    this.knownBranch(index, inService);
    this.knownScenario(scenario);
    this.topology.setBranch(scenario, index, inService);
  }

  /** Takes a generator (by its place in the grid's list, from 0) out of service in one scenario, or puts it back. */
  setGeneratorInService(index: number, scenario: number, inService: boolean): void {
    if (!this.topology || !this.hasGeneratorOutages) {
      throw new GridError('generators are out of service scenario by scenario only in a batch made with generatorOutages');
    }
    this.knownGenerator(index);
    this.knownScenario(scenario);
    if (inService && this.network.generatorOn[index] === 0) {
      throw new GridError(`generator ${index + 1} is out of service in the grid; lanes can take generators out, not in`);
    }
    this.topology.setBusbar(scenario, 'generator', index, inService ? 1 : 0);
  }

  /**
   * Puts an element on a busbar of its substation in one scenario, or on none (0). `index` is its place in the grid's list, from 0; of `shunt` the number of the bus, all
   * of whose shunts move together.
   */
  setBusbar(element: TopologyElement, index: number, scenario: number, busbar: Busbar): void {
    if (!this.topology || !this.hasSubstations) throw new GridError('elements choose busbars only in a batch made with substations');
    if (busbar !== 0 && busbar !== 1 && busbar !== 2) throw new GridError(`a busbar is 1, 2, or 0 for none, not ${describeValue(busbar)}`);
    this.knownScenario(scenario);
    let place = index;
    if (element === 'load') this.knownLoad(index);
    else if (element === 'generator') this.knownGenerator(index);
    else if (element === 'branchFrom' || element === 'branchTo') this.knownBranch(index, false);
    else if (element === 'shunt') place = this.knownBus(index);
    else throw new GridError(`an element is branchFrom, branchTo, load, generator or shunt, not ${describeValue(element)}`);
    this.topology.setBusbar(scenario, element, place, busbar);
  }

  private knownBranch(index: number, inService: boolean): void {
    const branch = this.grid.branches[index];
    if (!branch) throw new GridError(`there is no branch ${describeValue(index)}; there are ${this.grid.branches.length}, counted from 0`);
    if (inService && branch.resistancePu === 0 && branch.reactancePu === 0) {
      throw new GridError(`branch ${index + 1} (${branch.from} - ${branch.to}) has no impedance and cannot be put in service`);
    }
  }

  private knownLoad(index: number): void {
    if (!this.grid.loads[index]) throw new GridError(`there is no load ${describeValue(index)}; there are ${this.grid.loads.length}, counted from 0`);
  }

  private knownBus(busNumber: number): number {
    const bus = this.network.busIndex.get(busNumber);
    if (bus === undefined) throw new GridError(`there is no bus ${describeValue(busNumber)}`);
    return bus;
  }

  private knownGenerator(index: number): void {
    if (!this.grid.generators[index]) {
      throw new GridError(`there is no generator ${describeValue(index)}; there are ${this.grid.generators.length}, counted from 0`);
    }
  }

  private knownScenario(scenario: number): void {
    if (!Number.isInteger(scenario) || scenario < 0 || scenario >= this.scenarios) {
      throw new GridError(`there is no scenario ${describeValue(scenario)}; there are ${this.scenarios}, counted from 0`);
    }
  }

  /** Solves all scenarios. A scenario without a solution is a status, never an exception. */
  solve(options: BalancedBatchSolveOptions = {}): BalancedBatchReport {
    const { tolerance = 1e-8, maxIterations = 20, start = 'base', secondPass = true } = options;
    const unknown = Object.keys(options).find((name) => !SOLVE_OPTION_NAMES.includes(name));
    if (unknown !== undefined) throw new GridError(`there is no option "${unknown}"; there are ${SOLVE_OPTION_NAMES.join(', ')}`);
    if (!(tolerance > 0 && tolerance < Infinity)) throw new GridError(`tolerance must be above 0, not ${describeValue(tolerance)}`);
    if (!Number.isInteger(maxIterations) || maxIterations < 1 || maxIterations > 1000) {
      throw new GridError(`maxIterations must be an integer from 1 to 1000, not ${describeValue(maxIterations)}`);
    }
    if (start !== 'base' && start !== 'warm') throw new GridError(`start must be base or warm, not ${describeValue(start)}`);
    this.limits?.clear();
    this.slack?.clear();
    this.topology?.apply();
    const shared = this.steps === 'shared' ? SHARED_STEPS : this.steps === 'mixed' ? 2 : 0;
    let rounds = 0;
    const solve = (isWarm: boolean): void => {
      this.session.solve(tolerance, shared, maxIterations, isWarm);
      rounds++;
      this.slack?.begin();
      // What the slack delivers depends on the losses, and these on who delivers it.
      while (this.slack?.share(tolerance)) {
        this.session.solve(tolerance, shared, maxIterations, true);
        rounds++;
      }
    };
    solve(start === 'warm');
    this.limits?.enforce(() => solve(true));
    this.limits?.putBack();
    this.slack?.putBack();
    const again = secondPass ? this.solveAgain(tolerance) : 0;
    let converged = 0;
    let withDeadBuses = 0;
    for (let scenario = 0; scenario < this.scenarios; scenario++) {
      if (this.session.status[scenario] === STATUS_CONVERGED) converged++;
      if (this.deadBuses(scenario).length > 0) withDeadBuses++;
    }
    const slackBeyondLimits = this.limits?.slackBeyondLimits.size ?? 0;
    return { converged, failed: this.scenarios - converged, withDeadBuses, slackBeyondLimits, secondPass: again, rounds, steps: this.steps };
  }

  /** The second pass; returns how many scenarios it took. */
  private solveAgain(tolerance: number): number {
    const { network, session, topology, limits } = this;
    const { distributedSlack } = this;
    let count = 0;
    for (let scenario = 0; scenario < this.scenarios; scenario++) {
      if (!limits?.slackBeyondLimits.has(scenario) && !isLost(session, scenario)) continue;
      count++;
      const limited = solveAlone(network, session, topology, scenario, { tolerance, enforceReactiveLimits: limits !== undefined, distributedSlack });
      limits?.settle(scenario, limited ?? new Map());
    }
    return count;
  }

  /** A scenario as a grid of its own; second busbars that carry something are buses with higher numbers. */
  scenarioGrid(scenario: number): BalancedGrid {
    this.knownScenario(scenario);
    return gridOfScenario(this.network, this.session, this.topology, scenario);
  }

  /** Status of a scenario: 1 converged, 2 iteration limit, 3 diverged. */
  status(scenario: number): number {
    return this.session.status[scenario];
  }

  /** Steps that a scenario took, those with the shared factor among them. */
  iterations(scenario: number): number {
    return this.session.iterations[scenario];
  }

  /** Largest |P| or |Q| mismatch of a scenario, per unit. */
  mismatchPu(scenario: number): number {
    return this.session.mismatch[scenario];
  }

  /** Numbers of the buses of which a busbar (with something on it, or the first) is without a path to a slack in a scenario. */
  deadBuses(scenario: number): number[] {
    const { busCount } = this.network;
    const buses = new Set((this.topology?.deadNodes(scenario) ?? []).map((node) => this.grid.buses[node % busCount].number));
    return [...buses];
  }

  /** Buses (numbers) whose generators are at a reactive limit in a scenario, and which. */
  atReactiveLimit(scenario: number): { bus: number; at: 'min' | 'max' }[] {
    const { busCount } = this.network;
    return (this.limits?.limitedNodes(scenario) ?? []).map(({ node, at }) => ({ bus: this.grid.buses[node % busCount].number, at }));
  }

  /** What the schedules lacked in a scenario and the generators shared, MW, one number for each part that has a slack; empty without a distributed slack. */
  lackingMw(scenario: number): number[] {
    return (this.slack?.lackingIn(scenario) ?? []).map((lacking) => lacking * this.grid.baseMva);
  }

  /** Whether a branch (by index) is in service in a scenario. */
  isBranchInService(index: number, scenario: number): boolean {
    return this.topology ? this.topology.isBranchOn(scenario, index) : this.network.branchOn[index] === 1;
  }

  /** The busbar that an element sits on in a scenario; see {@link setBusbar}. */
  busbar(element: TopologyElement, index: number, scenario: number): Busbar {
    return this.topology?.busbar(scenario, element, element === 'shunt' ? this.knownBus(index) : index) ?? 1;
  }

  /**
   * Voltages of a scenario by bus index, [bus][re, im] per unit; 0 where there is no voltage, NaN throughout where it has not converged.
   *
   * @param into where they are written
   * @param busbar of the substations; the second one is without voltage where nothing sits on it
   */
  voltages(scenario: number, into = new Float64Array(2 * this.network.busCount), busbar: 1 | 2 = 1): Float64Array {
    const { session, network } = this;
    if (session.status[scenario] !== STATUS_CONVERGED) return into.fill(Number.NaN);
    for (let bus = 0; bus < network.busCount; bus++) {
      const at = this.placeOf(scenario, bus, busbar);
      into[2 * bus] = at < 0 ? 0 : session.voltage[at];
      into[2 * bus + 1] = at < 0 ? 0 : session.voltage[at + session.lanes];
    }
    for (const node of this.topology?.deadNodes(scenario) ?? []) {
      if (this.hasSubstations && this.topology?.busbarOf(scenario, node) !== busbar) continue;
      const bus = node % network.busCount;
      into[2 * bus] = 0;
      into[2 * bus + 1] = 0;
    }
    return into;
  }

  /** Place of a busbar's voltage in the session; -1 where it has none. */
  private placeOf(scenario: number, bus: number, busbar: 1 | 2): number {
    const { session, topology, plan } = this;
    if (!this.hasSubstations || !topology) return busbar === 2 || plan.slotOfBus[bus] < 0 ? -1 : session.voltageAt(plan.slotOfBus[bus], scenario);
    const node = topology.nodeOf(scenario, bus, busbar);
    const slot = plan.slotOfBus[node];
    if (slot < 0 || (node >= this.network.busCount && !topology.isSecondUsed(scenario, node))) return -1;
    return session.voltageAt(slot, scenario);
  }

  /** Voltage magnitudes of a bus (by number) in all scenarios, per unit; 0 without voltage, NaN where a scenario has not converged. */
  voltagePu(busNumber: number, busbar: 1 | 2 = 1): Float64Array {
    return this.column(busNumber, busbar, (re, im) => Math.hypot(re, im));
  }

  /** Voltage angles of a bus (by number) in all scenarios, degrees; NaN where a scenario has not converged. */
  angleDegrees(busNumber: number, busbar: 1 | 2 = 1): Float64Array {
    return this.column(busNumber, busbar, (re, im) => (Math.atan2(im, re) * 180) / Math.PI);
  }

  private column(busNumber: number, busbar: 1 | 2, value: (re: number, im: number) => number): Float64Array {
    const { session, topology, network } = this;
    const bus = this.knownBus(busNumber);
    return Float64Array.from({ length: this.scenarios }, (_, scenario) => {
      if (session.status[scenario] !== STATUS_CONVERGED) return Number.NaN;
      const at = this.placeOf(scenario, bus, busbar);
      const isDead = topology?.deadNodes(scenario).some((node) => node % network.busCount === bus && topology.busbarOf(scenario, node) === busbar);
      if (at < 0 || isDead) return value(0, 0);
      return value(session.voltage[at], session.voltage[at + session.lanes]);
    });
  }
}

/** Nodes whose magnitude is held where a generator is on them. */
function heldNodes(network: BalancedNetwork, busbars: 1 | 2): Int32Array {
  const held: number[] = [];
  network.kind.forEach((kind, bus) => {
    if (kind === BUS_DEAD || kind === BUS_PQ) return;
    held.push(bus);
    if (busbars === 2) held.push(network.busCount + bus);
  });
  return Int32Array.from(held);
}

const SOLVE_OPTION_NAMES = ['tolerance', 'maxIterations', 'start', 'secondPass'];
const OPTION_NAMES = ['scenarios', 'backend', 'branchOutages', 'generatorOutages', 'substations', 'reactiveLimits', 'distributedSlack', 'steps'];

function checkOptions(options: BalancedBatchOptions): BalancedBatchOptions {
  if (typeof options !== 'object' || options === null) throw new GridError(`options of a batch are an object, not ${describeValue(options)}`);
  const unknown = Object.keys(options).find((name) => !OPTION_NAMES.includes(name));
  if (unknown !== undefined) throw new GridError(`there is no option "${unknown}"; there are ${OPTION_NAMES.join(', ')}`);
  const { scenarios, steps = 'auto' } = options;
  if (!Number.isInteger(scenarios) || scenarios < 1 || scenarios > MOST_SCENARIOS) {
    throw new GridError(`scenarios must be an integer from 1 to ${MOST_SCENARIOS}, not ${describeValue(scenarios)}`);
  }
  if (!['auto', 'shared', 'mixed', 'newton'].includes(steps)) {
    throw new GridError(`steps must be auto, shared, mixed or newton, not ${describeValue(steps)}`);
  }
  return options;
}
