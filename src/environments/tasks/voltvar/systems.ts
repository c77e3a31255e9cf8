/** What the four published systems are: feeders, batteries and weights. Figures of siemens/powergym, in the feeders' data where they belong to elements. */

/** A battery: a generator of the feeder with an energy store. */
export interface BatterySpec {
  readonly name: string;
  readonly maxKw: number;
  readonly powerFactor: number;
  readonly maxKwh: number;
  /** Rated voltage that the generator should have, where the published one is wrong; kV between phases. */
  readonly correctedKv?: number;
}

/** Weights of the reward's parts. */
export interface RewardWeights {
  /** Of losses over power. */
  readonly power: number;
  /** Of one capacitor switched, and of one tap moved by one step. */
  readonly capacitor: number;
  readonly regulator: number;
  /** Of the sum of discharging powers over rated power. */
  readonly discharge: number;
  /** Of the sum of differences of the states of charge from those at the start, at the end of the episode. */
  readonly soc: number;
}

/** One system. */
export interface VoltVarSystem {
  readonly id: string;
  readonly title: string;
  readonly feeder: string;
  readonly batteries: readonly BatterySpec[];
  readonly weights: RewardWeights;
  /** In the variant in which the state of charge counts. */
  readonly socWeights: RewardWeights;
  /** Days there are where they do not follow from the number of loads; loads then share stretches of the load shapes. */
  readonly days?: number;
  /**
   * Largest mismatch of a power flow, per unit on 1 MVA: so that voltages are right to 3e-8 pu and rewards to 4e-7 (8500 nodes: 4e-6, which adds up 4876 buses),
   * measured against solutions to 1e-11.
   */
  readonly tolerance: number;
  /** Load of the base case, from which power flows start, as a share of nominal: about the mean of the load shapes; where lanes start decides how many of them need a second method. */
  readonly baseMultiplier: number;
}

function weights(power: number, discharge: number, soc: number): RewardWeights {
  return { power, capacitor: 1 / 33, regulator: 1 / 33, discharge: discharge / 33, soc: soc / 33 };
}

function batteries(count: number, maxKw: number, maxKwh: number, correctedKv: Readonly<Record<string, number>> = {}): BatterySpec[] {
  return Array.from({ length: count }, (_, i) => {
    const name = `batt${i + 1}`;
    return { name, maxKw, powerFactor: 0.95, maxKwh, correctedKv: correctedKv[name] };
  });
}

/** Three-phase batteries in delta whose published rated voltage is that between phase and neutral. */
const WRONG_123 = { batt3: 4.16, batt4: 4.16 };
const WRONG_8500 = { batt1: 12.47, batt10: 12.47 };

/** The systems, small ones first. */
export const VOLTVAR_SYSTEMS: readonly VoltVarSystem[] = [
  {
    id: 'voltvar-ieee13',
    title: 'Volt-VAR control of the IEEE 13 node feeder (powergym)',
    feeder: 'powergym-ieee13',
    batteries: batteries(1, 200, 1000),
    weights: weights(10, 6, 0),
    socWeights: weights(10, 1, 20),
    tolerance: 5e-8,
    baseMultiplier: 0.6,
  },
  {
    id: 'voltvar-ieee34',
    title: 'Volt-VAR control of the IEEE 34 node feeder (powergym)',
    feeder: 'powergym-ieee34',
    batteries: batteries(2, 500, 4000),
    weights: weights(1, 10, 0),
    socWeights: weights(1, 4, 500),
    tolerance: 2e-8,
    baseMultiplier: 0.6,
  },
  {
    id: 'voltvar-ieee123',
    title: 'Volt-VAR control of the IEEE 123 node feeder (powergym)',
    feeder: 'powergym-ieee123',
    batteries: batteries(4, 100, 1000, WRONG_123),
    weights: weights(10, 7, 0),
    socWeights: weights(10, 5, 500),
    tolerance: 1e-8,
    baseMultiplier: 0.6,
  },
  {
    id: 'voltvar-ieee8500',
    title: 'Volt-VAR control of the IEEE 8500 node feeder (powergym)',
    feeder: 'powergym-ieee8500',
    batteries: batteries(10, 100, 1000, WRONG_8500),
    weights: weights(1, 200, 0),
    socWeights: weights(1, 100, 10000),
    days: 10,
    tolerance: 3e-9,
    baseMultiplier: 0.9,
  },
];
