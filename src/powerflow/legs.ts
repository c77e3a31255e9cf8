/**
 * Legs: how loads, generators, PV systems and storage draw current, phase by phase.
 *
 * A leg lies between two conductors of its element. With V the voltage across it and u = |V|, its current is
 *   I = (P fp(u) - j Q fq(u)) V,   fp, fq = c0 + c1 / u + c2 / u^2   in each of four ranges of u,
 * P and Q the present watts and vars of the phase at rated voltage, consumed (so negative for what delivers). Ranges and coefficients follow OpenDSS's
 * load models 1 to 8, its generator models and its inverters inside and outside of their voltage windows.
 */
import type { Connection, Generator, Load, PvSystem, Storage } from '../grid/index.js';
import { elementId, GridError } from '../grid/index.js';
import { GROUP_POLYNOMIAL, GROUP_PQ, GROUP_SPECIAL, GROUP_Z, LEG_COLD, LEG_CUT_OFF, LEG_EXPONENT, LEG_HOT } from './kernel-layout.js';
import { phaseVolts } from './rated-voltage.js';

/** What has legs. */
export type LegElement = Load | Generator | PvSystem | Storage;

/** Groups in the order in which kernels run through them. */
export const LEG_GROUP_PQ = GROUP_PQ;
export const LEG_GROUP_Z = GROUP_Z;
export const LEG_GROUP_POLYNOMIAL = GROUP_POLYNOMIAL;
export const LEG_GROUP_SPECIAL = GROUP_SPECIAL;

/** Coefficients of one range: watts c0 c1 c2, vars c0 c1 c2. */
export type RangeCoefficients = readonly [number, number, number, number, number, number];

/** The voltage law of an element's legs (all legs of an element share it). */
export interface LegLaw {
  group: number;
  /** 0, or a special kind of the kernels. */
  kind: number;
  ratedVolts: number;
  parameters: readonly [number, number];
  /** Upper ends of the first two ranges and lower end of the last, volt; -1 or Infinity where a range is empty. */
  lowVolts: number;
  minVolts: number;
  maxVolts: number;
  ranges: readonly [RangeCoefficients, RangeCoefficients, RangeCoefficients, RangeCoefficients];
}

/** Whether an element draws through legs. */
export function hasLegs(element: { kind: string }): element is LegElement {
  return element.kind === 'load' || element.kind === 'generator' || element.kind === 'pvsystem' || element.kind === 'storage';
}

/** +1 where positive power is consumed (loads), -1 where it is delivered. */
export function consumptionSign(element: LegElement): 1 | -1 {
  return element.kind === 'load' ? 1 : -1;
}

/** Pairs of conductors (counted within the terminal) between which the legs lie. */
export function legConductors(element: LegElement): (readonly [number, number])[] {
  const conductors = element.terminal.nodes.length;
  return Array.from({ length: element.phases }, (_, i) =>
    element.connection === 'wye' ? ([i, conductors - 1] as const) : ([i, (i + 1) % conductors] as const),
  );
}

/** The law of an element's legs. Throws {@link GridError} for what is not modelled. */
export function legLaw(element: LegElement): LegLaw {
  return element.kind === 'load' ? loadLaw(element) : deliveryLaw(element);
}

const both = (c0: number, c1: number, c2: number): RangeCoefficients => [c0, c1, c2, c0, c1, c2];

/** Line between two points of current against voltage, as coefficients: I(u) / u through (low, yLow low) and (min, current). */
function interpolated(low: number, min: number, currentLow: number, currentMin: number): readonly [number, number, number] {
  if (!(min > low)) return [0, 0, 0];
  const slope = (currentMin - currentLow) / (min - low);
  return [slope, currentLow - slope * low, 0];
}

function loadLaw(load: Load): LegLaw {
  const rated = phaseVolts(load.kv, load.phases, load.connection);
  const y = 1 / (rated * rated);
  const low = load.lowVoltagePu * rated;
  const min = load.minVoltagePu * rated;
  const max = load.maxVoltagePu * rated;
  const yMax = load.maxVoltagePu !== 0 ? y / (load.maxVoltagePu * load.maxVoltagePu) : y;
  const yMaxCurrent = load.maxVoltagePu !== 0 ? y / load.maxVoltagePu : y;
  const currentMin = load.minVoltagePu !== 0 ? (y / (load.minVoltagePu * load.minVoltagePu)) * min : 0;
  const toPower = interpolated(low, min, y * low, currentMin);
  const toCurrent = interpolated(low, min, y * low, y * rated);
  const law = (group: number, ranges: LegLaw['ranges'], kind = 0, parameters: readonly [number, number] = [0, 0]): LegLaw => ({
    group,
    kind,
    ratedVolts: rated,
    parameters,
    lowVolts: low,
    minVolts: min,
    maxVolts: max,
    ranges,
  });
  const below = both(y, 0, 0);
  const between: RangeCoefficients = [...toPower, ...toPower];
  const above = both(yMax, 0, 0);
  switch (load.model) {
    case 1:
      return law(LEG_GROUP_PQ, [below, between, both(0, 0, 1), above]);
    case 2:
      return constantImpedance(rated, y);
    case 3:
      return law(LEG_GROUP_POLYNOMIAL, [below, between, [0, 0, 1, y, 0, 0], above]);
    case 4: {
      const watts = power(load.exponentWatts, rated);
      const vars = power(load.exponentVars, rated);
      if (watts && vars) return law(LEG_GROUP_POLYNOMIAL, [below, between, [...watts, ...vars], above]);
      return law(LEG_GROUP_SPECIAL, [below, between, both(0, 0, 1), above], LEG_EXPONENT, [load.exponentWatts, load.exponentVars]);
    }
    case 5:
      return law(LEG_GROUP_POLYNOMIAL, [below, [...toCurrent, ...toCurrent], both(0, 1 / rated, 0), both(yMaxCurrent, 0, 0)]);
    case 6:
    case 7: {
      const yMin = load.minVoltagePu !== 0 ? y / (load.minVoltagePu * load.minVoltagePu) : 0;
      const normal: RangeCoefficients = load.model === 6 ? both(0, 0, 1) : [0, 0, 1, y, 0, 0];
      return law(load.model === 6 ? LEG_GROUP_PQ : LEG_GROUP_POLYNOMIAL, [below, [yMin, 0, 0, y, 0, 0], normal, [yMax, 0, 0, y, 0, 0]]);
    }
    case 8: {
      const zip = load.zip;
      if (!zip || zip.length < 7)
        throw new GridError(`${elementId(load)}: model 8 needs zipv, seven numbers (Z, I, P of watts, Z, I, P of vars, cut-off)`);
      const mix = (z: readonly number[], i: readonly number[], p: readonly number[]): RangeCoefficients => {
        const one = (a: number, b: number, c: number): [number, number, number] => [
          a * z[0] + b * i[0] + c * p[0],
          a * z[1] + b * i[1] + c * p[1],
          a * z[2] + b * i[2] + c * p[2],
        ];
        return [...one(zip[0], zip[1], zip[2]), ...one(zip[3], zip[4], zip[5])];
      };
      const ranges: LegLaw['ranges'] = [
        below,
        mix([y, 0, 0], toCurrent, toPower),
        mix([y, 0, 0], [0, 1 / rated, 0], [0, 0, 1]),
        mix([y, 0, 0], [yMaxCurrent, 0, 0], [yMax, 0, 0]),
      ];
      return zip[6] > 0 ? law(LEG_GROUP_SPECIAL, ranges, LEG_CUT_OFF, [zip[6], 0]) : law(LEG_GROUP_POLYNOMIAL, ranges);
    }
  }
}

/** P (u/rated)^exponent / u^2 as coefficients, where the exponent is 0, 1 or 2. */
function power(exponent: number, rated: number): readonly [number, number, number] | undefined {
  if (exponent === 0) return [0, 0, 1];
  if (exponent === 1) return [0, 1 / rated, 0];
  if (exponent === 2) return [1 / (rated * rated), 0, 0];
  return undefined;
}

function constantImpedance(rated: number, y: number): LegLaw {
  const all = both(y, 0, 0);
  return {
    group: LEG_GROUP_Z,
    kind: 0,
    ratedVolts: rated,
    parameters: [0, 0],
    lowVolts: -1,
    minVolts: -1,
    maxVolts: Infinity,
    ranges: [all, all, all, all],
  };
}

/** Generators, PV systems and storage. Their base voltage is line-to-neutral for delta as well, and delta admittances count a third. */
function deliveryLaw(element: Generator | PvSystem | Storage): LegLaw {
  const threePhase = element.phases === 2 || element.phases === 3;
  const nameplateVolts = threePhase ? (element.kv * 1000) / Math.sqrt(3) : element.kv * 1000;
  const rated = (element.kind === 'pvsystem' ? undefined : element.baseVolts) ?? nameplateVolts;
  const [minPu, maxPu] =
    element.kind === 'generator' ? [element.minVoltagePu, element.maxVoltagePu] : [element.inverter.minVoltagePu, element.inverter.maxVoltagePu];
  const share = element.connection === 'delta' ? 1 / 3 : 1;
  const y = share / (rated * rated);
  const yMin = minPu !== 0 ? y / (minPu * minPu) : y;
  const yMax = maxPu !== 0 ? y / (maxPu * maxPu) : y;
  const across = acrossFactor(element.connection, threePhase);
  const windowed = (
    group: number,
    below: RangeCoefficients,
    normal: RangeCoefficients,
    above: RangeCoefficients,
    maxVolts = maxPu * rated * across,
  ): LegLaw => ({
    group,
    kind: 0,
    ratedVolts: rated,
    parameters: [0, 0],
    lowVolts: -1,
    minVolts: minPu * rated * across,
    maxVolts,
    ranges: [below, below, normal, above],
  });
  const normal = both(0, 0, 1);
  if (element.kind !== 'generator') {
    if (element.inverter.balanced && element.phases === 3) {
      throw new GridError(`${elementId(element)}: balanced=yes (equal currents at unequal voltages) is not modelled; leave it out`);
    }
    if (element.model === 2) return constantImpedance(rated, y);
    if (element.inverter.limitCurrent && element.kind === 'pvsystem') {
      // In delta the limit is taken per line conductor, for one phase too.
      const volts = minPu * rated * (element.connection === 'delta' ? Math.sqrt(3) : 1);
      return { ...windowed(LEG_GROUP_PQ, both(0, 1 / volts, 0), normal, normal, Infinity), minVolts: volts };
    }
    return windowed(LEG_GROUP_PQ, both(yMin, 0, 0), normal, both(yMax, 0, 0));
  }
  switch (element.model) {
    case 1:
      return windowed(LEG_GROUP_PQ, both(yMin, 0, 0), normal, both(yMax, 0, 0));
    case 2:
      return constantImpedance(rated, y);
    case 3:
      return { ...windowed(LEG_GROUP_PQ, normal, normal, normal, Infinity), minVolts: -1 };
    case 4:
      return windowed(LEG_GROUP_PQ, [yMin, 0, 0, y, 0, 0], normal, [yMax, 0, 0, y, 0, 0]);
    case 5:
      return windowed(LEG_GROUP_POLYNOMIAL, [yMin, 0, 0, y, 0, 0], [0, 0, 1, y, 0, 0], [yMax, 0, 0, y, 0, 0]);
    case 7: {
      const limit = 1 / (minPu * rated * across);
      // The reference engine turns the sign of the vars in the limit; so do we, since answers are compared with it.
      return windowed(LEG_GROUP_PQ, [0, limit, 0, 0, -limit, 0], normal, normal, Infinity);
    }
  }
}

/** Voltage across a delta leg over its line-to-neutral base. */
function acrossFactor(connection: Connection, threePhase: boolean): number {
  return connection === 'delta' && threePhase ? Math.sqrt(3) : 1;
}

/** fp and fq at a voltage (volt), the plain reference of what the kernels compute; written to `into`, so that nothing is allocated per leg. */
export function legFactors(law: LegLaw, volts: number, into: Float64Array): void {
  const range = volts <= law.lowVolts ? 0 : volts <= law.minVolts ? 1 : volts > law.maxVolts ? 3 : 2;
  const square = volts * volts;
  if (law.kind === LEG_EXPONENT && range === 2) {
    const ratio = volts / law.ratedVolts;
    into[0] = ratio ** law.parameters[0] / square;
    into[1] = ratio ** law.parameters[1] / square;
    return;
  }
  const c = law.ranges[range];
  const linear = c[1] === 0 && c[2] === 0 && c[4] === 0 && c[5] === 0;
  into[0] = linear ? c[0] : c[0] + c[1] / volts + c[2] / square;
  into[1] = linear ? c[3] : c[3] + c[4] / volts + c[5] / square;
  if (law.kind === LEG_CUT_OFF && range !== 0) {
    const share = 0.5 * (1 + Math.tanh(500 * (volts / law.ratedVolts - law.parameters[0])));
    into[0] *= share;
    into[1] *= share;
  }
}

/**
 * Writes a law into the kernels' tables for one leg.
 *
 * @param linear the leg's part that stands in the matrix, as a real 2x2 matrix rr, ri, ir, ii from voltage to current ([g, -b, b, g] for an admittance)
 */
export function writeLeg(
  law: LegLaw,
  leg: number,
  linear: ArrayLike<number>,
  hot: Float64Array | Float32Array,
  cold: Float64Array | Float32Array,
): void {
  const h = leg * LEG_HOT;
  const square = (volts: number): number => (volts < 0 ? -1 : volts * volts);
  // At exactly 0 V no law but constant impedance is in its normal range: there the kernels must not divide.
  const low = law.group === LEG_GROUP_Z ? -1 : Math.max(0, square(law.lowVolts));
  const min = square(law.minVolts);
  const [, , normal, above] = law.ranges;
  hot.set([Math.max(low, min), square(law.maxVolts), above[0], above[3]], h);
  for (let k = 0; k < 4; k++) hot[h + 4 + k] = linear[k];
  hot.set([low, min], h + 8);
  hot.set(normal, h + 10);
  const c = leg * LEG_COLD;
  cold[c] = law.kind;
  cold[c + 1] = law.ratedVolts;
  cold[c + 2] = law.parameters[0];
  cold[c + 3] = law.parameters[1];
  law.ranges.forEach((range, r) => {
    cold.set(range, c + 6 + r * 6);
  });
}
