/** Parts of a grid that a contingency leaves without voltage. */
import type { Out } from './contingency-scan.js';
import { type BalancedNetwork, BUS_PQ, type DeadIsland } from './network.js';

/** Finds what hangs together among dead buses, and what is lost there. */
export class DeadParts {
  private readonly loadMw: Float64Array;
  private readonly branchesAt: number[][];
  private readonly generatorsAt: number[][];

  constructor(private readonly network: BalancedNetwork) {
    const { busCount, branchFrom, branchTo, generatorBus, generatorOn } = network;
    this.branchesAt = Array.from({ length: busCount }, () => []);
    this.generatorsAt = Array.from({ length: busCount }, () => []);
    for (let k = 0; k < branchFrom.length; k++) {
      this.branchesAt[branchFrom[k]].push(k);
      this.branchesAt[branchTo[k]].push(k);
    }
    for (let k = 0; k < generatorOn.length; k++) if (generatorOn[k]) this.generatorsAt[generatorBus[k]].push(k);
    this.loadMw = new Float64Array(network.busCount);
    for (const { bus, powerMw, inService } of network.grid.loads) {
      if (inService) this.loadMw[network.busIndex.get(bus) as number] += powerMw;
    }
  }

  /** Dead buses (by index) as parts, in the order of their first buses. */
  of(dead: readonly number[], out: Out): DeadIsland[] {
    const { grid, branchFrom, branchTo, branchOn } = this.network;
    const islands: DeadIsland[] = [];
    const isLeft = new Set(dead);
    const isOut = new Set(out.branches);
    const lost = new Set(out.generators);
    for (const first of dead) {
      if (!isLeft.delete(first)) continue;
      const island: DeadIsland = { buses: [], loadMw: 0, generationMw: 0 };
      const members = [first];
      for (let at = 0; at < members.length; at++) {
        for (const k of this.branchesAt[members[at]]) {
          const other = branchFrom[k] === members[at] ? branchTo[k] : branchFrom[k];
          if (branchOn[k] && !isOut.has(k) && isLeft.delete(other)) members.push(other);
        }
      }
      for (const bus of members.sort((a, b) => a - b)) {
        island.buses.push(grid.buses[bus].number);
        island.loadMw += this.loadMw[bus];
        for (const k of this.generatorsAt[bus]) if (!lost.has(k)) island.generationMw += grid.generators[k].powerMw;
      }
      islands.push(island);
    }
    return islands;
  }

  /** Whether a generator that runs could hold the voltage of a part. */
  couldGoOn({ buses }: DeadIsland, out: Out): boolean {
    const { busIndex, kind } = this.network;
    const lost = new Set(out.generators);
    return buses.some((number) => {
      const bus = busIndex.get(number) as number;
      return kind[bus] !== BUS_PQ && this.generatorsAt[bus].some((k) => !lost.has(k));
    });
  }
}
