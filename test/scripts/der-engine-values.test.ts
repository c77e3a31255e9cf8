/**
 * Inverters, their controls and storage against what OpenDSS itself gives (DSS C-API 0.14.5, published in the golden files `der_controls` of
 * github.com/JustForFun88/dss-rs). Those solutions stop at a voltage change of 1e-4 pu, which moves the steps of the controls a little: powers
 * are compared to 2 parts in 10 000 of the unit's rating unless a case says otherwise.
 */
import { describe, expect, it } from 'vitest';
import { terminalPower } from '../../src/controls/index.js';
import { MemoryFiles } from '../../src/formats/opendss/memory-files.js';
import { runScriptText } from '../../src/scripts/index.js';

interface EngineCase {
  name: string;
  /** Line to the unit's bus: km, ohm per km. */
  line: readonly [number, number, number];
  script: string;
  /** Number of hours; a snapshot where absent. */
  hours?: number;
  /** The unit looked at. */
  unit: string;
  /** kW and kvar delivered per phase, by step. */
  kw: number[];
  kvar: number[];
  /** Largest difference allowed, kW or kvar per phase. */
  within: number;
}

const WEAK = [3, 1, 4] as const;
const WEAKER = [8, 1, 4] as const;
const STRONG = [1, 0.1, 0.3] as const;
const VOLT_VAR = 'new xycurve.vv npts=5 yarray=(1 1 0 -1 -1) xarray=(.5 .92 1 1.08 1.5)';
const VOLT_WATT = 'new xycurve.vw npts=3 yarray=(1 1 0) xarray=(1 1.02 1.1)';
const PV_600 = 'new pvsystem.pv bus1=b phases=3 kv=12.47 kva=600 pmpp=500 pf=1 irradiance=1';
const PV_1200 = 'new pvsystem.pv bus1=b phases=3 kv=12.47 kva=1200 pmpp=1000 pf=1 irradiance=1';
const EIGHT_HOURS = 'new loadshape.sun npts=8 interval=1 mult=(.3 .5 .7 .85 .95 1 1 .98)';
const ONE_DAY = 'new loadshape.sun npts=24 interval=1 mult=(.3 .35 .4 .5 .6 .7 .8 .9 1 .95 .9 .8 .7 .6 .55 .5 .6 .7 .8 .9 .95 1 .9 .85)';
const CHANGING = 'new loadshape.sun npts=6 interval=1 mult=(.5 1 .6 1 .7 1)';
const BATTERY = 'new storage.st bus1=b phases=3 kv=12.47 kva=600 kwrated=500 kwhrated=1000 %stored=50 state=discharging %discharge=100';
const DAY_KW = [50, 58.33333, 66.66667, 83.33333, 100, 116.66667, 133.33333, 150, 166.66667, 158.33333, 150, 133.33333];
const DAY_KW_LATE = [116.66667, 100, 91.66667, 83.33333, 100, 116.66667, 133.33333, 150, 158.33333, 166.66667, 150, 141.66667];

const CASES: EngineCase[] = [
  {
    name: 'power by temperature, efficiency and power factor',
    line: STRONG,
    script: `new xycurve.eff npts=4 xarray=(.1 .2 .4 1) yarray=(.86 .9 .93 .97)
new xycurve.pt npts=4 xarray=(0 25 75 100) yarray=(1.2 1 .8 .6)
new pvsystem.pv bus1=b phases=3 kv=12.47 kva=500 pmpp=500 pf=.95 effcurve=eff p-tcurve=pt irradiance=.9 temperature=35`,
    unit: 'pvsystem.pv',
    kw: [138.3744],
    kvar: [45.48147],
    within: 0.0001,
  },
  {
    name: 'volt-var',
    line: WEAK,
    script: `${VOLT_VAR}\n${PV_600}\nnew invcontrol.ic mode=voltvar vvc_curve1=vv deltaq_factor=.2 refreactivepower=varmax`,
    unit: 'pvsystem.pv',
    kw: [166.66667],
    kvar: [-13.398],
    within: 0.002,
  },
  {
    name: 'volt-var about the mean voltage of the last second',
    line: WEAK,
    script: `${EIGHT_HOURS}\n${VOLT_VAR}\n${PV_600} daily=sun
new invcontrol.ic mode=voltvar voltage_curvex_ref=avg vvc_curve1=vv deltaq_factor=.2 refreactivepower=varmax`,
    hours: 8,
    unit: 'pvsystem.pv',
    kw: [50, 83.33335, 116.66669, 141.66664, 158.33327, 166.6666, 166.6666, 163.33325],
    kvar: [-3.58938, -3.77385, -3.88774, -3.7399, -3.40152, -2.59446, -1.72031, -1.29648],
    within: 0.001,
  },
  {
    name: 'volt-var about the mean voltage of six hours',
    line: WEAK,
    script: `${ONE_DAY}\n${VOLT_VAR}\n${PV_600} daily=sun
new invcontrol.ic mode=voltvar voltage_curvex_ref=avg vvc_curve1=vv deltaq_factor=.2 refreactivepower=varmax avgwindowlen=6h`,
    hours: 24,
    unit: 'pvsystem.pv',
    kw: [...DAY_KW, ...DAY_KW_LATE],
    kvar: [
      -3.58938, -2.76595, -2.60144, -2.79951, -3.19935, -4.0773, -4.90166, -5.69371, -5.98221, -5.63428, -4.06313, -2.18989, -0.38409, 1.25045,
      1.99351, 2.33477, 1.96893, 0.32222, -1.21509, -2.27003, -2.67897, -3.01562, -2.65632, -1.62232,
    ],
    within: 0.002,
  },
  {
    name: 'volt-watt with a fixed step',
    line: WEAKER,
    script: `${VOLT_WATT}\n${PV_1200}\nnew invcontrol.ic mode=voltwatt voltwatt_curve=vw voltwattyaxis=pmpppu deltap_factor=.45`,
    unit: 'pvsystem.pv',
    kw: [299.4035],
    kvar: [0],
    within: 0.02,
  },
  {
    name: 'volt-watt with its own step',
    line: WEAKER,
    script: `${VOLT_WATT}\nnew loadshape.sun npts=8 interval=1 mult=(.4 1 .6 1 .5 1 .7 .5)\n${PV_1200} daily=sun
new invcontrol.ic mode=voltwatt voltwatt_curve=vw voltwattyaxis=pmpppu`,
    hours: 8,
    unit: 'pvsystem.pv',
    kw: [133.33333, 298.29166, 200.00005, 299.67706, 166.6666, 299.67645, 233.33347, 166.66663],
    kvar: [0, 0.00612, 0, -0.01153, 0, -0.01153, 0, 0],
    within: 0.08,
  },
  {
    name: 'volt-watt with a ramp',
    line: WEAKER,
    script: `${CHANGING}\n${VOLT_WATT}\n${PV_1200} daily=sun
new invcontrol.ic mode=voltwatt voltwatt_curve=vw voltwattyaxis=pmpppu deltap_factor=.45 rateofchangemode=risefall risefalllimit=.00002`,
    hours: 6,
    unit: 'pvsystem.pv',
    kw: [24.65629, 48.72141, 72.58821, 96.59987, 120.94733, 144.87108],
    kvar: [0, 0, 0, 0, 0, 0],
    within: 0.01,
  },
  {
    // In the fourth hour the voltage's last change lies at its tolerance: the engine stops there one step earlier.
    name: 'volt-watt with a filter',
    line: WEAKER,
    script: `${CHANGING}\n${VOLT_WATT}\n${PV_1200} daily=sun
new invcontrol.ic mode=voltwatt voltwatt_curve=vw voltwattyaxis=pmpppu deltap_factor=.45 rateofchangemode=lpf lpftau=7200`,
    hours: 6,
    unit: 'pvsystem.pv',
    kw: [132.1324, 206.29831, 200.00009, 273.43024, 233.33313, 293.06567],
    kvar: [0, 0, 0, 0, 0, 0],
    within: 1.2,
  },
  {
    name: 'dynamic reactive current',
    line: WEAK,
    script: `${EIGHT_HOURS}\n${PV_600} daily=sun
new invcontrol.ic mode=drc dbvmin=1 dbvmax=1 argralowv=50 argrahiv=50 dynreacavgwindowlen=2s deltaq_factor=.2 refreactivepower=varmax
~ varchangetolerance=.00001 voltagechangetolerance=.00001`,
    hours: 8,
    unit: 'pvsystem.pv',
    kw: [50, 83.33333, 116.66667, 141.66667, 158.33333, 166.66667, 166.66667, 163.33333],
    kvar: [-0.00197, -5.44219, -9.05191, -10.13871, -9.56915, -7.91176, -5.52891, -3.37457],
    within: 0.0001,
  },
  {
    name: 'power factor by power (storage)',
    line: STRONG,
    script: `new xycurve.wpf npts=4 yarray=(-.95 -.95 -.95 -.9) xarray=(0 .5 .8 1)\n${BATTERY} wattpriority=yes
new invcontrol.ic mode=wattpf derlist=[storage.st] wattpf_curve=wpf`,
    unit: 'storage.st',
    kw: [166.66667],
    kvar: [-54.780684],
    within: 0.0001,
  },
  {
    name: 'vars by power, limits unlike',
    line: STRONG,
    script: `new xycurve.wv npts=4 yarray=(0 0 -.4 -.8) xarray=(0 .5 .8 1)
new pvsystem.pv bus1=b phases=3 kv=12.47 kva=1000 pmpp=1000 pf=1 irradiance=1 kvarmax=800 kvarmaxabs=400
new invcontrol.ic mode=wattvar derlist=[pvsystem.pv] wattvar_curve=wv refreactivepower=varmax`,
    unit: 'pvsystem.pv',
    kw: [319.363],
    kvar: [-95.4903],
    within: 0.001,
  },
  {
    name: 'vars by power (storage)',
    line: STRONG,
    script: `new xycurve.wv npts=4 yarray=(-.3 -.3 -.4 -.8) xarray=(0 .5 .8 1)\n${BATTERY}
new invcontrol.ic mode=wattvar derlist=[storage.st] wattvar_curve=wv refreactivepower=varmax`,
    unit: 'storage.st',
    kw: [166.66667],
    kvar: [-60],
    within: 0.0001,
  },
  {
    name: 'voltage regulation',
    line: WEAK,
    script: `${ONE_DAY}\n${PV_600} daily=sun\nnew invcontrol.ic mode=avr derlist=[pvsystem.pv] vsetpoint=.98 refreactivepower=varmax`,
    hours: 24,
    unit: 'pvsystem.pv',
    kw: [...DAY_KW.slice(0, 8), 160.36475, ...DAY_KW.slice(9), ...DAY_KW_LATE.slice(0, 9), 160.36249, 150, 141.66667],
    kvar: [
      -95.57417, -97.49681, -99.3947, -103.14201, -106.82001, -110.41763, -113.94368, -117.39834, -119.51212, -119.1027, -117.40311, -113.94412,
      -110.41685, -106.81786, -104.98768, -103.14347, -106.82, -110.41763, -113.94368, -117.39834, -119.10297, -119.51517, -117.39848, -115.68439,
    ],
    within: 0.0003,
  },
  {
    name: 'exponential control',
    line: WEAK,
    script: `${EIGHT_HOURS}\n${PV_600} daily=sun\nnew expcontrol.ec derlist=[pvsystem.pv] vreg=1 slope=22 vregtau=7200 deltaq_factor=.3`,
    hours: 8,
    unit: 'pvsystem.pv',
    kw: [50, 83.33333, 116.66667, 141.66667, 158.33333, 166.66667, 166.66667, 163.33333],
    kvar: [-6.16348, -8.89781, -10.96186, -11.58481, -11.13104, -9.85177, -7.93451, -6.03824],
    within: 0.0001,
  },
  {
    name: 'exponential control, vars first',
    line: [4, 1, 4],
    script: `${EIGHT_HOURS}\nnew pvsystem.pv bus1=b phases=3 kv=12.47 kva=1000 pmpp=1000 pf=1 irradiance=1 daily=sun
new expcontrol.ec derlist=[pvsystem.pv] vreg=1 slope=22 vregtau=7200 deltaq_factor=.3 qbias=-.2 qmaxlead=.6 qmaxlag=.6 preferq=yes`,
    hours: 8,
    unit: 'pvsystem.pv',
    kw: [100, 166.66667, 233.33333, 283.33347, 316.66666, 325.53766, 325.53763, 325.53763],
    kvar: [-36.39946, -49.43506, -59.88517, -66.35988, -69.82104, -70.32626, -69.89468, -69.51567],
    within: 0.05,
  },
];

function solve(circuit: EngineCase): { kw: number[]; kvar: number[] } {
  const [length, r1, x1] = circuit.line;
  const text = `clear
new circuit.t basekv=12.47 phases=3 bus1=src basefreq=60
new line.l1 bus1=src bus2=b phases=3 r1=${r1} x1=${x1} c1=0 length=${length} units=km
${circuit.script}
set voltagebases=[12.47]
calcvoltagebases
set maxcontroliter=2000
${circuit.hours === undefined ? '' : `set mode=daily stepsize=1h number=${circuit.hours}`}
solve`;
  const found = { kw: [] as number[], kvar: [] as number[] };
  const note = (solver: Parameters<typeof terminalPower>[0]): void => {
    const element = solver.grid.element(circuit.unit);
    if (!element) throw new Error(`no ${circuit.unit}`);
    const [watts, vars] = terminalPower(solver, element, 0);
    found.kw.push(-watts / 3000);
    found.kvar.push(-vars / 3000);
  };
  const result = runScriptText(text, 'test.dss', { files: new MemoryFiles({}), onStep: (system) => note(system.solver) });
  if (circuit.hours === undefined) note(result.solver);
  return found;
}

describe('values of OpenDSS', () => {
  it.each(CASES)('$name', (circuit) => {
    const found = solve(circuit);
    expect(found.kw).toHaveLength(circuit.kw.length);
    const largest = (a: number[], b: number[]): number => Math.max(...a.map((value, i) => Math.abs(value - b[i])));
    expect(largest(found.kw, circuit.kw)).toBeLessThan(circuit.within);
    expect(largest(found.kvar, circuit.kvar)).toBeLessThan(circuit.within);
  });
});

describe('generator dispatch by OpenDSS', () => {
  const CIRCUIT = `clear
new circuit.a basekv=12.47 bus1=src phases=3
new line.l1 bus1=src bus2=b1 length=1 r1=.3 x1=.6
new load.ld1 bus1=b1 phases=3 kv=12.47 kw=5000 pf=.95`;

  // kW and kvar of both generators after one round of dispatch, 100 kW about 2000 kW.
  it.each([
    ['in equal parts', '1', 'genlist=[g1,g2]', [1511.5695, 0], [1511.5695, 0]],
    ['all generators', '1', '', [1511.5695, 0], [1511.5695, 0]],
    ['by weight', '1', 'genlist=[g1,g2] weights=[3,1]', [1767.35425, 0], [1255.78475, 0]],
    ['vars as well', '.95', 'kvarlimit=500 genlist=[generator.g1,generator.g2]', [1509.81262, 591.26006], [1509.81262, 591.26006]],
    ['by the far terminal', '1', 'terminal=2', [1, 0], [1, 0]],
  ])('%s', (_, powerFactor, settings, first, second) => {
    const generators = ['g1', 'g2'].map((name) => `new generator.${name} bus1=b1 phases=3 kv=12.47 kw=1000 pf=${powerFactor} model=1`);
    const text = `${CIRCUIT}\n${generators.join('\n')}
new gendispatcher.gd element=line.l1 kwlimit=2000 kwband=100 ${settings}
set voltagebases=[12.47]
calcvoltagebases
solve mode=snap`;
    const { grid } = runScriptText(text, 'test.dss', { files: new MemoryFiles({}) });
    const powers = ['g1', 'g2'].map((name) => grid.require('generator', name)).map(({ powerKw, powerKvar }) => [powerKw, powerKvar]);
    const differences = [first, second].flatMap((expected, i) => expected.map((value, k) => Math.abs(value - powers[i][k])));
    expect(Math.max(...differences)).toBeLessThan(0.05);
  });
});
