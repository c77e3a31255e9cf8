import { afterEach, describe, expect, it } from 'vitest';
import { loadFeeder } from '../../src/feeders/index.js';
import {
  backendSummary,
  chooseBackend,
  createSolver,
  preferBackend,
  registerNativeKernels,
  ScenarioSolver,
  wasmBackend,
} from '../../src/powerflow/index.js';
import type { KernelBackend } from '../../src/powerflow/kernels.js';
import { findNativeKernels } from '../../src/powerflow/node-native.js';

const wide: KernelBackend = { name: 'native-avx512', lanes: 8, instantiate: wasmBackend.instantiate };
const narrow: KernelBackend = { name: 'native-sse2', lanes: 2, instantiate: wasmBackend.instantiate };

describe('choice of backend', () => {
  afterEach(() => {
    registerNativeKernels(findNativeKernels);
    preferBackend(process.env.BUSBAR_BACKEND, 'BUSBAR_BACKEND');
  });

  it('takes native kernels for batches, the widest first, and WebAssembly for single solutions', () => {
    preferBackend(undefined, 'test');
    registerNativeKernels(() => ({ backends: [wide, narrow], reason: 'here' }));
    expect(chooseBackend(undefined, 'batch')).toBe(wide);
    expect(chooseBackend(undefined, 'single')).toBe(wasmBackend);
    expect(chooseBackend('native', 'single')).toBe(wide);
    expect(chooseBackend('native-sse2', 'batch')).toBe(narrow);
    expect(chooseBackend('wasm', 'batch')).toBe(wasmBackend);
    expect(backendSummary()).toEqual({
      single: 'wasm-simd128',
      batch: 'native-avx512',
      available: ['native-avx512', 'native-sse2', 'wasm-simd128'],
      reason: 'here',
    });
  });

  it('falls back to WebAssembly where nobody asked for another, and looks for native kernels only when they are wanted', () => {
    preferBackend(undefined, 'test');
    let looked = 0;
    registerNativeKernels(() => {
      looked++;
      return { backends: [], reason: 'none were built' };
    });
    expect(chooseBackend(undefined, 'single')).toBe(wasmBackend);
    expect(looked).toBe(0);
    expect(chooseBackend(undefined, 'batch')).toBe(wasmBackend);
    expect(chooseBackend('auto', 'batch')).toBe(wasmBackend);
    expect(looked).toBe(1);
  });

  it('says in one line when a backend that was asked for is not there', () => {
    preferBackend('native', 'BUSBAR_BACKEND');
    registerNativeKernels(() => ({ backends: [], reason: 'none were built' }));
    expect(() => chooseBackend(undefined, 'single')).toThrow('BUSBAR_BACKEND asks for native, which is not there: none were built; use wasm');
    expect(chooseBackend('wasm', 'single')).toBe(wasmBackend);
    registerNativeKernels(() => ({ backends: [narrow], reason: 'here' }));
    expect(() => chooseBackend('native-avx2', 'batch')).toThrow(
      'the option backend asks for native-avx2, which is not there: this processor has only native-sse2',
    );
    preferBackend('fortran', 'BUSBAR_BACKEND');
    expect(() => chooseBackend(undefined, 'batch')).toThrow('BUSBAR_BACKEND is "fortran"; it must be one of auto, wasm, native');
  });

  it('solves alike by every backend that is there, and reports which', async () => {
    const grid = await loadFeeder('ieee13');
    const wanted = createSolver(grid, { backend: 'wasm' }).solve();
    expect(wanted.backend).toBe('wasm-simd128');
    const scenario = new ScenarioSolver(grid, { method: 'newton', backend: 'wasm' });
    expect(scenario.solve()).toBe(true);
    for (const { name } of findNativeKernels().backends) {
      const backend = name as 'native-sse2';
      const report = createSolver(grid, { backend }).solve();
      expect(report).toEqual({ ...wanted, backend: name });
      const same = new ScenarioSolver(grid, { method: 'newton', backend });
      expect(same.solve()).toBe(true);
      expect(same.readVoltages()).toEqual(scenario.readVoltages());
    }
  });
});
