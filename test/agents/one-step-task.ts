/** A task of one step whose best actions are known, to try bandits on: two choices, the first of three and masked, the second of two. */
import { Box, MultiDiscrete, type SliceOptions, type Task, type TaskSlice } from '../../src/environments/index.js';
import { RandomStream } from '../../src/numeric/index.js';

/** Numbers of an observation: the second is nearly the first, so that what matters is a small difference. */
const WIDTH = 3;
/** Size of the difference. */
export const SMALL = 0.01;

/** What the best choices are, by the observation; the first choice 2 is never allowed, though it would pay most. */
export function bestOf(observation: ArrayLike<number>, at = 0): [number, number] {
  return [observation[at + 1] > observation[at] ? 1 : 0, observation[at + 2] > 0 ? 1 : 0];
}

/** @param maxSteps what the task says of its episodes @param endless whether they go on all the same */
export function oneStepTask(maxSteps: number | undefined = 1, endless = false): Task {
  return {
    id: 'one-step',
    title: 'Guess which of two numbers is larger, and a sign',
    observationSpace: new Box(-10, 10, WIDTH),
    actionSpace: new MultiDiscrete([3, 2], [5, 0]),
    masksActions: true,
    maxSteps,
    costNames: [],
    infoNames: [],
    create: (options) => new OneStepSlice(options, endless),
  };
}

class OneStepSlice implements TaskSlice {
  readonly kernelSeconds = 0;

  constructor(
    private readonly options: SliceOptions,
    private readonly endless: boolean,
  ) {}

  reset(which: Int32Array, count: number): void {
    const { observations, masks, seeds, episodes } = this.options.arrays;
    for (const i of which.subarray(0, count)) {
      const stream = new RandomStream(seeds[i], episodes[i], 'numbers');
      const at = i * WIDTH;
      observations[at] = stream.normal();
      observations[at + 1] = observations[at] + SMALL * stream.normal();
      observations[at + 2] = stream.normal();
      masks.set([1, 1, 0, 1, 1], 5 * i);
    }
  }

  step(which: Int32Array, count: number): void {
    const { observations, actions, rewards, terminations } = this.options.arrays;
    for (const i of which.subarray(0, count)) {
      const at = i * WIDTH;
      const difference = (observations[at + 1] - observations[at]) / SMALL;
      const first = actions[2 * i] === 7 ? 1e6 : actions[2 * i] === 6 ? difference : 0;
      rewards[i] = 200 + 30 * first + 10 * (actions[2 * i + 1] === 1 ? observations[at + 2] : 0);
      terminations[i] = this.endless ? 0 : 1;
    }
  }

  snapshot(i: number): { numbers: number[] } {
    return { numbers: Array.from(this.options.arrays.observations.subarray(i * WIDTH, (i + 1) * WIDTH)) };
  }

  restore(i: number, { numbers }: { numbers?: unknown }): void {
    this.options.arrays.observations.set(numbers as number[], i * WIDTH);
    this.options.arrays.masks.set([1, 1, 0, 1, 1], 5 * i);
  }

  render(): string {
    return 'numbers';
  }
}
