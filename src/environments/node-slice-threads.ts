/**
 * Threads that step slices of a vector beside the main one. All data lie in one shared memory; a step is two words changed in it. The main thread sleeps while it
 * waits, so a further thread, the supervisor, hears when one of them dies, and wakes it.
 */
import { performance } from 'node:perf_hooks';
import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from 'node:worker_threads';
import { InputError } from '../grid/index.js';
import { EnvironmentError } from './errors.js';
import { workerProgram } from './node-worker-program.js';
import type { TaskOptions } from './registry.js';
import {
  COMMAND_ASK,
  COMMAND_RESET,
  COMMAND_STEP,
  GIVEN,
  LOST,
  SliceControl,
  STATUS_INPUT,
  STATUS_WELL,
  WORD_COMMAND,
  WORD_DONE,
  WORD_ISSUED,
  WORD_SAMPLER,
  WORD_STATUS,
  WORDS_PER_THREAD,
} from './slice-control.js';
import type { SliceQuestion } from './slice-runner.js';
import type { SliceThreads, VectorSetup } from './slice-threads.js';
import type { ResetOptions } from './task.js';
import type { SliceRange } from './vector-arrays.js';

/** How a thread makes its task. */
export interface ThreadTask {
  readonly id: string;
  readonly options: TaskOptions;
  /** Address of a module to import first. */
  readonly module: string | undefined;
}

/** All that a slice's thread is told. */
export interface SliceThreadTask {
  /** Its number. */
  readonly thread: number;
  readonly control: SharedArrayBuffer;
  readonly setup: VectorSetup;
  readonly range: SliceRange;
  readonly task: ThreadTask;
  readonly port: MessagePort;
}

/** Milliseconds for which the main thread looks for an answer before it sleeps: waking takes about as long. */
const LOOKOUT = 0.05;

type AsyncWait = (words: Int32Array, at: number, value: number) => { async: false } | { async: true; value: Promise<string> };

/** Threads over the slices of one vector. */
export class NodeSliceThreads implements SliceThreads {
  private readonly control: SliceControl;
  private readonly ports: MessagePort[] = [];
  private readonly supervisor: Worker;
  /** Threads that have a command to do. */
  private pending: number[] = [];
  /** On which the supervisor tells of deaths; read when one is noticed, without the event loop. */
  private readonly deaths: MessagePort;
  private readonly reasons: string[] = [];
  private closing: Promise<void> | undefined;

  /** Starts the threads; what they are told first, to make their tasks, is done when {@link waitAsync} says so. */
  constructor(
    readonly slices: readonly SliceRange[],
    setup: VectorSetup,
    task: ThreadTask,
  ) {
    this.control = SliceControl.make(slices.length);
    const threads = slices.map((range, thread): SliceThreadTask => {
      const { port1, port2 } = new MessageChannel();
      this.ports.push(port1);
      return { thread, control: this.control.buffer, setup, range, task, port: port2 };
    });
    const supervised = {
      ...workerProgram(import.meta.url, 'node-slice-worker'),
      names: slices.map((_, thread) => `busbar ${task.id} ${thread + 1}`),
      threads,
      doneWord: WORD_DONE,
      wordsPerThread: WORDS_PER_THREAD,
      lost: LOST,
    };
    for (let thread = 0; thread < slices.length; thread++) this.issue(thread, 0);
    const { port1, port2 } = new MessageChannel();
    this.deaths = port1;
    this.supervisor = new Worker(new URL('./node-slice-supervisor.js', import.meta.url), {
      workerData: { task: supervised, words: this.control.words, deaths: port2 },
      transferList: [port2, ...threads.map((one) => one.port)],
      execArgv: [],
      name: `busbar ${task.id} supervisor`,
    });
    this.supervisor.on('error', () => this.lose());
    this.supervisor.on('exit', () => this.lose());
    // A vector that nobody closes does not keep the process from ending.
    this.supervisor.unref();
  }

  /** The supervisor is gone and its threads with it. */
  private lose(): void {
    for (let thread = 0; thread < this.slices.length; thread++) this.control.raise(thread, WORD_DONE, LOST);
  }

  private sum(time: number): number {
    return this.slices.reduce((sum, _, thread) => sum + this.control.times[2 * thread + time], 0);
  }

  get seconds(): number {
    return this.sum(0);
  }

  get kernelSeconds(): number {
    return this.sum(1);
  }

  private nameOf(thread: number): string {
    const { from, to } = this.slices[thread];
    return `worker ${thread + 1} of ${this.slices.length} (environments ${from} to ${to - 1})`;
  }

  private issue(thread: number, command: number): void {
    const { control } = this;
    this.pending.push(thread);
    control.words[control.at(thread, WORD_STATUS)] = STATUS_WELL;
    control.words[control.at(thread, WORD_COMMAND)] = command;
    control.raise(thread, WORD_ISSUED, control.words[control.at(thread, WORD_ISSUED)] + 1);
  }

  checkOptions(options: ResetOptions): void {
    try {
      structuredClone(options);
    } catch {
      throw new InputError('the options of this reset cannot be handed to worker threads; give plain data');
    }
  }

  beginReset(slices: readonly number[], options?: ResetOptions): void {
    for (const thread of slices) {
      this.ports[thread].postMessage({ options });
      this.issue(thread, COMMAND_RESET);
    }
  }

  beginStep(sampler?: number): void {
    const { control } = this;
    for (let thread = 0; thread < this.slices.length; thread++) {
      control.words[control.at(thread, WORD_SAMPLER)] = sampler ?? GIVEN;
      this.issue(thread, COMMAND_STEP);
    }
  }

  /** Whether a thread has done its command, or never will. */
  private isDone(thread: number): boolean {
    const { control } = this;
    const done = Atomics.load(control.words, control.at(thread, WORD_DONE));
    return done === LOST || done === control.words[control.at(thread, WORD_ISSUED)];
  }

  wait(): void {
    this.await();
    this.conclude();
  }

  private await(): void {
    const { control } = this;
    const until = performance.now() + LOOKOUT;
    for (const thread of this.pending) {
      while (!this.isDone(thread) && performance.now() < until);
      const at = control.at(thread, WORD_DONE);
      while (!this.isDone(thread)) {
        const seen = Atomics.load(control.words, at);
        if (!this.isDone(thread)) Atomics.wait(control.words, at, seen);
      }
    }
  }

  async waitAsync(): Promise<void> {
    const { control } = this;
    const { waitAsync } = Atomics as unknown as { waitAsync: AsyncWait };
    this.supervisor.ref();
    try {
      for (const thread of this.pending) {
        const at = control.at(thread, WORD_DONE);
        while (!this.isDone(thread)) {
          const seen = Atomics.load(control.words, at);
          if (this.isDone(thread)) break;
          const waited = waitAsync(control.words, at, seen);
          if (waited.async) await waited.value;
        }
      }
    } finally {
      if (!this.closing) this.supervisor.unref();
    }
    this.conclude();
  }

  /** Throws the first failure of what was pending; bad input as it is, where the task may have been given some. */
  private conclude(passesInput = false): void {
    const { control } = this;
    const threads = this.pending;
    this.pending = [];
    for (const thread of threads) {
      const status = control.words[control.at(thread, WORD_STATUS)];
      if (status === STATUS_INPUT && passesInput) throw new InputError(control.message(thread));
      if (status !== STATUS_WELL) throw new EnvironmentError(`${this.nameOf(thread)} threw: ${control.message(thread)}`);
      if (Atomics.load(control.words, control.at(thread, WORD_DONE)) === LOST) {
        throw new EnvironmentError(`${this.nameOf(thread)} ${this.reasonOf(thread)}; make a new vector`);
      }
    }
  }

  private reasonOf(thread: number): string {
    for (let told = receiveMessageOnPort(this.deaths); told; told = receiveMessageOnPort(this.deaths)) {
      const death = told.message as { thread: number; reason: string };
      this.reasons[death.thread] = death.reason;
    }
    return this.reasons[thread] ?? (this.closing ? 'was closed' : 'was lost');
  }

  reset(slices: readonly number[], options: ResetOptions): void {
    this.beginReset(slices, options);
    this.await();
    this.conclude(true);
  }

  ask(environment: number, question: SliceQuestion): unknown {
    const thread = this.slices.findIndex(({ from, to }) => environment >= from && environment < to);
    this.ports[thread].postMessage({ environment: environment - this.slices[thread].from, question });
    this.issue(thread, COMMAND_ASK);
    this.await();
    this.conclude(true);
    const reply = receiveMessageOnPort(this.ports[thread]);
    if (!reply) throw new EnvironmentError(`${this.nameOf(thread)} did not answer`);
    return (reply.message as { answer: unknown }).answer;
  }

  close(): Promise<void> {
    // A thread that ends keeps the process alive, so that what awaits this goes on.
    if (!this.closing) this.supervisor.ref();
    this.closing ??= this.supervisor.terminate().then(() => {
      for (const port of [this.deaths, ...this.ports]) port.close();
    });
    return this.closing;
  }
}
