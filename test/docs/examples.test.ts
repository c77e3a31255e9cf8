/** Runs the programs of the README and the documentation as they stand there, and looks up every function that the reference names. */
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import * as agents from '../../src/agents/node-index.js';
import * as browser from '../../src/browser.js';
import { run as command } from '../../src/cli/run.js';
import * as decomposition from '../../src/decomposition/node-index.js';
import * as dynamics from '../../src/dynamics/node-index.js';
import * as environments from '../../src/environments/node-index.js';
import * as busbar from '../../src/index.js';
import * as learning from '../../src/learning/node-index.js';
import * as topology from '../../src/topology/node-index.js';

const PAGES = [
  'README.md',
  'docs/api.md',
  'docs/environments.md',
  'docs/opendss.md',
  'docs/matpower.md',
  'docs/profiles.md',
  'docs/define-a-task.md',
  'docs/evaluate.md',
  'docs/tasks/capacitors.md',
  'docs/tasks/inverters.md',
  'docs/tasks/microgrid.md',
  'docs/tasks/voltvar.md',
  'docs/learning.md',
  'docs/train.md',
  'docs/decomposition.md',
  'docs/dynamics.md',
  'docs/topology.md',
  'docs/tasks/topology.md',
  'docs/agents.md',
  'docs/agents/impala.md',
];
const MODULES: Record<string, Record<string, unknown>> = {
  busbar,
  'busbar/browser': browser,
  'busbar/learning': learning,
  'busbar/agents': agents,
  'busbar/decomposition': decomposition,
  'busbar/dynamics': dynamics,
  'busbar/environments': environments,
  'busbar/topology': topology,
};

const folder = mkdtempSync(join(tmpdir(), 'busbar-docs-'));
const started = process.cwd();
beforeAll(() => {
  mkdirSync(join(folder, 'feeder'));
  mkdirSync(join(folder, 'examples'));
  copyFileSync(new URL('../../examples/street.dss', import.meta.url), join(folder, 'examples/street.dss'));
  writeFileSync(join(folder, 'feeder/Master.dss'), 'clear\nnew circuit.a\nnew load.l bus1=sourcebus kv=115 kw=10\nsolve\n');
  process.chdir(folder);
});
afterAll(() => {
  process.chdir(started);
  rmSync(folder, { recursive: true, force: true });
});

function page(name: string): string {
  return readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8');
}

/** Runs a program; its imports of busbar are taken from the sources. Returns what it printed. */
async function run(program: string): Promise<unknown[][]> {
  const body = program.replace(
    /^import \{([^}]+)\} from '([^']+)';$/gm,
    (_, names: string, from: string) => `const {${names}} = take('${from}', '${names}');`,
  );
  expect(body).not.toMatch(/^import /m);
  const take = (from: string, names: string): Record<string, unknown> => {
    for (const name of names.split(',')) expect(MODULES[from], `${from} exports ${name.trim()}`).toHaveProperty(name.trim());
    return MODULES[from];
  };
  const printed: unknown[][] = [];
  const log = vi.spyOn(console, 'log').mockImplementation((...values: unknown[]) => void printed.push(values));
  try {
    const AsyncFunction = (async () => {}).constructor as new (...args: string[]) => (...values: unknown[]) => Promise<void>;
    await new AsyncFunction('take', body)(take);
  } finally {
    log.mockRestore();
  }
  return printed;
}

const programs = PAGES.flatMap((name) => [...page(name).matchAll(/^```js\n([\s\S]*?)^```$/gm)].map((match, i) => [name, i + 1, match[1]] as const));

describe('the programs of the documentation', () => {
  it.each(programs)('%s, program %d runs', async (_name, _index, program) => {
    const printed = await run(program);
    expect(printed).toHaveLength(program.match(/console\.log/g)?.length ?? 0);
    for (const value of printed.flat(3)) {
      expect(value).not.toBeUndefined();
      if (typeof value === 'number') expect(value).toSatisfy(Number.isFinite);
    }
  });

  it('the first of the README solves what npm start solves', async () => {
    const [[converged, , volts]] = await run(programs[0][2]);
    expect(converged).toBe(true);
    let out = '';
    const terminal = { out: (text: string) => void (out += text), err: () => {}, isScreen: false };
    expect(await command(['solve', 'ieee123', '--json'], terminal)).toBe(0);
    const { nodes } = JSON.parse(out) as busbar.SolutionRecord;
    const row = nodes.find(([name]) => name === '65.1') as busbar.NodeRow;
    expect(volts).toBeCloseTo(Math.hypot(row[1], row[2]), 6);
  });
});

describe.each([
  ['docs/api.md', 25],
  ['docs/profiles.md', 12],
])('%s', (name, atLeast) => {
  it('names only what is exported', () => {
    const text = page(name).replace(/^```js\n[\s\S]*?^```$/gm, '');
    const names = new Set<string>();
    for (const [, code] of text.matchAll(/`([^`]+)`/g)) {
      const called = /^(?:await |new )?([A-Za-z]\w+)\(/.exec(code);
      if (called) names.add(called[1]);
    }
    expect(names.size).toBeGreaterThan(atLeast);
    for (const called of names) expect(busbar, called).toHaveProperty(called);
  });
});
