/**
 * Synthetic decision processes with hidden blocks, to test a decomposition on: five state variables, three action variables, blocks {s0, s2, s4 | a0, a1} and
 * {s1, s3 | a2}. Nothing is learned on them.
 */
import { RandomStream } from '../numeric/index.js';
import { checkDraw, type KnownBlocks, type TransitionSample, type TransitionSampler } from './transition-sample.js';

const STATES = 5;
const ACTIONS = 3;
/** Block of each state and of each action. */
const BLOCK_OF_STATE = [0, 1, 0, 1, 0];
const BLOCK_OF_ACTION = [0, 0, 1];

/** The hidden blocks. */
export const SYNTHETIC_BLOCKS: KnownBlocks = { name: 'hidden blocks', outputs: BLOCK_OF_STATE, inputs: [...BLOCK_OF_STATE, ...BLOCK_OF_ACTION] };

/** Variables of each block, as numbers of inputs: states, then actions from 5 on. */
const RELATED = [0, 1].map((block) => SYNTHETIC_BLOCKS.inputs.flatMap((of, input) => (of === block ? [input] : [])));

/** Makes the next state out of state and action, `inputs` (states, then actions), into `next`. */
type Step = (inputs: Float64Array, next: Float64Array) => void;

/** One trajectory of N transitions under random actions. */
function trajectory(count: number, seed: number, drawAction: (stream: RandomStream) => number, makeStep: (seed: number) => Step): TransitionSample {
  checkDraw(count, seed);
  const step = makeStep(seed);
  const inputs = Array.from({ length: STATES + ACTIONS }, () => new Float64Array(count));
  const outputs = Array.from({ length: STATES }, () => new Float64Array(count));
  const now = new Float64Array(STATES + ACTIONS);
  const next = new Float64Array(STATES);
  const start = new RandomStream(seed, 0, 'synthetic start');
  for (let state = 0; state < STATES; state++) now[state] = start.integer(2);
  const actions = new RandomStream(seed, 0, 'synthetic actions');
  for (let i = 0; i < count; i++) {
    for (let action = 0; action < ACTIONS; action++) now[STATES + action] = drawAction(actions);
    step(now, next);
    for (let input = 0; input < now.length; input++) inputs[input][i] = now[input];
    for (let state = 0; state < STATES; state++) {
      outputs[state][i] = next[state];
      now[state] = next[state];
    }
  }
  return {
    inputs: inputs.map((_, input) => (input < STATES ? { name: `s${input}`, kind: 'state' } : { name: `a${input - STATES}`, kind: 'action' })),
    outputs: outputs.map((_, state) => `s${state}`),
    groups: [{ inputs, outputs }],
    isTrajectory: true,
  };
}

/** Each next state copies one of the variables of its block, any as likely. */
function copying(seed: number): Step {
  const stream = new RandomStream(seed, 0, 'synthetic transitions');
  return (inputs, next) => {
    for (let state = 0; state < STATES; state++) {
      const related = RELATED[BLOCK_OF_STATE[state]];
      next[state] = inputs[related[stream.integer(related.length)]];
    }
  };
}

/** Each block has a table: for each value of its binary variables a distribution over its next states, made by breaking a stick at uniform places. */
function tabled(seed: number): Step {
  const tables = new RandomStream(seed, 0, 'synthetic tables');
  const stream = new RandomStream(seed, 0, 'synthetic transitions');
  const blocks = [0, 1].map((block) => {
    const states = BLOCK_OF_STATE.flatMap((of, state) => (of === block ? [state] : []));
    const outcomes = 2 ** states.length;
    const rows = Array.from({ length: 2 ** RELATED[block].length }, () => {
      const cumulative = new Float64Array(outcomes);
      let left = 1;
      for (let outcome = 0; outcome < outcomes - 1; outcome++) {
        left *= 1 - tables.uniform();
        cumulative[outcome] = 1 - left;
      }
      cumulative[outcomes - 1] = 1;
      return cumulative;
    });
    return { states, rows, related: RELATED[block] };
  });
  return (inputs, next) => {
    for (const { states, rows, related } of blocks) {
      let row = 0;
      for (const input of related) row = 2 * row + inputs[input];
      const drawn = stream.uniform();
      let outcome = 0;
      while (drawn >= rows[row][outcome]) outcome += 1;
      states.forEach((state, place) => {
        next[state] = (outcome >> place) & 1;
      });
    }
  };
}

/** The synthetic processes. */
export const SYNTHETIC_SAMPLERS: readonly TransitionSampler[] = [
  {
    id: 'synthetic',
    title: 'next states copy a variable of their block; actions uniform in [0, 1), as published',
    truth: SYNTHETIC_BLOCKS,
    sample: (count, seed) => trajectory(count, seed, (stream) => stream.uniform(), copying),
  },
  {
    id: 'synthetic-binary',
    title: 'the same with actions 0 or 1, as its spaces are declared',
    truth: SYNTHETIC_BLOCKS,
    sample: (count, seed) => trajectory(count, seed, (stream) => stream.integer(2), copying),
  },
  {
    id: 'synthetic-factored',
    title: 'binary; each block has a random table of transitions (broken sticks)',
    // Values that occur less often than N/20 have no neighbours of their own kind within it.
    neighbours: 5,
    truth: SYNTHETIC_BLOCKS,
    sample: (count, seed) => trajectory(count, seed, (stream) => stream.integer(2), tabled),
  },
];
