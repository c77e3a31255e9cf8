/**
 * Running environments of a defined task. The state of an environment is its day, its step and the numbers of its devices; scenario j of the batch is the j-th environment listed,
 * so that nothing that is computed depends on what the batch held before.
 */
import { describeValue, GridError, InputError } from '../../grid/index.js';
import { RandomStream } from '../../numeric/index.js';
import { BatchObserver, BatchSession, STATUS_CONVERGED } from '../../powerflow/index.js';
import { clearSums, type LaneFrame, laneFrame } from '../devices/lanes.js';
import { type LocalControl, localControl, settle } from '../devices/local-control.js';
import type { EnvironmentState, ResetOptions, SliceArrays, SliceOptions, TaskSlice } from '../task.js';
import type { CostName } from './definition.js';
import { actDevices, closeDevices, type DeviceRun, keepDelivered, resetDevices, runDevices, showDevices } from './device-runs.js';
import { LoadLanes } from './loads.js';
import { renderSvg, renderText } from './render.js';
import { LAST_OBSERVATIONS, type TaskSetup } from './setup.js';
import { type StepColumns, stepLanes } from './step-lanes.js';

/** Names of the infos, in order. */
export const INFO_NAMES = [
  ...['day', 'lossesKw', 'sourceKw', 'sourceKvar', 'pvKw', 'pvAvailableKw', 'batteryKw'],
  ...['lowestVoltagePu', 'highestVoltagePu', 'busesOutside', 'violationPu', 'powerFlowFailed'],
] as const;
const INFOS = INFO_NAMES.length;

/** A slice of a defined task. */
export class DefinedSlice implements TaskSlice {
  kernelSeconds = 0;
  private readonly arrays: SliceArrays;
  private readonly batch: BatchSession;
  private readonly observer: BatchObserver;
  private readonly runs: readonly DeviceRun[];
  private readonly local: LocalControl;
  private readonly frame: LaneFrame;
  /** The environments whose power flow has a solution, for what is shown. */
  private readonly solved: LaneFrame;
  private readonly loadLanes: LoadLanes;
  /** [load]: its place among the injections; and a row of factors of these up to the last load, 1 for what is no load. */
  private readonly loadPlaces: Int32Array;
  private readonly loadRow: Float64Array;
  private readonly width: number;
  /** [environment]. */
  private readonly days: Int32Array;
  private readonly steps: Int32Array;
  /** [environment][step]. */
  private readonly load: Float64Array;
  private readonly sun: Float64Array;
  private readonly factor: Float64Array;
  private readonly column: Float64Array;
  private readonly spare: Float64Array;
  private readonly results: StepColumns;
  private readonly failurePenalty: number;

  /** Throws GridError where the grid has no power flow. */
  constructor(
    private readonly setup: TaskSetup,
    { environments, arrays, backend }: SliceOptions,
  ) {
    const { grid, layout, profiles, buses, nodes, loads, bandPu, tolerance, baseMultiplier, definition } = setup;
    this.arrays = arrays;
    this.width = nodes.length + layout.shown.length + LAST_OBSERVATIONS.length;
    const named = (kind: 'capacitor' | 'tap'): string[] =>
      definition.devices.flatMap((device) => (device.kind === kind ? [device.name.toLowerCase()] : []));
    const batch = new BatchSession(grid, {
      scenarios: environments,
      tolerance,
      baseMultiplier,
      backend,
      capacitors: named('capacitor'),
      taps: named('tap'),
      observe: { buses, bandPu, rows: 'nodes' },
    });
    const observer = new BatchObserver(batch);
    if (observer.nodeNames.some((name, i) => name !== nodes[i]))
      throw new GridError(`task ${definition.id}: the nodes of the grid are not those of its power flow`);
    this.batch = batch;
    this.observer = observer;
    this.loadPlaces = Int32Array.from(loads, (name) => batch.injectionIndex(`load.${name}`));
    this.loadRow = new Float64Array(this.loadPlaces.reduce((last, place) => Math.max(last, place + 1), 0)).fill(1);
    this.runs = runDevices(setup, batch, environments);
    this.local = localControl(
      this.runs.flatMap((run) => {
        if (run.kind !== 'pv') return [];
        const { bus, nodes: own = [1, 2, 3] } = run.lanes.device;
        const places = own.map((node) => nodes.indexOf(`${bus.toLowerCase()}.${node}`));
        return [{ device: run.lanes.device, columns: run.columns, nodes: places }];
      }),
      environments,
    );
    const { stateLength } = layout;
    this.frame = laneFrame(environments, arrays.actions, layout.actionNames.length, stateLength, profiles.stepSeconds / 3600);
    this.solved = { ...this.frame, which: new Int32Array(environments) };
    this.loadLanes = new LoadLanes(loads.length, environments, profiles.loadSpread, profiles.spreadSteps, arrays);
    this.days = new Int32Array(environments);
    this.steps = new Int32Array(environments);
    this.load = new Float64Array(environments * profiles.steps);
    this.sun = new Float64Array(environments * profiles.steps);
    this.factor = new Float64Array(environments);
    this.column = new Float64Array(environments);
    this.spare = new Float64Array(environments);
    this.failurePenalty = buses.length;
    this.results = stepLanes(observer, this.frame, environments);
  }

  reset(which: Int32Array, count: number, options?: ResetOptions): void {
    const { arrays, setup, frame, steps, days } = this;
    const chosen = this.chosenDay(options);
    if (count === 0) return;
    for (let j = 0; j < count; j++) {
      const e = which[j];
      days[e] = chosen ?? new RandomStream(arrays.seeds[e], arrays.episodes[e], 'day').integer(setup.profiles.days);
      steps[e] = 0;
      this.fill(e);
    }
    this.list(which, count);
    frame.acting = false;
    resetDevices(this.runs, frame);
    this.run(which, count);
    const costs = setup.costs.length;
    for (let j = 0; j < count; j++) {
      const e = which[j];
      arrays.costs.fill(0, e * costs, (e + 1) * costs);
      if (!this.isSolved(j)) arrays.observations.fill(0, e * this.width, e * this.width + setup.nodes.length);
      this.writeInfos(j, e);
    }
    this.show(which, count, true);
  }

  private chosenDay(options: ResetOptions | undefined): number | undefined {
    const { definition, profiles } = this.setup;
    for (const name of Object.keys(options ?? {}))
      if (name !== 'day') throw new InputError(`${describeValue(name)} is no option of a reset of ${definition.id}; there is day`);
    const day = options?.day;
    if (day === undefined) return undefined;
    if (!(typeof day === 'number' && Number.isInteger(day) && day >= 0 && day < profiles.days))
      throw new InputError(`the day is ${describeValue(day)}; give a whole number from 0 to ${profiles.days - 1}`);
    return day;
  }

  /** Load and sun of an environment's episode, and the draws of its loads. */
  private fill(e: number): void {
    const { arrays, load, sun, days, steps } = this;
    const { profiles, definition } = this.setup;
    const from = e * profiles.steps;
    const stream = new RandomStream(arrays.seeds[e], arrays.episodes[e], 'sky');
    profiles.fill(days[e], stream, load.subarray(from, from + profiles.steps), sun.subarray(from, from + profiles.steps));
    for (let at = from; at < from + profiles.steps; at++) {
      if (load[at] >= 0 && load[at] < Number.POSITIVE_INFINITY && sun[at] >= 0 && sun[at] < Number.POSITIVE_INFINITY) continue;
      throw new InputError(
        `profiles of task ${definition.id}: day ${days[e]} has load ${load[at]} and sun ${sun[at]} in step ${at - from}; give numbers from 0`,
      );
    }
    this.loadLanes.seek(e, Math.min(steps[e], profiles.steps - 1));
  }

  private list(which: Int32Array, count: number): void {
    this.frame.which.set(count === which.length ? which : which.subarray(0, count));
    this.frame.count = count;
  }

  step(which: Int32Array, count: number): void {
    if (count === 0) return;
    const { arrays, setup, frame, steps, results } = this;
    const last = setup.profiles.steps;
    this.list(which, count);
    frame.acting = true;
    this.run(which, count);
    for (let j = 0; j < count; j++) {
      const e = which[j];
      steps[e] += 1;
      results.steps[j] = steps[e];
      const isLast = steps[e] >= last;
      arrays.truncations[e] = isLast ? 1 : 0;
      arrays.terminations[e] = 0;
      if (isLast) closeDevices(this.runs, frame, j);
      else this.loadLanes.advance(e, steps[e]);
    }
    this.reward(which, count);
    for (let j = 0; j < count; j++) {
      const e = which[j];
      if (!this.isSolved(j)) {
        arrays.terminations[e] = 1;
        arrays.truncations[e] = 0;
      }
      this.writeInfos(j, e);
    }
    this.writeCosts(which, count);
    this.show(which, count, false);
  }

  /** Loads, devices, power flow, what has come of it. */
  private run(which: Int32Array, count: number): void {
    const { setup, batch, observer, frame, results, load, sun, steps, factor, loadLanes } = this;
    const length = setup.profiles.steps;
    batch.use(count);
    clearSums(frame);
    for (let j = 0; j < count; j++) {
      const at = which[j] * length + steps[which[j]];
      factor[j] = load[at];
      frame.sun[j] = sun[at];
    }
    loadLanes.begin(count, factor, steps, which);
    for (let j = 0; j < count; j++) {
      loadLanes.row(j, which[j], this.loadPlaces, this.loadRow);
      batch.scaleScenario(j, this.loadRow, 0, this.loadRow.length);
    }
    actDevices(this.runs, frame, batch, loadLanes, this.column, this.spare);
    settle(this.local, observer, batch.lanes, count, () => {
      for (const run of this.runs) if (run.kind === 'pv') batch.setPowers(run.place, run.columns.kw, run.columns.kvar);
      const begin = performance.now();
      batch.solve();
      observer.observe();
      this.kernelSeconds += (performance.now() - begin) / 1000;
    });
    keepDelivered(this.runs, frame);
    for (let j = 0; j < count; j++) {
      results.violationPu[j] = observer.abovePu[j] + observer.belowPu[j];
      results.lossesKw[j] = observer.lossesW[j] / 1000;
      results.sourceKw[j] = observer.sourceW[j] / 1000;
      results.sourceKvar[j] = observer.sourceVar[j] / 1000;
    }
  }

  private isSolved(lane: number): boolean {
    return this.batch.status[lane] === STATUS_CONVERGED;
  }

  private reward(which: Int32Array, count: number): void {
    const { setup, results, arrays } = this;
    const { rewards, violationPu } = results;
    const { reward, id } = setup.definition;
    results.count = count;
    // What a reward does not write must not be an old number.
    rewards.fill(Number.NaN, 0, count);
    if (reward) {
      const answer: unknown = reward(results);
      if (answer instanceof Promise) {
        answer.catch(() => undefined);
        throw new InputError(`the reward of task ${id} is asynchronous; it must write its numbers before it returns`);
      }
    } else for (let j = 0; j < count; j++) rewards[j] = -violationPu[j];
    // Without negative zeros, which JSON does not have.
    for (let j = 0; j < count; j++) {
      if (!this.isSolved(j)) arrays.rewards[which[j]] = setup.failureReward;
      else if (Number.isFinite(rewards[j])) arrays.rewards[which[j]] = rewards[j] + 0;
      else
        throw new InputError(`the reward of task ${id} is ${rewards[j]} in lane ${j}; it must write a finite number for each lane with a solution`);
    }
  }

  /** Where the power flow has no solution, each bus counts 1 pu out of band and losses are not known: 0. */
  private writeCosts(which: Int32Array, count: number): void {
    const { setup, arrays, results, frame } = this;
    const columns: Readonly<Record<CostName, Float64Array>> = {
      voltage: results.violationPu,
      losses: results.lossesKw,
      throughput: results.throughputKwh,
      curtailment: results.curtailedKwh,
      unserved: results.unservedKwh,
      switching: results.switching,
    };
    const width = setup.costs.length;
    setup.costs.forEach((name, c) => {
      const column = columns[name];
      const scale = name === 'losses' ? frame.hours : 1;
      for (let j = 0; j < count; j++) {
        const value =
          this.isSolved(j) || (name !== 'voltage' && name !== 'losses') ? column[j] * scale : name === 'voltage' ? this.failurePenalty : 0;
        // Losses of a feeder without load may be a hair below 0.
        arrays.costs[which[j] * width + c] = value > 0 ? value : 0;
      }
    });
  }

  /** Observations: voltages where there are some, devices, load and sun of the step that comes. After a failed step the row stays as it was. */
  private show(which: Int32Array, count: number, always: boolean): void {
    const { setup, solved, arrays, width, steps, load, sun } = this;
    const { observations } = arrays;
    this.showVoltages(which, count);
    const length = setup.profiles.steps;
    const nodes = setup.nodes.length;
    const last = nodes + setup.layout.shown.length;
    solved.count = 0;
    for (let j = 0; j < count; j++) {
      const e = which[j];
      if (!this.isSolved(j) && !always) continue;
      solved.which[solved.count++] = e;
      const next = e * length + Math.min(steps[e], length - 1);
      const at = e * width + last;
      observations[at] = load[next];
      observations[at + 1] = sun[next];
      observations[at + 2] = steps[e] / length;
    }
    showDevices(this.runs, solved, observations, width, nodes);
  }

  /** Voltages of all that have a solution. */
  private showVoltages(which: Int32Array, count: number): void {
    const { observer, arrays, width } = this;
    for (let j = 0; j < count; j++) if (this.isSolved(j)) observer.copyRow(j, arrays.observations, which[j] * width);
  }

  private writeInfos(j: number, e: number): void {
    const { results, arrays, days } = this;
    const { infos } = arrays;
    let at = e * INFOS;
    infos[at++] = days[e];
    infos[at++] = results.lossesKw[j];
    infos[at++] = results.sourceKw[j];
    infos[at++] = results.sourceKvar[j];
    infos[at++] = results.pvKw[j];
    infos[at++] = results.pvAvailableKw[j];
    infos[at++] = results.batteryKw[j];
    infos[at++] = results.lowestPu[j];
    infos[at++] = results.highestPu[j];
    infos[at++] = results.busesOutside[j];
    infos[at++] = results.violationPu[j];
    infos[at] = this.isSolved(j) ? 0 : 1;
  }

  snapshot(environment: number): EnvironmentState {
    const { arrays, width, frame } = this;
    const { state, environments } = frame;
    return {
      day: this.days[environment],
      step: this.steps[environment],
      devices: Array.from({ length: this.setup.layout.stateLength }, (_, k) => state[k * environments + environment]),
      observation: Array.from(arrays.observations.subarray(environment * width, (environment + 1) * width)),
      // As text, because some may be no numbers, for which JSON has no sign.
      infos: arrays.infos.subarray(environment * INFOS, (environment + 1) * INFOS).join(' '),
    };
  }

  restore(environment: number, state: EnvironmentState): void {
    const { arrays, width, frame, setup } = this;
    const { day, step, devices, observation, infos } = state;
    const { profiles, layout, definition } = setup;
    const isWhole = (value: unknown, below: number): value is number =>
      Number.isInteger(value) && (value as number) >= 0 && (value as number) < below;
    const fits = (value: unknown, length: number): value is readonly number[] => Array.isArray(value) && value.length === length;
    const info = typeof infos === 'string' ? infos.split(' ').map(Number) : [];
    if (
      !isWhole(day, profiles.days) ||
      !isWhole(step, profiles.steps + 1) ||
      !fits(devices, layout.stateLength) ||
      !fits(observation, width) ||
      !fits(info, INFOS)
    )
      throw new InputError(`this is no snapshot of ${definition.id}; take one with snapshot()`);
    this.days[environment] = day;
    this.steps[environment] = step;
    devices.forEach((value, k) => {
      frame.state[k * frame.environments + environment] = value;
    });
    this.fill(environment);
    arrays.observations.set(observation, environment * width);
    arrays.infos.set(info, environment * INFOS);
  }

  render(environment: number, form: 'text' | 'svg'): string {
    const { arrays, width, setup } = this;
    const row = arrays.observations.subarray(environment * width, (environment + 1) * width);
    const view = { setup, day: this.days[environment], step: this.steps[environment], row };
    return form === 'svg' ? renderSvg(view) : renderText(view);
  }
}
