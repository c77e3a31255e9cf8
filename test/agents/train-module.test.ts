/** Training on a task that a module of the user's registers, as the first thing that asks for it. */
import { describe, expect, it } from 'vitest';
import { train } from '../../src/agents/node-index.js';

const module = new URL('../environments/modules/parcel.ts', import.meta.url).href;
const options = {
  ...{ steps: 64, evaluations: 0, evaluationEpisodes: 2 },
  settings: { environments: 4, rolloutSteps: 8, minibatches: 1, epochs: 1, hidden: [8] },
};

describe('the module of a task to be trained on', () => {
  it('is loaded first, with one thread and with more', async () => {
    await expect(train('parcel', 'ppo', { ...options, module: '/no/such/module.js' })).rejects.toThrow(/^the module .* cannot be loaded/);
    const alone = await train('parcel', 'ppo', { ...options, module });
    const shared = await train('parcel', 'ppo', { ...options, module, workers: 2 });
    expect(alone.task).toBe('parcel');
    expect(alone.steps).toBe(64);
    expect(shared.policy).toEqual(alone.policy);
  }, 60_000);
});
