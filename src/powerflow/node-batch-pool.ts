/// <reference lib="esnext.disposable" preserve="true" />
/**
 * A batch solved by several threads at once: the same columns in and out as a `BatchSession`, and the same bits, whatever the number of workers.
 *
 * All lies in one shared memory, in which WebAssembly and native kernels work in place; what goes to and fro between threads is numbers of slabs (runs of blocks),
 * never data. Workers sleep between solutions.
 */
import { availableParallelism } from 'node:os';
import { describeValue, type Grid, GridError } from '../grid/index.js';
import { checkStart } from './batch-option-names.js';
import { BatchColumns, type BatchOptions, type BatchReport, type BatchStart } from './batch-session.js';
import { SlabThreads, workerKernels } from './node-slab-threads.js';
import type { SlabReport, SlabRoom, SlabShare, WorkerShare } from './slabs.js';

export type { SlabShare, WorkerShare } from './slabs.js';

/** Settings of a pool: those of a batch and how many workers share it. */
export interface PoolOptions extends BatchOptions {
  /** Threads beside the main one, 1 to 1024; never more than there are blocks. Default: as many as the machine can run at once. */
  workers?: number;
}

/** What came of one solution, and who did what. */
export interface PoolReport extends BatchReport {
  /** [worker]: scenarios solved, seconds at work by the clock, and why it died, once for each time, since the report before. */
  workers: WorkerShare[];
  /** What the main thread had to solve because no worker was alive: 0 as a rule. Newton's second pass, which always runs there, is not in it. */
  mainThread: SlabShare;
}

/** Most workers that can be asked for. */
const MOST_WORKERS = 1024;

function workersOf(options: PoolOptions): number {
  const { workers = availableParallelism() } = options ?? {};
  if (!Number.isInteger(workers) || workers < 1 || workers > MOST_WORKERS)
    throw new GridError(`workers is ${describeValue(workers)}; give a whole number from 1 to ${MOST_WORKERS}`);
  return workers;
}

/**
 * A batch of scenarios of one grid, solved by worker threads. The grid is compiled once, here; workers are given the memory it was compiled into. A worker that dies,
 * for whatever reason, is replaced at the next solution; its slab is solved again by the others, or by the main thread where there are none.
 *
 * Close it when it is no longer needed; a pool that is left open and idle does not keep the process from ending.
 */
export class BatchPool extends BatchColumns {
  /** Worker threads: those asked for, or as many as there are blocks of scenarios where these are fewer. */
  readonly workers: number;
  private readonly threads: SlabThreads;
  private isClosed = false;
  private running: Promise<PoolReport> | undefined;

  /** Throws {@link GridError} where the base case has no solution, the method does not apply, or the backend is not one that workers can load. */
  constructor(grid: Grid, options: PoolOptions);
  /**
   * With another program for the workers, for tests.
   *
   * @internal
   */
  constructor(grid: Grid, options: PoolOptions, program?: URL);
  constructor(grid: Grid, options: PoolOptions, program?: URL) {
    super(grid, options, workersOf(options));
    const { memory, kernels, slabs } = this.session;
    const room = slabs as SlabRoom;
    this.workers = room.workers;
    // The first block holds the base case's voltages, as they all do.
    const { stride, offset } = room.voltage;
    new Uint8Array(memory.buffer).copyWithin(room.base, offset, offset + stride);
    this.threads = new SlabThreads(memory, room, this.slabMethod, workerKernels(this.backend, this.precision), kernels, program);
  }

  /**
   * Solves all scenarios. Never rejects for a scenario that has no solution, nor for a worker that dies: these are in the report. Rejects with {@link GridError}
   * while another solution is going on, and where the pool is or gets closed. Columns must not be set nor voltages read before it is done.
   */
  solve(start: BatchStart = 'base'): Promise<PoolReport> {
    const report = this.solveSlabs(start);
    this.running = report;
    return report;
  }

  private async solveSlabs(start: BatchStart): Promise<PoolReport> {
    checkStart(start);
    this.requireRest('a solution cannot begin');
    if (this.isClosed) throw new GridError('the pool is closed');
    this.solving = true;
    let shares: SlabReport;
    try {
      this.completeInputs();
      shares = await this.threads.solve(start === 'base');
    } finally {
      this.solving = false;
    }
    return { ...this.finish(), ...shares };
  }

  /** Ends the workers. Results can still be read; a solution that is going on is rejected. May be called again. */
  close(): Promise<void> {
    this.isClosed = true;
    // Who closes knows that the solution ends with it, and may not be waiting for that yet.
    this.running?.catch(() => {});
    return this.threads.close();
  }

  /** `await using pool = new BatchPool(...)` closes it. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /**
   * The workers' threads that are alive, for tests.
   *
   * @internal
   */
  get workerThreads(): SlabThreads['living'] {
    return this.threads.living;
  }
}
