/** One environment by itself, in the manner of Gymnasium: single values in place of rows. */
import { checkKeys } from '../grid/index.js';
import type { EnvironmentSnapshot } from './snapshot.js';
import type { Space } from './spaces.js';
import type { ResetOptions, Task } from './task.js';
import { VectorEnvironment } from './vector-environment.js';
import type { VectorSettings } from './vector-settings.js';

/** What a reset gives. */
export interface EnvironmentReset {
  /** The observation, a new array. */
  readonly observation: Float32Array;
  /** Infos by name; those that do not exist are left out. */
  readonly info: Readonly<Record<string, number>>;
}

/** What a step gives. */
export interface EnvironmentStep extends EnvironmentReset {
  readonly reward: number;
  /** The episode ended by its own rules. */
  readonly terminated: boolean;
  /** The episode was cut. */
  readonly truncated: boolean;
  /** Costs by name, numbers of 0 or more. */
  readonly costs: Readonly<Record<string, number>>;
}

/** One environment. After the end of an episode it must be reset. */
export class Environment {
  private readonly vector: VectorEnvironment;

  /** Throws InputError for settings that are none, and what the task throws that cannot be made. */
  constructor(task: Task, settings: Pick<VectorSettings, 'backend'> = {}) {
    checkKeys('an environment', 'setting', settings, ['backend']);
    this.vector = new VectorEnvironment(task, { ...settings, environments: 1, autoreset: 'disabled' });
  }

  get task(): Task {
    return this.vector.task;
  }
  get observationSpace(): Space {
    return this.vector.observationSpace;
  }
  get actionSpace(): Space {
    return this.vector.actionSpace;
  }
  /** [choice]: 1 where a choice is allowed now; empty for tasks without masks. Written again by each step. */
  get mask(): Uint8Array {
    return this.vector.masks;
  }
  /** The seed in use. */
  get seed(): number {
    return this.vector.seeds[0];
  }
  /** Number of the present episode since the environment was seeded, from 0. */
  get episode(): number {
    return this.vector.episodes[0];
  }

  /** Begins an episode: of the seed given, else the next one of the seed in use. Throws InputError for a seed or options that are none. */
  reset(settings: { seed?: number; options?: ResetOptions } = {}): EnvironmentReset {
    this.vector.reset(settings);
    return this.present();
  }

  private present(): EnvironmentReset {
    return { observation: Float32Array.from(this.vector.observations), info: this.vector.infos.record(0) };
  }

  /**
   * One step.
   *
   * @param action a row of the action space; a number where it has one entry
   * @throws InputError for an action that is not in the space or not allowed, and where the environment must be reset first
   */
  step(action: number | ArrayLike<number>): EnvironmentStep {
    const { rewards, terminations, truncations, costs } = this.vector.step(typeof action === 'number' ? [action] : action);
    const { costNames } = this.vector.task;
    return {
      ...this.present(),
      reward: rewards[0],
      terminated: terminations[0] !== 0,
      truncated: truncations[0] !== 0,
      costs: Object.fromEntries(costNames.map((name, k) => [name, costs[k]])),
    };
  }

  /** A random action that the mask allows, a new array; see {@link VectorEnvironment.sampleActions}. */
  sampleAction(number = 0): Float64Array {
    return this.vector.sampleActions(number).slice();
  }

  /** The present state, plain data; fits vectors of the same task too. */
  snapshot(): EnvironmentSnapshot {
    return this.vector.snapshot(0);
  }

  /** Goes to a state that `snapshot` gave; returns what was seen there. Throws InputError for what is none of this task. */
  restore(snapshot: EnvironmentSnapshot): EnvironmentReset {
    this.vector.restore(snapshot, 0);
    return this.present();
  }

  /** What it looks like: a few lines of text, or an SVG document. */
  render(form: 'text' | 'svg' = 'text'): string {
    return this.vector.render(0, form);
  }

  /** Ends it; nothing but `close` may be called after. */
  close(): Promise<void> {
    return this.vector.close();
  }
}
