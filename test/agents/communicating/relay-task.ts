/** A task of two agents, each of whom sees a bit of its own and is paid for what the other saw a step before: nothing is to be gained without messages. */
import { Box, Discrete, MultiDiscrete, type SliceOptions, type Task, type TaskSlice } from '../../../src/environments/index.js';
import { RandomStream } from '../../../src/numeric/index.js';

const AGENTS = 2;
export const RELAY_STEPS = 8;

/** Agents are paid 1 a step from the second one on; the first pays nothing. */
export const relayTask: Task = {
  id: 'relay',
  title: 'Say what the other saw',
  observationSpace: new Box(-1, 1, [AGENTS, 1]),
  actionSpace: new MultiDiscrete([2, 2]),
  masksActions: false,
  maxSteps: RELAY_STEPS,
  costNames: [],
  infoNames: ['paid0', 'paid1'],
  agents: {
    names: ['left', 'right'],
    observationSpace: new Box(-1, 1, 1),
    actionSpace: new Discrete(2),
    rewardInfos: ['paid0', 'paid1'],
    neighbours: [[1], [0]],
    hopDistances: [
      [0, 1],
      [1, 0],
    ],
  },
  create: (options) => new RelaySlice(options),
};

class RelaySlice implements TaskSlice {
  readonly kernelSeconds = 0;
  /** [environment]: steps done, the bits before and the present ones. */
  private readonly states: [number, number[], number[]][] = [];

  constructor(private readonly options: SliceOptions) {}

  /** Bits of both agents at a step. */
  private bits(i: number, step: number): number[] {
    const { seeds, episodes } = this.options.arrays;
    const stream = new RandomStream(seeds[i], episodes[i], 'bits', 16 * step);
    return Array.from({ length: AGENTS }, () => (stream.uniform() < 0.5 ? 0 : 1));
  }

  private show(i: number): void {
    const [, , now] = this.states[i];
    now.forEach((bit, agent) => {
      this.options.arrays.observations[i * AGENTS + agent] = 2 * bit - 1;
    });
  }

  reset(which: Int32Array, count: number): void {
    for (const i of which.subarray(0, count)) {
      this.states[i] = [0, [], this.bits(i, 0)];
      this.options.arrays.infos.fill(Number.NaN, i * AGENTS, (i + 1) * AGENTS);
      this.show(i);
    }
  }

  step(which: Int32Array, count: number): void {
    const { actions, rewards, infos, truncations, terminations } = this.options.arrays;
    for (const i of which.subarray(0, count)) {
      const [step, before, now] = this.states[i];
      rewards[i] = 0;
      for (let agent = 0; agent < AGENTS; agent++) {
        const paid = step > 0 && actions[i * AGENTS + agent] === before[1 - agent] ? 1 : 0;
        infos[i * AGENTS + agent] = paid;
        rewards[i] += paid;
      }
      this.states[i] = [step + 1, now, this.bits(i, step + 1)];
      terminations[i] = 0;
      truncations[i] = step + 1 >= RELAY_STEPS ? 1 : 0;
      this.show(i);
    }
  }

  snapshot(i: number): { numbers: number[] } {
    const [step, before, now] = this.states[i];
    return { numbers: [step, ...now, ...before] };
  }

  restore(i: number, { numbers }: { numbers?: unknown }): void {
    const [step, a, b, ...before] = numbers as number[];
    this.states[i] = [step, before, [a, b]];
    this.show(i);
  }

  render(): string {
    return 'bits';
  }
}
