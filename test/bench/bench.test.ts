import { describe, expect, it } from 'vitest';
import { growthExponent } from '../../bench/batch.js';
import { radialNetwork } from '../../bench/radial-network.js';
import { BenchCase, type BenchRow } from '../../src/cli/bench-measure.js';
import { measurePeak } from '../../src/cli/bench-peak.js';
import { BENCH_CASES, benchTable, defaultScenarios, shortNumber } from '../../src/cli/bench-suite.js';
import { findTimer, type Timer } from '../../src/cli/bench-timer.js';
import { narrowTable } from '../../src/cli/markdown-table.js';
import { run } from '../../src/cli/run.js';
import { encodeGrid, listFeeders, loadFeeder } from '../../src/feeders/index.js';
import { Grid } from '../../src/grid/index.js';
import { BatchSession, ScenarioSolver, wasmBackend, watchBackend } from '../../src/powerflow/index.js';

async function busbar(...args: string[]): Promise<{ status: number; out: string; err: string }> {
  let [out, err] = ['', ''];
  const terminal = { out: (text: string) => void (out += text), err: (text: string) => void (err += text), isScreen: false };
  return { status: await run(args, terminal), out, err };
}

describe('busbar bench', () => {
  it('prints rows whose solutions are right, as JSON', { timeout: 60_000 }, async () => {
    const { status, out, err } = await busbar(
      'bench',
      '--quick',
      '--json',
      '--feeder',
      'ieee13,tree131-meshed',
      '--method',
      'all',
      '--backend',
      'wasm',
      '--seconds',
      '0.02',
    );
    expect(status).toBe(0);
    const rows = JSON.parse(out) as BenchRow[];
    // The sweep does not apply to a meshed grid, and that is said.
    expect(rows.map((row) => `${row.case} ${row.method}`)).toEqual([
      ...['chord', 'sweep', 'injection', 'newton'].map((method) => `ieee13 ${method}`),
      ...['chord', 'injection', 'newton'].map((method) => `tree131-meshed ${method}`),
    ]);
    expect(err).toMatch(/tree131-meshed, sweep: the sweep does not apply/);
    for (const row of rows) {
      expect(row).toMatchObject({ suite: 'power-flow', backend: 'wasm-simd128', precision: 'double', lanes: 2, scenarios: 256, convergedShare: 1 });
      expect(row.nodeErrorPuMax).toBeGreaterThan(0);
      expect(row.nodeErrorPuMax).toBeLessThan(1e-8);
      expect(row.mismatchPuMax).toBeLessThan(1e-5);
      expect(row.iterationsMean).toBeGreaterThan(1);
      expect(row.microsecondsPerScenario).toBeGreaterThan(0);
      expect(row.scalarMicroseconds).toBeGreaterThan(0);
    }
  });

  it('measures single precision where it applies', { timeout: 60_000 }, async () => {
    const measured = ['--quick', '--json', '--backend', 'wasm', '--seconds', '0.02', '--scenarios', '64'];
    const { out } = await busbar(
      'bench',
      ...measured,
      '--feeder',
      'ieee13,tree131-meshed,ieee123-taps',
      '--method',
      'chord,sweep',
      '--precision',
      'all',
    );
    const rows = JSON.parse(out) as BenchRow[];
    expect(rows.map(({ case: id, method, precision, lanes }) => `${id} ${method} ${precision} ${lanes}`)).toEqual([
      'ieee13 chord double 2',
      'ieee13 chord single 4',
      'ieee13 sweep double 2',
      'tree131-meshed chord double 2',
      'tree131-meshed chord single 4',
      'ieee123-taps chord double 2',
    ]);
    const [double, single] = rows;
    expect(single.nodeErrorPuMax).toBeLessThan(1e-5);
    expect(single.nodeErrorPuMax).toBeGreaterThan(double.nodeErrorPuMax);
    expect(single.tolerancePu).toBeLessThanOrEqual(1e-5);
    expect(single).toMatchObject({ convergedShare: 1, secondPassShare: 0, operationsPerIteration: double.operationsPerIteration });
    // Numbers are half as long; indices are not, and are shared by twice as many lanes.
    expect(single.bytesPerIteration / double.bytesPerIteration).toBeGreaterThan(0.3);
    expect(single.bytesPerIteration / double.bytesPerIteration).toBeLessThan(0.55);
    const refused = await busbar('bench', ...measured, '--feeder', 'ieee123-taps', '--precision', 'single');
    expect(refused.status).toBe(2);
    expect(refused.err).toMatch(/ieee123-taps, chord: taps a scenario are for double precision only/);
  });

  it('prints a table', async () => {
    const { status, out } = await busbar(
      'bench',
      '--quick',
      '--feeder',
      'ieee13',
      '--backend',
      'scalar',
      '--scenarios',
      '8',
      '--seconds',
      '0.02',
      '--wide',
    );
    expect(status).toBe(0);
    expect(out).toMatch(/\| ieee13 +\| +41 \| chord +\| scalar +\| double +\| +1 \| +8 \|/);
    expect(out).toMatch(/timed by benchmark 2\.1\.4/);
    expect(out).toMatch(/Roofline: one core here does [\d.]+ GFLOP/);
  });

  it('prints the main columns where nothing else is asked for, within 120', async () => {
    const { out } = await busbar('bench', '--quick', '--feeder', 'ieee13', '--backend', 'scalar', '--scenarios', '8', '--seconds', '0.02');
    expect(out).toMatch(/^\| case +\| nodes \| method \| backend \| scenarios \| µs a scenario \| node error pu \| converged \| times scalar \|$/m);
    expect(out).not.toContain('Roofline');
    expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(120);
  });

  it('leaves out what does not fit, the least important first', () => {
    const header = ['a', 'b'.repeat(60), 'c'.repeat(70), 'd'];
    const cells = [header];
    expect(narrowTable(header, cells, [0], ['d', header[1], header[2], 'a']).split('\n')[0]).toBe(`| a | ${header[1]} | d |`);
  });

  it.each([
    [['--method', 'fast'], /--method has "fast"/],
    [['--scenarios', '0'], /--scenarios has "0"/],
    [['--scenarios', '1,x'], /--scenarios has "x"/],
    [['--lanes', '3'], /no backend here has 3 lanes/],
    [['--precision', 'half'], /--precision has "half"; it may be double, single, all/],
    [['--precision', 'single', '--backend', 'wasm', '--lanes', '2'], /no backend here has 2 lanes; there are .*wasm-simd128 with 4/],
    [['--backend', 'gpu'], /--backend has "gpu"/],
    [['--feeder', 'ieee12'], /no feeder named/],
    [['--seconds', '0'], /--seconds is 0/],
  ] as const)('refuses %j', async (args, message) => {
    const { status, err } = await busbar('bench', ...args);
    expect(status).toBe(2);
    expect(err).toMatch(message);
  });
});

describe('the bench', () => {
  it('has feeders for all its cases', () => {
    const names = listFeeders().map((feeder) => feeder.name);
    for (const { feeder } of BENCH_CASES) expect(names).toContain(feeder);
  });

  it('finds wrong solutions: its check is of the voltages, not of what the kernel says', async () => {
    const grid = await loadFeeder('ieee13');
    const bench = new BenchCase(grid, 16);
    const request = { case: 'ieee13', grid, method: 'chord', scenarios: 16, seconds: 0.01, checked: 16, scalar: false } as const;
    const right = bench.measure({ ...request, backend: wasmBackend }, findTimer(), 1e-7);
    expect(right.nodeErrorPuMax).toBeLessThan(1e-8);
    // A backend that is satisfied with a thousand times the tolerance it is given.
    const sloppy = {
      ...wasmBackend,
      instantiate: (memory: WebAssembly.Memory) => {
        const kernels = wasmBackend.instantiate(memory);
        const solveFixedPoint: typeof kernels.solveFixedPoint = (at, solver, toleranceVa, ...rest) =>
          kernels.solveFixedPoint(at, solver, 1e8 * toleranceVa, ...rest);
        return {
          ...kernels,
          factorShared: kernels.factorShared,
          solveShared: kernels.solveShared,
          solveNewton: kernels.solveNewton,
          solveFixedPoint,
        };
      },
    };
    expect(bench.measure({ ...request, backend: sloppy }, findTimer(), 1e-7).nodeErrorPuMax).toBeGreaterThan(1e-6);
  });

  it('times what takes longer as longer', () => {
    for (const timer of [findTimer(), findTimer(true)]) expectLonger(timer);
  });

  function expectLonger(timer: Timer): void {
    let sum = 0;
    const work = (n: number) => (): void => {
      for (let k = 0; k < n; k++) sum += Math.sqrt(k);
    };
    const [short, long] = [2000, 200_000].map((n) => timer.time(work(n), 0.1));
    expect(sum).toBeGreaterThan(0);
    for (const ratio of [long.median / short.median, long.processor / short.processor]) {
      expect(ratio).toBeGreaterThan(10);
      expect(ratio).toBeLessThan(1000);
    }
  }

  it('measures a peak that a processor can have', () => {
    const peak = measurePeak();
    expect(peak).toBeGreaterThan(5e8);
    expect(peak).toBeLessThan(1e11);
  });

  it('counts work as by hand', () => {
    // A source, one three-phase line and one load of three phases: two tree blocks of three nodes.
    const grid = radialNetwork(6, 3);
    for (const load of grid.elementsOf('load')) grid.remove(`load.${load.name}`);
    const network = radialNetwork(30);
    const load = network.elementsOf('load')[0];
    for (const phase of [1, 2, 3]) grid.add({ ...load, name: `l${phase}`, terminal: { bus: 'b1', nodes: [phase, 0] } });
    const watched = watchBackend(wasmBackend);
    new BatchSession(grid, { scenarios: 2, method: 'chord', backend: watched.backend }).solve();
    // Legs 3 x 15, their nodes 3 x 9; line: B and A of nine 2x2 entries less the additions that start a sum, and Z; root: own and folded currents added, and Z.
    expect(watched.work()?.operations).toBe(45 + 27 + 2 * (9 * 8 - 6) + 9 * 8 + 4 * 3 + 9 * 8);
  });

  it('says how many scenarios fit, and prints numbers with three digits', () => {
    expect(defaultScenarios(41)).toBe(4096);
    expect(defaultScenarios(8531)).toBe(128);
    expect(defaultScenarios(1e9)).toBe(1);
    expect([0, 0.8951, 12.34, 1234.5, 3.2e-9].map(shortNumber)).toEqual(['0', '0.895', '12.3', '1235', '3.2e-9']);
    expect(benchTable([], 1)).toMatch(/^\| case \|/);
  });

  it('finds the exponent of growth', () => {
    const rows = [100, 1000, 5000].map((nodes) => ({ nodes, processorMicroseconds: 0.03 * nodes ** 1.2, iterationsMean: 3 }) as BenchRow);
    expect(growthExponent(rows)).toBeCloseTo(1.2, 10);
  });
});

describe('radial networks for growth', () => {
  it.each([30, 100, 999, 5000])('%i nodes: seeded, connected, solved alike by sweep and Newton', (nodes) => {
    const grid = radialNetwork(nodes);
    expect(grid).toBeInstanceOf(Grid);
    expect(encodeGrid(radialNetwork(nodes))).toBe(encodeGrid(grid));
    expect(encodeGrid(radialNetwork(nodes, 2))).not.toBe(encodeGrid(grid));
    expect(Math.abs(3 * grid.buses.size - nodes)).toBeLessThanOrEqual(3);
    const [sweep, newton] = (['sweep', 'newton'] as const).map((method) => {
      const solver = new ScenarioSolver(grid, { method, tolerance: 1e-9 });
      expect(solver.solve()).toBe(true);
      return solver.readVoltages();
    });
    const base = 12470 / Math.sqrt(3);
    let lowest = 2;
    for (let k = 0; k < sweep.length; k += 2) {
      expect(Math.hypot(sweep[k] - newton[k], sweep[k + 1] - newton[k + 1]) / base).toBeLessThan(1e-8);
      lowest = Math.min(lowest, Math.hypot(newton[k], newton[k + 1]) / base);
    }
    expect(lowest).toBeGreaterThan(0.8);
    expect(lowest).toBeLessThan(1.03);
  });

  it('refuses what is no network', () => {
    expect(() => radialNetwork(3)).toThrow(/6 nodes or more/);
  });
});
