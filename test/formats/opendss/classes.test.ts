/** What each class makes of its properties, against closed forms and the rules of the reference engine. */
import { describe, expect, it } from 'vitest';
import { read } from './read-text.js';

const MILE_IN_FEET = 5280;

describe('vsource', () => {
  it('finds its impedance from short-circuit power, current, ohms and per unit', () => {
    const { grid } = read(
      'edit vsource.source basekv=69 isc3=20000 isc1=18000\nnew vsource.b bus1=b r1=1 x1=2 r0=3 x0=4\nnew vsource.c bus1=c z1=[1 2]\n' +
        'new vsource.d bus1=d basekv=10 basemva=100 puz1=[.01 .02] puz0=[.03 .04]\nnew vsource.e bus1=e phases=1 basekv=7 r1=1 x1=2 r0=9 x0=9',
    );
    const source = grid.require('vsource', 'source').impedanceOhm;
    // A three-phase and a single-phase fault give back the currents.
    const volts = 69000 / Math.sqrt(3);
    const z1 = Math.hypot(source.re[0] - source.re[1], source.im[0] - source.im[1]);
    expect(volts / z1).toBeCloseTo(20000, 6);
    expect(volts / Math.hypot(source.re[0], source.im[0])).toBeCloseTo(18000, 6);
    const b = grid.require('vsource', 'b').impedanceOhm;
    expect([b.re[0], b.im[0], b.re[1], b.im[1]]).toEqual([5 / 3, 8 / 3, 2 / 3, 2 / 3]);
    const c = grid.require('vsource', 'c').impedanceOhm;
    expect([c.re[0], c.im[0], c.re[1], c.im[1]]).toEqual([1, 2, 0, 0]);
    const d = grid.require('vsource', 'd').impedanceOhm;
    expect(d.re[0] - d.re[1]).toBeCloseTo(0.01, 12);
    expect(d.im[0] + 2 * d.im[1]).toBeCloseTo(0.04, 12);
    const e = grid.require('vsource', 'e').impedanceOhm;
    expect([e.order, e.re[0], e.im[0]]).toEqual([1, 1, 2]);
  });

  it('has a circulant matrix where Z2 differs', () => {
    const { re, im } = read('new vsource.b bus1=b z1=[1 2] z2=[.5 1] z0=[3 4]').grid.require('vsource', 'b').impedanceOhm;
    // Applied to a positive-sequence current it gives Z1, to a negative one Z2, to a zero one Z0.
    const apply = (turn: number): [number, number] => {
      let sumRe = 0;
      let sumIm = 0;
      for (let j = 0; j < 3; j++) {
        const a = (turn * j * 2 * Math.PI) / 3;
        sumRe += re[j] * Math.cos(a) - im[j] * Math.sin(a);
        sumIm += re[j] * Math.sin(a) + im[j] * Math.cos(a);
      }
      return [sumRe, sumIm];
    };
    for (const [turn, z] of [
      [-1, [1, 2]],
      [1, [0.5, 1]],
      [0, [3, 4]],
    ] as const) {
      const [r, x] = apply(turn);
      expect(r).toBeCloseTo(z[0], 8);
      expect(x).toBeCloseTo(z[1], 8);
    }
  });
});

describe('line', () => {
  it('converts a line code to the units of its length', () => {
    const { grid } = read(
      'new linecode.c nphases=2 units=mi rmatrix=[.5 | .1 .6] xmatrix=(1 .2 | .2 1.1) cmatrix=[10 | -2 12]\n' +
        'new line.a bus1=x.1.3 bus2=y.1.3 linecode=c length=2000 units=ft\nnew line.b bus1=x.1.3 bus2=z.1.3 length=2 linecode=c\nnew line.k units=km length=1 linecode=c',
    );
    const a = grid.require('line', 'a');
    expect(a.phases).toBe(2);
    expect(a.terminals[0].nodes).toEqual([1, 3]);
    expect([...a.seriesOhm.re].map((x) => (x * MILE_IN_FEET) / 2000)).toEqual([0.5, 0.1, 0.1, 0.6].map((x) => expect.closeTo(x, 12)));
    expect(a.seriesOhm.im[3]).toBeCloseTo((1.1 * 2000) / MILE_IN_FEET, 12);
    expect(a.shuntSiemens.im[1]).toBeCloseTo((2 * Math.PI * 60 * -2e-9 * 2000) / MILE_IN_FEET, 18);
    expect(a.lengthMeters).toBeCloseTo(609.6, 9);
    // Without a unit nothing is converted.
    expect(grid.require('line', 'b').seriesOhm.re[0]).toBe(1);
    expect(grid.require('line', 'k').seriesOhm.re[0]).toBeCloseTo(0.5 / 1.609344, 12);
  });

  it('takes phases from its line code, and one-phase lines the positive sequence', () => {
    const { grid } = read(
      'new linecode.s r1=1 x1=2 r0=7 x0=8 c1=10 c0=5\nnew line.a phases=1 linecode=s\nnew line.b linecode=s phases=1 c1=20 units=km',
    );
    expect(grid.require('line', 'a').phases).toBe(3);
    const b = grid.require('line', 'b');
    expect([b.seriesOhm.order, b.seriesOhm.re[0], b.seriesOhm.im[0]]).toEqual([1, 1, 2]);
    expect(b.shuntSiemens.im[0]).toBeCloseTo(2 * Math.PI * 60 * 20e-9, 18);
  });

  it('keeps the default capacitance, converted from thousand feet where only r and x are given', () => {
    const { grid } = read('new line.a r1=1 x1=1 r0=1 x0=1 units=km\nnew line.b units=km\nnew line.c units=km r1=1 x1=1 r0=1 x0=1');
    const zeroSequence = (name: string): number => {
      const { im } = grid.require('line', name).shuntSiemens;
      return (im[0] + 2 * im[1]) / (2 * Math.PI * 60);
    };
    expect(zeroSequence('a')).toBeCloseTo(1.6e-9 / 0.3048, 18);
    expect(zeroSequence('b')).toBeCloseTo(1.6e-9, 18);
    // Impedances put the unit back to none.
    expect(zeroSequence('c')).toBeCloseTo(1.6e-9, 18);
  });

  it('as a switch begins with an ohm a unit and a thousandth of length, which later properties override', () => {
    const { grid } = read('new line.a switch=y\nnew line.b switch=y r1=1e-4 r0=1e-4 x1=0 x0=0 c1=0 c0=0\nnew line.c switch=y length=1');
    const a = grid.require('line', 'a');
    expect([a.isSwitch, a.seriesOhm.re[0], a.seriesOhm.im[0], a.seriesOhm.re[1]]).toEqual([true, 0.001, 0.001, 0]);
    expect(grid.require('line', 'b').seriesOhm.re[0]).toBeCloseTo(1e-7, 18);
    expect(grid.require('line', 'c').seriesOhm.re[0]).toBe(1);
  });

  it('copies as the language does: impedances and length, not buses or units', () => {
    const { grid } = read(
      'new linecode.c units=mi r1=1 x1=1 r0=1 x0=1\nnew line.a bus1=x bus2=y linecode=c length=3 units=mi\nnew line.b like=a bus1=p bus2=q',
    );
    const b = grid.require('line', 'b');
    expect(b.terminals.map((t) => t.bus)).toEqual(['p', 'q']);
    expect(b.seriesOhm.re[0]).toBe(3);
    expect(b.lengthUnitKnown).toBe(false);
  });

  it('corrects line codes of another frequency, with the return through the earth', () => {
    const { grid } = read('new linecode.c basefreq=50 r1=1 x1=2 r0=1 x0=2 c1=10 c0=10 rg=.02 xg=.1 rho=100\nnew line.a linecode=c');
    const { seriesOhm, shuntSiemens } = grid.require('line', 'a');
    const k = 0.1 / Math.log(658.5 * Math.sqrt(100 / 50));
    expect(seriesOhm.re[0]).toBeCloseTo(1 + 0.02 * 0.2, 14);
    expect(seriesOhm.re[1]).toBeCloseTo(0.02 * 0.2, 14);
    expect(seriesOhm.im[0]).toBeCloseTo((2 - 0.5 * k * Math.log(1.2)) * 1.2, 12);
    expect(shuntSiemens.im[0]).toBeCloseTo(2 * Math.PI * 60 * 10e-9, 16);
  });

  it('may be corrected for its length', () => {
    const { grid } = read('set longlinecorrection=yes\nnew line.a phases=1 r1=.03 x1=.3 c1=12 length=400');
    const { seriesOhm, shuntSiemens } = grid.require('line', 'a');
    // Hyperbolic functions, here by their series in z y.
    const z = { re: 0.03 * 400, im: 0.3 * 400 };
    const b = 2 * Math.PI * 60 * 12e-9 * 400;
    const zy = { re: -z.im * b, im: z.re * b };
    const zy2 = { re: zy.re ** 2 - zy.im ** 2, im: 2 * zy.re * zy.im };
    const factor = { re: 1 + zy.re / 6 + zy2.re / 120, im: zy.im / 6 + zy2.im / 120 };
    expect(seriesOhm.re[0]).toBeCloseTo(z.re * factor.re - z.im * factor.im, 3);
    expect(seriesOhm.im[0]).toBeCloseTo(z.re * factor.im + z.im * factor.re, 3);
    expect(shuntSiemens.im[0]).toBeCloseTo(b * (1 - zy.re / 12 + zy2.re / 120), 7);
  });

  it('reduces the neutral of a line code', () => {
    const { grid } = read('new linecode.c nphases=2 rmatrix=[1 | .5 2] xmatrix=[0 | 0 0] cmatrix=[4 | -1 2] neutral=2 kron=y\nnew line.a linecode=c');
    const a = grid.require('line', 'a');
    expect(a.phases).toBe(1);
    expect(a.seriesOhm.re[0]).toBeCloseTo(1 - 0.25 / 2, 14);
    // The neutral is at ground potential: its capacitances to the phase remain as they are.
    expect(a.shuntSiemens.im[0]).toBeCloseTo(2 * Math.PI * 60 * 4e-9, 18);
  });
});

describe('transformer', () => {
  it('keeps the order-dependent rules of windings', () => {
    const { grid } = read(
      'new transformer.a kvas=[100 200] xhl=5 %loadloss=1 wdg=2 maxtap=1.2\nnew transformer.b wdg=1 kva=500 windings=2 wdg=2 kva=300\n' +
        'new transformer.c windings=3 wdg=1 kva=70 xhl=2\nnew transformer.d windings=3\nnew transformer.e windings=4 xscarray=[1 2 3 4 5 6]',
    );
    const a = grid.require('transformer', 'a');
    expect(a.windings.map((w) => [w.kva, w.resistancePercent, w.maxTapPu])).toEqual([
      [100, 0.5, 1.1],
      [200, 0.5, 1.2],
    ]);
    // windings= begins anew; in a unit of two the second kVA sets the first.
    expect(grid.require('transformer', 'b').windings.map((w) => w.kva)).toEqual([300, 300]);
    const c = grid.require('transformer', 'c');
    expect(c.windings.map((w) => w.kva)).toEqual([70, 70, 70]);
    expect(c.shortCircuitReactancePercent).toEqual([2, 35, 30]);
    expect(grid.require('transformer', 'd').shortCircuitReactancePercent).toEqual([7, 30, 30]);
    expect(grid.require('transformer', 'e').shortCircuitReactancePercent).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('connects neutrals to ground unless nodes are given', () => {
    const { grid } = read('new transformer.a buses=[x y.1.2.3.4] conns=[delta wye]\nnew transformer.b phases=1 buses=(x.1 y.2.3)');
    expect(grid.require('transformer', 'a').windings.map((w) => w.terminal.nodes)).toEqual([
      [1, 2, 3, 0],
      [1, 2, 3, 4],
    ]);
    expect(grid.require('transformer', 'b').windings.map((w) => w.terminal.nodes)).toEqual([
      [1, 0],
      [2, 3],
    ]);
  });

  it('takes a code over, and later properties override it', () => {
    const { grid } = read(
      'new xfmrcode.k phases=1 windings=3 kvs=[7.2 .12 .12] kvas=[10 10 10] %rs=[.6 1.2 1.2] xhl=2.04 xht=2.04 xlt=1.36 %imag=.5 %noloadloss=.2 ppm=0\n' +
        'new transformer.a xfmrcode=k buses=[p.1 s.1.0 s.0.2] wdg=1 tap=1.025\nnew transformer.b like=a buses=[q.1 r.1.0 r.0.2]',
    );
    for (const name of ['a', 'b']) {
      const t = grid.require('transformer', name);
      expect(t).toMatchObject({ phases: 1, shortCircuitReactancePercent: [2.04, 2.04, 1.36], noLoadLossPercent: 0.2 });
      expect(t.windings.map((w) => [w.kv, w.resistancePercent, w.tapPu])).toEqual([
        [7.2, 0.6, 1.025],
        [0.12, 1.2, 1],
        [0.12, 1.2, 1],
      ]);
    }
    expect(grid.require('transformer', 'a')).toMatchObject({ magnetizingCurrentPercent: 0.5, antiFloatPpm: 0 });
  });
});

describe('load', () => {
  const powers = (text: string): [number, number] => {
    const { powerKw, powerKvar } = read(text).grid.require('load', 'a');
    return [powerKw, powerKvar];
  };
  const near = (kw: number, kvar: number): [unknown, unknown] => [expect.closeTo(kw, 9), expect.closeTo(kvar, 9)];

  it('takes the power that was given last', () => {
    expect(powers('new load.a')).toEqual(near(10, 10 * Math.sqrt(1 / 0.88 ** 2 - 1)));
    expect(powers('new load.a kw=8 pf=.8')).toEqual(near(8, 6));
    expect(powers('new load.a kw=8 pf=-.8')).toEqual(near(8, -6));
    expect(powers('new load.a kw=8 kvar=6')).toEqual(near(8, 6));
    expect(powers('new load.a kva=10 pf=.6')).toEqual(near(6, 8));
    expect(powers('new load.a pf=.8 xfkva=100 allocationfactor=.4')).toEqual(near(32, 24));
    expect(powers('new load.a pf=.8 kwh=7200 kwhdays=30 cfactor=2')).toEqual(near(20, 15));
    // kvar after pf, pf without kW: kW and kvar rule.
    expect(powers('new load.a kw=8 kvar=6 pf=1')).toEqual(near(8, 6));
    // Only kW later: the power factor stays.
    expect(powers('new load.a kw=8 kvar=6\nedit load.a kw=4')).toEqual(near(4, 3));
    expect(powers('new load.a kw=8 kvar=-6\nedit load.a kw=4')).toEqual(near(4, -3));
    expect(powers('new load.a pf=.8 xfkva=100\nset allocationfactors=.2')).toEqual(near(16, 12));
  });

  it('has the conductors of its connection', () => {
    const { grid } = read(
      'new load.a bus1=x\nnew load.b bus1=x.2 phases=1\nnew load.c bus1=x.3.1 phases=1 conn=delta\nnew load.d bus1=x conn=delta\nnew load.e bus1=x phases=2 conn=LL\nnew load.f bus1=x.1.2.3.4',
    );
    expect(grid.elementsOf('load').map((l) => l.terminal.nodes)).toEqual([
      [1, 2, 3, 0],
      [2, 0],
      [3, 1],
      [1, 2, 3],
      [1, 2, 0],
      [1, 2, 3, 4],
    ]);
  });

  it('takes the peak of a shape of actual values for its power', () => {
    const { grid } = read(
      'new loadshape.s npts=3 interval=1 mult=[1 -7 3] qmult=[4 5 6] useactual=y\nnew load.a kw=2 pf=.9 yearly=s\nnew load.b kw=2 kvar=1 daily=s',
    );
    expect(grid.require('load', 'a').powerKw).toBe(-7);
    expect(grid.require('load', 'b')).toMatchObject({ powerKw: -7, powerKvar: 5, shapes: { daily: 's', yearly: 's' } });
  });

  it('grows with the year', () => {
    const { grid } = read('new growthshape.g npts=2 year=[1 3] mult=[1.1 1.2]\nnew load.a\nnew load.b growth=g\nset %growth=10\nset year=3');
    expect(grid.require('load', 'a').growthFactor).toBeCloseTo(1.21, 12);
    // The factor of a year counts from the next year on: in year 3 those of years 1 and 2.
    expect(grid.require('load', 'b').growthFactor).toBeCloseTo(1.1 * 1.1, 12);
  });
});

describe('capacitor', () => {
  it('divides a bank of one step, and gives all steps the first one’s size', () => {
    const { grid } = read(
      'new capacitor.a bus1=x.1.2.3 kvar=600 numsteps=3 states=[1 0 1]\nnew capacitor.b numsteps=2 kvar=[100 400]\nnew capacitor.c kvar=600 numsteps=2 r=2',
    );
    expect(grid.require('capacitor', 'a').steps).toMatchObject([{ kvar: expect.closeTo(200, 9), closed: true }, { closed: false }, { closed: true }]);
    expect(grid.require('capacitor', 'a').terminals.map((t) => [t.bus, t.nodes])).toEqual([
      ['x', [1, 2, 3]],
      ['x', [0, 0, 0]],
    ]);
    expect(grid.require('capacitor', 'b').steps.map((s) => s.kvar)).toEqual([expect.closeTo(100, 9), expect.closeTo(100, 9)]);
  });

  it('may be given in microfarad, tuned, in series, or in delta', () => {
    const { grid } = read(
      'new capacitor.a phases=1 kv=7.2 cuf=10\nnew capacitor.b harm=5\nnew capacitor.s bus1=x bus2=y\nnew capacitor.d conn=delta bus1=x\nnew capacitor.m cmatrix=[1 | 0 1 | 0 0 1]',
    );
    expect(grid.require('capacitor', 'a').steps[0].kvar).toBeCloseTo(2 * Math.PI * 60 * 10e-6 * 7200 ** 2 * 1e-3, 9);
    const [tuned] = grid.require('capacitor', 'b').steps;
    const reactance = (12.47 ** 2 * 1000) / 1200;
    expect(tuned.reactanceOhm).toBeCloseTo(reactance / 25, 9);
    expect(tuned.resistanceOhm).toBeCloseTo(reactance / 25000, 9);
    expect(grid.require('capacitor', 's').terminals[1]).toEqual({ bus: 'y', nodes: [1, 2, 3] });
    expect(grid.require('capacitor', 'd').terminals).toHaveLength(1);
    expect(grid.require('capacitor', 'm').capacitanceFarad?.[0]).toBeCloseTo(1e-6, 18);
  });
});

describe('reactor, fault and current source', () => {
  it('reads every way of giving an impedance', () => {
    const { grid } = read(
      'new reactor.k kvar=100 kv=12.47 r=3\nnew reactor.o bus1=a bus2=b r=1 x=2 rp=500\nnew reactor.l phases=1 r=0 lmh=10\nnew reactor.z bus1=a bus2=b z=[3 4]\n' +
        'new reactor.m bus1=a bus2=b phases=2 rmatrix=[1 | .1 1] xmatrix=[2 | .2 2]\nnew reactor.p bus1=a bus2=b phases=1 rmatrix=[2] xmatrix=[2] parallel=y\nnew reactor.s bus1=a bus2=b z1=[1 2] z0=[3 4]',
    );
    const z = (name: string): number[] => {
      const { re, im } = grid.require('reactor', name).impedanceOhm;
      return [re[0], im[0]];
    };
    expect(z('k')).toEqual([3, expect.closeTo((12.47 ** 2 * 1000) / 100, 9)]);
    expect(z('o')).toEqual([1, 2]);
    expect(grid.require('reactor', 'o')).toMatchObject({ parallelOhm: 500, terminals: [{ bus: 'a' }, { bus: 'b', nodes: [1, 2, 3] }] });
    expect(z('l')).toEqual([0, expect.closeTo(2 * Math.PI * 60 * 0.01, 12)]);
    expect(z('z')).toEqual([3, 4]);
    expect([...grid.require('reactor', 'm').impedanceOhm.im]).toEqual([2, 0.2, 0.2, 2]);
    expect(z('p')).toEqual([expect.closeTo(1, 12), expect.closeTo(1, 12)]);
    expect(z('s')).toEqual([expect.closeTo(5 / 3, 9), expect.closeTo(8 / 3, 9)]);
  });

  it('reads faults and current sources', () => {
    const { grid } = read(
      'new fault.f bus1=x.2 r=.5\nnew fault.g bus1=x phases=2 gmatrix=[1 | -1 1]\nnew isource.i bus1=x.1 phases=1 amps=3 angle=10',
    );
    expect([...grid.require('fault', 'f').conductanceSiemens]).toEqual([2]);
    expect(grid.require('fault', 'f').terminals.map((t) => t.nodes)).toEqual([[2], [0]]);
    expect([...grid.require('fault', 'g').conductanceSiemens]).toEqual([1, -1, -1, 1]);
    expect(grid.require('isource', 'i')).toMatchObject({ amps: 3, angleDegrees: 10, phases: 1 });
  });
});

describe('shapes and curves', () => {
  it('read lists, files and columns', () => {
    const files = { 'a.csv': '1\n2\n3\n', 'b.csv': 'h,p,q\n0,1,5\n1,2,6\n2,3,7\n', 'c.csv': '0.5 1\n1.5 2\n\n' };
    const { grid } = read(
      'new loadshape.l npts=3 interval=.5 mult=[1 2 (1 2 +)] qmult=[4 5 6]\nnew loadshape.f npts=5 minterval=15 mult=(file=a.csv)\n' +
        'new loadshape.c npts=3 sinterval=1800 pmult=[file="b.csv", column=2, header=yes] qmult=(file=b.csv column=3 header=y)\nnew loadshape.h npts=2 interval=0 csvfile=c.csv\n' +
        'new loadshape.t npts=3 mult=[1 2 3] hour=[0 5 9]\nnew loadshape.n npts=3 mult=[1 -4 2] action=normalize\nnew loadshape.k like=l',
      files,
    );
    const shape = (name: string) => grid.loadShapes.get(name);
    expect(shape('l')).toMatchObject({ intervalHours: 0.5, active: Float64Array.of(1, 2, 3), reactive: Float64Array.of(4, 5, 6) });
    expect(shape('k')).toMatchObject({ intervalHours: 0.5, active: Float64Array.of(1, 2, 3), reactive: Float64Array.of(4, 5, 6) });
    // A file that ends early makes a shorter shape.
    expect(shape('f')).toMatchObject({ intervalHours: 0.25, active: Float64Array.of(1, 2, 3) });
    expect(shape('c')).toMatchObject({ intervalHours: 0.5, active: Float64Array.of(1, 2, 3), reactive: Float64Array.of(5, 6, 7) });
    expect(shape('h')).toMatchObject({ intervalHours: 0, hours: Float64Array.of(0.5, 1.5), active: Float64Array.of(1, 2) });
    expect(shape('t')).toMatchObject({ intervalHours: 0, hours: Float64Array.of(0, 5, 9) });
    expect(shape('n')?.active).toEqual(Float64Array.of(0.25, -1, 0.5));
    expect(shape('default')?.active).toHaveLength(24);
  });

  it('are normalized to the largest number they have at that time, or to the base given', () => {
    const { grid } = read(
      'new loadshape.n npts=3 mult=[1 -4 2] action=normalize\nedit loadshape.n mult=[2 3 6] action=normalize\n' +
        'new loadshape.b npts=2 mult=[5 10] qmult=[4 2] pbase=20 action=normalize action=normalize',
    );
    expect(grid.loadShapes.get('n')?.active).toEqual(Float64Array.of(2 / 6, 0.5, 1));
    expect(grid.loadShapes.get('b')?.active).toEqual(Float64Array.of(5 / 400, 10 / 400));
    expect(grid.loadShapes.get('b')?.reactive).toEqual(Float64Array.of(1, 0.5));
  });

  it('reads curves', () => {
    const { grid } = read('new xycurve.a npts=2 points=[1 2 3 4]\nnew xycurve.b npts=3 xarray=[0 1 2] yarray=[5 6 7] yscale=2 xshift=1 x=1');
    expect(grid.xyCurves.get('a')).toMatchObject({ x: Float64Array.of(1, 3), y: Float64Array.of(2, 4) });
    // Shift and scale serve the properties x and y only, not those who read the curve.
    expect(grid.xyCurves.get('b')).toMatchObject({ x: Float64Array.of(0, 1, 2), y: Float64Array.of(5, 6, 7) });
  });
});
