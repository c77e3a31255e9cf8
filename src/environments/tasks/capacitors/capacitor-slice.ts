/** Environments of the capacitor tasks, solved side by side in lanes. */
import { checkKeys, describeValue, InputError } from '../../../grid/index.js';
import { oneLineSvg } from '../../../visualization/index.js';
import type { EnvironmentState, ResetOptions, SliceArrays, TaskSlice } from '../../task.js';
import type { CapacitorGroup, CapacitorLanes } from './capacitor-lanes.js';
import { CAPACITORS, type CapacitorGrids, LOADS, MASKS, REGULATORS, TAP_PU } from './circuit.js';
import { checkMask, checkRow, drawScenario, rowOfEpisode, SCENARIO_WORDS, type ScenarioTable } from './scenarios.js';

/** What a slice is made of. */
export interface CapacitorSettings {
  /** Name of the task, for messages. */
  readonly id: string;
  readonly lanes: CapacitorLanes;
  readonly grids: CapacitorGrids;
  readonly bandPu: readonly [number, number];
  /** Serious: with an action to stop, a price on voltage, regulators that act, and no end at a loss. */
  readonly serious: boolean;
  /** Watt per pu that a bus's voltage is out of band, summed over buses; 0 in the published task. */
  readonly voltagePriceW: number;
  /** One action names the states of all capacitors, and the episode ends. Not together with `serious`. */
  readonly once: boolean;
  /** What episodes begin with; undefined where that is drawn. */
  readonly table: ScenarioTable | undefined;
}

/** Reward of a step whose power flow has no solution, watt; the episode ends. */
export const FAILED_REWARD = -100_000;

export const INFO_NAMES: readonly string[] = ['lossKw', 'mask', 'voltageOutsidePu', 'lowestPu', 'highestPu', 'steps', 'powerFlowFailed'];

const ALL_USED = MASKS - 1;

/** Numbers of an observation: mean voltage of each bus, kvar of each capacitor, and in the serious task the position of each regulator. */
export function observationWidth(buses: number, serious: boolean): number {
  return buses + CAPACITORS.length + (serious ? REGULATORS.length : 0);
}

export class CapacitorSlice implements TaskSlice {
  kernelSeconds = 0;
  private readonly width: number;
  private readonly choices: number;
  /** [environment][load] */
  private readonly multipliers: Float64Array;
  /** [environment]: capacitors closed, and those toggled in this episode (`once`: 1 after the action). */
  private readonly masks: Uint8Array;
  private readonly used: Uint8Array;
  /** [environment]: what the reward is the fall of, watt. */
  private readonly objective: Float64Array;
  private readonly words = new Uint32Array(SCENARIO_WORDS);
  /** [capacitor]: its nodes among those observed, and kvar of one phase at 1 pu of the bus's base. */
  private readonly nodes: readonly (readonly number[])[];
  private readonly kvar: readonly number[];
  /** The environments of a step whose power flow is wanted: those that do not stop. */
  private readonly listed: Int32Array;

  constructor(
    private readonly arrays: SliceArrays,
    private readonly settings: CapacitorSettings,
  ) {
    const environments = arrays.rewards.length;
    const { lanes, serious, grids } = settings;
    const { observer } = lanes.groups[0];
    this.width = observationWidth(observer.busNames.length, serious);
    this.choices = CAPACITORS.length + (serious ? 1 : 0);
    this.multipliers = new Float64Array(environments * LOADS);
    this.masks = new Uint8Array(environments);
    this.used = new Uint8Array(environments);
    this.objective = new Float64Array(environments);
    this.listed = new Int32Array(environments);
    const banks = CAPACITORS.map((name) => grids.open.require('capacitor', name));
    this.nodes = banks.map(({ terminals: [{ bus, nodes }], phases }) =>
      nodes.slice(0, phases).map((node) => {
        const at = observer.nodeNames.indexOf(`${bus}.${node}`);
        if (at < 0) throw new InputError(`the capacitor at ${bus}.${node} has no voltage that is observed`);
        return at;
      }),
    );
    this.kvar = banks.map(({ terminals: [{ bus }], phases, kv, steps }) => {
      const rated = phases === 1 ? kv : kv / Math.sqrt(3);
      const base = grids.open.buses.get(bus)?.baseKv ?? rated;
      return (-steps[0].kvar / phases) * (base / rated) ** 2;
    });
  }

  reset(which: Int32Array, count: number, options?: ResetOptions): void {
    const { arrays, settings, multipliers, masks } = this;
    const { row, mask } = resetOptions(settings.id, options);
    for (let j = 0; j < count; j++) {
      const environment = which[j];
      this.draw(environment, arrays.seeds[environment], arrays.episodes[environment]);
      if (row) multipliers.set(row, environment * LOADS);
      if (mask !== undefined) masks[environment] = mask;
      this.used[environment] = 0;
    }
    this.solve(which, count);
    for (const group of settings.lanes.groups) {
      for (let lane = 0; lane < group.count; lane++) {
        const environment = group.rows[lane];
        if (settings.lanes.isSolved(group, lane)) {
          this.objective[environment] = this.objectiveOf(group, lane);
          this.observe(environment, group, lane);
          this.writeInfos(environment, group, lane);
          arrays.costs[environment] = 0;
        } else {
          this.objective[environment] = 0;
          arrays.observations.fill(0, environment * this.width, (environment + 1) * this.width);
          this.writeFailure(environment);
        }
        this.writeMasks(environment);
      }
    }
  }

  step(which: Int32Array, count: number): void {
    const { arrays, settings, masks, used, listed } = this;
    if (settings.once) {
      this.stepOnce(which, count);
      return;
    }
    let toggling = 0;
    for (let j = 0; j < count; j++) {
      const environment = which[j];
      const action = arrays.actions[environment];
      arrays.truncations[environment] = 0;
      arrays.terminations[environment] = 0;
      if (action === CAPACITORS.length) {
        // Nothing changes, and what was observed stays as it was.
        arrays.rewards[environment] = 0;
        arrays.costs[environment] = arrays.infos[environment * INFO_NAMES.length + 2] || 0;
        arrays.terminations[environment] = 1;
        continue;
      }
      const bit = 1 << action;
      if ((used[environment] & bit) !== 0) throw new InputError(`${settings.id}: ${CAPACITORS[action]} has been toggled in this episode already`);
      masks[environment] ^= bit;
      used[environment] |= bit;
      listed[toggling++] = environment;
    }
    if (toggling > 0) this.settle(listed, toggling);
  }

  /** The step of the task that names states: each environment listed has its action's, and its episode ends. */
  private stepOnce(which: Int32Array, count: number): void {
    const { arrays, masks, used } = this;
    for (let j = 0; j < count; j++) {
      const environment = which[j];
      masks[environment] = arrays.actions[environment];
      used[environment] = 1;
      arrays.truncations[environment] = 0;
      arrays.terminations[environment] = 1;
    }
    this.settle(which, count);
  }

  /** Solves the environments listed with their capacitors as they now are, and writes what came of it. */
  private settle(which: Int32Array, count: number): void {
    const { arrays, settings, used } = this;
    const { serious, once, lanes } = settings;
    this.solve(which, count);
    for (const group of lanes.groups) {
      for (let lane = 0; lane < group.count; lane++) {
        const environment = group.rows[lane];
        this.writeMasks(environment);
        // Where there was no loss to begin with, none can have fallen.
        const hasBegun = !once || arrays.infos[environment * INFO_NAMES.length + 6] !== 1;
        if (!lanes.isSolved(group, lane) || !hasBegun) {
          arrays.rewards[environment] = FAILED_REWARD;
          arrays.terminations[environment] = 1;
          this.writeFailure(environment);
          continue;
        }
        const objective = this.objectiveOf(group, lane);
        const reward = this.objective[environment] - objective;
        this.objective[environment] = objective;
        arrays.rewards[environment] = reward;
        if (once || used[environment] === ALL_USED || (!serious && reward < 0)) arrays.terminations[environment] = 1;
        this.observe(environment, group, lane);
        this.writeInfos(environment, group, lane);
      }
    }
  }

  /** The scenario with which an episode begins. */
  private draw(environment: number, seed: number, episode: number): void {
    const { multipliers, masks, words, settings } = this;
    const { table } = settings;
    const at = environment * LOADS;
    masks[environment] = drawScenario(seed, episode, multipliers, at, words);
    if (!table) return;
    const row = rowOfEpisode(table.count, seed, episode);
    multipliers.set(table.multipliers.subarray(row * LOADS, (row + 1) * LOADS), at);
    if (table.masks) masks[environment] = table.masks[row];
  }

  private solve(which: Int32Array, count: number): void {
    this.settings.lanes.solve(which, count, this.multipliers, this.masks);
    this.kernelSeconds = this.settings.lanes.kernelSeconds;
  }

  private objectiveOf({ observer }: CapacitorGroup, lane: number): number {
    return observer.lossesW[lane] + this.settings.voltagePriceW * (observer.abovePu[lane] + observer.belowPu[lane]);
  }

  private observe(environment: number, { observer, taps }: CapacitorGroup, lane: number): void {
    const { nodes, kvar, masks, settings } = this;
    const { observations } = this.arrays;
    let at = environment * this.width;
    observer.copyRow(lane, observations, at);
    at += observer.busNames.length;
    const first = observer.magnitudeIndex(0, lane);
    const stride = settings.lanes.width;
    for (let k = 0; k < kvar.length; k++) {
      let sum = 0;
      if (((masks[environment] >> k) & 1) !== 0) {
        for (const node of nodes[k]) {
          const pu = observer.magnitudes[first + node * stride];
          sum += kvar[k] * pu * pu;
        }
      }
      observations[at++] = sum;
    }
    if (settings.serious) for (const tap of taps) observations[at++] = Math.round((tap[lane] - 1) / TAP_PU);
  }

  private writeInfos(environment: number, { observer }: CapacitorGroup, lane: number): void {
    const { infos } = this.arrays;
    const outside = observer.abovePu[lane] + observer.belowPu[lane];
    this.arrays.costs[environment] = outside;
    let at = environment * INFO_NAMES.length;
    infos[at++] = observer.lossesW[lane] / 1000;
    infos[at++] = this.masks[environment];
    infos[at++] = outside;
    infos[at++] = observer.lowestPu[lane];
    infos[at++] = observer.highestPu[lane];
    infos[at++] = this.toggled(environment);
    infos[at++] = 0;
  }

  private writeFailure(environment: number): void {
    const { infos } = this.arrays;
    const at = environment * INFO_NAMES.length;
    infos.fill(Number.NaN, at, at + INFO_NAMES.length);
    infos[at + 1] = this.masks[environment];
    infos[at + 5] = this.toggled(environment);
    infos[at + 6] = 1;
    this.arrays.costs[environment] = 0;
  }

  private toggled(environment: number): number {
    let count = 0;
    for (let left = this.used[environment]; left > 0; left >>= 1) count += left & 1;
    return count;
  }

  private writeMasks(environment: number): void {
    if (this.settings.once) return;
    const { masks } = this.arrays;
    const at = environment * this.choices;
    for (let k = 0; k < CAPACITORS.length; k++) masks[at + k] = (this.used[environment] >> k) & 1 ? 0 : 1;
    if (this.settings.serious) masks[at + CAPACITORS.length] = 1;
  }

  snapshot(environment: number): EnvironmentState {
    const { arrays, width } = this;
    const infos = arrays.infos.subarray(environment * INFO_NAMES.length, (environment + 1) * INFO_NAMES.length);
    return {
      multipliers: Array.from(this.multipliers.subarray(environment * LOADS, (environment + 1) * LOADS)),
      mask: this.masks[environment],
      used: this.used[environment],
      objective: this.objective[environment],
      observation: Array.from(arrays.observations.subarray(environment * width, (environment + 1) * width)),
      // NaN has no place in JSON.
      infos: Array.from(infos, String).join(' '),
      cost: arrays.costs[environment],
    };
  }

  restore(environment: number, state: EnvironmentState): void {
    const { id } = this.settings;
    const numbers = (name: string): readonly number[] => {
      const value = state[name];
      if (!Array.isArray(value)) throw new InputError(`a state of ${id} has ${name} as numbers, not ${describeValue(value)}`);
      return value;
    };
    this.multipliers.set(numbers('multipliers'), environment * LOADS);
    this.masks[environment] = Number(state.mask);
    this.used[environment] = Number(state.used);
    this.objective[environment] = Number(state.objective);
    this.arrays.observations.set(numbers('observation'), environment * this.width);
    this.arrays.infos.set(String(state.infos).split(' ').map(Number), environment * INFO_NAMES.length);
    this.arrays.costs[environment] = Number(state.cost);
    this.writeMasks(environment);
  }

  render(environment: number, form: 'text' | 'svg'): string {
    const { arrays, settings, width, masks, used } = this;
    const { observer } = settings.lanes.groups[0];
    const voltagePu = arrays.observations.subarray(environment * width, environment * width + observer.busNames.length);
    const [lossKw, , outside, lowest, highest, toggled, failed] = arrays.infos.subarray(environment * INFO_NAMES.length);
    const states = CAPACITORS.map((name, k) => {
      const closed = ((masks[environment] >> k) & 1) !== 0;
      const isToggled = !settings.once && ((used[environment] >> k) & 1) !== 0;
      return `${name} ${closed ? 'closed' : 'open'}${isToggled ? ' (toggled)' : ''}`;
    });
    const notes = [
      failed === 1
        ? `the power flow has no solution; step ${toggled}`
        : `losses ${lossKw.toFixed(4)} kW, voltages ${lowest.toFixed(4)} to ${highest.toFixed(4)} pu, out of band by ${outside.toFixed(4)} pu in all; step ${toggled}`,
      states.join(', '),
    ];
    if (form === 'text') return [settings.id, ...notes].join('\n');
    const { grids, bandPu } = settings;
    const place = new Map(observer.busNames.map((bus, k) => [bus, k]));
    const branches = [...grids.open.elementsOf('line'), ...grids.open.elementsOf('transformer')].flatMap((element) => {
      const ends = (element.kind === 'line' ? element.terminals : element.windings.map(({ terminal }) => terminal)).map(({ bus }) => place.get(bus));
      return element.enabled && ends[0] !== undefined && ends[1] !== undefined ? [[ends[0], ends[1]] as const] : [];
    });
    const labels = new Map(CAPACITORS.map((_, k) => [place.get(grids.open.require('capacitor', CAPACITORS[k]).terminals[0].bus) ?? -1, states[k]]));
    return oneLineSvg({ title: settings.id, notes, buses: observer.busNames, branches, voltagePu, bandPu, labels });
  }
}

/** Options of a reset: loads and capacitors to start from. Throws InputError for what is none. */
function resetOptions(id: string, options: ResetOptions = {}): { row?: readonly number[]; mask?: number } {
  checkKeys(id, 'reset option', options, ['row', 'mask']);
  const { row, mask } = options;
  if (row !== undefined) checkRow(`${id}: row`, row);
  if (mask !== undefined) checkMask(`${id}: mask`, mask);
  return { row: row as readonly number[] | undefined, mask: mask as number | undefined };
}
