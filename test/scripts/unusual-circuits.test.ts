/**
 * Circuits with connections that the standard feeders do not have. All methods must find the same solution, currents must balance at every node,
 * and circuits that say the same in two ways must have the same voltages.
 */
import { describe, expect, it } from 'vitest';
import { MemoryFiles } from '../../src/formats/opendss/memory-files.js';
import type { MethodName } from '../../src/powerflow/index.js';
import { runScriptText, type SolvedScript } from '../../src/scripts/index.js';

const solve = (text: string, method: MethodName | 'auto' = 'auto'): SolvedScript =>
  runScriptText(text, 'unusual.dss', { files: new MemoryFiles({}), method });

/** Largest difference of two solutions at the nodes of the first, volt. */
function difference(one: SolvedScript, other: SolvedScript): number {
  let largest = 0;
  for (const bus of one.grid.buses.keys()) {
    for (const node of one.solver.nodesOf(bus)) {
      const [ar, ai] = one.solver.nodeVoltage(bus, node) as readonly [number, number];
      const [br, bi] = other.solver.nodeVoltage(bus, node) as readonly [number, number];
      largest = Math.max(largest, Math.hypot(ar - br, ai - bi));
    }
  }
  return largest;
}

const FOUR_WIRE = `new circuit.four_wire basekv=12.47 pu=1.02 angle=10 mvasc3=200 mvasc1=180
new wiredata.p gmr=0.0244 diam=0.721 rac=0.306 runits=mi radunits=in gmrunits=ft
new wiredata.n gmr=0.00814 diam=0.563 rac=0.592 runits=mi radunits=in gmrunits=ft
new linegeometry.g nconds=4 nphases=4 reduce=no
~ cond=1 wire=p x=-4 h=28 units=ft
~ cond=2 wire=p x=-1.5 h=28 units=ft
~ cond=3 wire=p x=3 h=28 units=ft
~ cond=4 wire=n x=0 h=24 units=ft
new line.one bus1=sourcebus.1.2.3.0 bus2=a.1.2.3.4 geometry=g length=2 units=mi
new reactor.ground bus1=a.4 phases=1 r=5 x=0
new line.two bus1=a.1.2.3.4 bus2=b.1.2.3.4 geometry=g length=3000 units=ft
new load.a bus1=b.1.4 phases=1 kv=7.2 kw=300 pf=.9
new load.b bus1=b.2.4 phases=1 kv=7.2 kw=100 pf=-.9 model=4 cvrwatts=.8 cvrvars=2
new load.c bus1=b.3.1 phases=1 conn=delta kv=12.47 kw=200 kvar=50 model=5
new load.w bus1=b.1.2.3.4 kv=12.47 kw=150 rneut=2 xneut=3 model=8 zipv=[.3 .3 .4 .2 .5 .3 .6]
new transformer.tap phases=1 windings=3 buses=(b.1.4 c.1.0 c.0.2) kvs=(7.2 .12 .12) kvas=(50 50 50) %rs=(.6 1.2 1.2) xhl=2.04 xht=2.04 xlt=1.36 %imag=.5 %noloadloss=.2
new line.triplex bus1=c.1.2 bus2=d.1.2 phases=2 rmatrix=(.1 | .02 .1) xmatrix=(.1 |.05 .1) cmatrix=(3 | -1 3) length=.1
new load.h1 bus1=d.1 phases=1 kv=.12 kw=5
new load.h2 bus1=d.2 phases=1 kv=.12 kw=7
new load.h12 bus1=d.1.2 phases=1 kv=.24 kw=8 model=2
solve`;

const OPEN_BANKS = `new circuit.open_banks basekv=12.47
new line.one bus1=sourcebus bus2=a length=2 r1=.3 x1=.6 r0=.9 x0=1.5
new transformer.lighting phases=1 windings=3 buses=(a.1.0 lv.1.4 lv.4.2) kvs=(7.2 .12 .12) kvas=(75 75 75) xhl=2 xht=2 xlt=1.3
new transformer.power phases=1 windings=2 buses=(a.2.0 lv.2.3) kvs=(7.2 .24) kvas=(50 50) xhl=3
new reactor.ground bus1=lv.4 phases=1 r=.01 x=0
new load.s1 bus1=lv.1.4 phases=1 kv=.12 kw=15
new load.s2 bus1=lv.2.4 phases=1 kv=.12 kw=12
new load.m bus1=lv.1.2.3 phases=3 conn=delta kv=.24 kw=40 pf=.8 model=3
new transformer.r1 phases=1 windings=2 buses=(a.1.2 r.1.2) conns=(delta delta) kvs=(12.47 12.47) kvas=(2000 2000) xhl=.5 %loadloss=.05
new transformer.r2 like=r1 buses=(a.3.2 r.3.2)
new line.jumper phases=1 bus1=a.2 bus2=r.2 r1=.001 x1=0 c1=0 length=1
new regcontrol.c1 transformer=r1 winding=2 vreg=123 band=1.5 ptratio=103.9 ctprim=200 r=3 x=2 maxtapchange=1 delay=30
new regcontrol.c2 like=c1 transformer=r2 delay=15
new line.two bus1=r bus2=e length=4 r1=.3 x1=.6 r0=.9 x0=1.5
new load.e bus1=e conn=delta kv=12.47 kw=1800 kvar=700
new load.e2 bus1=e.1.2 phases=1 conn=delta kv=12.47 kw=300
new capacitor.k bus1=e kv=12.47 numsteps=3 kvar=[300 300 300] conn=delta states=[1 1 0]
set maxcontroliter=60
solve`;

const SERIES_ELEMENTS = `new circuit.series basekv=34.5 z1=[.2 2] z0=[.4 4]
new linecode.lc nphases=3 r1=.2 x1=.5 r0=.5 x0=1.4 c1=10 c0=5 units=km
new line.one bus1=sourcebus bus2=a linecode=lc length=10 units=km
new capacitor.series bus1=a bus2=b phases=3 kvar=3000 kv=10
new reactor.series bus1=b bus2=c phases=3 r=.1 x=.5 rp=1000
new reactor.wye bus1=c phases=3 kvar=600 kv=34.5 rp=20000
new reactor.delta bus1=c phases=3 kvar=300 kv=34.5 conn=delta
new reactor.coupled bus1=c bus2=d rmatrix=(.1|.02 .1|.02 .02 .1) xmatrix=(.5|.1 .5|.1 .1 .5)
new reactor.z bus1=d bus2=e z=[.1 .4]
new reactor.mh bus1=d bus2=e r=.2 lmh=3
new capacitor.filter bus1=d phases=3 kvar=900 kv=34.5 xl=[5] r=.3
new capacitor.matrix bus1=e phases=3 cmatrix=(1|-.2 1|-.2 -.2 1) kv=34.5
new line.two bus1=e bus2=f linecode=lc length=4 units=mi
new load.f bus1=f kv=34.5 kw=6000 pf=.95
new vsource.second bus1=g basekv=34.5 pu=1.01 angle=-2 isc3=5000 isc1=4000
new line.three bus1=g bus2=f linecode=lc length=8 units=km
new isource.i bus1=f phases=3 amps=20 angle=30
new vsource.boost bus1=f bus2=h phases=3 basekv=1 pu=1 angle=90 r1=0 x1=.01 r0=0 x0=.01
new load.h bus1=h kv=34.5 kw=500 conn=delta
solve
load.f.kw=5000
open line.three 1 2
set loadmult=1.1
solve
disable reactor.mh
solve`;

const FOUR_WINDINGS = `new circuit.windings basekv=138 pu=1.03
new transformer.four phases=3 windings=4 buses=(sourcebus m l d) conns=(wye wye wye delta) kvs=(138 69 13.8 4.16) kvas=(30000 20000 10000 5000)
~ %rs=(.3 .4 .5 .6) xscarray=(8 12 15 6 9 5) %imag=.3 %noloadloss=.1
new transformer.p1 phases=3 windings=2 buses=(m x) conns=(wye delta) kvs=(69 13.8) kvas=(10000 10000) xhl=7 leadlag=lead
new transformer.p2 phases=3 windings=2 buses=(m x) conns=(wye delta) kvs=(69 13.8) kvas=(8000 8000) xhl=6 leadlag=euro taps=(1.0 1.025)
new line.a bus1=m bus2=n r1=1 x1=4 r0=3 x0=10 c1=10 c0=6 length=1
new line.b bus1=n bus2=o r1=1 x1=4 r0=3 x0=10 c1=10 c0=6 length=1.5
new line.c bus1=o bus2=m r1=1 x1=4 r0=3 x0=10 c1=10 c0=6 length=2
new load.x bus1=x kv=13.8 kw=6000 pf=.9 conn=delta
new load.l bus1=l kv=13.8 kw=4000 pf=.95
new load.d bus1=d kv=4.16 kw=2000 pf=.95 conn=delta
new load.n bus1=n kv=69 kw=9000 pf=.9 model=7
solve`;

describe('unusual circuits', () => {
  it.each([
    ['four wires, centre tap and grounded neutral', FOUR_WIRE, ['sweep', 'injection', 'newton'], 7200],
    ['four-wire delta of an open bank, open-delta regulators', OPEN_BANKS, ['injection', 'newton'], 240],
    ['series and shunt elements of all forms, three sources, edits between solutions', SERIES_ELEMENTS, ['injection', 'newton'], 20000],
    ['four windings, parallel transformers, a loop', FOUR_WINDINGS, ['injection', 'newton'], 4160],
  ] as const)('%s: the methods agree', (_, text, methods, volts) => {
    const first = solve(text);
    expect(first.report.mismatchPu).toBeLessThan(1e-8);
    for (const method of methods) expect(difference(first, solve(text, method))).toBeLessThan(1e-9 * volts);
  });
});

describe('one circuit said in two ways', () => {
  const FEEDER = 'new circuit.twice basekv=12.47\nnew line.one bus1=sourcebus bus2=a length=10 units=km\n';
  it.each([
    [
      'a delta load of two phases is two loads between lines',
      'new load.l bus1=a.1.2.3 phases=2 conn=delta kv=12.47 kw=400 pf=.9',
      'new load.l bus1=a.1.2 phases=1 conn=delta kv=12.47 kw=200 pf=.9\nnew load.m bus1=a.2.3 phases=1 conn=delta kv=12.47 kw=200 pf=.9',
    ],
    [
      'capacitors and reactors of two phases, wye, are constant vars at rated voltage',
      'new capacitor.c bus1=a.1.2 phases=2 kv=12.47 kvar=100\nnew reactor.r bus1=a.1.2 phases=2 kv=12.47 kvar=60',
      'new load.c bus1=a.1.2 phases=2 kv=12.47 kw=0 kvar=-100 model=2\nnew load.r bus1=a.1.2 phases=2 kv=12.47 kw=0 kvar=60 model=2',
    ],
    [
      'a delta bank of three phases is three between lines',
      'new capacitor.c bus1=a phases=3 conn=delta kv=12.47 kvar=300',
      'new load.ab bus1=a.1.2 phases=1 conn=delta kv=12.47 kw=0 kvar=-100 model=2\nnew load.bc bus1=a.2.3 phases=1 conn=delta kv=12.47 kw=0 kvar=-100 model=2\nnew load.ca bus1=a.3.1 phases=1 conn=delta kv=12.47 kw=0 kvar=-100 model=2',
    ],
    [
      'a three-phase wye-wye transformer is three of one phase',
      'new transformer.t phases=3 windings=2 buses=(a b) kvs=(12.47 4.16) kvas=(3000 3000) xhl=6 %loadloss=1 %imag=.4 %noloadloss=.2\nnew load.b bus1=b.2 phases=1 kv=2.4 kw=500',
      [1, 2, 3]
        .map(
          (k) =>
            `new transformer.t${k} phases=1 windings=2 buses=(a.${k} b.${k}) kvs=[(12.47 3 sqrt /) (4.16 3 sqrt /)] kvas=(1000 1000) xhl=6 %loadloss=1 %imag=.4 %noloadloss=.2`,
        )
        .join('\n') + '\nnew load.b bus1=b.2 phases=1 kv=2.4 kw=500',
    ],
    [
      'a branch open at its near end is absent',
      'new line.away bus1=a bus2=z length=1 units=km c1=0 c0=0 r1=.1 x1=.1 r0=.1 x0=.1\nopen line.away 1\nnew load.l bus1=a kv=12.47 kw=900',
      'new load.l bus1=a kv=12.47 kw=900',
    ],
  ])('%s', (_, one, other) => {
    const second = solve(`${FEEDER}${other}\nsolve`);
    const first = solve(`${FEEDER}${one}\nsolve`);
    expect(difference(second, first)).toBeLessThan(7200e-9);
  });
});
