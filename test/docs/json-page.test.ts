import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { run } from '../../src/cli/run.js';

const page = readFileSync(new URL('../../docs/json.md', import.meta.url), 'utf8');

/** The names in the first column of the table under a heading. */
function fields(heading: string, first: 'field' | 'column' | 'row'): string[] {
  const section = page.slice(page.indexOf(`\n## ${heading}`)).split(/\n## /)[1];
  const table = section.slice(section.indexOf(`| ${first} |`)).split('\n\n')[0];
  const rows = table.trim().split('\n').slice(2);
  return rows.flatMap((row) => [...row.split('|')[1].matchAll(/`([^`]+)`/g)].map((match) => match[1]));
}

async function object(...args: string[]): Promise<Record<string, unknown>> {
  let out = '';
  const terminal = {
    out: (text: string) => {
      out += text;
    },
    err: () => {},
    isScreen: false,
  };
  expect(await run([...args, '--json'], terminal)).toBe(0);
  return JSON.parse(out) as Record<string, unknown>;
}

describe('docs/json.md', () => {
  it('describes every field of solve, and no other', async () => {
    expect(Object.keys(await object('solve', 'ieee13')).sort()).toEqual(fields('`busbar solve', 'field').sort());
  });

  it('describes every field of a balanced solution, and no other', async () => {
    const record = await object('solve', 'case9');
    expect(Object.keys(record).sort()).toEqual(fields('Balanced grids', 'field').sort());
    const section = page.slice(page.indexOf('## Balanced grids'));
    for (const table of ['totals', 'buses', 'generators', 'branches'] as const) {
      const row = new RegExp(`\\| \`${table}\` \\|[^\n]*`).exec(section)?.[0] ?? '';
      const named = /\{ ([^}]*) \}/.exec(row)?.[1].split(', ');
      expect(named, table).toEqual(Object.keys(table === 'totals' ? (record.totals as object) : (record[table] as object[])[0]));
    }
  });

  it('describes every field of a contingency analysis, and no other', async () => {
    const record = await object('contingency', 'case39', '--branches', '--generators', '--limits', '0.99,1.01', '--rating', 'long');
    const heading = '`busbar contingency';
    expect(Object.keys(record).sort()).toEqual(fields(heading, 'field').sort());
    const rows = record.rows as Record<string, unknown>[];
    expect(Object.keys(rows[0]).sort()).toEqual(fields(heading, 'row').sort());
    const section = page.slice(page.indexOf(`\n## ${heading}`));
    const compare = (name: string, value: unknown): void => {
      const line = new RegExp(`\\| \`${name}\`[^|]*\\|[^\n]*`).exec(section)?.[0] ?? '';
      expect(/\{ ([^}]*) \}/.exec(line)?.[1].split(', '), name).toEqual(Object.keys(value as object));
    };
    compare('summary', record.summary);
    compare('rows', rows[0]);
    for (const name of ['counts', 'highestLoading', 'lowestVoltage']) compare(name, rows[0][name]);
    for (const name of ['islands', 'overloads', 'voltages', 'reactive', 'slack']) {
      compare(name, rows.map((row) => row[name] as object[]).find((list) => list.length > 0)?.[0]);
    }
  });

  it('describes every field and column of qsts, and no other', async () => {
    const day = await object('qsts', 'ieee13', '--step', '1h', '--duration', '2h', '--nodes', '671.1');
    expect(Object.keys(day).sort()).toEqual(fields('`busbar qsts', 'field').sort());
    const columns = new Set(Object.keys(day.columns as object).map((name) => (name.includes('.') ? name.slice(0, name.indexOf('.')) : name)));
    const described = fields('`busbar qsts', 'column').map((name) => name.replace(/\.<.*/, ''));
    // ieee13 has no storage.
    expect([...columns, 'stored_kwh'].sort()).toEqual(described.sort());
  });
});
