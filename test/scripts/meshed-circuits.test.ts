/** Meshed and transmission-like circuits: secondary networks, explicit neutrals with grounds, several sources, zero-sequence sources, faults. */
import { describe, expect, it } from 'vitest';
import { terminalPower } from '../../src/controls/index.js';
import { MemoryFiles } from '../../src/formats/opendss/memory-files.js';
import { BatchSession, type MethodName } from '../../src/powerflow/index.js';
import { runScriptText, type SolvedScript } from '../../src/scripts/index.js';

type Complex = readonly [number, number];

const solve = (text: string, method: MethodName | 'auto' = 'auto'): SolvedScript =>
  runScriptText(text, 'meshed.dss', { files: new MemoryFiles({}), method });

function voltage({ solver }: SolvedScript, bus: string, node: number): Complex {
  const found = solver.nodeVoltage(bus, node);
  if (!found) throw new Error(`no node ${bus}.${node}`);
  return found;
}

/** Largest difference of two solutions, volt. */
function difference(one: SolvedScript, other: SolvedScript): number {
  let largest = 0;
  for (const bus of one.grid.buses.keys()) {
    for (const node of one.solver.nodesOf(bus)) {
      const [a, b] = [voltage(one, bus, node), voltage(other, bus, node)];
      largest = Math.max(largest, Math.hypot(a[0] - b[0], a[1] - b[1]));
    }
  }
  return largest;
}

const SECONDARY = `clear
new circuit.grid basekv=138 pu=1.03 bus1=p1 r1=.5 x1=10 r0=.5 x0=9
new linespacing.duct nconds=3 nphases=3 units=in x=[0,3,6] h=[-48,-48,-48]
new linespacing.low nconds=4 nphases=3 units=in x=[-2.1,0,2.1,0] h=[50,48,50,52]
new cndata.cable gmrac=.047 rac=.12 diam=1.1 gmrunits=ft runits=mi radunits=in diacable=2 k=20 gmrstrand=.0042 rstrand=.18 diastrand=.13
~ inslayer=.25 diains=1.6
new wiredata.copper gmr=.026 rac=.2 diam=.8 gmrunits=ft radunits=in runits=mi
new linegeometry.pri nconds=3 nphases=3 spacing=duct cncables=[cable cable cable]
new linegeometry.sec nconds=4 nphases=3 reduce=y spacing=low wires=[copper copper copper copper]
new transformer.sub windings=2 buses=(p1 p2) conns=(delta wye) kvs=(138 13.2) kvas=(50000 50000) xhl=10 %rs=(.2 .2)
new line.f1 bus1=p2 bus2=p3 geometry=pri length=5 units=kft
new line.f2 bus1=p2 bus2=p4 geometry=pri length=6 units=kft
new line.f3 bus1=p2 bus2=p5 geometry=pri length=4 units=kft
new transformer.n3 windings=2 buses=(p3 x3) conns=(delta wye) kvs=(13.2 .216) kvas=(1000 1000) xhl=5 %rs=(.4 .4)
new transformer.n4 like=n3 buses=(p4 x4)
new transformer.n5 like=n3 buses=(p5 x5)
new line.np3 bus1=x3 bus2=s3 switch=y r1=1e-4 x1=1e-4 r0=1e-4 x0=1e-4 c1=0 c0=0
new line.np4 like=np3 bus1=x4 bus2=s4
new line.np5 like=np3 bus1=x5 bus2=s5
new line.s34 bus1=s3 bus2=s4 geometry=sec length=.3 units=kft
new line.s45 bus1=s4 bus2=s5 geometry=sec length=.3 units=kft
new line.s53 bus1=s5 bus2=s3 geometry=sec length=.3 units=kft
new line.s53b bus1=s5 bus2=s3 geometry=sec length=.4 units=kft
new load.a bus1=s3 kv=.208 kw=600 kvar=300
new load.b bus1=s4.1 phases=1 kv=.12 kw=100 kvar=30
new load.c bus1=s5.2 phases=1 kv=.12 kw=150 kvar=30
set voltagebases=[138 13.2 .208]
calcv
solve`;

const NEUTRALS = `clear
new circuit.neutrals basekv=138 pu=1.05 r1=.6 x1=6.7 r0=.45 x0=7.7
new wiredata.p gmr=.0244 gmrunits=ft rac=.306 runits=mi diam=.721 radunits=in
new wiredata.n gmr=.00814 gmrunits=ft rac=.592 runits=mi diam=.563 radunits=in
new linegeometry.four nconds=4 nphases=4 reduce=no
~ cond=1 wire=p x=-4 h=28 units=ft
~ cond=2 wire=p x=-1.5 h=28 units=ft
~ cond=3 wire=p x=3 h=28 units=ft
~ cond=4 wire=n x=0 h=24 units=ft
new transformer.sub windings=2 xhl=8 wdg=1 bus=sourcebus conn=delta kv=138 kva=20000 wdg=2 bus=sub.1.2.3.4 conn=wye kv=13.2 kva=20000
new reactor.grid phases=1 bus1=sub.4 r=.5 x=0
new line.l1 bus1=sub.1.2.3.4 bus2=a.1.2.3.4 geometry=four length=2000 units=ft
new line.l2 bus1=a.1.2.3.4 bus2=b.1.2.3.4 geometry=four length=2000 units=ft
new line.tie bus1=sub.1.2.3.4 bus2=b.1.2.3.4 geometry=four length=5000 units=ft
new reactor.ga phases=1 bus1=a.4 r=25 x=0
new reactor.gb phases=1 bus1=b.4 r=15 x=0
new load.b1 phases=1 bus1=b.1.4 kv=7.62 kw=900 pf=.9
new load.b2 phases=1 bus1=b.2.4 kv=7.62 kw=600 pf=.9
new load.a bus1=a.1.2.3.4 kv=13.2 kw=600 pf=.9
new capacitor.c bus1=a bus2=a.4.4.4 kv=13.2 kvar=600
set voltagebases=[138 13.2]
calcv
solve`;

const SOURCES = `clear
new circuit.sources basekv=138 pu=1.005 angle=39.69 basemva=728 puz1=[.001 .2]
new vsource.z bus1=b basekv=138 pu=1.01 angle=38 r1=1 x1=8 r0=3 x0=20
new vsource.z2 bus1=c basekv=138 pu=1 angle=37 z1=[1 9] z2=[1 7] z0=[2 20]
new vsource.one bus1=c.1 bus2=m.1 phases=1 basekv=1 angle=30 z1=[0 .5]
new line.ab bus1=sourcebus bus2=b r1=1 x1=8 r0=3 x0=22 c1=10 c0=6 length=20 units=km
new line.bc bus1=b bus2=c r1=1 x1=8 r0=3 x0=22 c1=10 c0=6 length=20 units=km
new line.ca bus1=c bus2=sourcebus r1=1 x1=8 r0=3 x0=22 c1=10 c0=6 length=20 units=km
new load.b bus1=b kv=138 kw=20000 kvar=5000
new load.m bus1=m.1 phases=1 kv=79.6 kw=2000 kvar=500
new fault.f bus1=c.2 phases=1 r=60
set voltagebases=[138]
calcv
solve`;

describe('meshed circuits', () => {
  it.each([
    ['a secondary network', SECONDARY, 120],
    ['neutrals grounded at several places', NEUTRALS, 7620],
    ['four sources and a fault', SOURCES, 79674],
  ])('%s: the methods agree', (_, text, volts) => {
    const newton = solve(text, 'newton');
    expect(newton.report.mismatchPu).toBeLessThan(1e-8);
    expect(difference(newton, solve(text, 'injection'))).toBeLessThan(1e-9 * volts);
    expect(difference(newton, solve(text))).toBeLessThan(1e-9 * volts);
  });

  it.each([
    ['a secondary network', SECONDARY, 120],
    ['neutrals grounded at several places', NEUTRALS, 7620],
    ['four sources and a fault', SOURCES, 79674],
  ])('%s: as a batch by chord, reduced and whole', (_, text, volts) => {
    const newton = solve(text, 'newton');
    for (const reduce of [true, false]) {
      const batch = new BatchSession(newton.grid, { scenarios: 3, method: 'chord', tolerance: 1e-10, reduce });
      batch.scalePowers('all', [1, 0.5, 1.2]);
      expect(batch.solve()).toMatchObject({ converged: 3, secondPass: 0 });
      const found = batch.voltages(0);
      batch.nodeNames().forEach((name, n) => {
        const dot = name.lastIndexOf('.');
        const [re, im] = voltage(newton, name.slice(0, dot), Number(name.slice(dot + 1)));
        expect(Math.hypot(found[2 * n] - re, found[2 * n + 1] - im)).toBeLessThan(1e-9 * volts);
      });
    }
  });

  it('a secondary network lives on with a feeder out, and its protector, left closed, feeds back', () => {
    const out = solve(SECONDARY.replace(/solve$/, 'open line.f1 1\nsolve'));
    const [watts] = terminalPower(out.solver, out.grid.require('line', 'np3'), 1);
    // The transformer and the cable behind it draw from the network: losses and charging.
    expect(watts).toBeGreaterThan(0);
    expect(watts).toBeLessThan(20_000);
    for (const bus of ['s3', 's4', 's5']) expect(Math.hypot(...voltage(out, bus, 1))).toBeGreaterThan(100);
  });

  it('current that leaves through the grounds comes back through the grounds', () => {
    const result = solve(NEUTRALS);
    const sum = [0, 0];
    for (const name of ['grid', 'ga', 'gb']) {
      const [re, im] = result.solver.terminalCurrents(result.grid.require('reactor', name), 0);
      sum[0] += re;
      sum[1] += im;
    }
    const [re, im] = result.solver.terminalCurrents(result.grid.require('reactor', 'gb'), 0);
    expect(Math.hypot(re, im)).toBeGreaterThan(0.5);
    // What is left is the charging of conductors to ground.
    expect(Math.hypot(sum[0], sum[1])).toBeLessThan(0.02 * Math.hypot(re, im));
  });

  it('a zero-sequence source in series adds the same to all phases, a positive one turned voltages', () => {
    const series = (sequence: string): SolvedScript =>
      solve(`clear
new circuit.s basekv=138 pu=1 z1=[0 1] z0=[0 1]
new vsource.v bus1=n.1.2.3 bus2=sourcebus.1.2.3 basekv=2 pu=1 angle=20 z1=[0 2] z0=[0 2] sequence=${sequence}
new load.n bus1=n kv=138 kw=1e-6 kvar=0 model=2
set voltagebases=[138]
calcv
solve`);
    const step = (result: SolvedScript, node: number): Complex => {
      const [a, b] = [voltage(result, 'n', node), voltage(result, 'sourcebus', node)];
      return [a[0] - b[0], a[1] - b[1]];
    };
    const volts = 2000 / Math.sqrt(3);
    for (const [sequence, turn] of [
      ['zero', 0],
      ['pos', -120],
      ['neg', 120],
    ] as const) {
      const result = series(sequence);
      for (const node of [1, 2, 3]) {
        const angle = ((20 + turn * (node - 1)) * Math.PI) / 180;
        const [re, im] = step(result, node);
        expect(Math.hypot(re - volts * Math.cos(angle), im - volts * Math.sin(angle))).toBeLessThan(1e-3);
      }
    }
  });

  it('a source whose zero sequence is as good as open is refused where its digits are lost, and solved where they are not', () => {
    const circuit = (x0: string): string => `clear
new circuit.s basekv=34.5 mvasc3=40 mvasc1=10
new transformer.t windings=2 buses=(sourcebus b) conns=(delta wye) kvs=(34.5 .6) kvas=(1700 1700) xhl=5
new vsource.machine bus1=b basekv=.6 angle=-30 x1=.04 x0=${x0}
new load.b bus1=b.1 phases=1 kv=.3464 kw=30
solve`;
    expect(() => solve(circuit('1e99'))).toThrow(/vsource\.machine: its series impedance is .*too many digits apart/);
    const result = solve(circuit('1e5'));
    // The neutral current of the load comes through the transformer alone.
    const currents = result.solver.terminalCurrents(result.grid.require('vsource', 'machine'), 0);
    expect(Math.hypot(currents[0] + currents[2] + currents[4], currents[1] + currents[3] + currents[5])).toBeLessThan(0.05);
  });
});
