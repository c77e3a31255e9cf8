/** Bad input: one clear error each, naming file, line, element and property; and never a hang. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OpenDssInterpreter, type ScriptFiles } from '../../../src/formats/opendss/index.js';
import { COMMAND_NAMES, OPTION_NAMES, PROPERTY_NAMES } from '../../../src/formats/opendss/property-tables.js';
import { BusbarError, InputError } from '../../../src/grid/index.js';
import { read, readWhole } from './read-text.js';

function errorOf(run: () => void): InputError {
  try {
    run();
  } catch (error) {
    if (error instanceof InputError) return error;
    throw error;
  }
  throw new Error('no error was thrown');
}

/** The error of a script whose first line after the circuit stands in line 3. */
const of = (script: string, files: Record<string, string> = {}): InputError => errorOf(() => read(script, files));

describe('bad input', () => {
  const cases: [what: string, script: string, message: RegExp | string][] = [
    ['an unknown class', 'new lode.a', 'main.dss:3: there is no class "lode"'],
    ['a class that is not modelled', 'new upfc.a', 'main.dss:3: class "upfc" is not modelled, and would change the power flow'],
    ['an unknown property', 'new load.a kw=1 colour=red', 'main.dss:3: load.a.colour: is no property of load'],
    ['an unknown command', 'frobnicate load.a', 'main.dss:3: there is no command "frobnicate"'],
    ['a command that is not modelled', 'reduce default', 'main.dss:3: command "reduce" is not modelled, and would change the power flow'],
    ['an unknown option', 'set colour=red', 'main.dss:3: set.colour: is no option'],
    ['too many values', 'new xfmrcode.a like=x', 'main.dss:3: xfmrcode.a.like: there is no xfmrcode named "x" to copy'],
    ['a negative kV', 'new load.a kv=-4', 'main.dss:3: load.a.kv: must be greater than zero, not -4'],
    ['a kV of zero', 'new transformer.a kvs=[12 0]', 'main.dss:3: transformer.a.kvs: must be greater than zero, not 0'],
    ['a source of no voltage', 'edit vsource.source basekv=0', 'main.dss:3: vsource.source.basekv: must be greater than zero, not 0'],
    ['a line without impedance', 'new line.a r1=0 x1=0 r0=0 x0=0', 'main.dss:3: line.a.x1: has no impedance'],
    ['a line without length', 'new line.a length=0', 'main.dss:3: line.a.length: must not be zero'],
    ['a reactor without impedance', 'new reactor.a r=0 x=0', 'main.dss:3: reactor.a.x: has no impedance'],
    ['a word for a number', 'new load.a kw=ten', 'main.dss:3: load.a.kw: "ten" is not a number'],
    ['NaN', 'new load.a kw=NaN', 'main.dss:3: load.a.kw: "NaN" is not a number'],
    ['NaN in an array', 'new loadshape.a npts=3 mult=[1 NaN 3]', 'main.dss:3: loadshape.a.mult: "NaN" is not a number'],
    ['a hole in an array', 'new loadshape.a npts=3 mult=[1,,3]', 'main.dss:3: loadshape.a.mult: has an empty place where a number is needed'],
    ['an array too short', 'new loadshape.a npts=3 mult=[1 2]', 'main.dss:3: loadshape.a.mult: has 2 numbers, but npts is 3'],
    ['an array too long', 'new transformer.a kvs=[1 2 3]', 'main.dss:3: transformer.a.kvs: has 3 values for 2 windings; set windings= first'],
    ['a matrix of too few rows', 'new linecode.a rmatrix=[1 | 1 2]', 'main.dss:3: linecode.a.rmatrix: needs 3 rows for 3 conductors, but has 2'],
    [
      'a matrix of short rows',
      'new linecode.a rmatrix=[1 | 1 | 1]',
      'main.dss:3: linecode.a.rmatrix: row 2 needs 2 numbers (lower triangle) or 3 (full), but has 1',
    ],
    ['a bracket that is not closed', 'new load.a\n~ kw=(1 2 +', 'main.dss:4: "(" is never closed: (1 2 +; add the closing )'],
    ['wrong arithmetic', 'new load.a kw=(1 +)', 'main.dss:3: load.a.kw: "+" needs two numbers before it'],
    ['division by zero', 'new load.a kw=(1 0 /)', 'main.dss:3: load.a.kw: "1 0 /" gives Infinity, not a finite number'],
    ['a node that is none', 'new load.a bus1=x.1.b', 'main.dss:3: load.a.bus1: "b" in "x.1.b" is not a node number'],
    ['a negative node', 'new load.a bus1=x.-1', 'main.dss:3: load.a.bus1: "-1" in "x.-1" is not a node number'],
    ['no bus', 'new load.a bus1=.1', 'main.dss:3: load.a.bus1: ".1" names no bus'],
    ['a power factor of 0', 'new load.a pf=0', 'main.dss:3: load.a.pf: must lie between -1 and 1 and not be 0, but is 0'],
    ['a wrong word', 'new load.a conn=star', /^main\.dss:3: load\.a\.conn: "star" is not one of wye, delta/],
    ['no such line code', 'new line.a linecode=x', 'main.dss:3: line.a.linecode: there is no linecode named "x"; define it before it is used'],
    ['no such transformer', 'new regcontrol.a transformer=x', /^main\.dss:3: regcontrol\.a\.transformer: there is no transformer named "x"/],
    ['no phases', 'new load.a phases=0', 'main.dss:3: load.a.phases: must be between 1 and 100, not 0'],
    ['a million phases', 'new line.a phases=1000000', 'main.dss:3: line.a.phases: must be between 1 and 100, not 1000000'],
    ['a million windings', 'new transformer.a windings=1e6', 'main.dss:3: transformer.a.windings: must be between 2 and 50, not 1e6'],
    ['a shape without hours', 'new loadshape.a npts=2 interval=0 mult=[1 2]', /^main\.dss:3: loadshape\.a\.hour: interval is 0/],
    ['hours that fall', 'new loadshape.a npts=2 mult=[1 2] hour=[3 1]', /^main\.dss:3: loadshape\.a\.hour: must rise/],
    ['a missing file', 'redirect nowhere.dss', 'main.dss:3: there is no file "nowhere.dss"'],
    ['a missing data file', 'new loadshape.a npts=2 mult=(file=x.csv)', 'main.dss:3: loadshape.a.mult: there is no file "x.csv"'],
    ['another circuit', 'new circuit.b', /^main\.dss:3: there is a circuit already/],
    ['an edit of nothing', 'edit load.nothing kw=1', 'main.dss:3: there is no object "load.nothing"'],
    ['a mode that is not modelled', 'set mode=harmonics', /^main\.dss:3: set\.mode: solution mode "harmonics" is not modelled/],
    ['a step that is none', 'set stepsize=1y', /^main\.dss:3: set\.stepsize/],
    ['an open relay', 'new relay.r monitoredobj=line.a state=open', /^main\.dss:3: relay\.r\.state: protection that stands open/],
    ['a closed terminal too many', 'new line.a\nopen line.a 3', /^main\.dss:4: line\.a\.terminal: must be between 1 and 2/],
    ['a wrong pattern', 'batchedit load.( kw=1', 'main.dss:3: "(" is not a regular expression'],
  ];
  for (const [what, script, message] of cases) {
    it(`names the place of ${what}`, () => {
      const error = of(script);
      if (typeof message === 'string') expect(error.message.startsWith(message), error.message).toBe(true);
      else expect(error.message).toMatch(message);
      expect(error.message).not.toContain('\n');
    });
  }

  it('needs a circuit', () => {
    expect(errorOf(() => readWhole('set voltagebases=[1]\nsolve')).message).toMatch(/there is no circuit/);
  });

  it('names the chain of a redirect loop', () => {
    const error = of('redirect a.dss', { 'a.dss': 'redirect sub/b.dss', 'sub/b.dss': '\nredirect ../A.DSS' });
    expect(error.message).toBe('sub/b.dss:2: scripts read each other in a loop: a.dss -> sub/b.dss -> a.dss');
  });

  it('names line and word of a bad data file', () => {
    expect(of('new loadshape.a npts=9 mult=(file=x.csv)', { 'x.csv': '1\n2\nthree\n' }).message).toBe(
      'main.dss:3: loadshape.a.mult: "three" in line 3 of file "x.csv" is not a number',
    );
  });

  it('warns of what an empty value cuts off', () => {
    const { grid, warnings } = read('new load.a daily="" kw=7');
    expect(grid.require('load', 'a').powerKw).toBe(10);
    expect(warnings[0]).toContain('load.a.daily: an empty value ends the command; ignored is: kw=7');
  });

  it('refuses huge and binary files before it reads them', () => {
    let reads = 0;
    const files: ScriptFiles = {
      exists: () => true,
      size: (path) => (path.includes('huge') ? 100 * 1024 * 1024 : 10),
      read: (path) => {
        reads++;
        return path.includes('binary') ? '\u007fELF\u0000\u0001' : '';
      },
    };
    const host = { solve: () => {}, calculateVoltageBases: () => {}, warn: () => {} };
    const run = (path: string): InputError => errorOf(() => new OpenDssInterpreter({ files, host }).run(path));
    expect(run('huge.dss').message).toContain('has 100 MB, more than the 64 MB that are read');
    expect(reads).toBe(0);
    expect(run('binary.dss').message).toContain('is binary, not text');
  });

  it('refuses one endless line quickly', () => {
    const begun = performance.now();
    expect(of('redirect x.dss', { 'x.dss': 'a'.repeat(20 * 1024 * 1024) }).message).toMatch(/^main\.dss:3: file "x\.dss" has a line of more than/);
    expect(of('redirect y.dss', { 'y.dss': `new load.${'a'.repeat(1_000_000)} colour=1` }).message.length).toBeLessThan(2_000_000);
    expect(performance.now() - begun).toBeLessThan(5000);
  });
});

describe('any script', () => {
  const host = { solve: () => {}, calculateVoltageBases: () => {}, warn: () => {} };
  const noFiles: ScriptFiles = {
    exists: () => false,
    size: () => 0,
    read: () => {
      throw new Error('no files');
    },
  };
  const attempt = (run: () => void): void => {
    try {
      run();
    } catch (error) {
      if (!(error instanceof BusbarError)) throw error;
    }
  };
  /** Runs it line by line, going on after errors; any failure must be a BusbarError, and nothing that is not a number may reach the grid. */
  const survives = (script: string): void => {
    const interpreter = new OpenDssInterpreter({ files: noFiles, host });
    interpreter.execute('new circuit.t');
    for (const line of script.split('\n')) attempt(() => interpreter.execute(line));
    if (!interpreter.circuitExists) return; // "clear", which may be shortened
    attempt(() => interpreter.prepare());
    for (const element of interpreter.grid.elements) expect(JSON.stringify(element), script).not.toMatch(/:null[,}]|[[,]null[,\]]/);
  };

  it('that goes on after an edit to no finite number has that element out of the grid, until it is mended', () => {
    const interpreter = new OpenDssInterpreter({ files: noFiles, host });
    interpreter.execute('new circuit.t');
    interpreter.execute('new capacitor.b');
    expect(() => interpreter.execute('edit capacitor.b harm=5e-324')).toThrow(/not a finite number/);
    expect(interpreter.grid.element('capacitor.b')).toBeUndefined();
    interpreter.execute('edit capacitor.b harm=5 r=0');
    expect(interpreter.grid.element('capacitor.b')).toBeDefined();
  });

  it('of random characters ends in an error or in a grid', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: fc.constantFrom(...'newsdit.cla=123 ,()[]"|!~@/\\%-+*^') })), (lines) => survives(lines.join('\n'))),
      { numRuns: 500 },
    );
  });

  it('of words of the language in random order ends in an error or in a grid', () => {
    const classes = Object.keys(PROPERTY_NAMES);
    const value = fc.oneof(
      fc.integer({ min: -3, max: 5 }).map(String),
      fc.double({ noNaN: true, min: -1e6, max: 1e6 }).map(String),
      fc.constantFrom(
        'a',
        'b.1.2',
        'yes',
        'no',
        'delta',
        'wye',
        '[1 2]',
        '(1 2 +)',
        '[1 | 2 3]',
        '"x y"',
        'line.a',
        'default',
        '',
        'km',
        '[a.1 b.2]',
        '1e300',
        '-0',
      ),
    );
    const objectLine = fc
      .constantFrom(...classes)
      .chain((name) =>
        fc
          .tuple(
            fc.constantFrom('new', 'edit', 'new', 'new'),
            fc.constantFrom('a', 'b'),
            fc.array(fc.tuple(fc.constantFrom(...PROPERTY_NAMES[name]), value), { maxLength: 6 }),
          )
          .map(([verb, object, settings]) => `${verb} ${name}.${object} ${settings.map(([p, v]) => `${p}=${v}`).join(' ')}`),
      );
    const otherLine = fc.oneof(
      fc.tuple(fc.constantFrom(...OPTION_NAMES), value).map(([option, v]) => `set ${option}=${v}`),
      fc.tuple(fc.constantFrom(...COMMAND_NAMES.filter((c) => c !== 'clear' && c !== 'clearall')), value).map(([command, v]) => `${command} ${v}`),
    );
    fc.assert(
      fc.property(fc.array(fc.oneof({ weight: 4, arbitrary: objectLine }, { weight: 1, arbitrary: otherLine }), { maxLength: 8 }), (lines) =>
        survives(lines.join('\n')),
      ),
      { numRuns: 4000 },
    );
  }, 60_000);
});
