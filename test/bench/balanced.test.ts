/** The bench of balanced grids: that its results are right and its checks see what is wrong; never how long anything takes. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { balancedCases } from '../../bench/balanced-cases.js';
import { hopelessText, measureHopeless } from '../../bench/balanced-hopeless.js';
import { loadCase } from '../../src/cases/index.js';
import { BalancedCase, type BalancedRow, exactVoltages, LoadDraw, voltageDistance } from '../../src/cli/balanced-measure.js';
import { balancedTable } from '../../src/cli/balanced-suite.js';
import type { BenchRow } from '../../src/cli/bench-measure.js';
import { findTimer } from '../../src/cli/bench-timer.js';
import { ratio, timeInTurn } from '../../src/cli/rounds.js';
import { run } from '../../src/cli/run.js';
import { measureTopology, topologyText } from '../../src/cli/topology-measure.js';
import { writeMatpower } from '../../src/formats/matpower/index.js';
import { BALANCED_ANGLE } from '../../src/powerflow/balanced/lane-layout.js';
import {
  BalancedBatch,
  BalancedScenarioSolver,
  type KernelBackend,
  type StepWork,
  solutionWork,
  solveBalanced,
  wasmBackend,
  watchBackend,
} from '../../src/powerflow/index.js';
import { branch, bus, generator, grid, load } from '../powerflow/balanced/small-grids.js';

const folder = mkdtempSync(join(tmpdir(), 'busbar-bench-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function busbar(...args: string[]): Promise<{ status: number; out: string; err: string }> {
  let [out, err] = ['', ''];
  const terminal = { out: (text: string) => void (out += text), err: (text: string) => void (err += text), isScreen: false };
  return { status: await run(args, terminal), out, err };
}

const METHODS = ['newton', 'newton-mixed', 'newton-shared', 'fast-decoupled', 'fast-decoupled-bx', 'dc'];
const QUICK = ['--quick', '--seconds', '0.02'];

describe('busbar bench --case', () => {
  it('prints rows whose solutions are right, as JSON', { timeout: 60_000 }, async () => {
    const { status, out } = await busbar(
      'bench',
      '--quick',
      '--json',
      '--case',
      'ieee118',
      '--method',
      'all',
      '--backend',
      'all',
      '--seconds',
      '0.005',
      '--scenarios',
      '64',
    );
    expect(status).toBe(0);
    const rows = JSON.parse(out) as BalancedRow[];
    const backends = new Set(rows.map(({ backend }) => backend));
    expect(backends).toContain('wasm-simd128');
    expect(rows).toHaveLength(METHODS.length * backends.size);
    for (const row of rows) {
      expect(row).toMatchObject({
        suite: 'power-flow',
        precision: 'double',
        scenarios: 64,
        convergedShare: 1,
        secondPassShare: 0,
        tolerancePu: 1e-8,
      });
      expect(METHODS).toContain(row.method);
      const isDc = row.method === 'dc';
      expect(row.mismatchPuMax).toBeGreaterThan(0);
      expect(row.mismatchPuMax).toBeLessThan(1.0001e-8);
      expect(row.nodeErrorPuMax).toBeLessThan(1e-7);
      // One linear solution leaves rounding alone.
      if (isDc) expect(row).toMatchObject({ iterationsMean: 1, scalarIterationsMean: 1 });
      else expect(row.iterationsMean).toBeGreaterThan(1);
      if (isDc) expect(Math.max(row.mismatchPuMax, row.nodeErrorPuMax)).toBeLessThan(1e-10);
      if (row.method.startsWith('fast')) expect(row.scalarIterationsMean).toBeCloseTo(row.iterationsMean, 0);
      expect(row.microsecondsPerScenario).toBeGreaterThan(0);
      expect(row.scalarMicroseconds).toBeGreaterThan(0);
      if (row.method.startsWith('newton')) expect(row.scalarIterationsMean).toBeLessThan(5);
      expect(row.operationsPerScenario).toBeGreaterThan(isDc ? 100 : 1000);
    }
    // All backends find the same bits.
    for (const method of METHODS) {
      const alike = rows.filter((row) => row.case === 'case118' && row.method === method);
      expect(new Set(alike.map((row) => `${row.mismatchPuMax} ${row.nodeErrorPuMax} ${row.iterationsMean}`)).size).toBe(1);
    }
  });

  it('prints a table of what a batch takes by itself', async () => {
    const { status, out } = await busbar('bench', ...QUICK, '--case', 'case9', '--backend', 'wasm', '--scenarios', '1,8', '--wide');
    expect(status).toBe(0);
    expect(out.match(/^\| case9 +\| +9 \| newton[a-z-]* +\| takes it \| wasm-simd128 \| +4 \| +[18] \|/gm)).toHaveLength(2);
    expect(out).toMatch(/Roofline: one core here does [\d.]+ GFLOP/);
  });

  it('takes files', async () => {
    const path = join(folder, 'mine.m');
    writeFileSync(path, writeMatpower({ ...loadCase('case9'), name: 'mine' }));
    const balanced = await busbar('bench', ...QUICK, '--json', '--case', path, '--backend', 'wasm', '--lanes', '4');
    expect(JSON.parse(balanced.out)).toMatchObject([{ case: 'mine', buses: 9, lanes: 4, convergedShare: 1 }]);
    const feeder = await busbar('bench', ...QUICK, '--json', '--case', 'examples/street.dss', '--backend', 'wasm', '--method', 'sweep');
    const [row] = JSON.parse(feeder.out) as BenchRow[];
    expect(row).toMatchObject({ case: 'street.dss', method: 'sweep', convergedShare: 1 });
    expect(row.nodeErrorPuMax).toBeLessThan(1e-8);
  });

  it.each([
    [['--feeder', 'ieee13', '--case', 'case14'], /--feeder and --case exclude each other/],
    [
      ['--case', 'case14', '--method', 'chord'],
      /--method has "chord"; it may be newton, newton-mixed, newton-shared, fast-decoupled, fast-decoupled-bx, dc, auto, all/,
    ],
    [['--case', 'case14', '--precision', 'single'], /--precision single is for feeders/],
    [['--case', 'case14', '--backend', 'scalar'], /--backend scalar is for feeders/],
    [['--case', 'case14', '--backend', 'wasm', '--lanes', '2'], /no backend here has 2 lanes|wasm-simd128 with 4/],
    [['--case', 'case15'], /no case named "case15"/],
    [['--case', 'nowhere.m'], /there is no file "nowhere.m"/],
    [['--case', 'nowhere.dss'], /there is no file "nowhere.dss"/],
    [['--case', 'case14,examples/street.dss'], /OpenDSS files, which are three-phase, and "case14", which is balanced/],
    [['--feeder', 'ieee13', '--method', 'newton-shared'], /--method has "newton-shared"/],
  ] as const)('refuses %j', async (args, message) => {
    const { status, out, err } = await busbar('bench', ...args);
    expect(status).toBe(2);
    expect(err).toMatch(message);
    expect(out).toBe('');
  });

  it('leaves out the methods that a case cannot be solved by, and says why', async () => {
    const path = join(folder, 'resistive.m');
    const { branches, ...rest } = loadCase('case9');
    writeFileSync(
      path,
      writeMatpower({ ...rest, name: 'resistive', branches: branches.map((one, k) => (k === 1 ? { ...one, reactancePu: 0 } : one)) }),
    );
    const { status, out, err } = await busbar('bench', ...QUICK, '--json', '--case', path, '--backend', 'wasm', '--method', 'all');
    expect(status).toBe(0);
    expect((JSON.parse(out) as BalancedRow[]).map(({ method }) => method)).toEqual(['newton', 'newton-mixed', 'newton-shared']);
    expect(err.match(/^busbar: bench: resistive: .*branch 2.* is 0; (this fast decoupled scheme|the DC power flow)/gm)).toHaveLength(2);
  });

  it('prints no table without rows', async () => {
    const path = join(folder, 'heavy.m');
    const { loads, ...rest } = loadCase('case9');
    writeFileSync(path, writeMatpower({ ...rest, loads: loads.map((one) => ({ ...one, powerMw: 50 * one.powerMw })) }));
    for (const args of [['--case', path], ['--feeder', 'ieee123-switches', '--method', 'sweep'] as const]) {
      const { status, out, err } = await busbar('bench', ...QUICK, ...args);
      expect(status).toBe(2);
      expect(out).toBe('');
      expect(err).toMatch(/no solution as it stands|switches a scenario are for the newton method/);
    }
    expect((await busbar('bench', ...QUICK, '--json', '--case', path)).out).toBe('[]\n');
  });
});

describe('the bench of balanced grids', () => {
  it('draws loads independently, and generation to go with them', () => {
    const draw = new LoadDraw(loadCase('case118'), 50);
    const all = draw.factor.flatMap((column) => [...column]);
    expect(Math.min(...all)).toBeGreaterThanOrEqual(0.8);
    expect(Math.max(...all)).toBeLessThan(1.2);
    expect(new Set(all).size).toBe(all.length);
    const total = (loads: readonly { powerMw: number }[]): number => loads.reduce((sum, { powerMw }) => sum + powerMw, 0);
    const one = draw.gridOf(7);
    expect(total(one.generators) / total(draw.grid.generators)).toBeCloseTo(total(one.loads) / total(draw.grid.loads), 12);
  });

  it('finds wrong solutions: its checks are of the voltages, not of what the kernel says', () => {
    // A backend that is satisfied with ten thousand times the tolerance it is given.
    const sloppy: KernelBackend = {
      ...wasmBackend,
      instantiate: (memory) => {
        const kernels = wasmBackend.instantiate(memory);
        return {
          ...kernels,
          solveBalanced: (at, tolerance, ...others) => kernels.solveBalanced(at, 1e4 * tolerance, ...others),
          solveDecoupled: (at, tolerance, ...others) => kernels.solveDecoupled(at, 1e4 * tolerance, ...others),
          // One angle of the first scenario a little off.
          solveDc: (at) => {
            const failed = kernels.solveDc(at);
            new Float64Array(memory.buffer, new Int32Array(memory.buffer)[(at >> 2) + BALANCED_ANGLE], 4)[0] += 1e-5;
            return failed;
          },
        };
      },
    };
    const bench = new BalancedCase('case118', loadCase('case118'), 16);
    for (const method of ['newton-shared', 'fast-decoupled', 'fast-decoupled-bx', 'dc'] as const) {
      const row = bench.measure({ method, scenarios: 16, seconds: 0.01, checked: 4, scalar: false, backend: sloppy }, findTimer());
      expect(row.convergedShare).toBe(1);
      expect(row.mismatchPuMax).toBeGreaterThan(1e-6);
      expect(row.nodeErrorPuMax).toBeGreaterThan(1e-7);
    }
  });

  it('has a plain program that solves the same scenarios', () => {
    const solver = new BalancedScenarioSolver(loadCase('case118'));
    const draw = new LoadDraw(solver.grid, 5);
    for (const scenario of [4, 0, 2]) {
      draw.set(solver, scenario);
      expect(solver.solve(1e-11)).toBe(true);
      const voltages = solver.voltages();
      expect(voltageDistance(voltages, exactVoltages(draw.gridOf(scenario)) as Float64Array)).toBeLessThan(1e-11);
      expect(solver.mismatch(voltages)).toBeLessThan(1e-11);
      voltages[20] += 1e-6;
      expect(solver.mismatch(voltages)).toBeGreaterThan(1e-6);
      expect(solver.iterations).toBe(solveBalanced(draw.gridOf(scenario), { tolerance: 1e-11 }).iterations);
    }
    for (const method of ['fast-decoupled', 'fast-decoupled-bx', 'dc'] as const) {
      const other = new BalancedScenarioSolver(loadCase('case118'), method);
      draw.set(other, 3);
      expect(other.solve(1e-11)).toBe(true);
      const alone = solveBalanced(draw.gridOf(3), { method, tolerance: 1e-12 });
      const exact = alone.buses.map(({ angleDegrees }) => (angleDegrees * Math.PI) / 180);
      const found = other.voltages();
      alone.buses.forEach(({ voltagePu }, bus) => {
        expect(Math.hypot(found[2 * bus] - voltagePu * Math.cos(exact[bus]), found[2 * bus + 1] - voltagePu * Math.sin(exact[bus]))).toBeLessThan(
          1e-10,
        );
      });
      if (method !== 'dc') continue;
      expect(other.dcMismatch(Float64Array.from(exact))).toBeLessThan(1e-11);
      exact[10] += 1e-6;
      expect(other.dcMismatch(Float64Array.from(exact))).toBeGreaterThan(1e-6);
    }
    const { loads, ...rest } = loadCase('case9');
    expect(() => new BalancedScenarioSolver({ ...rest, loads: loads.map((one) => ({ ...one, powerMw: 50 * one.powerMw })) })).toThrow('no solution');
  });

  it('counts work as by hand', () => {
    // A chain of a slack and two pq buses.
    const chain = grid({
      buses: [bus(1, 'slack'), bus(2), bus(3)],
      generators: [generator(1, 0)],
      loads: [load(3, 20, 5)],
      branches: [branch(1, 2, 0.01, 0.1), branch(2, 3, 0.01, 0.1)],
    });
    const watched = watchBackend(wasmBackend);
    expect(watched.balancedWork()).toBeUndefined();
    new BalancedBatch(chain, { scenarios: 1, backend: watched.backend, steps: 'newton' }).solve();
    const work = watched.balancedWork();
    if (!work) throw new Error('nothing was counted');
    // Three currents from neighbours, two rows' own shares, what they lack and its size.
    const look = 3 * 8 + 2 * 20;
    // Diagonal blocks and right-hand sides; one elimination (of two columns and the right-hand side); inverses; U of two columns.
    const factor = 2 * 16 + 2 * 2 * 2 * 3 + 2 * 14 + 6 * 2;
    // U x, steps scaled, their length, and voltages turned.
    const back = 2 * 2 * 2 + 2 * (2 + 2 + 16);
    expect(work.look.operations).toBe(look);
    expect(work.newton.operations).toBe(look + factor + back);
    expect(work.sharedLook.operations).toBe(look + 2 * 2 * 2 + 2 * 6);
    expect(work.shared.operations).toBe(work.sharedLook.operations + 2 * 2 * 2 + 2 * (2 + 16));
    expect(solutionWork(work, 'newton', 3).operations).toBe(3 * work.newton.operations + look);
    expect(solutionWork(work, 'shared', 4).operations).toBe(4 * work.shared.operations + work.sharedLook.operations);
    const mixed = 2 * work.shared.operations + work.sharedLook.operations;
    expect(solutionWork(work, 'mixed', 2).operations).toBe(mixed);
    expect(solutionWork(work, 'mixed', 3).operations).toBe(mixed + work.newton.operations + look);
    expect(work.newton.bytes).toBeGreaterThan(work.look.bytes);
    const workBy = (method: 'fast-decoupled' | 'dc'): StepWork | undefined => {
      const other = watchBackend(wasmBackend);
      new BalancedBatch(chain, { scenarios: 1, backend: other.backend, method }).solve();
      return other.decoupledWork();
    };
    // Two passes (currents, what is lacking over |V|, one elimination, pivots); on the way back one upper entry each, voltages turned and stretched.
    const pass = 3 * 8 + 2 * 18 + 2 * 2 + 2;
    expect(workBy('fast-decoupled')?.operations).toBe(2 * pass + (2 + 2 * 13) + (2 + 2 * 5));
    // One load, one elimination, pivots; one upper entry, sizes.
    expect(workBy('dc')?.operations).toBe(1 + 2 + 2 + 2 + 2 * 2);
  });

  it('counts no rows that nobody uses', () => {
    const of = (substations: boolean): number => {
      const watched = watchBackend(wasmBackend);
      new BalancedBatch(loadCase('case14'), { scenarios: 1, backend: watched.backend, steps: 'newton', substations }).solve();
      return watched.balancedWork()?.newton.operations ?? 0;
    };
    // More neighbours and fill, but no second busbars.
    expect(of(true)).toBeGreaterThan(of(false));
    expect(of(true)).toBeLessThan(4 * of(false));
  });

  it('topologies are those of grids with busbars as buses', { timeout: 30_000 }, () => {
    for (const id of ['case14', 'case118']) {
      const rows = measureTopology({ id, grid: loadCase(id) }, wasmBackend, 24, 1, 12);
      expect(rows.map(({ plan, lanesHave }) => `${plan}: ${lanesHave}`)).toEqual([
        'plain: loads',
        'plain: loads',
        'branchOutages: loads',
        'branchOutages: a branch out',
        'substations: loads',
        'substations: a branch out',
        'substations: a substation split',
      ]);
      for (const row of rows) {
        expect(row.missed).toBe(0);
        expect(row.convergedShare).toBeGreaterThan(0.9);
        expect(row.nodeErrorPuMax).toBeLessThan(1e-7);
        expect(row.ratioToPlain).toBeGreaterThan(0);
      }
      expect(topologyText(rows)).toMatch(/\| substations +\| a substation split +\| newton +\|/);
    }
  });

  it('hopeless lanes are flagged and touch no other', () => {
    const rows = (['newton', 'shared'] as const).map((steps) =>
      measureHopeless({ id: 'case118', grid: loadCase('case118') }, wasmBackend, steps, 64, 1),
    );
    for (const row of rows) expect(row).toMatchObject({ hopeless: 7, flagged: 7, sameBits: true });
    expect(hopelessText(rows)).toMatch(/7 of 7/);
  });

  it('says which cases are not there', () => {
    const notes: string[] = [];
    expect(balancedCases(['case14', 'case0'], notes).map(({ id }) => id)).toEqual(['case14']);
    expect(notes).toEqual([expect.stringMatching(/^case0: left out; there is no .*case0\.m$/)]);
    expect(balancedTable([], 1)).toMatch(/^\| case \|/);
  });

  it('takes ratios round by round', () => {
    expect(
      ratio(
        [
          [2, 4, 60],
          [1, 2, 3],
        ],
        0,
        1,
      ),
    ).toBe(2);
    let calls = 0;
    const times = timeInTurn([() => void calls++, () => {}], 2);
    expect(times.map((each) => each.length)).toEqual([2, 2]);
    expect(calls).toBeGreaterThan(3);
  });
});
