/**
 * Microgrid-20: twenty inverters, each with a bus of its own, as PGSIM and PowerNet use it. Parameters are facts of the published simulator, written down anew. The
 * lines' reactances are Bidram's inductances (318 and 1847 uH) at 50 Hz, used as if at 60 Hz: a choice, kept in both variants.
 *
 * Mistakes of the publication, in the variant `published`:
 * 1. the coupling currents' cross terms use the speed of the common frame;
 * 2. bus 5 draws the current of load 4, which bus 9 draws too, and load 5 weighs on no bus;
 * 3. bus 10 gives off the current of line 10 (8 to 11, which leaves bus 8 too) in place of that of line 11 (10 to 13), which enters bus 13 from nowhere;
 * 4. the frequency control reads the active power of inverter i + 1 for every inverter i from 7 on, and for the last one the Q part of line 1's current. That the
 *    same wrong power stands in the speed and in the sharing term makes it cancel: without effect, but for rounding;
 * 5. inverter 20 names 19 as its neighbour, where its line ends at 15 (the agents' graph alone; 15 further entries of the published distances are off by one or two,
 *    which nothing here reproduces).
 * The simulator also logs the Q part of bus 13's voltage for inverter 12's: a matter of observations, not of the dynamics.
 */
import { defineMicrogrid, type Microgrid } from './microgrid.js';

const RADIANS_PER_SECOND = 2 * Math.PI * 60;

/** Ends of the lines, and whether they are of the long kind. */
const LINES: readonly (readonly [number, number, 'short' | 'long'])[] = [
  [1, 6, 'short'],
  [6, 7, 'long'],
  [7, 2, 'short'],
  [2, 3, 'short'],
  [3, 8, 'long'],
  [8, 9, 'short'],
  [9, 4, 'short'],
  [4, 5, 'long'],
  [5, 10, 'short'],
  [8, 11, 'short'],
  [10, 13, 'long'],
  [11, 16, 'short'],
  [16, 17, 'short'],
  [17, 12, 'long'],
  [12, 13, 'short'],
  [13, 18, 'short'],
  [18, 19, 'long'],
  [19, 14, 'short'],
  [14, 15, 'short'],
  [15, 20, 'long'],
];
/** Resistance and reactance at 60 Hz, ohm. */
const IMPEDANCE = { short: [0.23, 0.1], long: [0.35, 0.58] } as const;

/** [load]: its bus; odd ones have 1 ohm of reactance, even ones 0.5. */
const LOAD_BUSES = [1, 7, 3, 9, 5, 11, 17, 13, 19, 15];

/** Who talks to whom in the secondary control. */
const TALKING: readonly (readonly [number, number])[] = [
  [1, 2],
  [1, 12],
  [1, 20],
  [2, 3],
  [2, 11],
  [3, 4],
  [3, 10],
  [4, 5],
  [4, 9],
  [5, 6],
  [5, 8],
  [6, 7],
  [7, 8],
  [8, 9],
  [9, 10],
  [10, 11],
  [11, 12],
  [12, 13],
  [13, 14],
  [13, 20],
  [14, 15],
  [14, 19],
  [15, 16],
  [15, 18],
  [16, 17],
  [17, 18],
  [18, 19],
  [19, 20],
];

const dg = (number: number): string => `dg${number}`;

/** Microgrid-20 as published, with its mistakes, or repaired. */
export function microgrid20(variant: 'published' | 'repaired'): Microgrid {
  const numbers = Array.from({ length: 20 }, (_, i) => i + 1);
  return defineMicrogrid({
    name: 'microgrid-20',
    nominalVoltageVolt: 480,
    nominalFrequencyHz: 60,
    powerFilter: 31.41,
    virtualResistanceOhm: 10_000,
    inverters: numbers.map((number) => {
      // 1 to 5 and 11 to 15 are of the stiffer kind.
      const stiff = (number - 1) % 10 < 5;
      return {
        name: dg(number),
        bus: String(number),
        activeDroop: stiff ? 9.4e-5 : 12.5e-5,
        reactiveDroop: stiff ? 1.3e-3 : 1.5e-3,
        couplingResistanceOhm: 0.03,
        couplingInductanceHenry: 0.35e-3,
      };
    }),
    lines: LINES.map(([from, to, kind], i) => ({
      name: `line${i + 1}`,
      from: String(from),
      to: String(to),
      resistanceOhm: IMPEDANCE[kind][0],
      inductanceHenry: IMPEDANCE[kind][1] / RADIANS_PER_SECOND,
    })),
    loads: LOAD_BUSES.map((bus, i) => ({
      name: `load${i + 1}`,
      bus: String(bus),
      resistanceOhm: 2,
      inductanceHenry: (i % 2 === 0 ? 1 : 0.5) / RADIANS_PER_SECOND,
    })),
    graph: LINES.map(([from, to]) => [dg(from), dg(to)] as const),
    secondary: { gain: 400, edgeWeight: 60, edges: TALKING.map(([a, b]) => [dg(a), dg(b)] as const), pinned: dg(1), pinningGain: 1 },
    mistakes: variant === 'published' ? MISTAKES : {},
  });
}

const MISTAKES = {
  couplingAtCommonSpeed: true,
  busCurrents: [
    { bus: '5', element: 'load4', factor: -1 },
    { bus: '5', element: 'load5', factor: 1 },
    { bus: '10', element: 'line10', factor: -1 },
    { bus: '10', element: 'line11', factor: 1 },
  ],
  powerReadings: [...Array.from({ length: 13 }, (_, i) => ({ inverter: dg(i + 7), takes: dg(i + 8) })), { inverter: dg(20), takes: 'line1' }],
  neighbours: [{ inverter: dg(20), names: [dg(19)] }],
};
