/** Transitions of an environment as the decomposition wants them, and what gives them. An environment is made a {@link TransitionSampler} by one small adapter. */
import { describeValue, InputError } from '../grid/index.js';
import { LEAST_SAMPLES, MOST_SAMPLES } from './mutual-information.js';

/** What a column of the matrix is: a part of the state before, or of the action. */
export type InputKind = 'state' | 'action';

/** An input variable: a column of the matrix. */
export interface TransitionInput {
  readonly name: string;
  readonly kind: InputKind;
}

/** Transitions that were sampled together: sample i of every array is the same transition. */
export interface TransitionGroup {
  /** Values of the input variables of this group, one array of N for each. */
  readonly inputs: readonly Float64Array[];
  /** Values of all output variables in the next state, or their changes, one array of N for each. */
  readonly outputs: readonly Float64Array[];
}

/** Sampled transitions. Most have one group; where each input was moved while all others rested, each has a group of its own. */
export interface TransitionSample {
  /** Columns of the matrix, in the order of the groups. */
  readonly inputs: readonly TransitionInput[];
  /** Rows of the matrix: names of what is seen of the next state. */
  readonly outputs: readonly string[];
  readonly groups: readonly TransitionGroup[];
  /** Whether the transitions of a group follow each other in one run, in this order; default false, each was drawn for itself. */
  readonly isTrajectory?: boolean;
  /** What a reader has to know of this sample, one line each. */
  readonly notes?: readonly string[];
}

/** An environment as a source of transitions. */
export interface TransitionSampler {
  /** By which it is asked for. */
  readonly id: string;
  /** One line. */
  readonly title: string;
  /** k that suits it where it is not N/20. */
  readonly neighbours?: number;
  /** The blocks that are hidden in it or that somebody has chosen by hand, where they are known. */
  readonly truth?: KnownBlocks;
  /**
   * Samples transitions.
   *
   * @param count transitions of each group; a sampler may leave out those that have no next state, and says so in the notes
   * @param seed of all randomness
   * @param onProgress called now and then with the share done, 0 to 1
   */
  sample(count: number, seed: number, onProgress?: (share: number) => void): TransitionSample;
}

/** Blocks to compare with: the block of each output and of each input. */
export interface KnownBlocks {
  /** What they are, in a few words. */
  readonly name: string;
  readonly outputs: readonly number[];
  readonly inputs: readonly number[];
}

/** Throws {@link InputError} for a sample whose parts do not fit each other, or that has numbers that are not finite. */
export function checkSample(sample: TransitionSample): void {
  const { inputs, outputs, groups } = sample;
  const held = groups.reduce((sum, group) => sum + group.inputs.length, 0);
  if (inputs.length === 0 || outputs.length === 0) throw new InputError('a sample of transitions needs at least one input and one output variable');
  if (held !== inputs.length) throw new InputError(`the sample names ${inputs.length} inputs and its groups have ${held}`);
  let column = 0;
  for (const group of groups) {
    const count = group.inputs[0]?.length ?? 0;
    if (group.outputs.length !== outputs.length)
      throw new InputError(`the sample names ${outputs.length} outputs and a group has ${group.outputs.length}`);
    const named = [
      ...group.inputs.map((values) => ({ values, name: inputs[column++].name })),
      ...group.outputs.map((values, row) => ({ values, name: `${outputs[row]} (next)` })),
    ];
    for (const { values, name } of named) {
      if (values.length !== count) throw new InputError(`${name} has ${values.length} samples and others of its group ${count}`);
      for (let i = 0; i < count; i++)
        if (!Number.isFinite(values[i])) throw new InputError(`${name} is ${values[i]} in transition ${i}; all must be finite numbers`);
    }
  }
}

/** Throws {@link InputError} for a number of transitions or a seed that cannot be. */
export function checkDraw(count: number, seed: number): void {
  if (!Number.isInteger(count) || count < LEAST_SAMPLES || count > MOST_SAMPLES)
    throw new InputError(`transitions to sample are ${describeValue(count)}; it must be a whole number from ${LEAST_SAMPLES} to ${MOST_SAMPLES}`);
  if (!Number.isSafeInteger(seed) || seed < 0) throw new InputError(`the seed is ${describeValue(seed)}; it must be a whole number from 0`);
}
