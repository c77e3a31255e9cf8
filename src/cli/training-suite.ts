/** The suite `training`: steps a second while an agent learns, and where the time goes. */
import { type Agent, agentKind } from '../agents/node-index.js';
import { makeTask, makeVector } from '../environments/node-index.js';
import { chooseLearningBackend, type LearningBackendName } from '../learning/index.js';
import type { BackendName } from '../powerflow/index.js';
import { markdownTable } from './markdown-table.js';

/** What is measured. */
export interface TrainingSettings {
  readonly tasks: readonly string[];
  /** Kernels of power flow and of networks alike: `native` or `wasm`. */
  readonly backends: readonly ('native' | 'wasm')[];
  /** Threads that step environments; networks always run in one. */
  readonly workers: readonly number[];
  readonly environments: number;
  /** Seconds of a sample, and how many there are. */
  readonly seconds: number;
  readonly samples: number;
}

/** One row. */
export interface TrainingRow {
  readonly suite: 'training';
  readonly task: string;
  readonly agent: 'ppo';
  readonly backend: string;
  readonly learningBackend: string;
  readonly workers: number;
  readonly environments: number;
  /** Steps of all environments by the clock, learning included; the middle sample. */
  readonly stepsPerSecond: number;
  /** Shares of that time. */
  readonly simulationShare: number;
  readonly actingShare: number;
  readonly updateShare: number;
  readonly fastestOverSlowest: number;
}

/** Steps of each environment between two updates: a day of dso-case33bw. */
const ROLLOUT_STEPS = 48;

/** Settings of the network and of an update as in the published run: two layers of 64 units, four passes of four minibatches. */
export const TRAINING_SETTINGS = { hidden: [64, 64], rolloutSteps: ROLLOUT_STEPS, epochs: 4, minibatches: 4 } as const;

async function makeAgent(task: string, settings: TrainingSettings, backend: BackendName & LearningBackendName, workers: number): Promise<Agent> {
  return agentKind('ppo').create(
    {
      task: await makeTask(task),
      seed: 0,
      totalSteps: 2 ** 40,
      workers,
      backend,
      learningBackend: backend,
      makeVector: (wanted) => makeVector(task, { backend, environments: wanted.environments, workers: wanted.workers ?? 1 }),
      remote: { id: task, options: {} },
    },
    { ...TRAINING_SETTINGS, environments: settings.environments },
  );
}

async function measureRow(task: string, settings: TrainingSettings, backend: 'native' | 'wasm', workers: number): Promise<TrainingRow> {
  const agent = await makeAgent(task, settings, backend, workers);
  try {
    const samples: { rate: number; simulation: number; acting: number }[] = [];
    // One round for compilers to warm up.
    await agent.iterate();
    for (let k = 0; k < settings.samples; k++) {
      const from = performance.now();
      let [steps, simulation, acting, seconds] = [0, 0, 0, 0];
      while (seconds < settings.seconds) {
        const round = await agent.iterate();
        steps += round.steps;
        simulation += round.simulationSeconds;
        acting += round.actingSeconds ?? 0;
        seconds = (performance.now() - from) / 1000;
      }
      samples.push({ rate: steps / seconds, simulation: simulation / seconds, acting: acting / seconds });
    }
    samples.sort((a, b) => a.rate - b.rate);
    const middle = samples[samples.length >> 1];
    return {
      suite: 'training',
      task,
      agent: 'ppo',
      backend,
      learningBackend: chooseLearningBackend(backend).name,
      workers,
      environments: settings.environments,
      stepsPerSecond: middle.rate,
      simulationShare: middle.simulation,
      actingShare: middle.acting,
      updateShare: 1 - middle.simulation - middle.acting,
      fastestOverSlowest: samples[samples.length - 1].rate / samples[0].rate,
    };
  } finally {
    await agent.close();
  }
}

/** Runs the suite. Throws what agents and tasks throw that cannot be made. */
export async function runTrainingSuite(settings: TrainingSettings, say: (text: string) => void): Promise<TrainingRow[]> {
  const rows: TrainingRow[] = [];
  for (const task of settings.tasks) {
    for (const backend of settings.backends) {
      for (const workers of settings.workers) {
        say(`training on ${task}, ${backend}, ${workers} ${workers === 1 ? 'thread' : 'threads'}`);
        rows.push(await measureRow(task, settings, backend, workers));
      }
    }
  }
  return rows;
}

/** The rows as a table. */
export function trainingTable(rows: readonly TrainingRow[]): string {
  const share = (value: number): string => `${(100 * value).toFixed(0)} %`;
  return markdownTable(
    ['task', 'agent', 'backend', 'networks', 'workers', 'environments', 'steps/s', 'simulation', 'acting', 'updates', 'fastest/slowest'],
    rows.map((row) => [
      row.task,
      row.agent,
      row.backend,
      row.learningBackend,
      String(row.workers),
      String(row.environments),
      Math.round(row.stepsPerSecond).toLocaleString('en'),
      share(row.simulationShare),
      share(row.actingShare),
      share(row.updateShare),
      row.fastestOverSlowest.toFixed(2),
    ]),
    [0, 1, 2, 3],
  );
}
