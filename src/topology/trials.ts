/** Look-ahead: what many candidate actions would come to, each tried in a lane of its own by the very step that would follow. */
import { describeValue, InputError } from '../grid/index.js';
import type { BackendName } from '../powerflow/index.js';
import { observationNames } from './observer.js';
import { INFO_NAMES, type TopologyArrays, type TopologySettings } from './settings.js';
import { TopologySimulation } from './simulation.js';
import type { StateRecord } from './state.js';

/** Candidates tried at once; more are tried in parts. */
const MOST_LANES = 512;
/** From this loading on the yardstick `greedy` looks for something better than doing nothing. */
export const RISKY_LOADING = 0.9;

/** What candidates come to, a number each; `count` of them count. Arrays are written again by the next look-ahead. */
export interface TopologyOutcomes {
  readonly count: number;
  readonly rewards: Float64Array;
  /** 1 where the episode would end by a blackout. */
  readonly terminations: Uint8Array;
  /** Highest loading of any line; NaN after a blackout. */
  readonly maxLoading: Float64Array;
  /** [candidate][observation]. */
  readonly observations: Float32Array;
  /** [candidate][info], as TOPOLOGY_INFOS. */
  readonly infos: Float64Array;
}

/** Tries actions from states. Its lanes are its own; environments that run elsewhere are not touched. */
export class TopologyTrials {
  /** Lanes, one of them for the state from which trials start. */
  readonly lanes: number;
  private readonly simulation: TopologySimulation;
  private readonly arrays: TopologyArrays;
  private readonly which: Int32Array;
  private rewards: Float64Array;
  private terminations: Uint8Array;
  private maxLoading: Float64Array;
  private observations: Float32Array;
  private infos: Float64Array;
  private readonly width: number;

  /** @param backend whose kernels; no result depends on it */
  constructor(
    private readonly settings: TopologySettings,
    backend: BackendName = 'auto',
  ) {
    const lanes = Math.min(MOST_LANES, settings.choices.count) + 1;
    const width = observationNames(settings).length;
    this.lanes = lanes;
    this.width = width;
    this.arrays = {
      actions: new Float64Array(lanes),
      observations: new Float32Array(lanes * width),
      rewards: new Float64Array(lanes),
      terminations: new Uint8Array(lanes),
      truncations: new Uint8Array(lanes),
      costs: new Float64Array(lanes),
      infos: new Float64Array(lanes * INFO_NAMES.length),
      masks: new Uint8Array(lanes * settings.choices.count),
      seeds: new Float64Array(lanes),
      episodes: new Uint32Array(lanes),
    };
    this.simulation = new TopologySimulation(settings, this.arrays, backend);
    this.which = Int32Array.from({ length: lanes - 1 }, (_, k) => k + 1);
    this.rewards = new Float64Array(lanes);
    this.terminations = new Uint8Array(lanes);
    this.maxLoading = new Float64Array(lanes);
    this.observations = new Float32Array(lanes * width);
    this.infos = new Float64Array(lanes * INFO_NAMES.length);
  }

  /** Seconds spent in kernels. */
  get kernelSeconds(): number {
    return this.simulation.kernelSeconds;
  }

  /**
   * What each of the actions would come to in the next step from a state: to the last bit what `step` then gives.
   *
   * @param state the task's part of a snapshot (`vector.snapshot(i).state`), with seed and episode of the same snapshot
   * @throws InputError for a state that is none, or an action that is no choice
   */
  simulate(state: StateRecord, seed: number, episode: number, actions: ArrayLike<number>): TopologyOutcomes {
    this.place(state, seed, episode);
    return this.tryAll(actions);
  }

  /** The same from an environment of a running simulation of the same settings. */
  simulateFrom(source: TopologySimulation, i: number, actions: ArrayLike<number>): TopologyOutcomes {
    this.arrays.seeds[0] = source.arrays.seeds[i];
    this.arrays.episodes[0] = source.arrays.episodes[i];
    this.simulation.copy(0, source, i);
    return this.tryAll(actions);
  }

  private place(state: StateRecord, seed: number, episode: number): void {
    if (typeof state !== 'object' || state === null) throw new InputError(`the state is ${describeValue(state)}; give that of a snapshot`);
    if (!Number.isSafeInteger(seed) || seed < 0) throw new InputError(`the seed is ${describeValue(seed)}; it must be a whole number of 0 or more`);
    if (!Number.isInteger(episode) || episode < 0 || episode >= 2 ** 32)
      throw new InputError(`the episode is ${describeValue(episode)}; it must be a whole number of 0 or more`);
    this.arrays.seeds[0] = seed;
    this.arrays.episodes[0] = episode;
    this.simulation.restore(0, state);
  }

  private tryAll(actions: ArrayLike<number>): TopologyOutcomes {
    const { arrays, simulation, which, settings, width } = this;
    if (typeof actions !== 'object' || actions === null || typeof actions.length !== 'number')
      throw new InputError(`the candidates are ${describeValue(actions)}; give an array of choices`);
    const count = actions.length;
    for (let k = 0; k < count; k++) {
      if (!(Number.isInteger(actions[k]) && actions[k] >= 0 && actions[k] < settings.choices.count))
        throw new InputError(`candidate ${k} is ${describeValue(actions[k])}; it must be a whole number from 0 to ${settings.choices.count - 1}`);
    }
    if (this.rewards.length < count) this.grow(count);
    for (let from = 0; from < count; from += which.length) {
      const part = Math.min(which.length, count - from);
      simulation.spread(0, which, part);
      for (let k = 0; k < part; k++) arrays.actions[which[k]] = actions[from + k];
      simulation.step(which, part);
      for (let k = 0; k < part; k++) {
        this.rewards[from + k] = arrays.rewards[which[k]];
        this.terminations[from + k] = arrays.terminations[which[k]];
        this.maxLoading[from + k] = arrays.infos[which[k] * INFO_NAMES.length];
      }
      this.observations.set(arrays.observations.subarray(width, (part + 1) * width), from * width);
      this.infos.set(arrays.infos.subarray(INFO_NAMES.length, (part + 1) * INFO_NAMES.length), from * INFO_NAMES.length);
    }
    const { rewards, terminations, maxLoading, observations, infos } = this;
    return { count, rewards, terminations, maxLoading, observations, infos };
  }

  private grow(count: number): void {
    this.rewards = new Float64Array(count);
    this.terminations = new Uint8Array(count);
    this.maxLoading = new Float64Array(count);
    this.observations = new Float32Array(count * this.width);
    this.infos = new Float64Array(count * INFO_NAMES.length);
  }

  /**
   * The best choice of a state: nothing where that keeps every loading below `risky`; else of all legal choices the one with the greatest reward of the next step, of
   * equals the one with the lowest highest loading, of equals the first.
   */
  best(state: StateRecord, seed: number, episode: number, risky: number): number {
    this.place(state, seed, episode);
    const nothing = this.tryAll([0]);
    if (nothing.terminations[0] === 0 && nothing.maxLoading[0] < risky) return 0;
    this.simulation.writeMasks(0);
    const legal: number[] = [];
    for (let choice = 0; choice < this.settings.choices.count; choice++) if (this.arrays.masks[choice] === 1) legal.push(choice);
    const { rewards, terminations, maxLoading } = this.tryAll(legal);
    let best = 0;
    for (let k = 1; k < legal.length; k++) {
      const isWorse = terminations[k] - terminations[best] || rewards[best] - rewards[k];
      if (isWorse < 0 || (isWorse === 0 && maxLoading[k] < maxLoading[best])) best = k;
    }
    return legal[best];
  }
}
