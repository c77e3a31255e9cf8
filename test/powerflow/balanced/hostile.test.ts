/** Odd numbers anywhere in a grid: refused by name, or solved, or said to have no solution; never another error, never an endless loop, never a NaN in what converged. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type BalancedGrid, BusbarError } from '../../../src/grid/index.js';
import { type BalancedOptions, solveBalanced } from '../../../src/powerflow/index.js';
import { randomGrid } from './random-grids.js';

const ODD: unknown[] = [
  Number.NaN,
  Infinity,
  -Infinity,
  0,
  -0,
  -1,
  1e-300,
  5e-324,
  1e-12,
  1e8,
  1e15,
  -1e15,
  1e16,
  1e300,
  'x',
  null,
  undefined,
  true,
  {},
];
const LISTS = ['buses', 'branches', 'generators', 'loads', 'shunts'] as const;
const OPTIONS: BalancedOptions[] = [
  {},
  { start: 'flat', enforceReactiveLimits: true },
  { distributedSlack: true },
  { method: 'fast-decoupled' },
  { method: 'fast-decoupled-bx', enforceReactiveLimits: true },
  { method: 'dc', distributedSlack: true },
  { start: 'dc' },
];

function everyNumber(value: unknown): number[] {
  if (typeof value === 'number') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(everyNumber) : [];
}

describe('odd numbers', () => {
  it('anywhere in the records', () => {
    const place = fc.record({ list: fc.constantFrom(...LISTS), index: fc.nat(20), property: fc.nat(20), value: fc.constantFrom(...ODD) });
    const statuses = new Set<string>();
    fc.assert(
      fc.property(randomGrid, fc.array(place, { minLength: 1, maxLength: 3 }), fc.constantFrom(...OPTIONS), (grid, places, options) => {
        const odd = structuredClone(grid);
        for (const { list, index, property, value } of places) {
          const records = odd[list] as unknown as Record<string, unknown>[];
          if (records.length === 0) continue;
          const record = records[index % records.length];
          const names = Object.keys(record);
          record[names[property % names.length]] = value;
        }
        try {
          const solution = solveBalanced(odd as BalancedGrid, options);
          statuses.add(solution.status);
          expect(solution.converged).toBe(solution.status === 'converged');
          expect(solution.reason === '').toBe(solution.converged);
          if (solution.converged) for (const number of everyNumber({ ...solution, violations: [] })) expect(Number.isFinite(number)).toBe(true);
        } catch (error) {
          if (!(error instanceof BusbarError)) throw error;
          statuses.add(error.name);
          expect(error.message).not.toMatch(/\n/);
        }
      }),
      { numRuns: 1500 },
    );
    for (const status of ['converged', 'diverged', 'InputError']) expect(statuses).toContain(status);
  });
});
