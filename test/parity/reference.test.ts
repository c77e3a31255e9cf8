/** All reference cases of OpenDSS on the built-in feeders and, where the scripts are at hand, through the reader. */
import { describe, expect, it } from 'vitest';
import { type Agreement, compareWith } from './compare.js';
import { type ReferenceCase, readReferenceCases } from './reference-cases.js';
import { runOnFeeder } from './run-feeder.js';
import { hasSharedFeeders, runAsScript } from './run-script-case.js';

const cases = readReferenceCases();

function expectAgreement(reference: ReferenceCase, found: Agreement): void {
  expect(found.nodesMissing).toEqual([]);
  expect(found.tapsDiffering).toEqual([]);
  expect(found.capacitorsDiffering).toEqual([]);
  expect(found.baseError).toBeLessThan(1e-10);
  expect(found.nodeErrorPu, `at ${found.worstNode}`).toBeLessThan(reference.tolerancePu);
  expect(found.lossError).toBeLessThan(1e-6);
  expect(found.sourceError).toBeLessThan(1e-6);
}

describe('agreement with OpenDSS', () => {
  it('covers all 36 cases', () => {
    expect(cases).toHaveLength(36);
  });

  for (const reference of cases) {
    it(`built-in feeder: ${reference.name}`, { timeout: 120_000 }, async () => {
      const { solver, solution } = await runOnFeeder(reference);
      expectAgreement(reference, compareWith(reference, solver, solution));
    });
  }
});

// Needs the OpenDSS scripts of ../shared/feeders.
describe.skipIf(!hasSharedFeeders)('agreement with OpenDSS, read from its scripts (skipped without ../shared)', () => {
  for (const reference of cases) {
    it(reference.name, { timeout: 120_000 }, () => {
      const { solver, solution } = runAsScript(reference);
      expectAgreement(reference, compareWith(reference, solver, solution));
    });
  }
});
