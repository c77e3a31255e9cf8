/** Scripts that are solved though they ask for odd things, or are refused in words that lead to the cause. */
import { describe, expect, it } from 'vitest';
import { BusbarError, ConvergenceError, InputError } from '../../src/grid/index.js';
import { runScriptText, type SolvedScript } from '../../src/index.js';

const CIRCUIT = `new circuit.a basekv=12.47
new line.l bus1=sourcebus bus2=b r1=0.1 x1=0.2
new load.d bus1=b kv=12.47 kw=100
`;
const run = (script: string): SolvedScript => runScriptText(`${CIRCUIT}${script}\n`, 'a.dss');
const errorOf = (script: string): Error => {
  try {
    run(script);
  } catch (error) {
    if (error instanceof BusbarError) return error;
    throw error;
  }
  throw new Error('no error was thrown');
};

describe('a load on a node of its own', () => {
  it('is solved without current, with one warning', () => {
    const { warnings, solver, grid } = run('new load.x bus1=sourcebus.7 phases=1 kv=7.2\nsolve\nnew load.y bus1=b kv=12.47\nsolve');
    expect(warnings.map((warning) => warning.text)).toEqual([expect.stringMatching(/^a\.dss:5: load\.x: nothing else is tied to node sourcebus\.7/)]);
    expect(Math.max(...solver.terminalCurrents(grid.require('load', 'x'), 0).map(Math.abs))).toBeLessThan(1e-9);
  });

  it('is no matter for neutrals, nor where something else stands there', () => {
    expect(run('new load.x bus1=b.1.2.3.4 kv=12.47').warnings).toEqual([]);
    expect(run('new reactor.r bus1=b.1 bus2=b.7 phases=1 r=1 x=1\nnew load.x bus1=b.7 phases=1 kv=7.2').warnings).toEqual([]);
  });
});

describe('solutions in time', () => {
  it('of no steps solve nothing, and say so', () => {
    const error = errorOf('set mode=daily number=0\nsolve');
    expect(error).toBeInstanceOf(InputError);
    expect(error.message).toBe('a.dss: the script solves nothing: its solve mode=daily has number=0; set number=1 or more');
    const { warnings, report } = run('set mode=daily number=0\nsolve\nset number=1\nsolve');
    expect(warnings.map((warning) => warning.text)).toEqual(['a.dss:5: solve mode=daily number=0 solves nothing']);
    expect(report.converged).toBe(true);
  });

  it('need a step, and name the line that asks for them', () => {
    expect(errorOf('solve mode=daily number=3 stepsize=0').message).toBe('a.dss:4: solve mode=daily needs a step size above 0 (set stepsize=1h)');
  });

  it('take long steps and late hours in their stride', () => {
    const begun = performance.now();
    expect(run('set hour=2147483000\nsolve mode=daily number=3 stepsize=100000h').report.converged).toBe(true);
    const regulated = `new transformer.t buses=[b c] kvs=[12.47 4.16] taps=[1 0.92]
new load.e bus1=c kv=4.16 kw=50
new regcontrol.r transformer=t winding=2 vreg=120 band=2 ptratio=20 delay=1e18
solve mode=daily number=2`;
    for (const mode of ['static', 'event', 'time'])
      expect(run(`set controlmode=${mode} maxcontroliter=100\n${regulated}`).report.converged).toBe(true);
    expect(performance.now() - begun).toBeLessThan(5000);
  });
});

describe('numbers that cannot be computed with', () => {
  it.each([
    ['new load.h bus1=b kv=12.47 kw=1e300', /load\.h/],
    ['new isource.i bus1=b amps=1e300', /isource\.i\.amps/],
    ['new generator.g bus1=b kv=1e-200 kw=5', /generator\.g/],
    ['edit vsource.source pu=1e300', /vsource\.source/],
    [
      'new loadshape.s npts=2 mult=[1e300 1]\nedit load.d daily=s\nset mode=daily number=2',
      /load\.d: its present power .* check its power, its shape/,
    ],
    ['set loadmult=1e300', /load\.d: its present power/],
  ])('are named: %s', (script, message) => {
    const { message: text } = errorOf(script);
    expect(text).toMatch(message);
    expect(text).not.toMatch(/singular|Infinity/);
  });
});

describe('controls that do not settle', () => {
  it('leave mismatch and worst node behind', () => {
    const error = errorOf(`new transformer.t buses=[b c] kvs=[12.47 4.16] taps=[1 0.92]
new load.e bus1=c kv=4.16 kw=50
new regcontrol.r transformer=t winding=2 vreg=120 band=2 ptratio=20
set maxcontroliter=1`);
    expect(error).toBeInstanceOf(ConvergenceError);
    expect(error.message).toMatch(/controls did not settle in 1 .*mismatch \d\.\d+e-\d+ pu of 1 MVA, worst at \w+\.\d/);
  });
});
