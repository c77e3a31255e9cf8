/** What each generator delivers: schedules, what a slack has to add, and reactive power shared among the generators of a bus. */
import type { SlackSpread } from './conditions.js';
import type { BalancedNetwork } from './network.js';

/** Power of each generator, MW and MVAr; zeros where it does not run. */
export interface GeneratorPowers {
  mw: Float64Array;
  mvar: Float64Array;
}

/** What is known of a bus when its generators' powers are sought. */
export interface BusGeneration {
  /** What the generators of each bus deliver together, [bus][MW, MVAr]. */
  total: Float64Array;
  /** 1: active power is what comes out, not what is scheduled (slacks, also those at a reactive limit, and their stand-ins). */
  isActiveFree: Uint8Array;
  /** 1: reactive power is what comes out. */
  isReactiveFree: Uint8Array;
  /** The reactive limit that all generators of a bus are at. */
  limited: ReadonlyMap<number, 'min' | 'max'>;
}

/**
 * Powers of all generators.
 *
 * At a slack the first generator in service delivers what its others are not scheduled for. Reactive power is shared in proportion to the generators' ranges,
 * infinite limits replaced by the sum of |Q| and all finite limits at the bus, and without ranges the excess over the lower limits is shared equally
 * (MATPOWER's pfsoln).
 */
export function generatorPowers(network: BalancedNetwork, bus: BusGeneration, spread: SlackSpread | null, lacking: Float64Array): GeneratorPowers {
  const { grid, generatorBus, generatorOn, busCount } = network;
  const mw = new Float64Array(grid.generators.length);
  const mvar = new Float64Array(grid.generators.length);
  const members: number[][] = Array.from({ length: busCount }, () => []);
  grid.generators.forEach((generator, k) => {
    if (!generatorOn[k]) return;
    members[generatorBus[k]].push(k);
    const part = spread ? spread.part[generatorBus[k]] : -1;
    mw[k] = generator.powerMw + (spread && part >= 0 ? spread.generatorShare[k] * lacking[part] * grid.baseMva : 0);
    const limit = bus.limited.get(generatorBus[k]);
    mvar[k] = limit === undefined ? generator.powerMvar : limit === 'max' ? generator.maxMvar : generator.minMvar;
  });
  for (let i = 0; i < busCount; i++) {
    const [first, ...others] = members[i];
    if (first === undefined) continue;
    if (bus.isActiveFree[i]) mw[first] = others.reduce((rest, k) => rest - mw[k], bus.total[2 * i]);
    if (bus.isReactiveFree[i]) {
      const limits = members[i].map((k) => ({ min: grid.generators[k].minMvar, max: grid.generators[k].maxMvar }));
      shareReactive(bus.total[2 * i + 1], limits).forEach((share, m) => {
        mvar[members[i][m]] = share;
      });
    }
  }
  return { mw, mvar };
}

/** Reactive power of each of a bus's generators, of a total. */
export function shareReactive(total: number, limits: readonly { min: number; max: number }[]): number[] {
  if (limits.length === 1) return [total];
  let large = Math.abs(total);
  for (const { min, max } of limits) {
    if (Number.isFinite(min)) large += Math.abs(min);
    if (Number.isFinite(max)) large += Math.abs(max);
  }
  const finite = (limit: number): number => (Number.isFinite(limit) ? limit : Math.sign(limit) * large);
  const lower = limits.map(({ min }) => finite(min));
  const range = limits.map(({ max }, k) => finite(max) - lower[k]);
  const excess = total - lower.reduce((sum, min) => sum + min, 0);
  const ranges = range.reduce((sum, width) => sum + width, 0);
  return lower.map((min, k) => min + (ranges > 0 ? (excess * range[k]) / ranges : excess / limits.length));
}
