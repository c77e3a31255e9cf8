/**
 * Nodes of a balanced grid for lanes: each bus, or each of two busbars of a bus, with a place in the admittance pattern for every way in which branches can be tied to
 * them. Node = bus index for the first busbar, bus count + bus index for the second. Every first busbar is also tied to a slack, for lanes in which it has no other path.
 */
import type { LaneProblem } from './lane-plan.js';
import { type BalancedNetwork, BRANCH_ADMITTANCES, BUS_DEAD, BUS_PQ, BUS_PV, BUS_SLACK, connectedParts, nodalPattern } from './network.js';

/** The pattern over nodes. */
export interface NodePattern {
  busbars: 1 | 2;
  nodeCount: number;
  start: Int32Array;
  column: Int32Array;
  /** Place of each node's diagonal entry. */
  diagonal: Int32Array;
  /** Places of each branch's entries ft and tf by the busbars of its ends: [branch][from busbar][to busbar][ft, tf]. */
  branchPlace: Int32Array;
  /** Place of each first busbar's tie to a slack; -1 at slacks and dead buses. */
  tie: Int32Array;
}

/** The pattern of a network. */
export function nodePattern(network: BalancedNetwork, busbars: 1 | 2): NodePattern {
  const { busCount, branchFrom, branchTo, branchOn, kind } = network;
  const part = connectedParts(busCount, branchFrom, branchTo, branchOn);
  const slackOf = new Map<number, number>();
  for (let bus = busCount - 1; bus >= 0; bus--) if (kind[bus] === BUS_SLACK) slackOf.set(part[bus], bus);
  const from: number[] = [];
  const to: number[] = [];
  for (let k = 0; k < branchFrom.length; k++) {
    for (let a = 0; a < busbars; a++) {
      for (let b = 0; b < busbars; b++) {
        from.push(a * busCount + branchFrom[k]);
        to.push(b * busCount + branchTo[k]);
      }
    }
  }
  const tied: number[] = [];
  for (let bus = 0; bus < busCount; bus++) {
    const slack = slackOf.get(part[bus]);
    if (kind[bus] === BUS_SLACK || kind[bus] === BUS_DEAD || slack === undefined) continue;
    tied.push(bus);
    from.push(bus);
    to.push(slack);
  }
  const nodeCount = busbars * busCount;
  const pattern = nodalPattern(nodeCount, Int32Array.from(from), Int32Array.from(to));
  const ways = busbars * busbars * branchFrom.length;
  const branchPlace = new Int32Array(2 * ways);
  for (let way = 0; way < ways; way++) branchPlace.set(pattern.branchPlace.subarray(4 * way + 1, 4 * way + 3), 2 * way);
  const tie = new Int32Array(busCount).fill(-1);
  tied.forEach((bus, k) => {
    tie[bus] = pattern.branchPlace[4 * (ways + k) + 1];
  });
  return { busbars, nodeCount, start: pattern.start, column: pattern.column, diagonal: pattern.diagonal, branchPlace, tie };
}

/**
 * The problem that lanes solve on this pattern.
 *
 * @param freeVoltages whether buses that hold their voltage may lose it in a lane
 */
export function nodeProblem(network: BalancedNetwork, pattern: NodePattern, freeVoltages: boolean): LaneProblem {
  const { busCount, kind } = network;
  const { nodeCount, start, column } = pattern;
  const unknowns = new Int8Array(nodeCount);
  const masked = new Uint8Array(nodeCount);
  for (let node = 0; node < nodeCount; node++) {
    const held = kind[node % busCount];
    const isSecond = node >= busCount;
    masked[node] = Number(held !== BUS_DEAD && (isSecond || (freeVoltages && held === BUS_PV)));
    unknowns[node] = held === BUS_DEAD ? -1 : masked[node] || held === BUS_PQ ? 2 : held === BUS_PV ? 1 : 0;
  }
  // What hangs on second busbars is moved there from the first ones, beside which they stand.
  const before = Int32Array.from({ length: nodeCount }, (_, node) => node - busCount).map((bus) => Math.max(-1, bus));
  return { busCount: nodeCount, unknowns, masked, before: pattern.busbars === 2 ? before : undefined, start, column };
}

/** Shunts at each bus, [bus][re, im], per unit, those that are in service. */
export function shuntAdmittances({ grid, busCount, busIndex }: BalancedNetwork): Float64Array {
  const sums = new Float64Array(2 * busCount);
  for (const { bus, conductanceMw, susceptanceMvar, inService } of grid.shunts) {
    if (!inService) continue;
    const at = 2 * (busIndex.get(bus) as number);
    sums[at] += conductanceMw / grid.baseMva;
    sums[at + 1] += susceptanceMvar / grid.baseMva;
  }
  return sums;
}

/** The grid's own admittances on a pattern: all at the first busbars. */
export function nodeAdmittances(network: BalancedNetwork, pattern: NodePattern): { re: Float64Array; im: Float64Array } {
  const { busCount, branchFrom, branchTo, branchOn, branchAdmittance } = network;
  const re = new Float64Array(pattern.column.length);
  const im = new Float64Array(pattern.column.length);
  const shunt = shuntAdmittances(network);
  for (let bus = 0; bus < busCount; bus++) {
    re[pattern.diagonal[bus]] = shunt[2 * bus];
    im[pattern.diagonal[bus]] = shunt[2 * bus + 1];
  }
  const ways = pattern.busbars * pattern.busbars;
  for (let k = 0; k < branchFrom.length; k++) {
    if (!branchOn[k]) continue;
    const at = BRANCH_ADMITTANCES * k;
    const places = [
      pattern.diagonal[branchFrom[k]],
      pattern.branchPlace[2 * ways * k],
      pattern.branchPlace[2 * ways * k + 1],
      pattern.diagonal[branchTo[k]],
    ];
    places.forEach((place, corner) => {
      re[place] += branchAdmittance[at + 2 * corner];
      im[place] += branchAdmittance[at + 2 * corner + 1];
    });
  }
  return { re, im };
}
