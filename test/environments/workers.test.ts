/** Worker threads: those that throw, die or cannot start are told of, nothing hangs, nothing keeps a process alive. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { EnvironmentError, type MakeVectorOptions, makeVector, registerTask, type VectorEnvironment } from '../../src/environments/node-index.js';
import { InputError } from '../../src/grid/index.js';
import { rolloutHashes } from './golden-hash.js';
import { TOY_MODULE, toy } from './toy-task.js';

const open: VectorEnvironment[] = [];
afterEach(async () => {
  for (const vector of open.splice(0)) await vector.close();
});

async function vectorOf(options: MakeVectorOptions): Promise<VectorEnvironment> {
  const vector = await makeVector('toy', { module: TOY_MODULE, ...options });
  open.push(vector);
  return vector;
}

const SEEDS = Array.from({ length: 6 }, (_, i) => i);

describe('worker threads', () => {
  it('give the same for any number of them, and with none of the main thread', async () => {
    const alone = rolloutHashes(await vectorOf({ environments: 6, workers: 1 }), SEEDS, 20);
    for (const options of [{ workers: 16 }, { workers: 2, background: true }]) {
      const vector = await vectorOf({ environments: 6, ...options });
      expect(vector.threads).toBe(Math.min(6, options.workers));
      expect(rolloutHashes(vector, SEEDS, 20)).toEqual(alone);
    }
  });

  it('that throw are named by the step, and the vector is done with', async () => {
    const vector = await vectorOf({ environments: 4, workers: 2, background: true, fail: 'throw' });
    vector.reset({ seed: 1 });
    const step = (): unknown => vector.step(vector.sampleActions());
    step();
    step();
    expect(step).toThrow(EnvironmentError);
    expect(step).toThrow('worker 1 of 2 (environments 0 to 1) threw: the toy broke');
    expect(() => vector.reset()).toThrow('the toy broke');
  });

  it('that die are named by the step', async () => {
    const vector = await vectorOf({ environments: 4, workers: 1, background: true, fail: 'exit' });
    vector.reset({ seed: 1 });
    const step = (): unknown => vector.step(vector.sampleActions());
    step();
    step();
    expect(step).toThrow(EnvironmentError);
    expect(step).toThrow('worker 1 of 1 (environments 0 to 3) ended with exit code 7; make a new vector');
  });

  it('that die while nobody sleeps are told of by receiveAsync', async () => {
    const vector = await vectorOf({ environments: 4, workers: 1, background: true, fail: 'exit' });
    vector.reset({ seed: 1 });
    for (let k = 0; k < 2; k++) vector.step(vector.sampleActions());
    vector.send(vector.sampleActions());
    await expect(vector.receiveAsync()).rejects.toThrow('ended with exit code 7');
  });

  it('that do not answer can be closed', async () => {
    const vector = await vectorOf({ environments: 4, workers: 1, background: true, fail: 'hang' });
    vector.reset({ seed: 1 });
    for (let k = 0; k < 2; k++) vector.step(vector.sampleActions());
    vector.send(vector.sampleActions());
    const result = expect(vector.receiveAsync()).rejects.toThrow('this vector of environments was closed');
    await vector.close();
    await result;
  });

  it('pass on bad input of resets as it is', async () => {
    const vector = await vectorOf({ environments: 4, workers: 2, background: true });
    vector.reset({ seed: 1 });
    const before = vector.snapshot();
    for (const mask of [undefined, [0, 0, 0, 1]]) {
      expect(() => vector.reset({ options: { height: 'high' }, mask })).toThrow(InputError);
      expect(() => vector.reset({ options: { height: 'high' }, mask })).toThrow(/^height must be a number$/);
    }
    expect(() => vector.reset({ options: { height: () => 1 } })).toThrow(InputError);
    expect(vector.snapshot()).toEqual(before);
    expect([...vector.reset({ options: { height: 0.5 } }).observations]).toEqual([0.5, 0, 0.5, 0, 0.5, 0, 0.5, 0]);
  });

  it('that cannot make their task are told of at once', async () => {
    registerTask('closure', (options) => ({ ...toy(options), id: 'closure' }));
    const start = makeVector('closure', { environments: 2, workers: 2 });
    await expect(start).rejects.toThrow(EnvironmentError);
    await expect(start).rejects.toThrow(/^worker 1 of 1 \(environments 1 to 1\) threw: there is no task named "closure".*needs the option module/);
    await expect(makeVector('toy', { environments: 2, workers: 2, module: '/no/such/module.js' })).rejects.toThrow('worker 1 of 1');
    await expect(makeVector(toy(), { environments: 2, workers: 2 })).rejects.toThrow('a task that is an object cannot go to worker threads');
  });

  it('do not keep a process alive, idle or at work', () => {
    const source = fileURLToPath(new URL('../../src/environments/node-index.ts', import.meta.url));
    const program = `
      import { makeVector } from ${JSON.stringify(source)};
      const vector = await makeVector('cartpole', { environments: 16, workers: 2 });
      vector.reset({ seed: 1 });
      vector.step(vector.sampleActions());
      vector.send(vector.sampleActions());
      console.log((await vector.receiveAsync()).rewards.length);
      vector.send(vector.sampleActions());
    `;
    const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program], {
      cwd: fileURLToPath(new URL('../..', import.meta.url)),
      encoding: 'utf8',
      timeout: 25_000,
    });
    expect([status, stdout, stderr]).toEqual([0, '16\n', '']);
  });
});
