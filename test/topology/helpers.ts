/** What tests of topology share: simulations with arrays of their own, and the grid that a state means, posed anew. */
import { topologySetup } from '../../src/environments/index.js';
import type { BalancedGrid } from '../../src/grid/index.js';
import { type BackendName, FLOW_NUMBERS } from '../../src/powerflow/index.js';
import {
  TOPOLOGY_INFOS,
  type TopologyArrays,
  type TopologySettings,
  TopologySimulation,
  type TopologyTaskId,
  topologyObservationNames,
} from '../../src/topology/index.js';

/** A simulation of so many environments with seeds 0, 1, ..., begun. */
export function simulate(settings: TopologySettings, environments: number, backend: BackendName = 'wasm'): TopologySimulation {
  const width = topologyObservationNames(settings).length;
  const arrays: TopologyArrays = {
    actions: new Float64Array(environments),
    observations: new Float32Array(environments * width),
    rewards: new Float64Array(environments),
    terminations: new Uint8Array(environments),
    truncations: new Uint8Array(environments),
    costs: new Float64Array(environments),
    infos: new Float64Array(environments * TOPOLOGY_INFOS.length),
    masks: new Uint8Array(environments * settings.choices.count),
    seeds: Float64Array.from({ length: environments }, (_, k) => k),
    episodes: new Uint32Array(environments),
  };
  const simulation = new TopologySimulation(settings, arrays, backend);
  simulation.reset(everyOne(environments), environments);
  return simulation;
}

export const everyOne = (environments: number): Int32Array => Int32Array.from({ length: environments }, (_, k) => k);

export async function settingsOf(id: TopologyTaskId, options: Record<string, unknown> = {}): Promise<TopologySettings> {
  return (await topologySetup(id, options)).settings;
}

/** One info of an environment. */
export function infoOf({ arrays }: TopologySimulation, i: number, name: (typeof TOPOLOGY_INFOS)[number]): number {
  return arrays.infos[i * TOPOLOGY_INFOS.length + TOPOLOGY_INFOS.indexOf(name)];
}

/** Numbers by counting, for choosing at random. */
export function counter(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return state / 0x80000000;
  };
}

/** The grid that an environment's state means, as records: second busbars are buses of their own, lines out of service are gone. */
export function changedGrid({ settings, state }: TopologySimulation, i: number): BalancedGrid {
  const { elements, chronics } = settings;
  const { grid, substations, count, firstLoad, firstGenerator, firstStorage } = elements;
  const row = state.row[i];
  const series = chronics.day(state.scenario[i], Math.floor(row / 288)).subarray((row % 288) * chronics.width);
  const bar = (element: number): number => state.bars[i * count + element];
  const numberOf = (element: number): number => grid.buses[elements.substationOf[element]].number + (bar(element) === 2 ? 10_000 : 0);
  const slack = grid.buses[elements.substationOf[firstGenerator + elements.slackGenerator]].number;
  const generators = grid.generators.map((generator, k) => ({
    ...generator,
    bus: numberOf(firstGenerator + k),
    powerMw: state.produced[i * elements.generators + k],
  }));
  const slackBar = bar(firstGenerator + elements.slackGenerator);
  const buses = [1, 2].flatMap((busbar) =>
    grid.buses.map((bus) => {
      const number = bus.number + (busbar === 2 ? 10_000 : 0);
      const holds = generators.some((one) => one.bus === number);
      const kind = bus.number === slack && busbar === slackBar ? ('slack' as const) : holds ? ('pv' as const) : ('pq' as const);
      return { ...bus, number, kind };
    }),
  );
  const branches = grid.branches.map((branch, k) => ({
    ...branch,
    from: numberOf(2 * k),
    to: numberOf(2 * k + 1),
    inService: state.on[i * elements.branches + k] === 1,
  }));
  const drawn = elements.storages.map((_, k) => ({
    bus: numberOf(firstStorage + k),
    powerMw: state.drawn[i * elements.storages.length + k],
    powerMvar: 0,
    inService: true,
  }));
  const loads = [
    ...grid.loads.map((load, k) => ({ ...load, bus: numberOf(firstLoad + k), powerMw: series[k], powerMvar: series[elements.loads + k] })),
    ...drawn,
  ];
  const used = new Set([
    ...branches.filter(({ inService }) => inService).flatMap(({ from, to }) => [from, to]),
    ...loads.map(({ bus }) => bus),
    ...generators.map(({ bus }) => bus),
  ]);
  if (buses.length !== 2 * substations) throw new Error('two busbars a substation');
  return {
    ...grid,
    buses: buses.filter(({ number }) => used.has(number)),
    loads,
    generators,
    branches: branches.filter(({ inService }) => inService),
    shunts: grid.shunts.filter(({ bus }) => used.has(bus)),
    generatorCosts: [],
  };
}

/** Power into both ends of an environment's branches, [branch][from MW, from MVAr, to MW, to MVAr]. */
export function flowsOf({ settings, state, lanes }: TopologySimulation, i: number): number[][] {
  const { branches, substations, grid } = settings.elements;
  lanes.readFlows(i, { nodes: state.nodes, nodesAt: 2 * i * branches, holders: state.holders, holdersAt: i * substations });
  return Array.from({ length: branches }, (_, k) =>
    Array.from(lanes.flows.subarray(FLOW_NUMBERS * k, FLOW_NUMBERS * k + 4), (x) => x * grid.baseMva),
  );
}

/** Steps with random legal actions; calls back after each step, before what ended begins anew. */
export function wander(simulation: TopologySimulation, steps: number, seed: number, see: (step: number) => void): void {
  const { arrays, settings } = simulation;
  const environments = arrays.rewards.length;
  const { count } = settings.choices;
  const random = counter(seed);
  for (let step = 0; step < steps; step++) {
    for (let i = 0; i < environments; i++) {
      do arrays.actions[i] = Math.floor(random() * count);
      while (arrays.masks[i * count + arrays.actions[i]] === 0);
    }
    simulation.step(everyOne(environments), environments);
    see(step);
    const ended = everyOne(environments).filter((i) => (arrays.terminations[i] | arrays.truncations[i]) !== 0);
    for (const i of ended) arrays.episodes[i] += 1;
    if (ended.length > 0) simulation.reset(ended, ended.length);
  }
}
