/** The quick search for operating points against Newton's method on the equations of the judge. */
import { describe, expect, it } from 'vitest';
import { loadMicrogrid, MicrogridState, planMicrogrid } from '../../src/dynamics/index.js';
import { OperatingPointSearch } from '../../src/dynamics/operating-point.js';
import { RandomStream } from '../../src/numeric/index.js';

describe('OperatingPointSearch', () => {
  it.each([
    ['microgrid-6', 'repaired'],
    ['microgrid-6', 'published'],
    ['microgrid-20', 'repaired'],
    ['microgrid-20', 'published'],
  ] as const)('%s, %s: finds what Newton finds', (name, variant) => {
    const plan = planMicrogrid(loadMicrogrid(name, variant));
    const search = new OperatingPointSearch(plan);
    const [quick, slow] = [new MicrogridState(plan), new MicrogridState(plan)];
    const stream = new RandomStream(3, 0, 'operating points');
    // The last loads are out of the chord method's reach.
    for (const spread of [0, 0.2, 0.2, 0.5, 0.5, 0.9]) {
      for (let i = 0; i < plan.loads; i++) {
        for (const part of ['loadResistance', 'loadInductance'] as const) {
          const value = spread === 0.9 ? 0.2 : 1 + spread * (2 * stream.uniform() - 1);
          quick[part][i] = value;
          slow[part][i] = value;
        }
      }
      search.find(quick);
      search.findSlowly(slow);
      for (let i = 0; i < plan.inverters; i++) {
        expect(Math.abs(quick.voltagePu(i) - slow.voltagePu(i))).toBeLessThan(1e-11);
        expect(Math.abs(quick.speed(i) - slow.speed(i))).toBeLessThan(1e-9);
        expect(Math.abs(quick.angle[i] - slow.angle[i])).toBeLessThan(1e-11);
        expect(Math.abs(quick.activePower[i] - slow.activePower[i])).toBeLessThan(1e-5);
        expect(quick.speedSetPoint[i]).toBe(plan.nominalSpeed);
      }
      for (let k = 0; k < plan.currents; k++) expect(Math.abs(quick.currentRe[k] - slow.currentRe[k])).toBeLessThan(1e-7);
      for (let b = 0; b < plan.buses; b++) expect(Math.abs(quick.busVoltagePu(b) - slow.busVoltagePu(b))).toBeLessThan(1e-8);
    }
  });
});
