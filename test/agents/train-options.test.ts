/** What train() is given, where it is not what it must be. */
import { describe, expect, it } from 'vitest';
import { type TrainingState, type TrainOptions, train } from '../../src/agents/node-index.js';
import { BusbarError } from '../../src/grid/index.js';

const GOOD: TrainOptions = { steps: 128, evaluations: 0, evaluationEpisodes: 1, settings: { rolloutSteps: 32, hidden: [4] } };

describe('train refuses', () => {
  it.each([
    [undefined, 'options of train are an object, not undefined; give some of steps'],
    [null, 'options of train are an object, not null'],
    [[], 'options of train are an object, not an array'],
    [{}, 'the number of steps is undefined; give a whole number from 1 to'],
    [{ steps: '128' }, 'the number of steps is "128"; give a whole number'],
    [{ ...GOOD, step: 5 }, 'train has no option "step"; it has steps'],
    [{ ...GOOD, seed: 1.5 }, 'the seed is 1.5; give a whole number from 0 to 1048576'],
    [{ ...GOOD, workers: 0 }, 'workers is 0; give a whole number from 1 to 1024'],
    [{ ...GOOD, workers: 'auto' }, 'workers is "auto"; give a whole number from 1 to 1024'],
    [{ ...GOOD, evaluations: -1 }, 'the number of evaluations is -1; give a whole number'],
    [{ ...GOOD, evaluationEpisodes: Number.NaN }, 'the episodes of an evaluation is NaN'],
    [{ ...GOOD, settings: 'fast' }, 'settings is "fast"; give an object'],
    [{ ...GOOD, settings: null }, 'settings is null; give an object'],
    [{ ...GOOD, taskOptions: 5 }, 'taskOptions is 5; give an object'],
    [{ ...GOOD, evaluationTaskOptions: { workers: 2 } }, 'evaluationTaskOptions has "workers", which is no option of a task'],
    [{ ...GOOD, evaluationResets: 5 }, 'evaluationResets is 5; give an object'],
    [{ ...GOOD, evaluationResets: () => 5 }, 'episode 0 of evaluations: '],
    [{ ...GOOD, evaluationResets: { day: 3 } }, 'day'],
    [{ ...GOOD, evaluationEpisodes: 5, evaluationResets: (episode: number) => (episode === 3 ? { day: 3 } : {}) }, 'episode 3 of evaluations: '],
    [{ ...GOOD, backend: 'gpu' }, 'backend is "gpu"; it must be'],
    [{ ...GOOD, learningBackend: 3 }, 'learningBackend is 3; it must be'],
    [{ ...GOOD, module: 3 }, 'module is 3; give'],
    [{ ...GOOD, targetReturn: 'high' }, 'targetReturn is "high"; give a number'],
    [{ ...GOOD, checkpointSeconds: -1 }, 'checkpointSeconds is -1; give seconds'],
    [{ ...GOOD, signal: {} }, 'signal is an object; give the signal of an AbortController'],
    [{ ...GOOD, signal: new AbortController() }, 'give the signal of an AbortController'],
    [{ ...GOOD, resume: 'x' }, 'resume is "x"; give an object'],
    [{ ...GOOD, resume: {} }, 'this is no saved training of busbar'],
    [{ ...GOOD, onRecord: 5 }, 'onRecord is 5; give a function, or leave it out'],
    [{ ...GOOD, onProgress: {} }, 'onProgress is an object; give a function'],
    [{ ...GOOD, onCheckpoint: 'x' }, 'onCheckpoint is "x"; give a function'],
    [{ ...GOOD, onStart: true }, 'onStart is true; give a function'],
    [{ ...GOOD, shouldStop: false }, 'shouldStop is false; give a function'],
  ] as [unknown, string][])('%j', async (options, message) => {
    const error: unknown = await train('cartpole', 'ppo', options as TrainOptions).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(BusbarError);
    expect((error as Error).message).not.toContain('\n');
    expect((error as Error).message).toContain(message);
  });

  it.each([
    [undefined, 'ppo', 'a task'],
    [5, 'ppo', 'task'],
    [{}, 'ppo', 'task'],
    [null, 'ppo', 'task'],
    ['cartpole', undefined, 'there is no agent undefined'],
    ['cartpole', 'toString', 'there is no agent "toString"'],
  ] as [unknown, unknown, string][])('the task %j and the agent %j', async (task, agent, message) => {
    const error: unknown = await train(task as string, agent as string, GOOD).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(BusbarError);
    expect((error as Error).message).toContain(message);
  });

  it('another training that goes on than the one that was begun, whatever is different', async () => {
    let saved: TrainingState | undefined;
    const options: TrainOptions = { ...GOOD, evaluationResets: { state: [0, 0, 0, 0] } };
    await train('cartpole', 'ppo', { ...options, onCheckpoint: (state) => void (saved = state()) });
    const resume = saved;
    const resumed = (more: Partial<TrainOptions>) => train('cartpole', 'ppo', { ...options, resume, ...more });
    for (const [more, message] of [
      [{ evaluations: 1 }, 'evaluations 0, and this one 1'],
      [{ evaluationEpisodes: 2 }, 'evaluationEpisodes 1, and this one 2'],
      [{ evaluationSeed: 7 }, 'evaluationSeed 0, and this one 7'],
      [{ evaluationResets: { state: [0, 0, 0, 0.01] } }, 'evaluationResets {"state":[0,0,0,0]}, and this one {"state":[0,0,0,0.01]}'],
      [{ evaluationResets: () => ({ state: [0, 0, 0, 0] }) }, 'evaluationResets {"state":[0,0,0,0]}, and this one [{"state":[0,0,0,0]}]'],
      [{ steps: 256 }, 'totalSteps 128, and this one 256'],
      [{ settings: { ...GOOD.settings, clip: 0.1 } }, 'the setting clip 0.2, and this one 0.1'],
      [{ settings: { ...GOOD.settings, hidden: [5] } }, 'the setting hidden [4], and this one [5]'],
    ] as [Partial<TrainOptions>, string][])
      await expect(resumed(more)).rejects.toThrow(`the saved training has ${message}; resume it as it was begun`);
    // Threads, the order of names and where it is to end change nothing.
    const same = await resumed({ workers: 2, targetReturn: 1e6 });
    expect(same.steps).toBe(128);
    const lake = { ...GOOD, taskOptions: { slippery: false, map: '8x8' } };
    await train('frozenlake', 'ppo', { ...lake, onCheckpoint: (state) => void (saved = state()) });
    const other = saved;
    await expect(train('frozenlake', 'ppo', { ...lake, taskOptions: { map: '8x8' }, resume: other })).rejects.toThrow(
      'the saved training has taskOptions {"map":"8x8","slippery":false}, and this one {"map":"8x8"}',
    );
    expect((await train('frozenlake', 'ppo', { ...lake, taskOptions: { map: '8x8', slippery: false }, resume: other })).steps).toBe(128);
  });
});
