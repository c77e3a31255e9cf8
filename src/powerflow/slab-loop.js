// @ts-check
/**
 * What everybody who takes part in a solution does: claim slabs that nobody has yet, and solve them. JavaScript with types in comments, because it runs as it
 * stands in a worker thread (node-slab-worker.js), from a checkout's sources as well as from the package; the compiler checks it like the rest.
 *
 * Control words: a generation, raised to wake the workers, and where the solution starts. An owner a slab: free, done, or who has it and whether its voltages have
 * been touched. All are read and written by Atomics, which also order what is read and written besides: inputs are written before a slab is set free, results before
 * it is called done.
 */

/** Control words: i32. */
export const CONTROL_GENERATION = 0;
export const CONTROL_START = 1;
export const CONTROL_WORDS = 16;

/** Start values: the base case's voltages, or those of the solution before. */
export const START_BASE = 0;
export const START_WARM = 1;

/** Owners of slabs; other numbers are made by {@link claimOf}. */
export const SLAB_FREE = 0;
export const SLAB_DONE = 1;

/** f64 a participant: seconds at work and scenarios solved, on a cache line of their own. */
export const SHARE_BYTES = 64;
export const SHARE_SECONDS = 0;
export const SHARE_SCENARIOS = 1;

/**
 * The owner that stands for a participant.
 *
 * @param {number} participant
 * @param {boolean} touched whether it has begun to change the slab's voltages
 * @returns {number}
 */
export function claimOf(participant, touched) {
  return 2 * participant + (touched ? 3 : 2);
}

/**
 * Makes the function that solves all slabs that are free, one after the other, and returns when there is none left.
 *
 * @param {import('./slabs.js').SlabRoom} room
 * @param {import('./slabs.js').SlabMethod} method
 * @param {number} participant the worker's number; the number of workers stands for the main thread
 * @param {WebAssembly.Memory} memory
 * @param {Pick<import('./kernels.js').KernelExports, 'solveFixedPoint' | 'solveNewton'>} kernels
 * @returns {() => void}
 */
export function slabSolver(room, method, participant, memory, kernels) {
  const { slabs, slabBlocks, blocks, lanes, scenarios, voltage } = room;
  const doubles = new Float64Array(memory.buffer);
  const control = new Int32Array(memory.buffer, room.control, CONTROL_WORDS);
  const owners = new Int32Array(memory.buffer, room.owners, slabs);
  const share = new Float64Array(memory.buffer, room.shares + participant * SHARE_BYTES, SHARE_BYTES / 8);
  const layoutOffset = room.layouts[participant];
  const fields = new Int32Array(memory.buffer, layoutOffset);
  const columns = voltage.stride / 8;

  /** @param {number} slab */
  const solve = (slab) => {
    const began = performance.now();
    const first = slab * slabBlocks;
    const count = Math.min(slabBlocks, blocks - first);
    fields[room.blocksField] = count;
    for (const { field, offset, stride } of room.blockArrays) fields[field] = offset + first * stride;
    const start = (voltage.offset + first * voltage.stride) / 8;
    const fromBase = Atomics.load(control, CONTROL_START) === START_BASE;
    const kernelStart = fromBase ? method.baseStart : method.warmStart;
    if (fromBase && kernelStart === method.warmStart) {
      for (let block = 0; block < count; block++) doubles.copyWithin(start + block * columns, room.base / 8, room.base / 8 + columns);
    } else if (!fromBase) {
      // Whoever has to solve this slab again, should this participant die, needs the voltages from which it starts.
      doubles.copyWithin(room.kept[participant] / 8, start, start + count * columns);
    }
    Atomics.store(owners, slab, claimOf(participant, true));
    if (method.isNewton) kernels.solveNewton(layoutOffset, method.toleranceVa, method.limit, 1);
    else kernels.solveFixedPoint(layoutOffset, method.solver, method.toleranceVa, method.limit, kernelStart, 1);
    share[SHARE_SCENARIOS] += Math.min((first + count) * lanes, scenarios) - first * lanes;
    share[SHARE_SECONDS] += (performance.now() - began) / 1000;
    Atomics.store(owners, slab, SLAB_DONE);
  };

  return () => {
    // Each begins in a stretch of its own, whose data it still has in its cache from the solution before, and then helps the others out.
    const from = Math.floor((participant * slabs) / room.workers);
    for (let looked = 0; looked < slabs; looked++) {
      const slab = (from + looked) % slabs;
      if (Atomics.compareExchange(owners, slab, SLAB_FREE, claimOf(participant, false)) === SLAB_FREE) solve(slab);
    }
  };
}

/**
 * Sets free what a participant that has died had claimed, its voltages as they were before.
 *
 * @param {import('./slabs.js').SlabRoom} room
 * @param {number} participant
 * @param {WebAssembly.Memory} memory
 * @returns {number} slabs set free
 */
export function releaseSlabs(room, participant, memory) {
  const owners = new Int32Array(memory.buffer, room.owners, room.slabs);
  const control = new Int32Array(memory.buffer, room.control, CONTROL_WORDS);
  let released = 0;
  for (let slab = 0; slab < room.slabs; slab++) {
    const owner = Atomics.load(owners, slab);
    if (owner !== claimOf(participant, false) && owner !== claimOf(participant, true)) continue;
    if (owner === claimOf(participant, true) && Atomics.load(control, CONTROL_START) === START_WARM) {
      const { stride, offset } = room.voltage;
      const first = slab * room.slabBlocks;
      const bytes = Math.min(room.slabBlocks, room.blocks - first) * stride;
      new Uint8Array(memory.buffer).copyWithin(offset + first * stride, room.kept[participant], room.kept[participant] + bytes);
    }
    Atomics.store(owners, slab, SLAB_FREE);
    released++;
  }
  return released;
}
