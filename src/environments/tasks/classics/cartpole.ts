/**
 * CartPole: a cart to push left or right so that the pole on it does not fall.
 *
 * Barto, Sutton, Anderson, Neuronlike adaptive elements that can solve difficult learning control problems, IEEE Trans. SMC 13 (1983); constants, Euler steps,
 * bounds and reward as in Gymnasium's CartPole-v1.
 */
import { cos, RandomStream, sin } from '../../../numeric/index.js';
import { type TaskOptions, taskOptions } from '../../registry.js';
import { Box, Discrete } from '../../spaces.js';
import type { EnvironmentState, ResetOptions, SliceOptions, Task, TaskSlice } from '../../task.js';
import { stateOption } from './reset-state.js';

const GRAVITY = 9.8;
const MASS_POLE = 0.1;
const MASS_TOTAL = 1.1;
const HALF_LENGTH = 0.5;
const POLE_MOMENT = MASS_POLE * HALF_LENGTH;
const FORCE = 10;
const SECONDS = 0.02;
const LARGEST_POSITION = 2.4;
const LARGEST_ANGLE = (12 * 2 * Math.PI) / 360;
const MAX_STEPS = 500;
const NAMES = ['position', 'speed', 'angle', 'angularSpeed'];

class CartPoles implements TaskSlice {
  readonly kernelSeconds = 0;
  /** [environment]: position in m, speed, angle in rad, its speed. */
  private readonly states: Float64Array;
  private readonly steps: Uint32Array;

  constructor(private readonly options: SliceOptions) {
    this.states = new Float64Array(4 * options.environments);
    this.steps = new Uint32Array(options.environments);
  }

  reset(which: Int32Array, count: number, options?: ResetOptions): void {
    const { seeds, episodes } = this.options.arrays;
    const given = stateOption('cartpole', options, NAMES);
    for (let k = 0; k < count; k++) {
      const i = which[k];
      const stream = new RandomStream(seeds[i], episodes[i], 'start');
      for (let j = 0; j < 4; j++) this.states[4 * i + j] = given ? given[j] : 0.1 * stream.uniform() - 0.05;
      this.steps[i] = 0;
      this.observe(i);
    }
  }

  step(which: Int32Array, count: number): void {
    const { states, steps } = this;
    const { actions, rewards, terminations, truncations } = this.options.arrays;
    for (let k = 0; k < count; k++) {
      const i = which[k];
      const at = 4 * i;
      const force = actions[i] === 1 ? FORCE : -FORCE;
      const [cosine, sine] = [cos(states[at + 2]), sin(states[at + 2])];
      const push = (force + POLE_MOMENT * states[at + 3] * states[at + 3] * sine) / MASS_TOTAL;
      const turn = (GRAVITY * sine - cosine * push) / (HALF_LENGTH * (4 / 3 - (MASS_POLE * cosine * cosine) / MASS_TOTAL));
      const acceleration = push - (POLE_MOMENT * turn * cosine) / MASS_TOTAL;
      states[at] += SECONDS * states[at + 1];
      states[at + 1] += SECONDS * acceleration;
      states[at + 2] += SECONDS * states[at + 3];
      states[at + 3] += SECONDS * turn;
      steps[i] += 1;
      rewards[i] = 1;
      terminations[i] = Math.abs(states[at]) > LARGEST_POSITION || Math.abs(states[at + 2]) > LARGEST_ANGLE ? 1 : 0;
      truncations[i] = steps[i] >= MAX_STEPS ? 1 : 0;
      this.observe(i);
    }
  }

  private observe(i: number): void {
    const { observations } = this.options.arrays;
    for (let at = 4 * i; at < 4 * i + 4; at++) observations[at] = this.states[at];
  }

  snapshot(i: number): EnvironmentState {
    return { numbers: Array.from(this.states.subarray(4 * i, 4 * i + 4)), steps: this.steps[i] };
  }

  restore(i: number, state: EnvironmentState): void {
    this.states.set(state.numbers as number[], 4 * i);
    this.steps[i] = state.steps as number;
    this.observe(i);
  }

  render(i: number, form: 'text' | 'svg'): string {
    const [position, , angle] = this.states.subarray(4 * i, 4 * i + 4);
    if (form === 'text') {
      const cells = Array.from({ length: 49 }, () => '-');
      const cell = Math.min(48, Math.max(0, Math.round((position + LARGEST_POSITION) * 10)));
      cells[cell] = Math.abs(angle) < 0.02 ? '|' : angle < 0 ? '\\' : '/';
      return `${cells.join('')}\nstep ${this.steps[i]}: position ${position.toFixed(3)} m, angle ${angle.toFixed(3)} rad\n`;
    }
    const x = 300 + 100 * position;
    const [tipX, tipY] = [x + 100 * Math.sin(angle), 150 - 100 * Math.cos(angle)];
    return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 600 200" width="600" height="200" role="img" aria-label="cart and pole">
<rect width="600" height="200" fill="#ffffff"/>
<line x1="0" y1="165" x2="600" y2="165" stroke="#444"/>
<path d="M60 172V158M540 172V158" stroke="#9a1b1b" stroke-width="2"/>
<rect x="${(x - 25).toFixed(2)}" y="150" width="50" height="30" fill="#444"/>
<line x1="${x.toFixed(2)}" y1="150" x2="${tipX.toFixed(2)}" y2="${tipY.toFixed(2)}" stroke="#c60" stroke-width="6"/>
</svg>
`;
  }
}

/** Makes the task `cartpole`. It has no options. A reset may name the `state`: position, speed, angle, angular speed. */
export function cartpole(options: TaskOptions = {}): Task {
  taskOptions('cartpole', options, {});
  const high = [2 * LARGEST_POSITION, Infinity, 2 * LARGEST_ANGLE, Infinity];
  return {
    id: 'cartpole',
    title: 'CartPole: keep a pole upright on a cart',
    observationSpace: new Box(
      high.map((x) => -x),
      high,
    ),
    actionSpace: new Discrete(2),
    masksActions: false,
    maxSteps: MAX_STEPS,
    costNames: [],
    infoNames: [],
    observationNames: NAMES,
    namedActions: { left: [0], right: [1] },
    create: (slice) => new CartPoles(slice),
  };
}
