import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { addon } from './native.js';

/** Each worker loads the addon for itself and runs one lane operation many times. */
const PROGRAM = `
const { parentPort, workerData } = require('node:worker_threads');
const addon = require(workerData.path);
const a = Float64Array.from({ length: 64 }, (_, k) => workerData.factor * k);
const out = new Float64Array(64);
for (let i = 0; i < 2000; i++) addon.probeLanes(addon.widths[0].width, 0, a, a, a, out);
const memory = new WebAssembly.Memory({ initial: 1 });
for (let i = 0; i < 2000; i++) addon.attach(new Uint8Array(memory.buffer), 2);
parentPort.postMessage(out[63]);
`;

describe.skipIf(!addon)('native kernels in worker threads', () => {
  it('load side by side and end cleanly', async () => {
    const { loadNativeAddon } = await import('../../src/powerflow/node-native.js');
    const loaded = loadNativeAddon();
    if (typeof loaded === 'string') throw new Error(loaded);
    const results = await Promise.all(
      [1, 2, 3, 4].map(async (factor) => {
        const worker = new Worker(PROGRAM, { eval: true, workerData: { path: loaded.path, factor } });
        // Both at once: on a busy machine the worker may be gone before one would wait for its end.
        const [[message], [code]] = await Promise.all([once(worker, 'message'), once(worker, 'exit')]);
        return [message, code];
      }),
    );
    expect(results).toEqual([1, 2, 3, 4].map((factor) => [2 * 63 * factor, 0]));
  });
});
