/** What a policy remembers of each environment's present episode. */
import type { VectorEnvironment } from '../vector-environment.js';

interface Remembered<T> {
  readonly seed: number;
  readonly episode: number;
  /** Steps after which it may be recalled: those of the environment when it was set, and one more. */
  readonly steps: number;
  readonly value: T;
}

/** One value an environment, forgotten where the episode is another one or was not stepped once since. */
export class EpisodeMemory<T> {
  private readonly values: (Remembered<T> | undefined)[] = [];

  /** What was set before the last step of an environment; undefined at the beginning of an episode. */
  get({ seeds, episodes, steps }: VectorEnvironment, i: number): T | undefined {
    const kept = this.values[i];
    return kept && kept.seed === seeds[i] && kept.episode === episodes[i] && kept.steps === steps[i] ? kept.value : undefined;
  }

  /** Sets what is to be recalled after the coming step. */
  set({ seeds, episodes, steps }: VectorEnvironment, i: number, value: T): void {
    this.values[i] = { seed: seeds[i], episode: episodes[i], steps: steps[i] + 1, value };
  }
}

/** Whether an environment waits for its next episode, which the coming step begins whatever the action. */
export function awaitsReset({ autoreset, terminations, truncations }: VectorEnvironment, i: number): boolean {
  return autoreset === 'next-step' && (terminations[i] | truncations[i]) !== 0;
}
