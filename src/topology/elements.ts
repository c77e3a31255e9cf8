/** What sits on the busbars of a grid: its elements by substation, limits of its branches, storage units. Made once a task; nothing in it changes. */
import { type BalancedGrid, GridError, InputError } from '../grid/index.js';
import { FLOW_NUMBERS, TopologyLanes, TopologyPlan } from '../powerflow/index.js';
import { loadTopologyFacts, type TopologyFacts, type TopologyTaskId } from './facts.js';

/** A storage unit, on busbar 1 of a substation at first. */
export interface StorageUnit {
  /** Number of its substation, from 0. */
  readonly substation: number;
  readonly maxMw: number;
  readonly capacityMwh: number;
}

/** Storage units that `storage: true` adds, by task: facts of none of the sources, chosen by us at substations in the middle of the grid. */
export const STORAGE_UNITS: Readonly<Record<TopologyTaskId, readonly StorageUnit[]>> = {
  'topology-case5': [{ substation: 3, maxMw: 3, capacityMwh: 6 }],
  'topology-case14': [
    { substation: 3, maxMw: 10, capacityMwh: 20 },
    { substation: 5, maxMw: 5, capacityMwh: 15 },
  ],
  'topology-case118': [
    { substation: 41, maxMw: 40, capacityMwh: 100 },
    { substation: 59, maxMw: 40, capacityMwh: 100 },
    { substation: 94, maxMw: 40, capacityMwh: 100 },
  ],
};
/** Share of the energy that is lost on the way in, and again on the way out. */
export const STORAGE_LOSS = 0.05;

/** A current limit where the data has none: so many times the current of the base case or the mean state, whichever is larger, ... */
const LIMIT_OVER_BASE = 1.3;
/** ... but no less than this share of the middle one of all such limits. */
const LEAST_OF_MIDDLE = 0.5;

/** Elements are counted: both ends of branch k as 2 k (from) and 2 k + 1 (to), then loads, generators and storage units. Buses are substations. */
export interface TopologyElements {
  readonly facts: TopologyFacts;
  readonly grid: BalancedGrid;
  readonly plan: TopologyPlan;
  readonly substations: number;
  readonly branches: number;
  readonly loads: number;
  readonly generators: number;
  readonly storages: readonly StorageUnit[];
  readonly count: number;
  readonly firstLoad: number;
  readonly firstGenerator: number;
  readonly firstStorage: number;
  /** Substation of each element. */
  readonly substationOf: Int32Array;
  /** Elements of each substation: loads, generators, storage units, from ends, to ends, each rising. */
  readonly elementsOf: readonly (readonly number[])[];
  /** Names, as observations have them. */
  readonly names: readonly string[];
  readonly branchNames: readonly string[];
  /** Limit of each branch's current at its from end, A, and A a per-unit of current there. */
  readonly limitAmps: Float64Array;
  readonly ampsPerUnit: Float64Array;
  /** Generators that are dispatched, and those of wind and sun, by index. */
  readonly dispatchable: readonly number[];
  readonly renewable: readonly number[];
  /** The generator that makes up what is lacking. */
  readonly slackGenerator: number;
  /** 1 for buses whose generators hold the voltage. */
  readonly holdsVoltage: Uint8Array;
  /** 1 for generators, and storage units behind them, of each bus: [bus] lists of generators. */
  readonly generatorsOf: readonly (readonly number[])[];
}

/** Elements of a task's grid. */
export async function loadTopologyElements(id: TopologyTaskId, hasStorage: boolean): Promise<TopologyElements> {
  const { grid, base, facts } = await loadTopologyFacts(id);
  return topologyElements(grid, facts, hasStorage ? STORAGE_UNITS[id] : [], base);
}

/**
 * Elements of a grid that is at hand. Throws GridError for one that has no solution, InputError for storage units that are nowhere.
 *
 * @param base the same grid in the state whose currents limits are taken from where the data has none
 */
export function topologyElements(
  grid: BalancedGrid,
  facts: TopologyFacts,
  storages: readonly StorageUnit[],
  base: BalancedGrid = grid,
): TopologyElements {
  const plan = new TopologyPlan(grid);
  const { network } = plan;
  const branches = grid.branches.length;
  const firstLoad = 2 * branches;
  const firstGenerator = firstLoad + grid.loads.length;
  const firstStorage = firstGenerator + grid.generators.length;
  const substations = grid.buses.length;
  const misplaced = storages.find(({ substation }) => !(substation >= 0 && substation < substations));
  if (misplaced) throw new InputError(`a storage unit is at substation ${misplaced.substation}; there are 0 to ${substations - 1}`);
  const ends = Array.from({ length: branches }, (_, k) => [network.branchFrom[k], network.branchTo[k]]).flat();
  const loadBus = grid.loads.map(({ bus }) => network.busIndex.get(bus) as number);
  const substationOf = Int32Array.from([...ends, ...loadBus, ...network.generatorBus, ...storages.map(({ substation }) => substation)]);
  const elementsOf = Array.from({ length: substations }, (_, substation) => {
    const own = Array.from(substationOf.keys()).filter((element) => substationOf[element] === substation);
    const rank = (element: number): number => (element >= firstLoad ? 0 : 1 + (element % 2));
    return own.sort((a, b) => rank(a) - rank(b) || a - b);
  });
  const slackBus = plan.slackBuses[0];
  const slackGenerator = network.generatorBus.findIndex((bus, k) => bus === slackBus && network.generatorOn[k] === 1);
  if (slackGenerator < 0 || plan.slackBuses.length !== 1) throw new GridError(`grid "${grid.name}" must have one slack, with a generator`);
  const nameOf = (k: number): string => `${network.branchFrom[k]}_${network.branchTo[k]}_${k}`;
  const branchNames = Array.from({ length: branches }, (_, k) => nameOf(k));
  const indices = facts.generators.map((_, k) => k);
  const isDispatched = (k: number): boolean => ['nuclear', 'thermal', 'hydro'].includes(facts.generators[k].kind);
  const elements = {
    facts,
    grid,
    plan,
    substations,
    branches,
    loads: grid.loads.length,
    generators: grid.generators.length,
    storages,
    count: substationOf.length,
    firstLoad,
    firstGenerator,
    firstStorage,
    substationOf,
    elementsOf,
    names: [
      ...branchNames.flatMap((name) => [`line ${name} from`, `line ${name} to`]),
      ...grid.loads.map((load, k) => load.name ?? `load_${loadBus[k]}_${k}`),
      ...facts.generators.map(({ name }) => name),
      ...storages.map(({ substation }, k) => `storage_${substation}_${k}`),
    ],
    branchNames,
    ampsPerUnit: Float64Array.from({ length: branches }, (_, k) => (1000 * grid.baseMva) / (Math.sqrt(3) * grid.buses[network.branchFrom[k]].baseKv)),
    dispatchable: indices.filter(isDispatched),
    renewable: indices.filter((k) => ['wind', 'solar'].includes(facts.generators[k].kind)),
    slackGenerator,
    holdsVoltage: Uint8Array.from(network.kind, (kind) => Number(kind !== 0)),
    generatorsOf: Array.from({ length: substations }, (_, bus) => indices.filter((k) => network.generatorBus[k] === bus)),
  };
  return { ...elements, limitAmps: limitsOf(base, plan, elements.ampsPerUnit) };
}

/** Each branch's limit: as the data has it; else {@link LIMIT_OVER_BASE} times its current in the base case or in the mean state of the series, whichever is larger, and no less than {@link LEAST_OF_MIDDLE} of the middle one of these. */
function limitsOf(grid: BalancedGrid, mean: TopologyPlan, ampsPerUnit: Float64Array): Float64Array {
  const branches = grid.branches.length;
  if (grid.branches.every(({ ratingAmps }) => ratingAmps)) return Float64Array.from(grid.branches, ({ ratingAmps }) => ratingAmps as number);
  const { flows } = baseFlows(new TopologyPlan(grid));
  const { flows: meanFlows } = baseFlows(mean);
  const byRule = Float64Array.from(
    { length: branches },
    (_, k) => LIMIT_OVER_BASE * Math.max(flows[FLOW_NUMBERS * k + 4], meanFlows[FLOW_NUMBERS * k + 4]) * ampsPerUnit[k],
  );
  // Voltage levels differ, so that the least one is taken as power.
  const asPower = byRule.map((amps, k) => amps / ampsPerUnit[k]);
  const least = LEAST_OF_MIDDLE * [...asPower].sort((a, b) => a - b)[branches >> 1];
  return Float64Array.from({ length: branches }, (_, k) => grid.branches[k].ratingAmps || Math.max(byRule[k], least * ampsPerUnit[k]));
}

/** The solution of a grid as it stands. */
function baseFlows(plan: TopologyPlan): TopologyLanes {
  const lanes = new TopologyLanes(plan, { scenarios: 1, backend: 'wasm' });
  const { branchCount, busCount, network } = plan;
  const state = {
    nodes: Int16Array.from({ length: 2 * branchCount }, (_, end) => {
      const branch = end >> 1;
      if (network.branchOn[branch] === 0) return -1;
      return end % 2 === 0 ? network.branchFrom[branch] : network.branchTo[branch];
    }),
    nodesAt: 0,
    holders: Uint8Array.from(network.kind, (kind) => Number(kind !== 0)),
    holdersAt: 0,
  };
  const p = new Float64Array(2 * busCount);
  const q = new Float64Array(2 * busCount);
  for (let bus = 0; bus < busCount; bus++) {
    p[bus] = network.scheduled[2 * bus];
    q[bus] = network.scheduled[2 * bus + 1];
  }
  lanes.setPowers(0, p, q);
  lanes.choose(0);
  lanes.solve();
  lanes.readFlows(0, state);
  return lanes;
}
