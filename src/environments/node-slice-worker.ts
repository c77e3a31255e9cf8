/** The program of a slice's thread: makes the task, then sleeps until it is told to step, to reset or to answer. Never ends by itself. */
import { performance } from 'node:perf_hooks';
import { receiveMessageOnPort, workerData } from 'node:worker_threads';
import { InputError } from '../grid/index.js';
import { messageOf } from './errors.js';
import { makeTask } from './node-index.js';
import type { SliceThreadTask } from './node-slice-threads.js';
import {
  COMMAND_ASK,
  COMMAND_RESET,
  COMMAND_STEP,
  GIVEN,
  SliceControl,
  STATUS_FAILED,
  STATUS_INPUT,
  STATUS_WELL,
  WORD_COMMAND,
  WORD_DONE,
  WORD_ISSUED,
  WORD_SAMPLER,
} from './slice-control.js';
import { answer, type SliceQuestion, SliceRunner } from './slice-runner.js';
import type { ResetOptions } from './task.js';
import { arraysOf } from './vector-arrays.js';

const { thread, control: buffer, setup, range, task, port } = workerData as SliceThreadTask;
const control = new SliceControl(buffer);
const { words } = control;

async function makeRunner(): Promise<SliceRunner> {
  if (task.module !== undefined) await import(task.module);
  const made = await makeTask(task.id, task.options);
  return new SliceRunner(made, arraysOf(setup.buffer, setup.widths, range.from, range.to), setup.backend, setup.autoreset);
}

function received<T>(): T {
  return receiveMessageOnPort(port)?.message as T;
}

function obey(runner: SliceRunner): void {
  switch (words[control.at(thread, WORD_COMMAND)]) {
    case COMMAND_STEP: {
      const sampler = words[control.at(thread, WORD_SAMPLER)];
      return runner.step(sampler === GIVEN ? undefined : sampler);
    }
    case COMMAND_RESET:
      return runner.reset(received<{ options: ResetOptions | undefined }>().options);
    case COMMAND_ASK: {
      const { environment, question } = received<{ environment: number; question: SliceQuestion }>();
      port.postMessage({ answer: answer(runner, environment, question) });
    }
  }
}

/** Runs something and says how it went. */
function report<T>(work: () => T): T | undefined {
  try {
    const result = work();
    control.tell(thread, STATUS_WELL);
    return result;
  } catch (error) {
    control.tell(thread, error instanceof InputError ? STATUS_INPUT : STATUS_FAILED, messageOf(error));
    return undefined;
  }
}

/** Milliseconds for which a thread looks for the next command before it sleeps: waking takes about as long. */
const LOOKOUT = 0.05;

/** Waits for another command than the last one and returns its number. */
function nextCommand(last: number): number {
  const at = control.at(thread, WORD_ISSUED);
  const until = performance.now() + LOOKOUT;
  while (Atomics.load(words, at) === last && performance.now() < until);
  Atomics.wait(words, at, last);
  return Atomics.load(words, at);
}

const made = await makeRunner().then(
  (runner) => ({ runner, error: undefined }),
  (error: unknown) => ({ runner: undefined, error }),
);
let command = Atomics.load(words, control.at(thread, WORD_ISSUED));
report(() => {
  if (!made.runner) throw made.error;
});
control.raise(thread, WORD_DONE, command);
for (const { runner } = made; runner; ) {
  command = nextCommand(command);
  report(() => obey(runner));
  control.times[2 * thread] = runner.seconds;
  control.times[2 * thread + 1] = runner.kernelSeconds;
  control.raise(thread, WORD_DONE, command);
}
