/** Two busbars a substation: every lane's topology is the solution of a grid in which the busbars are buses. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BalancedGrid } from '../../../src/grid/index.js';
import { BalancedBatch } from '../../../src/powerflow/balanced/balanced-batch.js';
import type { Busbar, TopologyElement } from '../../../src/powerflow/balanced/lane-topology.js';
import { solveBalanced, wasmBackend } from '../../../src/powerflow/index.js';
import { nativeBackends } from '../../native/native.js';
import { caseGrid, hasCase } from './case-tables.js';
import { randomGrid } from './random-grids.js';

const SCENARIOS = 11;
/** Added to a bus's number for its second busbar. */
const SECOND = 1e6;

type Topology = { [element in TopologyElement]: Map<number, Busbar> };

function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** A random topology: a few substations split, now and then something on no busbar. */
function drawTopology(grid: BalancedGrid, next: () => number, share: number): Topology {
  const topology: Topology = { branchFrom: new Map(), branchTo: new Map(), load: new Map(), generator: new Map(), shunt: new Map() };
  const split = new Set(grid.buses.filter(() => next() < share).map(({ number }) => number));
  const place = (element: TopologyElement, index: number, bus: number, none: number): void => {
    if (next() < none) topology[element].set(index, 0);
    else if (split.has(bus) && next() < 0.45) topology[element].set(index, 2);
  };
  grid.branches.forEach(({ from, to }, k) => {
    place('branchFrom', k, from, 0.02);
    place('branchTo', k, to, 0.02);
  });
  grid.loads.forEach(({ bus }, k) => {
    place('load', k, bus, 0.02);
  });
  grid.generators.forEach(({ bus }, k) => {
    place('generator', k, bus, 0);
  });
  for (const bus of new Set(grid.shunts.map((shunt) => shunt.bus))) place('shunt', bus, bus, 0.05);
  return topology;
}

/** The grid with busbars as buses. */
function posed(grid: BalancedGrid, topology: Topology): BalancedGrid {
  const at = (element: TopologyElement, index: number, bus: number): number => (topology[element].get(index) === 2 ? SECOND + bus : bus);
  const isOn = (element: TopologyElement, index: number): boolean => topology[element].get(index) !== 0;
  const branches = grid.branches.map((branch, k) => ({
    ...branch,
    from: at('branchFrom', k, branch.from),
    to: at('branchTo', k, branch.to),
    inService: branch.inService && isOn('branchFrom', k) && isOn('branchTo', k),
  }));
  const loads = grid.loads.map((load, k) => ({ ...load, bus: at('load', k, load.bus), inService: load.inService && isOn('load', k) }));
  const generators = grid.generators.map((generator, k) => ({ ...generator, bus: at('generator', k, generator.bus) }));
  const shunts = grid.shunts.map((shunt) => ({
    ...shunt,
    bus: at('shunt', shunt.bus, shunt.bus),
    inService: shunt.inService && isOn('shunt', shunt.bus),
  }));
  const hasGenerator = new Set(generators.filter(({ inService }) => inService).map(({ bus }) => bus));
  const buses = grid.buses.flatMap((bus) => {
    const second = SECOND + bus.number;
    if (bus.kind === 'pq') return [bus, { ...bus, number: second }];
    const stays = hasGenerator.has(bus.number) || !hasGenerator.has(second);
    const other = hasGenerator.has(second) && stays ? 'pv' : 'pq';
    return stays
      ? [bus, { ...bus, number: second, kind: other as 'pv' | 'pq' }]
      : [
          { ...bus, kind: 'pq' as const },
          { ...bus, number: second },
        ];
  });
  return { ...grid, branches, loads, generators, shunts, buses };
}

function apply(batch: BalancedBatch, scenario: number, topology: Topology): void {
  for (const [element, map] of Object.entries(topology)) {
    for (const [index, busbar] of map) batch.setBusbar(element as TopologyElement, index, scenario, busbar);
  }
}

/** Numbers of the busbars (second ones with SECOND added) that carry something. */
function occupied(grid: BalancedGrid): Set<number> {
  const found = new Set<number>();
  for (const { from, to, inService } of grid.branches) if (inService) found.add(from).add(to);
  for (const { bus, inService } of [...grid.loads, ...grid.generators, ...grid.shunts]) if (inService) found.add(bus);
  return found;
}

/** Compares a scenario with its own grid; returns whether that has a solution. */
function check(batch: BalancedBatch, scenario: number, grid: BalancedGrid): boolean {
  const alone = solveBalanced(grid);
  expect(batch.status(scenario) === 1).toBe(alone.converged);
  if (!alone.converged) return false;
  const used = occupied(grid);
  const first = batch.voltages(scenario);
  const second = batch.voltages(scenario, undefined, 2);
  const dead = new Set<number>();
  for (const { bus, voltagePu, angleDegrees, kind } of alone.buses) {
    const number = bus > SECOND ? bus - SECOND : bus;
    if (kind === 'dead' && used.has(bus)) dead.add(number);
    const index = batch.network.busIndex.get(number) as number;
    const voltage = bus > SECOND ? second : first;
    const angle = (angleDegrees * Math.PI) / 180;
    const size = used.has(bus) ? voltagePu : 0;
    const distance = Math.hypot(voltage[2 * index] - size * Math.cos(angle), voltage[2 * index + 1] - size * Math.sin(angle));
    expect(distance).toBeLessThan(1e-9);
  }
  for (const { number } of batch.grid.buses) if (!used.has(number) && !used.has(SECOND + number) && alone.buses.length > 0) dead.add(number);
  expect(batch.deadBuses(scenario).sort((a, b) => a - b)).toEqual([...dead].sort((a, b) => a - b));
  return true;
}

describe('two busbars a substation', () => {
  it('random grids and topologies: each lane as the grid with busbars for buses', () => {
    let solved = 0;
    fc.assert(
      fc.property(randomGrid, fc.integer({ min: 1, max: 1e6 }), (grid, seed) => {
        const next = numbers(seed);
        const batch = new BalancedBatch(grid, { scenarios: SCENARIOS, substations: true, backend: wasmBackend });
        const topologies = Array.from({ length: SCENARIOS }, () => drawTopology(grid, next, 0.4));
        topologies.forEach((topology, scenario) => {
          apply(batch, scenario, topology);
        });
        batch.solve({ tolerance: 1e-11 });
        topologies.forEach((topology, scenario) => {
          if (check(batch, scenario, posed(grid, topology))) solved++;
          // The scenario as a grid says the same.
          const alone = solveBalanced(batch.scenarioGrid(scenario));
          if (!alone.converged) return;
          const voltages = batch.voltages(scenario);
          grid.buses.forEach(({ number }, bus) => {
            const { voltagePu, kind } = alone.buses[bus];
            const isEmpty = Math.hypot(voltages[2 * bus], voltages[2 * bus + 1]) === 0;
            if (!isEmpty && kind !== 'dead') expect(Math.hypot(voltages[2 * bus], voltages[2 * bus + 1])).toBeCloseTo(voltagePu, 8);
            expect(alone.buses[bus].bus).toBe(number);
          });
        });
      }),
      { numRuns: 60 },
    );
    expect(solved).toBeGreaterThan(200);
  });

  it('topologies taken back leave the bits of a batch that never had them; native = WASM', () => {
    if (!hasCase('case118')) return;
    const grid = caseGrid('case118');
    const next = numbers(5);
    const topologies = Array.from({ length: SCENARIOS }, () => drawTopology(grid, next, 0.05));
    const results = [wasmBackend, ...nativeBackends].map((backend) => {
      const batch = new BalancedBatch(grid, { scenarios: SCENARIOS, substations: true, backend });
      batch.solve();
      const before = Array.from({ length: SCENARIOS }, (_, scenario) => batch.voltages(scenario));
      topologies.forEach((topology, scenario) => {
        apply(batch, scenario, topology);
      });
      batch.solve({ tolerance: 1e-11 });
      const voltages = topologies.flatMap((_, scenario) => [
        ...batch.voltages(scenario),
        ...batch.voltages(scenario, undefined, 2),
        batch.iterations(scenario),
      ]);
      topologies.forEach((topology, scenario) => {
        if (backend === wasmBackend) check(batch, scenario, posed(grid, topology));
        for (const [element, map] of Object.entries(topology))
          for (const index of map.keys()) batch.setBusbar(element as TopologyElement, index, scenario, 1);
      });
      batch.solve();
      before.forEach((voltage, scenario) => {
        expect(batch.voltages(scenario)).toEqual(voltage);
      });
      return voltages;
    });
    for (const other of results) expect(other).toEqual(results[0]);
  });

  it('says what cannot be asked', () => {
    if (!hasCase('case14')) return;
    const grid = caseGrid('case14');
    const plain = new BalancedBatch(grid, { scenarios: 1, branchOutages: true });
    expect(() => plain.setBusbar('load', 0, 0, 2)).toThrow('made with substations');
    const batch = new BalancedBatch(grid, { scenarios: 1, substations: true });
    expect(() => batch.setBusbar('load', 0, 0, 3 as Busbar)).toThrow('a busbar is 1, 2');
    expect(() => batch.setBusbar('load', 50, 0, 2)).toThrow('there is no load 50');
    expect(() => batch.setBusbar('generator', 0, 0, 0)).toThrow('last at the slack');
    expect(() => batch.setBusbar('generator', 1, 0, 0)).toThrow('generatorOutages');
    expect(() => batch.setBusbar('shunt', 99, 0, 2)).toThrow('there is no bus 99');
  });
});
