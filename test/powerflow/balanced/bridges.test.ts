/** Bridges: those branches without which there are more parts. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bridges } from '../../../src/powerflow/balanced/bridges.js';
import { connectedParts } from '../../../src/powerflow/balanced/network.js';

const graph = fc.integer({ min: 1, max: 9 }).chain((busCount) => {
  const bus = fc.integer({ min: 0, max: busCount - 1 });
  return fc.record({ busCount: fc.constant(busCount), branches: fc.array(fc.tuple(bus, bus, fc.boolean(), fc.boolean()), { maxLength: 14 }) });
});

describe('bridges', () => {
  it('are the branches in service without which there are more parts, parallel ones never', () => {
    fc.assert(
      fc.property(graph, ({ busCount, branches }) => {
        const from = Int32Array.from(branches, ([f]) => f);
        const to = Int32Array.from(branches, ([, t]) => t);
        // Three of four are in service.
        const on = Uint8Array.from(branches, ([, , a, b]) => Number(a || b));
        const parts = (state: Uint8Array): number => new Set(connectedParts(busCount, from, to, state)).size;
        const expected = on.map((isOn, k) => {
          if (!isOn) return 0;
          const without = on.slice();
          without[k] = 0;
          return Number(parts(without) > parts(on));
        });
        expect(bridges(busCount, from, to, on)).toEqual(expected);
      }),
      { numRuns: 500 },
    );
  });

  it('of a chain of a hundred thousand are all its branches', () => {
    const count = 1e5;
    const from = Int32Array.from({ length: count }, (_, k) => k);
    const on = new Uint8Array(count).fill(1);
    expect(
      bridges(
        count + 1,
        from,
        from.map((k) => k + 1),
        on,
      ).every((each) => each === 1),
    ).toBe(true);
  });
});
