/** Agents of clusters on the command line: a run folder, its policy in `evaluate`, and what is refused before anything is trained. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { run } from '../../../src/cli/run.js';
import './ring-task.js';

const folder = mkdtempSync(join(tmpdir(), 'busbar-clusters-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function busbar(...args: string[]): Promise<{ status: number; out: string; err: string }> {
  let [out, err] = ['', ''];
  const status = await run(args, { out: (text) => (out += text), err: (text) => (err += text), isScreen: false });
  return { status, out, err };
}

function train(out: string, ...more: string[]): Promise<{ status: number; out: string; err: string }> {
  const short = ['--steps', '4096', '--evaluations', '1', '--episodes', '6', '--evaluation-seed', '70'];
  return busbar('train', '--task', 'ring', '--agent', 'clusters', ...short, '--set', 'clusters=0,1|2,3', '--out', join(folder, out), ...more);
}

it('leaves a folder whose policy acts as it was judged', async () => {
  const { status, err } = await train('two', '--set', 'observation=partial', '--set', 'decisions=64');
  expect(err).not.toContain('busbar:');
  expect(status).toBe(0);
  const judged = await busbar('evaluate', '--policy', join(folder, 'two'), '--episodes', '6', '--seed', '70', '--json');
  const rows = readFileSync(join(folder, 'two', 'metrics.csv'), 'utf8')
    .trimEnd()
    .split('\n');
  const at = rows[0].split(',').indexOf('evaluationMean');
  expect(at).toBeGreaterThanOrEqual(0);
  const last = rows[rows.length - 1].split(',');
  expect((JSON.parse(judged.out) as { return: { mean: number } }).return.mean).toBeCloseTo(Number(last[at]), 5);
});

it('refuses what cannot be before anything is trained', async () => {
  const onnx = await train('model', '--export-onnx');
  expect(onnx.status).toBe(2);
  expect(onnx.err).toContain('policies of clusters are several networks, which are no single ONNX model; leave out --export-onnx');
  expect(existsSync(join(folder, 'model'))).toBe(false);
  const parted = await train('wrong', '--set', 'nothing=1');
  expect(parted.status).toBe(2);
  expect(parted.err).toContain('the setting nothing of clusters is 1; give true or false');
  expect(existsSync(join(folder, 'wrong', 'policy.json'))).toBe(false);
});
