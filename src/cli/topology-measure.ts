/**
 * Topology as an input of lanes: what it costs to have it in the plan, and what a lane costs that uses it. The same loads in every batch; each batch is also checked
 * against scenarios solved one by one on the grid as its lane has it, busbars as buses.
 */

import type { BalancedGrid } from '../grid/index.js';
import { BalancedBatch, type BalancedBatchOptions, type KernelBackend } from '../powerflow/index.js';
import { BALANCED_TOLERANCE, exactVoltages, LoadDraw, METHOD_OF_STEPS, meanIterations, scenariosToCheck } from './balanced-measure.js';
import type { NamedCase } from './balanced-suite.js';
import { randomSource } from './bench-measure.js';
import { shareText, shortNumber } from './bench-suite.js';
import { markdownTable } from './markdown-table.js';
import { median, ratio, timeInTurn } from './rounds.js';

/** What lanes of one plan take. */
export interface TopologyRow {
  suite: 'power-flow-topology';
  case: string;
  plan: 'plain' | 'branchOutages' | 'substations';
  /** What differs from lane to lane beside the loads. */
  lanesHave: 'loads' | 'a branch out' | 'a substation split';
  method: string;
  backend: string;
  lanes: number;
  scenarios: number;
  /** Processor time, medians of rounds in turn. */
  processorMicroseconds: number;
  iterationsMean: number;
  convergedShare: number;
  /** Scenarios that were solved, or given up, one by one in a second pass. */
  secondPass: number;
  /** Scenarios that did not converge although `solveBalanced` solves them (from the case's own voltages). */
  missed: number;
  /** Scenarios of which a part is without a path to a slack. */
  deadShare: number;
  /** Against the plain plan by `auto` and by Newton's steps alone, and against the lanes of the same plan of which only loads differ. */
  ratioToPlain: number;
  ratioToPlainNewton: number;
  ratioToLoads: number;
  /** Largest distance of any voltage of either busbar from the exact one in the checked scenarios, per unit. */
  nodeErrorPuMax: number;
}

/** What one lane changes. */
interface LaneChange {
  /** A branch out of service. */
  out?: number;
  /** Ends of branches and loads on the second busbar of their bus. */
  from: Set<number>;
  to: Set<number>;
  loads: Set<number>;
}

/** Added to a bus's number for its second busbar. */
const SECOND = 1e7;
/** Fewest ends of branches of a substation that is split: two stay, two go. */
const ENDS_OF_SPLIT = 4;

/** A random branch in service out in each lane. */
function drawOutages(grid: BalancedGrid, scenarios: number): LaneChange[] {
  const random = randomSource(5);
  const branches = grid.branches.map((_, k) => k).filter((k) => grid.branches[k].inService);
  return Array.from({ length: scenarios }, () => ({
    out: branches[Math.floor(branches.length * random())],
    from: new Set<number>(),
    to: new Set<number>(),
    loads: new Set<number>(),
  }));
}

/** Whether there is a substation that can be split. */
function hasSplits(grid: BalancedGrid): boolean {
  const ends = new Map<number, number>();
  for (const { from, to, inService } of grid.branches) if (inService) for (const bus of [from, to]) ends.set(bus, (ends.get(bus) ?? 0) + 1);
  return [...ends.values()].some((count) => count >= ENDS_OF_SPLIT);
}

/** A random substation split in each lane: half of its ends of branches on the second busbar, each of its loads on either; generators and shunts stay. */
function drawSplits(grid: BalancedGrid, scenarios: number): LaneChange[] {
  const random = randomSource(6);
  const ends = new Map<number, { branch: number; end: 'from' | 'to' }[]>(grid.buses.map(({ number }) => [number, []]));
  grid.branches.forEach(({ from, to, inService }, branch) => {
    if (!inService) return;
    ends.get(from)?.push({ branch, end: 'from' });
    ends.get(to)?.push({ branch, end: 'to' });
  });
  const large = [...ends].filter(([, list]) => list.length >= ENDS_OF_SPLIT);
  return Array.from({ length: scenarios }, () => {
    const [bus, list] = large[Math.floor(large.length * random())];
    const change: LaneChange = { from: new Set(), to: new Set(), loads: new Set() };
    const left = [...list];
    for (let moved = 0; moved < list.length >> 1; moved++) {
      const [{ branch, end }] = left.splice(Math.floor(left.length * random()), 1);
      change[end].add(branch);
    }
    grid.loads.forEach((load, k) => {
      if (load.bus === bus && random() < 0.5) change.loads.add(k);
    });
    return change;
  });
}

function apply(batch: BalancedBatch, changes: readonly LaneChange[]): void {
  changes.forEach(({ out, from, to, loads }, scenario) => {
    if (out !== undefined) batch.setBranchInService(out, scenario, false);
    for (const branch of from) batch.setBusbar('branchFrom', branch, scenario, 2);
    for (const branch of to) batch.setBusbar('branchTo', branch, scenario, 2);
    for (const load of loads) batch.setBusbar('load', load, scenario, 2);
  });
}

/** A grid as a lane has it: second busbars are buses at the end. */
function posed(grid: BalancedGrid, { out, from, to, loads }: LaneChange): BalancedGrid {
  const second = new Set([
    ...[...from].map((k) => grid.branches[k].from),
    ...[...to].map((k) => grid.branches[k].to),
    ...[...loads].map((k) => grid.loads[k].bus),
  ]);
  const added = grid.buses.filter(({ number }) => second.has(number)).map((bus) => ({ ...bus, number: SECOND + bus.number, kind: 'pq' as const }));
  return {
    ...grid,
    buses: [...grid.buses, ...added],
    branches: grid.branches.map((branch, k) => ({
      ...branch,
      from: (from.has(k) ? SECOND : 0) + branch.from,
      to: (to.has(k) ? SECOND : 0) + branch.to,
      inService: branch.inService && k !== out,
    })),
    loads: grid.loads.map((load, k) => ({ ...load, bus: (loads.has(k) ? SECOND : 0) + load.bus })),
  };
}

/** How many scenarios that did not converge have a solution all the same. */
function countMissed(batch: BalancedBatch, draw: LoadDraw, changes: readonly LaneChange[] | undefined): number {
  let missed = 0;
  for (let scenario = 0; scenario < batch.scenarios; scenario++) {
    if (batch.status(scenario) === 1) continue;
    const grid = draw.gridOf(scenario);
    if (exactVoltages(changes ? posed(grid, changes[scenario]) : grid)) missed++;
  }
  return missed;
}

/** Largest distance of a scenario's voltages from the exact ones; 0 where there is no solution. */
function errorOf(batch: BalancedBatch, scenario: number, grid: BalancedGrid, change: LaneChange | undefined): number {
  const wanted = exactVoltages(change ? posed(grid, change) : grid);
  if (batch.status(scenario) !== 1 || !wanted) return 0;
  const first = batch.voltages(scenario);
  const place = new Map(grid.buses.map(({ number }, bus) => [number, bus]));
  const buses = change ? posed(grid, change).buses : grid.buses;
  const second = buses.length > grid.buses.length ? batch.voltages(scenario, undefined, 2) : first;
  return Math.max(
    ...buses.map(({ number }, k) => {
      const found = number >= SECOND ? second : first;
      const bus = place.get(number >= SECOND ? number - SECOND : number) as number;
      return Math.hypot(found[2 * bus] - wanted[2 * k], found[2 * bus + 1] - wanted[2 * k + 1]);
    }),
  );
}

/** Measures the plans of one case by one backend. */
export function measureTopology({ id, grid }: NamedCase, backend: KernelBackend, scenarios: number, rounds: number, checked: number): TopologyRow[] {
  const draw = new LoadDraw(grid, scenarios, 7);
  const outages = drawOutages(grid, scenarios);
  const splits = hasSplits(grid) ? drawSplits(grid, scenarios) : undefined;
  const variants: { plan: TopologyRow['plan']; has: TopologyRow['lanesHave']; options: Partial<BalancedBatchOptions>; changes?: LaneChange[] }[] = [
    { plan: 'plain', has: 'loads', options: {} },
    { plan: 'plain', has: 'loads', options: { steps: 'newton' } },
    { plan: 'branchOutages', has: 'loads', options: { branchOutages: true } },
    { plan: 'branchOutages', has: 'a branch out', options: { branchOutages: true }, changes: outages },
    { plan: 'substations', has: 'loads', options: { substations: true } },
    { plan: 'substations', has: 'a branch out', options: { substations: true }, changes: outages },
    // A grid of nothing but small substations has no such row.
    ...(splits ? [{ plan: 'substations' as const, has: 'a substation split' as const, options: { substations: true }, changes: splits }] : []),
  ];
  const batches = variants.map(({ options, changes }) => {
    const batch = new BalancedBatch(grid, { scenarios, backend, ...options });
    draw.fill(batch);
    apply(batch, changes ?? []);
    return batch;
  });
  // The first solution, before the count begins, writes the topologies into the lanes' arrays.
  const times = timeInTurn(
    batches.map((batch) => () => void batch.solve({ tolerance: BALANCED_TOLERANCE })),
    rounds,
  );
  return variants.map(({ plan, has, changes }, k) => {
    const batch = batches[k];
    const { converged, withDeadBuses, secondPass } = batch.solve({ tolerance: BALANCED_TOLERANCE });
    const errors = [...scenariosToCheck(batch, checked)].map((scenario) => errorOf(batch, scenario, draw.gridOf(scenario), changes?.[scenario]));
    const ofLoads = plan === 'plain' ? k : variants.findIndex((other) => other.plan === plan && other.has === 'loads');
    return {
      suite: 'power-flow-topology',
      case: id,
      plan,
      lanesHave: has,
      method: METHOD_OF_STEPS[batch.steps],
      backend: batch.backend,
      lanes: batch.lanes,
      scenarios,
      processorMicroseconds: median(times[k]) / scenarios,
      iterationsMean: meanIterations(batch),
      convergedShare: converged / scenarios,
      secondPass,
      missed: countMissed(batch, draw, changes),
      deadShare: withDeadBuses / scenarios,
      ratioToPlain: ratio(times, k, 0),
      ratioToPlainNewton: ratio(times, k, 1),
      ratioToLoads: ratio(times, k, ofLoads),
      nodeErrorPuMax: Math.max(...errors),
    };
  });
}

/** The rows as Markdown. */
export function topologyText(rows: readonly TopologyRow[]): string {
  const header = [
    'case',
    'plan',
    'lanes have',
    'method',
    'backend',
    'lanes',
    'scenarios',
    'processor µs',
    'iterations',
    'to plain, auto',
    'to plain, newton',
    'to loads, same plan',
    'converged',
    'second pass',
    'missed',
    'with a dead part',
    'node error pu',
  ];
  const lines = rows.map((row) => [
    row.case,
    row.plan,
    row.lanesHave,
    row.method,
    row.backend,
    String(row.lanes),
    String(row.scenarios),
    shortNumber(row.processorMicroseconds),
    row.iterationsMean.toFixed(1),
    row.ratioToPlain.toFixed(2),
    row.ratioToPlainNewton.toFixed(2),
    row.ratioToLoads.toFixed(2),
    shareText(row.convergedShare),
    String(row.secondPass),
    String(row.missed),
    row.deadShare === 0 ? 'none' : shareText(row.deadShare),
    row.nodeErrorPuMax.toExponential(1),
  ]);
  return `Topology as an input: loads as above in all lanes; one random branch out in each lane, or one random substation of ${ENDS_OF_SPLIT} ends of branches or more split (half of its ends on the second
busbar); "missed" did not converge though it does alone. Writing topologies is not timed; ratios are medians over rounds in turn

${markdownTable(header, lines, [0, 1, 2, 3, 4])}`;
}
