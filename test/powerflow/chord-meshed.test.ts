/** The chord method on meshed grids: blocks that hang on several others. */
import { describe, expect, it } from 'vitest';
import { randomSource } from '../../src/cli/bench-measure.js';
import { balanced, Grid, SNAPSHOT } from '../../src/grid/index.js';
import { orderBlocks } from '../../src/powerflow/block-order.js';
import { blockKind } from '../../src/powerflow/chord-blocks.js';
import { type ChordPlan, makeChordPlan } from '../../src/powerflow/chord-method.js';
import { compileGrid } from '../../src/powerflow/compiled-grid.js';
import { BatchSession, CompiledSolver } from '../../src/powerflow/index.js';
import * as layout from '../../src/powerflow/kernel-layout.js';
import { wasmBackend } from '../../src/powerflow/kernels.js';
import { scalarBackend } from '../../src/powerflow/scalar-backend.js';
import { editTo, largestError } from './lane-scenarios.js';
import { MESHED, randomMeshes } from './mesh-scenarios.js';

const NAMES = Object.keys(MESHED);
/** No columns but factors. */
const NONE = { taps: new Map(), steps: new Map(), closed: new Map(), sources: new Map() };

/** Sets every injection to the grid's own power times a random factor, [injection][scenario], from 0 to 1.5. */
function draw(
  batch: BatchSession,
  seed: number,
  pick: (column: Float64Array) => Float64Array = (column) => column,
  scenarios = batch.scenarios,
): void {
  const random = randomSource(seed);
  batch.injections.forEach((_, i) => {
    batch.scalePowers([i], pick(Float64Array.from({ length: scenarios }, () => 1.5 * random())));
  });
}

/** Largest distance of two solutions' node voltages, per unit of the base voltage, or of the first's own where there is none. */
function distance(grid: Grid, batch: BatchSession, a: Float64Array, b: Float64Array): number {
  return batch.nodeNames().reduce((most, name, n) => {
    const base = grid.buses.get(name.slice(0, name.lastIndexOf('.')))?.baseKv;
    const volts = base ? 1000 * base : Math.hypot(a[2 * n], a[2 * n + 1]);
    const error = Math.hypot(a[2 * n] - b[2 * n], a[2 * n + 1] - b[2 * n + 1]) / volts;
    return error <= most ? most : error;
  }, 0);
}

/** The plan at the present solution. */
function planOf(grid: Grid): ChordPlan {
  const solver = new CompiledSolver(grid);
  solver.solve();
  const plan = makeChordPlan(compileGrid(grid, SNAPSHOT), Float64Array.from(solver.voltages));
  if (typeof plan === 'string') throw new Error(plan);
  return plan;
}

describe('the chord method on meshed grids', () => {
  it.each(NAMES)('%s: every node as by Newton and by injection, to 1e-9 pu', async (name) => {
    const grid = await MESHED[name]();
    const batch = new BatchSession(grid, { scenarios: 6, method: 'chord', tolerance: 1e-11 });
    const factors = Float64Array.of(1, 0, 0.3, 0.8, 1.1, 1.3);
    batch.scalePowers('all', factors);
    expect(batch.solve()).toMatchObject({ converged: 6, secondPass: 0 });
    const injection = new BatchSession(grid, { scenarios: 6, method: 'injection', tolerance: 1e-11, maxIterations: 1000, secondPass: false });
    injection.scalePowers('all', factors);
    injection.solve();
    for (const scenario of [0, 2, 5]) {
      expect(largestError(batch, scenario, editTo(await MESHED[name](), { ...NONE, factor: factors }, scenario), 'newton')).toBeLessThan(1e-9);
      if (injection.status[scenario] === 1) expect(distance(grid, batch, batch.voltages(scenario), injection.voltages(scenario))).toBeLessThan(1e-9);
    }
  });

  it.each(NAMES)('%s: reduced and whole, alone and among others, by lanes and by the plain program', async (name) => {
    const grid = await MESHED[name]();
    const S = 5;
    const [reduced, whole, scalar] = [{}, { reduce: false }, { backend: scalarBackend }].map((more) => {
      const batch = new BatchSession(grid, { scenarios: S, method: 'chord', tolerance: 1e-11, backend: wasmBackend, ...more });
      draw(batch, 17);
      expect(batch.solve()).toMatchObject({ converged: S, secondPass: 0 });
      return batch;
    });
    for (let scenario = 0; scenario < S; scenario++) {
      const found = reduced.voltages(scenario);
      expect(distance(grid, reduced, found, whole.voltages(scenario))).toBeLessThan(1e-10);
      expect(distance(grid, reduced, found, scalar.voltages(scenario))).toBeLessThan(1e-10);
      expect(scalar.iterations[scenario]).toBe(reduced.iterations[scenario]);
      const alone = new BatchSession(grid, { scenarios: 1, method: 'chord', tolerance: 1e-11, backend: wasmBackend });
      draw(alone, 17, (column) => column.subarray(scenario, scenario + 1), S);
      alone.solve();
      expect([...alone.voltages(0)]).toEqual([...found]);
    }
  });

  it('random grids: as by Newton to 1e-9 pu, reduced as whole to 1e-10', () => {
    let solved = 0;
    for (const grid of randomMeshes(40)) {
      const solver = new CompiledSolver(grid);
      if (!solver.solve({ method: 'newton', start: 'flat', tolerance: 1e-12 }).converged) continue;
      const [reduced, whole] = [true, false].map(
        (reduce) => new BatchSession(grid, { scenarios: 1, method: 'chord', tolerance: 1e-11, reduce, secondPass: false }),
      );
      reduced.solve();
      whole.solve();
      if (reduced.status[0] !== 1) continue;
      solved++;
      expect(whole.status[0]).toBe(1);
      const found = reduced.voltages(0);
      expect(distance(grid, reduced, found, Float64Array.from(solver.voltages))).toBeLessThan(1e-9);
      expect(distance(grid, reduced, found, whole.voltages(0))).toBeLessThan(1e-10);
    }
    expect(solved).toBeGreaterThan(30);
  });

  it('blocks of every shape are met', async () => {
    const kinds = new Set<number>();
    for (const name of NAMES) for (const block of planOf(await MESHED[name]()).reduced.blocks) kinds.add(blockKind(block));
    for (const kind of [layout.TREE_ROOT, layout.TREE_ONE, layout.TREE_TWO, layout.TREE_THREE]) expect(kinds).toContain(kind);
    for (const kind of [layout.TREE_ONE_WIDE, layout.TREE_TWO_WIDE, layout.TREE_THREE_WIDE]) expect(kinds).toContain(kind);
  });

  it('parents stand before children, and what a block hangs on hangs on its parent or is it', async () => {
    for (const name of NAMES) {
      const { full, reduced } = planOf(await MESHED[name]());
      for (const { blocks } of [full, reduced]) {
        const blockOf = new Map(blocks.flatMap(({ nodes }, b) => nodes.map((node) => [node, b] as const)));
        blocks.forEach(({ parent, parentNodes }, b) => {
          const parents = [...new Set(parentNodes.map((node) => blockOf.get(node) ?? -1))];
          expect(parents.every((one) => one >= 0 && one < b)).toBe(true);
          expect(parent).toBe(Math.max(-1, ...parents));
          for (const node of parentNodes) if (blockOf.get(node) !== parent) expect(blocks[parent].parentNodes).toContain(node);
        });
      }
      expect(reduced.blocks.length).toBeLessThan(full.blocks.length);
    }
  });

  it('tree131-meshed takes not half as many products again as the tree it is made of', async () => {
    const products = ({ reduced }: ChordPlan): number =>
      reduced.blocks.reduce((sum, { nodes, parentNodes }) => sum + nodes.length * (2 * parentNodes.length + nodes.length), 0);
    // 97 blocks of three under three and a root on the tree.
    expect(products(planOf(await MESHED['tree131-meshed']()))).toBeLessThan(1.5 * (97 * 27 + 9));
  });

  it('stiff switches in loops cost no digits', async () => {
    const grid = await MESHED['ieee34 with loops']();
    grid.add({
      ...grid.require('line', 'loop0'),
      name: 'stiff',
      terminals: [
        { bus: '848', nodes: [1, 2, 3] },
        { bus: '860', nodes: [1, 2, 3] },
      ],
      seriesOhm: balanced(3, [1e-7, 1e-7], [0, 0]),
    });
    const batch = new BatchSession(grid, { scenarios: 1, method: 'chord', tolerance: 1e-11, secondPass: false });
    batch.solve();
    // Newton's summed matrix does not hold what 1e7 S leave over, the batch of Newton takes stiff lines apart.
    const newton = new BatchSession(grid, { scenarios: 1, method: 'newton', tolerance: 1e-12 });
    newton.solve();
    expect(distance(grid, batch, batch.voltages(0), newton.voltages(0))).toBeLessThan(1e-10);
  });

  it('parts with a source each and nothing between them', () => {
    const grid = new Grid('two');
    for (const part of ['a', 'b']) addRing(grid, part, part === 'a' ? 1.02 : 0.99);
    const batch = new BatchSession(grid, { scenarios: 2, method: 'chord', tolerance: 1e-11 });
    batch.scalePowers('all', [1, 0.4]);
    expect(batch.solve()).toMatchObject({ converged: 2, secondPass: 0 });
    const solver = new CompiledSolver(grid);
    expect(solver.solve({ method: 'newton', tolerance: 1e-12 }).converged).toBe(true);
    expect(distance(grid, batch, batch.voltages(0), Float64Array.from(solver.voltages))).toBeLessThan(1e-10);
  });
});

/** A source and four buses in a ring, one of them with a load. */
function addRing(grid: Grid, part: string, voltagePu: number): void {
  const terminal = (bus: string, nodes = [1, 2, 3]) => ({ bus: `${part}${bus}`, nodes });
  grid.add({
    kind: 'vsource',
    name: part,
    enabled: true,
    phases: 3,
    terminals: [terminal('0'), terminal('0', [0, 0, 0])],
    baseKv: 12.47,
    voltagePu,
    angleDegrees: 0,
    sequence: 1,
    impedanceOhm: balanced(3, [0.02, 0.3], [0.005, 0.05]),
    shapes: {},
  });
  for (let k = 0; k < 4; k++)
    grid.add({
      kind: 'line',
      name: `${part}${k}`,
      enabled: true,
      phases: 3,
      terminals: [terminal(String(k)), terminal(String((k + 1) % 4))],
      seriesOhm: balanced(3, [0.3, 0.6], [0.1, 0.2]),
      shuntSiemens: balanced(3, [0, 3e-6], [0, -5e-7]),
      lengthMeters: 1000,
      isSwitch: false,
    });
  grid.add({
    kind: 'load',
    name: part,
    enabled: true,
    phases: 3,
    terminal: terminal('2', [1, 2, 3, 0]),
    connection: 'wye',
    model: 1,
    kv: 12.47,
    powerKw: 900,
    powerKvar: 300,
    minVoltagePu: 0.8,
    maxVoltagePu: 1.2,
    lowVoltagePu: 0.5,
    exponentWatts: 1,
    exponentVars: 2,
    status: 'variable',
    shapes: {},
    customers: 1,
  });
}

describe('the order of elimination', () => {
  const graph = (count: number, edges: readonly (readonly [number, number])[], idle: readonly number[] = []) => ({
    adjacent: Array.from({ length: count }, (_, k) => edges.flatMap(([a, b]) => (a === k ? [b] : b === k ? [a] : []))),
    sizes: new Array<number>(count).fill(3),
    idle: Array.from({ length: count }, (_, k) => idle.includes(k)),
  });

  it('takes a tree from its leaves to the root', () => {
    const { order, isEnd } = orderBlocks(
      graph(5, [
        [0, 1],
        [1, 2],
        [1, 3],
        [3, 4],
      ]),
      [0],
    );
    const place = (block: number): number => order.indexOf(block);
    expect(place(4)).toBeLessThan(place(3));
    expect(Math.max(place(2), place(3))).toBeLessThan(place(1));
    expect(order[4]).toBe(0);
    expect(isEnd).toEqual([false, true, true, true, true]);
  });

  it('takes what hangs on a ring before it, idle blocks of the ring first, and the way to the root last', () => {
    // 0 - 1 - ring 2 3 4 5 6, 7 and 8 behind 4.
    const { order, isEnd } = orderBlocks(
      graph(
        9,
        [
          [0, 1],
          [1, 2],
          [2, 3],
          [3, 4],
          [4, 5],
          [5, 6],
          [6, 2],
          [4, 7],
          [7, 8],
        ],
        [5],
      ),
      [0, 3],
    );
    expect(order.slice(0, 3)).toEqual([8, 7, 5]);
    expect(order.slice(-3)).toEqual([2, 1, 0]);
    expect([...order].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    expect(isEnd.flatMap((end, block) => (end ? [block] : []))).toEqual([1, 2, 7, 8]);
  });

  it('orders what cannot be reached from the first root from the next', () => {
    const { order } = orderBlocks(
      graph(4, [
        [0, 1],
        [2, 3],
      ]),
      [0, 1, 2, 3],
    );
    expect(order).toEqual([1, 0, 3, 2]);
  });
});
