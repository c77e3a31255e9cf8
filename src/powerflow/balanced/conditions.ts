/** What is given and what is sought at each bus, apart from the grid's records: reactive limits and a distributed slack change it from solution to solution. */
import { GridError } from '../../grid/index.js';
import { type BalancedNetwork, BUS_DEAD, BUS_PQ, BUS_SLACK, connectedParts } from './network.js';

/** How the power that is lacking is shared among generators, part by part. */
export interface SlackSpread {
  /** The slack bus of each part, whose angle is held. */
  reference: Int32Array;
  /** Which part a bus belongs to; -1 dead. */
  part: Int32Array;
  /** Share of each bus in what its part lacks; they sum up to 1 in each part. */
  busShare: Float64Array;
  /** Share of each generator. */
  generatorShare: Float64Array;
}

/** The equations of a power flow: unknown are all angles and magnitudes that are not held. */
export interface Conditions {
  /** 1: the bus takes part. */
  isLive: Uint8Array;
  holdsAngle: Uint8Array;
  holdsMagnitude: Uint8Array;
  /** Power that is to flow into the grid, [bus][P, Q], per unit. P does not count where the angle is held (without a spread), Q not where the magnitude is. */
  scheduled: Float64Array;
  /** Null: what is lacking is delivered where the angle is held. */
  spread: SlackSpread | null;
}

/** The conditions as the grid's records give them. */
export function givenConditions(network: BalancedNetwork, spread: SlackSpread | null = null): Conditions {
  const { kind } = network;
  return {
    isLive: kind.map((k) => Number(k !== BUS_DEAD)),
    holdsAngle: kind.map((k) => Number(k === BUS_SLACK)),
    holdsMagnitude: kind.map((k) => Number(k !== BUS_DEAD && k !== BUS_PQ)),
    scheduled: network.scheduled.slice(),
    spread,
  };
}

/**
 * Shares of the generators in what is lacking.
 *
 * @param factors one for each generator of the grid, of any scale; undefined: their `participation`, or in a part where that is nowhere above 0 (said in `warnings`) their `maxMw`
 * @throws GridError where a part has several slacks or nobody to take a share, or factors do not fit
 */
export function slackSpread(network: BalancedNetwork, factors: readonly number[] | undefined, warnings: string[]): SlackSpread {
  const { grid, kind, busCount, generatorBus, generatorOn } = network;
  if (factors && factors.length !== grid.generators.length) {
    throw new GridError(`distributedSlack has ${factors.length} factors, but there are ${grid.generators.length} generators`);
  }
  const bad = factors?.findIndex((factor) => !(factor >= 0 && factor < Infinity)) ?? -1;
  if (bad >= 0) throw new GridError(`distributedSlack: the factor of generator ${bad + 1} is ${String(factors?.[bad])}; it must be 0 or above`);
  const root = connectedParts(busCount, network.branchFrom, network.branchTo, network.branchOn);
  const reference: number[] = [];
  const partOfRoot = new Map<number, number>();
  for (let bus = 0; bus < busCount; bus++) {
    if (kind[bus] !== BUS_SLACK) continue;
    const known = partOfRoot.get(root[bus]);
    if (known !== undefined) {
      const [a, b] = [grid.buses[reference[known]].number, grid.buses[bus].number];
      throw new GridError(`distributedSlack: buses ${a} and ${b} are slacks of one connected part; make all but one of them pv`);
    }
    partOfRoot.set(root[bus], reference.length);
    reference.push(bus);
  }
  const part = Int32Array.from({ length: busCount }, (_, bus) => (kind[bus] === BUS_DEAD ? -1 : (partOfRoot.get(root[bus]) as number)));
  const generatorShare = new Float64Array(grid.generators.length);
  for (let p = 0; p < reference.length; p++) {
    const members = grid.generators.map((_, k) => k).filter((k) => generatorOn[k] && part[generatorBus[k]] === p);
    const number = grid.buses[reference[p]].number;
    let shares = members.map((k) => factors?.[k] ?? grid.generators[k].participation);
    if (!factors && !shares.some((share) => share > 0)) {
      shares = members.map((k) => Math.max(0, grid.generators[k].maxMw));
      warnings.push(`no generator in service around slack bus ${number} has a participation factor above 0; what is lacking is shared by maxMw`);
    }
    const sum = shares.reduce((total, share) => total + share, 0);
    if (!(sum > 0 && sum < Infinity)) {
      throw new GridError(`distributedSlack: no generator in service around slack bus ${number} has a factor above 0; give factors`);
    }
    members.forEach((k, m) => {
      generatorShare[k] = shares[m] / sum;
    });
  }
  const busShare = new Float64Array(busCount);
  for (let k = 0; k < generatorShare.length; k++) busShare[generatorBus[k]] += generatorShare[k];
  return { reference: Int32Array.from(reference), part, busShare, generatorShare };
}
