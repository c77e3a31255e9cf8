/** A training that was interrupted, wherever, goes on to the same numbers. */
import { describe, expect, it } from 'vitest';
import {
  type PolicyData,
  policyToJSON,
  type Training,
  type TrainingRecord,
  type TrainingState,
  type TrainOptions,
  train,
} from '../../src/agents/index.js';

const SETTINGS = { environments: 4, rolloutSteps: 32, hidden: [8] };
const OPTIONS: TrainOptions = { steps: 1100, seed: 3, settings: SETTINGS, evaluations: 3, evaluationEpisodes: 5, learningBackend: 'wasm' };

/** All of a record but the time it took. */
function timeless({ seconds: _1, simulationSeconds: _2, learningSeconds: _3, ...record }: TrainingRecord): object {
  return record;
}

/** What of a training does not depend on the clock. */
function resultOf(training: Training): object {
  return { records: training.records.map(timeless), policy: policyToJSON(training.policy), steps: training.steps, endedEarly: training.endedEarly };
}

/** Trains, interrupted after so many rounds each time, to the end. */
async function inPieces(rounds: number, options: TrainOptions): Promise<Training & { told: number[] }> {
  let state: TrainingState | undefined;
  const told: number[] = [];
  for (;;) {
    let done = 0;
    const training = await train('cartpole', 'ppo', {
      ...options,
      resume: state,
      shouldStop: () => ++done >= rounds,
      onRecord: ({ steps }) => void told.push(steps),
      onCheckpoint: (save) => {
        state = structuredClone(save());
      },
    });
    if (!training.endedEarly) return { ...training, told };
  }
}

describe('train', () => {
  it('goes on after any interruption to the same records and policy', async () => {
    const whole = await train('cartpole', 'ppo', OPTIONS);
    // 9 rounds of 128 steps; a record is due every 275.
    expect(whole.records.map(({ steps }) => steps)).toEqual([384, 640, 896, 1152]);
    expect(whole.records.every(({ episodes, metrics }) => episodes > 0 && Number.isFinite(metrics.policyLoss))).toBe(true);
    for (const rounds of [1, 2, 3, 4, 8]) {
      const pieces = await inPieces(rounds, OPTIONS);
      expect(resultOf(pieces)).toEqual(resultOf(whole));
      // None twice, and those that were due when it stopped when it goes on.
      expect(pieces.told).toEqual([384, 640, 896, 1152]);
    }
  });

  it('gives the state between evaluations where that is wanted, and from each training goes on', async () => {
    const states: TrainingState[] = [];
    const whole = await train('cartpole', 'ppo', {
      ...OPTIONS,
      checkpointSeconds: 0,
      onCheckpoint: (save) => void states.push(structuredClone(save())),
    });
    expect(states.map((state) => (state.agentState as { steps: number }).steps)).toEqual([128, 256, 384, 512, 640, 768, 896, 1024, 1152]);
    for (const state of states) expect(resultOf(await train('cartpole', 'ppo', { ...OPTIONS, resume: state }))).toEqual(resultOf(whole));
  });

  it('ends at the target, and stays ended when it is resumed', async () => {
    let state: TrainingState | undefined;
    const options = { ...OPTIONS, targetReturn: 5 };
    const ended = await train('cartpole', 'ppo', { ...options, onCheckpoint: (save) => void (state = save()) });
    expect(ended).toMatchObject({ steps: 384, endedEarly: true });
    let rounds = 0;
    const again = await train('cartpole', 'ppo', { ...options, resume: state, onProgress: () => void (rounds += 1) });
    expect([again.steps, rounds]).toEqual([384, 0]);
    const further = await train('cartpole', 'ppo', { ...OPTIONS, resume: state });
    expect(resultOf(further)).toEqual(resultOf(await train('cartpole', 'ppo', OPTIONS)));
  });

  it('says with what it begins, and hands each record over with all before it', async () => {
    const told: unknown[] = [];
    const policies: PolicyData[] = [];
    let state: TrainingState | undefined;
    const options: TrainOptions = {
      ...OPTIONS,
      onStart: ({ task, settings, steps, records, ...rest }) =>
        void told.push([task.id, settings.hidden, settings.epochs, steps, records.length, rest]),
      onRecord: (record, policy, records) => {
        policies.push(policy);
        expect(records.at(-1)).toBe(record);
        told.push(records.length);
      },
      onCheckpoint: (save) => void (state = save()),
    };
    let rounds = 0;
    await train('cartpole', 'ppo', { ...options, shouldStop: () => ++rounds === 5 });
    await train('cartpole', 'ppo', { ...options, resume: state });
    const rest = { agent: 'ppo', seed: 3, totalSteps: 1100 };
    expect(told).toEqual([['cartpole', [8], 4, 0, 0, rest], 1, ['cartpole', [8], 4, 640, 1, rest], 2, 3, 4]);
    expect(policies.map(({ steps }) => steps)).toEqual([384, 640, 896, 1152]);
  });

  it('lets timers and signals be heard between rounds', async () => {
    let ticks = 0;
    const timer = setInterval(() => void (ticks += 1), 1);
    await train('cartpole', 'ppo', { ...OPTIONS, steps: 1e7, evaluations: 0, shouldStop: () => ticks > 3 });
    clearInterval(timer);
    expect(ticks).toBeGreaterThan(3);
  });

  it('refuses states that are none', async () => {
    let state: TrainingState | undefined;
    await train('cartpole', 'ppo', { ...OPTIONS, steps: 128, onCheckpoint: (save) => void (state = save()) });
    const resumed = (more: object) => train('cartpole', 'ppo', { ...OPTIONS, steps: 128, resume: { ...(state as TrainingState), ...more } });
    await expect(resumed({ gathered: undefined })).rejects.toThrow(
      'the saved training is damaged: what gathered since the last record is undefined; it must be an object',
    );
    await expect(resumed({ seed: 4 })).rejects.toThrow('the saved training has seed 4, and this one 3');
    await expect(train('cartpole', 'ppo', { ...OPTIONS, targetReturn: Number.NaN })).rejects.toThrow('targetReturn is NaN; give a number');
    await expect(train('cartpole', 'ppo', { ...OPTIONS, evaluationSeed: -1 })).rejects.toThrow('the seed of evaluations is -1');
  });
});
