/**
 * An observer for reduced batches: all buses of one block of lanes at a time, in a session of its own. The voltages that the iteration keeps say what legs inject, and one pass
 * over the whole tree finds all others; there the kernel looks. Worth it where the reduction takes out about half of the buses.
 */
import { START_WARM } from './kernel-layout.js';
import * as observer from './observer-layout.js';
import type { ObserverTables } from './observer-tables.js';
import type { Session } from './session.js';

/** How the voltage of a node of a leg is found: a column of the reduced session, added to another node's. */
interface Source {
  /** Index of the column in a block of the reduced session, in doubles. */
  from: number;
  /** Index of the node's column in the whole session, and of the one added to, -1 for none; sign of the column. */
  to: number;
  base: number;
  sign: 1 | -1;
}

/** The voltages that legs need, from the columns of the reduced session: of nodes, and across pairs of nodes. What a pair has in common is of no matter to its legs. */
function legSources(reduced: Session, whole: Session): Source[] {
  const { legs } = reduced.compiled;
  const sources: Source[] = [];
  const known = new Set<number>();
  reduced.slotOfNode.forEach((slot, node) => {
    if (slot < 0 || whole.slotOfNode[node] < 0) return;
    known.add(node);
    sources.push({ from: reduced.columnOffset(node) / 8, to: whole.columnOffset(node) / 8, base: -1, sign: 1 });
  });
  const spans = new Map<number, readonly [number, number]>();
  for (let leg = 0; leg < legs.count; leg++) {
    const port = reduced.portOfLeg(leg);
    if (port >= 0) spans.set(port, [legs.from[leg], legs.to[leg]]);
  }
  const take = (port: number, [from, to]: readonly [number, number]): void => {
    const column = reduced.columnOffset(reduced.slotOfNode.length + port) / 8;
    const at = (node: number): number => whole.columnOffset(node) / 8;
    // The first node of a part is set to 0, which the ground's column holds.
    if (!known.has(from) && !known.has(to)) {
      sources.push({ from: reduced.columnOffset(-1) / 8, to: at(to), base: -1, sign: 1 });
      known.add(to);
    }
    if (known.has(from)) sources.push({ from: column, to: at(to), base: at(from), sign: -1 });
    else sources.push({ from: column, to: at(from), base: at(to), sign: 1 });
    known.add(from);
    known.add(to);
    spans.delete(port);
  };
  while (spans.size > 0) {
    // Pairs with one known end first, so that no two parts are begun that turn out to be one.
    const next = [...spans].find(([, [from, to]]) => known.has(from) !== known.has(to)) ?? [...spans].find(([, [from]]) => !known.has(from));
    if (next) take(...next);
    else break;
  }
  return sources;
}

/** Looks at the lanes of a reduced session, block by block. */
export class ObserverRecovery {
  /** As {@link ObserverTables} has them, of all blocks. */
  readonly magnitudes: Float64Array;
  readonly rows: Float32Array;
  readonly parameters: Float64Array;
  private readonly results: readonly Float64Array[];
  private readonly sources: readonly Source[];
  private readonly ones: { magnitudes: Float64Array; rows: Float32Array; parameters: Float64Array; results: readonly Float64Array[] };
  private readonly legCount: number;

  /**
   * @param reduced the session that solves
   * @param whole one of a single block over all nodes, for which the tables were made
   * @param taps the arrays of lane taps of both, [block][transformer][W]
   */
  constructor(
    private readonly reduced: Session,
    private readonly whole: Session,
    private readonly tables: ObserverTables,
    private readonly taps: { of: Float64Array; own: Float64Array } | undefined,
  ) {
    this.sources = legSources(reduced, whole);
    this.legCount = reduced.compiled.legs.count;
    const quantities = Array.from({ length: observer.QUANTITIES }, (_, which) => which);
    this.ones = {
      magnitudes: tables.magnitudes(whole),
      rows: tables.rows(whole),
      parameters: tables.parameters(whole),
      results: quantities.map((which) => tables.quantity(whole, which)),
    };
    const { blocks } = reduced;
    this.magnitudes = new Float64Array(blocks * this.ones.magnitudes.length);
    this.rows = new Float32Array(blocks * this.ones.rows.length);
    this.parameters = new Float64Array(blocks * this.ones.parameters.length).fill(1);
    this.results = quantities.map(() => new Float64Array(blocks * reduced.lanes));
    whole.loadInputs();
  }

  /** A quantity of all scenarios, [lane]. */
  quantity(which: number): Float64Array {
    return this.results[which];
  }

  /** Looks at the first blocks. */
  run(blocks: number, solver: number): void {
    const { reduced, whole, tables, ones, taps } = this;
    const W = reduced.lanes;
    const powers = 2 * W * this.legCount;
    for (let block = 0; block < blocks; block++) {
      whole.arrays.power.set(reduced.arrays.power.subarray(block * powers, (block + 1) * powers));
      if (taps) taps.own.set(taps.of.subarray(block * taps.own.length, (block + 1) * taps.own.length));
      this.copyVoltages(block);
      whole.kernels.solveFixedPoint(whole.layoutOffset, solver, Infinity, 1, START_WARM, 1);
      ones.parameters.set(this.parameters.subarray(block * ones.parameters.length, (block + 1) * ones.parameters.length));
      tables.run(whole, 1);
      this.magnitudes.set(ones.magnitudes, block * ones.magnitudes.length);
      this.rows.set(ones.rows, block * ones.rows.length);
      for (let which = 0; which < this.results.length; which++) this.results[which].set(ones.results[which], block * W);
    }
  }

  private copyVoltages(block: number): void {
    const { reduced, whole, sources } = this;
    const columns = 2 * reduced.lanes;
    const from = reduced.arrays.voltage;
    const to = whole.arrays.voltage;
    const start = block * (reduced.nodeCount + 1) * columns;
    for (let k = 0; k < sources.length; k++) {
      const source = sources[k];
      const a = start + source.from;
      const b = source.to;
      const { base, sign } = source;
      if (base < 0) for (let lane = 0; lane < columns; lane++) to[b + lane] = from[a + lane];
      else for (let lane = 0; lane < columns; lane++) to[b + lane] = to[base + lane] + sign * from[a + lane];
    }
  }
}
