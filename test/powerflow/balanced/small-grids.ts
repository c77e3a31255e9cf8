/** Balanced grids in code, by few words. */
import type {
  BalancedBranch,
  BalancedBus,
  BalancedBusKind,
  BalancedGenerator,
  BalancedGrid,
  BalancedLoad,
  BalancedShunt,
} from '../../../src/grid/index.js';

/** A bus of 110 kV within 0.9 and 1.1 pu. */
export function bus(number: number, kind: BalancedBusKind = 'pq', more: Partial<BalancedBus> = {}): BalancedBus {
  return { number, kind, voltagePu: 1, angleDegrees: 0, baseKv: 110, minVoltagePu: 0.9, maxVoltagePu: 1.1, area: 1, zone: 1, ...more };
}

export function load(at: number, powerMw: number, powerMvar: number, more: Partial<BalancedLoad> = {}): BalancedLoad {
  return { bus: at, powerMw, powerMvar, inService: true, ...more };
}

export function shunt(at: number, conductanceMw: number, susceptanceMvar: number): BalancedShunt {
  return { bus: at, conductanceMw, susceptanceMvar, inService: true };
}

/** A generator without limits. */
export function generator(at: number, powerMw: number, voltagePu = 1, more: Partial<BalancedGenerator> = {}): BalancedGenerator {
  return {
    bus: at,
    powerMw,
    powerMvar: 0,
    minMvar: -Infinity,
    maxMvar: Infinity,
    minMw: 0,
    maxMw: 1000,
    voltagePu,
    baseMva: 100,
    participation: 0,
    inService: true,
    ...more,
  };
}

/** A line. */
export function branch(from: number, to: number, resistancePu: number, reactancePu: number, more: Partial<BalancedBranch> = {}): BalancedBranch {
  return {
    from,
    to,
    resistancePu,
    reactancePu,
    chargingPu: 0,
    ratio: 0,
    shiftDegrees: 0,
    ratingMva: 0,
    shortTermRatingMva: 0,
    emergencyRatingMva: 0,
    inService: true,
    minAngleDegrees: -360,
    maxAngleDegrees: 360,
    ...more,
  };
}

/** A grid on 100 MVA. */
export function grid(parts: Partial<BalancedGrid> & Pick<BalancedGrid, 'buses'>): BalancedGrid {
  return { name: 'small', baseMva: 100, loads: [], shunts: [], generators: [], branches: [], generatorCosts: [], ...parts };
}

/** Slack at 1, generation at 2, load at 3, a triangle of lines. */
export function triangle(): BalancedGrid {
  return grid({
    name: 'triangle',
    buses: [bus(1, 'slack'), bus(2, 'pv'), bus(3)],
    generators: [generator(1, 0, 1.02), generator(2, 40, 1.01)],
    loads: [load(3, 90, 30)],
    branches: [
      branch(1, 2, 0.01, 0.08, { chargingPu: 0.02 }),
      branch(2, 3, 0.02, 0.1, { ratingMva: 60, chargingPu: 0.02 }),
      branch(1, 3, 0.01, 0.09, { ratingMva: 60, shortTermRatingMva: 80 }),
    ],
  });
}
