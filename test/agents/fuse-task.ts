/**
 * A task that fails as often as a fuse in shared memory says, over all threads; else it is walking to and fro for so many steps. Importing this registers it, in worker threads too.
 */
import { Box, Discrete, registerTask, type Task, type TaskOptions, taskOptions } from '../../src/environments/index.js';

const MAX_STEPS = 5;

/**
 * Makes the task. Options: `fuse`, an Int32Array over shared memory of one number, failures to come; `how`, what they are: `throw` or `exit` in a step, or `make`, so that the task cannot
 * be made in another thread.
 */
export function fuse(options: TaskOptions = {}): Task {
  const { fuse: given, how } = taskOptions('fuse', options, { fuse: undefined, how: 'throw' });
  const left = given as Int32Array | undefined;
  const burns = (): boolean => left !== undefined && Atomics.sub(left, 0, 1) > 0;
  return {
    id: 'fuse',
    title: 'A fuse',
    observationSpace: new Box(-MAX_STEPS, MAX_STEPS),
    actionSpace: new Discrete(2),
    masksActions: false,
    maxSteps: MAX_STEPS,
    costNames: [],
    infoNames: [],
    create: ({ environments, arrays }) => {
      if (how === 'make' && burns()) throw new Error('the fuse is blown');
      const steps = new Uint32Array(environments);
      let taken = 0;
      return {
        kernelSeconds: 0,
        reset: (which, count) => {
          for (let k = 0; k < count; k++) {
            arrays.observations[which[k]] = 0;
            steps[which[k]] = 0;
          }
        },
        step: (which, count) => {
          taken += 1;
          // Not in the first step, so that something is half done.
          if (taken === 3 && how === 'throw' && burns()) throw new Error('the fuse is blown');
          if (taken === 3 && how === 'exit' && burns()) process.exit(7);
          for (let k = 0; k < count; k++) {
            const i = which[k];
            arrays.observations[i] += arrays.actions[i] === 1 ? 1 : -1;
            arrays.rewards[i] = arrays.actions[i];
            steps[i] += 1;
            arrays.terminations[i] = 0;
            arrays.truncations[i] = steps[i] >= MAX_STEPS ? 1 : 0;
          }
        },
        snapshot: (i) => ({ place: arrays.observations[i], steps: steps[i] }),
        restore: (i, { place, steps: at }) => {
          arrays.observations[i] = place as number;
          steps[i] = at as number;
        },
        render: (i) => `at ${arrays.observations[i]}\n`,
      };
    },
  };
}

registerTask('fuse', fuse, 'A fuse');

/** Address of this module, for worker threads. */
export const FUSE_MODULE = import.meta.url;
