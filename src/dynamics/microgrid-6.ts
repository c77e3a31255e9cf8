/**
 * Microgrid-6: six inverters on the IEEE 34-bus feeder reduced to eleven buses and scaled to 480 V, as PGSIM and PowerNet use it (Chen, Chen, Li, Chu, Chu, Yao, Qiu:
 * PowerNet, IEEE Trans. Power Systems 37, 2022). Parameters are facts of the published simulator, written down anew.
 *
 * Mistakes of the publication, in the variant `published`:
 * 1. the coupling currents' cross terms use the speed of the common frame;
 * 2. inverter 5 does not name inverter 3 as its neighbour though 3 names 5 (the agents' graph; the published distances count the edge both ways).
 *
 * In the secondary control too 3 hears 5 and 5 does not hear 3. A directed graph does its work as long as all hear of the reference: a choice, kept in both variants.
 */
import { defineMicrogrid, type Microgrid, type MicrogridLine } from './microgrid.js';

/** Series impedance of the IEEE 34-bus feeder's line codes, ohm a mile at 60 Hz (positive sequence as published). */
const OHM_PER_MILE: Readonly<Record<number, readonly [number, number]>> = {
  300: [1.3368, 1.3343],
  301: [1.93, 1.4115],
  302: [2.7995, 1.4855],
  303: [2.7995, 1.4855],
  304: [1.9217, 1.4212],
};
const MILE_PER_FOOT = 0.000189394;
/** Impedances scale with the square of the voltage. */
const SCALE = (480 / 24_900) ** 2;
const RADIANS_PER_SECOND = 2 * Math.PI * 60;

/** A stretch of the feeder: line code and feet. */
type Stretch = readonly [number, number];

/** Resistance and inductance of stretches one after another. */
function impedance(stretches: readonly Stretch[]): { resistanceOhm: number; inductanceHenry: number } {
  let r = 0;
  let x = 0;
  for (const [code, feet] of stretches) {
    const factor = feet * MILE_PER_FOOT * SCALE;
    r += factor * OHM_PER_MILE[code][0];
    x += factor * OHM_PER_MILE[code][1];
  }
  return { resistanceOhm: r, inductanceHenry: x / RADIANS_PER_SECOND };
}

const line = (number: number, from: number, to: number, ...stretches: Stretch[]): MicrogridLine => ({
  name: `line${number}`,
  from: String(from),
  to: String(to),
  ...impedance(stretches),
});

function load(number: number, bus: number, resistanceOhm: number, reactanceOhm: number, ...stretches: Stretch[]) {
  const branch = impedance(stretches);
  return {
    name: `load${number}`,
    bus: String(bus),
    resistanceOhm,
    inductanceHenry: reactanceOhm / RADIANS_PER_SECOND,
    branchResistanceOhm: branch.resistanceOhm,
    branchInductanceHenry: branch.inductanceHenry,
  };
}

/** Droops: active in rad/s per W, reactive in V per var. */
const STIFF = [5.64e-5, 5.2e-4] as const;
const SOFT = [7.5e-5, 6e-4] as const;

/** [inverter]: bus and droops. */
const INVERTERS: readonly (readonly [number, readonly [number, number]])[] = [
  [1, STIFF],
  [3, STIFF],
  [14, SOFT],
  [5, SOFT],
  [13, STIFF],
  [7, STIFF],
];

/** Microgrid-6 as published, with its mistakes, or repaired. */
export function microgrid6(variant: 'published' | 'repaired'): Microgrid {
  const edges = ['12', '13', '23', '24', '45', '46', '56'].map(([a, b]) => [`dg${a}`, `dg${b}`] as const);
  return defineMicrogrid({
    name: 'microgrid-6',
    nominalVoltageVolt: 480,
    nominalFrequencyHz: 60,
    powerFilter: 31.41,
    virtualResistanceOhm: 10_000,
    inverters: INVERTERS.map(([bus, [activeDroop, reactiveDroop]], i) => ({
      name: `dg${i + 1}`,
      bus: String(bus),
      activeDroop,
      reactiveDroop,
      couplingResistanceOhm: 0.03,
      couplingInductanceHenry: 0.35e-3,
    })),
    lines: [
      line(1, 1, 2, [300, 67_230], [301, 320]),
      line(2, 2, 4, [301, 10_210]),
      line(3, 5, 4, [303, 3030]),
      line(4, 4, 6, [301, 21_800]),
      line(5, 14, 6, [303, 23_330]),
      line(6, 6, 7, [301, 36_840]),
      line(8, 7, 9, [301, 5830]),
      line(10, 11, 9, [301, 4700]),
      line(12, 13, 11, [301, 280], [304, 4860]),
      line(13, 3, 2, [302, 63_600]),
    ],
    loads: [load(1, 4, 1.5, 1), load(2, 7, 0.5, 0.5, [303, 1620]), load(3, 9, 1, 1, [301, 5800]), load(4, 11, 0.8, 0.8, [301, 860])],
    graph: [...edges, ['dg3', 'dg5']],
    secondary: { gain: 40, edgeWeight: 6, edges, oneWay: [['dg3', 'dg5']], pinned: 'dg1', pinningGain: 1 },
    mistakes: variant === 'published' ? { couplingAtCommonSpeed: true, neighbours: [{ inverter: 'dg5', names: ['dg4', 'dg6'] }] } : {},
  });
}
