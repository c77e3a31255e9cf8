/**
 * A task with everything that a task can have: parts of all kinds in its action, masks, costs, infos that do not always exist, both kinds of ending, random numbers
 * in resets and steps. Also one that fails when told to. Importing this registers it, in worker threads too.
 */

import {
  Box,
  Dict,
  Discrete,
  type EnvironmentState,
  MultiBinary,
  type ResetOptions,
  registerTask,
  type SliceOptions,
  type Task,
  type TaskOptions,
  type TaskSlice,
  taskOptions,
} from '../../src/environments/index.js';
import { InputError } from '../../src/grid/index.js';
import { RandomStream } from '../../src/numeric/index.js';

const MAX_STEPS = 7;
const CHOICES = 3 + 2 * 2;

class Toys implements TaskSlice {
  readonly kernelSeconds = 0;
  private readonly heights: Float64Array;
  private readonly steps: Uint32Array;
  private readonly lastChoice: Uint8Array;

  constructor(
    private readonly slice: SliceOptions,
    private readonly fail: unknown,
  ) {
    this.heights = new Float64Array(slice.environments);
    this.steps = new Uint32Array(slice.environments);
    this.lastChoice = new Uint8Array(slice.environments);
  }

  private stream(i: number, purpose: string, position = 0): RandomStream {
    return new RandomStream(this.slice.arrays.seeds[i], this.slice.arrays.episodes[i], purpose, position);
  }

  reset(which: Int32Array, count: number, options?: ResetOptions): void {
    const { height, ...others } = options ?? {};
    if (Object.keys(others).length > 0) throw new InputError(`a reset of toy has no option ${Object.keys(others)[0]}`);
    if (height !== undefined && typeof height !== 'number') throw new InputError('height must be a number');
    for (let k = 0; k < count; k++) {
      const i = which[k];
      this.heights[i] = height ?? this.stream(i, 'start').uniform();
      this.steps[i] = 0;
      this.lastChoice[i] = 0;
      this.slice.arrays.costs.fill(0, 2 * i, 2 * i + 2);
      this.observe(i);
    }
  }

  step(which: Int32Array, count: number): void {
    const { actions, rewards, terminations, truncations, costs } = this.slice.arrays;
    for (let k = 0; k < count; k++) {
      const i = which[k];
      const [choice, left, right, level, turn] = actions.subarray(5 * i, 5 * i + 5);
      const noise = this.stream(i, 'noise', 2 * this.steps[i]).uniform();
      this.heights[i] += 0.1 * choice * (left - right) + 0.3 * level + 0.01 * turn + 0.2 * (noise - 0.5);
      this.steps[i] += 1;
      this.lastChoice[i] = choice;
      if (this.fail === 'throw' && this.steps[i] === 3) throw new Error('the toy broke');
      if (this.fail === 'exit' && this.steps[i] === 3) process.exit(7);
      if (this.fail === 'hang' && this.steps[i] === 3) for (;;);
      rewards[i] = -Math.abs(this.heights[i]);
      terminations[i] = Math.abs(this.heights[i]) > 1.2 ? 1 : 0;
      truncations[i] = this.steps[i] >= MAX_STEPS ? 1 : 0;
      costs[2 * i] = Math.max(0, this.heights[i]);
      costs[2 * i + 1] = left;
      this.observe(i);
    }
  }

  private observe(i: number): void {
    const { observations, infos, masks } = this.slice.arrays;
    observations[2 * i] = this.heights[i];
    observations[2 * i + 1] = this.steps[i];
    infos[2 * i] = this.heights[i];
    infos[2 * i + 1] = this.steps[i] === 0 ? NaN : this.steps[i] / 3;
    masks.fill(1, CHOICES * i, CHOICES * (i + 1));
    // The choice of the step before is not allowed, and `right` only in every second step.
    if (this.lastChoice[i] > 0) masks[CHOICES * i + this.lastChoice[i] - 1] = 0;
    if (this.steps[i] % 2 === 1) masks[CHOICES * i + 6] = 0;
  }

  snapshot(i: number): EnvironmentState {
    return { height: this.heights[i], steps: this.steps[i], lastChoice: this.lastChoice[i] };
  }

  restore(i: number, state: EnvironmentState): void {
    this.heights[i] = state.height as number;
    this.steps[i] = state.steps as number;
    this.lastChoice[i] = state.lastChoice as number;
    this.observe(i);
  }

  render(i: number, form: 'text' | 'svg'): string {
    return form === 'text' ? `height ${this.heights[i]}\n` : `<svg xmlns="http://www.w3.org/2000/svg"><text>${this.heights[i]}</text></svg>\n`;
  }
}

/** Makes the toy. */
export function toy(options: TaskOptions = {}): Task {
  const { fail, takesMasked } = taskOptions('toy', options, { fail: 'never', takesMasked: false });
  return {
    id: 'toy',
    title: 'A toy',
    observationSpace: new Dict({ height: new Box(-Infinity, Infinity), steps: new Discrete(MAX_STEPS + 1) }),
    actionSpace: new Dict({ which: new Discrete(3, 1), sides: new MultiBinary(2), level: new Box([-1, 0], [1, 0.1]) }),
    masksActions: true,
    takesMaskedActions: takesMasked === true,
    maxSteps: MAX_STEPS,
    costNames: ['high', 'left'],
    infoNames: ['height', 'thirds'],
    observationNames: ['height', 'steps'],
    actionNames: ['which', 'left', 'right', 'level', 'turn'],
    namedActions: { rest: [1, 0, 0, 0, 0] },
    create: (slice) => new Toys(slice, fail),
  };
}

registerTask('toy', toy, 'A toy');

/** Address of this module, for worker threads. */
export const TOY_MODULE = import.meta.url;
