/** Batches of fast decoupled and DC power flows: each scenario is the solution of the grid with that scenario's values by the same method, by every backend to the bit. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BalancedGrid } from '../../../src/grid/index.js';
import { BalancedBatch } from '../../../src/powerflow/balanced/balanced-batch.js';
import { type BalancedSolution, type KernelBackend, solveBalanced, wasmBackend } from '../../../src/powerflow/index.js';
import { nativeBackends } from '../../native/native.js';
import { caseGrid, hasCase } from './case-tables.js';
import { randomGrid } from './random-grids.js';
import { branch, bus, generator, grid, load, shunt } from './small-grids.js';

const BACKENDS: KernelBackend[] = [wasmBackend, ...nativeBackends];
const SCENARIOS = 19;
const SCHEMES = ['fast-decoupled', 'fast-decoupled-bx'] as const;
type Method = (typeof SCHEMES)[number] | 'dc';

/** A generator of numbers from 0 to 1, the same each time. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Factors on the loads and generators of one scenario. */
interface Change {
  loads: number[];
  generators: number[];
}

function draw(given: BalancedGrid, seed: number): Change[] {
  const next = numbers(seed);
  return Array.from({ length: SCENARIOS }, () => ({
    loads: given.loads.map(() => 0.85 + 0.2 * next()),
    generators: given.generators.map(() => 0.9 + 0.1 * next()),
  }));
}

function fill(batch: BalancedBatch, changes: readonly Change[]): void {
  batch.grid.loads.forEach(({ powerMw, powerMvar }, k) => {
    const share = changes.map(({ loads }) => loads[k]);
    batch.setLoad(
      k,
      share.map((x) => x * powerMw),
      share.map((x) => x * powerMvar),
    );
  });
  batch.grid.generators.forEach(({ powerMw }, k) => {
    batch.setGenerator(
      k,
      changes.map(({ generators }) => generators[k] * powerMw),
    );
  });
}

/** A scenario's grid with the grid's own records, apart from the batch. */
function changed(given: BalancedGrid, change: Change): BalancedGrid {
  return {
    ...given,
    loads: given.loads.map((one, k) => ({ ...one, powerMw: one.powerMw * change.loads[k], powerMvar: one.powerMvar * change.loads[k] })),
    generators: given.generators.map((one, k) => ({ ...one, powerMw: one.powerMw * change.generators[k] })),
  };
}

/** Largest distance of two voltages of a scenario and its own solution. */
function distance(batch: BalancedBatch, scenario: number, alone: BalancedSolution): number {
  const voltages = batch.voltages(scenario);
  return Math.max(
    ...alone.buses.map(({ voltagePu, angleDegrees }, k) => {
      const angle = (angleDegrees * Math.PI) / 180;
      return Math.hypot(voltages[2 * k] - voltagePu * Math.cos(angle), voltages[2 * k + 1] - voltagePu * Math.sin(angle));
    }),
  );
}

/** The results of a batch as bits. */
function bits(batch: BalancedBatch): string {
  const parts: string[] = [];
  for (let scenario = 0; scenario < batch.scenarios; scenario++) {
    const bytes = new Uint8Array(batch.voltages(scenario).buffer);
    parts.push(`${batch.status(scenario)} ${batch.iterations(scenario)} ${batch.mismatchPu(scenario)} ${Buffer.from(bytes).toString('base64')}`);
  }
  return parts.join('\n');
}

/** One scenario by the scalar program, from where lanes start. */
function byItself(given: BalancedGrid, change: Change, method: Method, tolerance: number): BalancedSolution {
  const last = solveBalanced(given, { tolerance: 1e-12 });
  return solveBalanced(changed(given, change), { method, tolerance, start: 'last', last });
}

/** Whether a mismatch of the scalar program's history lies so near the tolerance that rounding may decide about an iteration more. */
function isAtEdge({ history }: BalancedSolution, tolerance: number): boolean {
  return history.some((mismatch) => mismatch > tolerance / 1.1 && mismatch < 1.1 * tolerance);
}

describe('batches of fast decoupled power flows', () => {
  it.each(SCHEMES)('%s: random grids, each scenario as solved alone, in as many iterations', (method) => {
    let counted = 0;
    let same = 0;
    fc.assert(
      fc.property(randomGrid, fc.integer({ min: 1, max: 1e6 }), (given, seed) => {
        const changes = draw(given, seed);
        const batch = new BalancedBatch(given, { scenarios: SCENARIOS, method, backend: wasmBackend });
        fill(batch, changes);
        expect(batch.solve({ tolerance: 1e-11, maxIterations: 200 })).toMatchObject({ failed: 0, rounds: 1, secondPass: 0, steps: 'shared' });
        changes.forEach((change, scenario) => {
          const alone = byItself(given, change, method, 1e-11);
          expect(alone.converged).toBe(true);
          expect(distance(batch, scenario, alone)).toBeLessThan(1e-9);
          expect(batch.mismatchPu(scenario)).toBeLessThanOrEqual(1e-11);
          if (isAtEdge(alone, 1e-11)) return;
          counted++;
          same += Number(batch.iterations(scenario) === alone.iterations);
        });
      }),
      { numRuns: 30 },
    );
    expect(counted).toBeGreaterThan(300);
    // The iteration that ends within a half step may differ where P and Q come below the tolerance together.
    expect(same / counted).toBeGreaterThan(0.97);
  });

  it.each(['case14', 'case118', 'case300', 'case1354pegase'])(
    '%s: within 1e-9 pu of each scenario alone, by every backend to the same bits',
    (name) => {
      if (!hasCase(name)) return;
      const given = caseGrid(name);
      const changes = draw(given, 7);
      const tolerance = name === 'case1354pegase' ? 1e-10 : 1e-11;
      for (const method of SCHEMES) {
        let first: string | undefined;
        for (const backend of BACKENDS) {
          const batch = new BalancedBatch(given, { scenarios: SCENARIOS, method, backend });
          fill(batch, changes);
          expect(batch.solve({ tolerance }).failed).toBe(0);
          if (first === undefined) {
            for (const scenario of [0, 7, 18]) {
              const alone = byItself(given, changes[scenario], method, tolerance);
              expect(distance(batch, scenario, alone)).toBeLessThan(1e-9);
              if (!isAtEdge(alone, tolerance)) expect(batch.iterations(scenario)).toBe(alone.iterations);
            }
          }
          first ??= bits(batch);
          expect(bits(batch)).toBe(first);
        }
      }
    },
  );

  it.each(SCHEMES)('%s: a scenario has the same bits alone and in any company, hopeless neighbours included', (method) => {
    if (!hasCase('case118')) return;
    const given = caseGrid('case118');
    const changes = draw(given, 3);
    const company = changes.map((change, scenario) =>
      scenario % 5 === 2 ? { ...change, loads: change.loads.map((x) => (scenario === 7 ? Number.NaN : 20 * x)) } : change,
    );
    for (const backend of BACKENDS) {
      const together = new BalancedBatch(given, { scenarios: SCENARIOS, method, backend });
      fill(together, company);
      expect(together.solve().failed).toBe(4);
      for (const scenario of [0, 1, 3, 8, 18]) {
        const alone = new BalancedBatch(given, { scenarios: 1, method, backend });
        fill(alone, [changes[scenario]]);
        alone.solve();
        expect(alone.voltages(0)).toEqual(together.voltages(scenario));
        expect(alone.iterations(0)).toBe(together.iterations(scenario));
        expect(alone.mismatchPu(0)).toBe(together.mismatchPu(scenario));
      }
      expect(together.status(2)).not.toBe(1);
      expect(together.status(7)).toBe(3);
      expect(together.mismatchPu(7)).toBe(Infinity);
      expect(together.voltages(7).every(Number.isNaN)).toBe(true);
      expect(together.iterations(7)).toBe(0);
    }
  });

  it('set points by scenario', () => {
    if (!hasCase('case14')) return;
    const given = caseGrid('case14');
    for (const method of SCHEMES) {
      const batch = new BalancedBatch(given, { scenarios: 3, method });
      batch.setVoltage(2, [1.0, 1.02, 1.05]);
      batch.setVoltage(1, [1.05, 1.06, 1.07]);
      batch.solve({ tolerance: 1e-11 });
      for (let scenario = 0; scenario < 3; scenario++) {
        const alone = solveBalanced(batch.scenarioGrid(scenario), { method, tolerance: 1e-11 });
        expect(alone.buses[1].voltagePu).toBe([1.0, 1.02, 1.05][scenario]);
        expect(distance(batch, scenario, alone)).toBeLessThan(1e-9);
      }
      expect(batch.voltagePu(2)[1]).toBeCloseTo(1.02, 12);
    }
    const linear = new BalancedBatch(given, { scenarios: 3, method: 'dc' });
    expect(() => linear.setVoltage(2, [1.0, 1.02, 1.05])).toThrow('voltages cannot be set in a batch made with the method dc');
  });

  it('a warm start takes no iterations, the iteration limit is a status', () => {
    if (!hasCase('case118')) return;
    const given = caseGrid('case118');
    const batch = new BalancedBatch(given, { scenarios: SCENARIOS, method: 'fast-decoupled' });
    fill(batch, draw(given, 5));
    expect(batch.solve({ maxIterations: 2 }).converged).toBe(0);
    expect(batch.status(0)).toBe(2);
    expect(batch.iterations(0)).toBe(2);
    expect(batch.solve().failed).toBe(0);
    const before = batch.voltages(4);
    expect(batch.solve({ start: 'warm' }).failed).toBe(0);
    expect(batch.iterations(4)).toBe(0);
    // Magnitudes that are held are put in anew.
    batch.voltages(4).forEach((value, k) => {
      expect(Math.abs(value - before[k])).toBeLessThan(1e-14);
    });
    expect(distance(batch, 4, solveBalanced(batch.scenarioGrid(4)))).toBeLessThan(1e-7);
  });
});

describe('batches of DC power flows', () => {
  it('random grids: angles and flows of the scalar program, and powers balance', () => {
    fc.assert(
      fc.property(randomGrid, fc.integer({ min: 1, max: 1e6 }), (given, seed) => {
        const changes = draw(given, seed);
        const batch = new BalancedBatch(given, { scenarios: SCENARIOS, method: 'dc', backend: wasmBackend });
        fill(batch, changes);
        expect(batch.solve().failed).toBe(0);
        const alone = changes.map((change) => solveBalanced(changed(given, change), { method: 'dc' }));
        given.buses.forEach(({ number }, k) => {
          batch.angleDegrees(number).forEach((angle, scenario) => {
            expect(Math.abs(angle - alone[scenario].buses[k].angleDegrees)).toBeLessThan(1e-12 * (180 / Math.PI));
          });
        });
        given.branches.forEach((_, k) => {
          batch.branchMw(k).forEach((mw, scenario) => {
            expect(Math.abs(mw - alone[scenario].branches[k].fromMw)).toBeLessThan(1e-11 * given.baseMva);
          });
        });
        for (let scenario = 0; scenario < SCENARIOS; scenario++) {
          expect(distance(batch, scenario, alone[scenario])).toBeLessThan(1e-12);
          expect(batch.mismatchPu(scenario)).toBeLessThan(1e-12);
          expect(batch.iterations(scenario)).toBe(1);
        }
      }),
      { numRuns: 40 },
    );
  });

  it.each(['case14', 'case118', 'case300', 'case1354pegase'])('%s: as the scalar program, by every backend to the same bits', (name) => {
    if (!hasCase(name)) return;
    const given = caseGrid(name);
    const changes = draw(given, 7);
    let first: string | undefined;
    for (const backend of BACKENDS) {
      const batch = new BalancedBatch(given, { scenarios: SCENARIOS, method: 'dc', backend });
      fill(batch, changes);
      expect(batch.solve().failed).toBe(0);
      if (first === undefined) {
        for (const scenario of [0, 7, 18]) {
          const alone = solveBalanced(changed(given, changes[scenario]), { method: 'dc' });
          expect(distance(batch, scenario, alone)).toBeLessThan(1e-12);
          expect(batch.mismatchPu(scenario)).toBeLessThan(1e-10);
          expect(Math.abs(batch.branchMw(3)[scenario] - alone.branches[3].fromMw)).toBeLessThan(1e-9);
        }
        expect(new Set(batch.voltagePu(given.buses[0].number))).toEqual(new Set([1]));
      }
      first ??= bits(batch);
      expect(bits(batch)).toBe(first);
    }
  });

  it('a NaN is one scenario’s, and dead buses have no voltage', () => {
    const given = grid({
      buses: [bus(1, 'slack', { angleDegrees: 200 }), bus(2), bus(3), bus(4)],
      branches: [branch(1, 2, 0.01, 0.1, { shiftDegrees: 5 }), branch(3, 4, 0.01, 0.1), branch(2, 3, 0.01, 0.1, { inService: false })],
      loads: [load(2, 50, 10), load(4, 5, 0)],
      shunts: [shunt(2, 2, 0)],
      generators: [generator(1, 50, 1.02)],
    });
    for (const backend of BACKENDS) {
      const batch = new BalancedBatch(given, { scenarios: 5, method: 'dc', backend });
      batch.setLoad(0, [10, 20, Number.NaN, 40, 50], [0, 0, 0, 0, 0]);
      expect(batch.solve()).toMatchObject({ converged: 4, failed: 1 });
      expect(batch.status(2)).toBe(3);
      expect(batch.mismatchPu(2)).toBe(Infinity);
      expect(Array.from(batch.branchMw(0), (mw) => Math.round(1e9 * mw) / 1e9)).toEqual([12, 22, Number.NaN, 42, 52]);
      // Angles are not brought into one turn: the slack's 200 degrees stay.
      expect(batch.angleDegrees(1)[0]).toBeCloseTo(200, 12);
      expect(batch.angleDegrees(2)[4]).toBeCloseTo(solveBalanced(batch.scenarioGrid(4), { method: 'dc' }).buses[1].angleDegrees, 10);
      expect(batch.voltagePu(4)[0]).toBe(0);
      expect(batch.branchMw(1)[0]).toBe(0);
    }
  });
});

describe('batches by decoupled methods', () => {
  it('small grids: a slack alone, no bus whose magnitude is sought, two slacks, dead and isolated buses', () => {
    const alone = grid({ buses: [bus(1, 'slack')], branches: [], loads: [load(1, 3, 1)], shunts: [], generators: [generator(1, 0)] });
    const held = grid({
      buses: [bus(1, 'slack'), bus(2, 'pv')],
      branches: [branch(1, 2, 0.01, 0.1)],
      loads: [load(2, 30, 10)],
      shunts: [],
      generators: [generator(1, 0), generator(2, 10, 1.01)],
    });
    const parts = grid({
      buses: [bus(1, 'slack', { angleDegrees: 10 }), bus(2), bus(3, 'slack', { angleDegrees: 12 }), bus(4), bus(5, 'isolated')],
      branches: [
        branch(1, 2, 0.01, 0.1),
        branch(2, 3, 0.01, 0.1, { shiftDegrees: 3, ratio: 0.97 }),
        branch(1, 2, 0.02, 0.2),
        branch(3, 4, 0, 0, { inService: false }),
      ],
      loads: [load(2, 30, 10), load(4, 5, 5), load(5, 1, 1)],
      shunts: [shunt(2, 1, 20)],
      generators: [generator(1, 0), generator(3, 10, 1.01)],
    });
    for (const given of [alone, held, parts]) {
      const last = solveBalanced(given, { tolerance: 1e-12 });
      for (const method of [...SCHEMES, 'dc'] as const) {
        let first: string | undefined;
        for (const backend of BACKENDS) {
          const batch = new BalancedBatch(given, { scenarios: 3, method, backend });
          batch.setLoad(0, [20, 30, 40], [5, 10, 20]);
          expect(batch.solve({ tolerance: 1e-11 }).failed).toBe(0);
          for (let scenario = 0; scenario < 3; scenario++) {
            const posed = batch.scenarioGrid(scenario);
            const one = method === 'dc' ? solveBalanced(posed, { method }) : solveBalanced(posed, { method, tolerance: 1e-11, start: 'last', last });
            expect(distance(batch, scenario, one)).toBeLessThan(1e-11);
          }
          first ??= bits(batch);
          expect(bits(batch)).toBe(first);
        }
      }
    }
  });

  it('say what cannot be asked', () => {
    const given = grid({
      buses: [bus(1, 'slack'), bus(2), bus(3)],
      branches: [branch(1, 2, 0.01, 0.1), branch(2, 3, 0.02, 0)],
      loads: [load(2, 10, 2)],
      shunts: [],
      generators: [generator(1, 50, 1.02)],
    });
    const wrong =
      (options: object): (() => BalancedBatch) =>
      () =>
        new BalancedBatch(given, { scenarios: 2, ...options } as never);
    expect(wrong({ method: 'gauss' })).toThrow('method must be newton, fast-decoupled, fast-decoupled-bx, dc');
    for (const option of ['branchOutages', 'generatorOutages', 'substations', 'reactiveLimits', 'distributedSlack']) {
      expect(wrong({ method: 'dc', [option]: true })).toThrow(`${option} goes with the method newton alone, not with dc`);
      expect(wrong({ method: 'fast-decoupled-bx', [option]: false })).toBeDefined();
    }
    expect(wrong({ method: 'fast-decoupled', steps: 'shared' })).toThrow('steps goes with the method newton alone');
    for (const method of ['dc', 'fast-decoupled']) expect(wrong({ method })).toThrow(/reactancePu: is 0/);
    // B' of BX has the resistance, and no entry for this branch.
    expect(wrong({ method: 'fast-decoupled-bx' })).toThrow(/singular, or nearly so, at bus 3/);
    const cancelling = { ...given, branches: [branch(1, 2, 0, 0.1), branch(2, 3, 0, -0.1), branch(1, 3, 0, -0.1)] };
    for (const method of ['dc', 'fast-decoupled'] as const) {
      expect(() => new BalancedBatch({ ...cancelling, loads: [] }, { scenarios: 1, method })).toThrow(/singular/);
    }
    const batch = new BalancedBatch(
      { ...given, branches: [branch(1, 2, 0, 0.1), branch(2, 3, 0.02, 0.1)] },
      { scenarios: 2, method: 'fast-decoupled' },
    );
    expect(() => batch.branchMw(0)).toThrow('made with the method dc');
    expect(() => batch.setBranchInService(0, 0, false)).toThrow('branchOutages');
    expect(batch.method).toBe('fast-decoupled');
  });
});
