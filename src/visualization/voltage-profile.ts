/**
 * The data of a voltage profile: per-unit voltage of every phase node against its distance from the source.
 *
 * Distance is the sum of line lengths on the shortest way from the nearest source; transformers and other branches count as zero. Phases are
 * followed through the grid rather than read off node numbers, so that the two legs of a centre-tapped service keep the colour of the phase
 * that feeds it.
 */
import type { CircuitElement, Grid, Line, Terminal, Transformer } from '../grid/index.js';
import { DEAD_PU } from '../powerflow/index.js';

/** What a profile needs of a solution: the voltage of a node in volt, [re, im]. A `GridSolver` is one. */
export interface VoltageReader {
  nodeVoltage(bus: string, node: number): readonly [number, number] | undefined;
  nodesOf(bus: string): readonly number[];
}

/** Phase 1, 2 or 3 (A, B, C). */
export type Phase = 1 | 2 | 3;

/** One node of the profile. */
export interface ProfilePoint {
  bus: string;
  node: number;
  phase: Phase;
  /** Kilometres, or the bare sum of lengths where {@link VoltageProfile.unitsKnown} is false. */
  distance: number;
  voltagePu: number;
}

/** A stretch between two nodes of one branch. */
export interface ProfileSegment {
  phase: Phase;
  from: ProfilePoint;
  to: ProfilePoint;
  /** `line`: a line or cable; `step`: a transformer, regulator, reactor or series capacitor, which has no length. */
  kind: 'line' | 'step';
}

/** Voltage against distance of a solved grid. */
export interface VoltageProfile {
  name: string;
  points: ProfilePoint[];
  segments: ProfileSegment[];
  /** False where the length of some line that is no switch or jumper was given without a unit. */
  unitsKnown: boolean;
  /** Whether any bus has a base voltage; without one there is no voltage in per unit, and no point. */
  basesKnown: boolean;
  /** Lowest and highest point; undefined where there is none. */
  lowest?: ProfilePoint;
  highest?: ProfilePoint;
}

interface Branch {
  element: CircuitElement;
  ends: readonly Terminal[];
  lengthMeters: number;
}

/**
 * Collects the profile of a solved grid. Buses that no closed branch connects to a source, nodes without a base voltage, neutrals and
 * de-energised nodes are left out.
 */
export function voltageProfile(grid: Grid, solution: VoltageReader): VoltageProfile {
  const branches = closedBranches(grid);
  const distances = distancesFromSources(grid, branches);
  const phases = followPhases(grid, branches);
  const points = new Map<string, ProfilePoint>();
  for (const bus of grid.buses.values()) {
    const meters = distances.get(bus.id);
    if (meters === undefined || bus.baseKv === undefined) continue;
    for (const node of solution.nodesOf(bus.id)) {
      const phase = phases.get(nodeKey(bus.id, node)) ?? (node >= 1 && node <= 3 ? (node as Phase) : undefined);
      const voltage = solution.nodeVoltage(bus.id, node);
      if (phase === undefined || voltage === undefined || node > 3) continue;
      const voltagePu = Math.hypot(voltage[0], voltage[1]) / (bus.baseKv * 1000);
      if (!(voltagePu > DEAD_PU) || !Number.isFinite(voltagePu)) continue;
      points.set(nodeKey(bus.id, node), { bus: bus.id, node, phase, distance: meters / 1000, voltagePu });
    }
  }
  const unitsKnown = grid.elementsOf('line').every((line) => !line.enabled || line.lengthUnitKnown !== false || isToken(line));
  const basesKnown = [...grid.buses.values()].some((bus) => bus.baseKv !== undefined);
  const profile: VoltageProfile = { name: grid.name, points: [...points.values()], segments: segmentsOf(branches, points), unitsKnown, basesKnown };
  if (!unitsKnown) for (const point of profile.points) point.distance *= 1000;
  for (const point of profile.points) {
    if (!profile.lowest || point.voltagePu < profile.lowest.voltagePu) profile.lowest = point;
    if (!profile.highest || point.voltagePu > profile.highest.voltagePu) profile.highest = point;
  }
  return profile;
}

/** A switch or jumper, whose length stands for nothing (0.001 without a unit in the OpenDSS language). */
function isToken(line: Line): boolean {
  return line.isSwitch || line.lengthMeters <= 0.001;
}

function nodeKey(bus: string, node: number): string {
  return `${bus}.${node}`;
}

function isOpen(terminal: Terminal): boolean {
  return terminal.open !== undefined && terminal.nodes.length > 0 && terminal.nodes.every((_, i) => terminal.open?.[i]);
}

function closedBranches(grid: Grid): Branch[] {
  const branches: Branch[] = [];
  for (const element of grid.elements) {
    if (!element.enabled) continue;
    let ends: readonly Terminal[];
    if (element.kind === 'transformer') ends = element.windings.map((winding) => winding.terminal);
    else if (element.kind === 'line' || element.kind === 'reactor' || element.kind === 'capacitor') ends = element.terminals;
    else continue;
    const joined = ends.filter((end) => !isOpen(end) && end.nodes.some((node) => node > 0));
    if (new Set(joined.map((end) => end.bus)).size < 2) continue;
    branches.push({ element, ends: joined, lengthMeters: element.kind === 'line' ? Math.max(0, (element as Line).lengthMeters) : 0 });
  }
  return branches;
}

function adjacency(branches: readonly Branch[]): Map<string, Branch[]> {
  const byBus = new Map<string, Branch[]>();
  for (const branch of branches) {
    for (const end of branch.ends) {
      const list = byBus.get(end.bus);
      if (list) list.push(branch);
      else byBus.set(end.bus, [branch]);
    }
  }
  return byBus;
}

function sourceBuses(grid: Grid): string[] {
  return grid
    .elementsOf('vsource')
    .filter((source) => source.enabled)
    .map((source) => source.terminals[0].bus);
}

/** Metres to each bus by Dijkstra's method, with a binary heap as queue. */
function distancesFromSources(grid: Grid, branches: readonly Branch[]): Map<string, number> {
  const byBus = adjacency(branches);
  const best = new Map<string, number>();
  const heap: { bus: string; meters: number }[] = [];
  const push = (bus: string, meters: number): void => {
    let at = heap.push({ bus, meters }) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (heap[parent].meters <= heap[at].meters) break;
      [heap[parent], heap[at]] = [heap[at], heap[parent]];
      at = parent;
    }
  };
  const pop = (): { bus: string; meters: number } | undefined => {
    const top = heap[0];
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return top;
    heap[0] = last;
    for (let at = 0; ; ) {
      let least = at;
      for (const child of [2 * at + 1, 2 * at + 2]) if (child < heap.length && heap[child].meters < heap[least].meters) least = child;
      if (least === at) return top;
      [heap[least], heap[at]] = [heap[at], heap[least]];
      at = least;
    }
  };
  for (const bus of sourceBuses(grid)) {
    best.set(bus, 0);
    push(bus, 0);
  }
  for (let next = pop(); next !== undefined; next = pop()) {
    if (next.meters > (best.get(next.bus) ?? Number.POSITIVE_INFINITY)) continue;
    for (const branch of byBus.get(next.bus) ?? []) {
      for (const end of branch.ends) {
        const meters = next.meters + branch.lengthMeters;
        if (meters >= (best.get(end.bus) ?? Number.POSITIVE_INFINITY)) continue;
        best.set(end.bus, meters);
        push(end.bus, meters);
      }
    }
  }
  return best;
}

/** The phase of each node, followed from the sources over conductors and windings. */
function followPhases(grid: Grid, branches: readonly Branch[]): Map<string, Phase> {
  const byBus = adjacency(branches);
  const phases = new Map<string, Phase>();
  const reached = new Set<string>();
  const queue: string[] = [];
  for (const bus of sourceBuses(grid)) {
    reached.add(bus);
    queue.push(bus);
    for (const node of [1, 2, 3] as const) phases.set(nodeKey(bus, node), node);
  }
  const give = (terminal: Terminal, node: number, phase: Phase): void => {
    const key = nodeKey(terminal.bus, node);
    if (node > 0 && !phases.has(key)) phases.set(key, phase);
    if (!reached.has(terminal.bus)) {
      reached.add(terminal.bus);
      queue.push(terminal.bus);
    }
  };
  for (let next = 0; next < queue.length; next++) {
    const bus = queue[next];
    for (const branch of byBus.get(bus) ?? []) {
      const from = branch.ends.find((end) => end.bus === bus);
      if (!from) continue;
      const hot = from.nodes.filter((node) => node > 0);
      const single = branch.element.kind === 'transformer' && (branch.element as Transformer).phases === 1 && hot.length === 1;
      for (const to of branch.ends) {
        if (to === from) continue;
        to.nodes.forEach((node, i) => {
          // Behind a one-phase transformer every hot node is of that phase; elsewhere conductor i continues conductor i, but for a
          // three-phase transformer's windings, where node numbers stay what they are.
          const sameConductor = branch.element.kind !== 'transformer' ? from.nodes[i] : node;
          const phase = phases.get(nodeKey(bus, single ? hot[0] : (sameConductor ?? 0)));
          if (phase !== undefined) give(to, node, phase);
          else give(to, 0, 1);
        });
      }
    }
  }
  return phases;
}

function segmentsOf(branches: readonly Branch[], points: ReadonlyMap<string, ProfilePoint>): ProfileSegment[] {
  const segments: ProfileSegment[] = [];
  for (const { element, ends } of branches) {
    const kind = element.kind === 'line' ? 'line' : 'step';
    const from = ends[0];
    for (const to of ends.slice(1)) {
      to.nodes.forEach((node, i) => {
        const target = points.get(nodeKey(to.bus, node));
        if (!target) return;
        const source =
          kind === 'line'
            ? points.get(nodeKey(from.bus, from.nodes[i]))
            : from.nodes.map((other) => points.get(nodeKey(from.bus, other))).find((point) => point?.phase === target.phase);
        if (source) segments.push({ phase: target.phase, from: source, to: target, kind });
      });
    }
  }
  return segments;
}
