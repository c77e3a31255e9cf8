/** What a vector needs of threads that step slices beside its own. */
import type { BackendName } from '../powerflow/index.js';
import type { AutoresetMode, SliceQuestion } from './slice-runner.js';
import type { ResetOptions } from './task.js';
import type { SliceRange, Widths } from './vector-arrays.js';

/** What all slices of a vector have in common. */
export interface VectorSetup {
  readonly buffer: SharedArrayBuffer;
  readonly widths: Widths;
  readonly backend: BackendName;
  readonly autoreset: AutoresetMode;
}

/** Threads, one a slice. Every failure is an EnvironmentError that names the thread, unless said otherwise. */
export interface SliceThreads {
  readonly slices: readonly SliceRange[];
  /** Seconds at work, all together. */
  readonly seconds: number;
  readonly kernelSeconds: number;
  /** Throws InputError for options of a reset that cannot go to another thread. */
  checkOptions(options: ResetOptions): void;
  /** Wakes the threads (all, or those of a list of slices) and returns. */
  beginReset(slices: readonly number[], options?: ResetOptions): void;
  /** Likewise for a step, of the actions given or of those of a sampler. */
  beginStep(sampler?: number): void;
  /** Waits until all have done what they were told. */
  wait(): void;
  waitAsync(): Promise<void>;
  /** Resets and waits; what the task throws for its options is thrown as it is. */
  reset(slices: readonly number[], options: ResetOptions): void;
  /** Has the slice of an environment answer; what the task throws as InputError is thrown as it is. */
  ask(environment: number, question: SliceQuestion): unknown;
  close(): Promise<void>;
}

/** Starts threads for a vector and says which environments are left to the main thread. */
export type StartThreads = (setup: VectorSetup) => { readonly threads: SliceThreads; readonly own: SliceRange };
