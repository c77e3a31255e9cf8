/** The environments suite of the bench: its rows, and what it refuses. No time is asserted. */
import { describe, expect, it } from 'vitest';
import { type EnvironmentsRow, measureEnvironments } from '../../src/cli/environments-measure.js';
import { benchTasks, environmentsTable } from '../../src/cli/environments-suite.js';
import { run } from '../../src/cli/run.js';
import { listTasks, makeVector } from '../../src/environments/node-index.js';
import '../environments/shelves-task.js';

async function busbar(...args: string[]): Promise<{ status: number; out: string; err: string }> {
  let [out, err] = ['', ''];
  const status = await run(args, { out: (text) => (out += text), err: (text) => (err += text), isScreen: false });
  return { status, out, err };
}

describe('busbar bench --suite environments', () => {
  it('prints rows of the promised shape', async () => {
    const args = [
      'bench',
      '--suite',
      'environments',
      '--quick',
      '--seconds',
      '0.01',
      '--task',
      'cartpole,toggles',
      '--backend',
      'wasm',
      '--workers',
      '1',
    ];
    const { status, out, err } = await busbar(...args, '--environments', '16', '--json');
    expect([status, err]).toEqual([0, '']);
    const rows = JSON.parse(out) as EnvironmentsRow[];
    expect(rows.map(({ task }) => task)).toEqual(['cartpole', 'toggles']);
    for (const row of rows) {
      expect(row).toMatchObject({ suite: 'environments', backend: 'wasm', workers: 1, environments: 16, kernelShare: 0 });
      expect(row.stepsPerSecond).toBeGreaterThan(0);
      expect(row.fastestOverSlowest).toBeGreaterThanOrEqual(1);
      expect(row.episodesEnded).toBeGreaterThan(0);
    }
    expect(environmentsTable(rows).split('\n')).toHaveLength(4);
    expect((await busbar(...args)).out).toMatch(/^Processor: [^]*\| toggles +\| wasm +\| +1 \| +128 \|/);
  });

  it('times whole episodes of tasks whose episodes have one length, and counts those that end', async () => {
    const row = await measureEnvironments({ task: 'shelves', backend: 'auto', workers: 1, environments: 5, seconds: 0.001, samples: 3 });
    expect(row.steps % 6).toBe(0);
    expect(row.episodesEnded).toBe((5 * row.steps) / 6);
    // The same actions end the same episodes beside others and in two threads.
    const vector = await makeVector('cartpole', { environments: 8 });
    vector.reset({ seed: 20_261_120 });
    const pair = await measureEnvironments({ task: 'cartpole', backend: 'auto', workers: 2, environments: 8, seconds: 0.001, samples: 3 });
    expect(pair.workers).toBe(2);
    for (let step = 0; step < pair.steps; step++) vector.step(vector.sampleActions());
    expect(pair.episodesEnded).toBe(vector.episodes.reduce((a, b) => a + b, 0));
  });

  it('measures tasks that there are', () => {
    const ids = listTasks().map(({ id }) => id);
    for (const quick of [true, false]) {
      expect(ids).toEqual(expect.arrayContaining(benchTasks(quick)));
      expect(benchTasks(quick)).toContain('cartpole');
    }
  });

  it.each([
    [['--suite', 'environments', '--task', 'cartpol'], 'there is no task named "cartpol"'],
    [['--suite', 'environments', '--workers', '0'], '--workers has "0"; it must be a whole number from 1 to 1024'],
    [['--suite', 'environments', '--feeder', 'ieee13'], '--feeder is for the suite power-flow'],
    [['--suite', 'environment'], '--suite is "environment"; it may be power-flow, topology, environments'],
    [['--task', 'cartpole'], '--task is for the suite environments; add --suite environments'],
  ])('%j is refused in one line', async (args, message) => {
    const { status, out, err } = await busbar('bench', ...args);
    expect([status, out]).toEqual([2, '']);
    expect(err).toMatch(/^busbar: [^\n]*\n$/);
    expect(err).toContain(message);
  });
});
