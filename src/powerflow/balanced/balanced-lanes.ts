/**
 * The bare way through many power flows of one balanced grid, for loops that set loads, solve and read voltages: typed arrays as the kernels have them, W scenarios to a
 * block, lanes innermost, and nothing else. {@link BalancedBatch} is the face by name.
 */
import { type BalancedGrid, describeValue, GridError } from '../../grid/index.js';
import { type BackendName, chooseWidth } from '../backend.js';
import { STATUS_CONVERGED } from '../kernel-layout.js';
import type { KernelBackend } from '../kernels.js';
import type { BatchSteps } from './balanced-batch-options.js';
import { VIEW_HIGHEST, VIEW_LOSSES, VIEW_LOWEST, VIEW_OUTSIDE, VIEW_QUANTITIES } from './lane-layout.js';
import type { LanePlan } from './lane-plan.js';
import type { LaneSession, LaneViewSettings } from './lane-session.js';
import { type BalancedNetwork, BUS_DEAD, compileNetwork } from './network.js';
import { NewtonBatch } from './newton-batch.js';

/** What lanes are made for. */
export interface BalancedLanesOptions {
  /** Most scenarios. */
  scenarios: number;
  /** Default `auto`. No result depends on it. */
  backend?: BackendName | KernelBackend;
  /** As in a batch; default `auto`. */
  steps?: BatchSteps | 'auto';
  /** Largest |P| or |Q| mismatch at any bus, per unit of the grid's base power. Default 1e-8. */
  tolerance?: number;
  /** Most of Newton's steps, and most with the shared factor before them (at most 20 of these). Default 20. */
  maxIterations?: number;
  /** Lowest and highest magnitude, per unit, that is not out of the band: where given, all buses and series losses are looked at in the kernels ({@link BalancedLanes.look}). */
  bandPu?: readonly [number, number];
}

/** What is looked at in a network: its buses in the grid's order, and the losses of its branches in service. Throws {@link GridError} for grids that have more than lines. */
function viewOf({ grid, kind, busIndex }: BalancedNetwork, bandPu: readonly [number, number]): (plan: LanePlan) => LaneViewSettings {
  const [low, high] = bandPu;
  if (!(low >= 0 && low <= high && high < Infinity))
    throw new GridError(`bandPu is the lowest and the highest magnitude, not ${describeValue(bandPu)}`);
  const dead = grid.buses.find((_, bus) => kind[bus] === BUS_DEAD);
  if (dead) throw new GridError(`bandPu: bus ${dead.number} has no voltage to look at`);
  const lines = grid.branches.filter(({ inService }) => inService);
  const other = lines.find(({ ratio, shiftDegrees }) => (ratio !== 0 && ratio !== 1) || shiftDegrees !== 0);
  if (other)
    throw new GridError(`bandPu: losses are looked at in lines alone; branch ${other.from}-${other.to} is a transformer off its nominal ratio`);
  const shunt = grid.shunts.find(({ inService, conductanceMw }) => inService && conductanceMw !== 0);
  if (shunt) throw new GridError(`bandPu: losses are looked at in lines alone; the shunt at bus ${shunt.bus} has some as well`);
  const bus = (number: number): number => busIndex.get(number) as number;
  return (plan) => ({
    bandPu,
    slots: Int32Array.from(grid.buses, (_, k) => plan.slotOfBus[k]),
    branches: Int32Array.from(lines.flatMap(({ from, to }) => [plan.slotOfBus[bus(from)], plan.slotOfBus[bus(to)]])),
    conductance: Float64Array.from(lines, ({ resistancePu: r, reactancePu: x }) => r / (r * r + x * x)),
  });
}

/** Most steps with the shared factor, by kind of steps. */
const SHARED_STEPS: Readonly<Record<BatchSteps, number>> = { shared: 20, mixed: 2, newton: 0 };

/**
 * Scenarios of one grid whose powers differ. Every solution starts from that of the grid as it stands, so that a scenario's result depends on its powers alone.
 *
 * Scenario s is lane s % W of block floor(s / W). The active power that load k injects stands at `block * powerStride + loadPlace(k) + lane` of `power`, its reactive power W
 * further; likewise the real and imaginary part of a bus's voltage in `voltage`. Per unit on the grid's base power.
 */
export class BalancedLanes {
  readonly scenarios: number;
  readonly backend: string;
  /** W. */
  readonly lanes: number;
  readonly steps: BatchSteps;
  readonly tolerance: number;
  /** [block][injection][P, Q][W], injected: loads are negative. At first the grid's own in all scenarios. */
  readonly power: Float64Array;
  readonly powerStride: number;
  /** [block][slot][re, im][W] */
  readonly voltage: Float64Array;
  readonly voltageStride: number;
  /** Per scenario: 1 converged, 2 iteration limit, 3 diverged; and the steps taken. */
  readonly status: Int32Array;
  readonly iterations: Int32Array;
  /** [scenario][bus], in the grid's order: magnitudes, per unit, of the scenarios that have a solution, since they were last looked at. Empty without `bandPu`. */
  readonly magnitudes: Float32Array;
  private readonly session: LaneSession;
  private readonly sharedLimit: number;
  private readonly maxIterations: number;
  private readonly busPlaces: ReadonlyMap<number, number>;
  private used: number;

  /** Throws {@link GridError} where the grid has no solution as it stands, or an option cannot be. */
  constructor(
    readonly grid: BalancedGrid,
    { scenarios, backend, steps = 'auto', tolerance = 1e-8, maxIterations = 20, bandPu }: BalancedLanesOptions,
  ) {
    if (!Number.isInteger(scenarios) || scenarios < 1) throw new GridError(`lanes need 1 scenario or more, not ${describeValue(scenarios)}`);
    if (!(tolerance > 0 && tolerance < Infinity)) throw new GridError(`tolerance must be above 0, not ${describeValue(tolerance)}`);
    if (!Number.isInteger(maxIterations) || maxIterations < 1 || maxIterations > 1000)
      throw new GridError(`maxIterations must be an integer from 1 to 1000, not ${describeValue(maxIterations)}`);
    const network = compileNetwork(grid);
    const chosen = chooseWidth(backend, scenarios);
    const batch = new NewtonBatch(network, { scenarios, steps }, chosen, bandPu && viewOf(network, bandPu));
    const { session } = batch;
    this.session = session;
    this.scenarios = scenarios;
    this.used = scenarios;
    this.backend = chosen.name;
    this.lanes = session.lanes;
    this.steps = batch.steps;
    this.tolerance = tolerance;
    this.maxIterations = maxIterations;
    this.sharedLimit = Math.min(maxIterations, SHARED_STEPS[batch.steps]);
    this.power = session.power;
    this.powerStride = 2 * session.lanes * session.injections;
    this.voltage = session.voltage;
    this.voltageStride = 2 * session.lanes * session.plan.slots;
    this.status = session.status;
    this.iterations = session.iterations;
    this.magnitudes = session.viewMagnitudes;
    const place = (bus: number): number => 2 * session.lanes * session.plan.slotOfBus[bus];
    this.busPlaces = new Map(grid.buses.flatMap(({ number }, bus) => (network.kind[bus] === BUS_DEAD ? [] : [[number, place(bus)] as const])));
  }

  /** Scenarios in use. */
  get inUse(): number {
    return this.used;
  }

  /** Uses the first scenarios only, until it is called again. Throws {@link GridError} for a number that is not from 1 to `scenarios`. */
  use(count: number): void {
    if (!Number.isInteger(count) || count < 1 || count > this.scenarios)
      throw new GridError(`use: lanes of ${this.scenarios} scenarios can use 1 to ${this.scenarios}, not ${describeValue(count)}`);
    this.used = count;
    this.session.useBlocks(Math.ceil(count / this.lanes));
  }

  /** Where a load's active power (by its place in the grid's list, from 0) stands in a block of `power`. Throws {@link GridError} where there is no such load. */
  loadPlace(load: number): number {
    if (!this.grid.loads[load]) throw new GridError(`there is no load ${describeValue(load)}; there are ${this.grid.loads.length}, counted from 0`);
    return 2 * this.lanes * load;
  }

  /** Where the real part of a bus's voltage stands in a block of `voltage`. Throws {@link GridError} where there is no such bus, or it is without voltage. */
  busPlace(busNumber: number): number {
    const place = this.busPlaces.get(busNumber);
    if (place === undefined) throw new GridError(`there is no bus ${describeValue(busNumber)} with a voltage`);
    return place;
  }

  /** Looks at the scenarios in use. Only where `bandPu` was given. */
  look(): void {
    this.session.look();
  }

  private seen(quantity: number, scenario: number): number {
    const { lanes, session } = this;
    const lane = scenario % lanes;
    return session.viewResults[(((scenario - lane) / lanes) * VIEW_QUANTITIES + quantity) * lanes + lane];
  }

  /** Series losses of a scenario when it was last looked at, per unit. */
  lossesPu(scenario: number): number {
    return this.seen(VIEW_LOSSES, scenario);
  }

  /** How many buses were out of the band. */
  busesOutside(scenario: number): number {
    return this.seen(VIEW_OUTSIDE, scenario);
  }

  /** Lowest and highest magnitude, per unit. */
  lowestPu(scenario: number): number {
    return Math.sqrt(this.seen(VIEW_LOWEST, scenario));
  }

  highestPu(scenario: number): number {
    return Math.sqrt(this.seen(VIEW_HIGHEST, scenario));
  }

  /** Solves the scenarios in use; returns how many of them have no solution. */
  solve(): number {
    const { session, used } = this;
    session.solve(this.tolerance, this.sharedLimit, this.maxIterations, false);
    let failed = 0;
    for (let scenario = 0; scenario < used; scenario++) if (session.status[scenario] !== STATUS_CONVERGED) failed += 1;
    return failed;
  }
}
