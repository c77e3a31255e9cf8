import { spawnSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { randomSource } from '../../src/cli/bench-measure.js';
import { loadFeeder } from '../../src/feeders/index.js';
import type { CapacitorControl, Grid } from '../../src/grid/index.js';
import { type BatchMethod, type BatchOptions, BatchSession, scalarBackend, wasmBackend } from '../../src/powerflow/index.js';
import { BatchPool, type PoolOptions } from '../../src/powerflow/node-batch-pool.js';
import { nativeBackends } from '../native/native.js';
import { drawColumns, feederWithTies, fill as fillLanes } from './lane-scenarios.js';

const BACKENDS = [wasmBackend, ...nativeBackends];
const METHODS: BatchMethod[] = ['sweep', 'injection', 'newton', 'chord'];
const DYING = new URL('./dying-worker.mjs', import.meta.url);

/** Random powers, 0 to 1.5 of nominal; every 31st scenario asks for more than a feeder can carry, scenario 7 for what is no number. */
function fill(batch: BatchSession | BatchPool, seed: number, hard = false): void {
  const random = randomSource(seed);
  const { scenarios } = batch;
  batch.injections.forEach((element, i) => {
    const { powerKw, powerKvar } = element as { powerKw: number; powerKvar: number };
    const draw = (nominal: number) =>
      Float64Array.from({ length: scenarios }, (_, s) => nominal * 1.5 * random() * (hard && s % 31 === 30 ? 2 + random() : 1));
    const watts = draw(powerKw);
    if (hard && i === 0 && scenarios > 7) watts[7] = Number.NaN;
    batch.setPowers(i, watts, draw(powerKvar));
  });
  for (const name of batch.transformers) {
    batch.setTaps(
      name,
      Float64Array.from({ length: scenarios }, () => 1 + 0.00625 * Math.round(32 * random() - 16)),
    );
  }
}

/** All that a batch gives, as bits; NaN has one pattern. */
function bitsOf(batch: BatchSession | BatchPool): string {
  const { scenarios, status, iterations, mismatchVa } = batch;
  const numbers = [status, iterations, mismatchVa, ...Array.from({ length: scenarios }, (_, s) => batch.voltages(s))];
  const canonical = numbers.map((values) => Buffer.from(Float64Array.from(values, (x) => (Number.isNaN(x) ? Number.NaN : x)).buffer));
  return Buffer.concat(canonical).toString('base64');
}

/** A control that takes a bank out above a voltage. */
function voltageControl(capacitor: string, element: string): CapacitorControl {
  const [delaySeconds, delayOffSeconds, deadTimeSeconds] = [20, 20, 0];
  const settings = { type: 'voltage', onSetting: 118, offSetting: 122, ptRatio: 20, ctRatio: 1, ctPhase: 1, ptPhase: 'avg' } as const;
  const override = { voltageOverride: false, minVolts: 0, maxVolts: 1e6, minKvarPercent: 50 };
  const delays = { delaySeconds, delayOffSeconds, deadTimeSeconds };
  return { kind: 'capcontrol', name: 'switched', enabled: true, capacitor, element, terminal: 1, ...settings, ...override, ...delays };
}

const open: BatchPool[] = [];

/** A pool that is closed after the test. */
function makePool(grid: Grid, options: PoolOptions, program?: URL): BatchPool {
  const pool = new BatchPool(grid, options, program);
  open.push(pool);
  return pool;
}

afterEach(async () => {
  delete process.env.BUSBAR_TEST_DEATH;
  await Promise.all(open.splice(0).map((pool) => pool.close()));
});

describe('a pool of workers gives the bits of a session', () => {
  it.each(BACKENDS.flatMap((backend) => METHODS.map((method) => [backend.name, method, backend] as const)))(
    '%s, %s, hard scenarios among them, cold and warm',
    async (_name, method, backend) => {
      const grid = await loadFeeder('ieee123');
      const options: BatchOptions = { scenarios: 93, method, backend };
      const session = new BatchSession(grid, options);
      for (const workers of [1, 2, 5]) {
        const pool = makePool(grid, { ...options, workers });
        expect([pool.workers, pool.backend, pool.method]).toEqual([workers, backend.name, method]);
        for (const [seed, start] of [
          [1, 'base'],
          [2, 'warm'],
          [3, 'base'],
        ] as const) {
          for (const batch of [session, pool]) {
            fill(batch, 9);
            await batch.solve();
            fill(batch, seed, true);
          }
          const wanted = session.solve(start);
          const { workers: shares, mainThread, ...found } = await pool.solve(start);
          expect(found).toEqual(wanted);
          expect(bitsOf(pool)).toBe(bitsOf(session));
          expect(shares.reduce((sum, share) => sum + share.scenarios, mainThread.scenarios)).toBe(93);
          expect(shares.flatMap((share) => share.deaths)).toEqual([]);
          if (method === 'chord') expect(found.secondPass).toBeGreaterThan(0);
        }
      }
    },
  );

  it('with switches, some of which island or leave dead parts, taps and source voltages of each scenario’s own, by newton and by chord', async () => {
    const grid = await feederWithTies();
    for (const options of [
      { switches: ['sw3', 'sw7', 'to300', 'sw8'], taps: true, sources: true },
      { sources: true, taps: true, maxIterations: 8 },
    ] as const) {
      for (const backend of BACKENDS) {
        const session = new BatchSession(grid, { ...options, scenarios: 93, backend });
        const pool = makePool(grid, { ...options, scenarios: 93, backend, workers: 2 });
        for (const [seed, start] of [
          [4, 'base'],
          [5, 'warm'],
        ] as const) {
          const columns = drawColumns(session, grid, randomSource(seed), { closed: 0.6 });
          for (const batch of [session, pool]) fillLanes(batch, columns);
          const wanted = session.solve(start);
          expect(await pool.solve(start)).toMatchObject(wanted);
          expect(bitsOf(pool)).toBe(bitsOf(session));
          if (session.switches.length > 0) expect(wanted.islanded).toBeGreaterThan(5);
        }
      }
    }
    const pool = makePool(grid, { scenarios: 9, switches: ['sw3'], sources: true, workers: 1 });
    const solving = pool.solve();
    expect(() => pool.setSwitchStates('sw3', new Array(9).fill(true))).toThrow(/while the pool is solving/);
    expect(() => pool.scalePowers('all', new Array(9).fill(1))).toThrow(/while the pool is solving/);
    expect(() => pool.setSourceVoltage(pool.sources[0], new Array(9).fill(1))).toThrow(/while the pool is solving/);
    await solving;
  });

  it('with taps and capacitors of each scenario’s own, and on a meshed grid', async () => {
    for (const [feeder, more] of [
      ['ieee123', { taps: true, capacitors: true }],
      ['tree131-meshed', {}],
    ] as const) {
      const grid = await loadFeeder(feeder);
      const session = new BatchSession(grid, { scenarios: 50, ...more });
      const pool = makePool(grid, { scenarios: 50, workers: 3, ...more });
      for (const batch of [session, pool]) {
        fill(batch, 5);
        await batch.solve();
      }
      expect(session.status.every((status) => status === 1)).toBe(true);
      expect(bitsOf(pool)).toBe(bitsOf(session));
    }
  });

  it('with more workers than blocks, and with one scenario', async () => {
    const grid = await loadFeeder('ieee13');
    for (const [scenarios, workers] of [
      [5, 3],
      [1, 1],
    ]) {
      const options = { scenarios, backend: wasmBackend };
      const session = new BatchSession(grid, options);
      const pool = makePool(grid, { ...options, workers: 16 });
      expect(pool.workers).toBe(workers);
      for (const batch of [session, pool]) {
        fill(batch, 4);
        await batch.solve();
      }
      expect(session.status.every((status) => status === 1)).toBe(true);
      expect(bitsOf(pool)).toBe(bitsOf(session));
    }
  });
});

describe('a worker that dies', () => {
  /** A pool whose workers die as said, and a session with the same inputs; both have been solved once with other inputs by workers that live. */
  async function dying(death: string, workers: number): Promise<{ pool: BatchPool; session: BatchSession }> {
    const grid = await loadFeeder('ieee123');
    const session = new BatchSession(grid, { scenarios: 64 });
    fill(session, 1);
    session.solve();
    process.env.BUSBAR_TEST_DEATH = death;
    const pool = makePool(grid, { scenarios: 64, workers }, DYING);
    for (const batch of [session, pool]) fill(batch, 2);
    return { pool, session };
  }

  it.each([
    ['exit', 'it ended with exit code 7'],
    ['throw', 'it threw: out of luck'],
    ['stick', 'it ended with exit code 1'],
  ])('%s: is reported, and its slab is solved by the other one', async (how, reason) => {
    const { pool, session } = await dying(`${how} 0`, 2);
    // Where it only sticks it is ended from outside.
    pool.workerThreads[0].on('message', (message) => {
      if (message === 'stuck') void pool.workerThreads[0].terminate();
    });
    const { workers, mainThread } = await pool.solve();
    session.solve();
    expect(bitsOf(pool)).toBe(bitsOf(session));
    expect(workers.map(({ deaths }) => deaths)).toEqual([[reason], []]);
    expect(workers[1].scenarios).toBe(64);
    expect(mainThread.scenarios).toBe(0);
    // It is replaced by one that lives, and its death is not reported twice.
    delete process.env.BUSBAR_TEST_DEATH;
    const next = await pool.solve('warm');
    session.solve('warm');
    expect(bitsOf(pool)).toBe(bitsOf(session));
    expect(next.workers.map(({ deaths }) => deaths)).toEqual([[], []]);
    expect(pool.workerThreads.length).toBe(2);
  });

  it.each(['chord', 'newton'] as const)('with controls acting, by %s: its slab starts from the taps and steps that were set', async (method) => {
    const grid = await loadFeeder('ieee123');
    const [bank] = grid.elementsOf('capacitor');
    grid.addControl(voltageControl(bank.name, 'line.l115'));
    const options = { scenarios: 61, method, controls: true, backend: wasmBackend, maxControlIterations: 6 } as const;
    process.env.BUSBAR_TEST_DEATH = 'throw 0';
    const pool = makePool(grid, { ...options, workers: 2 }, DYING);
    const session = new BatchSession(grid, options);
    for (const batch of [session, pool]) fill(batch, 21, true);
    const wanted = session.solve();
    const { workers, ...found } = await pool.solve();
    expect(workers.map(({ deaths }) => deaths)).toEqual([['it threw: out of luck'], []]);
    expect(found).toMatchObject(wanted);
    expect(wanted.unsettled).toBeGreaterThan(0);
    expect(bitsOf(pool)).toBe(bitsOf(session));
    for (const name of session.transformers) expect(pool.taps(name)).toEqual(session.taps(name));
    expect(pool.capacitorSteps(bank.name)).toEqual(session.capacitorSteps(bank.name));
    expect(pool.controlIterations).toEqual(session.controlIterations);
    expect(Math.max(...session.tapMoves)).toBeGreaterThan(10);
  });

  it('from a warm start: its slab starts from the voltages from which it had started', async () => {
    const { pool, session } = await dying('', 2);
    await pool.solve();
    session.solve();
    for (const batch of [session, pool]) fill(batch, 3);
    process.env.BUSBAR_TEST_DEATH = 'exit 0';
    // Both end, and those who take their places at the next solution are of the mortal kind.
    await Promise.all(pool.workerThreads.map((thread) => thread.terminate()));
    const { workers } = await pool.solve('warm');
    session.solve('warm');
    expect(bitsOf(pool)).toBe(bitsOf(session));
    // A thread that is ended while it waits may say 0 or 1.
    const ended = expect.stringMatching(/^it ended with exit code [01]$/);
    expect(workers.map(({ deaths }) => deaths)).toEqual([[ended, 'it ended with exit code 7'], [ended]]);
    expect(workers[1].scenarios).toBe(64);
  });

  it('the last one: the main thread solves what is left', async () => {
    const { pool, session } = await dying('throw all', 3);
    const { workers, mainThread } = await pool.solve();
    session.solve();
    expect(bitsOf(pool)).toBe(bitsOf(session));
    expect(workers.map(({ deaths }) => deaths)).toEqual([['it threw: out of luck'], ['it threw: out of luck'], ['it threw: out of luck']]);
    expect(mainThread.scenarios).toBe(64);
  });

  it.each([
    ['for lack of a program', './no-such-worker.mjs', 'no-such-worker'],
    ['for lack of a thread', 'http://localhost/no-thread.mjs', 'it could not be started: '],
  ])('before it has begun, %s: the main thread solves all, each time', async (_why, url, reason) => {
    const grid = await loadFeeder('ieee13');
    const session = new BatchSession(grid, { scenarios: 20 });
    const pool = makePool(grid, { scenarios: 20, workers: 2 }, new URL(url, import.meta.url));
    fill(session, 1);
    fill(pool, 1);
    session.solve();
    for (let k = 0; k < 2; k++) {
      const { workers, mainThread } = await pool.solve();
      expect(bitsOf(pool)).toBe(bitsOf(session));
      expect(mainThread.scenarios).toBe(20);
      for (const { deaths } of workers) expect(deaths[0]).toContain(reason);
    }
  });

  it('at any moment: terminated from outside during solutions, again and again', async () => {
    const grid = await loadFeeder('ieee123');
    const options = { scenarios: 1000, backend: wasmBackend };
    const session = new BatchSession(grid, options);
    const pool = makePool(grid, { ...options, workers: 2 });
    let deaths = 0;
    for (let round = 0; round < 12; round++) {
      fill(session, round);
      fill(pool, round);
      const start = round % 2 ? 'warm' : 'base';
      const going = pool.solve(start);
      await sleep(round % 4);
      const ended = pool.workerThreads[round % 2]?.terminate();
      const report = await going;
      await ended;
      session.solve(start);
      expect(report).toMatchObject({ converged: 1000 });
      expect(Buffer.from(Float64Array.from(pool.mismatchVa).buffer).equals(Buffer.from(session.mismatchVa.slice().buffer))).toBe(true);
      expect(Array.from(pool.voltages(round))).toEqual(Array.from(session.voltages(round)));
      deaths += report.workers.reduce((sum, share) => sum + share.deaths.length, 0);
    }
    deaths += (await pool.solve()).workers.reduce((sum, share) => sum + share.deaths.length, 0);
    expect(deaths).toBe(12);
  });
});

describe('a pool', () => {
  it('refuses a second solution and the setting of columns while it is solving', async () => {
    const grid = await loadFeeder('ieee123');
    const pool = makePool(grid, { scenarios: 200, workers: 2 });
    fill(pool, 1);
    const going = pool.solve();
    await expect(pool.solve()).rejects.toThrow('a solution cannot begin while the pool is solving; await its solution first');
    expect(() => pool.setPowers(0, [], [])).toThrow('powers cannot be set while the pool is solving');
    expect(() => pool.voltages(0)).toThrow('voltages cannot be read while the pool is solving');
    expect(await going).toMatchObject({ converged: 200, failed: 0 });
    expect(await pool.solve()).toMatchObject({ converged: 200, failed: 0 });
  });

  it('can be closed twice, and then solves no more; its results stay', async () => {
    const grid = await loadFeeder('ieee13');
    const pool = makePool(grid, { scenarios: 20, workers: 2 });
    await pool.solve();
    const before = bitsOf(pool);
    await Promise.all([pool.close(), pool.close()]);
    await pool[Symbol.asyncDispose]();
    expect(pool.workerThreads).toEqual([]);
    expect(bitsOf(pool)).toBe(before);
    await expect(pool.solve()).rejects.toThrow('the pool is closed');
  });

  it('closed while it is solving rejects that solution', async () => {
    const pool = makePool(await loadFeeder('ieee123'), { scenarios: 2000, workers: 2, backend: wasmBackend });
    const going = pool.solve();
    const closed = pool.close();
    await expect(going).rejects.toThrow('the pool was closed while it was solving');
    await closed;
    expect(pool.workerThreads).toEqual([]);
  });

  it('closed first and awaited afterwards, a solution still rejects, and nothing is left unhandled', async () => {
    const pool = new BatchPool(await loadFeeder('ieee13'), { scenarios: 20_000, workers: 2 });
    const going = pool.solve();
    await pool.close();
    await sleep(20);
    await expect(going).rejects.toThrow('the pool was closed while it was solving');
  });

  it('refuses numbers of workers that cannot be, and backends that workers cannot load', async () => {
    const grid = await loadFeeder('ieee13');
    for (const workers of [0, -1, 1.5, 1025, Number.NaN])
      expect(() => new BatchPool(grid, { scenarios: 2, workers })).toThrow(`workers is ${workers}; give a whole number from 1 to 1024`);
    expect(() => new BatchPool(grid, { scenarios: 2, backend: scalarBackend })).toThrow(
      "a pool's workers run WebAssembly or native kernels, not scalar",
    );
  });

  const program = (...args: string[]) => {
    const path = (url: string): string => fileURLToPath(new URL(url, import.meta.url));
    return spawnSync(process.execPath, ['--expose-gc', '--import', 'tsx', path('./unclosed-pool.mts'), ...args], {
      encoding: 'utf8',
      timeout: 25_000,
    });
  };

  it.each([
    ['idle', 'idle\n'],
    ['solve', '20\n'],
  ])('left open does not keep the process from ending: %s', (what, output) => {
    const { status, stdout, stderr } = program(what);
    expect([stdout, stderr, status]).toEqual([output, '', 0]);
  });

  it('does not grow over thousands of solutions', () => {
    const { stdout, status } = program('many');
    expect(status).toBe(0);
    const { heapGrowth, memoryGrowth } = JSON.parse(stdout) as { heapGrowth: number; memoryGrowth: number };
    expect(memoryGrowth).toBe(0);
    // 1000 solutions; a promise left behind by each would be more.
    expect(heapGrowth).toBeLessThan(60_000);
  });
});
