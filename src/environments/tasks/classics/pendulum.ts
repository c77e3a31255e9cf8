/** Pendulum: swing a rod up and hold it there with little torque. Equations, bounds and reward as in Gymnasium's Pendulum-v1 with g = 10. */
import { cos, RandomStream, sin } from '../../../numeric/index.js';
import { type TaskOptions, taskOptions } from '../../registry.js';
import { Box } from '../../spaces.js';
import type { EnvironmentState, ResetOptions, SliceOptions, Task, TaskSlice } from '../../task.js';
import { stateOption } from './reset-state.js';

const GRAVITY = 10;
const MASS = 1;
const LENGTH = 1;
const SECONDS = 0.05;
const LARGEST_SPEED = 8;
const LARGEST_TORQUE = 2;
const MAX_STEPS = 200;

function clipped(x: number, limit: number): number {
  return Math.min(Math.max(x, -limit), limit);
}

/** An angle less whole turns, in [-pi, pi). */
function withinTurn(angle: number): number {
  const turned = angle + Math.PI;
  return turned - 2 * Math.PI * Math.floor(turned / (2 * Math.PI)) - Math.PI;
}

class Pendulums implements TaskSlice {
  readonly kernelSeconds = 0;
  /** [environment]: angle from upright in rad, its speed. */
  private readonly states: Float64Array;
  private readonly steps: Uint32Array;

  constructor(private readonly options: SliceOptions) {
    this.states = new Float64Array(2 * options.environments);
    this.steps = new Uint32Array(options.environments);
  }

  reset(which: Int32Array, count: number, options?: ResetOptions): void {
    const { seeds, episodes } = this.options.arrays;
    const given = stateOption('pendulum', options, ['angle', 'angularSpeed']);
    for (let k = 0; k < count; k++) {
      const i = which[k];
      const stream = new RandomStream(seeds[i], episodes[i], 'start');
      const drawn = [Math.PI * (2 * stream.uniform() - 1), 2 * stream.uniform() - 1];
      this.states.set(given ?? drawn, 2 * i);
      this.steps[i] = 0;
      this.observe(i);
    }
  }

  step(which: Int32Array, count: number): void {
    const { states, steps } = this;
    const { actions, rewards, terminations, truncations } = this.options.arrays;
    for (let k = 0; k < count; k++) {
      const i = which[k];
      const [angle, speed] = [states[2 * i], states[2 * i + 1]];
      const torque = clipped(actions[i], LARGEST_TORQUE);
      const lean = withinTurn(angle);
      const turn = ((3 * GRAVITY) / (2 * LENGTH)) * sin(angle) + (3 / (MASS * LENGTH * LENGTH)) * torque;
      const next = clipped(speed + turn * SECONDS, LARGEST_SPEED);
      states[2 * i] = angle + next * SECONDS;
      states[2 * i + 1] = next;
      steps[i] += 1;
      rewards[i] = -(lean * lean + 0.1 * speed * speed + 0.001 * torque * torque);
      terminations[i] = 0;
      truncations[i] = steps[i] >= MAX_STEPS ? 1 : 0;
      this.observe(i);
    }
  }

  private observe(i: number): void {
    const { observations } = this.options.arrays;
    observations[3 * i] = cos(this.states[2 * i]);
    observations[3 * i + 1] = sin(this.states[2 * i]);
    observations[3 * i + 2] = this.states[2 * i + 1];
  }

  snapshot(i: number): EnvironmentState {
    return { numbers: Array.from(this.states.subarray(2 * i, 2 * i + 2)), steps: this.steps[i] };
  }

  restore(i: number, state: EnvironmentState): void {
    this.states.set(state.numbers as number[], 2 * i);
    this.steps[i] = state.steps as number;
    this.observe(i);
  }

  render(i: number, form: 'text' | 'svg'): string {
    const [angle, speed] = this.states.subarray(2 * i, 2 * i + 2);
    if (form === 'text') {
      const arrow = '↑↖←↙↓↘→↗'[((Math.round((4 * angle) / Math.PI) % 8) + 8) % 8];
      return `${arrow}\nstep ${this.steps[i]}: angle ${withinTurn(angle).toFixed(3)} rad, speed ${speed.toFixed(3)} rad/s\n`;
    }
    const [x, y] = [100 - 80 * Math.sin(angle), 100 - 80 * Math.cos(angle)];
    return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 200" width="200" height="200" role="img" aria-label="pendulum">
<rect width="200" height="200" fill="#ffffff"/>
<line x1="100" y1="100" x2="${x.toFixed(2)}" y2="${y.toFixed(2)}" stroke="#c60" stroke-width="12" stroke-linecap="round"/>
<circle cx="100" cy="100" r="4" fill="#444"/>
</svg>
`;
  }
}

/** Makes the task `pendulum`. It has no options. A reset may name the `state`: angle from upright, angular speed. */
export function pendulum(options: TaskOptions = {}): Task {
  taskOptions('pendulum', options, {});
  return {
    id: 'pendulum',
    title: 'Pendulum: swing a rod up and hold it there',
    observationSpace: new Box([-1, -1, -LARGEST_SPEED], [1, 1, LARGEST_SPEED]),
    actionSpace: new Box(-LARGEST_TORQUE, LARGEST_TORQUE),
    masksActions: false,
    maxSteps: MAX_STEPS,
    costNames: [],
    infoNames: [],
    observationNames: ['cosine', 'sine', 'angularSpeed'],
    actionNames: ['torque'],
    namedActions: { none: [0] },
    create: (slice) => new Pendulums(slice),
  };
}
