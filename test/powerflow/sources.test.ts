/** Voltage and current sources of any number of phases, against what they are defined to be. */
import { describe, expect, it } from 'vitest';
import { MemoryFiles } from '../../src/formats/opendss/memory-files.js';
import { runScriptText } from '../../src/scripts/index.js';

const AT_REST = 'new circuit.sources basekv=12.47 pu=1e-12 r1=0 x1=1e-6 r0=0 x0=1e-6';

/** Voltages at bus a, volt and degrees from 0 to 360, node by node. */
function voltagesAtA(text: string): (readonly [number, number])[] {
  const { solver } = runScriptText(text, 'sources.dss', { files: new MemoryFiles({}) });
  return solver.nodesOf('a').map((node) => {
    const [re, im] = solver.nodeVoltage('a', node) as readonly [number, number];
    return [Math.hypot(re, im), (((Math.atan2(im, re) * 180) / Math.PI + 360) % 360) + 0] as const;
  });
}

describe('current sources', () => {
  // Amperes through 5 ohm a phase to a bus held at (next to) zero; two phases stand 120 degrees apart, as phases of a three-phase system.
  it.each([
    [1, 'positive', [20]],
    [2, 'positive', [20, 260]],
    [2, 'negative', [20, 140]],
    [3, 'positive', [20, 260, 140]],
    [3, 'negative', [20, 140, 260]],
    [3, 'zero', [20, 20, 20]],
    [4, 'positive', [20, 290, 200, 110]],
  ] as const)('of %i phases, %s sequence', (phases, sequence, angles) => {
    const nodes = '1.2.3.4'.slice(0, 2 * phases - 1);
    const voltages = voltagesAtA(`${AT_REST}
new reactor.four phases=1 bus1=sourcebus.4 r=0.000001 x=0
new reactor.r bus1=sourcebus.${nodes} bus2=a.${nodes} phases=${phases} r=5 x=0
new isource.i bus1=a.${nodes} phases=${phases} amps=10 angle=20 sequence=${sequence}
solve`);
    expect(voltages).toHaveLength(phases);
    voltages.forEach(([volts, degrees], phase) => {
      expect(volts).toBeCloseTo(50, 3);
      expect(degrees).toBeCloseTo(angles[phase], 4);
    });
  });

  it('with a second bus drive the same current out of it', () => {
    const voltages = voltagesAtA(`${AT_REST}
new reactor.r bus1=sourcebus bus2=a phases=3 r=5 x=0
new isource.i bus1=sourcebus bus2=a phases=3 amps=10 angle=0
solve`);
    expect(voltages[0][0]).toBeCloseTo(50, 3);
    expect(voltages[0][1]).toBeCloseTo(180, 4);
  });
});

describe('voltage sources', () => {
  // Without load the bus stands at the source's own voltage: kV / (2 sin(180 / n)) to neutral, phases 360 / n apart.
  it.each([
    [1, 7200, [30]],
    [2, 3600, [30, 210]],
    [3, 7200 / Math.sqrt(3), [30, 270, 150]],
    [4, 7200 / Math.sqrt(2), [30, 300, 210, 120]],
    [6, 7200, [30, 330, 270, 210, 150, 90]],
  ] as const)('of %i phases', (phases, volts, angles) => {
    const voltages = voltagesAtA(`new circuit.sources basekv=7.2 phases=${phases} angle=30 bus1=a\nsolve`);
    expect(voltages).toHaveLength(phases);
    voltages.forEach(([size, degrees], phase) => {
      expect(size).toBeCloseTo(volts, 5);
      expect(degrees).toBeCloseTo(angles[phase], 5);
    });
  });
});
