/** Policies that look at nothing: one and the same action, and random ones. */
import { checkNumbers, checkText, describeValue, InputError } from '../../grid/index.js';
import { log } from '../../numeric/index.js';
import { wholeNumber } from '../checks.js';
import { MOST_SAMPLERS } from '../slice-control.js';
import { Space } from '../spaces.js';
import type { Task } from '../task.js';
import type { VectorEnvironment } from '../vector-environment.js';
import { checkTask } from '../vector-settings.js';
import type { Policy } from './policy.js';

/** Takes one action again and again. Throws InputError for what is no row of the action space. */
export function fixedPolicy(name: string, task: Task, action: readonly number[]): Policy {
  checkTask(task);
  checkText('the name of a policy', name);
  checkNumbers(`the action of the policy ${name}`, action);
  const row = Float64Array.from(action);
  const width = task.actionSpace.length;
  if (row.length !== width || !task.actionSpace.contains(row)) {
    throw new InputError(`the action of the policy ${name} is not in the action space of ${task.id}, ${task.actionSpace.describe()}`);
  }
  return {
    name,
    act: (vector, _observations, _masks, into, logProbabilities) => {
      for (let i = 0; i < vector.environments; i++) into.set(row, i * width);
      logProbabilities?.fill(0);
    },
  };
}

/** Draws each action anew, as `VectorEnvironment.sampleActions` does: choices that the mask allows equally likely, numbers over the whole of their boxes. Throws InputError for a seed that is none. */
export function randomPolicy(seed = 0): Policy {
  wholeNumber('the seed of the policy random', seed, 0, MOST_SAMPLERS);
  return {
    name: 'random',
    act: (vector, _observations, masks, into, logProbabilities) => {
      into.set(vector.sampleActions(seed));
      if (!logProbabilities) return;
      const { actionSpace, environments } = vector;
      for (let i = 0; i < environments; i++)
        logProbabilities[i] = sampleLogProbability(actionSpace, into, i * actionSpace.length, maskOf(vector, masks), i);
    },
  };
}

function maskOf(vector: VectorEnvironment, masks: Uint8Array): Uint8Array | undefined {
  return vector.task.masksActions ? masks : undefined;
}

const HALF_LOG_TWO_PI = 0.9189385332046727;

/** Logarithm of the probability (density, for numbers) with which `Space.sample` draws a row. */
export function sampleLogProbability(space: Space, row: Float64Array, at = 0, masks?: Uint8Array, environment = 0): number {
  if (!(space instanceof Space)) throw new InputError(`the space is ${describeValue(space)}; give a space`);
  checkNumbers('the row', row);
  const { counts, low, high, maskStarts, choices } = space;
  let sum = 0;
  for (let k = 0; k < counts.length; k++) {
    if (counts[k] > 0) {
      let allowed = counts[k];
      if (masks) {
        const from = environment * choices + maskStarts[k];
        allowed = 0;
        for (let c = 0; c < counts[k]; c++) if (masks[from + c] !== 0) allowed += 1;
      }
      sum -= log(allowed);
      continue;
    }
    const value = row[at + k];
    if (low[k] === -Infinity && high[k] === Infinity) sum -= (value * value) / 2 + HALF_LOG_TWO_PI;
    else if (high[k] === Infinity) sum -= value - low[k];
    else if (low[k] === -Infinity) sum -= high[k] - value;
    else if (high[k] > low[k]) sum -= log(high[k] - low[k]);
  }
  return sum;
}
