/**
 * Many power flows of one balanced grid at once: loads, generation, set points, and branches and generators in service differ from scenario to scenario. One plan,
 * made once; W scenarios side by side in lanes. No result depends on W or on a lane's neighbours.
 */
import { type BalancedGrid, describeValue, GridError } from '../../grid/index.js';
import { chooseWidth } from '../backend.js';
import { checkColumn } from '../column-checks.js';
import { STATUS_CONVERGED } from '../kernel-layout.js';
import {
  type BalancedBatchOptions,
  type BalancedBatchReport,
  type BalancedBatchSolveOptions,
  type BatchSteps,
  checkBatchOptions,
  checkSolveOptions,
} from './balanced-batch-options.js';
import { type BranchPowerColumns, branchPower, voltageRange } from './batch-results.js';
import { DcSession } from './dc-session.js';
import { DcBatch, FastDecoupledBatch } from './decoupled-batch.js';
import type { LaneLimits } from './lane-limits.js';
import type { Busbar, LaneTopology, TopologyElement } from './lane-topology.js';
import { type BalancedNetwork, BUS_DEAD, compileNetwork } from './network.js';
import { type BatchSolver, NewtonBatch } from './newton-batch.js';
import { gridOfScenario } from './scenario-grid.js';
import type { ScenarioSession } from './scenario-session.js';
import type { BalancedMethod } from './solution-types.js';

export type { BalancedBatchOptions, BalancedBatchReport, BalancedBatchSolveOptions, BatchSteps } from './balanced-batch-options.js';
export type { BranchPowerColumns } from './batch-results.js';

/** A batch. */
export class BalancedBatch {
  readonly network: BalancedNetwork;
  readonly scenarios: number;
  readonly backend: string;
  /** W, scenarios a block. */
  readonly lanes: number;
  readonly method: BalancedMethod;
  readonly steps: BatchSteps;
  /** What the grid leaves unclear and how it was taken, one line each. */
  readonly warnings: readonly string[];
  private readonly solver: BatchSolver;
  private readonly session: ScenarioSession;
  private readonly topology: LaneTopology | undefined;
  private readonly limits: LaneLimits | undefined;
  private readonly hasGeneratorOutages: boolean;
  private readonly hasSubstations: boolean;
  private readonly firstGenerator: number;
  /** Buses whose set points the caller has given. */
  private readonly setPointsGiven = new Set<number>();

  /**
   * Compiles the grid and, unless the method is dc, solves it as it stands. Throws {@link GridError} where it has no solution, from which lanes start, or where the method's
   * equations are singular; InputError for branches that the method cannot do with.
   */
  constructor(
    readonly grid: BalancedGrid,
    options: BalancedBatchOptions,
  ) {
    const { scenarios, generatorOutages = false, substations = false, method = 'newton' } = checkBatchOptions(options);
    const network = compileNetwork(grid);
    const backend = chooseWidth(options.backend, scenarios);
    if (method === 'newton') this.solver = new NewtonBatch(network, options, backend);
    else if (method === 'dc') this.solver = new DcBatch(network, scenarios, backend);
    else this.solver = new FastDecoupledBatch(network, method === 'fast-decoupled' ? 'xb' : 'bx', scenarios, backend);
    const { session, topology, limits, steps } = this.solver;
    this.network = network;
    this.scenarios = scenarios;
    this.backend = backend.name;
    this.lanes = session.lanes;
    this.method = method;
    this.steps = steps;
    this.session = session;
    this.topology = topology;
    this.limits = limits;
    this.hasGeneratorOutages = generatorOutages;
    this.hasSubstations = substations;
    this.firstGenerator = grid.loads.length;
    this.warnings = [...network.warnings, ...(this.solver.warnings ?? [])];
  }

  private setPower(injection: number, p: ArrayLike<number>, q: ArrayLike<number> | undefined, scale: number): void {
    const { session, topology } = this;
    const { power, lanes } = session;
    for (let scenario = 0; scenario < this.scenarios; scenario++) {
      const place = this.placeOf(scenario);
      const at = session.powerAt(injection, place);
      const reactive = q ? q[scenario] * scale : (topology?.keptPower(place, injection)?.[1] ?? power[at + lanes]);
      if (topology?.keepPower(place, injection, p[scenario] * scale, reactive)) continue;
      power[at] = p[scenario] * scale;
      power[at + lanes] = reactive;
    }
  }

  /** Sets a load (by its place in the grid's list, from 0) in all scenarios, MW and MVAr. NaN makes a scenario fail, and no other. */
  setLoad(index: number, powerMw: ArrayLike<number>, powerMvar: ArrayLike<number>): void {
    this.knownLoad(index);
    checkColumn(`load ${index} (bus ${this.grid.loads[index].bus}): powerMw`, powerMw, this.scenarios, 'a number', () => true);
    checkColumn(`load ${index} (bus ${this.grid.loads[index].bus}): powerMvar`, powerMvar, this.scenarios, 'a number', () => true);
    this.setPower(index, powerMw, powerMvar, -1 / this.grid.baseMva);
  }

  /** Sets what a generator is scheduled for, MW. At a slack what comes out differs. */
  setGenerator(index: number, powerMw: ArrayLike<number>): void {
    this.knownGenerator(index);
    checkColumn(`generator ${index} (bus ${this.grid.generators[index].bus}): powerMw`, powerMw, this.scenarios, 'a number', () => true);
    // Out of service in the grid it delivers nothing, whatever is set.
    if (this.network.generatorOn[index] === 0) return;
    this.setPower(this.firstGenerator + index, powerMw, undefined, 1 / this.grid.baseMva);
  }

  /** Sets the voltage that is held at a pv or slack bus (by number), per unit. Not with the method dc, whose magnitudes are 1. */
  setVoltage(busNumber: number, voltagePu: ArrayLike<number>): void {
    if (this.method === 'dc') throw new GridError('voltages cannot be set in a batch made with the method dc, whose magnitudes are all 1');
    const bus = this.network.busIndex.get(busNumber);
    const index = bus === undefined ? -1 : this.session.heldBuses.indexOf(bus);
    if (index < 0) throw new GridError(`bus ${describeValue(busNumber)} holds no voltage; only pv and slack buses with a generator in service do`);
    checkColumn(`bus ${busNumber}: voltagePu`, voltagePu, this.scenarios, 'above 0', (value) => value > 0 && value < Infinity);
    this.setPointsGiven.add(bus as number);
    const second = this.session.heldBuses.indexOf((bus as number) + this.network.busCount);
    for (let scenario = 0; scenario < this.scenarios; scenario++) {
      for (const held of second < 0 ? [index] : [index, second])
        this.session.held[this.session.heldAt(held, this.placeOf(scenario))] = voltagePu[scenario];
    }
  }

  /** Puts a branch (by its place in the grid's list, from 0) in or out of service in one scenario. */
  setBranchInService(index: number, scenario: number, inService: boolean): void {
    if (!this.topology) throw new GridError('branches are out of service scenario by scenario only in a batch made with branchOutages');
    this.knownBranch(index, inService);
    this.knownScenario(scenario);
    this.topology.setBranch(this.placeOf(scenario), index, inService);
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
    this.topology.setBusbar(this.placeOf(scenario), 'generator', index, inService ? 1 : 0);
    this.holdRunning(index, this.placeOf(scenario));
  }

  /** Of several generators at a bus the last that runs rules what is held, as in a grid; a set point that was given stays. */
  private holdRunning(generator: number, place: number): void {
    const { network, topology, session } = this;
    const bus = network.generatorBus[generator];
    const index = session.heldBuses.indexOf(bus);
    if (index < 0 || this.setPointsGiven.has(bus)) return;
    let voltagePu: number | undefined;
    this.grid.generators.forEach((each, k) => {
      if (network.generatorBus[k] === bus && topology?.isGeneratorOn(place, k)) voltagePu = each.voltagePu;
    });
    if (voltagePu === undefined) return;
    const second = session.heldBuses.indexOf(bus + network.busCount);
    for (const held of second < 0 ? [index] : [index, second]) session.held[session.heldAt(held, place)] = voltagePu;
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
    this.topology.setBusbar(this.placeOf(scenario), element, place, busbar);
    if (element === 'generator') this.holdRunning(index, this.placeOf(scenario));
  }

  private knownBranch(index: number, inService: boolean): void {
    const branch = this.grid.branches[index];
    if (!Number.isInteger(index) || !branch)
      throw new GridError(`there is no branch ${describeValue(index)}; there are ${this.grid.branches.length}, counted from 0`);
    if (inService && branch.resistancePu === 0 && branch.reactancePu === 0) {
      throw new GridError(`branch ${index + 1} (${branch.from} - ${branch.to}) has no impedance and cannot be put in service`);
    }
    if (inService && (branch.from === branch.to || !(branch.ratio >= 0))) {
      throw new GridError(
        `branch ${index + 1} (${branch.from} - ${branch.to}) has both ends at one bus or a ratio below 0, and cannot be put in service`,
      );
    }
    const { kind, branchFrom, branchTo } = this.network;
    const dead = [branchFrom[index], branchTo[index]].find((bus) => kind[bus] === BUS_DEAD);
    if (inService && dead !== undefined) {
      throw new GridError(
        `branch ${index + 1} (${branch.from} - ${branch.to}) leads to bus ${this.grid.buses[dead].number}, which is without voltage in the grid; lanes cannot bring it to life. Put the branch in service in the grid`,
      );
    }
    if (inService && this.network.branchOn[index] === 0) this.solver.checkJoin?.(index);
  }

  private knownLoad(index: number): void {
    if (!Number.isInteger(index) || !this.grid.loads[index])
      throw new GridError(`there is no load ${describeValue(index)}; there are ${this.grid.loads.length}, counted from 0`);
  }

  private knownBus(busNumber: number): number {
    const bus = this.network.busIndex.get(busNumber);
    if (bus === undefined) throw new GridError(`there is no bus ${describeValue(busNumber)}`);
    return bus;
  }

  private knownGenerator(index: number): void {
    if (!Number.isInteger(index) || !this.grid.generators[index]) {
      throw new GridError(`there is no generator ${describeValue(index)}; there are ${this.grid.generators.length}, counted from 0`);
    }
  }

  private knownBusbar(busbar: number): void {
    if (busbar !== 1 && busbar !== 2) throw new GridError(`a busbar with a voltage is 1 or 2, not ${describeValue(busbar)}`);
    if (busbar === 2 && !this.hasSubstations) throw new GridError('there are second busbars only in a batch made with substations');
  }

  private knownScenario(scenario: number): void {
    if (!Number.isInteger(scenario) || scenario < 0 || scenario >= this.scenarios) {
      throw new GridError(`there is no scenario ${describeValue(scenario)}; there are ${this.scenarios}, counted from 0`);
    }
  }

  /** Where a scenario is among the lanes: the solver may put those side by side that have much in common. */
  private placeOf(scenario: number): number {
    return this.solver.placeOf?.[scenario] ?? scenario;
  }

  /** Solves all scenarios. A scenario without a solution is a status, never an exception. */
  solve(options: BalancedBatchSolveOptions = {}): BalancedBatchReport {
    const { rounds, secondPass } = this.solver.solve(checkSolveOptions(options, this.method));
    let converged = 0;
    let withDeadBuses = 0;
    for (let scenario = 0; scenario < this.scenarios; scenario++) {
      if (this.session.status[scenario] === STATUS_CONVERGED) converged++;
      if (this.deadBuses(scenario).length > 0) withDeadBuses++;
    }
    const slackBeyondReactiveLimits = this.limits?.slackBeyondLimits.size ?? 0;
    return { converged, failed: this.scenarios - converged, withDeadBuses, slackBeyondReactiveLimits, secondPass, rounds, steps: this.steps };
  }

  /** A scenario as a grid of its own; second busbars that carry something are buses with higher numbers. */
  scenarioGrid(scenario: number): BalancedGrid {
    this.knownScenario(scenario);
    return gridOfScenario(this.network, this.session, this.topology, this.placeOf(scenario));
  }

  /** Status of a scenario: 1 converged, 2 iteration limit, 3 diverged. */
  status(scenario: number): number {
    this.knownScenario(scenario);
    return this.session.status[this.placeOf(scenario)];
  }

  /** Steps that a scenario took, those with the shared factor among them. */
  iterations(scenario: number): number {
    this.knownScenario(scenario);
    return this.session.iterations[this.placeOf(scenario)];
  }

  /** Largest |P| or |Q| mismatch of a scenario, per unit. */
  mismatchPu(scenario: number): number {
    this.knownScenario(scenario);
    return this.session.mismatchOf(this.placeOf(scenario));
  }

  /** Busbars (with something on them, or the first) that a scenario leaves without a path to a slack; those that are dead in the grid itself (`network.deadIslands`) apart. */
  deadBusbars(scenario: number): { bus: number; busbar: 1 | 2 }[] {
    this.knownScenario(scenario);
    const { topology, network } = this;
    if (!topology) return [];
    const place = this.placeOf(scenario);
    return topology.deadNodes(place).map((node) => ({
      bus: this.grid.buses[node % network.busCount].number,
      busbar: this.hasSubstations ? topology.busbarOf(place, node) : 1,
    }));
  }

  /** Numbers of the buses of which a busbar is dead in a scenario; see {@link deadBusbars}. */
  deadBuses(scenario: number): number[] {
    return [...new Set(this.deadBusbars(scenario).map(({ bus }) => bus))];
  }

  /** Load that a scenario leaves without voltage, or on no busbar, MW. */
  unservedMw(scenario: number): number {
    this.knownScenario(scenario);
    const { topology, network, grid } = this;
    if (!topology) return 0;
    const place = this.placeOf(scenario);
    const dead = new Set(topology.deadNodes(place));
    return grid.loads.reduce((sum, load, k) => {
      const busbar = topology.busbar(place, 'load', k);
      const isServed = busbar !== 0 && !dead.has(topology.nodeOf(place, network.busIndex.get(load.bus) as number, busbar));
      return isServed ? sum : sum - (topology.keptPower(place, k)?.[0] ?? 0) * grid.baseMva;
    }, 0);
  }

  /** Buses (numbers) whose generators are at a reactive limit in a scenario, and which. */
  atReactiveLimit(scenario: number): { bus: number; at: 'min' | 'max' }[] {
    const { busCount } = this.network;
    return (this.limits?.limitedNodes(this.placeOf(scenario)) ?? []).map(({ node, at }) => ({ bus: this.grid.buses[node % busCount].number, at }));
  }

  /** What the schedules lacked in a scenario and the generators shared, MW, one number for each part that has a slack; empty without a distributed slack. */
  lackingMw(scenario: number): number[] {
    return Array.from(this.solver.lackingIn(this.placeOf(scenario)), (lacking) => lacking * this.grid.baseMva);
  }

  /** Whether a branch (by index) is in service in a scenario. */
  isBranchInService(index: number, scenario: number): boolean {
    return this.topology ? this.topology.isBranchOn(this.placeOf(scenario), index) : this.network.branchOn[index] === 1;
  }

  /** The busbar that an element sits on in a scenario; see {@link setBusbar}. */
  busbar(element: TopologyElement, index: number, scenario: number): Busbar {
    return this.topology?.busbar(this.placeOf(scenario), element, element === 'shunt' ? this.knownBus(index) : index) ?? 1;
  }

  /**
   * Voltages of a scenario by bus index, [bus][re, im] per unit; 0 where there is no voltage, NaN throughout where it has not converged.
   *
   * @param into where they are written
   * @param busbar of the substations; the second one is without voltage where nothing sits on it
   */
  voltages(scenario: number, into = new Float64Array(2 * this.network.busCount), busbar: 1 | 2 = 1): Float64Array {
    this.knownScenario(scenario);
    this.knownBusbar(busbar);
    const { session, network } = this;
    const place = this.placeOf(scenario);
    if (session.status[place] !== STATUS_CONVERGED) return into.fill(Number.NaN);
    for (let bus = 0; bus < network.busCount; bus++) {
      const slot = this.slotOf(place, bus, busbar);
      if (slot < 0) into.fill(0, 2 * bus, 2 * bus + 2);
      else session.readVoltage(slot, place, into, 2 * bus);
    }
    for (const node of this.topology?.deadNodes(place) ?? []) {
      if (this.hasSubstations && this.topology?.busbarOf(place, node) !== busbar) continue;
      const bus = node % network.busCount;
      into[2 * bus] = 0;
      into[2 * bus + 1] = 0;
    }
    return into;
  }

  /** Slot of a busbar's voltage in the session; -1 where it has none. */
  private slotOf(place: number, bus: number, busbar: 1 | 2): number {
    const { topology } = this;
    const { slotOfBus } = this.session.plan;
    if (!this.hasSubstations || !topology) return busbar === 2 ? -1 : slotOfBus[bus];
    const node = topology.nodeOf(place, bus, busbar);
    return node >= this.network.busCount && !topology.isSecondUsed(place, node) ? -1 : slotOfBus[node];
  }

  /** Voltage magnitudes of a bus (by number) in all scenarios, per unit; 0 without voltage, NaN where a scenario has not converged. */
  voltagePu(busNumber: number, busbar: 1 | 2 = 1): Float64Array {
    return this.column(busNumber, busbar, (slot, place) => this.session.magnitudeOf(slot, place));
  }

  /** Voltage angles of a bus (by number) in all scenarios, degrees; NaN where a scenario has not converged. */
  angleDegrees(busNumber: number, busbar: 1 | 2 = 1): Float64Array {
    return this.column(busNumber, busbar, (slot, place) => (this.session.angleOf(slot, place) * 180) / Math.PI);
  }

  private column(busNumber: number, busbar: 1 | 2, value: (slot: number, place: number) => number): Float64Array {
    const { session, topology, network } = this;
    const bus = this.knownBus(busNumber);
    this.knownBusbar(busbar);
    return Float64Array.from({ length: this.scenarios }, (_, scenario) => {
      const place = this.placeOf(scenario);
      if (session.status[place] !== STATUS_CONVERGED) return Number.NaN;
      const slot = this.slotOf(place, bus, busbar);
      const isDead = topology?.deadNodes(place).some((node) => node % network.busCount === bus && topology.busbarOf(place, node) === busbar);
      return slot < 0 || isDead ? 0 : value(slot, place);
    });
  }

  /** Power into both ends of a branch (by its place in the grid's list, from 0) in all scenarios. Not with the method dc; see {@link branchMw}. */
  branchPower(index: number): BranchPowerColumns {
    this.knownBranch(index, false);
    const column = (): Float64Array => new Float64Array(this.scenarios);
    const columns = { fromMw: column(), fromMvar: column(), toMw: column(), toMvar: column() };
    for (let scenario = 0; scenario < this.scenarios; scenario++) {
      const [fromMw, fromMvar, toMw, toMvar] = this.powerOf(index, scenario);
      columns.fromMw[scenario] = fromMw;
      columns.fromMvar[scenario] = fromMvar;
      columns.toMw[scenario] = toMw;
      columns.toMvar[scenario] = toMvar;
    }
    return columns;
  }

  private powerOf(index: number, scenario: number): [number, number, number, number] {
    const { session, network, topology } = this;
    if (session instanceof DcSession) throw new GridError('by the method dc there is active power alone; use branchMw');
    const place = this.placeOf(scenario);
    if (session.status[place] !== STATUS_CONVERGED) return [Number.NaN, Number.NaN, Number.NaN, Number.NaN];
    if (!this.isBranchInService(index, scenario)) return [0, 0, 0, 0];
    const ends = (['branchFrom', 'branchTo'] as const).map((element, end) => {
      const bus = end === 0 ? network.branchFrom[index] : network.branchTo[index];
      const busbar = topology?.busbar(place, element, index) ?? 1;
      const node = this.hasSubstations && topology ? topology.nodeOf(place, bus, busbar === 2 ? 2 : 1) : bus;
      const voltage = new Float64Array(2);
      if (!topology?.deadNodes(place).includes(node)) session.readVoltage(session.plan.slotOfBus[node], place, voltage, 0);
      return [voltage[0], voltage[1]] as const;
    });
    return branchPower(network, index, ends[0], ends[1]);
  }

  /** Losses in branches, what goes in at both ends together, in all scenarios, MW. */
  lossesMw(): Float64Array {
    return Float64Array.from({ length: this.scenarios }, (_, scenario) => {
      let sum = 0;
      for (let branch = 0; branch < this.grid.branches.length; branch++) {
        const [from, , to] = this.powerOf(branch, scenario);
        sum += from + to;
      }
      return sum;
    });
  }

  /** The lowest and the highest voltage of each scenario, per unit, and the numbers of their buses; NaN and -1 where a scenario has not converged. */
  voltageRange(): { lowestPu: Float64Array; lowestBus: Int32Array; highestPu: Float64Array; highestBus: Int32Array } {
    const { scenarios, grid } = this;
    const lowestPu = new Float64Array(scenarios).fill(Number.NaN);
    const highestPu = new Float64Array(scenarios).fill(Number.NaN);
    const lowestBus = new Int32Array(scenarios).fill(-1);
    const highestBus = new Int32Array(scenarios).fill(-1);
    for (let scenario = 0; scenario < scenarios; scenario++) {
      if (this.session.status[this.placeOf(scenario)] !== STATUS_CONVERGED) continue;
      const busbars = this.hasSubstations ? ([1, 2] as const) : ([1] as const);
      const range = voltageRange(busbars.map((busbar) => this.voltages(scenario, undefined, busbar)));
      if (range.lowestBus < 0) continue;
      lowestPu[scenario] = range.lowest;
      highestPu[scenario] = range.highest;
      lowestBus[scenario] = grid.buses[range.lowestBus].number;
      highestBus[scenario] = grid.buses[range.highestBus].number;
    }
    return { lowestPu, lowestBus, highestPu, highestBus };
  }

  /**
   * Power into a branch (by its place in the grid's list, from 0) at its from end in all scenarios, MW, in a batch made with the method dc: at the other end as much comes
   * out. 0 where the branch takes no part, NaN where a scenario has no solution.
   */
  branchMw(index: number): Float64Array {
    const { session } = this;
    if (!(session instanceof DcSession)) throw new GridError('branchMw is there in batches made with the method dc');
    this.knownBranch(index, false);
    return Float64Array.from({ length: this.scenarios }, (_, scenario) =>
      session.status[scenario] === STATUS_CONVERGED ? session.flowOf(index, scenario) * this.grid.baseMva : Number.NaN,
    );
  }
}
