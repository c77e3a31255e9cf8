/** A 330-MVA autotransformer against its test report (published with OpenDSS's own test of the class). */
import { describe, expect, it } from 'vitest';
import { MemoryFiles } from '../../../src/formats/opendss/index.js';
import { runScriptText } from '../../../src/scripts/index.js';
import { read } from './read-text.js';

const UNIT = `clear
new circuit.auto basekv=345 mvasc3=2000000 2000000
new line.line1 bus1=sourcebus bus2=high switch=yes r1=1e-6 r0=1e-6 x1=0 x0=0 c1=0 c0=0
new autotrans.t1 phases=3 windings=3 xhx=7.23 xht=24.45 xxt=28.45 %imag=0.0329 %noloadloss=0.02402
~ wdg=1 bus=high conn=s kv=345 kva=330000 %r=0.0493
~ wdg=2 bus=low conn=w kv=161 kva=330000 %r=0.0556
~ wdg=3 bus=tert conn=d kv=13.8 kva=72000 %r=1.4503
set voltagebases=[345 161 13.8]
calcvoltagebases
`;

function solve(more: string) {
  const { grid, solver } = runScriptText(`${UNIT}${more}\nsolve`, 'auto.dss', { files: new MemoryFiles({}), method: 'newton' });
  const unit = grid.require('transformer', 't1');
  let watts = 0;
  let vars = 0;
  unit.windings.forEach((_, w) => {
    const v = solver.terminalVoltages(unit, w);
    const i = solver.terminalCurrents(unit, w);
    for (let at = 0; at < v.length; at += 2) {
      watts += v[at] * i[at] + v[at + 1] * i[at + 1];
      vars += v[at + 1] * i[at] - v[at] * i[at + 1];
    }
  });
  const low = solver.nodeVoltage('low', 1) ?? [Number.NaN, Number.NaN];
  const current = solver.terminalCurrents(grid.require('line', 'line1'), 0);
  return { watts, vars, low, amps: Math.hypot(current[0], current[1]) };
}

describe('autotrans', () => {
  it('has the no-load power of the report: 79.3 kW and 108.4 kvar', () => {
    const { watts, vars } = solve('');
    expect(watts / 1e3).toBeCloseTo(79.3, 1);
    // The shunts that keep the tertiary from floating add about a kilovar.
    expect(Math.abs(vars / 1e3 - 108.4)).toBeLessThan(1.5);
  });

  it('regulates as in the report: 0.9488 pu at -4.3 degrees under 330 MW at 0.85', () => {
    const { low } = solve('batchedit autotrans..* %noloadloss=0 %imag=0\nnew load.l bus1=low kv=161 kw=330000 pf=0.85');
    expect((Math.hypot(low[0], low[1]) / 161e3) * Math.sqrt(3)).toBeCloseTo(0.9488, 4);
    expect((Math.atan2(low[1], low[0]) * 180) / Math.PI).toBeCloseTo(-4.3, 1);
  });

  it('has the short-circuit current of its impedance between the high and low terminals', () => {
    const { amps } = solve('batchedit autotrans..* %noloadloss=0 %imag=0\nnew fault.f phases=3 bus1=low r=1e-6');
    const ohm = (345 ** 2 / 330) * Math.hypot(0.0723, 0.001049);
    const source = 345 ** 2 / 2e6;
    expect(amps).toBeCloseTo(345e3 / Math.sqrt(3) / (ohm + source), -1);
  });

  it('keeps its first two windings as they must be', () => {
    const { grid } = read('new autotrans.a conns=[wye delta] kvs=[230 115] buses=[h x.1.2.3.4] xhx=5');
    const unit = grid.require('transformer', 'a');
    expect(unit.windings.map((w) => [w.connection, w.kv, w.terminal.nodes])).toEqual([
      ['wye', 115, [1, 2, 3, 0]],
      ['wye', 115, [1, 2, 3, 4]],
    ]);
    expect(unit.shortCircuitReactancePercent[0]).toBeCloseTo(20, 12);
  });
});
