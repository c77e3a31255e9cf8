/** Random meshed balanced grids: a tree and some branches more, transformers with taps and shifts, several generators a bus, shunts. */
import fc from 'fast-check';
import type { BalancedGrid } from '../../../src/grid/index.js';
import { branch, bus, generator, grid, load, shunt } from './small-grids.js';

const unit = fc.double({ min: 0, max: 1, noNaN: true });

/** Grids of 3 to 14 buses, lightly loaded, so that all of them have a solution. */
export const randomGrid: fc.Arbitrary<BalancedGrid> = fc
  .record({
    size: fc.integer({ min: 3, max: 14 }),
    baseMva: fc.constantFrom(100, 10, 1000),
    extra: fc.integer({ min: 0, max: 8 }),
    draws: fc.array(unit, { minLength: 260, maxLength: 260 }),
  })
  .map(({ size, baseMva, extra, draws }) => {
    let at = 0;
    const next = (): number => draws[at++ % draws.length];
    const between = (low: number, high: number): number => low + (high - low) * next();
    const buses = Array.from({ length: size }, (_, i) =>
      bus(10 * (i + 1), i === 0 ? 'slack' : next() < 0.3 ? 'pv' : 'pq', { angleDegrees: i === 0 ? 7 : 0 }),
    );
    const branches = Array.from({ length: size - 1 + extra }, (_, k) => {
      const to = k < size - 1 ? k + 1 : Math.floor(next() * size * 0.999);
      let from = Math.floor(next() * (k < size - 1 ? k + 1 : size) * 0.999);
      if (from === to) from = (to + 1) % size;
      const isTransformer = next() < 0.3;
      return branch(10 * (from + 1), 10 * (to + 1), between(0.001, 0.04), between(0.03, 0.2), {
        chargingPu: isTransformer ? 0 : between(0, 0.05),
        ratio: isTransformer ? between(0.92, 1.08) : 0,
        shiftDegrees: isTransformer && next() < 0.5 ? between(-8, 8) : 0,
        ratingMva: next() < 0.5 ? 0.3 * baseMva : 0,
        inService: k < size - 1 || next() < 0.9,
      });
    });
    const held = buses.filter(({ kind }) => kind !== 'pq').map(({ number }) => number);
    return grid({
      name: 'random',
      baseMva,
      buses,
      branches,
      loads: buses.filter(() => next() < 0.7).map(({ number }) => load(number, between(-0.05, 0.15) * baseMva, between(-0.05, 0.08) * baseMva)),
      shunts: buses.filter(() => next() < 0.2).map(({ number }) => shunt(number, between(0, 0.02) * baseMva, between(-0.05, 0.1) * baseMva)),
      generators: held.flatMap((number) => {
        const voltage = between(0.97, 1.04);
        return Array.from({ length: next() < 0.3 ? 2 : 1 }, () =>
          generator(number, between(0, 0.15) * baseMva, voltage, {
            minMvar: next() < 0.2 ? -Infinity : between(-0.4, 0) * baseMva,
            maxMvar: next() < 0.2 ? Infinity : between(0, 0.4) * baseMva,
            participation: next(),
          }),
        );
      }),
    });
  });
