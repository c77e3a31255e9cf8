/** The training suite of `npm run bench`: steps a second while PPO learns, one thread and two, native and WebAssembly. What is timed stands in src/cli/training-suite.ts. */
import { trainingBackends } from '../src/cli/training-bench.js';
import { runTrainingSuite, type TrainingRow, trainingTable } from '../src/cli/training-suite.js';

/** What the suite gives. */
export interface TrainingBench {
  rows: TrainingRow[];
  /** The whole report as Markdown. */
  text: string;
}

/** What PowerZooJax says of its DSO task: PPO, 128 environments, two layers of 64, training included. */
const PUBLISHED = 93_800;

/** Runs the suite. @param tasks ids; undefined: dso-case33bw */
export async function runTrainingSuiteBench(
  quick: boolean,
  tasks: readonly string[] | undefined,
  say: (text: string) => void,
): Promise<TrainingBench> {
  const rows = await runTrainingSuite(
    {
      tasks: tasks ?? ['dso-case33bw'],
      backends: trainingBackends(),
      workers: quick ? [1] : [1, 2],
      environments: 128,
      seconds: quick ? 0.2 : 2,
      samples: quick ? 1 : 5,
    },
    say,
  );
  const about = `Training: steps a second of all environments by the clock while PPO learns (policy and values of two layers of 64 units each, 48 steps between updates, four passes of four
minibatches), the middle one of ${quick ? 1 : 5} samples; workers step environments, networks run in one thread. Where the time goes: stepping environments (simulation), the policy's and
values' forward passes and drawing actions (acting), updates. Published for the same feeder, loads and number of environments, solved approximately, on an RTX 4500 Ada: ${PUBLISHED.toLocaleString('en')}
(PowerZooJax; context, its load series cannot be had).`;
  return { rows, text: `${about}\n\n${trainingTable(rows)}` };
}
