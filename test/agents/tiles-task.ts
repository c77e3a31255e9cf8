/**
 * A small task for agents of choices: two entries with masks that depend on the state alone, which the observation shows, so that each stored transition can be
 * checked; episodes end by a rule or are cut.
 */
import {
  Box,
  type EnvironmentState,
  MultiDiscrete,
  registerTask,
  type SliceOptions,
  type Task,
  type TaskOptions,
  type TaskSlice,
  taskOptions,
} from '../../src/environments/index.js';

export const TILES_STEPS = 5;
export const TILES_COUNTS = [3, 2] as const;

/** What is allowed after t steps, the last of which took `last` (-1: none): not the same tile again; the second entry's 1 in even steps alone. */
export function tilesMask(t: number, last: number): number[] {
  return [last === 0 ? 0 : 1, last === 1 ? 0 : 1, last === 2 ? 0 : 1, 1, t % 2 === 0 ? 1 : 0];
}

/**
 * Reward of a step: tile 2 is worth most at once, but cannot be laid twice running; polish (the second entry's 1) pays on tile 0 and costs on the others. So tile 0 comes
 * first, polished, and then they take turns.
 */
export function tilesReward(tile: number, polish: number): number {
  return [0.2, -0.3, 1][tile] + (polish === 0 ? 0 : tile === 0 ? 0.8 : -0.1);
}

/** Whether an episode ends by its own rule: tile 1 laid in an odd step. */
export function tilesEnds(t: number, tile: number): boolean {
  return t % 2 === 1 && tile === 1;
}

/** The largest return of an episode, by trying all. */
export function tilesBest(t = 0, last = -1): number {
  if (t === TILES_STEPS) return 0;
  const mask = tilesMask(t, last);
  let best = -Infinity;
  for (let tile = 0; tile < 3; tile++) {
    for (let polish = 0; polish < 2; polish++) {
      if (!mask[tile] || !mask[3 + polish]) continue;
      best = Math.max(best, tilesReward(tile, polish) + (tilesEnds(t + 1, tile) ? 0 : tilesBest(t + 1, tile)));
    }
  }
  return best;
}

class Tiles implements TaskSlice {
  readonly kernelSeconds = 0;
  private readonly steps: Uint8Array;
  private readonly last: Int8Array;

  constructor(
    private readonly slice: SliceOptions,
    private readonly clock: boolean,
  ) {
    this.steps = new Uint8Array(slice.environments);
    this.last = new Int8Array(slice.environments);
  }

  reset(which: Int32Array, count: number): void {
    for (const i of which.subarray(0, count)) {
      this.steps[i] = 0;
      this.last[i] = -1;
      this.observe(i);
    }
  }

  step(which: Int32Array, count: number): void {
    const { actions, rewards, terminations, truncations } = this.slice.arrays;
    for (const i of which.subarray(0, count)) {
      const [tile, polish] = actions.subarray(2 * i, 2 * i + 2);
      this.steps[i] += 1;
      this.last[i] = tile;
      rewards[i] = tilesReward(tile, polish);
      terminations[i] = tilesEnds(this.steps[i], tile) ? 1 : 0;
      truncations[i] = this.steps[i] === TILES_STEPS ? 1 : 0;
      this.observe(i);
    }
  }

  private observe(i: number): void {
    const { observations, masks } = this.slice.arrays;
    const row = [this.clock ? this.steps[i] : 0, this.steps[i] % 2, ...[0, 1, 2].map((tile) => (this.last[i] === tile ? 1 : 0))];
    observations.set(row, 5 * i);
    masks.set(tilesMask(this.steps[i], this.last[i]), 5 * i);
  }

  snapshot(i: number): EnvironmentState {
    return { steps: this.steps[i], last: this.last[i] };
  }

  restore(i: number, state: EnvironmentState): void {
    this.steps[i] = state.steps as number;
    this.last[i] = state.last as number;
    this.observe(i);
  }

  render(i: number): string {
    return `tile ${this.last[i]}\n`;
  }
}

/** Makes the task `tiles`. Option `clock`: whether the observation shows the step, besides its being odd; for checks, not for learning. */
export function tiles(options: TaskOptions = {}): Task {
  const { clock } = taskOptions('tiles', options, { clock: false });
  return {
    id: 'tiles',
    title: 'Tiles',
    observationSpace: new Box(0, TILES_STEPS, 5),
    actionSpace: new MultiDiscrete([...TILES_COUNTS]),
    masksActions: true,
    maxSteps: TILES_STEPS,
    costNames: [],
    infoNames: [],
    create: (slice) => new Tiles(slice, clock === true),
  };
}

registerTask('tiles', tiles, 'Tiles');
