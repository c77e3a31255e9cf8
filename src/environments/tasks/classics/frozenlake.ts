/**
 * FrozenLake: walk over ice to the goal without falling into a hole; on slippery ice a step goes the way meant, or to either side of it, each with probability 1/3.
 * Maps, actions, rewards and time limits as in Gymnasium's FrozenLake-v1 and FrozenLake8x8-v1.
 */
import { checkWord, describeValue, InputError } from '../../../grid/index.js';
import { RandomStream } from '../../../numeric/index.js';
import { type TaskOptions, taskOptions } from '../../registry.js';
import { Discrete } from '../../spaces.js';
import type { EnvironmentState, ResetOptions, SliceOptions, Task, TaskSlice } from '../../task.js';

/** Start, frozen, hole, goal. */
const MAPS = {
  '4x4': ['SFFF', 'FHFH', 'FFFH', 'HFFG'],
  '8x8': ['SFFFFFFF', 'FFFFFFFF', 'FFFHFFFF', 'FFFFFHFF', 'FFFHFFFF', 'FHHFFFHF', 'FHFFHFHF', 'FFFHFFFG'],
} as const;

/** Name of a lake. */
export type LakeMap = keyof typeof MAPS;

const MAX_STEPS: Readonly<Record<LakeMap, number>> = { '4x4': 100, '8x8': 200 };

/** [action]: left, down, right, up, as change of row and column. */
const MOVES = [
  [0, -1],
  [1, 0],
  [0, 1],
  [-1, 0],
] as const;

/** What may come of an action in a state. */
export interface LakeTransition {
  readonly probability: number;
  readonly next: number;
  readonly reward: number;
  /** Whether the episode ends there. */
  readonly ended: boolean;
}

/** The whole model: [state][action] gives what may come of it, one entry a direction in which one may slip. States count from the upper left, by rows. */
export function frozenLakeTransitions(map: LakeMap = '4x4', slippery = true): LakeTransition[][][] {
  checkWord('the map of a lake', map, Object.keys(MAPS));
  const rows: readonly string[] = MAPS[map];
  const size = rows.length;
  const moved = (state: number, direction: number): number => {
    const [down, right] = MOVES[direction];
    const inside = (x: number): number => Math.min(Math.max(x, 0), size - 1);
    return inside(Math.floor(state / size) + down) * size + inside((state % size) + right);
  };
  const cell = (state: number): string => rows[Math.floor(state / size)][state % size];
  return Array.from({ length: size * size }, (_, state) =>
    MOVES.map((_move, action) => {
      if ('GH'.includes(cell(state))) return [{ probability: 1, next: state, reward: 0, ended: true }];
      const directions = slippery ? [(action + 3) % 4, action, (action + 1) % 4] : [action];
      return directions.map((direction) => {
        const next = moved(state, direction);
        return { probability: 1 / directions.length, next, reward: cell(next) === 'G' ? 1 : 0, ended: 'GH'.includes(cell(next)) };
      });
    }),
  );
}

/** Words of random numbers kept for each step: draws are whole numbers below 3, seldom drawn again. */
const WORDS_PER_STEP = 4;

class FrozenLakes implements TaskSlice {
  readonly kernelSeconds = 0;
  private readonly states: Uint8Array;
  private readonly steps: Uint32Array;
  private readonly streams: RandomStream[];

  constructor(
    private readonly options: SliceOptions,
    private readonly map: LakeMap,
    private readonly transitions: readonly (readonly (readonly LakeTransition[])[])[],
  ) {
    this.states = new Uint8Array(options.environments);
    this.steps = new Uint32Array(options.environments);
    this.streams = Array.from({ length: options.environments }, () => new RandomStream(0));
  }

  private seed(i: number): void {
    const { seeds, episodes } = this.options.arrays;
    this.streams[i] = new RandomStream(seeds[i], episodes[i], 'slip');
  }

  reset(which: Int32Array, count: number, options?: ResetOptions): void {
    const [name] = Object.keys(options ?? {});
    if (name !== undefined) throw new InputError(`a reset of frozenlake has no option ${describeValue(name)}; it has none`);
    for (let k = 0; k < count; k++) {
      const i = which[k];
      this.seed(i);
      this.states[i] = 0;
      this.steps[i] = 0;
      this.observe(i, 1);
    }
  }

  step(which: Int32Array, count: number): void {
    const { actions, rewards, terminations, truncations } = this.options.arrays;
    for (let k = 0; k < count; k++) {
      const i = which[k];
      const ways = this.transitions[this.states[i]][actions[i]];
      const stream = this.streams[i];
      stream.restore(this.steps[i] * WORDS_PER_STEP);
      const { next, reward, ended, probability } = ways[ways.length > 1 ? stream.integer(ways.length) : 0];
      this.states[i] = next;
      this.steps[i] += 1;
      rewards[i] = reward;
      terminations[i] = ended ? 1 : 0;
      truncations[i] = this.steps[i] >= MAX_STEPS[this.map] ? 1 : 0;
      this.observe(i, probability);
    }
  }

  private observe(i: number, probability: number): void {
    this.options.arrays.observations[i] = this.states[i];
    this.options.arrays.infos[i] = probability;
  }

  snapshot(i: number): EnvironmentState {
    return { place: this.states[i], steps: this.steps[i], probability: this.options.arrays.infos[i] };
  }

  restore(i: number, state: EnvironmentState): void {
    this.seed(i);
    this.states[i] = state.place as number;
    this.steps[i] = state.steps as number;
    this.observe(i, state.probability as number);
  }

  render(i: number, form: 'text' | 'svg'): string {
    const rows: readonly string[] = MAPS[this.map];
    const size = rows.length;
    const [row, column] = [Math.floor(this.states[i] / size), this.states[i] % size];
    if (form === 'text') {
      const drawn = rows.map((cells, r) => [...cells].map((cell, c) => (r === row && c === column ? `[${cell}]` : ` ${cell} `)).join(''));
      return `${drawn.join('\n')}\nstep ${this.steps[i]}\n`;
    }
    const colours: Readonly<Record<string, string>> = { S: '#e8f4ff', F: '#e8f4ff', H: '#123', G: '#8c8' };
    const cells = rows.flatMap((line, r) =>
      [...line].map((cell, c) => `<rect x="${30 * c}" y="${30 * r}" width="30" height="30" fill="${colours[cell]}" stroke="#789"/>`),
    );
    return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${30 * size} ${30 * size}" width="${30 * size}" height="${30 * size}" role="img" aria-label="frozen lake">
${cells.join('\n')}
<circle cx="${30 * column + 15}" cy="${30 * row + 15}" r="9" fill="#c60"/>
</svg>
`;
  }
}

/** Makes the task `frozenlake`. Options: `map`, `4x4` (100 steps) or `8x8` (200 steps); `slippery`, true by default. Throws InputError for others. */
export function frozenlake(options: TaskOptions = {}): Task {
  const { map, slippery } = taskOptions('frozenlake', options, { map: '4x4', slippery: true });
  if (map !== '4x4' && map !== '8x8') throw new InputError(`the option map of frozenlake is ${describeValue(map)}; it must be 4x4 or 8x8`);
  if (typeof slippery !== 'boolean')
    throw new InputError(`the option slippery of frozenlake is ${describeValue(slippery)}; it must be true or false`);
  const transitions = frozenLakeTransitions(map, slippery);
  return {
    id: 'frozenlake',
    title: 'FrozenLake: cross slippery ice to the goal',
    observationSpace: new Discrete(transitions.length),
    actionSpace: new Discrete(4),
    masksActions: false,
    maxSteps: MAX_STEPS[map],
    costNames: [],
    infoNames: ['probability'],
    observationNames: ['place'],
    namedActions: { left: [0], down: [1], right: [2], up: [3] },
    create: (slice) => new FrozenLakes(slice, map, transitions),
  };
}
