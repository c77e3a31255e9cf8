/** `busbar bench --suite topology`. */
import { describe, expect, it } from 'vitest';
import type { ContingencyBenchRow } from '../../src/cli/contingency-measure.js';
import { run } from '../../src/cli/run.js';
import type { TopologyRow } from '../../src/cli/topology-measure.js';

async function busbar(...args: string[]): Promise<{ status: number; out: string; err: string }> {
  const got = { out: '', err: '' };
  const status = await run(['bench', '--suite', 'topology', ...args], {
    out: (text) => void (got.out += text),
    err: (text) => void (got.err += text),
    isScreen: false,
  });
  return { status, ...got };
}

describe('busbar bench --suite topology', () => {
  it('has a row for each plan and change, checked against exact voltages, and one for the contingencies', async () => {
    const { status, out, err } = await busbar('--case', 'case14', '--quick', '--backend', 'wasm', '--json');
    expect({ status, err }).toEqual({ status: 0, err: '' });
    const rows = JSON.parse(out) as (TopologyRow | ContingencyBenchRow)[];
    const topology = rows.filter((row): row is TopologyRow => row.suite === 'power-flow-topology');
    expect(topology.map(({ plan, lanesHave }) => `${plan}: ${lanesHave}`)).toEqual([
      'plain: loads',
      'plain: loads',
      'branchOutages: loads',
      'branchOutages: a branch out',
      'substations: loads',
      'substations: a branch out',
      'substations: a substation split',
    ]);
    for (const { nodeErrorPuMax, scenarios, backend } of topology) {
      expect({ scenarios, backend }).toEqual({ scenarios: 64, backend: 'wasm-simd128' });
      expect(nodeErrorPuMax).toBeLessThan(1e-7);
    }
    const contingencies = rows.filter((row): row is ContingencyBenchRow => row.suite === 'power-flow-contingency');
    // One of the 20 branches, 7-8, leaves bus 8 alone.
    expect(contingencies).toMatchObject([{ case: 'case14', contingencies: 20, inLanes: 20, alone: 0, unsolved: 0, withIslands: 1 }]);
  });

  it('refuses what it has no use for', async () => {
    for (const args of [['--feeder', 'ieee13'], ['--method', 'newton'], ['--workers', '2'], ['--wide']]) {
      const { status, err } = await busbar(...args);
      expect(status).toBe(2);
      expect(err).toMatch(/suite/);
    }
    expect((await busbar('--case', 'ieee13')).err).toMatch(/ieee13/);
    expect((await busbar('--case', 'nowhere.m')).err.trim().split('\n')).toHaveLength(1);
  });
});
