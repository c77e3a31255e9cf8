/** Modules that register tasks: loaded on the main thread and by workers, told of where they cannot be; ids that do not agree; threads that cannot start. */
import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { evaluate, listTasks, loadTaskModule, makeTask, makeVector, registerTask } from '../../src/environments/node-index.js';
import { LOST, SliceControl, WORD_DONE, WORDS_PER_THREAD } from '../../src/environments/slice-control.js';
import { InputError } from '../../src/grid/index.js';
import { rolloutHashes } from './golden-hash.js';
import { toy } from './toy-task.js';

const addressOf = (name: string): string => new URL(`./modules/${name}.ts`, import.meta.url).href;

describe('the module of a task', () => {
  it('that is not there, throws, or registers something else is told of by one line', async () => {
    const message = (module: string): Promise<string> =>
      makeVector('parcels', { module }).then(String, (error: Error) => `${error.name}: ${error.message}`);
    expect(await message('/no/such/module.js')).toMatch(
      /^InputError: the module file:\/\/\/no\/such\/module\.js of the task "parcels" cannot be loaded: [^\n]+$/,
    );
    expect(await message(addressOf('broken'))).toMatch(
      /^InputError: the module .*broken\.ts of the task "parcels" cannot be loaded: the module broke$/,
    );
    expect(await message(new URL('./golden-hash.ts', import.meta.url).href)).toMatch(
      /^InputError: the module .*golden-hash\.ts registers no task "parcels"; it must call registerTask\('parcels', \.\.\.\)/,
    );
    expect(await message('./parcel.ts')).toMatch(/^InputError: module is "\.\/parcel\.ts"; give a URL/);
    await expect(evaluate('parcels', 'random', { module: '/no/such/module.js' })).rejects.toThrow(/cannot be loaded/);
    expect(listTasks().some(({ id }) => id === 'parcel')).toBe(false);
  });

  it('is loaded on the main thread too, whatever the number of workers', async () => {
    await expect(makeTask('parcel')).rejects.toThrow('there is no task named "parcel"');
    const module = addressOf('parcel');
    const alone = await makeVector('parcel', { environments: 4, module });
    const shared = await makeVector('parcel', { environments: 4, workers: 2, module });
    try {
      expect(rolloutHashes(shared, [1, 2, 3, 4], 10)).toEqual(rolloutHashes(alone, [1, 2, 3, 4], 10));
    } finally {
      await shared.close();
    }
    // Known by now: not loaded again.
    await loadTaskModule('parcel', '/no/such/module.js');
    expect((await evaluate('parcel', 'random', { episodes: 2, module })).task).toBe('parcel');
  });
});

describe('a registered task', () => {
  it('has the id that it is registered under', async () => {
    registerTask('one-name', (options) => toy(options));
    for (const make of [makeTask, makeVector]) {
      await expect(make('one-name')).rejects.toThrow(InputError);
      await expect(make('one-name')).rejects.toThrow(/^task\.one-name: the task registered as one-name has the id "toy"; give both the same$/);
    }
    // Other spellings mean the registered one, and all that is built in agrees with itself.
    expect((await makeTask('VoltVar IEEE13-cbat')).id).toBe('voltvar-ieee13-cbat');
    expect((await makeTask('voltvar-ieee13', { continuousBatteries: true })).id).toBe('voltvar-ieee13');
  });

  it('is a task', async () => {
    registerTask('no-task', () => null as never);
    await expect(makeTask('no-task')).rejects.toThrow(/^the factory of the task no-task gave null; it must give a task$/);
  });
});

describe('a worker that cannot start', () => {
  async function deathsOf(program: string, execArgv: string[]): Promise<{ reason: string; done: number }> {
    const control = SliceControl.make(1);
    const { port1, port2 } = new MessageChannel();
    const slice = new MessageChannel();
    const task = {
      program,
      execArgv,
      names: ['never'],
      threads: [{ port: slice.port2 }],
      doneWord: WORD_DONE,
      wordsPerThread: WORDS_PER_THREAD,
      lost: LOST,
    };
    const transferList: MessagePort[] = [port2, slice.port2];
    const supervisor = new Worker(new URL('../../src/environments/node-slice-supervisor.js', import.meta.url), {
      workerData: { task, words: control.words, deaths: port2 },
      transferList,
      execArgv: [],
    });
    try {
      const at = control.at(0, WORD_DONE);
      for (let waited = 0; Atomics.load(control.words, at) === 0 && waited < 2000; waited++) await new Promise((done) => setTimeout(done, 5));
      const death = receiveMessageOnPort(port1)?.message as { reason: string };
      return { reason: death.reason, done: Atomics.load(control.words, at) };
    } finally {
      await supervisor.terminate();
      port1.close();
      slice.port1.close();
    }
  }

  it('is buried at once, with the reason', async () => {
    expect(await deathsOf('no address', [])).toEqual({ reason: expect.stringMatching(/^could not be started: .*Invalid URL/) as string, done: LOST });
    const program = new URL('./golden-hash.ts', import.meta.url).href;
    expect(await deathsOf(program, ['--no-such-flag'])).toEqual({
      reason: expect.stringMatching(/^could not be started: .*no-such-flag/) as string,
      done: LOST,
    });
    const missing = await deathsOf('file:///no/such/program.js', []);
    expect(missing).toEqual({ reason: expect.stringMatching(/^threw: Cannot find module/) as string, done: LOST });
  });
});
