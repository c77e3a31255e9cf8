/** Reads the grids of topology environments (numbers of Grid2op's files, in ohm, nF, percent and ampere) as balanced grids. */
import { readFileSync } from 'node:fs';
import type { BalancedBranch, BalancedGrid } from '../src/grid/index.js';

/** A file of ../shared/seeds-data; units stand in the names, elements refer to substations, numbered from 0. */
interface Grid2opCase {
  base_mva: number;
  frequency_hz: number;
  buses: { id: number; base_kv: number }[];
  lines: { id: number; from_sub: number; to_sub: number; r_ohm: number; x_ohm: number; c_nf: number }[];
  transformers: {
    id: number;
    from_sub: number;
    to_sub: number;
    sn_mva: number;
    hv_kv: number;
    lv_kv: number;
    vk_percent: number;
    vkr_percent: number;
    tap_step_percent: number;
    tap_pos: number;
    tap_side: string | false;
  }[];
  loads: { id: number; sub: number; p_mw: number; q_mvar: number }[];
  generators: { id: number; sub: number; p_mw: number; vm_pu: number; slack: boolean }[];
  generator_characteristics: { name: string; Pmin: number; Pmax: number; marginal_cost: number; start_cost: number; shut_down_cost: number }[];
  shunts: { sub: number; q_mvar: number; vn_kv: number }[];
  thermal_limit_ampere?: number[];
}

/** An exact fraction, so that a conversion rounds once. */
class Fraction {
  private constructor(
    private readonly top: bigint,
    private readonly bottom: bigint,
  ) {}

  /** A decimal number as it is written. */
  static of(value: number | string): Fraction {
    const match = /^(-?\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/.exec(String(value));
    if (!match) throw new Error(`${value} is no decimal number`);
    const [, whole, digits = '', exponent = '0'] = match;
    const power = Number(exponent) - digits.length;
    const top = BigInt(whole + digits);
    return power < 0 ? new Fraction(top, 10n ** BigInt(-power)) : new Fraction(top * 10n ** BigInt(power), 1n);
  }

  plus(other: Fraction): Fraction {
    return new Fraction(this.top * other.bottom + other.top * this.bottom, this.bottom * other.bottom);
  }

  times(...others: Fraction[]): Fraction {
    return others.reduce((product, one) => new Fraction(product.top * one.top, product.bottom * one.bottom), this as Fraction);
  }

  over(other: Fraction): Fraction {
    return new Fraction(this.top * other.bottom, this.bottom * other.top);
  }

  /** The nearest double: sixty decimals, and a last digit that says whether there is more. */
  get nearest(): number {
    const scaled = (this.top * 10n ** 60n) / this.bottom;
    const isExact = scaled * this.bottom === this.top * 10n ** 60n;
    return Number(`${scaled}${isExact ? 0 : 1}e-61`);
  }
}

const TWO_PI = Fraction.of('6.28318530717958647692528676655900576839433879875021');
const NANO = Fraction.of('1e-9');

/** Reads a file. Buses get the number of their substation plus one. */
export function readGrid2opCase(path: string, name: string): BalancedGrid {
  const source = JSON.parse(readFileSync(path, 'utf8')) as Grid2opCase;
  const base = Fraction.of(source.base_mva);
  const kvOf = (substation: number): number => {
    const bus = source.buses.find((one) => one.id === substation);
    if (!bus) throw new Error(`${name}: there is no substation ${substation}`);
    return bus.base_kv;
  };
  /** Ohm that are 1 per unit. */
  const impedanceBase = (substation: number): Fraction => {
    const kv = Fraction.of(kvOf(substation));
    return kv.times(kv).over(base);
  };
  const ratings = source.thermal_limit_ampere;
  const common = (id: number, from: number, to: number) => ({
    from: from + 1,
    to: to + 1,
    shiftDegrees: 0,
    ratingMva: 0,
    shortTermRatingMva: 0,
    emergencyRatingMva: 0,
    ...(ratings ? { ratingAmps: ratings[id] } : {}),
    inService: true,
    minAngleDegrees: -360,
    maxAngleDegrees: 360,
  });
  const lines = source.lines.map((line): BalancedBranch => {
    const ohm = impedanceBase(line.from_sub);
    if (kvOf(line.from_sub) !== kvOf(line.to_sub)) throw new Error(`${name}: line ${line.id} joins two voltages`);
    return {
      ...common(line.id, line.from_sub, line.to_sub),
      resistancePu: Fraction.of(line.r_ohm).over(ohm).nearest,
      reactancePu: Fraction.of(line.x_ohm).over(ohm).nearest,
      chargingPu: TWO_PI.times(Fraction.of(source.frequency_hz), Fraction.of(line.c_nf), NANO, ohm).nearest,
      ratio: 0,
    };
  });
  const transformers = source.transformers.map((unit): BalancedBranch => {
    if (unit.hv_kv !== kvOf(unit.from_sub) || unit.lv_kv !== kvOf(unit.to_sub)) throw new Error(`${name}: transformer ${unit.id} is rated otherwise`);
    if (unit.vkr_percent !== 0 || (unit.tap_side !== 'hv' && unit.tap_pos !== 0))
      throw new Error(`${name}: transformer ${unit.id} is of another kind`);
    const percent = Fraction.of('1e-2');
    return {
      ...common(unit.id, unit.from_sub, unit.to_sub),
      resistancePu: 0,
      reactancePu: Fraction.of(unit.vk_percent).times(percent, base).over(Fraction.of(unit.sn_mva)).nearest,
      chargingPu: 0,
      ratio: Fraction.of(unit.tap_step_percent).times(Fraction.of(unit.tap_pos), percent).plus(Fraction.of(1)).nearest,
    };
  });
  const branches = [...lines, ...transformers];
  if (ratings && ratings.length !== branches.length) throw new Error(`${name}: there are ${ratings.length} ratings`);
  return {
    name,
    baseMva: source.base_mva,
    frequencyHz: source.frequency_hz,
    buses: source.buses.map(({ id, base_kv }) => {
      const held = source.generators.filter((one) => one.sub === id);
      return {
        number: id + 1,
        kind: held.some((one) => one.slack) ? 'slack' : held.length > 0 ? 'pv' : 'pq',
        voltagePu: 1,
        angleDegrees: 0,
        baseKv: base_kv,
        minVoltagePu: 0,
        maxVoltagePu: Number.POSITIVE_INFINITY,
        area: 1,
        zone: 1,
        substation: id,
      };
    }),
    loads: source.loads.map(({ id, sub, p_mw, q_mvar }) => ({
      name: `load_${sub}_${id}`,
      bus: sub + 1,
      powerMw: p_mw,
      powerMvar: q_mvar,
      inService: true,
    })),
    shunts: source.shunts.map(({ sub, q_mvar, vn_kv }) => {
      if (vn_kv !== kvOf(sub)) throw new Error(`${name}: the shunt at ${sub} is rated otherwise`);
      // The source counts what a shunt consumes.
      return { bus: sub + 1, conductanceMw: 0, susceptanceMvar: -q_mvar, inService: true };
    }),
    generators: source.generators.map((one, k) => {
      const { name: called, Pmin, Pmax } = source.generator_characteristics[k];
      if (called !== `gen_${one.sub}_${one.id}`) throw new Error(`${name}: generator ${one.id} is called ${called}`);
      return {
        name: called,
        bus: one.sub + 1,
        // A slack's power below zero is written by the sign of consumers.
        powerMw: one.slack ? Math.abs(one.p_mw) : one.p_mw,
        powerMvar: 0,
        minMvar: Number.NEGATIVE_INFINITY,
        maxMvar: Number.POSITIVE_INFINITY,
        minMw: Pmin,
        maxMw: Pmax,
        voltagePu: one.vm_pu,
        baseMva: 0,
        participation: 0,
        inService: true,
      };
    }),
    branches,
    generatorCosts: source.generator_characteristics.map(({ marginal_cost, start_cost, shut_down_cost }) => ({
      model: 2,
      startup: start_cost,
      shutdown: shut_down_cost,
      values: [marginal_cost, 0],
    })),
  };
}
