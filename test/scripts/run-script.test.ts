import { describe, expect, it } from 'vitest';
import { tapNumber, terminalPower } from '../../src/controls/index.js';
import { MemoryFiles } from '../../src/formats/opendss/index.js';
import { ConvergenceError, InputError } from '../../src/grid/index.js';
import { solutionRecord, terminalRecords } from '../../src/powerflow/index.js';
import { nearestBaseKv, type RunScriptOptions, runScriptText, type SolvedScript } from '../../src/scripts/index.js';

/** A stiff 12.47 kV source, a regulator to 12.47 kV, a 1 mile line and a load. */
const FEEDER = `
clear
new circuit.small basekv=12.47 pu=1.0 phases=3 bus1=source r1=0 x1=0.0001 r0=0 x0=0.0001
new transformer.reg phases=3 windings=2 buses=(source, reg) conns=(wye, wye) kvs=(12.47, 12.47) kvas=(5000, 5000) xhl=0.01 %loadloss=0.00001 ppm=0
new line.feeder bus1=reg bus2=end phases=3 r1=0.3 x1=0.6 r0=0.9 x0=1.8 c1=0 c0=0 length=1
new load.town bus1=end phases=3 kv=12.47 kw=1500 kvar=500 model=1 vminpu=0.8 daily=day
new regcontrol.reg transformer=reg winding=2 vreg=122 band=2 ptratio=60 ctprim=300
set voltagebases=(12.47)
`;

/** The shape has to stand before the load that names it. */
const SHAPED = FEEDER.replace('new load', 'new loadshape.day npts=4 interval=1 mult=(0.2 0.4 0.6 1.0)\nnew load');
const PLAIN = FEEDER.replace(' daily=day', '');

function run(text: string, options: Partial<RunScriptOptions> = {}): SolvedScript {
  return runScriptText(text, 'test.dss', { files: new MemoryFiles({}), ...options });
}

function puAt(result: SolvedScript, bus: string, node = 1): number {
  const voltage = result.solver.nodeVoltage(bus, node);
  const baseKv = result.grid.buses.get(bus)?.baseKv;
  if (!voltage || baseKv === undefined) throw new Error(`no voltage or base at ${bus}`);
  return Math.hypot(...voltage) / (baseKv * 1000);
}

const tapOf = (result: SolvedScript): number => tapNumber(result.grid.require('transformer', 'reg').windings[1]);

describe('running a script', () => {
  it('takes the exponents of a load from its curve in yearly mode, hour by hour', () => {
    const circuit = (exponents: string) => `new circuit.x basekv=12.47 pu=1.02
new loadshape.cvr npts=3 interval=1 mult=(0.5 0.9 1.4) qmult=(1.5 2.5 3)
new line.l bus1=sourcebus bus2=b r1=1 x1=2 r0=2 x0=4
new load.a bus1=b kv=12.47 kw=2000 kvar=800 model=4 vminpu=.8 vmaxpu=1.2 ${exponents}`;
    const voltages = (text: string): number[] => {
      const { solver } = run(text);
      return [1, 2, 3].flatMap((node) => [...(solver.nodeVoltage('b', node) as readonly [number, number])]);
    };
    // Hour 2 is the second point; the shape of hour 3 was not reached.
    const byCurve = voltages(`${circuit('cvrcurve=cvr')}\nsolve mode=yearly number=2`);
    const given = voltages(`${circuit('cvrwatts=.9 cvrvars=2.5')}\nsolve`);
    const wrong = voltages(`${circuit('cvrwatts=.5 cvrvars=1.5')}\nsolve`);
    byCurve.forEach((volts, i) => {
      expect(Math.abs(volts - given[i])).toBeLessThan(1e-5);
    });
    expect(Math.abs(byCurve[0] - wrong[0])).toBeGreaterThan(0.1);
    // In the other modes the curve is not looked at.
    const daily = voltages(`${circuit('cvrcurve=cvr cvrwatts=.5 cvrvars=1.5')}\nsolve mode=daily number=2`);
    expect(Math.abs(daily[0] - wrong[0])).toBeLessThan(1e-5);
  });

  it('solves what was added after the voltage bases were calculated', () => {
    const result = run('new circuit.x basekv=12.47\nnew line.l bus1=sourcebus bus2=b\ncalcvoltagebases\nnew load.a bus1=b kv=12.47 kw=900');
    const [first] = terminalRecords(result.solver, result.grid.require('load', 'a'));
    expect(first.p.reduce((sum, kw) => sum + kw, 0)).toBeCloseTo(900, 6);
  });

  it('leaves what was added after the last solution out of its record', () => {
    const result = run('new circuit.x basekv=12.47\nnew load.a bus1=sourcebus kv=12.47 kw=900\nsolve\nnew load.b bus1=sourcebus kv=12.47 kw=10');
    const { elements } = solutionRecord(result.solver, result.report, result);
    expect(Object.keys(elements)).toEqual(['vsource.source', 'load.a']);
  });

  it('solves with controls, sets bases, and leaves the taps in the grid', () => {
    const result = run(`${PLAIN}\ncalcvoltagebases\nsolve`);
    // 122 V x 60 = 7320 V at the regulator, within 60 V either way.
    const volts = Math.hypot(...(result.solver.nodeVoltage('reg', 1) as [number, number]));
    expect(Math.abs(volts - 7320)).toBeLessThanOrEqual(60);
    expect(tapOf(result)).toBeGreaterThan(0);
    expect(result.grid.buses.get('end')?.baseKv).toBeCloseTo(12.47 / Math.sqrt(3), 12);
    expect(result.controlIterations).toBeGreaterThan(1);
    expect(puAt(result, 'end')).toBeLessThan(puAt(result, 'reg'));
  });

  it('agrees with the circuit solved by hand', () => {
    const result = run(`${PLAIN}\ncalcvoltagebases\nset controlmode=off\nsolve`, { tolerance: 1e-12 });
    // One phase: 500 + j166.67 kVA at the end of 0.3 + j0.6 ohm, behind a nearly ideal source and transformer.
    const source = 12470 / Math.sqrt(3);
    let re = source;
    let im = 0;
    for (let i = 0; i < 200; i++) {
      const square = re * re + im * im;
      const ir = (500e3 * re + (500e3 / 3) * im) / square;
      const ii = (500e3 * im - (500e3 / 3) * re) / square;
      re = source - (0.3 * ir - 0.6 * ii);
      im = -(0.3 * ii + 0.6 * ir);
    }
    expect(puAt(result, 'end')).toBeCloseTo(Math.hypot(re, im) / source, 4);
  });

  it('solves once where the script does not, and not at all where it is told so', () => {
    expect(run(PLAIN).report.converged).toBe(true);
    const unsolved = runScriptText(PLAIN, 'test.dss', { files: new MemoryFiles({}), solveIfUnsolved: false });
    expect(unsolved.solution).toBeUndefined();
    expect(unsolved.grid.element('load.town')).toBeDefined();
  });

  it('leaves voltages without a base where none was calculated', () => {
    expect(run(`${PLAIN}\nsolve`).grid.buses.get('end')?.baseKv).toBeUndefined();
  });

  it('carries out edits between solutions, taps staying where they are', () => {
    const once = run(`${PLAIN}\nsolve\nset controlmode=off\nload.town.kw=3000\nsolve`);
    expect(tapOf(once)).toBeGreaterThan(0);
    const twice = run(`${PLAIN}\nload.town.kw=3000\nset controlmode=off\nsolve`);
    expect(tapOf(twice)).toBe(0);
  });

  it('follows shapes in time and moves the clock', () => {
    const seen: [number, number][] = [];
    const result = run(`${SHAPED}\ncalcv\nset mode=daily stepsize=1h number=4\nsolve`, {
      onStep: (system, hour) => {
        const town = system.grid.require('load', 'town');
        const [v, i] = [system.solver.terminalVoltages(town, 0), system.solver.terminalCurrents(town, 0)];
        let watts = 0;
        for (let k = 0; k < v.length; k++) watts += v[k] * i[k];
        seen.push([hour, watts / 1000]);
      },
    });
    expect(seen.map(([hour]) => hour)).toEqual([1, 2, 3, 4]);
    [300, 600, 900, 1500].forEach((kw, at) => expect(seen[at][1]).toBeCloseTo(kw, 5));
    expect(result.options.hour).toBe(4);
    // Back in a snapshot the shape is forgotten.
    const after = run(`${SHAPED}\nset mode=daily stepsize=1h number=1\nsolve\nset mode=snapshot\nsolve`);
    expect(after.options.hour).toBe(0);
    const town = after.grid.require('load', 'town');
    expect(terminalPower(after.solver, town, 0)[0] / 1000).toBeCloseTo(town.powerKw, 5);
  });

  it('solves a peak day without the load multiplier, and in mode time at the clock as it stands', () => {
    const townKw = (text: string): [number, number] => {
      const result = run(`${SHAPED}\ncalcv\n${text}`);
      return [terminalPower(result.solver, result.grid.require('load', 'town'), 0)[0] / 1000, result.options.hour];
    };
    const close = ([kw, hour]: [number, number], expectedKw: number, expectedHour: number): void => {
      expect(kw).toBeCloseTo(expectedKw, 5);
      expect(hour).toBe(expectedHour);
    };
    close(townKw('set loadmult=0.5\nset mode=daily number=2\nsolve'), 300, 2);
    close(townKw('set loadmult=0.5\nset mode=peakday number=2\nset hour=7\nsolve'), 600, 2);
    // Hour 1 takes the first point; the clock moves on when all is done.
    close(townKw('set mode=time loadshapeclass=daily hour=1\nsolve'), 300, 2);
    close(townKw('set mode=time loadshapeclass=daily hour=1 number=3\nsolve'), 900, 4);
    close(townKw('set loadmult=0.5\nset mode=time hour=1\nsolve'), 750, 2);
  });

  it('compiles nothing anew where only powers were edited', () => {
    const revisionAfter = (edit: string): number => run(`${PLAIN}\nset controlmode=off\nsolve\n${edit}\nsolve`).grid.revision;
    const before = run(`${PLAIN}\nset controlmode=off\nsolve`).grid.revision;
    expect(revisionAfter('load.town.kw=900 pf=0.9')).toBe(before);
    expect(revisionAfter('load.town.kv=12.0')).toBeGreaterThan(before);
    expect(revisionAfter('new load.more bus1=end kv=12.47 kw=10')).toBeGreaterThan(before);
    const edited = run(`${PLAIN}\ncalcv\nset controlmode=off\nsolve\nload.town.kw=900 pf=0.9\nsolve`);
    const written = run(`${PLAIN}\ncalcv\nset controlmode=off\nload.town.kw=900 pf=0.9\nsolve`);
    expect(terminalPower(edited.solver, edited.grid.require('load', 'town'), 0)[0] / 1000).toBeCloseTo(900, 6);
    expect(puAt(edited, 'end')).toBeCloseTo(puAt(written, 'end'), 11);
  });

  it('starts a year at its first hour, with the growth up to it', () => {
    const result = run(`${SHAPED}\ncalcv\nset mode=daily number=2 hour=5\nset year=3 %growth=10\nsolve`);
    expect(result.options.hour).toBe(2);
    expect(terminalPower(result.solver, result.grid.require('load', 'town'), 0)[0] / 1000).toBeCloseTo(600 * 1.21, 5);
    expect(result.grid.growthFactor).toBeCloseTo(1.21, 12);
  });

  it('solves directly with loads as impedances', () => {
    const result = run(`${PLAIN}\ncalcv\nset mode=direct\nsolve`);
    const town = result.grid.require('load', 'town');
    expect(town.model).toBe(1);
    const v = result.solver.terminalVoltages(town, 0);
    const i = result.solver.terminalCurrents(town, 0);
    let watts = 0;
    for (let k = 0; k < v.length; k++) watts += v[k] * i[k];
    expect(watts / 1000).toBeCloseTo(1500 * puAt(result, 'end') ** 2, 4);
    expect(result.iterations).toBe(1);
  });

  it('resets capacitor banks when the mode is set', () => {
    const bank = `new capacitor.bank bus1=end phases=3 kvar=600 kv=12.47
      new capcontrol.bank capacitor=bank element=line.feeder terminal=1 type=kvar onsetting=600 offsetting=0`;
    // 500 less 600 kvar flows backwards: it opens and stays open, as 500 kvar is below 600.
    const opened = run(`${PLAIN}\n${bank}\nsolve`);
    const capacitorOf = (result: SolvedScript) => result.grid.require('capacitor', 'bank');
    expect(capacitorOf(opened).steps[0].closed).toBe(false);
    expect(capacitorOf(opened).terminals[0].open?.[0]).toBe(true);
    // The position is reset, the steps in service are not: it takes another action to bring the bank back.
    const reset = run(`${PLAIN}\n${bank}\nsolve\nset mode=snapshot\nset controlmode=off\nsolve`);
    expect(capacitorOf(reset).terminals[0].open).toBeUndefined();
    expect(capacitorOf(reset).steps[0].closed).toBe(false);
  });

  it('says where a solution failed', () => {
    const impossible = `${PLAIN}\nload.town.kw=1e7\nload.town.vminpu=0.01\nload.town.vlowpu=0\nset controlmode=off\nsolve`;
    let error: unknown;
    try {
      run(impossible);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(ConvergenceError);
    expect((error as ConvergenceError).message).toMatch(/^test\.dss:14: solve: no convergence/);
    expect((error as ConvergenceError).worstNode).toMatch(/\.\d/);
  });

  it('says where controls did not settle', () => {
    const slow = `${PLAIN}\nregcontrol.reg.maxtapchange=1 vreg=130\nset maxcontroliter=4\nsolve`;
    expect(() => run(slow)).toThrow(/^test\.dss:12: controls did not settle in 4 control iterations; still acting: regcontrol\.reg/);
  });

  it('refuses a script without a circuit', () => {
    expect(() => run('! nothing\n')).toThrow(InputError);
  });

  it('takes a tighter tolerance, not a looser one', () => {
    expect(run(`${PLAIN}\nset tolerance=0.01\nsolve`).report.mismatchPu).toBeLessThan(1e-9);
  });
});

describe('voltage bases', () => {
  it('takes the nearest by ratio, the first of equals', () => {
    expect(nearestBaseKv(12.2, [115, 12.47, 0.48])).toBe(12.47);
    expect(nearestBaseKv(4, [2, 8])).toBe(8);
    expect(nearestBaseKv(1, [0])).toBe(0);
    expect(nearestBaseKv(0, [4.16, 12.47])).toBe(4.16);
  });
});
