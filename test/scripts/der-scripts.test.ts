/** Generators, PV systems, storage and their controls as scripts write them, solved by busbar's own solver; checked by what the numbers must satisfy. */
import { describe, expect, it } from 'vitest';
import { terminalPower } from '../../src/controls/index.js';
import { MemoryFiles } from '../../src/formats/opendss/memory-files.js';
import { type CircuitElement, curveValueAt, InputError } from '../../src/grid/index.js';
import { runScriptText, type SolvedScript } from '../../src/scripts/index.js';

const FEEDER = `
clear
new circuit.t basekv=12.47 pu=1.03 mvasc3=100 mvasc1=100
new linecode.lc nphases=3 r1=.3 x1=.6 r0=.9 x0=1.8 c1=0 c0=0 units=km
new line.l1 bus1=sourcebus bus2=b linecode=lc length=5 units=km
new load.ld bus1=b kv=12.47 kw=800 pf=.95
new xycurve.vv npts=6 xarray=[.5 .92 .98 1.02 1.08 1.5] yarray=[1 1 0 0 -1 -1]
new xycurve.vw npts=4 xarray=[0 1.01 1.05 2] yarray=[1 1 .2 .2]
new loadshape.sun npts=24 interval=1 mult=[0 0 0 0 0 0 .1 .2 .3 .5 .8 .9 1 1 .99 .9 .7 .4 .1 0 0 0 0 0]
`;
const TIGHT = 'voltagechangetolerance=1e-9 varchangetolerance=1e-9 activepchangetolerance=1e-9';
const SOLVE = '\nset voltagebases=[12.47]\ncalcv\nset maxcontroliter=300\nsolve';

function run(script: string): SolvedScript {
  return runScriptText(FEEDER + script, 'test.dss', { files: new MemoryFiles({}), tolerance: 1e-12 });
}

/** kW and kvar an element delivers. */
function delivered(result: SolvedScript, id: string): [number, number] {
  const [watts, vars] = terminalPower(result.solver, result.grid.element(id) as CircuitElement, 0);
  return [-watts / 1000, -vars / 1000];
}

function meanPu(result: SolvedScript, bus: string): number {
  const volts = [1, 2, 3].map((node) => Math.hypot(...(result.solver.nodeVoltage(bus, node) ?? [0, 0])));
  return volts.reduce((sum, v) => sum + v, 0) / 3 / (12470 / Math.sqrt(3));
}

describe('generators', () => {
  it('read powers and limits in any order of their properties', () => {
    const { grid } = run(`
new generator.a bus1=b kv=12.47 kw=300 pf=-.9
new generator.b bus1=b kv=12.47 kw=300 kvar=100 maxkvar=120
new generator.c bus1=b.1 phases=1 kv=7.2 kva=50 kw=20
${SOLVE}`);
    const a = grid.require('generator', 'a');
    const kvar = 300 * Math.sqrt(1 / 0.81 - 1);
    expect(a.powerKvar).toBeCloseTo(-kvar, 10);
    expect([a.maxKvar, a.minKvar, a.kva]).toEqual([2 * kvar, -2 * kvar, 360]);
    expect(grid.require('generator', 'b')).toMatchObject({ powerKw: 300, powerKvar: 100, maxKvar: 120, minKvar: -200 });
    expect(grid.require('generator', 'c')).toMatchObject({ kva: 50, powerKw: 20 });
  });

  it('hold their voltage within their vars (model 3)', () => {
    const held = run(`new generator.g bus1=b kv=12.47 kw=500 model=3 vpu=1.01 maxkvar=3000 minkvar=-3000${SOLVE}`);
    expect(meanPu(held, 'b')).toBeCloseTo(1.01, 9);
    const limited = run(`new generator.g bus1=b kv=12.47 kw=500 model=3 vpu=1.08 maxkvar=100 minkvar=-100${SOLVE}`);
    expect(meanPu(limited, 'b')).toBeLessThan(1.08);
    expect(delivered(limited, 'generator.g')[1]).toBeCloseTo(100, 6);
  });

  it('keep the base voltage of the moment at which kv was set', () => {
    const early = run(`new generator.g kv=7.2 phases=1 bus1=b.1 kw=100 pf=1${SOLVE}`);
    // Rated for three phases when kv came: 4157 V, of which 1.1 is far below 7.2 kV; so it is an impedance.
    const volts = Math.hypot(...(early.solver.nodeVoltage('b', 1) ?? [0, 0]));
    expect(delivered(early, 'generator.g')[0]).toBeCloseTo((100 * volts ** 2) / (1.1 * (7200 / Math.sqrt(3))) ** 2, 6);
    const late = run(`new generator.g phases=1 kv=7.2 bus1=b.1 kw=100 pf=1${SOLVE}`);
    expect(delivered(late, 'generator.g')[0]).toBeCloseTo(100, 6);
  });
});

describe('PV systems', () => {
  it('follow sun and temperature through the day', () => {
    const hours: number[] = [];
    const script = `
new xycurve.pt npts=4 xarray=[0 25 75 100] yarray=[1.2 1 .8 .6]
new xycurve.eff npts=4 xarray=[.1 .2 .4 1] yarray=[.86 .9 .93 .97]
new tshape.warm npts=24 interval=1 temp=[25 25 25 25 25 25 25 25 35 40 45 50 60 60 55 40 35 30 25 25 25 25 25 25]
new pvsystem.pv bus1=b kv=12.47 kva=500 irrad=.98 pmpp=500 pf=1 effcurve=eff p-tcurve=pt daily=sun tdaily=warm %cutin=.1 %cutout=.1
set mode=daily number=24 stepsize=1h${SOLVE}`;
    const result = runScriptText(FEEDER + script, 'test.dss', {
      files: new MemoryFiles({}),
      onStep: (system) => hours.push(-terminalPower(system.solver, system.grid.require('pvsystem', 'pv'), 0)[0] / 1000),
    });
    // Hour 13: full sun at 60 degrees. 0.98 x 500 x 0.86 = 421.4 kW of panel, efficiency 0.93 + (0.8428 - 0.4) / 0.6 x 0.04.
    expect(hours[12]).toBeCloseTo(421.4 * (0.93 + ((0.8428 - 0.4) / 0.6) * 0.04), 6);
    expect(hours[0]).toBeCloseTo(0, 9);
    expect(hours[23]).toBeCloseTo(0, 9);
    expect(result.report.converged).toBe(true);
  });

  it('take the last of pf and kvar', () => {
    expect(delivered(run(`new pvsystem.p bus1=b kv=12.47 kva=600 pmpp=500 pf=.9 kvar=50${SOLVE}`), 'pvsystem.p')[1]).toBeCloseTo(50, 6);
    expect(delivered(run(`new pvsystem.p bus1=b kv=12.47 kva=600 pmpp=500 kvar=50 pf=-.9${SOLVE}`), 'pvsystem.p')[1]).toBeCloseTo(
      -500 * Math.sqrt(1 / 0.81 - 1),
      6,
    );
  });

  it('come to their volt-var and volt-watt curves', () => {
    const pv = 'new pvsystem.p bus1=b kv=12.47 kva=2000 pmpp=1800';
    const vars = run(`${pv}\nnew invcontrol.c mode=voltvar vvc_curve1=vv refreactivepower=varmax deltaq_factor=.4 ${TIGHT}${SOLVE}`);
    const curve = vars.grid.xyCurves.get('vv');
    if (!curve) throw new Error('no curve');
    expect(delivered(vars, 'pvsystem.p')[1]).toBeCloseTo(2000 * curveValueAt(curve, meanPu(vars, 'b')), 3);
    const watts = run(`${pv}\nnew invcontrol.c mode=voltwatt voltwatt_curve=vw deltap_factor=.4 ${TIGHT}${SOLVE}`);
    const limit = watts.grid.xyCurves.get('vw');
    if (!limit) throw new Error('no curve');
    expect(meanPu(watts, 'b')).toBeGreaterThan(1.01);
    expect(delivered(watts, 'pvsystem.p')[0]).toBeCloseTo(1800 * curveValueAt(limit, meanPu(watts, 'b')), 3);
  });

  it('are controlled as they were when the control was defined', () => {
    const { grid } = run(`
new pvsystem.p bus1=b kv=12.47 pmpp=300
new invcontrol.c mode=voltvar vvc_curve1=vv
new pvsystem.q bus1=b kv=12.47${SOLVE}`);
    expect(grid.controlsOf('invcontrol')[0].elements).toEqual(['pvsystem.p']);
  });

  it('say what is wrong', () => {
    const error = (script: string): Error | undefined => {
      try {
        run(script + SOLVE);
      } catch (caught) {
        return caught as Error;
      }
      return undefined;
    };
    expect(error('new pvsystem.p bus1=b effcurve=none_such')).toBeInstanceOf(InputError);
    expect(error('new pvsystem.p bus1=b kv=12.47\nnew invcontrol.c mode=voltvar')?.message).toMatch(/invcontrol\.c.*vvc_curve1/);
    expect(error('new pvsystem.p bus1=b pf=0')?.message).toMatch(/pvsystem\.p\.pf/);
    expect(error('new pvsystem.p bus1=b controlmode=gfm')?.message).toMatch(/controlmode/);
    expect(error('new invcontrol.c derlist=[pvsystem.x]')?.message).toMatch(/derlist.*pvsystem\.x/);
  });
});

describe('storage', () => {
  it('reads power, state and energy in the order written', () => {
    const { grid } = run(`
new storage.a bus1=b kv=12.47 kwrated=100 kwhrated=400 %stored=50 kw=-30
new storage.b bus1=b kv=12.47 kwrated=100 kva=150 state=discharging %discharge=40
new storage.c bus1=b kv=12.47 kwhrated=80 %reserve=30${SOLVE}`);
    const a = grid.require('storage', 'a');
    expect(a).toMatchObject({ state: 'charging', chargePercent: 30, storedKwh: 200, reservePercent: 20 });
    // kVA follows the rated power; limits of vars do not (as in OpenDSS).
    expect(a.inverter).toMatchObject({ kva: 100, maxKvar: 25 });
    expect(grid.require('storage', 'b').inverter).toMatchObject({ kva: 150, maxKvar: 150 });
    expect(grid.require('storage', 'c')).toMatchObject({ storedKwh: 80, reservePercent: 30 });
  });

  it('shaves a peak under a storage control, and balances its energy', () => {
    const script = `
new loadshape.day npts=24 interval=1 mult=[.5 .5 .5 .5 .5 .6 .7 .8 .8 .8 .8 .8 .8 .8 .8 .9 1 1 1 .9 .8 .7 .6 .5]
edit load.ld daily=day
new storage.s bus1=b kv=12.47 kwrated=200 kwhrated=1000 %stored=60 %idlingkw=0
new storagecontroller.c element=line.l1 terminal=1 kwtarget=750 %kwband=1 modedischarge=peakshave modecharge=time timechargetrigger=2 %ratecharge=25 elementlist=[s]
set mode=daily number=24 stepsize=1h${SOLVE}`;
    const source: number[] = [];
    const energy: number[] = [];
    const power: number[] = [];
    runScriptText(FEEDER + script, 'test.dss', {
      files: new MemoryFiles({}),
      onStep: (system) => {
        source.push(terminalPower(system.solver, system.grid.require('line', 'l1'), 0)[0] / 1000);
        energy.push(system.grid.require('storage', 's').storedKwh);
        power.push(-terminalPower(system.solver, system.grid.require('storage', 's'), 0)[0] / 1000);
      },
    });
    expect(Math.max(...source)).toBeLessThan(758);
    expect(power[16]).toBeGreaterThan(40);
    expect(power[2]).toBeCloseTo(-50, 6);
    for (let i = 1; i < 24; i++) {
      const moved = power[i - 1] < 0 ? -power[i - 1] * 0.9 : -power[i - 1] / 0.9;
      expect(energy[i]).toBeCloseTo(Math.min(1000, energy[i - 1] + moved), 6);
    }
  });
});
