/** What is told of a training: how it begins, how far it is, what evaluations gave, what came of it. */
import type { Spread, Task } from '../environments/index.js';
import type { PolicyData } from './policy-data.js';
import type { SettingValue } from './settings.js';

/** With what a training begins, or goes on. */
export interface TrainingStart {
  readonly task: Task;
  readonly agent: string;
  readonly seed: number;
  /** All settings, defaults written out. */
  readonly settings: Readonly<Record<string, SettingValue>>;
  readonly totalSteps: number;
  /** Done so far: 0, or where an earlier training ended. */
  readonly steps: number;
  readonly records: readonly TrainingRecord[];
}

/** How far training is. */
export interface TrainingProgress {
  readonly steps: number;
  readonly totalSteps: number;
  /** Of training, evaluations not counted. */
  readonly seconds: number;
  readonly simulationSeconds: number;
  readonly learningSeconds: number;
  /** Mean return of the last up to 100 training episodes; NaN before any ended. */
  readonly recentReturn: number;
  /** Of the last evaluation; undefined before any. */
  readonly evaluated: Spread | undefined;
  readonly metrics: Readonly<Record<string, number>>;
}

/** One line of the account of a training. */
export interface TrainingRecord {
  readonly steps: number;
  /** Since the beginning, of training alone. */
  readonly seconds: number;
  readonly simulationSeconds: number;
  readonly learningSeconds: number;
  /** Training episodes that ended since the last record, their mean return and length; NaN where none ended. */
  readonly episodes: number;
  readonly trainingReturn: number;
  readonly trainingLength: number;
  /** Of the present policy without chance, on episodes of their own. */
  readonly evaluation: Spread;
  /** Means over the rounds since the last record. */
  readonly metrics: Readonly<Record<string, number>>;
}

/** What came of a training. */
export interface Training {
  readonly task: string;
  readonly agent: string;
  readonly seed: number;
  readonly settings: Readonly<Record<string, SettingValue>>;
  /** The policy at the end. */
  readonly policy: PolicyData;
  readonly records: readonly TrainingRecord[];
  readonly steps: number;
  /** Of training, evaluations not counted. */
  readonly seconds: number;
  readonly simulationSeconds: number;
  readonly learningSeconds: number;
  /** Whether it ended before all steps were done, by `shouldStop` or at `targetReturn`. */
  readonly endedEarly: boolean;
}
