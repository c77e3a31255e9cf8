/** What observers see: the kernels what the plain program sees scenario by scenario, that the totals of single solutions; native as WebAssembly, bit for bit. */
import { describe, expect, it } from 'vitest';
import { loadFeeder } from '../../src/feeders/index.js';
import type { Grid } from '../../src/grid/index.js';
import { BatchObserver, BatchSession, type KernelBackend, scalarBackend, wasmBackend } from '../../src/powerflow/index.js';
import { nativeBackends } from '../native/native.js';

const SCENARIOS = 19;
const COLUMNS = ['lossesW', 'sourceW', 'sourceVar', 'abovePu', 'belowPu', 'busesOutside', 'lowestPu', 'highestPu'] as const;

function randomSource(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 4294967296;
  };
}

interface Seen {
  batch: BatchSession;
  observer: BatchObserver;
}

/** A batch with random loads, taps and capacitor steps, solved and observed. */
function see(grid: Grid, backend: KernelBackend, inKernel: boolean, used = SCENARIOS, reduce?: boolean): Seen {
  const bandPu = [0.97, 1.03] as const;
  const floating = grid.name.toLowerCase().includes('37');
  const batch = new BatchSession(grid, {
    scenarios: SCENARIOS,
    backend,
    ...(floating ? {} : { taps: true as const }),
    capacitors: true,
    tolerance: 1e-11,
    ...(inKernel ? { observe: { bandPu }, reduce } : { reduce: false }),
  });
  batch.use(used);
  const random = randomSource(11);
  const column = (value: () => number): Float64Array => Float64Array.from({ length: SCENARIOS }, value);
  batch.injections.forEach((_, i) => {
    batch.scalePowers(
      [i],
      column(() => 0.2 + random()),
    );
  });
  for (const name of batch.transformers)
    batch.setTaps(
      name,
      column(() => 0.95 + Math.floor(random() * 17) * 0.00625),
    );
  for (const name of batch.capacitors)
    batch.setCapacitorSteps(
      name,
      column(() => (random() < 0.5 ? 0 : 1)),
    );
  const meters = [0, batch.injections.length - 1];
  const observer = new BatchObserver(batch, inKernel ? { meters } : { meters, bandPu });
  batch.solve();
  observer.observe();
  return { batch, observer };
}

const FEEDERS = ['ieee13', 'ieee34', 'ieee37', 'ieee123', 'tree131', 'european-lv'] as const;

describe.each(FEEDERS)('observing %s', async (name) => {
  const grid = await loadFeeder(name);
  const load = (): Grid => grid;

  it('one by one: losses and source power balance with what injections take', () => {
    const { batch, observer } = see(load(), scalarBackend, false);
    expect(observer.inKernel).toBe(false);
    const all = new BatchObserver(batch, { meters: batch.injections.map((_, i) => i) });
    all.observe();
    for (let scenario = 0; scenario < SCENARIOS; scenario++) {
      const taken = all.meterKw.reduce((sum, kw, m) => sum + kw[scenario] * (batch.injections[m].kind === 'load' ? 1 : -1), 0);
      const source = all.sourceW[scenario] / 1000;
      expect(Math.abs(source - taken - all.lossesW[scenario] / 1000)).toBeLessThan(1e-7 * Math.abs(source) + 1e-6);
    }
  });

  const ways = [wasmBackend, ...nativeBackends].flatMap((backend) => [false, true].map((reduce) => ({ name: backend.name, backend, reduce })));
  it.each(ways)('by the kernels of $name, buses left out $reduce: the same', ({ backend, reduce }) => {
    const slow = see(load(), scalarBackend, false).observer;
    const { batch, observer } = see(load(), backend, true, SCENARIOS, reduce);
    expect(observer.inKernel).toBe(true);
    expect(observer.nodeNames).toEqual(slow.nodeNames);
    for (let scenario = 0; scenario < SCENARIOS; scenario++) {
      expect(batch.status[scenario]).toBe(1);
      for (const column of COLUMNS) {
        const scale = column.endsWith('W') || column.endsWith('Var') ? 1e-3 + 1e-8 * Math.abs(slow.sourceW[scenario]) : 1e-7;
        expect(Math.abs(observer[column][scenario] - slow[column][scenario]), column).toBeLessThan(scale);
      }
      for (let node = 0; node < observer.nodeNames.length; node++) {
        const difference = observer.magnitudes[observer.magnitudeIndex(node, scenario)] - slow.magnitudes[slow.magnitudeIndex(node, scenario)];
        expect(Math.abs(difference), observer.nodeNames[node]).toBeLessThan(1e-8);
      }
      for (const m of [0, 1]) expect(observer.meterKw[m][scenario]).toBeCloseTo(slow.meterKw[m][scenario], 5);
    }
  });

  it.each([false, true])('native bits are those of WebAssembly, and the first scenarios alone those of all; buses left out %s', (reduce) => {
    const reference = see(load(), wasmBackend, true, SCENARIOS, reduce).observer;
    for (const backend of [wasmBackend, ...nativeBackends]) {
      for (const used of [SCENARIOS, 5]) {
        const { observer } = see(load(), backend, true, used, reduce);
        for (const column of COLUMNS) expect(observer[column].slice(0, used)).toEqual(reference[column].slice(0, used));
        const [a, b] = [new Float64Array(observer.nodeNames.length), new Float64Array(observer.nodeNames.length)];
        for (let scenario = 0; scenario < used; scenario++) {
          observer.copyMagnitudes(scenario, a);
          reference.copyMagnitudes(scenario, b);
          expect(a).toEqual(b);
        }
      }
    }
  });
});

describe('observers', async () => {
  const ieee13 = await loadFeeder('ieee13');

  it('say NaN of scenarios without a solution, and nothing else of their neighbours', () => {
    const batch = new BatchSession(ieee13, { scenarios: 4, observe: {} });
    batch.setPowers(0, [1155, Number.NaN, 1155, 1155], [660, 660, 660, 660]);
    batch.solve();
    const observer = new BatchObserver(batch);
    observer.observe();
    expect(batch.status[1]).not.toBe(1);
    expect(observer.lossesW[1]).toBeNaN();
    expect(observer.magnitudes[observer.magnitudeIndex(3, 1)]).toBeNaN();
    expect(observer.lossesW[2]).toBe(observer.lossesW[0]);
    expect(Number.isFinite(observer.lossesW[0])).toBe(true);
  });

  it('give the mean of each bus', () => {
    const batch = new BatchSession(ieee13, { scenarios: 1, observe: { buses: ['671', '634'] } });
    batch.solve();
    const observer = new BatchObserver(batch);
    observer.observe();
    expect(observer.nodeNames).toEqual(['671.1', '671.2', '671.3', '634.1', '634.2', '634.3']);
    const [all, means] = [new Float64Array(6), new Float64Array(2)];
    observer.copyMagnitudes(0, all);
    observer.copyBusMeans(0, means);
    expect(means[0]).toBeCloseTo((all[0] + all[1] + all[2]) / 3, 14);
  });

  it.each(['nodes', 'buses'] as const)('rows of %s are the magnitudes in single precision, whoever looks, reduced grids too', async (rows) => {
    for (const name of ['ieee13', 'ieee123', 'ieee37']) {
      const grid = await loadFeeder(name);
      for (const how of [
        { backend: 'wasm' },
        { backend: 'wasm', reduce: true },
        { backend: 'auto', reduce: false },
        { backend: scalarBackend },
      ] as const) {
        const batch = new BatchSession(grid, { scenarios: 11, observe: { rows }, ...how });
        batch.scalePowers(
          'all',
          Array.from({ length: 11 }, (_, k) => 0.3 + 0.1 * k),
        );
        batch.solve();
        const observer = new BatchObserver(batch);
        observer.observe();
        expect(observer.rowLength).toBe(rows === 'nodes' ? observer.nodeNames.length : observer.busNames.length);
        const [row, plain] = [new Float32Array(observer.rowLength + 2), new Float32Array(observer.rowLength + 2)];
        for (const scenario of [0, 4, 10]) {
          observer.copyRow(scenario, row, 1);
          if (rows === 'nodes') observer.copyMagnitudes(scenario, plain, 1);
          else observer.copyBusMeans(scenario, plain, 1);
          expect(row).toEqual(plain);
          expect(row[1]).toBeGreaterThan(0.5);
        }
      }
    }
  });

  it('refuse rows that were not asked for', () => {
    const batch = new BatchSession(ieee13, { scenarios: 1, observe: {} });
    batch.solve();
    const observer = new BatchObserver(batch);
    expect(() => observer.copyRow(0, new Float32Array(100))).toThrow(/give rows: "nodes" or "buses"/);
  });

  it('refuse batches in single precision, and buses other than those of the batch', () => {
    expect(() => new BatchObserver(new BatchSession(ieee13, { scenarios: 1, precision: 'single' }))).toThrow(/double precision/);
    expect(() => new BatchObserver(new BatchSession(ieee13, { scenarios: 1, observe: {} }), { buses: ['671'] })).toThrow(/option observe/);
  });

  it.each([
    [{ buses: ['nowhere'] }, /no bus "nowhere"/],
    [{ bandPu: [1.05, 0.95] as const }, /bandPu is 1.05 to 0.95/],
    [{ bandPu: 'ab' as never }, /bandPu is "ab"/],
    [{ bandPu: null as never }, /bandPu is null/],
    [{ foo: 1 } as never, /no option "foo"/],
    [{ rows: 'lines' as never }, /rows is "lines"; it may be nodes or buses/],
    [5 as never, /observe is 5/],
  ])('refuse %o', (observe, message) => {
    expect(() => new BatchSession(ieee13, { scenarios: 1, observe })).toThrow(message);
  });
});
