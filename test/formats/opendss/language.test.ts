import { describe, expect, it } from 'vitest';
import { read, readWhole } from './read-text.js';

describe('commands', () => {
  it('make a circuit with its source, to which ~ and the line belong', () => {
    const { grid } = readWhole('new object=circuit.Feeder basekv=12.47 pu=1.02\n~ angle=30 bus1=Sub');
    expect(grid.name).toBe('feeder');
    expect(grid.require('vsource', 'source')).toMatchObject({ baseKv: 12.47, voltagePu: 1.02, angleDegrees: 30 });
    expect(grid.require('vsource', 'source').terminals.map((t) => [t.bus, t.nodes])).toEqual([
      ['sub', [1, 2, 3]],
      ['sub', [0, 0, 0]],
    ]);
    expect([...grid.buses.keys()]).toEqual(['sub']);
  });

  it('edit, go on with more and m, and set a property by its path', () => {
    const { grid } = read('new load.a kw=1 pf=1\nedit load.A kw=2\nmore kv=1\nm phases=1\nLoad.a.kw=5 kv=0.4\nload.a.conn=delta');
    expect(grid.require('load', 'a')).toMatchObject({ powerKw: 5, powerKvar: 0, kv: 0.4, phases: 1, connection: 'delta' });
  });

  it('abbreviate: an exact name first, else the first in order that begins so', () => {
    const { grid } = read('new transformer.t wind=3 ppm=0 xhl=1 maxt=1.2');
    expect(grid.require('transformer', 't')).toMatchObject({ antiFloatPpm: 0 });
    expect(grid.require('transformer', 't').windings).toHaveLength(3);
    expect(grid.require('transformer', 't').windings[0].maxTapPu).toBe(1.2);
    const { interpreter } = read('set maxiter=7 tol=1e-6\nsol\ncalcv');
    expect(interpreter.options).toMatchObject({ maxIterations: 7, tolerance: 1e-6 });
  });

  it('carry un-named values on after the last named property', () => {
    const { grid } = read('new line.a bus1=x.1.2.3 y.1.2.3 R1=1 2 3 4 length=2');
    const { seriesOhm, terminals } = grid.require('line', 'a');
    expect(terminals[1].bus).toBe('y');
    expect(seriesOhm.re[0]).toBeCloseTo(2 * ((2 * 1 + 3) / 3), 12);
    expect(seriesOhm.im[0]).toBeCloseTo(2 * ((2 * 2 + 4) / 3), 12);
  });

  it('batch-edit by regular expression', () => {
    const { grid } = read('new load.a1 kw=1\nnew load.a2 kw=1\nnew load.b kw=1\nbatchedit load.a. kw=9\nbatchedit load..* kv=2');
    expect(grid.elementsOf('load').map((l) => [l.powerKw, l.kv])).toEqual([
      [9, 2],
      [9, 2],
      [1, 2],
    ]);
  });

  it('read other files: redirect comes back, compile stays', () => {
    const files = {
      'sub/Loads.DSS': 'redirect more.dss',
      'sub/more.dss': 'new load.a kw=1',
      'other/b.dss': 'new load.b kw=1',
      'other/c.dss': 'new load.c kw=1',
      'd.dss': 'new load.d kw=1',
    };
    const { grid } = read('redirect SUB\\loads.dss\nredirect "d.dss"\ncompile other/b.dss\nredirect c.dss', files);
    expect(grid.elementsOf('load').map((l) => l.name)).toEqual(['a', 'd', 'b', 'c']);
    expect(grid.require('load', 'c').origin).toBe('other/c.dss:1');
  });

  it('skip block comments and report what they ignore once', () => {
    const { grid, warnings } = read(
      '/* new load.x\nnew load.y */\nnew load.z\nshow voltages\nshow powers\nplot circuit\nnew monitor.m line.x 1\nnew monitor.n line.x 2',
    );
    expect(grid.elementsOf('load').map((l) => l.name)).toEqual(['z']);
    expect(warnings).toHaveLength(3);
    expect(warnings[0]).toContain('main.dss:6: command "show" is ignored');
  });

  it('open and close conductors, and enable and disable', () => {
    const { grid, interpreter } = read(
      'new line.a bus1=x bus2=y\nopen line.a 2\nnew line.b bus1=y bus2=z\nopen line.b term=1 cond=2\ndisable line.b',
    );
    expect(grid.require('line', 'a').terminals.map((t) => t.open)).toEqual([undefined, [true, true, true]]);
    expect(grid.require('line', 'b').terminals[0].open).toEqual([false, true, false]);
    expect(grid.require('line', 'b').enabled).toBe(false);
    expect([...grid.buses.keys()]).toEqual(['sourcebus', 'x', 'y']);
    interpreter.execute('edit line.a length=2');
    expect(grid.require('line', 'a').terminals[1].open).toEqual([true, true, true]);
    interpreter.execute('close line.a 2 1\nclose line.b 1\nenable line.*');
    expect(grid.require('line', 'a').terminals[1].open).toEqual([false, true, true]);
    expect(grid.require('line', 'b').terminals[0].open).toBeUndefined();
    expect(grid.require('line', 'b').enabled).toBe(true);
    expect([...grid.buses.keys()]).toContain('z');
  });

  it('set bases and coordinates of buses that there are', () => {
    const { grid } = read('new line.a bus1=x bus2=y\nsetkvbase bus=x kvll=12.47\nsetkvbase y kvln=7.2\nbuscoords xy.csv', {
      'xy.csv': 'X, 1.5, 2\nnowhere, 1, 1\ny 3 4\n',
    });
    expect(grid.buses.get('x')).toEqual({ id: 'x', baseKv: 12.47 / Math.sqrt(3), x: 1.5, y: 2 });
    expect(grid.buses.get('y')).toEqual({ id: 'y', baseKv: 7.2, x: 3, y: 4 });
  });

  it('keep buses, drop those no element names any more', () => {
    const { grid } = read('new transformer.t\n~ wdg=1 bus=a\n~ wdg=2 bus=b\nnew load.l bus1=b');
    expect([...grid.buses.keys()]).toEqual(['sourcebus', 'a', 'b']);
  });

  it('define variables', () => {
    const { grid } = read('var @p=7 @b=bus9\nnew load.a kw=@p bus1=@b.2 phases=1\nvar @q=(@p 2 *)\nnew load.b kw=@q');
    expect(grid.require('load', 'a').terminal).toEqual({ bus: 'bus9', nodes: [2, 0] });
    expect(grid.require('load', 'b').powerKw).toBe(14);
  });

  it('hand solutions to the host, with the options as they stand', () => {
    const { calls, interpreter } = read('set voltagebases=[12.47, 4.16]\ncalcv\nset mode=daily number=3 stepsize=15m\nsolve\nsolve mode=snap');
    expect(calls).toEqual(['calcvoltagebases', 'resetcontrols', 'solve daily', 'resetcontrols', 'solve snapshot']);
    expect(interpreter.options).toMatchObject({ mode: 'snapshot', number: 1, stepSeconds: 900 });
    expect(interpreter.grid.voltageBasesKv).toEqual([12.47, 4.16]);
  });

  it('take options', () => {
    const { interpreter } = read(
      'set controlmode=time maxcontroliter=30 hour=5 sec=10 loadmult=1.1 genmult=.5 h=1h algorithm=newton\nset time=(3, 60)',
    );
    expect(interpreter.options).toMatchObject({
      controlMode: 'time',
      maxControlIterations: 30,
      hour: 3,
      second: 60,
      stepSeconds: 3600,
      algorithm: 'newton',
    });
    expect(interpreter.grid).toMatchObject({ loadMultiplier: 1.1, generatorMultiplier: 0.5 });
    interpreter.execute('set mode=duty');
    expect(interpreter.options).toMatchObject({ mode: 'duty', controlMode: 'time', stepSeconds: 1, hour: 0, second: 0 });
    interpreter.execute('set controlmode=off\nset mode=yearly');
    expect(interpreter.options).toMatchObject({ controlMode: 'off', number: 8760, stepSeconds: 3600 });
  });

  it('say what is not applied, and refuse a circuit that there is not', () => {
    expect(read('set algorithm=newton\nset maxiterations=1').warnings).toEqual([
      expect.stringMatching(/algorithm is not applied/),
      expect.stringMatching(/maxiterations is not applied/),
    ]);
    // What is the default, or allows more than it, changes nothing.
    expect(read('set algorithm=normal\nset maxiterations=100\nset circuit=T').warnings).toEqual([]);
    expect(read('set algorithm=ncim').warnings).toHaveLength(1);
    expect(() => read('set circuit=nosuch')).toThrow(/set\.circuit: there is no circuit "nosuch"; the circuit is "t"/);
  });

  it('clear everything', () => {
    const { interpreter } = read('new load.a\nset earthmodel=carson mode=daily');
    interpreter.execute('clear');
    expect(() => interpreter.grid).toThrow('there is no circuit');
    interpreter.execute('new circuit.again');
    expect([...interpreter.grid.elements].map((e) => e.name)).toEqual(['source']);
    expect(interpreter.options.mode).toBe('snapshot');
    expect(interpreter.settings.earthModel).toBe('deri');
  });
});

describe('live records', () => {
  it('stay the same objects, and keep what a solution changed', () => {
    const { grid, interpreter } = read('new transformer.t kvs=[12.47 4.16]\nnew capacitor.c numsteps=2');
    const transformer = grid.require('transformer', 't');
    const bank = grid.require('capacitor', 'c');
    transformer.windings[1].tapPu = 1.05;
    bank.steps[1].closed = false;
    interpreter.execute('edit transformer.t xhl=4\nedit capacitor.c kvar=[300 300]');
    expect(grid.require('transformer', 't')).toBe(transformer);
    expect(transformer.windings[1].tapPu).toBe(1.05);
    expect(transformer.shortCircuitReactancePercent).toEqual([4]);
    expect(bank.steps.map((s) => s.closed)).toEqual([true, false]);
    interpreter.execute('edit transformer.t wdg=1 tap=0.95');
    expect(transformer.windings.map((w) => w.tapPu)).toEqual([0.95, 1.05]);
    interpreter.execute('edit capacitor.c states=[0 1]');
    expect(bank.steps.map((s) => s.closed)).toEqual([false, true]);
  });

  it('follow the frequency of the solution', () => {
    const { grid, interpreter } = read('new reactor.r bus1=a bus2=b r=1 x=2\nnew line.l bus1=b bus2=c r1=1 x1=1 r0=1 x0=1 c1=10 c0=10 rg=0 xg=0');
    expect(grid.require('reactor', 'r').impedanceOhm.im[0]).toBe(2);
    interpreter.execute('set frequency=120');
    expect(grid.frequencyHz).toBe(120);
    expect(grid.require('reactor', 'r').impedanceOhm.im[0]).toBe(4);
    expect(grid.require('line', 'l').seriesOhm.im[0]).toBeCloseTo(2, 12);
    expect(grid.require('line', 'l').shuntSiemens.im[0]).toBeCloseTo(2 * Math.PI * 120 * 10e-9, 15);
    expect(grid.require('vsource', 'source').voltagePu).toBe(0);
  });
});
