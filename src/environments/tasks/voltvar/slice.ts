/**
 * Running Volt-VAR environments. The state of an environment is a few numbers a device and its hour; scenario j of the batch is the j-th environment listed, so that nothing
 * that is computed depends on what the batch held before.
 */
import { describeValue, InputError } from '../../../grid/index.js';
import { RandomStream } from '../../../numeric/index.js';
import type { EnvironmentState, ResetOptions, SliceArrays, SliceOptions, TaskSlice } from '../../task.js';
import { powerOfLevel, powerOfShare, storedAfter, wholeKwh } from './batteries.js';
import { DeviceState, rowOf } from './device-state.js';
import { type Flow, hasFailed, makeFlow } from './flow.js';
import { HOURS } from './load-days.js';
import { renderSvg, renderText, type VoltVarView } from './render.js';
import { tapPosition, tapPu, type VoltVarSetup } from './setup.js';

/** Names of the infos, in order. */
export const INFO_NAMES = [
  'episode',
  'lossesKw',
  'sourceKw',
  'sourceKvar',
  'rewardPowerLoss',
  'rewardVoltage',
  'rewardControl',
  'lowestVoltagePu',
  'highestVoltagePu',
  'powerFlowFailed',
] as const;
const INFOS = INFO_NAMES.length;

/** Names of the costs: buses with a voltage outside 0.95 to 1.05 pu. */
export const COST_NAMES = ['busesOutside'] as const;

/** A slice of a Volt-VAR task. */
export class VoltVarSlice implements TaskSlice {
  /** Seconds in solutions and in looking at them, both of which are done by kernels but for the meters of batteries. */
  kernelSeconds = 0;
  private readonly arrays: SliceArrays;
  private readonly flow: Flow;
  /** Without controls, for the first observation of episodes in which they act. */
  private resetFlow: Flow | undefined;
  private readonly actionLength: number;
  private readonly observationLength: number;
  private readonly state: DeviceState;
  /** Columns of the scenarios being solved. */
  private readonly rows: Int32Array;
  private readonly column: Float64Array;
  private readonly kw: readonly Float64Array[];
  private readonly kvar: Float64Array;
  private readonly demandKw: Float64Array;
  private readonly switching: Float64Array;
  private readonly discharge: Float64Array;

  /** Throws GridError where the feeder has no power flow. */
  constructor(
    private readonly setup: VoltVarSetup,
    private readonly options: SliceOptions,
  ) {
    const { environments, arrays } = options;
    const { capacitors, regulators, batteries, nodes, loads, variant } = setup;
    this.arrays = arrays;
    this.actionLength = capacitors.length + regulators.length + batteries.length;
    this.observationLength = nodes.length + capacitors.length + regulators.length + 2 * batteries.length + (variant.observeLoads ? loads.length : 0);
    this.flow = makeFlow(setup, options, variant.control === 'native');
    const numbers = (): Float64Array => new Float64Array(environments);
    const integers = (): Int32Array => new Int32Array(environments);
    this.state = new DeviceState(setup, environments);
    this.rows = integers();
    this.column = numbers();
    this.kw = batteries.map(numbers);
    this.kvar = numbers();
    this.demandKw = numbers();
    this.switching = numbers();
    this.discharge = numbers();
  }

  reset(which: Int32Array, count: number, options?: ResetOptions): void {
    const { setup, arrays, state, column, rows } = this;
    const { drawn } = setup;
    const chosen = this.chosenDay(options);
    if (count === 0) return;
    for (let j = 0; j < count; j++) {
      const e = which[j];
      state.begin(e, chosen ?? drawn[new RandomStream(arrays.seeds[e], arrays.episodes[e], 'voltvar-day').integer(drawn.length)]);
      rows[j] = HOURS * state.days[e] + setup.resetHour;
    }
    if (setup.variant.control === 'native') this.resetFlow ??= makeFlow(this.setup, this.options, false);
    const flow = this.resetFlow ?? this.flow;
    const { batch } = flow;
    batch.use(count);
    for (const name of setup.capacitors) batch.setCapacitorSteps(name, column.fill(1, 0, count));
    setup.regulators.forEach((name, r) => {
      batch.setTaps(name, column.fill(tapPu(setup.startPositions[r]), 0, count));
    });
    for (const place of flow.batteries) batch.setPowers(place, column.fill(0, 0, count), column);
    this.solve(flow, count);
    this.writeVoltages(flow, which, count);
    for (let j = 0; j < count; j++) {
      const e = which[j];
      const failed = hasFailed(flow, j);
      if (failed) arrays.observations.fill(0, e * this.observationLength, (e + 1) * this.observationLength);
      else this.writeDevices(e);
      arrays.costs[e] = 0;
      this.writeInfos(flow, j, e, Number.NaN, Number.NaN, Number.NaN, failed);
    }
  }

  private chosenDay(options: ResetOptions | undefined): number | undefined {
    for (const name of Object.keys(options ?? {}))
      if (name !== 'episode') throw new InputError(`${describeValue(name)} is no option of a reset of ${this.setup.system.id}; there is episode`);
    const episode = options?.episode;
    if (episode === undefined) return undefined;
    const { days } = this.setup.days;
    if (!(typeof episode === 'number' && Number.isInteger(episode) && episode >= 0 && episode < days))
      throw new InputError(`the episode is ${describeValue(episode)}; give a whole number from 0 to ${days - 1}`);
    return episode;
  }

  step(which: Int32Array, count: number): void {
    if (count === 0) return;
    const { setup, flow, rows } = this;
    const { hours, days } = this.state;
    flow.batch.use(count);
    this.switching.fill(0, 0, count);
    this.discharge.fill(0, 0, count);
    for (let j = 0; j < count; j++) {
      const e = which[j];
      rows[j] = HOURS * days[e] + (hours[e] % HOURS);
    }
    if (setup.variant.control === 'native') this.setStarts(which, count);
    else {
      this.orderCapacitors(which, count);
      this.orderRegulators(which, count);
      this.orderBatteries(which, count);
    }
    this.solve(flow, count);
    if (setup.variant.control === 'native') this.readControls(which, count);
    this.settle(which, count);
  }

  /** Capacitors as ordered; what switching costs. */
  private orderCapacitors(which: Int32Array, count: number): void {
    const { setup, flow, column, switching, actionLength } = this;
    const { actions } = this.arrays;
    const { capacitor } = setup.weights;
    for (let c = 0; c < setup.capacitors.length; c++) {
      const own = this.state.closed[c];
      for (let j = 0; j < count; j++) {
        const e = which[j];
        const ordered = actions[e * actionLength + c];
        switching[j] += capacitor * Math.abs(ordered - own[e]);
        own[e] = ordered;
        column[j] = ordered;
      }
      flow.batch.setCapacitorSteps(setup.capacitors[c], column);
    }
  }

  private orderRegulators(which: Int32Array, count: number): void {
    const { setup, flow, column, switching, actionLength } = this;
    const { actions } = this.arrays;
    const { regulator } = setup.weights;
    const first = setup.capacitors.length;
    for (let r = 0; r < setup.regulators.length; r++) {
      const own = this.state.positions[r];
      for (let j = 0; j < count; j++) {
        const e = which[j];
        const ordered = actions[e * actionLength + first + r];
        switching[j] += regulator * Math.abs(ordered - own[e]);
        own[e] = ordered;
        column[j] = tapPu(ordered);
      }
      flow.batch.setTaps(setup.regulators[r], column);
    }
  }

  private orderBatteries(which: Int32Array, count: number): void {
    const { setup, flow, kvar, discharge, actionLength } = this;
    const { actions } = this.arrays;
    const { continuousBatteries, rules } = setup.variant;
    const isCorrected = rules === 'corrected';
    const first = setup.capacitors.length + setup.regulators.length;
    for (let b = 0; b < setup.batteries.length; b++) {
      const { maxKw, maxKwh, kvarPerKw } = setup.batteries[b];
      const [stored, kw] = [this.state.storedKwh[b], this.kw[b]];
      for (let j = 0; j < count; j++) {
        const e = which[j];
        const ordered = actions[e * actionLength + first + b];
        let power: number;
        if (continuousBatteries) power = powerOfShare(isCorrected ? ordered : Math.fround(ordered), stored[e], maxKw, maxKwh);
        else {
          power = powerOfLevel(ordered, stored[e], maxKw, maxKwh);
          // Levels are taken back to a hair of what there is.
          if (isCorrected) power = Math.min(stored[e], Math.max(stored[e] - maxKwh, power));
        }
        kw[j] = power;
        kvar[j] = power * kvarPerKw;
        if (power > 0) discharge[j] += power / maxKw;
      }
      flow.batch.setPowers(flow.batteries[b], kw, kvar);
    }
  }

  /** What controls start from. */
  private setStarts(which: Int32Array, count: number): void {
    const { setup, flow, column } = this;
    setup.capacitors.forEach((name, c) => {
      for (let j = 0; j < count; j++) column[j] = this.state.closed[c][which[j]];
      flow.batch.setCapacitorSteps(name, column);
    });
    setup.regulators.forEach((name, r) => {
      for (let j = 0; j < count; j++) column[j] = tapPu(this.state.positions[r][which[j]]);
      flow.batch.setTaps(name, column);
    });
  }

  /** What controls have done, and what it costs. */
  private readControls(which: Int32Array, count: number): void {
    const { setup, flow, switching } = this;
    const controlled = new Set(setup.grid.controlsOf('capcontrol').map((control) => control.capacitor));
    setup.capacitors.forEach((name, c) => {
      if (!controlled.has(name)) return;
      const steps = flow.batch.capacitorSteps(name);
      for (let j = 0; j < count; j++) {
        if (hasFailed(flow, j)) continue;
        switching[j] += setup.weights.capacitor * Math.abs(steps[j] - this.state.closed[c][which[j]]);
        this.state.closed[c][which[j]] = steps[j];
      }
    });
    setup.regulators.forEach((name, r) => {
      const taps = flow.batch.taps(name);
      for (let j = 0; j < count; j++) {
        if (hasFailed(flow, j)) continue;
        const position = tapPosition(taps[j]);
        switching[j] += setup.weights.regulator * Math.abs(position - this.state.positions[r][which[j]]);
        this.state.positions[r][which[j]] = position;
      }
    });
  }

  /** Loads of the rows, power flow, a look at it. */
  private solve(flow: Flow, count: number): void {
    const { batch, observer, loads } = flow;
    const { rows, column, demandKw, setup } = this;
    const { values, first } = setup.days;
    const isCorrected = setup.variant.rules === 'corrected';
    if (isCorrected) demandKw.fill(0, 0, count);
    for (let i = 0; i < loads.length; i++) {
      const from = first[i];
      for (let j = 0; j < count; j++) column[j] = values[from + rows[j]];
      batch.scalePowers(loads[i], column);
      if (isCorrected) for (let j = 0; j < count; j++) demandKw[j] += setup.loadKw[i] * column[j];
    }
    const begin = performance.now();
    batch.solve();
    observer.observe();
    this.kernelSeconds += (performance.now() - begin) / 1000;
  }

  /** Energy, rewards, endings and observations after a solution. */
  private settle(which: Int32Array, count: number): void {
    const { setup, flow, arrays, switching, discharge } = this;
    const { hours, storedKwh, deliveredKw } = this.state;
    const { observer } = flow;
    const { weights, variant, batteries } = setup;
    const isCorrected = variant.rules === 'corrected';
    this.writeVoltages(flow, which, count);
    for (let j = 0; j < count; j++) {
      const e = which[j];
      hours[e] += 1;
      const isLast = hours[e] >= HOURS;
      if (hasFailed(flow, j)) {
        arrays.rewards[e] = setup.failureReward;
        arrays.terminations[e] = 1;
        arrays.truncations[e] = 0;
        arrays.costs[e] = setup.buses.length;
        this.writeInfos(flow, j, e, Number.NaN, Number.NaN, Number.NaN, true);
        continue;
      }
      let depletion = 0;
      for (let b = 0; b < batteries.length; b++) {
        const { maxKwh } = batteries[b];
        const delivered = observer.meterKw[b][j] + 0;
        const left = storedAfter(storedKwh[b][e], delivered, maxKwh);
        const kept = isCorrected ? left : wholeKwh(left);
        storedKwh[b][e] = kept;
        deliveredKw[b][e] = delivered;
        depletion += Math.abs(kept / maxKwh - 1);
      }
      const over = isCorrected ? this.demandKw[j] * 1000 : observer.sourceW[j];
      const share = over === 0 ? 0 : observer.lossesW[j] / over;
      // Taken from 0, so that nothing is -0.
      const powerLoss = 0 - weights.power * (isCorrected ? share : Math.min(1, Math.max(0, share)));
      const voltage = 0 - (observer.abovePu[j] + observer.belowPu[j]);
      const control = 0 - (switching[j] + weights.discharge * discharge[j] + (isLast ? weights.soc * depletion : 0));
      arrays.rewards[e] = powerLoss + voltage + control;
      arrays.terminations[e] = isLast && !isCorrected ? 1 : 0;
      arrays.truncations[e] = isLast && isCorrected ? 1 : 0;
      arrays.costs[e] = observer.busesOutside[j];
      this.writeDevices(e);
      this.writeInfos(flow, j, e, powerLoss, voltage, control, false);
    }
  }

  /** Voltages of all that have a solution. */
  private writeVoltages(flow: Flow, which: Int32Array, count: number): void {
    const { observations } = this.arrays;
    for (let j = 0; j < count; j++) if (!hasFailed(flow, j)) flow.observer.copyRow(j, observations, which[j] * this.observationLength);
  }

  /** All but the voltages. */
  private writeDevices(e: number): void {
    const { setup, arrays } = this;
    const { positions, closed, storedKwh, deliveredKw } = this.state;
    const { observations } = arrays;
    let at = e * this.observationLength + setup.nodes.length;
    for (let c = 0; c < closed.length; c++) observations[at++] = closed[c][e];
    for (let r = 0; r < positions.length; r++) observations[at++] = tapPu(positions[r][e]);
    for (let b = 0; b < storedKwh.length; b++) {
      const { maxKwh, maxKw } = setup.batteries[b];
      observations[at++] = storedKwh[b][e] / maxKwh;
      observations[at++] = deliveredKw[b][e] / maxKw;
    }
    if (!setup.variant.observeLoads) return;
    const { values, first } = setup.days;
    const row = HOURS * this.state.days[e] + (this.state.hours[e] % HOURS);
    for (let i = 0; i < first.length; i++) observations[at++] = values[first[i] + row];
  }

  private writeInfos({ observer }: Flow, j: number, e: number, powerLoss: number, voltage: number, control: number, failed: boolean): void {
    const { infos } = this.arrays;
    let at = e * INFOS;
    infos[at++] = this.state.days[e];
    infos[at++] = observer.lossesW[j] / 1000;
    infos[at++] = observer.sourceW[j] / 1000;
    infos[at++] = observer.sourceVar[j] / 1000;
    infos[at++] = powerLoss;
    infos[at++] = voltage;
    infos[at++] = control;
    infos[at++] = observer.lowestPu[j];
    infos[at++] = observer.highestPu[j];
    infos[at] = failed ? 1 : 0;
  }

  snapshot(environment: number): EnvironmentState {
    const { arrays, observationLength } = this;
    return {
      ...this.state.read(environment),
      observation: Array.from(arrays.observations.subarray(environment * observationLength, (environment + 1) * observationLength)),
      // As text, because some are no numbers, for which JSON has no sign.
      infos: arrays.infos.subarray(environment * INFOS, (environment + 1) * INFOS).join(' '),
    };
  }

  restore(environment: number, state: EnvironmentState): void {
    const { arrays, observationLength } = this;
    const observation = rowOf(state.observation, observationLength);
    const infos = rowOf(String(state.infos).split(' ').map(Number), INFOS);
    if (!observation || !infos) throw new InputError(`this is no snapshot of ${this.setup.system.id}; take one with snapshot()`);
    this.state.write(environment, state);
    arrays.observations.set(observation, environment * observationLength);
    arrays.infos.set(infos, environment * INFOS);
  }

  render(environment: number, form: 'text' | 'svg'): string {
    const { setup, arrays, observationLength, state } = this;
    const first = environment * observationLength;
    const view: VoltVarView = {
      day: state.days[environment],
      hour: state.hours[environment],
      capacitors: state.closed.map((column) => column[environment]),
      positions: state.positions.map((column) => column[environment]),
      storedKwh: state.storedKwh.map((column) => column[environment]),
      deliveredKw: state.deliveredKw.map((column) => column[environment]),
      voltagesPu: arrays.observations.subarray(first, first + setup.nodes.length),
    };
    return form === 'svg' ? renderSvg(setup, view) : renderText(setup, view);
  }
}
