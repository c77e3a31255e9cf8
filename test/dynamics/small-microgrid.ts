import type { MicrogridDefinition } from '../../src/dynamics/index.js';

/** Two inverters, a line and a load. */
export function smallMicrogrid(): MicrogridDefinition {
  return {
    name: 'small',
    nominalVoltageVolt: 400,
    inverters: ['a', 'b'].map((name) => ({
      name,
      bus: `at-${name}`,
      activeDroop: 1e-4,
      reactiveDroop: 1e-3,
      couplingResistanceOhm: 0.03,
      couplingInductanceHenry: 0.35e-3,
    })),
    lines: [{ name: 'line', from: 'at-a', to: 'at-b', resistanceOhm: 0.2, inductanceHenry: 3e-4 }],
    loads: [{ name: 'load', bus: 'at-b', resistanceOhm: 2, inductanceHenry: 2e-3 }],
    secondary: { gain: 40, edgeWeight: 1, edges: [['a', 'b']], pinned: 'a', pinningGain: 1 },
  };
}
