/** Star points of loads that nothing else holds: the currents into them add up to zero, whatever the method. */
import { describe, expect, it } from 'vitest';
import { MemoryFiles } from '../../src/formats/opendss/memory-files.js';
import type { MethodName } from '../../src/powerflow/index.js';
import { runScriptText } from '../../src/scripts/index.js';

const METHODS: readonly MethodName[] = ['sweep', 'injection', 'newton'];

const FEEDER = `new circuit.floating basekv=12.47
new line.feeder bus1=sourcebus bus2=a length=3 units=km`;

const CASES: ReadonlyArray<readonly [string, string]> = [
  [
    'single-phase loads of constant power between phases and one free star point',
    `new load.a bus1=a.1.4 phases=1 kv=7.2 kw=300 pf=.9
new load.b bus1=a.2.4 phases=1 kv=7.2 kw=330 pf=.9
new load.c bus1=a.3.4 phases=1 kv=7.2 kw=320 pf=.9`,
  ],
  [
    'three-phase loads of all kinds at unequal voltages, each with its own free star point',
    `new line.longer phases=1 bus1=a.1 bus2=b.1 length=8 units=km
new line.shorter phases=2 bus1=a.2.3 bus2=b.2.3 length=2 units=km
new load.power bus1=b.1.2.3.4 kv=12.47 kw=900 pf=.9
new load.admittance bus1=b.1.2.3.5 kv=12.47 kw=900 pf=.9 model=2
new load.current bus1=b.1.2.3.6 kv=12.47 kw=900 pf=.9 model=5`,
  ],
  [
    'banks with a free star point',
    `new load.power bus1=a kv=12.47 kw=600 conn=delta
new load.one bus1=a.1 phases=1 kv=7.2 kw=400
new capacitor.bank bus1=a bus2=a.7.7.7 kv=12.47 kvar=300
new reactor.bank bus1=a bus2=n.1.1.1 kv=12.47 kvar=100
new transformer.bank phases=3 windings=2 buses=(a.1.2.3.8 s) conns=(wye delta) kvs=(12.47 .48) kvas=(500 500)
new load.s bus1=s.1.2 phases=1 kv=.48 kw=100 conn=delta`,
  ],
];

describe('free star points', () => {
  it.each(CASES)('%s: the methods agree, and currents balance at every node', (_, elements) => {
    const solutions = METHODS.map((method) => runScriptText(`${FEEDER}\n${elements}\nsolve`, 'floating.dss', { files: new MemoryFiles({}), method }));
    for (const { grid, solver, report } of solutions) {
      expect(report.mismatchPu).toBeLessThan(1e-10);
      for (const bus of grid.buses.keys()) {
        for (const node of solver.nodesOf(bus)) {
          const [re, im] = solver.nodeVoltage(bus, node) as readonly [number, number];
          const [first, second] = solutions[0].solver.nodeVoltage(bus, node) as readonly [number, number];
          expect(Math.hypot(re - first, im - second)).toBeLessThan(7200e-9);
        }
      }
    }
  });
});
