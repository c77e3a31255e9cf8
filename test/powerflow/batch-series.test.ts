import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { loadFeeder } from '../../src/feeders/index.js';
import type { Grid } from '../../src/grid/index.js';
import { BatchSession, CompiledSolver, nodeRows, powerTotals, SolutionScan } from '../../src/powerflow/index.js';
import { type NodeSeriesOptions, solveColumns, solveSeries } from '../../src/powerflow/node-batch-series.js';
import { feederWithTies } from './lane-scenarios.js';
import { bitsOf, chunksOf, countsOf, cut, type Drawn, drawColumns, editTo } from './series-scenarios.js';

const ALL = { voltagesPu: true, voltagesVolt: true, voltagesComplex: true } as const;

describe('columns in, columns out', () => {
  it.each([true, false, undefined])('give the bits of a batch, failed scenarios among them (reduce: %s)', async (reduce) => {
    const grid = await loadFeeder('ieee123');
    const scenarios = 21;
    const columns = drawColumns(grid, scenarios, 3, { broken: 5, heavy: 11 });
    const result = await solveColumns(grid, columns, { ...ALL, reduce, chunkSize: scenarios });
    const batch = new BatchSession(grid, { scenarios, reduce: reduce ?? false });
    for (const [id, { powerKw, powerKvar }] of Object.entries(columns)) batch.setPowers(batch.injectionIndex(id), powerKw, powerKvar);
    const { converged, failed, secondPass } = batch.solve();
    expect(result.report).toEqual({ converged, failed, islanded: 0 });
    // The scenario that no feeder carries is solved in the second pass, its loads as impedances.
    expect([result.count, failed, secondPass, batch.status[5]]).toEqual([scenarios, 1, 2, 3]);
    expect(Array.from(result.status)).toEqual(Array.from(batch.status));
    expect(Array.from(result.iterations)).toEqual(Array.from(batch.iterations));
    expect(Array.from(result.mismatchPu)).toEqual(Array.from(batch.mismatchVa, (va) => va / 1e6));
    const names = batch.nodeNames();
    expect(result.nodeNames).toEqual(names);
    for (let s = 0; s < scenarios; s++) {
      const voltage = batch.voltages(s);
      names.forEach((name, n) => {
        const volts = Math.hypot(voltage[2 * n], voltage[2 * n + 1]);
        expect(Array.from(result.voltagesComplex.get(name)?.subarray(2 * s, 2 * s + 2) ?? [])).toEqual([voltage[2 * n], voltage[2 * n + 1]]);
        expect(result.voltagesVolt.get(name)?.[s]).toBe(volts);
        const baseKv = grid.buses.get(name.slice(0, name.lastIndexOf('.')))?.baseKv;
        if (baseKv === undefined) expect(result.voltagesPu.has(name)).toBe(false);
        else if (batch.status[s] === 1) expect(result.voltagesPu.get(name)?.[s]).toBeCloseTo(volts / baseKv / 1000, 13);
        else expect(result.voltagesPu.get(name)?.[s]).toBeNaN();
      });
      if (batch.status[s] === 1) continue;
      const { minVoltagePu, maxVoltagePu, lossesKw, lossesKvar, sourceKw, sourceKvar, minVoltageNode, maxVoltageNode } = result;
      for (const values of [minVoltagePu, maxVoltagePu, lossesKw, lossesKvar, sourceKw, sourceKvar]) expect(values[s]).toBeNaN();
      expect([minVoltageNode[s], maxVoltageNode[s]]).toEqual([-1, -1]);
    }
  });

  const cases: [string, () => Promise<Grid>, Drawn][] = [
    ['ieee13, taps and capacitors', () => loadFeeder('ieee13'), { taps: ['reg1', 'reg2', 'reg3'], capacitors: ['cap1', 'cap2'] }],
    ['ieee34, taps and source voltage', () => loadFeeder('ieee34'), { taps: ['reg1a', 'reg2c'], sources: ['source'] }],
    ['ieee37, loads alone', () => loadFeeder('ieee37'), {}],
    ['ieee123, taps, by chord', () => loadFeeder('ieee123'), { taps: ['reg1a', 'reg4b'], capacitors: ['c83'], sources: ['source'] }],
    ['ieee123, switches and ties, by newton', feederWithTies, { taps: ['reg1a'], capacitors: ['c83', 'c88a'], switches: ['sw2', 'sw7', 'sw8'] }],
  ];
  it.each(cases)('losses, source power and extremes are those of single solutions: %s', async (_name, load, drawn) => {
    const scenarios = 7;
    // Drawn so that no load of ieee37 stands where its law jumps: there are two solutions there, and methods may end in either.
    const columns = drawColumns(await load(), scenarios, 20, drawn);
    for (const method of ['auto', 'newton'] as const) {
      const result = await solveColumns(await load(), columns, { tolerance: 1e-12, method });
      expect(result.report.converged).toBeGreaterThan(3);
      for (let s = 0; s < scenarios; s++) {
        if (result.status[s] !== 1) continue;
        const solver = new CompiledSolver(editTo(await load(), columns, s));
        expect(solver.solve({ tolerance: 1e-12 }).converged).toBe(true);
        const totals = powerTotals(solver);
        const found = [result.lossesKw[s], result.lossesKvar[s], result.sourceKw[s], result.sourceKvar[s]];
        const wanted = [totals.lossesW / 1000, totals.lossesVar / 1000, totals.sourcePowerKw, totals.sourcePowerKvar];
        // Per unit of 1 MVA. Behind the small impedance of ieee34's source the last digit of its voltage is up to 4e-9, for either of the two compared.
        wanted.forEach((power, k) => {
          expect(Math.abs(found[k] - power) / 1000).toBeLessThan(8e-9);
        });
        const extremes = new SolutionScan(solver).extremes();
        expect(result.minVoltagePu[s]).toBeCloseTo(extremes?.minPu as number, 8);
        expect(result.maxVoltagePu[s]).toBeCloseTo(extremes?.maxPu as number, 8);
        const pu = new Map(nodeRows(solver).map((row) => [row[0], row[3] as number]));
        expect(pu.get(result.nodeNames[result.minVoltageNode[s]])).toBeCloseTo(extremes?.minPu as number, 8);
        expect(pu.get(result.nodeNames[result.maxVoltageNode[s]])).toBeCloseTo(extremes?.maxPu as number, 8);
      }
    }
  });

  it('islanded scenarios are NaN and counted', async () => {
    const grid = await loadFeeder('ieee123');
    const result = await solveColumns(grid, { 'line.sw2': { closed: [true, false, true] } });
    expect(Array.from(result.status)).toEqual([1, 4, 1]);
    expect(result.report).toEqual({ converged: 2, failed: 1, islanded: 1 });
    expect(result.lossesKw[1]).toBeNaN();
    expect(result.lossesKw[0]).toBe(result.lossesKw[2]);
  });

  it('what is not given is as in the grid: powers of other elements, and the other power of the same', async () => {
    const grid = await loadFeeder('ieee13');
    const load = grid.require('load', '671');
    const some = await solveColumns(grid, { 'Load.671': { powerKw: [800, 900] } }, ALL);
    const same = await solveColumns(
      grid,
      { 'load.671': { powerKw: new Float32Array([800, 900]), powerKvar: [load.powerKvar, load.powerKvar] } },
      ALL,
    );
    expect(bitsOf(some, 0, 2)).toEqual(bitsOf(same, 0, 2));
    const solver = new CompiledSolver(grid);
    solver.solve();
    solver.setPower(load, 900, load.powerKvar);
    solver.solve({ tolerance: 1e-12 });
    expect(some.lossesKw[1]).toBeCloseTo(powerTotals(solver).lossesW / 1000, 6);
  });

  it('only what is asked for comes out; buses stand for their nodes, in any case', async () => {
    const grid = await loadFeeder('ieee123');
    const columns = { 'load.s1a': { powerKw: [10, 20, Number.NaN, Infinity] } };
    const result = await solveColumns(grid, columns, { outputs: ['lossesKw'], voltagesPu: ['65', '83.2'], voltagesComplex: ['83.2'] });
    expect([...result.voltagesPu.keys()]).toEqual(['65.1', '65.2', '65.3', '83.2']);
    expect([...result.voltagesComplex.keys()]).toEqual(['83.2']);
    expect(result.voltagesVolt.size).toBe(0);
    expect(result).toHaveProperty('lossesKw');
    for (const name of ['lossesKvar', 'sourceKw', 'minVoltagePu', 'maxVoltageNode']) expect(result).not.toHaveProperty(name);
    // @ts-expect-error what was not asked for is not in the type either
    expect(result.minVoltagePu).toBeUndefined();
    // NaN and infinite powers are scenarios that diverge.
    expect(Array.from(result.status)).toEqual([1, 1, 3, 3]);
    const bare = await solveColumns(grid, columns, { outputs: [] });
    expect(Array.from(bare.status)).toEqual([1, 1, 3, 3]);
  });
});

describe('chunks', () => {
  it('change no bit, whatever their size, the length of the series and how its source is cut', async () => {
    const grid = await loadFeeder('ieee13');
    const most = 70;
    const columns = drawColumns(grid, most, 8, { taps: ['reg1', 'reg2'], capacitors: ['cap1'], broken: 13, heavy: 33 });
    const whole = await solveColumns(grid, columns, { ...ALL, chunkSize: most });
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: most }),
        fc.integer({ min: 1, max: most + 9 }),
        fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 1, maxLength: 5 }).filter((lengths) => lengths.some((length) => length > 0)),
        fc.constantFrom('columns', 'chunks', 'async chunks'),
        async (length, chunkSize, lengths, kind) => {
          const part = cut(columns, 0, length);
          const chunks = chunksOf(part, length, lengths);
          const source = kind === 'columns' ? part : kind === 'chunks' ? chunks : asAsync(chunks);
          let from = 0;
          for await (const chunk of solveSeries(grid, source, { ...ALL, chunkSize })) {
            expect(chunk.from).toBe(from);
            expect(chunk.count).toBe(Math.min(chunkSize, length - from));
            expect(chunk.status).toHaveLength(chunk.count);
            expect(bitsOf(chunk, 0, chunk.count)).toEqual(bitsOf(whole, from, from + chunk.count));
            from += chunk.count;
          }
          expect(from).toBe(length);
          const joined = await solveColumns(grid, part, { ...ALL, chunkSize });
          expect(bitsOf(joined, 0, length)).toEqual(bitsOf(whole, 0, length));
          expect(joined.report.failed).toBe(Array.from(whole.status.subarray(0, length)).filter((status) => status !== 1).length);
        },
      ),
      { numRuns: 25 },
    );
  });

  it('are of one size where none is asked for, and less than 4096', async () => {
    const grid = await loadFeeder('ieee13');
    const counts = await countsOf(solveSeries(grid, { 'load.671': { powerKw: new Float64Array(4100).fill(900) } }, { outputs: [] }));
    expect(counts).toEqual([2050, 2050]);
  });

  it.each([1, 3])('by %d workers have the bits of one thread, cold and warm', async (workers) => {
    const grid = await loadFeeder('ieee123');
    const columns = drawColumns(grid, 90, 23, { broken: 40, heavy: 41 });
    for (const start of ['base', 'warm'] as const) {
      const options = { ...ALL, start, chunkSize: 25 };
      const alone = await solveColumns(grid, columns, options);
      const shared = await solveColumns(grid, columns, { ...options, workers });
      expect(bitsOf(shared, 0, 90)).toEqual(bitsOf(alone, 0, 90));
      expect(shared.report).toEqual(alone.report);
    }
  });

  it('from a warm start end within the tolerance of the cold ones, also after scenarios that fail', async () => {
    const grid = await loadFeeder('ieee123');
    const columns = drawColumns(grid, 60, 29, { broken: 1 });
    for (const method of ['chord', 'newton'] as const) {
      const [cold, warm] = await Promise.all(
        (['base', 'warm'] as const).map((start) => solveColumns(grid, columns, { method, start, chunkSize: 10, tolerance: 1e-11, voltagesPu: true })),
      );
      expect(Array.from(warm.status)).toEqual(Array.from(cold.status));
      expect(warm.report.failed).toBe(1);
      for (const [name, values] of cold.voltagesPu) {
        values.forEach((pu, s) => {
          if (s !== 1) expect(Math.abs((warm.voltagesPu.get(name)?.[s] ?? Number.NaN) - pu)).toBeLessThan(1e-8);
        });
      }
      // The chunk after one in which a scenario failed starts from the base case, those after it do not.
      expect(Array.from(warm.iterations.subarray(0, 20))).toEqual(Array.from(cold.iterations.subarray(0, 20)));
      expect(Array.from(warm.iterations.subarray(20))).not.toEqual(Array.from(cold.iterations.subarray(20)));
    }
  });

  it('in single precision change no bit either, and stay within 1e-5 pu', async () => {
    const grid = await loadFeeder('ieee123');
    const columns = drawColumns(grid, 40, 31);
    const [double, single, cutUp] = await Promise.all([
      solveColumns(grid, columns, ALL),
      solveColumns(grid, columns, { ...ALL, precision: 'single' }),
      solveColumns(grid, columns, { ...ALL, precision: 'single', chunkSize: 7 }),
    ]);
    expect(single.report).toEqual({ converged: 40, failed: 0, islanded: 0 });
    expect(bitsOf(cutUp, 0, 40)).toEqual(bitsOf(single, 0, 40));
    expect(bitsOf(single, 0, 40)).not.toEqual(bitsOf(double, 0, 40));
    for (const [name, values] of double.voltagesPu) {
      values.forEach((pu, s) => {
        expect(Math.abs((single.voltagesPu.get(name)?.[s] ?? Number.NaN) - pu)).toBeLessThan(1e-5);
      });
    }
  });

  it('however many there are, the kernels’ memory and the batch stay the same', async () => {
    const grid = await loadFeeder('ieee13');
    const bytes = new Set<number>();
    const batches = new Set<BatchSession>();
    const { solve } = BatchSession.prototype;
    BatchSession.prototype.solve = function (this: BatchSession, start) {
      batches.add(this);
      const report = solve.call(this, start);
      bytes.add(this.memoryBytes);
      return report;
    };
    try {
      const load = { 'load.671': { powerKw: new Float64Array(8).fill(1000) } };
      const counts = await countsOf(solveSeries(grid, repeat(load, 400), { chunkSize: 8 }));
      expect(counts).toHaveLength(400);
    } finally {
      BatchSession.prototype.solve = solve;
    }
    expect([bytes.size, batches.size]).toEqual([1, 1]);
  });
});

describe('progress and cancellation', () => {
  const options: NodeSeriesOptions = { chunkSize: 4 };

  it('tells how far it is, in order, ten times a second at most, and the end once', async () => {
    const grid = await loadFeeder('ieee13');
    const columns = drawColumns(grid, 30, 2, { broken: 2 });
    for (const [source, total] of [
      [columns, 30],
      [chunksOf(columns, 30, [7]), undefined],
    ] as const) {
      const told: { done: number; total: number | undefined; failed: number; elapsedMs: number }[] = [];
      // A clock that moves by 20 ms each time it is looked at, a few times a chunk.
      let now = 5000;
      const clock = vi.spyOn(performance, 'now').mockImplementation(() => (now += 20));
      try {
        await countsOf(solveSeries(grid, source, { ...options, onProgress: (progress) => told.push(progress) }));
      } finally {
        clock.mockRestore();
      }
      expect(told.length).toBeGreaterThan(2);
      expect(told.length).toBeLessThan(8);
      expect(told[0]).toMatchObject({ done: 4, total, failed: 1 });
      expect(told.at(-1)).toMatchObject({ done: 30, total, failed: 1 });
      for (let k = 1; k < told.length; k++) {
        expect(told[k].done).toBeGreaterThan(told[k - 1].done);
        // All but the last, which tells of the end, keep their distance.
        if (k < told.length - 1) expect(told[k].elapsedMs - told[k - 1].elapsedMs).toBeGreaterThanOrEqual(100);
      }
    }
  });

  it('ends before the next chunk with the signal’s reason, and ends the source', async () => {
    const grid = await loadFeeder('ieee13');
    for (const reason of [undefined, new Error('enough')]) {
      const controller = new AbortController();
      let ended = false;
      const endless = (function* () {
        try {
          for (;;) yield { 'load.671': { powerKw: new Float64Array(6).fill(900) } };
        } finally {
          ended = true;
        }
      })();
      let chunks = 0;
      const run = async (): Promise<void> => {
        for await (const chunk of solveSeries(grid, endless, { ...options, signal: controller.signal })) {
          chunks += 1;
          if (chunk.from === 8) controller.abort(reason);
        }
      };
      const failure = await run().then(
        () => undefined,
        (error: unknown) => error,
      );
      if (reason) expect(failure).toBe(reason);
      else expect(failure).toMatchObject({ name: 'AbortError' });
      expect([chunks, ended]).toEqual([3, true]);
    }
  });

  it('hears a timer while it works, a signal that is aborted already, and one while the source is silent', async () => {
    const grid = await loadFeeder('ieee13');
    const load = { 'load.671': { powerKw: [900] } };
    const late = new AbortController();
    setTimeout(() => late.abort(), 0);
    await expect(countsOf(solveSeries(grid, repeat(load, 200_000), { ...options, signal: late.signal }))).rejects.toMatchObject({
      name: 'AbortError',
    });
    await expect(solveColumns(grid, load, { signal: AbortSignal.abort() })).rejects.toMatchObject({ name: 'AbortError' });
    const silent = new AbortController();
    const source = (async function* () {
      yield load;
      silent.abort();
      await new Promise(() => {});
    })();
    await expect(countsOf(solveSeries(grid, source, { ...options, signal: silent.signal }))).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('is closed by who leaves its loop: the source ends, workers too', async () => {
    const grid = await loadFeeder('ieee13');
    let ended = false;
    const source = (async function* () {
      try {
        for (;;) yield { 'load.671': { powerKw: [900, 901, 902, 903] } };
      } finally {
        ended = true;
      }
    })();
    for await (const chunk of solveSeries(grid, source, { ...options, workers: 2 })) if (chunk.from >= 8) break;
    expect(ended).toBe(true);
  });

  it('passes on what a source throws', async () => {
    const grid = await loadFeeder('ieee13');
    const source = (async function* () {
      yield { 'load.671': { powerKw: [900] } };
      throw new RangeError('no such file');
    })();
    await expect(countsOf(solveSeries(grid, source))).rejects.toThrow('no such file');
  });
});

async function* asAsync<T>(items: Iterable<T>): AsyncGenerator<T> {
  for (const item of items) {
    await Promise.resolve();
    yield item;
  }
}

function* repeat<T>(item: T, times: number): Generator<T> {
  for (let k = 0; k < times; k++) yield item;
}
