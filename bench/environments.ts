/** The environments suite of `npm run bench`: steps a second of the tasks, one thread and two, native and WebAssembly. What is timed stands in src/cli/environments-measure.ts. */
import type { EnvironmentsRow } from '../src/cli/environments-measure.js';
import { benchTasks, bothBackends, environmentsTable, runEnvironmentsSuite } from '../src/cli/environments-suite.js';
import '../src/powerflow/node-native.js';

/** What the suite gives. */
export interface EnvironmentsBench {
  rows: EnvironmentsRow[];
  /** The whole report as Markdown. */
  text: string;
}

/**
 * Runs the suite.
 *
 * @param tasks ids; undefined: the published ones
 */
export async function runEnvironmentsBench(
  quick: boolean,
  tasks: readonly string[] | undefined,
  say: (text: string) => void,
): Promise<EnvironmentsBench> {
  const rows = await runEnvironmentsSuite(
    {
      tasks: tasks ?? benchTasks(quick),
      backends: bothBackends(),
      workers: [1, 2],
      environments: quick ? 128 : undefined,
      seconds: quick ? 0.1 : 1,
      samples: quick ? 3 : 5,
    },
    say,
  );
  const about = `Environments: steps a second of all environments together, random actions drawn beforehand, observations and rewards included, episodes ending and beginning
anew. Rates are those of the middle one of ${quick ? 3 : 5} samples; "in kernels" is the share of the threads' time that kernels take.`;
  return { rows, text: `${about}\n\n${environmentsTable(rows)}` };
}
