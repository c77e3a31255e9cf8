/**
 * A task whose best course can be computed: devices with levels, each to follow a target of its own that differs from step to step; moving costs. Also one with
 * toggles that can be used once each. Importing this registers both, in worker threads too.
 */
import {
  Box,
  Discrete,
  type EnvironmentState,
  MultiDiscrete,
  registerTask,
  type SliceOptions,
  type Task,
  type TaskOptions,
  type TaskSlice,
  taskOptions,
} from '../../src/environments/index.js';
import { RandomStream } from '../../src/numeric/index.js';

export const STEPS = 6;
export const LEVELS = 4;
export const DEVICES = 2;

/** [step][device]: levels wanted in an episode. */
export function targetsOf(seed: number, episode = 0): number[][] {
  const stream = new RandomStream(seed, episode, 'targets');
  return Array.from({ length: STEPS }, () => Array.from({ length: DEVICES }, () => (LEVELS - 1) * stream.uniform()));
}

/** Reward of a step. */
export function rewardOf(levels: ArrayLike<number>, before: ArrayLike<number>, targets: readonly number[], price: number): number {
  let reward = 0;
  for (let d = 0; d < DEVICES; d++) reward -= (levels[d] - targets[d]) ** 2 + price * Math.abs(levels[d] - before[d]);
  return reward;
}

class Shelves implements TaskSlice {
  readonly kernelSeconds = 0;
  private readonly levels: Float64Array;
  private readonly steps: Uint32Array;

  constructor(
    private readonly slice: SliceOptions,
    private readonly price: number,
    private readonly native: boolean,
  ) {
    this.levels = new Float64Array(DEVICES * slice.environments);
    this.steps = new Uint32Array(slice.environments);
  }

  reset(which: Int32Array, count: number): void {
    for (let k = 0; k < count; k++) {
      const i = which[k];
      this.levels.fill(0, DEVICES * i, DEVICES * (i + 1));
      this.steps[i] = 0;
      this.slice.arrays.costs[i] = 0;
      this.observe(i);
    }
  }

  step(which: Int32Array, count: number): void {
    const { actions, rewards, terminations, truncations, costs, seeds, episodes } = this.slice.arrays;
    for (let k = 0; k < count; k++) {
      const i = which[k];
      const targets = targetsOf(seeds[i], episodes[i])[this.steps[i]];
      const own = this.levels.subarray(DEVICES * i, DEVICES * (i + 1));
      const wanted = this.native ? targets.map(Math.round) : actions.subarray(DEVICES * i, DEVICES * (i + 1));
      rewards[i] = rewardOf(wanted, own, targets, this.price);
      costs[i] = Math.abs(wanted[0] - own[0]);
      own.set(wanted);
      this.steps[i] += 1;
      terminations[i] = 0;
      truncations[i] = this.steps[i] >= STEPS ? 1 : 0;
      this.observe(i);
    }
  }

  private observe(i: number): void {
    this.slice.arrays.observations.set(this.levels.subarray(DEVICES * i, DEVICES * (i + 1)), DEVICES * i);
  }

  snapshot(i: number): EnvironmentState {
    return { levels: Array.from(this.levels.subarray(DEVICES * i, DEVICES * (i + 1))), steps: this.steps[i] };
  }

  restore(i: number, state: EnvironmentState): void {
    this.levels.set(state.levels as number[], DEVICES * i);
    this.steps[i] = state.steps as number;
    this.observe(i);
  }

  render(i: number): string {
    return `${this.levels[DEVICES * i]}\n`;
  }
}

/** Makes the task `shelves`. Options: `price` of a move by one level, `continuous` levels, `control`. */
export function shelves(options: TaskOptions = {}): Task {
  const { price, continuous, control } = taskOptions('shelves', options, { price: 0.3, continuous: false, control: 'agent' });
  return {
    id: 'shelves',
    title: 'Shelves',
    observationSpace: new Box(0, LEVELS - 1, DEVICES),
    actionSpace: continuous ? new Box(0, LEVELS - 1, DEVICES) : new MultiDiscrete(Array.from({ length: DEVICES }, () => LEVELS)),
    masksActions: false,
    maxSteps: STEPS,
    costNames: ['moves'],
    infoNames: [],
    namedActions: { neutral: Array.from({ length: DEVICES }, () => 0), top: Array.from({ length: DEVICES }, () => LEVELS - 1) },
    yardsticks: { nativeOptions: { control: 'native' } },
    create: (slice) => new Shelves(slice, price as number, control === 'native'),
  };
}

export const TOGGLES = 4;

/** What a set of toggles that are on is worth: no toggle can be judged without the others. */
export function worthOf(seed: number, on: number): number {
  const stream = new RandomStream(seed, 0, 'worth', 2 * on);
  return on === 0 ? 0 : 10 * stream.uniform();
}

/** Toggles that can be used once each; the reward is the change of worth; ends when all were used, or with the first loss. */
class Toggles implements TaskSlice {
  readonly kernelSeconds = 0;
  private readonly on: Uint8Array;

  constructor(private readonly slice: SliceOptions) {
    this.on = new Uint8Array(slice.environments);
  }

  reset(which: Int32Array, count: number): void {
    for (let k = 0; k < count; k++) {
      this.on[which[k]] = 0;
      this.observe(which[k]);
    }
  }

  step(which: Int32Array, count: number): void {
    const { actions, rewards, terminations, truncations, seeds } = this.slice.arrays;
    for (let k = 0; k < count; k++) {
      const i = which[k];
      const next = this.on[i] | (1 << actions[i]);
      rewards[i] = worthOf(seeds[i], next) - worthOf(seeds[i], this.on[i]);
      this.on[i] = next;
      terminations[i] = next === 2 ** TOGGLES - 1 || rewards[i] < 0 ? 1 : 0;
      truncations[i] = 0;
      this.observe(i);
    }
  }

  private observe(i: number): void {
    const { observations, masks } = this.slice.arrays;
    observations[i] = this.on[i];
    for (let k = 0; k < TOGGLES; k++) masks[TOGGLES * i + k] = (this.on[i] >> k) & 1 ? 0 : 1;
  }

  snapshot(i: number): EnvironmentState {
    return { on: this.on[i] };
  }

  restore(i: number, state: EnvironmentState): void {
    this.on[i] = state.on as number;
    this.observe(i);
  }

  render(i: number): string {
    return `${this.on[i]}\n`;
  }
}

/** Makes the task `toggles`. */
export function toggles(options: TaskOptions = {}): Task {
  taskOptions('toggles', options, {});
  return {
    id: 'toggles',
    title: 'Toggles',
    observationSpace: new Discrete(2 ** TOGGLES),
    actionSpace: new Discrete(TOGGLES),
    masksActions: true,
    costNames: [],
    infoNames: [],
    create: (slice) => new Toggles(slice),
  };
}

registerTask('shelves', shelves, 'Shelves');
registerTask('toggles', toggles, 'Toggles');

/** Address of this module, for worker threads. */
export const SHELVES_MODULE = import.meta.url;
