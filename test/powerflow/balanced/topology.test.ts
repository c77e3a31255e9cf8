/** Two busbars a substation: every lane's topology is the solution of a grid in which the busbars are buses. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadCase } from '../../../src/cases/index.js';
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

  it.each([
    ['plain', {}],
    ['with limits', { reactiveLimits: true }],
    ['with outages and a shared lack', { generatorOutages: true, distributedSlack: true }],
  ] as const)('%s: through rounds of changes each scenario has the bits of a batch of its own, wherever it stands', (_, options) => {
    const grid = loadCase('case57');
    const count = 21;
    const next = numbers(17);
    const backend = nativeBackends.at(-1) ?? wasmBackend;
    const many = new BalancedBatch(grid, { scenarios: count, substations: true, backend, ...options });
    const one = new BalancedBatch(grid, { scenarios: 1, substations: true, backend: wasmBackend, ...options });
    const topologies: (Topology | undefined)[] = Array.from({ length: count }, () => undefined);
    const change = (batch: BalancedBatch, scenario: number, topology: Topology, isBack: boolean): void => {
      for (const [element, map] of Object.entries(topology))
        for (const [index, busbar] of map) batch.setBusbar(element as TopologyElement, index, scenario, isBack ? 1 : busbar);
    };
    const setInputs = (batch: BalancedBatch, factors: readonly number[]): void => {
      grid.loads.forEach(({ powerMw, powerMvar }, k) => {
        const share = factors.map((factor) => factor + 0.002 * (k % 7));
        batch.setLoad(
          k,
          Float64Array.from(share, (x) => x * powerMw),
          Float64Array.from(share, (x) => x * powerMvar),
        );
      });
      batch.setGenerator(
        2,
        factors.map((factor) => factor * grid.generators[2].powerMw),
      );
      batch.setVoltage(
        grid.generators[3].bus,
        factors.map((factor) => 1 + 0.01 * (factor - 0.9)),
      );
    };
    const factors = Array.from({ length: count }, () => 0.8 + 0.2 * next());
    // Few second busbars, then so many that blocks have no room for programs of their own, a few scenarios alone, and few again.
    for (const [share, part] of [
      [0.03, 1],
      [0.6, 0.8],
      [0.1, 0.3],
      [0.03, 1],
    ]) {
      for (let scenario = 0; scenario < count; scenario++) {
        if (next() > part) continue;
        const before = topologies[scenario];
        if (before) change(many, scenario, before, true);
        const topology = next() < 0.2 ? undefined : drawTopology(grid, next, share);
        if (topology && 'generatorOutages' in options && next() < 0.3) topology.generator.set(1, 0);
        topologies[scenario] = topology;
        if (topology) change(many, scenario, topology, false);
        factors[scenario] = 0.8 + 0.2 * next();
      }
      setInputs(many, factors);
      many.solve({ tolerance: 1e-10 });
      let solved = 0;
      for (let scenario = 0; scenario < count; scenario++) {
        const topology = topologies[scenario];
        if (topology) change(one, 0, topology, false);
        setInputs(one, [factors[scenario]]);
        one.solve({ tolerance: 1e-10 });
        expect([many.status(scenario), many.iterations(scenario), many.mismatchPu(scenario)]).toEqual([
          one.status(0),
          one.iterations(0),
          one.mismatchPu(0),
        ]);
        for (const busbar of [1, 2] as const) expect(many.voltages(scenario, undefined, busbar)).toEqual(one.voltages(0, undefined, busbar));
        expect(many.deadBusbars(scenario)).toEqual(one.deadBusbars(0));
        expect(many.unservedMw(scenario)).toBe(one.unservedMw(0));
        expect(many.atReactiveLimit(scenario)).toEqual(one.atReactiveLimit(0));
        expect(many.lackingMw(scenario)).toEqual(one.lackingMw(0));
        expect(many.voltagePu(30)[scenario]).toEqual(one.voltagePu(30)[0]);
        expect(many.branchPower(8).fromMw[scenario]).toEqual(one.branchPower(8).fromMw[0]);
        expect(many.scenarioGrid(scenario)).toEqual(one.scenarioGrid(0));
        if (many.status(scenario) === 1) {
          solved++;
          const alone = solveBalanced(many.scenarioGrid(scenario), { enforceReactiveLimits: 'reactiveLimits' in options });
          expect(alone.converged).toBe(true);
        }
        if (topology) change(one, 0, topology, true);
      }
      expect(solved).toBeGreaterThan(count / 3);
    }
  });

  it('a warm start finds the voltages of a scenario wherever it has gone', () => {
    const grid = loadCase('case118');
    const count = 19;
    const batch = new BalancedBatch(grid, { scenarios: count, substations: true, backend: wasmBackend });
    const factors = Array.from({ length: count }, (_, scenario) => 0.8 + 0.02 * scenario);
    grid.loads.forEach(({ powerMw, powerMvar }, k) => {
      batch.setLoad(
        k,
        factors.map((factor) => factor * powerMw),
        factors.map((factor) => factor * powerMvar),
      );
    });
    batch.solve({ tolerance: 1e-10 });
    const before = Array.from({ length: count }, (_, scenario) => batch.voltages(scenario));
    // Everything at a bus moves to the second busbar, which changes nothing but the order of the scenarios: buses in turn.
    const buses = [2, 20, 117];
    const ends = grid.branches.flatMap(({ from, to }, k) => [
      { element: 'branchFrom' as const, k, bus: from },
      { element: 'branchTo' as const, k, bus: to },
    ]);
    const all = [...ends, ...grid.loads.map(({ bus }, k) => ({ element: 'load' as const, k, bus }))];
    for (let scenario = 0; scenario < count; scenario++) {
      const bus = buses[scenario % buses.length];
      for (const { element, k } of all.filter((each) => each.bus === bus)) batch.setBusbar(element, k, scenario, 2);
    }
    expect(batch.solve({ tolerance: 1e-8, start: 'warm' }).converged).toBe(count);
    before.forEach((voltage, scenario) => {
      expect(batch.iterations(scenario)).toBe(0);
      const bus = batch.network.busIndex.get(buses[scenario % buses.length]) as number;
      const found = batch.voltages(scenario);
      expect([found[2 * bus], found[2 * bus + 1]]).toEqual([0, 0]);
      const second = batch.voltages(scenario, undefined, 2);
      found.set(second.subarray(2 * bus, 2 * bus + 2), 2 * bus);
      // But for the held magnitudes, to which voltages are scaled at each start.
      found.forEach((x, k) => {
        expect(Math.abs(x - voltage[k])).toBeLessThan(1e-13);
      });
    });
    // Loads go where their scenarios are.
    const late = Float64Array.from({ length: count }, (_, scenario) => (scenario === 7 ? 300 : 50));
    batch.setLoad(
      5,
      late,
      late.map((x) => 0.3 * x),
    );
    batch.solve();
    const bus = grid.loads[5].bus;
    const voltages = batch.voltagePu(bus);
    expect(voltages.indexOf(Math.min(...voltages))).toBe(7);
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
