/** A training that is told to end by a signal: in the middle of rounds and evaluations, and to the same numbers when it goes on. */
import { describe, expect, it } from 'vitest';
import { policyToJSON, type Training, type TrainingRecord, type TrainingState, type TrainOptions, train } from '../../src/agents/index.js';
import { Box, Discrete, type SliceOptions, type Task } from '../../src/environments/index.js';

/** Episodes without an end: an evaluation of them goes on for a million steps, and is an error then. */
const endless: Task = {
  id: 'endless',
  title: 'Endless',
  observationSpace: new Box(-1, 1),
  actionSpace: new Discrete(2),
  masksActions: false,
  costNames: [],
  infoNames: [],
  create: ({ arrays }: SliceOptions) => ({
    kernelSeconds: 0,
    reset: (which, count) => {
      for (const i of which.subarray(0, count)) arrays.observations[i] = 0;
    },
    step: (which, count) => {
      for (const i of which.subarray(0, count)) arrays.rewards[i] = 1;
    },
    snapshot: () => ({}),
    restore: () => {},
    render: () => 'endless',
  }),
};

const PPO = { environments: 4, rolloutSteps: 32, hidden: [8] };

/** What of a training does not depend on the clock. */
function resultOf({ records, policy, steps, endedEarly }: Training): object {
  const timeless = ({ seconds: _1, simulationSeconds: _2, learningSeconds: _3, ...record }: TrainingRecord): object => record;
  return { records: records.map(timeless), policy: policyToJSON(policy), steps, endedEarly };
}

/** Trains, ended by a signal again and again after some time, which grows. */
async function inPieces(task: string, agent: string, options: TrainOptions): Promise<{ training: Training; states: TrainingState[] }> {
  const states: TrainingState[] = [];
  let resume: TrainingState | undefined;
  for (let delay = 60; ; delay *= 1.3) {
    const controller = new AbortController();
    const timer = setTimeout(() => controller.abort(), delay);
    const training = await train(task, agent, {
      ...options,
      resume,
      signal: controller.signal,
      onCheckpoint: (state) => {
        resume = structuredClone(state());
        states.push(resume);
      },
    });
    clearTimeout(timer);
    if (!training.endedEarly) return { training, states };
    // The policy handed back is that of the state, and a record that was not made is made later.
    expect((resume?.agentState as { steps: number } | undefined)?.steps).toBe(training.steps);
    expect(training.policy.steps).toBe(training.steps);
    expect(training.records).toEqual(resume?.records);
  }
}

describe('a signal', () => {
  it('ends an evaluation, which leaves no record', async () => {
    const controller = new AbortController();
    const states: TrainingState[] = [];
    const training = await train(endless, 'ppo', {
      ...{ steps: 256, settings: PPO, evaluations: 0, evaluationEpisodes: 1, learningBackend: 'wasm', signal: controller.signal },
      onProgress: ({ steps }) => {
        if (steps === 256) setTimeout(() => controller.abort(), 60);
      },
      onCheckpoint: (state) => void states.push(state()),
    });
    expect(training).toMatchObject({ steps: 256, records: [], endedEarly: true });
    expect(states.map(({ agentState, records }) => [(agentState as { steps: number }).steps, records])).toEqual([[256, []]]);
  });

  it('that was given before the beginning has a state saved all the same', async () => {
    let state: TrainingState | undefined;
    const signal = AbortSignal.abort();
    const options: TrainOptions = { steps: 512, settings: PPO, evaluations: 0, evaluationEpisodes: 2, learningBackend: 'wasm' };
    const training = await train('cartpole', 'ppo', { ...options, signal, onCheckpoint: (save) => void (state = save()) });
    expect(training).toMatchObject({ steps: 0, records: [], endedEarly: true });
    expect(resultOf(await train('cartpole', 'ppo', { ...options, resume: state }))).toEqual(resultOf(await train('cartpole', 'ppo', options)));
  });

  it('gives up a long round of ppo, which is done again', async () => {
    // A round of 4 million steps: nobody waits for its end.
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 150);
    const settings = { environments: 64, rolloutSteps: 65536, hidden: [4] };
    let state: TrainingState | undefined;
    const training = await train('cartpole', 'ppo', {
      ...{ steps: 1e8, settings, evaluations: 0, evaluationEpisodes: 1, learningBackend: 'wasm', signal: controller.signal },
      onCheckpoint: (save) => void (state = save()),
    });
    expect(training).toMatchObject({ steps: 0, records: [], endedEarly: true });
    expect((state?.agentState as { steps: number } | undefined)?.steps).toBe(0);
  });

  it.each([
    ['ppo', 'cartpole', { steps: 6000, settings: { environments: 4, rolloutSteps: 250, minibatches: 50, epochs: 8, hidden: [16] } }, false],
    ['sac', 'cartpole', { steps: 1500, settings: { hidden: [32], randomSteps: 50, batch: 128 } }, true],
    ['dqn', 'cartpole', { steps: 2500, settings: { hidden: [32], learningStarts: 50, trainEvery: 1, environments: 5, returnSteps: 2 } }, true],
    ['impala', 'cartpole', { steps: 6000, settings: { environments: 4, unroll: 250, passes: 20, hidden: [16] } }, false],
  ] as const)(
    'lets %s go on from wherever to the same records and policy',
    async (agent, task, more, keeps) => {
      const options: TrainOptions = { seed: 5, evaluations: 3, evaluationEpisodes: 4, learningBackend: 'wasm', ...more };
      const whole = await train(task, agent, options);
      const { training, states } = await inPieces(task, agent, options);
      expect(resultOf(training)).toEqual(resultOf(whole));
      const within = states.filter(({ agentState }) => (agentState as { round?: object | null }).round != null);
      if (keeps) expect(within.length).toBeGreaterThan(0);
      else expect(within).toEqual([]);
    },
    60_000,
  );
});

describe('checkpoints', () => {
  it.each([
    ['ppo', PPO],
    ['dqn', { hidden: [8], learningStarts: 100 }],
    ['sac', { hidden: [8], randomSteps: 100, batch: 16 }],
    ['impala', { hidden: [8], actors: 0 }],
  ])('%s: one a record, the last one too', async (agent, settings) => {
    const steps: number[] = [];
    const { records } = await train('cartpole', agent, {
      ...{ steps: 1030, evaluations: 2, evaluationEpisodes: 2, learningBackend: 'wasm' },
      settings,
      onCheckpoint: (state) => void steps.push((state().agentState as { steps: number }).steps),
    });
    expect(steps).toEqual(records.map((record) => record.steps));
    expect(steps).toHaveLength(3);
  });
});
