/**
 * Switches of a batch: lines that are open or closed per scenario, and what a combination of their states leaves without a source.
 *
 * Two kinds of parts of the grid are told apart, both with all switches taken out. A *path part* is what current can flow through, conductor by conductor: a load with
 * no path to a source has no solution worth the name, and its scenario is islanded. A *coupled part* is what any admittance ties together, the capacitance between the
 * phases of a line too: one that no closed switch ties to a source and into which nothing is injected is dead; its voltage is 0, and its nodes are grounded so that the
 * factors find it.
 */
import { type Grid, GridError, type Line } from '../grid/index.js';
import { isCapacitorLoad } from './batch-capacitors.js';
import { namesOf } from './column-checks.js';
import type { CompiledElement, CompiledGrid } from './compiled-grid.js';
import { DisjointSets } from './disjoint-sets.js';

/** The lines that the option `switches` names, lower case. Throws {@link GridError} for what is no line. */
export function switchNames(grid: Grid, option: readonly string[] | true | undefined): string[] {
  const lines = grid.elementsOf('line');
  const names = namesOf(option, 'switches', () => lines.filter((line) => line.isSwitch).map((line) => line.name));
  for (const name of names) {
    if (grid.element(`line.${name}`)) continue;
    const other = [...grid.elements].find((element) => element.name.toLowerCase() === name);
    throw new GridError(
      `switches: ${other ? `${other.kind}.${name} is not a line` : `there is no line named "${name}"`}; name lines, or give true for all that are marked as switches`,
    );
  }
  return names;
}

/** Whether a line is closed as it stands. Throws {@link GridError} where only some of its conductors are. */
export function isClosed(line: Line): boolean {
  const conductors = line.terminals.flatMap((terminal) => terminal.nodes.map((_, c) => terminal.open?.[c] ?? false));
  const open = conductors.filter((one) => one).length;
  if (!line.enabled || open === conductors.length) return false;
  if (open === 0) return true;
  // One terminal opened whole is how a switch control opens a line.
  if (line.terminals.some((terminal) => terminal.nodes.every((_, c) => terminal.open?.[c]))) return false;
  throw new GridError(`line.${line.name}: as a switch a scenario it must be open or closed in all conductors; close or open them all`);
}

/** The line that takes part in a batch's plan in the place of a switch: enabled, and open at both ends or closed. The grid's own record stays as it is. */
export function poseSwitch(line: Line, closed: boolean): Line {
  const pose = (terminal: Line['terminals'][0]): Line['terminals'][0] => ({
    ...terminal,
    open: closed ? undefined : terminal.nodes.map(() => true),
  });
  return { ...line, enabled: true, terminals: [pose(line.terminals[0]), pose(line.terminals[1])] };
}

/** What one combination of switch states leads to. */
export interface SwitchOutcome {
  /** Something that draws or delivers power has no path to a source. */
  islanded: boolean;
  /** Dead parts, by their index in {@link SwitchTopology.deadParts}. */
  dead: readonly number[];
}

/** Combinations whose outcomes are kept. */
const KEPT_OUTCOMES = 4096;

/** The grid's parts between its switches. */
export class SwitchTopology {
  /** Nodes of each part that may become dead. */
  readonly deadParts: readonly (readonly number[])[];
  private readonly paths: Parts;
  private readonly coupled: Parts;
  /** Path parts that must have a source. */
  private readonly needy: readonly number[];
  /** Coupled part of each part that may become dead. */
  private readonly mayDie: readonly number[];
  private readonly outcomes = new Map<string, SwitchOutcome>();

  /** @param switches elements (by index in the compiled grid, closed there) that are switches, in the order of the states */
  constructor(compiled: CompiledGrid, switches: readonly number[]) {
    const own = new Set(switches);
    this.paths = new Parts(compiled, switches, own, (entry, i, j) => entry.element.kind !== 'line' || j - i === entry.element.phases);
    this.coupled = new Parts(compiled, switches, own, () => true);
    const injected = injectedNodes(compiled);
    const all = new Uint8Array(switches.length).fill(1);
    const fed = this.paths.fed(all);
    this.needy = [...new Set(injected.map((node) => this.paths.partOf[node]))].filter((part) => fed[part]);
    const busy = new Set(injected.map((node) => this.coupled.partOf[node]));
    const fedNow = this.coupled.fed(new Uint8Array(switches.length));
    const fedThen = this.coupled.fed(all);
    this.mayDie = Array.from({ length: this.coupled.count }, (_, part) => part).filter((part) => fedThen[part] && !fedNow[part] && !busy.has(part));
    this.deadParts = this.mayDie.map((part) =>
      Array.from({ length: compiled.nodeCount }, (_, node) => node).filter((node) => this.coupled.partOf[node] === part),
    );
  }

  /** What these states lead to. @param states 1 closed, 0 open, [switch] */
  outcome(states: Uint8Array): SwitchOutcome {
    const key = String.fromCharCode(...states);
    const known = this.outcomes.get(key);
    if (known) return known;
    const fed = this.paths.fed(states);
    const tied = this.coupled.fed(states);
    const outcome = {
      islanded: this.needy.some((part) => !fed[part]),
      dead: this.mayDie.flatMap((part, k) => (tied[part] ? [] : [k])),
    };
    if (this.outcomes.size >= KEPT_OUTCOMES) this.outcomes.clear();
    this.outcomes.set(key, outcome);
    return outcome;
  }
}

/** Parts of the nodes, the switches between them, and which hold a source. */
class Parts {
  readonly partOf: Int32Array;
  readonly count: number;
  private readonly sources: readonly number[];
  /** Pairs of parts that each switch joins. */
  private readonly joined: readonly (readonly (readonly [number, number])[])[];

  constructor(
    compiled: CompiledGrid,
    switches: readonly number[],
    own: ReadonlySet<number>,
    counts: (entry: CompiledElement, i: number, j: number) => boolean,
  ) {
    const sets = new DisjointSets(compiled.nodeCount);
    const sources = new Set<number>();
    compiled.elements.forEach((entry, e) => {
      if (entry.element.kind === 'vsource') for (const node of entry.nodes) if (node >= 0) sources.add(node);
      if (!own.has(e)) forEachPair(entry, counts, (a, b) => sets.join(a, b));
    });
    const { legs } = compiled;
    // A capacitor that is posed as a load ties what it lies between.
    for (let leg = 0; leg < legs.count; leg++) {
      if (isCapacitorLoad(compiled.elements[legs.element[leg]].element) && legs.from[leg] >= 0 && legs.to[leg] >= 0)
        sets.join(legs.from[leg], legs.to[leg]);
    }
    [this.partOf, this.count] = sets.numbered();
    this.sources = [...new Set([...sources].map((node) => this.partOf[node]))];
    this.joined = switches.map((e) => {
      const pairs: [number, number][] = [];
      forEachPair(compiled.elements[e], counts, (a, b) => pairs.push([this.partOf[a], this.partOf[b]]));
      return pairs;
    });
  }

  /** 1 for each part that closed switches tie to a source. */
  fed(states: Uint8Array): Uint8Array {
    const sets = new DisjointSets(this.count);
    this.joined.forEach((pairs, k) => {
      if (states[k]) for (const [a, b] of pairs) sets.join(a, b);
    });
    const roots = new Set(this.sources.map((part) => sets.find(part)));
    return Uint8Array.from({ length: this.count }, (_, part) => Number(roots.has(sets.find(part))));
  }
}

/** Visits the pairs of nodes that an element's primitive couples, each once. */
function forEachPair(
  entry: CompiledElement,
  counts: (entry: CompiledElement, i: number, j: number) => boolean,
  visit: (a: number, b: number) => void,
): void {
  const { nodes, primitive } = entry;
  if (!primitive) return;
  const n = primitive.order;
  for (let i = 0; i < n; i++) {
    for (let j = i + 1; j < n; j++) {
      if (nodes[i] < 0 || nodes[j] < 0 || (primitive.re[i * n + j] === 0 && primitive.im[i * n + j] === 0)) continue;
      if (counts(entry, i, j)) visit(nodes[i], nodes[j]);
    }
  }
}

/** Nodes of what draws or delivers power: they must have a source. */
function injectedNodes(compiled: CompiledGrid): number[] {
  const needy = new Set<number>();
  for (const { element, nodes } of compiled.elements) if (element.kind === 'isource') for (const node of nodes) if (node >= 0) needy.add(node);
  const { legs, elements } = compiled;
  for (let leg = 0; leg < legs.count; leg++) {
    if (isCapacitorLoad(elements[legs.element[leg]].element)) continue;
    for (const node of [legs.from[leg], legs.to[leg]]) if (node >= 0) needy.add(node);
  }
  return [...needy];
}
