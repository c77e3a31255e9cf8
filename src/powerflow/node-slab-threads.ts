/**
 * The threads of a pool: starts workers on a session's shared memory, wakes them, waits for them without polling, and sees to it that a slab whose worker dies is
 * solved by somebody else.
 */
import { Worker } from 'node:worker_threads';
import { GridError } from '../grid/index.js';
import { type KernelExports, type Precision, sharedKernelsModule, wasmBackend } from './kernels.js';
import { loadNativeAddon } from './node-native.js';
import {
  CONTROL_GENERATION,
  CONTROL_START,
  CONTROL_WORDS,
  releaseSlabs,
  SHARE_BYTES,
  SHARE_SCENARIOS,
  SHARE_SECONDS,
  SLAB_DONE,
  SLAB_FREE,
  START_BASE,
  START_WARM,
  slabSolver,
} from './slab-loop.js';
import type { SlabMethod, SlabReport, SlabRoom, SlabShare } from './slabs.js';

/** Where a worker has its kernels from: a compiled module, or the addon's file and the width among its kernels. */
export type WorkerKernels = { module: WebAssembly.Module } | { addonPath: string; width: number };

/** All that a worker is told. The grid is not among it: it is compiled once, on the main thread. */
export interface WorkerTask {
  memory: WebAssembly.Memory;
  room: SlabRoom;
  method: SlabMethod;
  /** The worker's number. */
  participant: number;
  kernels: WorkerKernels;
}

/** The worker's program; beside this file both in the sources and in the package. */
const PROGRAM = new URL('./node-slab-worker.js', import.meta.url);

/** What workers load for a backend. Throws {@link GridError} for one that they cannot load: a wrapper, or a backend of the caller's own. */
export function workerKernels(name: string, precision: Precision): WorkerKernels {
  if (name === wasmBackend.name) return { module: sharedKernelsModule(precision) };
  const loaded = loadNativeAddon();
  const found = typeof loaded === 'string' ? undefined : loaded.addon.widths.find((one) => one.name === name && one.precision === precision);
  if (typeof loaded === 'string' || !found) throw new GridError(`a pool's workers run WebAssembly or native kernels, not ${name}`);
  return { addonPath: loaded.path, width: found.width };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Threads over one session. */
export class SlabThreads {
  /** By number; undefined where one has died and has not been replaced. */
  private readonly threads: (Worker | undefined)[];
  private readonly deaths: string[][];
  private readonly control: Int32Array;
  private readonly owners: Int32Array;
  private readonly shares: Float64Array;
  private readonly solveHere: () => void;
  /** Of the solution that is going on. */
  private ended: { resolve: () => void; reject: (error: unknown) => void } | undefined;
  private closing: Promise<void> | undefined;

  /**
   * Starts the workers; they sleep until the first solution.
   *
   * @param kernels the session's own, for what workers leave
   * @param program the worker's program, for tests
   */
  constructor(
    private readonly memory: WebAssembly.Memory,
    private readonly room: SlabRoom,
    private readonly method: SlabMethod,
    private readonly source: WorkerKernels,
    kernels: KernelExports,
    private readonly program: URL = PROGRAM,
  ) {
    this.control = new Int32Array(memory.buffer, room.control, CONTROL_WORDS);
    this.owners = new Int32Array(memory.buffer, room.owners, room.slabs);
    this.owners.fill(SLAB_DONE);
    this.shares = new Float64Array(memory.buffer, room.shares, ((room.workers + 1) * SHARE_BYTES) / 8);
    this.solveHere = slabSolver(room, method, room.workers, memory, kernels);
    this.deaths = Array.from({ length: room.workers }, () => []);
    this.threads = Array.from({ length: room.workers }, (_, participant) => this.start(participant));
  }

  /** The worker threads that are alive, for tests. */
  get living(): Worker[] {
    return this.threads.filter((thread) => thread !== undefined);
  }

  /** Starts a worker; undefined, and a death reported, where the system gives no thread. */
  private start(participant: number): Worker | undefined {
    const workerData: WorkerTask = { memory: this.memory, room: this.room, method: this.method, participant, kernels: this.source };
    // The program is plain JavaScript: loaders that the process was started with are not for it.
    let thread: Worker;
    try {
      thread = new Worker(this.program, { workerData, execArgv: [], name: `busbar pool worker ${participant}` });
    } catch (error) {
      this.deaths[participant].push(`it could not be started: ${messageOf(error)}`);
      return undefined;
    }
    let thrown: string | undefined;
    thread.on('message', () => this.look());
    thread.on('error', (error: unknown) => {
      thrown = messageOf(error);
    });
    thread.on('exit', (code) => this.bury(participant, thrown === undefined ? `it ended with exit code ${code}` : `it threw: ${thrown}`));
    // A pool that nobody closes does not keep the process from ending.
    thread.unref();
    return thread;
  }

  /** A worker's thread has ended: nothing of it runs any more. What it had claimed is set free and others are woken for it. */
  private bury(participant: number, reason: string): void {
    this.threads[participant] = undefined;
    if (this.closing) return;
    this.deaths[participant].push(reason);
    releaseSlabs(this.room, participant, this.memory);
    this.seeTo();
  }

  /** Has free slabs solved, by the workers or, where none is alive, here. */
  private seeTo(): void {
    if (!this.ended) return;
    if (this.living.length > 0) this.wake();
    else {
      try {
        this.solveHere();
      } catch (error) {
        this.ended.reject(error);
      }
    }
    this.look();
  }

  private wake(): void {
    Atomics.add(this.control, CONTROL_GENERATION, 1);
    Atomics.notify(this.control, CONTROL_GENERATION);
  }

  /** Ends the solution when all slabs are done. */
  private look(): void {
    if (!this.ended) return;
    for (let slab = 0; slab < this.room.slabs; slab++) if (Atomics.load(this.owners, slab) !== SLAB_DONE) return;
    this.ended.resolve();
  }

  /**
   * Has all slabs solved. Rejects with {@link GridError} where the threads are closed meanwhile. One solution at a time.
   *
   * @param fromBase start from the base case's voltages, else from those in the memory
   */
  async solve(fromBase: boolean): Promise<SlabReport> {
    const { room, control } = this;
    this.shares.fill(0);
    Atomics.store(control, CONTROL_START, fromBase ? START_BASE : START_WARM);
    for (let slab = 0; slab < room.slabs; slab++) Atomics.store(this.owners, slab, SLAB_FREE);
    for (let participant = 0; participant < room.workers; participant++) {
      this.threads[participant] ??= this.start(participant);
      this.threads[participant]?.ref();
    }
    try {
      await new Promise<void>((resolve, reject) => {
        this.ended = { resolve, reject };
        this.seeTo();
      });
    } finally {
      this.ended = undefined;
      if (!this.closing) for (const thread of this.living) thread.unref();
    }
    const share = (participant: number): SlabShare => {
      const at = (participant * SHARE_BYTES) / 8;
      return { scenarios: this.shares[at + SHARE_SCENARIOS], seconds: this.shares[at + SHARE_SECONDS] };
    };
    return {
      workers: this.deaths.map((deaths, participant) => ({ ...share(participant), deaths: deaths.splice(0) })),
      mainThread: share(room.workers),
    };
  }

  /** Ends all threads; a solution that is going on is rejected. May be called again. */
  close(): Promise<void> {
    // Threads that end keep the process alive, so that what awaits this goes on.
    if (!this.closing) for (const thread of this.living) thread.ref();
    this.closing ??= Promise.all(this.living.map((thread) => thread.terminate())).then(() => undefined);
    this.ended?.reject(new GridError('the pool was closed while it was solving'));
    return this.closing;
  }
}
